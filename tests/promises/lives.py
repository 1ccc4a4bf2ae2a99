"""Lives of an order, drawn by seed: what a shop, a carrier and customers say of it, as they would say it.

A life is what went before (played in its own order) and five events that may come in any order. What the shop
says is its webhooks' bodies, each as the shop knew the order at that moment; what customers say has the
provider's time. Two of a life's events may bear the same second.
"""

import json
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from aftercart.domain.catalogue import Catalogue
from aftercart.domain.consent import Channel
from aftercart.domain.order import OrderNews, ShipmentNews
from aftercart.ports import Reply
from aftercart.shops import shopify
from sandbox import shop
from sandbox.shop import Person
from sandbox.shop_settings import SHOP

Json = dict[str, Any]
News = OrderNews | ShipmentNews | Reply

DAYTIME = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)  # a Monday, 14:00 in Kyiv
NIGHT = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
AGES = (timedelta(hours=6), timedelta(hours=20), timedelta(hours=47), timedelta(days=4))
CHANNELS = (Channel.WHATSAPP, Channel.VIBER, Channel.SMS)
SHARED_PHONE, OTHER_PHONE = "+380671234567", "+380501112233"
PHONES = ("ZIRVO-A1", "ZIRVO-X2", "ZIRVO-MINI")
REST = ("CASE-A1", "CASE-X2", "INK-J-BLACK")
STAGES = (
    "label_printed",
    "in_transit",
    "delayed",
    "out_for_delivery",
    "attempted_delivery",
    "ready_for_pickup",
    "failure",
    "delivered",
    "returning_to_sender",
    "delivered",  # more often than the others: journeys begin with it
    "delivered",
)
OLENA = Person(
    id=7_400_000_000_001,
    first_name="Олена",
    last_name="Зразок",
    phone=SHARED_PHONE,
    email="olena@customer.example",
)
TARAS = replace(OLENA, id=7_400_000_000_002, first_name="Тарас", email="taras@customer.example")


@dataclass(frozen=True)
class Event:
    """`name` is for a person who reads what went wrong; `kind` is counted, so that no kind is missing."""

    name: str
    kind: str
    news: News


@dataclass(frozen=True)
class Life:
    """`now`: when all five have come. `before`: days ahead of it, played in order and carried out.

    `erased`: of what went before, the buyer was erased six days ago.
    """

    seed: int
    now: datetime
    before: tuple[Event, ...]
    events: tuple[Event, ...]
    erased: bool = False


@dataclass
class Drawing:
    """One order as its shop knows it: what happens changes the body, and what is told is the body."""

    dice: random.Random
    person: Person
    number: int
    placed: datetime
    skus: Sequence[str]
    catalogue: Catalogue
    latest: datetime  # by then it is all told
    tells_parcels: bool = False
    body: Json = field(init=False)
    at: datetime = field(init=False)
    parcels: dict[int, Json] = field(default_factory=dict)

    def __post_init__(self) -> None:
        items = [self.catalogue.by_sku[sku] for sku in self.skus]
        self.body, self.at = shop.order(self.person, self.number, self.placed, items), self.placed

    def created(self) -> Event:
        return self._order("orders/create", "created")

    def changed(self, what: str) -> Event:
        """'paid', 'address', 'phone', 'consent', 'name', 'refund', 'part_refund' or 'cancelled'."""
        self._pass_time()
        getattr(self, f"_{what}")()
        self.body = {**self.body, "updated_at": shop.stamp(self.at)}
        topic = "orders/cancelled" if what == "cancelled" else "orders/updated"
        return self._order(topic, what)

    def moved(self, parcel: int, status: str) -> Event:
        self._pass_time()
        lines = self.body["line_items"]
        split = lines if len(lines) == 1 else lines[parcel - 1 :: 2]
        body = {**shop.fulfillment(self.body, self.at, status, parcel), "line_items": split}
        self.parcels[parcel] = body
        raw = json.dumps(body).encode()
        return Event(f"#{self.number} parcel {parcel} {status}", "parcel", shopify.read_shipment(raw, SHOP))

    def _order(self, topic: str, what: str) -> Event:
        body = self.body
        if self.tells_parcels and topic != "orders/create":
            body = {**body, "fulfillments": list(self.parcels.values())}
        news = shopify.read_order(json.dumps(body).encode(), topic, SHOP)
        return Event(f"#{self.number} {what}", what, news)

    def _pass_time(self) -> None:
        """Now and then two things bear the same second, and now and then it is much later."""
        later = self.at + timedelta(minutes=self.dice.choice((0, 1, 7, 45, 600)))
        self.at = later if later < self.latest else self.at + timedelta(minutes=1)

    def _paid(self) -> None:
        self.body = {**self.body, "financial_status": "paid", "tags": "paid"}

    def _address(self) -> None:
        country, zip_code = self.dice.choice((("PL", "00-001"), ("UA", "79000")))
        address = {**self.body["shipping_address"], "country_code": country, "zip": zip_code}
        self.body = {**self.body, "shipping_address": address}

    def _phone(self) -> None:
        self.person = replace(self.person, phone=OTHER_PHONE)
        self._person_changed()

    def _name(self) -> None:
        self.person = replace(self.person, first_name=self.dice.choice(("Оленка", "Лена", "")))
        self._person_changed()

    def _consent(self) -> None:
        wanted = self.dice.choice((True, False, None))
        self.person = replace(self.person, marketing=wanted, said_at=self.at)
        self._person_changed()

    def _person_changed(self) -> None:
        items = [self.catalogue.by_sku[sku] for sku in self.skus]
        fresh = shop.order(self.person, self.number, self.placed, items)
        kept = ("customer", "shipping_address", "billing_address", "buyer_accepts_marketing")
        self.body = {**self.body, **{name: fresh[name] for name in kept}}

    def _refund(self) -> None:
        self._refunded(len(self.body["line_items"]))

    def _part_refund(self) -> None:
        self._refunded(1)

    def _refunded(self, lines: int) -> None:
        refunds = [
            {"id": line["id"] + 5, "refund_line_items": [{"line_item_id": line["id"], "quantity": 1}]}
            for line in self.body["line_items"][:lines]
        ]
        items = [
            {**line, "current_quantity": 0} if n < lines else line
            for n, line in enumerate(self.body["line_items"])
        ]
        self.body = {**self.body, "refunds": refunds, "line_items": items}

    def _cancelled(self) -> None:
        self.body = shop.cancelled(self.body, self.at)


def reply(text: str, at: datetime, channel: Channel, sender: str, number: int, button: str = "") -> Event:
    kind = {"СТОП": "stop", "stop": "stop", "START": "start", "так": "offer"}.get(text, "rating")
    said = Reply(id=f"in-{number}", channel=channel, sender=sender, text=text, at=at, button=button)
    return Event(f"{sender} on {channel}: {text}", kind, said)


def draw(seed: int, catalogue: Catalogue) -> Life:
    """The life of this seed: the same on every machine."""
    return _Drawn(random.Random(seed), seed, catalogue).life()


@dataclass
class _Drawn:
    """Throws the dice for one life."""

    dice: random.Random
    seed: int
    catalogue: Catalogue
    words: int = 0
    erased: bool = False
    old: Drawing | None = None
    others: dict[int, Drawing] = field(default_factory=dict)

    def life(self) -> Life:
        """An order's creation is mostly one of the five; now and then it is lost."""
        self.now = self.dice.choice((DAYTIME, DAYTIME, NIGHT))
        before = self._before()
        order = self._order(OLENA, 1001, self.now - self.dice.choice(AGES))
        created = order.created()
        lost = self.dice.random() < 0.1
        if self.seed % 10 == 3:
            return self._with_old_news(before)
        if self.seed % 5 == 4:
            return self._with_two_phones(before, order, created)
        rest = self._rest(order, 5 if lost else 4, known=bool(before) and not self.erased)
        events = tuple(rest) if lost else (created, *rest)
        return Life(seed=self.seed, now=self.now, before=before, events=events, erased=self.erased)

    def _with_two_phones(self, before: tuple[Event, ...], order: Drawing, created: Event) -> Life:
        """She bought one before this one, and the shop's record of her consent changes: rarely by chance."""
        older = self._order(OLENA, 1002, order.placed - timedelta(days=3))
        events = (
            created,
            older.created(),
            order.moved(1, "delivered"),
            order.changed("consent"),
            self.dice.choice((older, order)).moved(2, self.dice.choice(STAGES)),
        )
        return Life(seed=self.seed, now=self.now, before=before, events=events, erased=self.erased)

    def _with_old_news(self, before: tuple[Event, ...]) -> Life:
        """A parcel's word that came too late, and a lower one of it that is fresh: rarely by chance."""
        order = self._order(OLENA, 1001, self.now - timedelta(hours=20))
        created, late = order.created(), order.moved(1, "out_for_delivery")
        order.at += timedelta(hours=15)
        events = (created, late, order.moved(1, "label_printed"), order.changed("paid"), self._word("СТОП"))
        return Life(seed=self.seed, now=self.now, before=before, events=events, erased=self.erased)

    def _order(self, person: Person, number: int, placed: datetime) -> Drawing:
        one, other = self.dice.sample(PHONES, 2)
        skus = self.dice.choice(([one], [one, self.dice.choice(REST)], [one, other]))
        tells = self.dice.random() < 0.3
        latest = self.now - timedelta(minutes=30)
        return Drawing(self.dice, person, number, placed, skus, self.catalogue, latest, tells_parcels=tells)

    def _before(self) -> tuple[Event, ...]:
        """Nothing; or an order that arrived nine days ago, whose survey is open, and one of yesterday."""
        if self.dice.random() < 0.4:
            return ()
        self.old = self._order(OLENA, 900, self.now - timedelta(days=9))
        arrived = (self.old.created(), self.old.moved(1, "delivered"))
        self.erased = self.dice.random() < 0.3
        if self.erased:
            return arrived
        yesterday = self._order(OLENA, 950, self.now - timedelta(hours=23))
        return (*arrived, yesterday.created())

    def _rest(self, order: Drawing, wanted: int, *, known: bool) -> list[Event]:
        sorts: list[Callable[[], Event]] = [
            lambda: order.changed(self.dice.choice(("paid", "address", "phone", "consent", "name"))),
            lambda: order.changed(self.dice.choice(("refund", "part_refund", "cancelled"))),
            lambda: order.moved(1, self.dice.choice(STAGES)),
            lambda: order.moved(self.dice.choice((1, 2)), self.dice.choice(STAGES)),
            lambda: self._of_another(OLENA, 1002),
            lambda: self._of_another(TARAS, 1003),
            lambda: self._word("СТОП"),
            lambda: self._word("START"),
        ]
        if known:
            sorts += [lambda: self._word("так"), lambda: self._word("2")]
        if self.erased and self.old is not None:
            old = self.old
            sorts += [lambda: old.changed("paid"), lambda: old.moved(1, "returning_to_sender")]
        found: dict[str, Event] = {}
        while len(found) < wanted:
            event = self.dice.choice(sorts)()
            if not _is_ambiguous(event, found.values()):
                found.setdefault(event.name, event)
        return list(found.values())

    def _of_another(self, person: Person, number: int) -> Event:
        """Another order of hers, placed before or after; or one of his who shares her phone."""
        if number not in self.others:
            moves = person is OLENA and self.dice.random() < 0.4
            buyer = replace(person, phone=OTHER_PHONE) if moves else person
            placed = self.now - self.dice.choice((*AGES, timedelta(hours=30), timedelta(days=3)))
            self.others[number] = self._order(buyer, number, placed)
            return self.others[number].created()
        return self.others[number].moved(1, self.dice.choice(STAGES))

    def _word(self, text: str) -> Event:
        self.words += 1
        at = self.now - timedelta(minutes=self.dice.choice((1, 2, 3, 200)))
        channel = self.dice.choice(CHANNELS)
        return reply(text, at, channel, SHARED_PHONE, self.words)


def _is_ambiguous(event: Event, others: Iterable[Event]) -> bool:
    """Of two answers to one question the first stands; of two who share a phone, who was asked last."""
    answers = ("rating", "offer")
    if event.kind in answers:
        return any(other.kind == event.kind or "#1003" in other.name for other in others)
    return "#1003" in event.name and any(other.kind in answers for other in others)
