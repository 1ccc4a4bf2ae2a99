"""A text as HTML: escaped, with what stands out in it marked, and an SMS cut where its parts break."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from aftercart.domain.consent import Channel
from sandbox.fakes.shown import LINK

# As WhatsApp and Viber format: the sign touches a word, and the words between stand on one line.
FORMATS = {
    kind: re.compile(rf"(?<!\w){sign}(?=\S)[^\n{sign}]*?(?<=\S){sign}(?!\w)")
    for kind, sign in (("strong", r"\*"), ("em", "_"), ("s", "~"))
}


@dataclass(frozen=True, slots=True)
class Mark:
    """From and to which character, and which element: its name, or its name and class."""

    start: int
    end: int
    kind: str  # "ins", "span link"


def marks(text: str, channel: Channel) -> list[Mark]:
    """What its channel makes of it: links everywhere, bold and the like on messengers."""
    links = [Mark(*found.span(), "span link") for found in LINK.finditer(text)]
    if channel is Channel.SMS:
        return links
    formatted = [Mark(*f.span(), kind) for kind, form in FORMATS.items() for f in form.finditer(text)]
    within = [each for each in formatted if not any(_overlap(each, link) for link in links)]
    return [*links, *within]


def _overlap(one: Mark, other: Mark) -> bool:
    return one.start < other.end and other.start < one.end


def marked(text: str, found: Iterable[Mark], parts: Sequence[str] = ()) -> str:
    """`parts`: of an SMS; between two of them stands a line that says so."""
    known = [each for each in found if each.start < each.end]
    cuts = [sum(map(len, parts[:number])) for number in range(1, len(parts))]
    edges = sorted({0, len(text), *cuts, *(edge for each in known for edge in (each.start, each.end))})
    pieces = []
    for start, end in pairwise(edges):
        if start in cuts:
            number = cuts.index(start) + 2
            pieces.append(f'<span class="cut">part {number} of {len(parts)}</span>')
        around = [each.kind for each in known if each.start <= start and end <= each.end]
        pieces.append(_within(around, escape(text[start:end])))
    return "".join(pieces)


def _within(kinds: Iterable[str], html: str) -> str:
    for kind in reversed(list(kinds)):
        name, _, style = kind.partition(" ")
        html = f'<{name} class="{style}">{html}</{name}>' if style else f"<{name}>{html}</{name}>"
    return html
