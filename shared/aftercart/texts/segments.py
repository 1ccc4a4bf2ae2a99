"""SMS parts: how many a text makes, where they break, and which characters can be spared.

3GPP TS 23.038: the GSM 7 bit default alphabet (6.2.1) and its extension table (6.2.1.1), else UCS-2 (6.2.3);
TS 23.040, 9.2.3.24.1: in a concatenated message six octets of each part are its header.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from enum import StrEnum

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")  # an escape before each, so two septets
_GSM_7 = _BASIC | _EXTENDED


class Encoding(StrEnum):
    GSM_7 = "GSM-7"
    UCS_2 = "UCS-2"


_ALONE = {Encoding.GSM_7: 160, Encoding.UCS_2: 70}  # septets, 16-bit units
_IN_A_ROW = {Encoding.GSM_7: 153, Encoding.UCS_2: 67}

# Whoever types these means the plain one, and each of them alone would turn 160 characters a part into 70.
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a", " "),
        **dict.fromkeys("\u202f\u205f\u3000\t", " "),
        **dict.fromkeys("\u200b\u2060\ufeff\u00ad", ""),
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u02bc\u0060\u00b4", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        "\u2026": "...",
        "\u2022": "-",
        "\u2028": "\n",
        "\u2029": "\n",
    }
)


def _any_of(characters: Iterable[str], but: str = "") -> re.Pattern[str]:
    return re.compile(f"[{but}{''.join(map(re.escape, sorted(characters)))}]")


# Patterns, and no sets: these would take each letter of a text out of it.
_TYPOGRAPHIC = _any_of([*map(chr, _PLAIN), "\r"])
_ESCAPED = _any_of(_EXTENDED)
_OUTSIDE = _any_of(_GSM_7, but="^")


def encoding(text: str) -> Encoding:
    """GSM-7 where each character has a place in it, else UCS-2 for the whole text."""
    return Encoding.UCS_2 if _OUTSIDE.search(text) else Encoding.GSM_7


def outside_gsm_7(text: str) -> tuple[str, ...]:
    """The characters that have no place in GSM-7, each once: each alone makes the whole text UCS-2."""
    return tuple(each for each in dict.fromkeys(text) if encoding(each) is Encoding.UCS_2)


def units(text: str) -> int:
    """What it takes of the room: septets, or 16-bit units."""
    return _units(text, encoding(text))


def capacity(used: Encoding, number: int) -> int:
    """Units that so many parts hold."""
    return _ALONE[used] if number == 1 else _IN_A_ROW[used] * number


def parts(text: str) -> tuple[str, ...]:
    """The text as the phones of the world get it; one empty part for an empty text.

    An escape pair, or a surrogate pair, never straddles two parts: what does not fit begins the next.
    """
    used = encoding(text)
    size = _units(text, used)
    if size <= _ALONE[used]:
        return (text,)
    if size == len(text):  # no pair that might straddle: each part is full but the last
        most = _IN_A_ROW[used]
        return tuple(text[start : start + most] for start in range(0, size, most))
    return tuple(_split(text, used))


def count(text: str) -> int:
    """How many parts are paid for."""
    return len(parts(text))


def sms_safe(text: str) -> str:
    """Typographic spaces, quotes, dashes and № as their plain twins; every letter stays as it is."""
    # A combining accent typed on its own would cost UCS-2 where the composed letter is in the alphabet.
    composed = unicodedata.normalize("NFC", text)
    if not _TYPOGRAPHIC.search(composed):
        return _without_numero(composed)
    plain = unicodedata.normalize("NFC", composed.translate(_PLAIN).replace("\r\n", "\n"))
    return _without_numero(plain)


def _without_numero(text: str) -> str:
    """№ in Latin letters where nothing else makes the text UCS-2: beside Cyrillic it costs nothing."""
    if "№" not in text:
        return text
    spelled = text.replace("№", "No.")
    return spelled if encoding(spelled) is Encoding.GSM_7 else text


def _units(text: str, used: Encoding) -> int:
    """Septets, or 16-bit units."""
    if used is Encoding.GSM_7:
        return len(text) + len(_ESCAPED.findall(text))
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _cost(character: str, used: Encoding) -> int:
    if used is Encoding.GSM_7:
        return 2 if character in _EXTENDED else 1
    return 2 if ord(character) > 0xFFFF else 1


def _split(text: str, used: Encoding) -> Iterator[str]:
    start = room = 0
    for position, character in enumerate(text):
        cost = _cost(character, used)
        if room + cost > _IN_A_ROW[used]:
            yield text[start:position]
            start, room = position, 0
        room += cost
    yield text[start:]
