"""From the words of a text file to what is deployed; and what is wrong with them."""

import re
from collections.abc import Iterable, Sequence
from functools import cached_property

from aftercart.domain.consent import ANSWERS_ONLY, Channel
from aftercart.domain.content import Button
from aftercart.domain.journey import About
from aftercart.texts.clean import Cleaner
from aftercart.texts.compiled import PLACEHOLDER, Approval, Wording
from aftercart.texts.limits import SHOW_CARDS, SHOW_IMAGES
from aftercart.texts.segments import count, sms_safe
from sandbox.journeys.marks import Loc, YamlFile
from sandbox.journeys.reading import Ground, Read, Reading, read
from sandbox.journeys.settings import Setting
from sandbox.journeys.telling import begins
from sandbox.journeys.texts_shapes import ButtonShape, ChannelWords

CATEGORIES = {True: "marketing", False: "utility", None: ""}
# Meta's limits of templates and of interactive messages: developers.facebook.com/docs/whatsapp; an SMS's
# parts: 3GPP TS 23.038 and 23.040.
TAKES = {
    Channel.WHATSAPP: "WhatsApp takes {} (Meta's limit of a body)",
    Channel.VIBER: "Viber takes {} (its limit of a business message)",
    Channel.PUSH: "a locked phone shows {} without unfolding it",
    Channel.EMAIL: "an e-mail of ours takes {}",
    Channel.SMS: "we pay for {} (GSM: 153 characters a part; 67 with one beyond its alphabet, as Cyrillic)",
}
TITLES = {
    Channel.PUSH: "a locked phone shows {} of a headline",
    Channel.EMAIL: "mailboxes cut a subject off after {} (RFC 5322)",
}
# Within what, how many, characters of a title, whose limit.
NAME_OF_TEMPLATE = re.compile(r"[a-z0-9_]{1,512}")
BUTTONS_OF_TEMPLATE = ("a WhatsApp template", 10, 25, "Meta's")
BUTTONS_OF_ANSWER = ("a WhatsApp message outside templates", 3, 20, "Meta's")
BUTTONS = {
    Channel.VIBER: ("a Viber message", 1, 30, "its"),
    Channel.PUSH: ("a push", 1, 25, "our"),
    Channel.EMAIL: ("an e-mail", 3, 40, "our"),
}
BARE = (
    "a placeholder is empty, or begins with a space, where something is not known: Meta refuses that; "
    "give it a default, or begin it with something that is always there"
)
NOTHING_LEFT = "nothing is left of it with some facts: some of its words have to stand in any case"
PAGE = "{{ link }}"
IMAGE = re.compile(
    r"""(?P<literal>https?://[^\s{}]+)
    | \{\{ \s* (?:offer|product)\.image \s*
      (?: \| \s* default: \s* (?P<quote>["']) (?P<otherwise>[^"']+) (?P=quote) \s* )? \}\}""",
    re.VERBOSE,
)
NO_IMAGE = "an image is an https address, or {{ offer.image }} or {{ product.image }}, perhaps with a default"
ALWAYS_THERE = (
    "a template that was approved with an image has one each time: give it a default, "
    "{{ product.image | default: 'https://...' }}"
)
CARDS_OF_TEMPLATE = "a template of ours has no cards: Meta approves one with a fixed number of them"
MOST_BELOW_CARD = 10
_TRIMMED = re.compile(r"\{[{%]-|[-][%}]\}")


def first(places: Sequence[Loc], file: YamlFile) -> Loc:
    """That is in the file; else the last."""
    return next((loc for loc in places if loc in file), places[-1])


class Written:
    """A piece of Liquid as it stands in a file, at the first of `places` that is in it."""

    def __init__(self, file: YamlFile, written: str, *places: Loc) -> None:
        self.file = file
        self.source = written.strip()
        self._written = written
        self._places = places

    def tell(self, problems: Iterable[tuple[int, str, str]]) -> None:
        """Each with where in it, and which characters of it."""
        for index, snippet, what in problems:
            lead = len(self._written) - len(self._written.lstrip())
            self.file.problem_in(self._loc(), index + lead, snippet, what)

    def problem(self, what: str) -> None:
        self.file.problem(self._loc(), what)

    def tell_of_word(self, beginning: str, what: str) -> None:
        """At the first word that begins so, as it is written there."""
        found = re.search(rf"(?<!\w){re.escape(beginning)}", self.source, re.IGNORECASE)
        self.tell([(found.start(), found[0], what) if found else (0, "", what)])

    def _loc(self) -> Loc:
        """Most are never asked for it."""
        return first(self._places, self.file)


class TextCheck:
    """One channel's words at one place of a file."""

    def __init__(self, file: YamlFile, loc: Loc, words: ChannelWords, setting: Setting) -> None:
        self.file = file
        self.loc = loc
        self.words = words
        self.shape = words.shape
        self.setting = setting
        self.text = Written(file, words.shape.text, (*loc, "text"), loc)
        self.parts = 1  # of the longest SMS that sample facts made

    @cached_property
    def title(self) -> Written:
        return Written(self.file, self.words.title, *self._places_of("title"))

    @cached_property
    def image(self) -> Written:
        return Written(self.file, self.words.image, *self._places_of("image"))

    @property
    def _is_meant(self) -> bool:
        """For this channel: what serves all of them may go by few."""
        return self.setting.sure or self.words.key != "text"

    def _places_of(self, name: str) -> tuple[Loc, Loc, Loc]:
        """Its own, or the one beside the channels that serves all of them."""
        return (*self.loc, name), (*self.loc[:-1], name), self.loc

    def wording(self) -> Wording | None:
        """What is deployed; None where a mistake is in the way."""
        before = len(self.file.problems)
        text = read(self.text.source, self._ground)
        self.text.tell(text.reading.faults)
        if not text.reading.is_liquid:
            return None
        self._check_title()
        self._check_image()
        self._check_cards()
        self._check_buttons()
        approval = self._approval(text)
        if len(self.file.problems) == before:
            self._check_dry_run(text, approval)
        if len(self.file.problems) > before:
            return None
        buttons = [Button(title=each.title, reply=each.reply, url=each.url) for each in self.shape.buttons]
        return Wording(
            text=self.text.source,
            title=self.words.title.strip(),
            image=self.words.image.strip(),
            cards=self.words.cards,
            buttons=tuple(buttons),
            approval=approval,
        )

    def _check_title(self) -> None:
        channel, most = self.setting.channel, self.setting.most_of_title
        if most is None:
            if self.words.title:
                self.title.problem(f"{channel} shows no title: it belongs to email and push")
            return
        if not self.title.source:
            what = "subject" if channel is Channel.EMAIL else "headline"
            self.file.problem(self.loc, f"{channel} needs a title: its {what}", key=True)
            return
        title = read(self.title.source, self._ground)
        stumble = (title.reading.stumble,) if title.reading.stumble else ()
        self.title.tell(title.reading.faults or stumble)
        if title.reading.may_be_empty:
            self.title.problem("nothing is left of the title where something is not known")
        for shown in sorted(title.texts):
            if "\n" in shown:
                self.title.problem("a title is one line")
            if len(shown) > most:
                what = f"too long with sample facts: {len(shown)} characters"
                self.title.problem(f"{what}, and {TITLES[channel].format(most)}")
        self._check_no_word_of_news_sells(title, self.title)

    def _check_image(self) -> None:
        if not self.words.image.strip():
            return
        channel, source = self.setting.channel, self.image.source
        if channel not in SHOW_IMAGES:
            self.image.problem(f"{channel} shows no image: it belongs to {_listed(SHOW_IMAGES)}")
            return
        faults = read(source, self._ground).reading.faults
        found = IMAGE.fullmatch(source)
        if faults:
            self.image.tell(faults)
        elif found is None:
            self.image.problem(NO_IMAGE)
        elif (literal := found["literal"] or found["otherwise"]) and not _is_image(literal):
            self.image.problem(f"'{literal}' is no https address that everybody can reach")
        elif self.shape.template and not literal:
            self.image.problem(ALWAYS_THERE)
        else:
            self._check_can_be_shown("image")

    def _check_cards(self) -> None:
        if not self.words.cards:
            return
        channel, place = self.setting.channel, first(self._places_of("cards"), self.file)
        if channel not in SHOW_CARDS:
            self.file.problem(place, f"{channel} shows no cards: they belong to {_listed(SHOW_CARDS)}")
        elif self.shape.template and place[:-1] == self.loc:
            self.file.problem(place, CARDS_OF_TEMPLATE)
        elif self.setting.occasion.about is About.CUSTOMER:
            self.file.problem(place, "cards are known where an order is spoken of, and a campaign has none")
        else:
            self._check_can_be_shown("cards")

    def _check_can_be_shown(self, key: str) -> None:
        """Only what a channel has by itself: what serves every channel is left out where it cannot be."""
        own, channel, what = (*self.loc, key), self.setting.channel, ""
        opening = next((button for button in self.shape.buttons if button.url), None)
        if channel is Channel.VIBER:
            what = self._not_on_viber(key, opening)
        elif channel is Channel.WHATSAPP and key == "cards":
            what = self._no_cards_on_whatsapp(opening)
        if what and own in self.file:
            self.file.problem(own, what)

    def _no_cards_on_whatsapp(self, opening: ButtonShape | None) -> str:
        if any(button.reply for button in self.shape.buttons):
            return "whatsapp shows no cards in a message with buttons that answer"
        return "" if opening else "whatsapp shows cards only with a button that opens the page"

    def _not_on_viber(self, key: str, opening: ButtonShape | None) -> str:
        what = "an image" if key == "image" else key
        occasion = self.setting.occasion
        if occasion.answers or (self.setting.marketing is False and not occasion.offer):
            return f"news on viber are text alone, without {what}"
        if opening is None:
            return f"viber shows {what} only with a button that opens the page"
        if key == "cards" and len(opening.title) > MOST_BELOW_CARD:
            return f"a button below a card of viber has {MOST_BELOW_CARD} characters at most (its limit)"
        return ""

    @property
    def _ground(self) -> Ground:
        is_template = self.setting.channel is Channel.WHATSAPP and self.shape.template and self.shape.category
        return self.setting.ground_of_template if is_template else self.setting.ground

    def _check_buttons(self) -> None:
        if not self.shape.buttons:
            return
        place = (*self.loc, "buttons")
        if self.setting.channel is Channel.SMS:
            self.file.problem(place, "sms shows no buttons: its text can hold {{ link }}")
        else:
            self._check_button_limits(place)
        for number, button in enumerate(self.shape.buttons):
            if button.url not in ("", PAGE):
                # An approved URL is fixed but for its end, and only our own pages' is the same each time.
                self.file.problem((*place, number, "url"), f"a button opens the customer's page: '{PAGE}'")
            elif button.reply and self.setting.channel is not Channel.WHATSAPP:
                what = f"{self.setting.channel} shows no buttons that answer"
                self.file.problem((*place, number, "reply"), what)

    def _check_button_limits(self, place: Loc) -> None:
        buttons, (within, most, longest, whose) = self.shape.buttons, self._buttons_taken()
        if len(buttons) > most:
            self.file.problem(place, f"{len(buttons)} buttons, and {within} takes {most} ({whose} limit)")
        for number, button in enumerate(buttons):
            if len(button.title) > longest:
                what = f"a title of {len(button.title)} characters, and a button of {within} takes {longest}"
                self.file.problem((*place, number, "title"), f"{what} ({whose} limit)")

    def _buttons_taken(self) -> tuple[str, int, int, str]:
        if self.setting.channel is not Channel.WHATSAPP:
            return BUTTONS[self.setting.channel]
        return BUTTONS_OF_TEMPLATE if self.shape.template else BUTTONS_OF_ANSWER

    def _approval(self, text: Read) -> Approval | None:
        """Each run of Liquid becomes the next placeholder; what stands between is what Meta approves."""
        shape, setting = self.shape, self.setting
        if setting.channel is not Channel.WHATSAPP:
            if shape.template or shape.category:
                self.file.problem(self.loc, "only WhatsApp has a template and its category")
            return None
        if not shape.template or not shape.category:
            if (self._is_meant and not setting.occasion.answers) or shape.template or shape.category:
                self.file.problem(self.loc, "WhatsApp needs an approved template, and its category")
            return None
        wanted = CATEGORIES[True if setting.occasion.offer else setting.marketing]
        if wanted and shape.category != wanted:
            why = "an offer" if setting.occasion.offer else "its step's purpose"
            self.file.problem((*self.loc, "category"), f"{why} makes this a {wanted} template")
        if not NAME_OF_TEMPLATE.fullmatch(shape.template):
            what = f"'{shape.template}': Meta takes small letters, digits and _ in the name of a template"
            self.file.problem((*self.loc, "template"), what)
        body = text.body
        self._check_body(body, text.reading)
        return Approval(
            name=shape.template,
            language=setting.ground.language,
            category=shape.category,
            body=body,
            parameters=text.parameters,
            image=bool(self.words.image.strip()),
        )

    def _check_body(self, body: str, reading: Reading) -> None:
        said_around = [piece.strip() for piece in PLACEHOLDER.split(body)]
        if len(said_around) > 1 and not (said_around[0] and said_around[-1]):
            self.text.problem("Meta refuses a body that begins or ends with a variable")
        if "\n\n\n" in body:
            self.text.problem("Meta refuses two empty lines in a row")
        if _TRIMMED.search(self.text.source):
            self.text.problem("a template's spaces are fixed: no {{- or -}} here")
        if reading.names_things:
            self.text.problem("placeholders do not know each other: no assign or capture here")

    def _check_dry_run(self, text: Read, approval: Approval | None) -> None:
        """With sample facts: finds wrong arguments, names within a loop, what is too long or too little."""
        if text.reading.stumble:
            return self.text.tell((text.reading.stumble,))
        filled = text.filled
        if not all(filled) or filled != list(map(str.strip, filled)):
            self.text.problem(BARE)
        if text.reading.may_be_empty:
            self.text.problem(NOTHING_LEFT)
        if self._is_meant:
            self._check_length(text.texts)
        self._check_what_it_asks(text)
        if approval and approval.category == "utility":
            why = "and Meta makes a utility template that sells a marketing one"
            self._check_no_word_sells(text, why, self.text)
        else:
            self._check_no_word_of_news_sells(text, self.text)

    def _check_length(self, texts: Iterable[str]) -> None:
        """Each size that is too much, with whose limit it breaks."""
        channel, most = self.setting.channel, self.setting.most
        if channel is Channel.SMS:
            sizes = {count(sms_safe(text)) for text in texts}
            self.parts = max(sizes)
        else:
            sizes = set(map(len, texts))
        for size in sizes:
            if size > most:
                takes = TAKES.get(channel, f"{channel} takes {{}}").format(most)
                unit = "SMS parts" if channel is Channel.SMS else "characters"
                self.text.problem(f"too long with sample facts: {size} {unit}, and {takes}")

    def _check_what_it_asks(self, text: Read) -> None:
        opening = len([True for button in self.shape.buttons if button.url])
        if text.links + opening > 1:
            self.text.problem("one thing to do: the customer's page is linked more than once")
        asking = self.setting.asking
        if text.holds_any(asking):
            for word in {found for can, shown in text.shown if not can and (found := begins(shown, asking))}:
                channel = self.setting.channel
                what = f"{channel} cannot be answered everywhere, so '{word}' goes with can_answer"
                self.text.tell_of_word(word, what)

    def _check_no_word_of_news_sells(self, text: Read, written: Written) -> None:
        if self.setting.news and not self.setting.occasion.offer:
            why = f"but its step is transactional {self.setting.news}: it would reach who wants no marketing"
            self._check_no_word_sells(text, why, written)

    def _check_no_word_sells(self, text: Read, why: str, written: Written) -> None:
        selling = self.setting.selling
        if text.holds_any(selling):
            for word in {found for shown in text.texts if (found := begins(shown, selling))}:
                written.tell_of_word(word, f"'{word}' sells, {why}")


def _is_image(url: str) -> bool:
    return Cleaner(Channel.EMAIL).image(url) is not None


def _listed(channels: Iterable[Channel]) -> str:
    """Those that have words of their own in a text file."""
    *others, last = sorted(set(channels) - set(ANSWERS_ONLY))
    return f"{', '.join(others)} and {last}"
