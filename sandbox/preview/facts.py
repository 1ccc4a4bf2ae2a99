"""What is to be known of one bubble: how long it is, in how many parts, what is left out, what is wrong."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from aftercart.domain.brand import Brand
from aftercart.domain.catalogue import Catalogue
from aftercart.domain.consent import Channel
from aftercart.domain.content import Content
from aftercart.ports import Telling
from aftercart.texts.clean import Cleaner
from aftercart.texts.compiled import Wording
from aftercart.texts.limits import FOLD, MOST_CHARACTERS, MOST_OF_TITLE, fits
from aftercart.texts.render import EMPTY, parsed
from aftercart.texts.segments import (
    Encoding,
    capacity,
    count,
    encoding,
    outside_gsm_7,
    parts,
    sms_safe,
    units,
)
from aftercart.texts.variables import variables

FEW = 0.1  # where a smaller share of a text's own words is outside GSM-7, its alphabet is not
LIQUID = re.compile(r"\{[{%].*?[%}]\}", re.DOTALL)
NAMED = 3  # characters that are told by name
# What an empty placeholder leaves behind.
BLANK = re.compile(r"«\s*»|“\s*”|\"\"|\(\s*\)|[^\S\n]{2,}|[^\S\n][,.;:!?](?=\s|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """`content` None: it cannot be rendered with these facts, and the next channel would be tried.

    `size` and `most`: characters; of an SMS septets or 16-bit units, as its `encoding` counts.
    """

    content: Content | None
    size: int = 0
    most: int | None = None
    encoding: Encoding | None = None  # of an SMS alone
    outside: tuple[str, ...] = ()  # the characters that make it UCS-2
    dear: tuple[str, ...] = ()  # those of them that a text in its alphabet could do without
    parts: tuple[str, ...] = ()  # an SMS where it breaks
    left_out: tuple[str, ...] = ()  # what its text names and nobody knows
    warnings: tuple[str, ...] = ()


def facts_of(
    content: Content | None,
    channel: Channel,
    wording: Wording,
    left_out: tuple[str, ...],
    max_segments: int,
) -> Facts:
    if content is None:
        wrong = "it cannot be shown with these facts: the next channel is tried"
        return Facts(content=None, left_out=left_out, warnings=(wrong,))
    text = content.text
    warnings = tuple(_warnings(content, channel, wording, max_segments))
    if channel is not Channel.SMS:
        most = (MOST_CHARACTERS | FOLD).get(channel)
        return Facts(content=content, size=len(text), most=most, left_out=left_out, warnings=warnings)
    return Facts(
        content=content,
        size=units(text),
        most=capacity(encoding(text), max_segments),
        encoding=encoding(text),
        outside=outside_gsm_7(text),
        dear=_dear(text, wording),
        parts=parts(text),
        left_out=left_out,
        warnings=warnings,
    )


def _warnings(content: Content, channel: Channel, wording: Wording, max_segments: int) -> Iterator[str]:
    text, most = content.text, MOST_OF_TITLE.get(channel, len(content.title))
    if len(content.title) > most:
        yield f"a title too long: {len(content.title)} characters, of {most} at most"
    if not fits(channel, text, max_segments):
        yield (
            f"too long: {count(text)} parts, of {max_segments} at most"
            if channel is Channel.SMS
            else f"too long: {len(text)} characters, of {(MOST_CHARACTERS | FOLD)[channel]} at most"
        )
    if channel is Channel.SMS and (dear := _dear(text, wording)):
        yield f"70 characters a part, and not 160, only for {named(dear)}"
    if BLANK.search(text) and not BLANK.search(wording.text):
        yield "something is blank in it: a word for when it is not known is missing"
    if content.template and EMPTY in content.template.parameters:
        yield f"a placeholder of the template is empty, and shows as {EMPTY}"


def _dear(text: str, wording: Wording) -> tuple[str, ...]:
    """What makes an SMS UCS-2 where its own alphabet does not: a name, a dash, a sign of a currency."""
    own = sms_safe(LIQUID.sub("", wording.text))
    alphabet = outside_gsm_7(own)
    return outside_gsm_7(text) if sum(each in alphabet for each in own) <= FEW * len(own) else ()


def named(characters: Sequence[str]) -> str:
    """«→» (U+2192 RIGHTWARDS ARROW), or «Я» and 17 other characters."""
    if len(characters) > NAMED:
        return f"«{characters[0]}» and {len(characters) - 1} other characters"
    names = ((each, unicodedata.name(each, "without a name")) for each in characters)
    return ", ".join(f"«{each}» (U+{ord(each):04X} {name})" for each, name in names)


def left_out(wording: Wording, about: Telling, brand: Brand, catalogue: Catalogue) -> tuple[str, ...]:
    """What the text names that is not known here: `customer.first_name`."""
    language = about.customer.language
    known = variables(about, brand, catalogue, language, Cleaner(about.channel))
    sources = (wording.title, wording.text, wording.image)
    named = dict.fromkeys(name for source in sources for name in _names(source, language))
    return tuple(name for name in named if _value(known, name) is None)


@lru_cache(maxsize=4096)
def _names(source: str, language: str) -> tuple[str, ...]:
    used = parsed(source, language).analyze().globals
    paths = [variable.segments for variables in used.values() for variable in variables]
    return tuple(sorted({".".join(str(part) for part in path[:2]) for path in paths}))


def _value(known: Mapping[str, object], name: str) -> object:
    root, _, rest = name.partition(".")
    value = known.get(root)
    return value.get(rest) if rest and isinstance(value, Mapping) else value
