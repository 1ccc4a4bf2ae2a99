"""The world outside, played on a sandbox: shop, carriers, customers; posts get lost, calls fail.

Whatever happens is told to the oracle as it happens, with when we heard of it.
"""

import json
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from aftercart.domain.catalogue import Item
from aftercart.domain.consent import Channel
from aftercart.domain.journey import Step
from aftercart.flows.answers import RATINGS
from sandbox import line, shop
from sandbox.cloud import faults
from sandbox.fakes import Emitted, FakeMessage, FakeWebhook, Mode
from sandbox.fakes.browser import Browser
from sandbox.fakes.sns import app_of
from sandbox.sandbox import Sandbox
from sandbox.shop_settings import SECRETS, SHOP
from sandbox.trials.lives.facts import (
    Answer,
    Bought,
    Choice,
    Device,
    Given,
    Home,
    News,
    Order,
    Parcel,
    Told,
    Word,
)
from sandbox.trials.lives.oracle import Oracle
from sandbox.trials.lives.things import Book, event_of
from sandbox.trials.routes import CHANNELS

Json = dict[str, Any]
AGAIN = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 12, 30, 60, 60, 60))  # as Shopify: 8 in 4 h
TAKEN_BY = timedelta(minutes=15)  # what comes by SNS is taken by then, also where the function died twice
ERASED_BY = timedelta(hours=1)
RATABLE = timedelta(days=14)
STAGES = {
    None: "in_transit",
    "label_printed": "label_created",
    "in_transit": "in_transit",
    "delayed": "delayed",
    "out_for_delivery": "out_for_delivery",
    "attempted_delivery": "attempt_failed",
    "ready_for_pickup": "ready_for_pickup",
    "failure": "exception",
    "delivered": "delivered",
    "returning_to_sender": "returning",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chances:
    """Of each post of the shop's and each receipt: to come twice, late, never. Of each run: to be broken.

    A run that ends before the call that was drawn is spared: of `broken` about four fifths come true.
    """

    twice: float = 0.05
    late: float = 0.05
    lost: float = 0.02
    broken: float = 0.0125


NONE = Chances(twice=0, late=0, lost=0, broken=0)


@dataclass(slots=True)
class Outside:
    """Plays on a sandbox that is open. `on_shown` is told of each message as a phone shows it.

    `on_erasing` is told our id of whoever is erased, before each run that may do it has touched anything.
    """

    sandbox: Sandbox
    dice: random.Random
    chances: Chances = NONE
    on_shown: Callable[[FakeMessage], object] = lambda shown: None
    on_erasing: Callable[[str], object] = lambda customer: None
    counts: Counter[str] = field(default_factory=Counter)
    oracle: Oracle = field(init=False)
    _deliver: Callable[[Emitted], int | None] = field(init=False)
    _stands: dict[str, Json] = field(default_factory=dict)  # how the shop knows each order now
    _said: dict[str, list[Told]] = field(default_factory=dict)
    _looked: int = 0
    _doom: int = -1
    _runs: Counter[str] = field(default_factory=Counter)
    _calls: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        world = self.sandbox
        titles = frozenset(title for item in world.catalogue.items for title in item.titles.values())
        key = SECRETS["address_key"].encode()
        self.oracle = Oracle(Book(world.journeys, world.brand, SHOP, key, titles))
        self._deliver, world.providers.deliver = world.providers.deliver, self._carry
        world.watch(self._before)

    @property
    def now(self) -> datetime:
        return self.sandbox.engine.now()

    # The shop and its carriers

    def buys(
        self, buyer: str, person: shop.Person, home: Home, number: int, items: Sequence[Item], *, guest: bool
    ) -> Json:
        """Somebody places an order; gives its body."""
        body = shop.order(person, number, self.now, items)
        if guest:
            body = {**body, "customer": None}
        lines = {str(each["id"]): item for each, item in zip(body["line_items"], items, strict=True)}
        bought = Bought(
            id=str(body["id"]),
            number=body["name"],
            buyer=buyer,
            name=person.first_name,
            reference="" if guest else str(person.id),
            email=person.email,
            phone=person.phone,
            home=home,
            placed_at=datetime.fromisoformat(body["created_at"]),
            agreed=person.marketing or None if guest else person.marketing,
            said_at=person.said_at,
            lines=lines,
        )
        self.oracle.facts.orders[bought.id] = Order(bought=bought)
        self.counts["orders"] += 1
        self.tells("orders/create", body)
        return body

    def tells(self, topic: str, body: Json) -> None:
        """The shop posts how the order stands."""
        order, told = self.oracle.facts.orders[str(body["id"])], Told()
        self._stands[str(body["id"])] = body
        at = datetime.fromisoformat(body["updated_at"])
        order.news.append(News(at=at, is_new=topic == "orders/create", told=told))
        if body["cancelled_at"]:
            order.cancelled.append(told)
        for refund in body["refunds"]:
            for each in refund["refund_line_items"]:
                order.returned.setdefault(str(each["line_item_id"]), []).append(told)
        self._post(topic, body, told)

    def changes(self, body: Json) -> Json:
        """The shop says the same of an order again, as of now."""
        changed = {**self._stands[str(body["id"])], "updated_at": shop.stamp(self.now)}
        self.tells("orders/updated", changed)
        return changed

    def cancels(self, body: Json) -> Json:
        self.counts["cancellations"] += 1
        changed = shop.cancelled(self._stands[str(body["id"])], self.now)
        self.tells("orders/cancelled", changed)
        return changed

    def returns(self, body: Json, place: int) -> Json:
        """One line goes back."""
        self.counts["returns"] += 1
        body = self._stands[str(body["id"])]
        back = body["line_items"][place]
        lines = [{**each, "current_quantity": 0} if each is back else each for each in body["line_items"]]
        refund = {"id": back["id"] + 5, "refund_line_items": [{"line_item_id": back["id"], "quantity": 1}]}
        self._stands[str(body["id"])] = {**body, "line_items": lines, "refunds": [*body["refunds"], refund]}
        return self.changes(body)

    def moves(self, body: Json, status: str | None, parcel: int = 1, lines: Sequence[Json] = ()) -> None:
        """A parcel moves, as its carrier says. `lines`: those in it; none: all."""
        scan = shop.fulfillment(body, self.now, status, parcel)
        scan["line_items"] = list(lines) or body["line_items"]
        order, told = self.oracle.facts.orders[str(body["id"])], Told()
        within = tuple(str(each["id"]) for each in scan["line_items"])
        known = order.parcels.setdefault(str(scan["id"]), Parcel(lines=within))
        if not known.scans:
            self.counts["parcels"] += 1
        at = datetime.fromisoformat(scan["updated_at"])
        known.scans.setdefault(STAGES[status], []).append((at, told))
        self._post("fulfillments/update" if status else "fulfillments/create", scan, told)

    def _post(self, topic: str, body: Json, told: Told) -> None:
        self.counts["posts"] += 1
        path, headers, raw = shop.webhook(topic, body, self.now)

        def deliver() -> int:
            return self.sandbox.request("POST", path, headers, raw).status

        self._send(lambda: self._until_taken(deliver, [told]))

    def _send(self, deliver: Callable[[], object]) -> None:
        """Now; or late, or twice, or never."""
        if self._happens(self.chances.lost, "lost"):
            return
        late = self.dice.uniform(60, 9 * 3600) if self._happens(self.chances.late, "late") else 0.0
        self._in(late, deliver)
        if self._happens(self.chances.twice, "twice"):
            self._in(late + self.dice.choice((0.0, 2.0, 900.0, 14_000.0)), deliver)

    def _happens(self, chance: float, name: str) -> bool:
        if not chance or self.dice.random() >= chance:
            return False
        self.counts[name] += 1
        return True

    def _in(self, seconds: float, do: Callable[[], object]) -> None:
        if seconds:
            self.sandbox.engine.after(timedelta(seconds=seconds), do)
        else:
            do()

    def _until_taken(self, deliver: Callable[[], int | None], told: Sequence[Told], tried: int = 0) -> None:
        if not self._taken(deliver(), told) and tried < len(AGAIN):
            self.sandbox.engine.after(AGAIN[tried], lambda: self._until_taken(deliver, told, tried + 1))

    def _taken(self, status: int | None, all_of: Sequence[Told]) -> bool:
        """None: by SNS, whose function runs a moment later."""
        for told in all_of:
            told.first = told.first or self.now
            if status is None or status < 300:
                told.taken = told.taken or (self.now if status else self.now + TAKEN_BY)
        return status is None or status < 300

    # People

    def stops(self, phone: str, channel: Channel, text: str) -> None:
        """STOP from that phone."""
        self.counts["stops"] += 1
        told = self._says(phone, channel, text)
        self.oracle.facts.words.append(Word(address=phone, channel=channel, granted=False, told=told))

    def starts(self, phone: str, channel: Channel, text: str) -> None:
        """START from that phone."""
        told = self._says(phone, channel, text)
        self.oracle.facts.words.append(Word(address=phone, channel=channel, granted=True, told=told))

    def writes(self, phone: str, channel: Channel, text: str, button: str = "") -> None:
        """Any other words, or a button that is pressed. "1" may answer any question."""
        kind, _, value = button.partition(":")
        if text.isdecimal():
            self.answers(phone, channel, int(text))
        elif kind in ("rating", "answer"):
            self._answers(
                phone, channel, "", button, lambda step: value if value in _answers_of(step) else ""
            )
        else:
            self.counts["answers"] += 1
            self._says(phone, channel, text, button)

    def answers(self, phone: str, channel: Channel, number: int) -> None:
        """A rating, or the place of what is chosen: to whichever question on that phone."""
        self._answers(phone, channel, str(number), "", lambda step: _nth(number, step))

    def _answers(
        self, phone: str, channel: Channel, text: str, button: str, meant: Callable[[Step], str]
    ) -> None:
        """`meant`: which of a step's answers it is, or ''."""
        asked = self._questions(phone)
        told = self._says(phone, channel, text, button)
        facts = self.oracle.facts
        owners = {order.bought.buyer for order in facts.orders.values() if order.bought.phone == phone}
        sure = len(asked) == 1 and len(owners) == 1 and text != "1"  # which may also take an offer
        chosen = any(step.asks == "choice" for step in asked.values())
        self.counts["choices made" if chosen else "ratings"] += 1
        for survey, step in asked.items():
            if value := meant(step):
                known = facts.given.setdefault(survey, [])
                known.append(Given(value=value, sure=sure and not known, told=told))

    def _questions(self, phone: str) -> dict[str, Step]:
        """By the message that asks."""
        recent = [call for call in self.sandbox.provider_calls() if call.address == phone]
        asked = dict.fromkeys(c.reference.rpartition("-")[0] for c in recent if self.now - c.at <= RATABLE)
        things = [(each, self.oracle.book.thing(self.oracle.facts, each)) for each in asked]
        return {each: thing.step for each, thing in things if thing and thing.step.asks}

    def _says(self, phone: str, channel: Channel, text: str, button: str = "") -> Told:
        emitted, told = self.sandbox.providers.reply(channel, phone, text, button), Told()
        self._said[_body(emitted)] = [told]
        answer = Answer(phone=phone, channel=channel, event=event_of(channel, _reply_id(emitted)), told=told)
        self.oracle.facts.answers.append(answer)
        self.sandbox.providers.push(emitted)
        if self.dice.random() < self.chances.twice:
            self.sandbox.engine.after(timedelta(minutes=3), lambda: self.sandbox.providers.push(emitted))
        return told

    def opens(self, shown: FakeMessage, press: str = "") -> None:
        """Somebody opens a message's page, and may press a button there: as its form says it.

        `press`: 'stop', 'accept', 'rate:4', 'answer:fits'.
        """
        link = next((each for each in shown.links if "/m/" in each), None)
        if link is None:
            return
        self.counts["pages opened"] += 1
        path, told = urlsplit(link).path, Told()
        self.sandbox.request("GET", path, {"Accept": "text/html"})
        if not press:
            return
        message = shown.reference.rpartition("-")[0]
        kind, _, value = press.partition(":")
        if kind in ("rate", "answer"):
            known = self.oracle.facts.given.setdefault(message, [])
            known.append(Given(value=value, sure=not known, told=told))
        if press == "stop":
            thing = self.oracle.book.thing(self.oracle.facts, message)
            assert thing is not None
            assert thing.order is not None
            buyer = thing.order.bought.buyer
            self._ends_marketing(buyer, told)
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html"}
        body = f"action={press}".encode()
        self._until_taken(lambda: self.sandbox.request("POST", path, headers, body).status, [told])

    def _ends_marketing(self, buyer: str, told: Told) -> None:
        """On a page: at every address that they may have then."""
        self.counts["stops"] += 1
        facts = self.oracle.facts
        addresses = {each for home in facts.newest(buyer, self.now) for each in (home.phone, home.email)}
        addresses |= {device.address for device in facts.devices_of(buyer, self.now)}
        facts.words += [
            Word(address=each, channel=None, granted=False, told=told, buyer=buyer)
            for each in sorted(addresses)
        ]

    def complains(self, shown: FakeMessage) -> None:
        """In the mailbox, of the newest that lies there: a STOP that its provider tells, and its arrival."""
        self.counts["complaints"] += 1
        facts, told = self.oracle.facts, Told()
        emitted = self.sandbox.providers.complain(shown.address)
        arrived = facts.receipts.setdefault((self.newest(shown).reference, "delivered"), Told())
        self._said[_body(emitted)] = [told, arrived]
        facts.words.append(Word(address=shown.address, channel=Channel.EMAIL, granted=False, told=told))
        self.sandbox.providers.push(emitted)

    def subscribes(self, buyer: str, body: Json, *, app: bool, sells: bool) -> None:
        """On the page of an order, or in the shop's app: they may be pushed to."""
        self.counts["devices"] += 1
        facts, told, browser = self.oracle.facts, Told(), Browser.of(buyer)
        device = Device(
            buyer=buyer,
            life=facts.life(facts.orders[str(body["id"])]),
            address=app_of(buyer) if app else browser.address,
            provider="sns" if app else "web",
            sells=sells,
            told=told,
        )
        facts.devices.append(device)
        if sells:
            facts.words.append(Word(address=device.address, channel=Channel.PUSH, granted=True, told=told))
        said = {"endpoint": device.address} if app else {}
        subscription = None if app else browser.subscription()
        headers, raw = shop.subscription(body, subscription, self.now, marketing=sells, **said)
        self._until_taken(
            lambda: self.sandbox.request("POST", shop.SUBSCRIPTIONS, headers, raw).status, [told]
        )

    def chooses(self, shown: FakeMessage, fields: Mapping[str, Sequence[str]]) -> None:
        """Somebody chooses on a message's page where to hear from us, how often and when."""
        link = next((each for each in shown.links if "/m/" in each), None)
        if link is None:
            return
        self.counts["choices"] += 1
        told = Told()
        choice = Choice(
            customer=shown.reference.split("-")[0],
            frequency=fields["frequency"][0],
            not_before=fields["from"][0],
            not_after=fields["until"][0],
            days=tuple(fields["day"]),
            channel=fields["channel"][0].replace("any", ""),
            told=told,
        )
        self.oracle.facts.choices.append(choice)
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html"}
        path, body = urlsplit(link).path, urlencode({"action": "wishes", **fields}, doseq=True).encode()
        self._until_taken(lambda: self.sandbox.request("POST", path, headers, body).status, [told])

    def erases(self, buyer: str) -> None:
        """Somebody asks to be forgotten."""
        known = [o for o in self.oracle.facts.of_buyer(buyer) if o.known.surely(self.now)]
        if not known:
            return
        newest = max(known, key=lambda order: order.bought.placed_at)
        if self.oracle.facts.erased(newest):
            return
        self.counts["erasures"] += 1
        customer = self.oracle.book.customer(newest, self.oracle.facts.life(newest))
        self.oracle.facts.erasures.setdefault(buyer, []).append(
            Told(first=self.now, taken=self.now + ERASED_BY)
        )
        self.sandbox.wake({"v": 1, "kind": "erase", "customer": customer})

    # What breaks

    def breaks(self, channel: Channel, mode: Mode, next_calls: int | None = None) -> None:
        """A channel fares badly: for its next calls, or until mended."""
        self.sandbox.break_channel(channel, mode, next_calls)

    def mends(self) -> None:
        """Nothing is broken or lost any more."""
        self.chances = NONE
        self.sandbox.faults.clear()
        for channel in CHANNELS:
            self.sandbox.break_channel(channel, Mode.OK)

    def _before(self, call: str) -> None:
        """A call of a function begins. One run in a hundred fails, at any of its calls, in any way."""
        running = self.sandbox.functions.running
        if not running or running[-1].crashed:
            return
        run = running[-1]
        if not run.calls:
            self.counts["runs"] += 1
            self._runs[run.function] += 1
            self._tell_of_erasure(run.event)
            self._doom = -1
            if self.chances.broken and self.dice.random() < self.chances.broken:
                usual = self._calls[run.function] // self._runs[run.function]
                self._doom = self.dice.randrange(usual + 1)
        self._calls[run.function] += 1
        if len(run.calls) == self._doom:
            self._fail(call, run.event)

    def _tell_of_erasure(self, event: Any) -> None:
        if isinstance(event, dict) and event.get("kind") == "erase":
            self.on_erasing(event["customer"])

    def _fail(self, call: str, event: Any) -> None:
        mode = self.dice.choice(modes_of(call))
        self.counts["runs broken"] += 1
        self.counts[f"broken: {mode}"] += 1
        about = str(event.get("message", "")) if isinstance(event, dict) else ""
        self.oracle.facts.faults.append((self.now, about))
        self.sandbox.faults.plan(call, 1, mode)

    # What providers send us

    def _carry(self, emitted: Emitted) -> int | None:
        """Instead of the sandbox's own delivery. Receipts get lost; what people say does not."""
        self._look()
        said = self._said.get(_body(emitted))
        if said is not None:
            status = self._deliver(emitted)
            self._taken(status, said)
            return status
        assert emitted.about is not None
        reference, kind = emitted.about
        kinds = ("delivered", "read") if kind == "read" else (kind,)
        tolds = [self.oracle.facts.receipts.setdefault((reference, each), Told()) for each in kinds]
        self.counts["receipts"] += 1
        self._send(lambda: self._until_taken(lambda: self._deliver(emitted), tolds))
        return None

    def newest(self, shown: FakeMessage) -> FakeMessage:
        """What came last where that message is."""
        there = (shown.channel, shown.address)
        return next(each for each in reversed(self.sandbox.shown()) if (each.channel, each.address) == there)

    def reads(self, shown: FakeMessage) -> None:
        """Somebody reads what came last there."""
        self.sandbox.providers.mark_read(shown.channel, shown.address)

    def _look(self) -> None:
        """Every message shows itself by its first receipt."""
        shown = self.sandbox.shown()
        while self._looked < len(shown):
            self._looked += 1
            self.on_shown(shown[self._looked - 1])


def modes_of(call: str) -> Sequence[str]:
    """In which ways a call can fail."""
    if call in (*line.AWS_CALLS, *line.CALLS):
        return line.MODES
    return [mode for mode in faults.MODES if mode != faults.TRANSACTION_CONFLICT or call in faults.WRITES]


def _answers_of(step: Step) -> Sequence[str]:
    return step.options if step.asks == "choice" else RATINGS


def _nth(number: int, step: Step) -> str:
    answers = _answers_of(step)
    return answers[number - 1] if 1 <= number <= len(answers) else ""


def _body(emitted: Emitted) -> str:
    return emitted.body.decode() if isinstance(emitted, FakeWebhook) else emitted.message


def _reply_id(emitted: Emitted) -> str:
    """As its provider names what a customer wrote."""
    body = _body(emitted)
    if not body.startswith("{"):
        return parse_qs(body)["MessageSid"][0]
    said = json.loads(body)
    if "whatsAppWebhookEntry" in said:
        said = {"entry": [json.loads(said["whatsAppWebhookEntry"])]}
    if "entry" in said:
        return str(said["entry"][0]["changes"][0]["value"]["messages"][0]["id"])
    return str(said["results"][0]["messageId"] if "results" in said else said["inboundMessageId"])
