"""From a telling to what its channel shows. It loads Liquid and Babel: import it in the sender alone."""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from liquid import BoundTemplate, Environment, StrictUndefined, Undefined
from liquid.exceptions import LiquidError

from aftercart.domain.brand import Brand
from aftercart.domain.catalogue import Catalogue
from aftercart.domain.consent import Channel
from aftercart.domain.content import Button, Card, Content, Template
from aftercart.ports import Telling, TextMissing, TextTooLong
from aftercart.texts.clean import Cleaner
from aftercart.texts.compiled import PLACEHOLDER, Approval, TextTable, Wording
from aftercart.texts.filters import Filters, told
from aftercart.texts.latin import latin
from aftercart.texts.limits import FEWEST_CARDS, MOST_CARDS, fits, too_long
from aftercart.texts.segments import Encoding, count, encoding, outside_gsm_7, sms_safe
from aftercart.texts.variables import variables

TITLES = (80, 60, 44, 34, 26, 20, 14)  # characters
EMPTY = "–"  # Meta refuses an empty parameter
SPACES = re.compile(r"[^\S\u00a0\u202f]+")  # the ones within a price stay unbroken


class _Texts(Environment):
    """Bounds for a text that goes astray."""

    loop_iteration_limit = 1000
    output_stream_limit = 20_000
    local_namespace_limit = 100_000


@lru_cache(maxsize=64)
def environment(language: str, codes: bool = False, strict: bool = False) -> Environment:
    """`strict`: an unknown variable is an error; otherwise it shows as nothing."""
    env = _Texts(undefined=StrictUndefined if strict else Undefined)
    filters = Filters(language, codes)
    for name in ("plural", "money", "date"):
        env.add_filter(name, getattr(filters, name))
    env.filters.update({name: told(name, used) for name, used in env.filters.items()})
    return env


@lru_cache(maxsize=2048)
def parsed(source: str, language: str, codes: bool = False, strict: bool = False) -> BoundTemplate:
    """LiquidError where it is not Liquid."""
    return environment(language, codes, strict).from_string(source)


class LiquidTexts:
    """The port `Texts` over compiled journeys."""

    def __init__(self, texts: TextTable, brand: Brand, catalogue: Catalogue) -> None:
        self._texts = texts
        self._brand = brand
        self._catalogue = catalogue

    def render(self, telling: Telling) -> Content:
        content = self.written(telling)
        size = too_long(telling.channel, content.text, self._max_segments(telling))
        if size:
            forced = f", UCS-2 for {content.forced_by}" if content.forced_by else ""
            raise TextTooLong(f"{size}{forced}")
        return content

    def _max_segments(self, telling: Telling) -> int:
        return self._brand.country(telling.customer.country).max_segments

    def written(self, telling: Telling) -> Content:
        """As `render`, also what is too long."""
        customer = telling.customer
        language = self._brand.language(customer.language, customer.country)
        wording = self._wording(telling, language)
        try:
            return self._fitting(telling, wording, language)
        except LiquidError as error:
            # The next channel or the plain twin may do; a value stays out of what is said about it.
            place = f"{telling.message.journey}.{telling.message.text}: {language}, {type(error).__name__}"
            raise TextMissing(place) from None

    def _fitting(self, telling: Telling, wording: Wording, language: str) -> Content:
        """Titles shrink as far as its channel's limit asks for."""
        fitting = (self._content(telling, wording, language, longest) for longest in TITLES)
        content = next(fitting)
        while not fits(telling.channel, content.text, self._max_segments(telling), content.title):
            shorter = next(fitting, None)
            if shorter is None:
                break
            content = shorter
        return content

    def _wording(self, telling: Telling, language: str) -> Wording:
        message, variant, channel = telling.message, telling.variant, telling.channel
        try:
            return self._texts[message.journey][message.text][language][variant][channel]
        except KeyError:
            place = f"{message.journey}.{message.text}: {language}, {variant}, {channel}"
            raise TextMissing(place) from None

    def _content(self, telling: Telling, wording: Wording, language: str, longest: int) -> Content:
        clean = Cleaner(telling.channel, longest)
        known = variables(telling, self._brand, self._catalogue, language, clean)
        if telling.channel is Channel.SMS:
            return self._sms(telling, wording, language, known)
        buttons = tuple(
            replace(button, url=_filled(button.url, language, known)) for button in wording.buttons
        )
        image = clean.image(_filled(wording.image, language, known)) or ""
        cards = _cards(wording.cards, known)
        if wording.approval:
            # Within the 24 hours it goes as free-form, which has cards; its template has none.
            return replace(_approved(wording.approval, buttons, language, known), image=image, cards=cards)
        return Content(
            title=" ".join(_filled(wording.title, language, known).split()),
            text=_filled(wording.text, language, known),
            language=language,
            image=image,
            cards=cards,
            buttons=buttons,
        )

    def _sms(self, telling: Telling, wording: Wording, language: str, known: Mapping[str, object]) -> Content:
        in_latin = self._brand.country(telling.customer.country).latin_sms
        text = _sms(wording.text, language, known, in_latin=in_latin)
        forced_by = next(iter(outside_gsm_7(text)), "")
        return Content(text=text, language=language, parts=count(text), forced_by=forced_by)


def _filled(source: str, language: str, known: Mapping[str, object], codes: bool = False) -> str:
    return parsed(source, language, codes).render(**known).strip()


def _cards(named: str, known: Mapping[str, Any]) -> tuple[Card, ...]:
    """Each thing once, of those with a title and an image; one alone makes no row."""
    root, _, name = named.partition(".")
    things = known[root][name] if named else ()
    cards = (
        Card(title=each["title"], image=each["image"]) for each in things if each["title"] and each["image"]
    )
    row = tuple(dict.fromkeys(cards))[:MOST_CARDS]
    return row if len(row) >= FEWEST_CARDS else ()


def _sms(source: str, language: str, known: Mapping[str, object], *, in_latin: bool) -> str:
    """In GSM-7 where that can be had by a currency's code, or by Latin letters where they are wanted."""
    safe = sms_safe(_filled(source, language, known))
    if encoding(safe) is Encoding.GSM_7:
        return safe
    coded = sms_safe(_filled(source, language, known, codes=True))
    if in_latin:
        return latin(coded, language)
    return coded if encoding(coded) is Encoding.GSM_7 else safe


def _approved(
    approval: Approval, buttons: tuple[Button, ...], language: str, known: Mapping[str, object]
) -> Content:
    """The body as approved, its placeholders filled. Meta refuses a parameter of two lines, or of none."""
    values = [SPACES.sub(" ", _filled(source, language, known)) or EMPTY for source in approval.parameters]
    template = Template(
        name=approval.name,
        language=approval.language,
        category=approval.category,
        parameters=tuple(values),
        button_parameters=tuple(button.url.rpartition("/")[2] for button in buttons if button.url),
    )
    text = PLACEHOLDER.sub(lambda place: values[int(place[1]) - 1], approval.body)
    return Content(text=text, language=language, buttons=buttons, template=template)
