"""A text's bones: its Liquid, with a mark in the place of each run of words.

What is right and wrong with Liquid does not hang on the words between it, and texts have few builds: so the
bones are read and tried, once for all texts that share them, and words are put where their marks came out.
"""

import re
from collections.abc import Mapping, Sequence
from enum import Enum, auto
from functools import lru_cache

LONGEST = 5000  # characters: fewer than marks, and within Liquid's own bounds, which count what is shown
FIRST_MARK = 0xE000
MARK = re.compile("([\ue000-\uf8ff])")  # Unicode's private use: no text has these
UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]")  # of no width
TAG = re.compile(r"(\{\{.*?\}\}|\{%.*?%\})", re.DOTALL)
_NAME = re.compile(r"\{%-?\s*(\w+)")
# Tags that show what is between them as it stands, or not at all; `capture` would let filters see it.
_TRANSPARENT = frozenset({"if", "elsif", "else", "endif", "unless", "endunless", "for", "endfor"})
# Filters that show their words as they stand; with another filter behind them they might not.
_SHOWN = re.compile(
    r'\{\{ *[\w.]+ *\| *(?:default|plural): *(?:\w+: *)?"[^"{}]*"(?:, *(?:\w+: *)?"[^"{}]*")* *\}\}'
)
# # is the number of a plural, and from letter to letter, so that an empty word stays one.
_QUOTED_WORDS = re.compile(r"[^\W\d_](?:[^#]*[^\W\d_])?")

Words = dict[str, str]
Woven = tuple[str, ...]
"""A text in pieces: each mark is one of them."""


def bare(source: str) -> tuple[str, Words] | None:
    """The bones and what each mark stands for. None where words might not come out as they stand."""
    if len(source) > LONGEST or MARK.search(source):
        return None
    pieces = TAG.split(source)
    between = "\n".join(pieces[::2])
    if "{" in between or "}" in between or UNSEEN.search(between):
        return None
    words: Words = {}
    for place, piece in enumerate(pieces):
        if place % 2 == 0:
            if bare_piece := piece.strip():  # spaces around stay: they are what templates and trimming go by
                pieces[place] = piece.replace(bare_piece, _mark(bare_piece, words), 1)
        elif (kind := _kind(piece)) is _Kind.OPAQUE:
            return None
        elif kind is _Kind.QUOTING:
            quoted = piece.split('"')
            quoted[1::2] = [
                _QUOTED_WORDS.sub(lambda found: _mark(found[0], words), each) for each in quoted[1::2]
            ]
            pieces[place] = '"'.join(quoted)
    return "".join(pieces), words


def _mark(said: str, words: Words) -> str:
    mark = chr(FIRST_MARK + len(words))
    words[mark] = said
    return mark


class _Kind(Enum):
    """What a tag does to words: nothing, shows those it quotes, or what cannot be told without trying."""

    PLAIN = auto()
    QUOTING = auto()
    OPAQUE = auto()


@lru_cache(maxsize=1024)
def _kind(tag: str) -> _Kind:
    if tag[2] == "-" or tag[-3] == "-":  # it trims what is beside it
        return _Kind.OPAQUE
    if tag[1] == "{":
        return _Kind.QUOTING if '"' in tag and _SHOWN.fullmatch(tag) else _Kind.PLAIN
    name = _NAME.match(tag)
    return _Kind.PLAIN if name and name[1] in _TRANSPARENT else _Kind.OPAQUE


def woven(text: str) -> Woven:
    return tuple(MARK.split(text))


def said(pieces: Sequence[str], words: Mapping[str, str]) -> str:
    """With the words where their marks are."""
    return "".join(map(words.get, pieces, pieces))
