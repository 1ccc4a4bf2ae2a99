"""How a genuine request is forged: its bytes, its proof, its headers, its wrapping; one to three at once.

Each mutation is drawn from a seeded generator. What by chance comes out genuine after all (the mutation of a
mutation, another spelling of the same bytes) is no forgery: `forged` draws again.
"""

import base64
import hashlib
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from aftercart.domain.links import TAG_LENGTH, page_token
from sandbox.shop_settings import SECRETS
from sandbox.trials.hostile.genuine import TWILIO, Event, Route, bytes_of, routes, signature

STRANGE = ("é", "Ω", "\u202e", "\ud800", "\x00", "\u00a0", "١", "\U0001f600", "a\u0301")
WRONG_KEYS = (
    b"",
    b"None",
    b"null",
    b"0",
    b"\x00" * 32,
    b"sandbox-shopify-secre",
    b"sandbox-shopify-secret\n",
)
ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/=-_ "


@dataclass(frozen=True, slots=True)
class Forger:
    """Forges requests of one route. The same generator, the same forgeries."""

    route: Route
    dice: random.Random

    def forged(self) -> Event:
        while True:
            event = self.dice.choice(self.route.events)
            for _ in range(self.dice.choice((1, 1, 1, 2, 3))):
                event = self.dice.choice(self._ways())(event)
            if not self.route.is_genuine(event):
                return event

    def _ways(self) -> Sequence[Callable[[Event], Event]]:
        if self.route.proof == "authorization":
            return (self._proof, self._proof, self._header)  # a password does not prove the body
        if self.route.proof:
            return (self._bytes, self._bytes, self._proof, self._proof, self._header, self._wrapping)
        if self.route.within:
            return (self._bytes, self._wrapping, self._said, self._said)
        return (self._token,) if self.route.function == "customer_pages" else (self._query,)

    # Of the bytes: what was signed is not what comes.

    def _bytes(self, event: Event) -> Event:
        changed = self.dice.choice(BODIES)(bytes_of(event), self.dice)
        if event.get("isBase64Encoded"):
            return {**event, "body": base64.b64encode(changed).decode()}
        return {**event, "body": changed.decode("utf-8", "surrogateescape")}

    # Of the proof: a signature, a password.

    def _proof(self, event: Event) -> Event:
        name = self.route.proof
        given = str((event.get("headers") or {}).get(name) or "")
        change = self.dice.choice((self._edited, self._edited, self._made_with_a_wrong_key, self._borrowed))
        return {**event, "headers": {**(event.get("headers") or {}), name: change(event, given)}}

    def _edited(self, event: Event, given: str) -> str:
        return self.dice.choice(TEXTS)(given, self.dice)

    def _made_with_a_wrong_key(self, event: Event, given: str) -> str:
        key = self.dice.choice((*WRONG_KEYS, self.dice.randbytes(32)))
        if self.route.proof == "authorization":
            return f"Basic {base64.b64encode(b'infobip:' + key).decode()}"
        return signature(self.route.proof, key, bytes_of(event))

    def _borrowed(self, event: Event, given: str) -> str:
        """What is good elsewhere: another route's proof, key or algorithm, another body's signature."""
        other = self.dice.choice([route for route in routes().values() if route.proof])
        donor = self.dice.choice(other.events)
        weaker = "md5" if self.route.proof == TWILIO else "sha1"
        key = SECRETS[self.dice.choice(("link_key", "meta_verify", "meta_token", "address_key"))].encode()
        if self.route.proof == "authorization":
            return self.dice.choice((str(donor["headers"][other.proof]), f"Bearer {given.partition(' ')[2]}"))
        return self.dice.choice(
            (
                str(donor["headers"][other.proof]),
                signature(other.proof, key, bytes_of(event)),
                signature(self.route.proof, key, bytes_of(event)),
                signature(self.route.proof, _own_key(self.route), bytes_of(event), weaker),
                signature(self.route.proof, _own_key(self.route), bytes_of(event), "sha512"),
                hashlib.sha256(_own_key(self.route) + bytes_of(event)).hexdigest(),
            )
        )

    # Of the headers: gone, doubled, moved.

    def _header(self, event: Event) -> Event:
        headers: dict[str, Any] = dict(event.get("headers") or {})
        name = self.route.proof
        given = str(headers.pop(name, None) or "")
        match self.dice.randrange(7):
            case 0:
                pass  # it is gone
            case 1:
                headers[name] = ""
            case 2:
                headers[name] = f"{given},{given}"  # API Gateway joins a header that comes twice
            case 3:
                headers[name] = f"{self._edited(event, given)},{given}"
            case 4:
                headers[self.dice.choice((f"{name}-", f"x-{name}", name[:-1], name.replace("-", "_")))] = (
                    given
                )
            case 5:
                headers["cookie"] = f"{name}={given}"
            case _:
                return {**event, "headers": self.dice.choice((None, {}, {name: None}))}
        return {**event, "headers": headers}

    # Of the wrapping.

    def _wrapping(self, event: Event) -> Event:
        body = event.get("body") or ""
        match self.dice.randrange(5):
            case 0:
                return {**event, "isBase64Encoded": not event.get("isBase64Encoded")}
            case 1:
                return {**event, "body": self.dice.choice((None, ""))}
            case 2:
                twice = base64.b64encode(body.encode("utf-8", "surrogatepass")).decode()
                return {**event, "body": twice, "isBase64Encoded": bool(event.get("isBase64Encoded"))}
            case 3:
                return {**event, "body": self.dice.choice(TEXTS)(body, self.dice)}
            case _:
                other = self.dice.choice(list(routes().values()))
                return {**event, "body": self.dice.choice(other.events).get("body")}

    # Where the query, the path or the body is the proof.

    def _said(self, event: Event) -> Event:
        """Another value of what proves it."""
        try:
            found = json.loads(bytes_of(event))
        except ValueError:
            return event
        name = self.dice.choice(self.route.within)
        given = str(found.get(name)) if isinstance(found, dict) else ""
        other = self.dice.choice(
            (None, [given], int(given[:1].isdigit()), self.dice.choice(TEXTS)(given, self.dice))
        )
        said = {**found, name: other} if isinstance(found, dict) else [given]
        return {**event, "body": json.dumps(said), "isBase64Encoded": False}

    def _query(self, event: Event) -> Event:
        query: dict[str, str] = dict(event.get("queryStringParameters") or {})
        name = self.dice.choice(("hub.verify_token", "hub.verify_token", "hub.mode"))
        match self.dice.randrange(5):
            case 0:
                query.pop(name, None)
            case 1:
                query = {key.upper(): value for key, value in query.items()}
            case 2:
                query[name] = f"{query.get(name, '')},{query.get(name, '')}"
            case 3:
                query[name] = self.dice.choice(
                    ("", "None", "null", SECRETS["meta_app"], SECRETS["meta_token"])
                )
            case _:
                query[name] = self.dice.choice(TEXTS)(query.get(name, ""), self.dice)
        return {**event, "queryStringParameters": query or None}

    def _token(self, event: Event) -> Event:
        token = (event.get("pathParameters") or {}).get("token") or ""
        other = str(self.dice.choice(self.route.events)["pathParameters"]["token"])
        message = f"{other[:14]}-{other[14:-TAG_LENGTH]}"
        changed = self.dice.choice(
            (
                lambda: self.dice.choice(TEXTS)(token, self.dice),
                lambda: self.dice.choice(TEXTS)(token, self.dice),
                lambda: token[:-TAG_LENGTH] + other[-TAG_LENGTH:],
                lambda: (
                    token[:-TAG_LENGTH] + "".join(self.dice.choices("abcdefghijklmnopqrstuvwxyz234567", k=8))
                ),
                lambda: page_token(
                    message, self.dice.choice((b"", b"None", SECRETS["address_key"].encode()))
                ),
                lambda: other[:14] + token[14:],
                lambda: token[:14] + "-" + token[14:],
                lambda: token + "/" + other,
            )
        )()
        return {
            **event,
            "pathParameters": self.dice.choice(({"token": changed}, {"token": changed}, {}, None)),
        }


def _own_key(route: Route) -> bytes:
    names = {"orders": "shopify", "fulfillments": "shopify", "sms": "twilio_token"}
    names |= {"whatsapp": "meta_app", "messenger": "meta_app", "instagram": "instagram_app"}
    return SECRETS[names.get(route.name, "infobip_webhook")].encode()


def _bit(body: bytes, dice: random.Random) -> bytes:
    if not body:
        return b"\x01"
    at = dice.randrange(len(body))
    return body[:at] + bytes((body[at] ^ (1 << dice.randrange(8)),)) + body[at + 1 :]


def _cut(body: bytes, dice: random.Random) -> bytes:
    return body[: dice.randrange(len(body) + 1)]


def _slipped_in(body: bytes, dice: random.Random) -> bytes:
    at = dice.randrange(len(body) + 1)
    return body[:at] + dice.randbytes(dice.randrange(1, 4)) + body[at:]


def _left_out(body: bytes, dice: random.Random) -> bytes:
    at = dice.randrange(len(body) + 1)
    return body[:at] + body[at + dice.randrange(1, 9) :]


def _with_space(body: bytes, dice: random.Random) -> bytes:
    space = dice.choice((b" ", b"\n", b"\r\n", b"\t", b"\x00", b"\xef\xbb\xbf"))
    return dice.choice((space + body, body + space, body.replace(b":", b":" + space, 1)))


def _written_anew(body: bytes, dice: random.Random) -> bytes:
    """What a middleman that parses and serialises makes of it: the same JSON, other bytes."""
    try:
        found = json.loads(body)
    except ValueError:
        return body[::-1]
    ways: tuple[dict[str, Any], ...] = (
        {"sort_keys": True, "ensure_ascii": False},
        {"ensure_ascii": True},
        {"indent": 2},
        {"separators": (",", ":"), "ensure_ascii": True},
    )
    return json.dumps(found, **dice.choice(ways)).encode("utf-8", "surrogatepass")


def _another_price(body: bytes, dice: random.Random) -> bytes:
    digit = dice.choice(b"0123456789")
    return body.replace(bytes((digit,)), bytes((dice.choice(b"0123456789"),)), dice.randrange(1, 5))


BODIES = (_bit, _bit, _cut, _slipped_in, _left_out, _with_space, _written_anew, _another_price)


def _letter(text: str, dice: random.Random) -> str:
    at = dice.randrange(len(text) + 1)
    return text[:at] + dice.choice(ALPHABET) + text[at + 1 :]


def _flipped(text: str, dice: random.Random) -> str:
    if not text:
        return "\x01"
    at = dice.randrange(len(text))
    return text[:at] + chr(ord(text[at]) ^ (1 << dice.randrange(7))) + text[at + 1 :]


def _shorter(text: str, dice: random.Random) -> str:
    return dice.choice((text[: dice.randrange(len(text) + 1)], text[dice.randrange(len(text) + 1) :]))


def _longer(text: str, dice: random.Random) -> str:
    return dice.choice(
        (text + text, text + dice.choice(ALPHABET), "sha256=" + text, text + "\n", text + "%00")
    )


def _recased(text: str, dice: random.Random) -> str:
    return dice.choice((text.upper(), text.lower(), text.swapcase()))


def _strange(text: str, dice: random.Random) -> str:
    at = dice.randrange(len(text) + 1)
    return text[:at] + dice.choice(STRANGE) + text[at + dice.randrange(2) :]


def _in_other_letters(text: str, dice: random.Random) -> str:
    return dice.choice(
        (text.replace("=", ""), text.replace("+", "-").replace("/", "_"), text[::-1], text.replace("a", "а"))
    )


TEXTS = (_letter, _letter, _flipped, _flipped, _shorter, _longer, _recased, _strange, _in_other_letters)
