"""A person with a mark in everything that names them, a life that leaves it everywhere, and a search for it.

What phones show is left out: what was handed to a provider or a person is no longer ours to erase. So is the
sandbox's own diary of what came in (`functions.invocations`): no service of AWS keeps one.
"""

import base64
import hashlib
import hmac
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from aftercart.domain import ids
from aftercart.domain.consent import Channel
from sandbox import shop
from sandbox.cloud.lambda_environment import LOGS
from sandbox.control import views
from sandbox.fakes import FakePublish, FakeWebhook, Mode
from sandbox.player import Player
from sandbox.shop import Person
from sandbox.shop_settings import SECRETS, SHOP

Json = Any
BEGINS = datetime(2026, 11, 23, 8, 12, tzinfo=UTC)  # a Monday morning in Kyiv
TOPIC = "arn:aws:sns:eu-central-1:123456789012:aftercart-sms-events"
SMS_DEAD_LETTERS = "arn:aws:sqs:eu-central-1:123456789012:aftercart-sms-events-dead-letters"

CANARY = Person(
    id=7_455_000_000_001,
    first_name="Канаркозора",
    last_name="Жовтоперенко",
    phone="+380671239876",
    email="zhovtopero+kram@customer.example",
)
BEFORE = replace(CANARY, phone="+380959871234", email="davnia.kanarka@customer.example")
OTHER = Person(
    id=7_455_000_000_002,
    first_name="Олена",
    last_name="Зразок",
    phone="+380501112233",
    email="olena.zrazok@customer.example",
)
CUSTOMER = ids.customer_id(SHOP, "buyer", str(CANARY.id))
STREET, NOTE, SAID = "вулиця Канаркова-Співоча", "залиште канарку сусідці", "моя канарка захворіла"
MARKS = {
    "first name": CANARY.first_name,
    "last name": CANARY.last_name,
    "phone": CANARY.phone.removeprefix("+380"),
    "e-mail": CANARY.email,
    "older phone": BEFORE.phone.removeprefix("+380"),
    "older e-mail": BEFORE.email,
    "street": STREET,
    "note": NOTE,
    "words": SAID,
}


@dataclass(slots=True)
class Life(Player):
    """The canary's life with us, up to the erasure, and whatever comes after it. `placed`: their orders."""

    placed: list[Json] = field(default_factory=list)
    dead: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    schedules: list[str] = field(default_factory=list)

    def play(self, *, silent: bool = False) -> None:
        """Old and new addresses, words, care that is armed, what nobody could read, a message under way.

        `silent`: no phone shows anything, and every message is still under way.
        """
        LOGS.lines.clear()
        for channel in (Channel.WHATSAPP, Channel.VIBER, Channel.SMS) if silent else ():
            self.sandbox.break_channel(channel, Mode.SILENT)
        self.places(BEFORE, 1001, "ZIRVO-A1")
        self.parcel(self.placed[0], "delivered")
        self.wait(minutes=1)
        self.places(CANARY, 1002, "ZIRVO-X2")
        self.orders(OTHER, 1003, ("ZIRVO-A1",))
        self.replies(CANARY, Channel.WHATSAPP, SAID)
        self.replies(OTHER, Channel.WHATSAPP, "дякую")
        self._parked()
        self._dead()
        if not silent:
            self.sandbox.break_channel(Channel.WHATSAPP, Mode.SLOW)  # its receipt comes late
        self.parcel(self.placed[1], "out_for_delivery")
        self.dead = self.sandbox.queues.bodies()
        self.links = [link for each in self.shown() for link in each["links"] if "/m/" in link]
        self.schedules = [each.name for each in self.sandbox.scheduler.live()]

    def places(self, person: Person, number: int, sku: str, at: datetime | None = None) -> None:
        """An order with a note and a street of their own."""
        item = self.sandbox.catalogue.by_sku[sku]
        body = shop.order(person, number, at or self.now(), [item], note=NOTE)
        for address in ("shipping_address", "billing_address"):
            body[address] = {**body[address], "address1": STREET}
        self.placed.append(body)
        assert self.post("orders/create", body) == 200

    def erase(self) -> None:
        """As a person with a console asks for it."""
        self.sandbox.wake({"v": 1, "kind": "erase", "customer": CUSTOMER})
        self.sandbox.settle()

    def quiet(self) -> None:
        """Long enough for every retry, sweep and second look."""
        self.wait(hours=9)

    def comes_late(self) -> None:
        """All that may still come of what was sent before the erasure, by every way in."""
        now = self.now()
        for body in self.placed:
            self.post("orders/create", body)
            self.post("orders/updated", {**body, "updated_at": shop.stamp(now)})
            self.post("orders/cancelled", shop.cancelled(body, now))
            self.parcel(body, "attempted_delivery")
            self.parcel(body, None)
        self.places(CANARY, 1009, "INK-J-BLACK", at=BEGINS - timedelta(days=1))  # never heard of till now
        for webhook in unreadable_webhooks(self.placed[1]):
            self.sandbox.providers.push(webhook)
        for notice in notices():
            self.sandbox.invoke("inbound_replies", notice.event(TOPIC))
        for letter in self.dead:
            self.sandbox.invoke("inbound_replies", redriven(letter))
        for person in (BEFORE, CANARY):
            for channel in (Channel.WHATSAPP, Channel.VIBER, Channel.SMS):
                self.replies(person, channel, SAID)
        for link in self.links:
            for press in (None, "rate:5", "accept", "stop"):
                self.call("POST", "/sandbox/open", json.dumps({"link": link, "press": press}).encode())
        for name in self.schedules:
            self.sandbox.fire(name)
        self.quiet()

    def _parked(self) -> None:
        for webhook in unreadable_webhooks(self.placed[1]):
            self.sandbox.providers.push(webhook)
        for notice in notices():
            self.sandbox.invoke("inbound_replies", notice.event(TOPIC))
        self.sandbox.settle()

    def _dead(self) -> None:
        """A text message on which inbound_replies failed three times, and one that never reached it."""
        people = (CANARY, OTHER)
        for nth in range(1, 1 + 3 * len(people)):
            self.sandbox.faults.plan("dynamodb.BatchGetItem", nth, "crash before")
        for person in people:
            heard = notice(text_of(person), f"dead {person.id}").event(TOPIC)
            self.sandbox.invoke("inbound_replies", heard)
            (record,) = heard["Records"]
            self.sandbox.queues.put(SMS_DEAD_LETTERS, json.dumps(record["Sns"]), {})
        self.wait(minutes=4)
        assert len(self.sandbox.queues.bodies()) == 4


def unreadable_webhooks(order: Json) -> Iterator[FakeWebhook]:
    """Authentic, and no function can read them: an order, a parcel, a reply, each written in its own way."""
    headless = {name: value for name, value in order.items() if name not in ("id", "admin_graphql_api_id")}
    yield _shops("orders/create", json.dumps(headless))  # with \\uXXXX
    wrapped = base64.b64encode(json.dumps(headless, ensure_ascii=False).encode()).decode()
    yield _shops("orders/updated", json.dumps({"payload": wrapped}))
    yield _shops("fulfillments/update", f"order={quote(json.dumps(headless, ensure_ascii=False))}")
    contact = {"profile": {"name": f"{CANARY.first_name} {CANARY.last_name}"}, "wa_id": CANARY.phone[1:]}
    said = {"from": CANARY.phone[1:], "id": "wamid.unreadable", "type": "text", "text": {"body": SAID}}
    value = {"messaging_product": "whatsapp", "contacts": [contact], "messages": [said]}  # without a time
    change = {"field": "messages", "value": value}
    body = json.dumps({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]})
    digest = hmac.digest(SECRETS["meta_app"].encode(), body.encode(), hashlib.sha256).hex()
    headers = {"content-type": "application/json", "x-hub-signature-256": f"sha256={digest}"}
    yield FakeWebhook(provider="meta", path="/meta/whatsapp", headers=headers, body=body.encode())


def _shops(topic: str, body: str) -> FakeWebhook:
    path, headers, _ = shop.webhook(topic, {}, BEGINS)
    raw = body.encode()
    return FakeWebhook(
        provider="shopify",
        path=path,
        headers={**headers, "X-Shopify-Hmac-SHA256": shop.signature(raw)},
        body=raw,
    )


def notices() -> list[FakePublish]:
    """Text messages cut short, which nobody can read: the canary's, from both phones, and another's."""
    people = (CANARY, BEFORE, OTHER)
    return [notice(text_of(person)[:-1], f"cut-{n}") for n, person in enumerate(people)]


def text_of(person: Person) -> str:
    """What AWS says of a text message."""
    said = {
        "messageBody": SAID if person is not OTHER else "дякую",
        "inboundMessageId": f"sms-{person.phone}",
    }
    return json.dumps({"originationNumber": person.phone, "destinationNumber": "+380441112233", **said})


def notice(message: str, identifier: str) -> FakePublish:
    return FakePublish(message=message, message_id=identifier, at=BEGINS)


def redriven(letter: str) -> Json:
    """A dead letter as the event that it was."""
    known = json.loads(letter)
    return known.get("requestPayload", {"Records": [{"Sns": known}]})


def found(life: Life) -> set[str]:
    """'<mark> in <place>' for each mark in each place that keeps anything."""
    return {f"{mark} in {place}" for place, text in kept(life) for mark in _marks_in(text)}


def kept(life: Life) -> Iterator[tuple[str, bytes]]:
    """Every byte that is kept, by the kind of place."""
    sandbox = life.sandbox
    for item in sandbox.items():
        yield from (("an item", _bytes(part)) for part in item.items())
    yield from (("a queue", body.encode()) for body in sandbox.queues.bodies())
    for schedule in sandbox.scheduler.live():
        yield "a schedule", json.dumps(schedule.spec, default=str).encode()
    for execution in sandbox.machines.executions():
        said = (execution.name, execution.input_text, execution.output, execution.error, execution.cause)
        yield "an execution", repr((said, execution.history)).encode()
    yield "the logs and metrics", "\n".join(LOGS.lines).encode()
    yield "the control API", json.dumps([views.state(sandbox), views.pending(sandbox)]).encode()
    yield "the control API", json.dumps(views.decisions(sandbox)).encode()
    for message in sandbox.records().messages.values():
        yield "the control API", json.dumps(views.attempts(sandbox, message)).encode()


def _bytes(part: tuple[str, Any]) -> bytes:
    """A name and its value, unpacked where it is packed, and with what is in base64 in it."""
    name, value = part
    raw = zlib.decompress(value) if isinstance(value, bytes) else str(value).encode()
    body = json.loads(raw).get("body", "") if name == "data" else ""
    return name.encode() + b" " + raw + b" " + (base64.b64decode(body) if isinstance(body, str) else b"")


def _marks_in(text: bytes) -> Iterator[str]:
    return (name for name, mark in MARKS.items() if any(form in text for form in _FORMS[name]))


def _forms(mark: str) -> list[bytes]:
    """As it may be written: plain, escaped, percent-encoded, in base64 at each place of a byte in three."""
    raw = mark.encode()
    plain = [raw, json.dumps(mark)[1:-1].encode(), quote(mark).encode()]
    plain.append(json.dumps(json.dumps(mark))[3:-3].encode())
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + raw + b"\0" * (-(shift + len(raw)) % 3))
        plain.append(coded[4 if shift else 0 : -4])
    return plain


_FORMS = {name: _forms(mark) for name, mark in MARKS.items()}
