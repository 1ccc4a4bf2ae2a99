"""What the fake providers keep and give away: messages on phones, calls, webhooks, refusals."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from aftercart.domain.consent import Channel
from aftercart.domain.content import Button, Card
from sandbox.cloud.refused import Refused

LINK = re.compile(r"https?://[^\s<>\"»]+[^\s<>\"».,;:!?)]")


class Mode(StrEnum):
    """How a channel fares."""

    OK = "ok"
    DOWN = "down"  # refused before a byte
    REJECT = "reject"  # accepted, then a failed receipt
    SILENT = "silent"  # accepted, not shown, no receipt
    SLOW = "slow"  # shown and receipted after twice the wait
    TIMEOUT = "timeout"  # shown, and the call answers 504
    DUPLICATES = "duplicate-receipts"  # ok, each receipt three times and out of order


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A request that a provider takes: what it will show to whom, under which reference of ours."""

    address: str
    text: str
    reference: str
    title: str = ""
    image: str = ""
    cards: tuple[Card, ...] = ()
    buttons: tuple[Button, ...] = ()
    template: str = ""
    category: str = ""  # "marketing", "utility", "transactional", "promotional"; '' for free-form
    callback: str = ""  # where its receipts go, with a provider that is told so in each request
    opens: str = ""  # what a press on the message itself leads to


@dataclass(slots=True, kw_only=True)
class FakeMessage:
    """A message as its phone shows it. `id` is the provider's; `receipt` the best the provider has said."""

    id: str
    at: datetime
    address: str
    channel: Channel
    provider: str
    text: str
    reference: str
    title: str = ""  # an e-mail's subject
    image: str = ""
    cards: tuple[Card, ...] = ()
    buttons: tuple[Button, ...] = ()
    template: str = ""
    category: str = ""
    callback: str = ""
    opens: str = ""
    receipt: str = ""  # '', 'sent', 'delivered', 'read', 'failed'
    calls: int = 1  # requests with this reference so far

    @property
    def links(self) -> tuple[str, ...]:
        """Every link in the text, on the buttons and behind it all, each once."""
        pressed = [*(button.url for button in self.buttons), self.opens]
        return tuple(dict.fromkeys([*LINK.findall(self.text), *filter(None, pressed)]))

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "at": self.at.isoformat(),
            "address": self.address,
            "channel": self.channel.value,
            "provider": self.provider,
            **({"title": self.title} if self.title else {}),
            "text": self.text,
            **pictures_as_json(self.image, self.cards),
            "buttons": [
                {"title": each.title, **({"reply": each.reply} if each.reply else {"url": each.url})}
                for each in self.buttons
            ],
            "links": list(self.links),
            "reference": self.reference,
            "receipt": self.receipt,
            "template": self.template,
            "category": self.category,
            "calls": self.calls,
        }


def pictures_as_json(image: str, cards: Iterable[Card]) -> dict[str, Any]:
    """What there is of them."""
    side_by_side = [{"title": each.title, "image": each.image} for each in cards]
    return {**({"image": image} if image else {}), **({"cards": side_by_side} if side_by_side else {})}


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeCall:
    """One request, also one that showed nothing. `answer`: 'accepted', 'down', '504', a refusal's code.

    `id`: the provider's of the message that it took.
    """

    at: datetime
    channel: Channel
    provider: str
    mode: Mode
    answer: str
    address: str = ""
    reference: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeWebhook:
    """An HTTP request of a provider's to us, signed as it signs. `path`: with the query.

    `about`: of a receipt our reference and what it says, as "sent", "failed", "delivered" or "read".
    """

    provider: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    method: str = "POST"
    about: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FakePublish:
    """What one of AWS's channels publishes on its SNS topic (`topic`: its logical name in the template).

    `about`: as of a webhook.
    """

    message: str
    message_id: str
    at: datetime
    provider: str = "aws"
    topic: str = "SmsEventsTopic"
    about: tuple[str, str] | None = None

    def event(self, topic: str) -> dict[str, Any]:
        """The Lambda event in which SNS hands it to a function."""
        notification: dict[str, Any] = {
            "Type": "Notification",
            "MessageId": self.message_id,
            "TopicArn": topic,
            "Subject": None,
            "Message": self.message,
            "Timestamp": self.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "MessageAttributes": {},
        }
        record = {
            "EventSource": "aws:sns",
            "EventVersion": "1.0",
            "EventSubscriptionArn": f"{topic}:sandbox",
            "Sns": notification,
        }
        return {"Records": [record]}


Emitted = FakeWebhook | FakePublish


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a customer wrote, or the button they pressed, below which message."""

    id: str
    address: str
    at: datetime
    text: str = ""
    button: Button | None = None
    below: FakeMessage | None = None


class Fault(Exception):
    """A provider refuses a request: the HTTP answer, and the code that names the refusal."""

    def __init__(self, status: int, code: str, body: Mapping[str, Any]) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.body = json.dumps(body).encode()


class FakeAwsError(Refused):
    """AWS refuses a send. `extra` holds the exception's own members, such as Reason and Fields."""

    def __init__(self, code: str, message: str, status: int, extra: Mapping[str, Any]) -> None:
        super().__init__(code, message, status)
        self.extra = extra
