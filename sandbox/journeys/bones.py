"""A text's bones: its Liquid, with a mark in the place of each run of words.

What is right and wrong with Liquid does not hang on the words between it, and texts have few builds: so the
bones are read and tried, once for all texts that share them, and words are put where their marks came out.
"""

import re
from collections.abc import Mapping, Sequence

LONGEST = 5000  # characters; within Liquid's own bounds, which count what is shown
FIRST_MARK = 0xE000
MOST_MARKS = 0xF8FF - FIRST_MARK  # Unicode's private use: no text has these
MARK = re.compile("([\ue000-\uf8ff])")
_TAG = re.compile(r"(\{\{.*?\}\}|\{%.*?%\})", re.DOTALL)
_NAME = re.compile(r"\{%-?\s*(\w+)")
# Tags that show what is between them as it stands, or not at all; `capture` would let filters see it.
_TRANSPARENT = frozenset({"if", "elsif", "else", "endif", "unless", "endunless", "for", "endfor"})
# Filters that show their words as they stand; with another filter behind them they might not.
_SHOWN = re.compile(
    r'\{\{ *[\w.]+ *\| *(?:default|plural): *(?:\w+: *)?"[^"]*"(?:, *(?:\w+: *)?"[^"]*")* *\}\}'
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
    words: Words = {}
    pieces = _TAG.split(source)
    for place, piece in enumerate(pieces):
        if place % 2 == 0:
            if "{{" in piece or "{%" in piece:
                return None
            pieces[place] = _marked(piece, words)
        elif piece[2] == "-" or piece[-3] == "-":  # it trims what is beside it
            return None
        elif piece[1] == "{":
            pieces[place] = _marked_output(piece, words)
        elif (name := _NAME.match(piece)) is None or name[1] not in _TRANSPARENT:
            return None
    return ("".join(pieces), words) if len(words) <= MOST_MARKS else None


def _marked(piece: str, words: Words) -> str:
    """Spaces around words stay: they are what templates and trimming go by."""
    bare_piece = piece.strip()
    return piece.replace(bare_piece, _mark(bare_piece, words), 1) if bare_piece else piece


def _marked_output(tag: str, words: Words) -> str:
    if '"' not in tag or not _SHOWN.fullmatch(tag):
        return tag
    pieces = tag.split('"')
    pieces[1::2] = [_QUOTED_WORDS.sub(lambda found: _mark(found[0], words), each) for each in pieces[1::2]]
    return '"'.join(pieces)


def _mark(said: str, words: Words) -> str:
    mark = chr(FIRST_MARK + len(words))
    words[mark] = said
    return mark


def woven(text: str) -> Woven:
    return tuple(MARK.split(text))


def said(pieces: Sequence[str], words: Mapping[str, str]) -> str:
    """With the words where their marks are."""
    return "".join([words.get(piece, piece) for piece in pieces])
