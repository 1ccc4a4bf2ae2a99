"""A text's Liquid read, and tried with sample facts: what is wrong with it, and what it shows."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from itertools import chain, combinations
from typing import Any

from liquid import BoundTemplate, RenderContext, Token, Undefined
from liquid.ast import Node
from liquid.builtin.content import ContentNode
from liquid.builtin.expressions import Filter, FilteredExpression, KeywordArgument, StringLiteral
from liquid.exceptions import LiquidError, UndefinedError
from liquid.expression import Expression
from liquid.span import Span
from liquid.static_analysis import TemplateAnalysis

from aftercart.domain.journey import About
from aftercart.texts.filters import Filters, plural_forms
from aftercart.texts.render import environment, parsed
from sandbox.journeys.bones import TAG, UNSEEN, Woven, woven
from sandbox.journeys.marks import nearest
from sandbox.journeys.reading import Fault, Ground, Reading
from sandbox.journeys.samples import AT, Facts, sample_variables

TAGS = frozenset({"if", "unless", "case", "for", "assign", "capture", "comment"})
TAGS_THAT_NAME = frozenset({"assign", "capture"})
NEEDS_FILTER = {"order.total": "money", "offer.price": "money", "order.placed_at": "date"}
BRACES = "a brace is shown as it stands: a variable is {{ name }}, and what is asked {% if name %}"
SEEN = re.compile(rf"[^\s{UNSEEN.pattern[1:-1]}]")
_BRACE = re.compile(r"[{}]")
MOST_MIXED = 4  # facts of a text
ANYWHERE = frozenset({"brand", "support", "customer", "link", "can_answer"})
WHERE = {
    "offer": "under with_offer",
    "order": "where an order is spoken of, and a campaign has none",
    "product": "in a journey about a line",
    "rating": "in a journey about a line",
    "shipment": "in a journey about a shipment",
}

Path = tuple[str, ...]


def tried(source: str, ground: Ground) -> Reading:
    try:
        return _Reader(source, ground, parsed(source, ground.language, strict=True)).reading()
    except LiquidError as error:
        return Reading(faults=(_fault(error),), is_liquid=False)
    except (RecursionError, ValueError):  # names within names by hundreds; a number of thousands of digits
        return Reading(faults=(Fault(0, "", "too much of Liquid: it has no end"),), is_liquid=False)


def _fault(error: LiquidError) -> Fault:
    token = error.token if error.token and error.token.start_index >= 0 else None
    return Fault(token.start_index if token else 0, token.value if token else "", str(error.message))


class _Unsaid(Undefined):
    """What brand.yaml leaves out: None, until it is to be shown."""

    def __init__(self, name: str, source: str) -> None:
        path = f"support.{name}"
        hint = f"brand.yaml's support has no {name} here: show it only {{% if {path} %}}"
        super().__init__(path, token=Token("", path, source.find(path), source), hint=hint)

    def __str__(self) -> str:
        raise UndefinedError(self.hint, token=self.token)


class _Reader:
    def __init__(self, source: str, ground: Ground, template: BoundTemplate) -> None:
        self.source = source
        self.ground = ground
        self.template = template
        known = sample_variables(ground.language, answers=ground.answers, shop=ground.shop)
        self.facts = [{**some, "support": self._support(some)} for some in known]

    def _support(self, facts: Facts) -> Facts:
        """What the brand does not say of it may be asked for, and not shown."""
        said: Any = facts["support"]
        return {name: value or _Unsaid(name, self.source) for name, value in said.items()}

    @cached_property
    def _used(self) -> TemplateAnalysis:
        return self.template.analyze(include_partials=False)  # there are none, and no tag for them

    def reading(self) -> Reading:
        faults = (*self._names(), *self._filters(self.template.nodes))
        body, parameters = as_approved(self.source, self.template.nodes) if self.ground.template else ("", ())
        shown: tuple[tuple[bool, Woven], ...] = ()
        filled: tuple[Woven, ...] = ()
        stumble = None
        try:
            shown, filled = self._shown(), self._filled(parameters)
            stumble = self._brace(shown)
        except LiquidError as error:
            stumble = _fault(error)
        return Reading(
            faults=faults,
            names_things=bool(TAGS_THAT_NAME & set(self._used.tags)),
            may_be_empty=not all(SEEN.search("".join(text)) for _, text in shown),
            stumble=stumble,
            shown=shown,
            body=woven(body),
            parameters=tuple(map(woven, parameters)),
            filled=filled,
        )

    def _names(self) -> Iterator[Fault]:
        yield from _known("tag", self._used.tags, TAGS)
        yield from _known("filter", self._used.filters, environment(self.ground.language).filters)
        roots, paths = _roots(self.ground), set(_paths(self.facts[0]))
        for variables in self._used.globals.values():
            for variable in variables:
                yield from _variable([*map(str, variable.segments)], variable.span.index, roots, paths)

    def _filters(self, nodes: Iterable[Node]) -> Iterator[Fault]:
        for expression in _outputs(nodes):
            filters = expression.filters or ()
            path = str(expression.left)
            needed = NEEDS_FILTER.get(path)
            if needed and needed not in [used.name for used in filters]:
                index = expression.left.token.start_index
                yield Fault(index, path, f"'{path}' needs its filter: {{{{ {path} | {needed} }}}}")
            for used in filters:
                if used.name == "plural":
                    forms = {a.name for a in used.args if isinstance(a, KeywordArgument)}
                    yield from _plural(used.token.start_index, forms, self.ground.language)
                elif used.name == "date":
                    yield from _dated(used, self.ground.language)

    def _shown(self) -> tuple[tuple[bool, Woven], ...]:
        answers = (True, False) if "can_answer" in self.source else (False,)
        shown = [
            (can, woven(self._tried(self.source, {**some, "can_answer": can})))
            for some in self._all_facts()
            for can in answers
        ]
        return tuple(dict.fromkeys(shown))

    def _brace(self, shown: Iterable[tuple[bool, Woven]]) -> Fault | None:
        """What looks like Liquid and is none is shown as it stands."""
        if not any(_BRACE.search("".join(text)) for _, text in shown):
            return None
        words = TAG.sub(lambda tag: " " * len(tag[0]), self.source)
        found = _BRACE.search(words) or _BRACE.search(self.source)
        return Fault(found.start(), found[0], BRACES) if found else Fault(0, "", BRACES)

    def _all_facts(self) -> Iterable[Facts]:
        """All of them, and only those that are always known; where no words stand in any case, each mixture.

        So what is shown tells whether nothing may be left of it.
        """
        if any(isinstance(node, ContentNode) and node.text.strip() for node in self.template.nodes):
            return self.facts
        full, poor = self.facts
        named = {(*map(str, each.segments[:2]),) for group in self._used.globals.values() for each in group}
        unsure = sorted(path for path in named if _at(path, full) != _at(path, poor))[:MOST_MIXED]
        lacking = chain.from_iterable(combinations(unsure, n) for n in range(1, len(unsure)))
        return [*self.facts, *(_mixed(full, poor, paths) for paths in lacking)]

    def _filled(self, parameters: Iterable[str]) -> tuple[Woven, ...]:
        filled = [woven(self._tried(each, some)) for each in parameters for some in self.facts]
        return tuple(dict.fromkeys(filled))

    def _tried(self, source: str, facts: Mapping[str, object]) -> str:
        return parsed(source, self.ground.language, strict=True).render(**facts)


def _roots(ground: Ground) -> frozenset[str]:
    there = {
        "offer": ground.offer or ground.answers,
        "order": ground.about is not About.CUSTOMER,
        "product": ground.about in (About.LINE, None),
        "rating": ground.about in (About.LINE, None),
        "shipment": ground.about in (About.SHIPMENT, None),
    }
    return ANYWHERE | {name for name, is_there in there.items() if is_there}


def _known(what: str, used: Mapping[str, list[Span]], known: Collection[str]) -> Iterator[Fault]:
    for name, spans in used.items():
        for span in spans if name not in known else ():
            yield Fault(span.index, name, f"no {what} '{name}'{nearest(name, known)}")


def _variable(path: list[str], index: int, roots: Collection[str], paths: set[str]) -> Iterator[Fault]:
    """Two words say what it is; what follows (`size`, an index) is Liquid's."""
    name = ".".join(path[:2])
    if path[0] in WHERE and path[0] not in roots:
        yield Fault(index, path[0], f"'{name}' is not known here: only {WHERE[path[0]]}")
    elif name not in paths:
        here = {known for known in paths if known.split(".")[0] in roots}
        yield Fault(index, path[0], f"no variable '{name}'{nearest(name, here)}")


def _plural(index: int, forms: set[str], language: str) -> Iterator[Fault]:
    needed = plural_forms(language)
    for form in sorted(forms - needed):
        yield Fault(index, "plural", f"{language} has no plural form '{form}'{nearest(form, needed)}")
    for form in sorted(needed - forms):
        yield Fault(index, "plural", f"the plural form '{form}' is missing")


def _dated(used: Filter, language: str) -> Iterator[Fault]:
    """Also where sample facts never lead."""
    for written in used.args:
        try:
            if isinstance(written.value, StringLiteral):
                Filters(language).date(AT, written.value.value)
        except LiquidError as error:
            yield Fault(written.token.start_index, written.token.value, str(error.message))


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
    found = liquid.strip()
    if not found:
        return liquid
    parameters.append(found)
    return liquid.replace(found, f"{{{{{len(parameters)}}}}}")


def _paths(known: Mapping[str, object]) -> Iterator[str]:
    for root, value in known.items():
        yield root
        if isinstance(value, Mapping):
            yield from (f"{root}.{name}" for name in value)


def _at(path: Path, facts: Facts) -> Any:
    """None: there is no such thing."""
    value: Any = facts
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _mixed(full: Facts, poor: Facts, lacking: Iterable[Path]) -> Facts:
    """All facts, but some of them as where they are not known."""
    facts: dict[str, Any] = dict(full)
    for path in lacking:
        root, *name = path
        facts[root] = {**facts[root], name[0]: _at(path, poor)} if name else poor[root]
    return facts


_STATIC = RenderContext(environment("en").from_string(""))


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
