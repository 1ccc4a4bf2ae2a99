"""Infobip's Viber Business Messages as the sandbox plays them, after infobip-api-python-client 6.0.0."""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NoReturn
from urllib.parse import urlsplit

from aftercart.channels.reading import Json, children, e164, text
from aftercart.domain.consent import Channel
from aftercart.domain.content import Button, Card
from sandbox.fakes.carrier import json_of
from sandbox.fakes.checks import Checker
from sandbox.fakes.shown import Accepted, FakeMessage, FakeWebhook, Fault, Said

PATH = "/viber/2/messages"
PHONE = re.compile(r"[1-9]\d{6,14}")
UNITS = {"SECONDS": 1, "MINUTES": 60, "HOURS": 3600}
NO_ERROR = {"groupId": 0, "groupName": "OK", "id": 0, "name": "NO_ERROR", "permanent": False}
ABSENT = {
    "groupId": 1,
    "groupName": "HANDSET_ERRORS",
    "id": 27,
    "name": "EC_ABSENT_SUBSCRIBER",
    "description": "Absent Subscriber",
    "permanent": False,
}
STATUSES = {
    "sent": {"groupId": 1, "groupName": "PENDING", "id": 7, "name": "PENDING_ENROUTE"},
    "delivered": {"groupId": 3, "groupName": "DELIVERED", "id": 5, "name": "DELIVERED_TO_HANDSET"},
    "failed": {
        "groupId": 2,
        "groupName": "UNDELIVERABLE",
        "id": 9,
        "name": "UNDELIVERABLE_NOT_DELIVERED",
    },
}
ACCEPTED = {
    "groupId": 1,
    "groupName": "PENDING",
    "id": 26,
    "name": "PENDING_ACCEPTED",
    "description": "Message sent to next instance",
}


def refused(status: int, code: str, why: str) -> Fault:
    body = {
        "errorCode": code,
        "description": "Bad request" if status == 400 else "Unauthorized",
        "action": "Check the request's syntax and parameters.",
        "violations": [{"property": why.partition(" ")[0], "violation": why}],
        "resources": [],
    }
    return Fault(status, code, body)


def _invalid(why: str) -> NoReturn:
    raise refused(400, "E400", why)


@dataclass(frozen=True, slots=True, kw_only=True)
class Infobip:
    key: str
    webhook_secret: str
    sender: str
    base: str
    channel: Channel = Channel.VIBER
    name: str = "infobip"

    def at(self, url: str) -> bool:
        return url.startswith(self.base) and urlsplit(url).path.startswith("/viber/")

    def parsed(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Any:
        return json_of(method, headers, body)

    def check(self, path: str, headers: Mapping[str, str], body: Any) -> Accepted:
        """The message, or the Fault that Infobip would answer."""
        self._authorise(path, headers.get("authorization", ""))
        must = Checker(_invalid)
        must.fields(body, "body", ("messages",), ("options",))
        (message,) = must.items(body["messages"], "messages", 1)
        must.fields(message, "message", ("sender", "destinations", "content"), ("options", "webhooks"))
        sender = must.text(message["sender"], "message.sender", 28)
        must.that(self.sender in ("", sender), "message.sender is not registered")
        label = _options(message.get("options", {}), must)
        webhooks = must.fields(
            message.get("webhooks", {}), "webhooks", (), ("delivery", "seen", "callbackData")
        )
        must.text(webhooks.get("callbackData", ""), "webhooks.callbackData", 4000, 0)
        address, reference = _destination(message["destinations"], must)
        content = message["content"]
        kind = must.one_of(
            content.get("type") if isinstance(content, dict) else None, "content.type", CONTENTS
        )
        must.that(kind == "TEXT" or label == "PROMOTIONAL", f"{kind} is not supported for {label}")
        if label == "TRANSACTIONAL":
            must.that("button" not in content, "content.button is not supported for transactional messages")
        shown = CONTENTS[kind](content, must)
        return Accepted(address=address, reference=reference, category=label.lower(), **shown)

    def _authorise(self, path: str, authorization: str) -> None:
        if not authorization.startswith("App ") or self.key not in ("", authorization[4:]):
            raise refused(401, "E401", "authorization is missing or wrong")
        if path != PATH:
            raise refused(404, "E404", "path is unknown")

    def answer(self, accepted: Accepted, identifier: str) -> tuple[int, bytes]:
        message = {
            "messageId": identifier,
            "status": ACCEPTED,
            "destination": accepted.address.removeprefix("+"),
        }
        bulk = hashlib.sha256(identifier.encode()).hexdigest()[:20]
        return 200, json.dumps({"bulkId": bulk, "messages": [message]}).encode()

    def named(self, asked: Json) -> tuple[str, str]:
        message = next(iter(children(asked, "messages")), {})
        destination = next(iter(children(message, "destinations")), {})
        return e164(text(destination, "to")), text(destination, "messageId")

    def heard(self, address: str, text: str) -> None:
        """Nothing is kept."""

    def identifier(self, seed: str, accepted: Accepted) -> str:
        """A message's is the sender's to choose."""
        return accepted.reference or seed

    def receipt(self, message: FakeMessage, kind: str, at: datetime, code: int) -> FakeWebhook:
        phone = message.address.removeprefix("+")
        if kind == "read":
            seen = {"messageId": message.id, "from": self.sender, "to": phone, "sentAt": _time(message.at)}
            return self._webhook({**seen, "seenAt": _time(at)})
        report = {
            "bulkId": hashlib.sha256(message.id.encode()).hexdigest()[:20],
            "price": {"pricePerMessage": 0.02, "currency": "EUR"},
            "status": STATUSES[kind],
            "error": ABSENT if kind == "failed" else NO_ERROR,
            "messageId": message.id,
            "to": phone,
            "sender": self.sender,
            "sentAt": _time(message.at),
            "doneAt": _time(at),
            "messageCount": 1,
            "callbackData": message.reference,
        }
        return self._webhook(report)

    def reply(self, said: Said) -> FakeWebhook:
        below = said.below
        paired = {"pairedMessageId": below.id, "callbackData": below.reference} if below else {}
        tracking = {"trackingData": below.reference} if below else {}
        inbound = {
            "sender": said.address.removeprefix("+"),
            "to": self.sender,
            "integrationType": "VIBER",
            "receivedAt": _time(said.at),
            "messageId": said.id,
            **paired,
            "message": {"type": "TEXT", "text": said.text, **tracking},
            "price": {"pricePerMessage": 0, "currency": "EUR"},
        }
        return self._webhook(inbound)

    def _webhook(self, result: dict[str, Any]) -> FakeWebhook:
        body = json.dumps({"results": [result]}).encode()
        signature = hmac.new(self.webhook_secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Hub-Signature": f"sha256={signature}"}
        return FakeWebhook(provider=self.name, path="/infobip/viber", headers=headers, body=body)


def _destination(found: Any, must: Checker) -> tuple[str, str]:
    (destination,) = must.items(found, "message.destinations", 1)
    must.fields(destination, "destination", ("to",), ("messageId",))
    must.that(PHONE.fullmatch(str(destination["to"])), "destination.to is not a phone number")
    reference = must.text(destination.get("messageId", ""), "destination.messageId", 200, 0)
    return f"+{destination['to']}", reference


def _options(options: Any, must: Checker) -> str:
    names = (
        "label",
        "validityPeriod",
        "trackingData",
        "toPrimaryDeviceOnly",
        "applySessionRate",
        "platform",
    )
    must.fields(options, "options", (), names)
    if "trackingData" in options:
        must.text(options["trackingData"], "options.trackingData", 100)
    period = must.fields(
        options.get("validityPeriod", {"amount": 48}), "validityPeriod", ("amount",), ("timeUnit",)
    )
    unit = must.one_of(period.get("timeUnit", "MINUTES"), "validityPeriod.timeUnit", UNITS)
    must.that(isinstance(period["amount"], int), "validityPeriod.amount must be a number")
    must.that(period["amount"] * UNITS[unit] >= 30, "validityPeriod is under 30 seconds")
    return must.one_of(options.get("label", "PROMOTIONAL"), "options.label", ("PROMOTIONAL", "TRANSACTIONAL"))


def _text(content: Json, must: Checker) -> dict[str, Any]:
    must.fields(content, "content", ("type", "text"), ("button",))
    words = must.text(content["text"], "content.text", 1000)
    return {"text": words, "buttons": _button(content["button"], 30, must) if "button" in content else ()}


def _image(content: Json, must: Checker) -> dict[str, Any]:
    """Viber shows an image alone, or with both a text and a button."""
    must.fields(content, "content", ("type", "mediaUrl"), ("text", "button", "showImageInFullScreen"))
    image = _media(content, must)
    if not {"text", "button"} & content.keys():
        return {"text": "", "image": image}
    must.fields(content, "content", ("type", "mediaUrl", "text", "button"), ("showImageInFullScreen",))
    words = must.text(content["text"], "content.text", 1000)
    return {"text": words, "image": image, "buttons": _button(content["button"], 30, must)}


def _carousel(content: Json, must: Checker) -> dict[str, Any]:
    """The first of a card's buttons has to be there (Viber's rule, which Infobip's client leaves open)."""
    must.fields(content, "content", ("type", "text", "cards"))
    words = must.text(content["text"], "content.text", 1000)
    cards: list[Card] = []
    buttons: list[Button] = []
    for each in must.items(content["cards"], "content.cards", 5, 2):
        must.fields(each, "card", ("text", "mediaUrl", "buttons"))
        cards.append(Card(title=must.text(each["text"], "card.text", 38, 2), image=_media(each, must)))
        for longest, button in zip((10, 12), must.items(each["buttons"], "card.buttons", 2), strict=False):
            buttons += _button(button, longest, must)
    return {"text": words, "cards": tuple(cards), "buttons": tuple(dict.fromkeys(buttons))}


CONTENTS = {"TEXT": _text, "IMAGE": _image, "CAROUSEL": _carousel}


def _media(found: Json, must: Checker) -> str:
    url = must.text(found["mediaUrl"], "mediaUrl", 1000)
    must.that(url.startswith(("https://", "http://")), "mediaUrl is no valid URL")
    return url


def _button(found: Any, longest: int, must: Checker) -> tuple[Button, ...]:
    must.fields(found, "button", ("title", "action"))
    title = must.text(found["title"], "button.title", longest)
    return (Button(title=title, url=must.text(found["action"], "button.action", 1000)),)


def _time(at: datetime) -> str:
    """In an offset of their own, as real reports come: 2026-11-22T12:00:00.000+0200."""
    shifted = (at + timedelta(hours=2)).replace(tzinfo=None)
    return f"{shifted.isoformat(timespec='milliseconds')}+0200"
