"""From the words of a text file to what is deployed; and what is wrong with them."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from liquid import BoundTemplate, RenderContext
from liquid.ast import Node
from liquid.builtin.content import ContentNode
from liquid.builtin.expressions import FilteredExpression, KeywordArgument
from liquid.exceptions import LiquidError
from liquid.expression import Expression
from liquid.span import Span
from pydantic import TypeAdapter

from aftercart.domain.consent import Channel
from aftercart.domain.content import Button
from aftercart.domain.journey import About
from aftercart.texts.compiled import Approval, Wording
from aftercart.texts.filters import plural_forms
from aftercart.texts.render import MOST_CHARACTERS, MOST_SMS_PARTS, PLACEHOLDER, environment, fits, parsed
from aftercart.texts.segments import count, sms_safe
from sandbox.journeys.marks import Loc, YamlFile, nearest
from sandbox.journeys.shapes import ChannelShape

TAGS = frozenset({"if", "unless", "case", "for", "assign", "capture", "comment"})
NEEDS_FILTER = {"order.total": "money", "offer.price": "money", "order.placed_at": "date"}
TAGS_THAT_NAME = frozenset({"assign", "capture"})
CATEGORIES = {True: "marketing", False: "utility", None: ""}
ANYWHERE = frozenset({"brand", "support", "customer", "link", "can_answer"})
MOST_BUTTONS = 3
LONGEST_BUTTON = 20  # Meta: a quick reply's title outside templates; 25 within
WHERE = {
    "offer": "under with_offer",
    "order": "where an order is spoken of, and a campaign has none",
    "product": "in a journey about a line",
    "rating": "in a journey about a line",
    "shipment": "in a journey about a shipment",
}
BARE = (
    "a placeholder is empty, or begins with a space, where something is not known: Meta refuses that; "
    "give it a default, or begin it with something that is always there"
)
PAGE = "{{ link }}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Where a text stands: what it may name, and what its template may be."""

    language: str
    channel: Channel
    about: About | None  # what its journey is about; None: not known, or an answer to anything
    answers: bool  # within WhatsApp's 24 hours, so it needs no template
    offer: bool
    marketing: bool | None  # whether its template has to be a marketing one; None: either
    one_way: bool  # in some country nobody can answer on this channel
    known: Mapping[str, object]  # sample variables
    scarce: Mapping[str, object]  # the same, without what may be missing

    def roots(self) -> frozenset[str]:
        there = {
            "offer": self.offer or self.answers,
            "order": self.about is not About.CUSTOMER,
            "product": self.about in (About.LINE, None),
            "rating": self.about in (About.LINE, None),
            "shipment": self.about in (About.SHIPMENT, None),
        }
        return ANYWHERE | {name for name, is_there in there.items() if is_there}


_STATIC = RenderContext(environment("en").from_string(""))


class TextCheck:
    """One channel's words at one place of a file."""

    def __init__(self, file: YamlFile, loc: Loc, shape: ChannelShape, setting: Setting) -> None:
        self.file = file
        self.loc = loc
        self.shape = shape
        self.setting = setting
        self.text_loc = (*loc, "text") if (*loc, "text") in file else loc
        self.source = shape.text.strip()
        self.lead = len(shape.text) - len(shape.text.lstrip())
        self.parts = 1  # of the longest SMS that sample facts made

    def wording(self) -> Wording | None:
        """What is deployed; None where a mistake is in the way."""
        before = len(self.file.problems)
        template = self._parsed()
        if template is None:
            return None
        self._check_names(template)
        self._check_filters(template.nodes)
        self._check_buttons()
        approval = self._approval(template)
        if len(self.file.problems) == before:
            self._check_dry_run(approval)
        if len(self.file.problems) > before:
            return None
        buttons = tuple(Button(title=b.title, reply=b.reply, url=b.url) for b in self.shape.buttons)
        return Wording(text=self.source, buttons=buttons, approval=approval)

    def tell(self, problems: Iterable[tuple[int, str, str]]) -> None:
        """Each with where in the text it is, and which characters of it."""
        for index, snippet, what in problems:
            self._problem(index, snippet, what)

    def _problem(self, index: int, snippet: str, what: str) -> None:
        self.file.problem_in(self.text_loc, index + self.lead, snippet, what)

    def _liquid_problem(self, error: LiquidError) -> None:
        token = error.token if error.token and error.token.start_index >= 0 else None
        self._problem(token.start_index if token else 0, token.value if token else "", str(error.message))

    def _parsed(self) -> BoundTemplate | None:
        try:
            return parsed(self.source, self.setting.language, strict=True)
        except LiquidError as error:
            self._liquid_problem(error)
            return None

    def _check_names(self, template: BoundTemplate) -> None:
        used, filters = template.analyze(), environment(self.setting.language).filters
        self._check_known("tag", used.tags, TAGS)
        self._check_known("filter", used.filters, filters)
        for variables in used.globals.values():
            for variable in variables:
                self._check_variable([str(part) for part in variable.segments], variable.span.index)

    def _check_known(self, what: str, used: Mapping[str, list[Span]], known: Collection[str]) -> None:
        for name, spans in used.items():
            for span in spans if name not in known else ():
                self._problem(span.index, name, f"no {what} '{name}'{nearest(name, known)}")

    def _check_variable(self, path: list[str], index: int) -> None:
        """Two words say what it is; what follows (`size`, an index) is Liquid's."""
        name = ".".join(path[:2])
        roots = self.setting.roots()
        if path[0] in WHERE and path[0] not in roots:
            self._problem(index, path[0], f"'{name}' is not known here: only {WHERE[path[0]]}")
        elif name not in (paths := set(_paths(self.setting.known))):
            here = {known for known in paths if known.split(".")[0] in roots}
            self._problem(index, path[0], f"no variable '{name}'{nearest(name, here)}")

    def _check_filters(self, nodes: Iterable[Node]) -> None:
        for expression in _outputs(nodes):
            filters = expression.filters or ()
            path = str(expression.left)
            needed = NEEDS_FILTER.get(path)
            if needed and needed not in [used.name for used in filters]:
                index = expression.left.token.start_index
                self._problem(index, path, f"'{path}' needs its filter: {{{{ {path} | {needed} }}}}")
            for used in filters:
                if used.name == "plural":
                    forms = {a.name for a in used.args if isinstance(a, KeywordArgument)}
                    self._check_plural(used.token.start_index, forms)

    def _check_plural(self, index: int, forms: set[str]) -> None:
        language = self.setting.language
        needed = plural_forms(language)
        for form in sorted(forms - needed):
            what = f"{language} has no plural form '{form}'{nearest(form, needed)}"
            self._problem(index, "plural", what)
        for form in sorted(needed - forms):
            self._problem(index, "plural", f"the plural form '{form}' is missing")

    def _check_buttons(self) -> None:
        buttons = self.shape.buttons
        place = (*self.loc, "buttons")
        if buttons and self.setting.channel is not Channel.WHATSAPP:
            self.file.problem(place, f"{self.setting.channel} shows no buttons")
        elif len(buttons) > MOST_BUTTONS:
            self.file.problem(place, f"at most {MOST_BUTTONS} buttons, not {len(buttons)}")
        for number, button in enumerate(buttons):
            if len(button.title) > LONGEST_BUTTON:
                what = f"a button's title has at most {LONGEST_BUTTON} characters, not {len(button.title)}"
                self.file.problem((*place, number, "title"), what)
            if button.url not in ("", PAGE):
                # An approved URL is fixed but for its end, and only our own pages' is the same each time.
                self.file.problem((*place, number, "url"), f"a button opens the customer's page: '{PAGE}'")

    def _approval(self, template: BoundTemplate) -> Approval | None:
        """Each run of Liquid becomes the next placeholder; what stands between is what Meta approves."""
        shape, setting = self.shape, self.setting
        if setting.channel is not Channel.WHATSAPP:
            if shape.template or shape.category:
                self.file.problem(self.loc, "only WhatsApp has a template and its category")
            return None
        if not shape.template or not shape.category:
            if not setting.answers or shape.template or shape.category:
                self.file.problem(self.loc, "WhatsApp needs an approved template, and its category")
            return None
        wanted = CATEGORIES[True if setting.offer else setting.marketing]
        if wanted and shape.category != wanted:
            why = "an offer" if setting.offer else "its step's purpose"
            self.file.problem((*self.loc, "category"), f"{why} makes this a {wanted} template")
        body, parameters = as_approved(self.source, template.nodes)
        self._check_body(body, template)
        return Approval(
            name=shape.template,
            language=setting.language,
            category=shape.category,
            body=body,
            parameters=parameters,
        )

    def _check_body(self, body: str, template: BoundTemplate) -> None:
        pieces = PLACEHOLDER.split(body)
        wrong = {
            "Meta refuses a body that begins or ends with a variable": len(pieces) > 1
            and not (pieces[0].strip() and pieces[-1].strip()),
            "Meta refuses two empty lines in a row": "\n\n\n" in body,
            "a template's spaces are fixed: no {{- or -}} here": re.search(r"\{[{%]-|-[}%]\}", self.source),
            "placeholders do not know each other: no assign or capture here": TAGS_THAT_NAME
            & set(template.analyze().tags),
        }
        for what, is_so in wrong.items():
            if is_so:
                self.file.problem(self.text_loc, what)

    def _check_dry_run(self, approval: Approval | None) -> None:
        """With sample facts: finds wrong arguments, names within a loop, what is too long or too little."""
        facts = (self.setting.known, self.setting.scarce)
        try:
            shown = [
                (can, self._shown(self.source, {**some, "can_answer": can}))
                for some in facts
                for can in ((True, False) if "can_answer" in self.source else (False,))
            ]
            parameters = approval.parameters if approval else ()
            filled = [self._shown(each, some) for each in parameters for some in facts]
        except LiquidError as error:
            self._liquid_problem(error)
            return
        if any(not value or value != value.strip() for value in filled):
            self.file.problem(self.text_loc, BARE)
        texts = {text.strip() for _, text in shown}
        if self.setting.channel is Channel.SMS:
            self.parts = max(count(sms_safe(text)) for text in texts)
        for text in {self._size(text) for text in texts if not self._fits(text)}:
            self.file.problem(self.text_loc, f"too long with sample facts: {text}")
        self._check_what_it_asks(shown)
        if approval and approval.category == "utility":
            self._check_no_word_sells(texts)

    def _check_what_it_asks(self, shown: Iterable[tuple[bool, str]]) -> None:
        """`shown`: whether it can be answered, and what is shown then."""
        links = {text.count(str(self.setting.known["link"])) for _, text in shown}
        opening = sum(1 for button in self.shape.buttons if button.url)
        if max(links) + opening > 1:
            self.file.problem(self.text_loc, "one thing to do: the customer's page is linked more than once")
        asking = telling_words(self.setting.language).answer if self.setting.one_way else ()
        for word in {found for can, text in shown if not can and (found := _begins(text, asking))}:
            what = f"{self.setting.channel} cannot be answered everywhere, so '{word}' goes with can_answer"
            self._problem(self.source.lower().find(word), word, what)

    def _check_no_word_sells(self, texts: Iterable[str]) -> None:
        selling = telling_words(self.setting.language).marketing
        for word in {found for text in texts if (found := _begins(text, selling))}:
            what = f"'{word}' sells, and Meta makes a utility template that sells a marketing one"
            self._problem(self.source.lower().find(word), word, what)

    def _shown(self, source: str, facts: Mapping[str, object]) -> str:
        return parsed(source, self.setting.language, strict=True).render(**facts)

    def _fits(self, text: str) -> bool:
        return fits(self.setting.channel, sms_safe(text) if self.setting.channel is Channel.SMS else text)

    def _size(self, text: str) -> str:
        if self.setting.channel is Channel.SMS:
            return f"{count(sms_safe(text))} SMS parts, not {MOST_SMS_PARTS}"
        return f"{len(text)} characters, not {MOST_CHARACTERS[self.setting.channel]}"


@dataclass(frozen=True, slots=True)
class TellingWords:
    """Beginnings of words, in small letters."""

    marketing: tuple[str, ...] = ()
    answer: tuple[str, ...] = ()


@cache
def _all_telling_words() -> Mapping[str, TellingWords]:
    text = Path(__file__).with_name("telling_words.yaml").read_text(encoding="utf-8")
    return TypeAdapter(dict[str, TellingWords]).validate_python(yaml.safe_load(text))


def telling_words(language: str) -> TellingWords:
    """Of a language that has none here nothing can be told."""
    return _all_telling_words().get(language, TellingWords())


def _begins(text: str, beginnings: Iterable[str]) -> str:
    """The first of the beginnings that some word of the text has."""
    return next((each for each in beginnings if re.search(rf"(?<!\w){re.escape(each)}", text.lower())), "")


def as_approved(source: str, nodes: Iterable[Node]) -> tuple[str, tuple[str, ...]]:
    """`Hi {{ name }}!` as `Hi {{1}}!` and its parameters. With only a space between, neighbours share one."""
    body: list[str] = []
    parameters: list[str] = []
    end = 0
    for node in nodes:
        if isinstance(node, ContentNode) and (node.text.strip() or "\n" in node.text):
            start = node.token.start_index
            body += [_placeholder(source[end:start], parameters), node.text]
            end = start + len(node.text)
    body.append(_placeholder(source[end:], parameters))
    return "".join(body), tuple(parameters)


def _placeholder(liquid: str, parameters: list[str]) -> str:
    """The next one in the place of the Liquid; spaces around it stay in the body."""
    bare = liquid.strip()
    if not bare:
        return liquid
    parameters.append(bare)
    return liquid.replace(bare, f"{{{{{len(parameters)}}}}}")


def _paths(known: Mapping[str, object]) -> Iterator[str]:
    for root, value in known.items():
        yield root
        if isinstance(value, Mapping):
            yield from (f"{root}.{name}" for name in value)


def _outputs(nodes: Iterable[Node]) -> Iterator[FilteredExpression]:
    for node in nodes:
        for expression in node.expressions():
            yield from _filtered(expression)
        yield from _outputs(node.children(_STATIC, include_partials=False))


def _filtered(expression: Expression) -> Iterator[FilteredExpression]:
    if isinstance(expression, FilteredExpression):
        yield expression
    for child in expression.children():
        yield from _filtered(child)
