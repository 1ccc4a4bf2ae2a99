"""Infobip's Viber Business Messages as the sandbox plays them, after infobip-api-python-client 6.0.0."""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NoReturn

from aftercart.channels.reading import Json, children, e164, text
from aftercart.domain.consent import Channel
from aftercart.domain.content import Button
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
    channel: Channel = Channel.VIBER
    name: str = "infobip"

    def check(self, path: str, headers: Mapping[str, str], body: Mapping[str, Any]) -> Accepted:
        """The message, or the Fault that Infobip would answer."""
        authorization = headers.get("authorization", "")
        if not authorization.startswith("App ") or self.key not in ("", authorization[4:]):
            raise refused(401, "E401", "authorization is missing or wrong")
        if path != PATH:
            raise refused(404, "E404", "path is unknown")
        is_ = Checker(_invalid)
        is_.fields(body, "body", ("messages",), ("options",))
        (message,) = is_.items(body["messages"], "messages", 1)
        is_.fields(message, "message", ("sender", "destinations", "content"), ("options", "webhooks"))
        sender = is_.text(message["sender"], "message.sender", 28)
        is_.that(self.sender in ("", sender), "message.sender is not registered")
        (destination,) = is_.items(message["destinations"], "message.destinations", 1)
        is_.fields(destination, "destination", ("to",), ("messageId",))
        is_.that(PHONE.fullmatch(str(destination["to"])), "destination.to is not a phone number")
        label = self._options(message.get("options", {}), is_)
        webhooks = is_.fields(
            message.get("webhooks", {}), "webhooks", (), ("delivery", "seen", "callbackData")
        )
        is_.text(webhooks.get("callbackData", ""), "webhooks.callbackData", 4000, 0)
        text, buttons = _content(message["content"], label, is_)
        return Accepted(
            address=f"+{destination['to']}",
            text=text,
            buttons=buttons,
            reference=is_.text(destination.get("messageId", ""), "destination.messageId", 200, 0),
            category=label.lower(),
        )

    def _options(self, options: Any, is_: Checker) -> str:
        names = (
            "label",
            "validityPeriod",
            "trackingData",
            "toPrimaryDeviceOnly",
            "applySessionRate",
            "platform",
        )
        is_.fields(options, "options", (), names)
        if "trackingData" in options:
            is_.text(options["trackingData"], "options.trackingData", 100)
        period = is_.fields(
            options.get("validityPeriod", {"amount": 48}), "validityPeriod", ("amount",), ("timeUnit",)
        )
        unit = is_.one_of(period.get("timeUnit", "MINUTES"), "validityPeriod.timeUnit", UNITS)
        is_.that(isinstance(period["amount"], int), "validityPeriod.amount must be a number")
        is_.that(period["amount"] * UNITS[unit] >= 30, "validityPeriod is under 30 seconds")
        return is_.one_of(
            options.get("label", "PROMOTIONAL"), "options.label", ("PROMOTIONAL", "TRANSACTIONAL")
        )

    def answer(self, accepted: Accepted, identifier: str) -> bytes:
        message = {
            "messageId": identifier,
            "status": ACCEPTED,
            "destination": accepted.address.removeprefix("+"),
        }
        bulk = hashlib.sha256(identifier.encode()).hexdigest()[:20]
        return json.dumps({"bulkId": bulk, "messages": [message]}).encode()

    def named(self, asked: Json) -> tuple[str, str]:
        message = next(iter(children(asked, "messages")), {})
        destination = next(iter(children(message, "destinations")), {})
        return e164(text(destination, "to")), text(destination, "messageId")

    def identifier(self, seed: str) -> str:
        return seed

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


def _content(content: Any, label: str, is_: Checker) -> tuple[str, tuple[Button, ...]]:
    is_.fields(content, "content", ("type", "text"), ("button",))
    is_.one_of(content["type"], "content.type", ("TEXT",))
    text = is_.text(content["text"], "content.text", 1000)
    if "button" not in content:
        return text, ()
    is_.that(label == "PROMOTIONAL", "content.button is not supported for transactional messages")
    button = is_.fields(content["button"], "content.button", ("title", "action"))
    title = is_.text(button["title"], "content.button.title", 30)
    return text, (Button(title=title, url=is_.text(button["action"], "content.button.action", 1000)),)


def _time(at: datetime) -> str:
    """In an offset of their own, as real reports come: 2026-11-22T12:00:00.000+0200."""
    shifted = (at + timedelta(hours=2)).replace(tzinfo=None)
    return f"{shifted.isoformat(timespec='milliseconds')}+0200"
