"""The picture that shows who reviews a template what may stand above it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.commands.terminal import UserError

LARGEST = 5 * 1024 * 1024  # bytes: what WhatsApp takes of an image
KINDS: Mapping[bytes, str] = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """`kind`: its MIME type."""

    name: str
    kind: str
    content: bytes


def picture_of(file: Path) -> Picture:
    """Raises UserError: it is not there, too large, or neither JPEG nor PNG by its own first bytes."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror}") from None
    kind = next((kind for begins, kind in KINDS.items() if content.startswith(begins)), "")
    if not kind:
        raise UserError(f"{file} is neither a JPEG nor a PNG, which is what Meta takes")
    if len(content) > LARGEST:
        raise UserError(f"{file} has {len(content):,} bytes, and WhatsApp takes {LARGEST:,}")
    return Picture(name=file.name, kind=kind, content=content)
