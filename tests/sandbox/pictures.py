"""Pictures as files begin: what tells a reader of what kind they are."""

import struct


def png(bits: int = 8, colour: int = 2, size: int = 200) -> bytes:
    """`colour`: 0 grey, 2 RGB, 3 of a palette, 6 RGBA."""
    header = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sIIBBBBB", 13, b"IHDR", 4, 4, bits, colour, 0, 0, 0)
    return header.ljust(size, b"\0")


def jpeg(bits: int = 8, layers: int = 3, size: int = 200, frame: int = 0xC0) -> bytes:
    """With a table, and bytes that fill, before its frame. `layers`: 1 grey, 3 colours, 4 for print."""
    table = b"\xff\xdb" + struct.pack(">H", 67) + b"\xff\xc0" + bytes(63)
    begun = b"\xff\xff" + bytes([frame]) + struct.pack(">HBHHB", 8 + 3 * layers, bits, 4, 4, layers)
    return (b"\xff\xd8\xff\xe0" + struct.pack(">H", 16) + b"JFIF\0".ljust(14, b"\0") + table + begun).ljust(
        size, b"\0"
    )
