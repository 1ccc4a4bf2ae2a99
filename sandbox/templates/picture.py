"""The picture that shows who reviews a template what may stand above it. No customer is ever sent it.

What WhatsApp takes of an image: developers.facebook.com/documentation/business-messaging/whatsapp (media).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

LARGEST = 5 * 1024 * 1024  # bytes
RGB, RGBA = 2, 6  # a PNG's types of colour
# Of a JPEG: what begins a frame, whatever its coding (ITU-T T.81, table B.1).
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


class NoPicture(Exception):
    """Not one that WhatsApp takes; the text says why, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """`kind`: its MIME type."""

    name: str
    kind: str
    content: bytes


def picture_of(file: Path) -> Picture:
    """By its own bytes, whatever its name says. Raises NoPicture."""
    try:
        content = file.read_bytes()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise NoPicture(f"'{file.name}' cannot be read ({why}): put a JPEG or PNG there") from None
    kind = next((kind for begins, kind in KINDS.items() if content.startswith(begins)), "")
    try:
        is_rgb = RGB_OF[kind](content)
    except LookupError:
        raise NoPicture(
            f"'{file.name}' is no JPEG or PNG, which is what Meta takes: save it as one"
        ) from None
    if not is_rgb:
        raise NoPicture(f"'{file.name}' is not RGB of 8 bits, which is what Meta takes: save it as that")
    if len(content) > LARGEST:
        how_much = f"{len(content):,} bytes, and WhatsApp takes {LARGEST:,}"
        raise NoPicture(f"'{file.name}' has {how_much}: save it smaller")
    return Picture(name=file.name, kind=kind, content=content)


def _is_rgb_jpeg(content: bytes) -> bool:
    """From segment to segment to its frame. LookupError: there is none."""
    at = 2
    while content[at] == 0xFF:
        if content[at + 1] in FRAMES:
            return content[at + 4] == 8 and content[at + 9] == 3
        filled = content[at + 1] == 0xFF
        at += 1 if filled else 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    raise LookupError


def _is_rgb_png(content: bytes) -> bool:
    if content[12:16] != b"IHDR":
        raise LookupError
    return content[24] == 8 and content[25] in (RGB, RGBA)


KINDS: Mapping[bytes, str] = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}
RGB_OF: Mapping[str, Callable[[bytes], bool]] = {"image/jpeg": _is_rgb_jpeg, "image/png": _is_rgb_png}
