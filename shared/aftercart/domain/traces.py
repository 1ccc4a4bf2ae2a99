"""Does a body that nobody could read name this person? Asked when somebody is erased.

What leads to a person is known by keyed hashes alone, so that a tombstone can go on looking after every name
and address is gone: whatever in the body could be an address or an id of the shop's is hashed and compared.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from aftercart.domain import ids
from aftercart.domain.suppression import keyed_hash

TAIL = 9  # digits in which a number agrees however its country and trunk prefix are written
MOST_LAYERS = 200  # texts within texts that one body may have
SHORTEST, LONGEST = 7, 20  # digits of a phone number or of a shop's id
MOST_GROUPS = 6  # a number may be written in groups: +380 67 123 45 67

_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{12,}")
_GROUPED = re.compile(r"[0-9]+(?:[ \t\u00a0\u2009().+/-]{1,3}[0-9]+)*")
_NOT_IN_AN_EMAIL = (
    re.compile(r"""[\s\x00-\x1f\ufffd"'<>()\[\]{},;:|\\=&?/]"""),
    re.compile(r'[\s\x00-\x1f\ufffd"<>]'),
)  # narrow, wide
_AFTER_AT = re.compile(r"[^\W_](?:[\w.-]*[^\W_])?")


def leads(address: str, key: bytes) -> frozenset[str]:
    """The keyed hashes by which an address, a phone also by its last digits, is found in a body."""
    found = {keyed_hash(address, key)}
    if address.startswith("+") and len(address) > TAIL:
        found.add(_tail(address, key))
    return frozenset(found)


def _tail(digits: str, key: bytes) -> str:
    return keyed_hash(f"tail:{digits[-TAIL:]}", key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """What leads to one person: `known_by` are the keyed hashes of every address, `orders` the shop's ids."""

    customer: str
    life: int
    shop: str
    key: bytes
    known_by: frozenset[str]
    orders: frozenset[str]

    def lead_to(self, body: bytes) -> bool:
        """By any of their addresses, orders, the shop's id of them, or ours; never by a name alone.

        Many are called Olena: a body that says no more names nobody, and may be another's STOP.
        """
        seen: set[str] = set()
        for text in unwrapped(body):
            if self.customer in text or any(
                keyed_hash(each, self.key) in self.known_by for each in emails(text)
            ):
                return True
            fresh = set(numbers(text)) - seen
            seen |= fresh
            if any(map(self._leads, fresh)):
                return True
        return False

    def _leads(self, digits: str) -> bool:
        if digits in self.orders:
            return True
        if ids.customer_id(self.shop, "buyer", digits, self.life) == self.customer:
            return True
        if (
            keyed_hash(f"+{digits}", self.key) in self.known_by
            or keyed_hash(digits, self.key) in self.known_by
        ):
            return True
        return len(digits) >= TAIL and _tail(digits, self.key) in self.known_by


def unwrapped(body: bytes) -> Iterator[str]:
    """The body as text, and every text in it that is escaped, percent-encoded or in base64, in layers."""
    waiting, seen = [body.decode("utf-8", "replace")], set[str]()
    while waiting and len(seen) < MOST_LAYERS:
        text = waiting.pop()
        if text not in seen:
            seen.add(text)
            yield text
            waiting += _within(text)


def _within(text: str) -> Iterator[str]:
    if "\\" in text:
        plain = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
        yield (
            plain.replace("\\\\", "\\")
            .replace("\\/", "/")
            .encode("utf-16", "surrogatepass")
            .decode("utf-16", "replace")
        )
    if "%" in text:
        yield unquote(text, errors="replace")
    for run in _BASE64.findall(text):
        if decoded := _from_base64(run):
            yield decoded


def _from_base64(run: str) -> str:
    """The text in it, or '' where it holds none: most runs of letters are words."""
    whole = run.translate({ord("-"): "+", ord("_"): "/"})
    try:
        return base64.b64decode(whole + "=" * (-len(whole) % 4), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def numbers(text: str) -> Iterator[str]:
    """Digits alone, of everything that could be a phone number or an id, however it is grouped."""
    for run in _GROUPED.findall(text):
        groups = re.findall("[0-9]+", run)
        for first in range(len(groups)):
            yield from _joined(groups[first : first + MOST_GROUPS])


def _joined(groups: Iterable[str]) -> Iterator[str]:
    digits = ""
    for group in groups:
        digits += group
        if len(digits) > LONGEST:
            return
        if len(digits) >= SHORTEST:
            yield digits


def emails(text: str) -> Iterator[str]:
    """Everything round an @ that could be an e-mail address."""
    at = text.find("@")
    while at >= 0:
        domain = _AFTER_AT.match(text, at + 1, at + 256)
        if domain:
            before = text[max(0, at - 64) : at]
            for apart in _NOT_IN_AN_EMAIL:
                yield f"{apart.split(before)[-1]}@{domain[0]}"
        at = text.find("@", at + 1)
