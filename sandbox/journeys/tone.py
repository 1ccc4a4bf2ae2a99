"""Whether a text sounds like the brand: brand.yaml's `tone`."""

import re
from collections.abc import Iterator

from sandbox.journeys.brand_shapes import ToneShape

# Pictographs, dingbats, flags, keycaps, and what makes a character one.
EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\u2b50-\u2b55\ufe0f\u20e3]")


def off_key(tone: ToneShape, language: str, text: str) -> Iterator[tuple[int, str, str]]:
    """Where, which characters, and what is wrong with them."""
    for beginning in tone.avoid.get(language, ()):
        found = re.search(rf"(?<!\w){re.escape(beginning.lower())}", text.lower())
        if found:
            yield found.start(), beginning, f"'{beginning}' is no word of this brand (brand.yaml, tone)"
    found = None if tone.emoji else EMOJI.search(text)
    if found:
        yield found.start(), found[0], "this brand uses no emoji (brand.yaml, tone)"
