"""A browser's push service as the sandbox plays it (RFC 8030, 8292), Google's, and our worker in the browser.

Push services tell nobody what became of a message. The worker does: what is not shown is never told of.
"""

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NoReturn
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from aftercart.channels.push_crypto import base64url, point, private_key
from aftercart.channels.reading import Json, text
from aftercart.domain.consent import Channel
from aftercart.domain.content import Button
from sandbox.fakes.browser import ORIGIN, Browser
from sandbox.fakes.checks import Checker
from sandbox.fakes.shown import Accepted, FakeMessage, FakeWebhook, Fault, Said

PATH = re.compile(r"/fcm/send/[\w:-]+")
VAPID = re.compile(r"vapid t=([\w-]+)\.([\w-]+)\.([\w-]+), ?k=([\w-]+)")
TOPIC = re.compile(r"[\w-]{1,32}")
URGENCIES = ("very-low", "low", "normal", "high")
LARGEST, LONGEST_TTL = 4096, 2_419_200
DAY = timedelta(days=1)
RECEIPTS = {"delivered": "shown", "read": "opened"}


def refused(status: int, why: str) -> Fault:
    """In words: nothing is to be read from them."""
    fault = Fault(status, str(status), {})
    fault.body = f"{why}\n".encode()
    return fault


def _invalid(why: str) -> NoReturn:
    raise refused(400, why)


MUST = Checker(_invalid)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebPush:
    """`key`: the private one whose public key browsers subscribed with; '' takes any."""

    key: str
    now: Callable[[], datetime]
    gone: set[str] = field(default_factory=set)  # endpoints whose owners want no more
    base: str = ORIGIN
    channel: Channel = Channel.PUSH
    name: str = "web"

    def at(self, url: str) -> bool:
        return url.startswith(f"{self.base}/")

    def parsed(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Any:
        """The request, and what the browser reads in it."""
        try:
            said = Browser(url).opened(body)
        except ValueError:
            said = {}
        return {"method": method, "endpoint": url, "body": body, "said": said}

    def check(self, path: str, headers: Mapping[str, str], body: Any) -> Accepted:
        """The message, or the Fault that the push service would answer."""
        if body["method"] != "POST" or not PATH.fullmatch(path):
            raise refused(404, "there is no such subscription")
        self._authorise(headers.get("authorization", ""))
        _headers(headers)
        if len(body["body"]) > LARGEST:
            raise refused(413, "the payload is too large")
        if body["endpoint"] in self.gone:
            raise refused(410, "push subscription has unsubscribed or expired.")
        # True push services take what no browser can read, and the browser drops it without a word.
        MUST.that(body["said"], "the browser cannot read this")
        return _shown(Browser(body["endpoint"]).address, body["said"])

    def _authorise(self, authorization: str) -> None:
        found = VAPID.fullmatch(authorization)
        if found is None:
            raise refused(401, "vapid is missing")
        header, claims, signature, key = found.groups()
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _raw(key))
        if self.key and key != base64url(point(private_key(self.key))):
            raise refused(403, "the VAPID credentials are not those of the subscription")
        if not _is_signed(public, f"{header}.{claims}", _raw(signature)) or json.loads(_raw(header)) != {
            "typ": "JWT",
            "alg": "ES256",
        }:
            raise refused(403, "the JWT has no valid signature")
        self._claims(json.loads(_raw(claims)))

    def _claims(self, claims: Json) -> None:
        left = timedelta(seconds=claims.get("exp", 0) - self.now().timestamp())
        if not timedelta(0) < left <= DAY:
            raise refused(403, "exp is over, or more than a day ahead")
        if claims.get("aud") != ORIGIN:
            raise refused(403, f"aud is not {ORIGIN}")
        if not str(claims.get("sub")).startswith(("mailto:", "https://")):
            raise refused(403, "sub is neither mailto: nor https:")

    def answer(self, accepted: Accepted, identifier: str) -> tuple[int, bytes]:
        return 201, b""

    def named(self, asked: Json) -> tuple[str, str]:
        endpoint = text(asked, "endpoint")
        return Browser(endpoint).address if endpoint else "", text(asked, "said", "receipt", "reference")

    def heard(self, address: str, text: str) -> None:
        """Nobody can answer."""

    def identifier(self, seed: str, accepted: Accepted) -> str:
        return f"0:{int(seed[:12], 16):016d}%{seed[12:28]}"

    def receipt(self, message: FakeMessage, kind: str, at: datetime, code: int) -> FakeWebhook | None:
        """None: the worker shows, and sees what is pressed; nothing else is known to it."""
        if kind not in RECEIPTS:
            return None
        known, status = json.loads(message.callback), RECEIPTS[kind]
        said = {"reference": known["reference"], "status": status, "proof": known[status]}
        return FakeWebhook(
            provider=self.name,
            path=urlsplit(known["url"]).path,
            headers={"Content-Type": "text/plain;charset=UTF-8"},
            body=json.dumps(said, separators=(",", ":")).encode(),
        )

    def reply(self, said: Said) -> FakeWebhook:
        raise LookupError("a notification cannot be answered: its links can be pressed")


def _headers(headers: Mapping[str, str]) -> None:
    ttl = headers.get("ttl", "")
    MUST.that(ttl.isdecimal() and int(ttl) <= LONGEST_TTL, "TTL is missing or too long")
    MUST.one_of(headers.get("urgency", "normal"), "Urgency", URGENCIES)
    MUST.that(TOPIC.fullmatch(headers.get("topic", "-")), "Topic is not up to 32 letters of base64url")
    MUST.that(headers.get("content-encoding") == "aes128gcm", "Content-Encoding is not aes128gcm")


def _shown(address: str, said: Any) -> Accepted:
    """What our worker makes of it."""
    MUST.fields(said, "message", ("title", "body", "url", "buttons", "tag", "receipt"), ("image",))
    MUST.fields(said["receipt"], "message.receipt", ("url", "reference", "shown", "opened"))
    buttons = []
    for each in MUST.items(said["buttons"], "message.buttons", 2, 0):
        button = MUST.fields(each, "message.button", ("title", "url"))
        buttons.append(Button(title=button["title"], url=button["url"]))
    return Accepted(
        address=address,
        title=said["title"],
        text=said["body"],
        image=said.get("image", ""),
        buttons=tuple(buttons),
        opens=said["url"],
        reference=said["receipt"]["reference"],
        callback=json.dumps(said["receipt"]),
    )


def _raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _is_signed(key: ec.EllipticCurvePublicKey, signed: str, signature: bytes) -> bool:
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    try:
        key.verify(encode_dss_signature(r, s), signed.encode(), ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return len(signature) == 64
