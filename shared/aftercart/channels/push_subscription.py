"""A browser's push subscription: the address of web push, kept as compact JSON.

Its endpoint is a secret of that browser's, and an address that strangers give us and that we call: the push
services of browsers alone are let through, when it is given to us and again before each send.
"""

import base64
import json
import re
from dataclasses import dataclass
from typing import Any

from aftercart.channels.reading import parse
from aftercart.ports import Unreadable

LONGEST = 2048  # characters of an endpoint; Microsoft's have some 700
# Chrome and its like; Firefox; Safari (developer.apple.com names all of *.push.apple.com); Edge.
_ENDPOINT = re.compile(
    r"(?P<origin>https://(?:fcm\.googleapis\.com"
    r"|(?:[a-z0-9-]{1,63}\.){1,4}push\.services\.mozilla\.com"
    r"|(?:[a-z0-9-]{1,63}\.){1,4}push\.apple\.com"
    r"|(?:[a-z0-9-]{1,63}\.){1,4}notify\.windows\.com))"
    r"/[A-Za-z0-9/?&=%:;,.~_+-]+"
)
_POINT, _AUTH = 65, 16  # bytes (RFC 8291, 3.1 and 3.2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """`point`: the browser's public key, uncompressed; `auth`: what only it and we know."""

    endpoint: str
    origin: str
    point: bytes
    auth: bytes

    @property
    def address(self) -> str:
        """The same for the same subscription, however a browser writes it."""
        keys = {"p256dh": _text(self.point), "auth": _text(self.auth)}
        return json.dumps({"endpoint": self.endpoint, "keys": keys}, separators=(",", ":"))


def subscription(found: Any) -> Subscription | None:
    """Of what `PushSubscription.toJSON()` says. None: it is none, or leads to nobody's push service."""
    if not isinstance(found, dict):
        return None
    endpoint, keys = found.get("endpoint"), found.get("keys")
    if not isinstance(endpoint, str) or len(endpoint) > LONGEST or not isinstance(keys, dict):
        return None
    known = _ENDPOINT.fullmatch(endpoint)
    point, auth = _bytes(keys.get("p256dh")), _bytes(keys.get("auth"))
    if known is None or len(point) != _POINT or point[0] != 4 or len(auth) != _AUTH:
        return None
    return Subscription(endpoint=endpoint, origin=known["origin"], point=point, auth=auth)


def of_address(address: str) -> Subscription | None:
    """None: it is another kind of address."""
    try:
        return subscription(parse(address))
    except Unreadable:
        return None


def _bytes(text: Any) -> bytes:
    """Of base64url, padded or not; b'' where it is none."""
    try:
        padded = text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True)
    except (AttributeError, ValueError):
        return b""


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
