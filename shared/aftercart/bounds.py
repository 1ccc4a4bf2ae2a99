"""What a JSON body may weigh before anyone parses it: a small one can be a bomb for whoever reads it.

Measured with pydantic 2.12: 6 MB of `{},` cost 130 MB of objects, of `"",` 115 MB, 100,000 brackets a
recursion; a function has 256 MB. Everything here goes over the raw bytes, in bounded memory.
"""

from aftercart.ports import Unreadable

MOST_BYTES = 6 * 1024 * 1024  # what a Lambda is handed at most (its quota for synchronous payloads)
DEEPEST = 32  # a real order goes eight deep
MOST_CONTAINERS = 250_000  # objects and lists: an order of 5,000 lines has some 125,000
MOST_VALUES = 1_000_000  # the same order has some 400,000

_BRACKETS = bytes.maketrans(b"{}", b"[]")
_NOT_CODE = bytes(set(range(256)) - set(b"[]{},NI"))
_NOT_BRACKETS = b",NI"
_AT_ONCE = 65_536  # bytes: joining pieces costs eighty bytes each, and a piece can be as short as none


def check(body: bytes, most_containers: int = MOST_CONTAINERS) -> None:
    """Unreadable where it is too large, too deep, of too many parts, or holds what is no JSON number."""
    if len(body) > MOST_BYTES:
        raise Unreadable("too_large")
    code = _outside_strings(body)
    if b"N" in code or b"I" in code:  # NaN, Infinity: pydantic takes them where they are ignored
        raise Unreadable("not_a_number")
    brackets = code.translate(_BRACKETS, _NOT_BRACKETS)
    if len(brackets) > 2 * most_containers or code.count(b",") > MOST_VALUES:
        raise Unreadable("too_many_parts")
    for _ in range(DEEPEST):  # each round takes the innermost level away
        brackets = brackets.replace(b"[]", b"")
    if brackets:
        raise Unreadable("too_deep_or_unbalanced")


def _outside_strings(body: bytes) -> bytes:
    """The brackets, commas, N and I of valid JSON that stand outside its strings."""
    plain = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    kept, inside = bytearray(), False
    for start in range(0, len(plain), _AT_ONCE):
        pieces = plain[start : start + _AT_ONCE].split(b'"')
        kept += b"".join(pieces[inside::2]).translate(None, _NOT_CODE)
        inside ^= len(pieces) % 2 == 0
    return bytes(kept)
