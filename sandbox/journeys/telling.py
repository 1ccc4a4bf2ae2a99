"""Words by which a text is told to sell, or to ask for an answer: `telling_words.yaml`."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sandbox.journeys.files import read_shape


@dataclass(frozen=True, slots=True)
class TellingWords:
    """Beginnings of words, in small letters."""

    marketing: tuple[str, ...] = ()
    answer: tuple[str, ...] = ()


@cache
def _all_telling_words() -> Mapping[str, TellingWords]:
    path = Path(__file__).with_name("telling_words.yaml")
    _, words = read_shape(path, path.parent, dict[str, TellingWords])
    assert words, "ours has no mistake"
    return words


def telling_words(language: str) -> TellingWords:
    """Of a language that has none here nothing can be told."""
    return _all_telling_words().get(language, TellingWords())


def begins(text: str, beginnings: Iterable[str]) -> str:
    """The first of the beginnings that some word of the text has."""
    lowered = text.lower()
    return next((each for each in beginnings if begun(each, lowered)), "")


def begun(beginning: str, lowered: str) -> re.Match[str] | None:
    """Where a word begins so. Most texts have no such letters at all, which is sooner known."""
    return re.search(rf"(?<!\w){re.escape(beginning)}", lowered) if beginning in lowered else None
