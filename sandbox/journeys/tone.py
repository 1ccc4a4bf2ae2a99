"""Whether a text sounds like the brand: brand.yaml's `tone`."""

import re
from functools import lru_cache
from typing import NamedTuple

from sandbox.journeys.brand_shapes import ToneShape
from sandbox.journeys.telling import begun

# Pictographs, dingbats, flags, keycaps, and what makes a character one.
EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\u2b50-\u2b55\ufe0f\u20e3]")
_NO_WORD = re.compile(r"\W")


class OffKey(NamedTuple):
    """Where, which characters, and what is wrong with them."""

    at: int
    snippet: str
    what: str


@lru_cache(maxsize=64)  # channels without words of their own share those of their text
def off_key(text: str, avoid: tuple[str, ...], emoji: bool) -> tuple[OffKey, ...]:
    """`avoid`: beginnings of words of its language; `emoji`: whether it may have some."""
    lowered, wrong = text.lower(), []
    for beginning in avoid:
        if found := begun(beginning.lower(), lowered):
            what = f"'{beginning}' is no word of this brand (brand.yaml, tone)"
            wrong.append(OffKey(found.start(), beginning, what))
    if not emoji and (found := EMOJI.search(text)):
        wrong.append(OffKey(found.start(), found[0], "this brand uses no emoji (brand.yaml, tone)"))
    return tuple(wrong)


def may_be_off_key(file: bytes, tone: ToneShape) -> bool:
    """Whether some text of it may be. It is never False for a file in which one is.

    A word stands in YAML as it is read, but for what a backslash hides in it. Where a beginning holds more
    than letters and digits, as a space where a line may end, its first word is looked for.
    """
    try:
        text = file.decode()
    except UnicodeDecodeError:
        return True
    lowered = text.lower()
    firsts = {_NO_WORD.split(each.lower())[0] for words in tone.avoid.values() for each in words}
    has_emoji = not tone.emoji and EMOJI.search(text) is not None
    return "\\" in text or has_emoji or any(each in lowered for each in firsts)
