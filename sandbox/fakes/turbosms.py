"""TurboSMS's Viber as the sandbox plays it: every answer has the status 200, and nobody is called back."""

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NoReturn
from urllib.parse import urlsplit

from aftercart.channels.reading import Json, e164, text
from aftercart.domain.consent import Channel
from aftercart.domain.content import Button
from sandbox.fakes.carrier import json_of
from sandbox.fakes.checks import Checker, Refuse
from sandbox.fakes.shown import Accepted, FakeMessage, Fault, Said

PATH = "/message/send.json"
PHONE = re.compile(r"[1-9]\d{6,14}")
CODES = {
    "REQUIRED_AUTH": 105,
    "INVALID_REQUEST": 300,
    "INVALID_MESSAGE_TEXT": 304,
    "INVALID_PHONE": 305,
    "INVALID_TTL": 306,
    "NOT_ALLOWED_MESSAGE_SENDER": 400,
    "NOT_ALLOWED_RECIPIENTS_LIMIT": 405,
    "NOT_ALLOWED_MESSAGE_BUTTON_TEXT_LENGTH": 408,
    "NOT_ALLOWED_MESSAGE_TTL": 409,
    "NOT_ALLOWED_MESSAGE_TRANSACTION_CONTENT": 410,
    "NOT_ALLOWED_MESSAGE_TEXT_LENGTH": 413,
    "FAILED_DUPLICATE_REQUEST": 507,
}
OPTIONAL = ("ttl", "image_url", "caption", "action", "count_clicks", "is_transactional")


def refused(word: str) -> Fault:
    envelope = {"response_code": CODES[word], "response_status": word, "response_result": None}
    return Fault(200, word, envelope)


def _refusing(word: str) -> Refuse:
    def refuse(why: str) -> NoReturn:
        raise refused(word)

    return refuse


def _must(word: str, holds: object) -> None:
    Checker(_refusing(word)).that(holds, word)


@dataclass(frozen=True, slots=True, kw_only=True)
class TurboSms:
    base: str
    token: str
    sender: str
    channel: Channel = Channel.VIBER
    name: str = "turbosms"
    asked: set[str] = field(default_factory=set)  # what sequence_id has named

    def at(self, url: str) -> bool:
        return url.startswith(self.base) and urlsplit(url).path.startswith("/message/")

    def parsed(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Any:
        return json_of(method, headers, body)

    def check(self, path: str, headers: Mapping[str, str], body: Any) -> Accepted:
        """The message, or the Fault that TurboSMS would answer."""
        authorization = headers.get("authorization", "")
        right = authorization.startswith("Bearer ") and self.token in ("", authorization[7:])
        _must("REQUIRED_AUTH", right)
        must = Checker(_refusing("INVALID_REQUEST"))
        must.that(path == PATH, "path is unknown")
        must.fields(body, "body", ("recipients", "viber"), ("sequence_id",))
        phone = _recipient(body["recipients"])
        sequence = must.text(body.get("sequence_id", ""), "sequence_id", 64, 0)
        viber = must.fields(body["viber"], "viber", ("sender", "text"), OPTIONAL)
        _must("NOT_ALLOWED_MESSAGE_SENDER", self.sender in ("", viber["sender"]))
        words, image, buttons = _content(viber, must)
        _must("FAILED_DUPLICATE_REQUEST", not sequence or sequence not in self.asked)
        self.asked.add(sequence)
        category = "transactional" if viber.get("is_transactional") == 1 else "promotional"
        return Accepted(
            address=f"+{phone}",
            text=words,
            image=image,
            buttons=buttons,
            reference=sequence,
            category=category,
        )

    def answer(self, accepted: Accepted, identifier: str) -> tuple[int, bytes]:
        taken = {
            "phone": accepted.address.removeprefix("+"),
            "message_id": identifier,
            "response_code": 0,
            "response_status": "OK",
        }
        found = {"response_code": 801, "response_status": "SUCCESS_MESSAGE_SENT", "response_result": [taken]}
        return 200, json.dumps(found).encode()

    def named(self, asked: Json) -> tuple[str, str]:
        found = asked.get("recipients")
        phone = str(found[0]) if isinstance(found, list) and found else ""
        return e164(phone), text(asked, "sequence_id")

    def heard(self, address: str, text: str) -> None:
        """Nothing is kept."""

    def identifier(self, seed: str, accepted: Accepted) -> str:
        return str(uuid.UUID(seed[:32]))

    def receipt(self, message: FakeMessage, kind: str, at: datetime, code: int) -> None:
        """What became of it can only be looked up."""

    def reply(self, said: Said) -> NoReturn:
        raise LookupError("nobody can answer this sender on viber")


def _recipient(found: Any) -> str:
    (phone,) = Checker(_refusing("NOT_ALLOWED_RECIPIENTS_LIMIT")).items(found, "recipients", 1)
    _must("INVALID_PHONE", PHONE.fullmatch(str(phone)))
    return str(phone)


def _content(viber: Json, must: Checker) -> tuple[str, str, tuple[Button, ...]]:
    """Text, image, buttons. A button has words and an address, an image a button; transactional is text."""
    _must("INVALID_MESSAGE_TEXT", isinstance(viber["text"], str) and viber["text"].strip())
    _must("NOT_ALLOWED_MESSAGE_TEXT_LENGTH", len(viber["text"]) <= 1000)
    ttl = viber.get("ttl", 86_400)
    _must("INVALID_TTL", isinstance(ttl, int) and not isinstance(ttl, bool))
    _must("NOT_ALLOWED_MESSAGE_TTL", 60 <= ttl <= 86_400)
    rich = {"caption", "action", "image_url"} & viber.keys()
    _must("NOT_ALLOWED_MESSAGE_TRANSACTION_CONTENT", viber.get("is_transactional") != 1 or not rich)
    must.that(("caption" in viber) == ("action" in viber), "a button has a caption and an action")
    if "caption" not in viber:
        must.that("image_url" not in viber, "an image beside a text has a button")
        return viber["text"], "", ()
    caption = must.text(viber["caption"], "viber.caption", 1000)
    _must("NOT_ALLOWED_MESSAGE_BUTTON_TEXT_LENGTH", len(caption) <= 30)
    action = must.text(viber["action"], "viber.action", 1000)
    image = must.text(viber.get("image_url", ""), "viber.image_url", 1000, 0)
    must.that(image.startswith(("https://", "http://")) or "image_url" not in viber, "image_url is no link")
    return viber["text"], image, (Button(title=caption, url=action),)
