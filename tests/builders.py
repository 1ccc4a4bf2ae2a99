"""What tests are made of: nouns with sensible values, and a world whose outside is in plain sight."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from aftercart import ports
from aftercart.domain import ids
from aftercart.domain.brand import Brand, Country, Hours, Leg
from aftercart.domain.catalogue import Catalogue, Item
from aftercart.domain.consent import Channel, Consent, Purpose
from aftercart.domain.content import Content
from aftercart.domain.customer import Customer
from aftercart.domain.journey import About, After, Enrolment, Journey, Step
from aftercart.domain.message import Message, Outcome, Receipt, ReceiptStatus, Urgency, Variant
from aftercart.domain.money import Money
from aftercart.domain.order import Buyer, Line, Order, OrderNews, Shipment, ShipmentNews, Stage
from aftercart.flows.rung import Task
from aftercart.flows.send_message import on_rung
from aftercart.ports import Outgoing, Reply, Sent, Telling, TextMissing, World
from sandbox.cloud.memory import FixedSecrets, MemoryStore

SHOP = "kram.example"
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)  # a Monday, 14:00 in Kyiv
KYIV = ("Europe/Kyiv",)
PHONE, CASE, DEAR_CASE, INK = "PHONE-1", "CASE-1", "CASE-2", "INK-1"
OLENA_PHONE, OLENA_EMAIL = "+380671234567", "olena@customer.example"
NEWS = (Channel.WHATSAPP, Channel.VIBER, Channel.SMS)
SECRETS = {"address_key": "address-key", "link_key": "link-key"}


def money(amount: str, currency: str = "UAH") -> Money:
    return Money(Decimal(amount), currency)


def an_item(sku: str, category: str, price: str, **facts: Any) -> Item:
    titles = {"uk": f"{sku} українською", "en": sku}
    return Item(sku=sku, category=category, titles=titles, price=money(price), **facts)


def a_catalogue() -> Catalogue:
    return Catalogue(
        (
            an_item(PHONE, "phone", "20000", product="501"),
            an_item(CASE, "phone_case", "499", fits=(PHONE,), rank=1),
            an_item(DEAR_CASE, "phone_case", "899", fits=(PHONE,), rank=2),
            an_item(INK, "ink", "600"),
        )
    )


def legs(*channels: Channel, wait: timedelta = timedelta(minutes=15)) -> tuple[Leg, ...]:
    return tuple(Leg(channel=channel, wait=wait) for channel in channels)


def a_country(**facts: Any) -> Country:
    known: dict[str, Any] = {
        "language": "uk",
        "marketing_hours": Hours(start=time(9, 5), end=time(20)),
        "awake_hours": Hours(start=time(9, 5), end=time(21)),
        "routes": {"news": legs(*NEWS), "care": legs(*NEWS, wait=timedelta(hours=4))},
        "purposes": {"survey": Purpose.TRANSACTIONAL},
        "one_way": (Channel.SMS,),
    }
    return Country(**known | facts)


def a_brand(**facts: Any) -> Brand:
    known: dict[str, Any] = {
        "name": "Крам",
        "languages": ("uk", "ru", "en"),
        "countries": {"UA": a_country(), "*": a_country(language="en", purposes={})},
        "checkout_opt_in": NEWS,
        "checkout_text": "checkout-1",
    }
    return Brand(**known | facts)


def a_step(name: str, **facts: Any) -> Step:
    return Step(**{"name": name, "text": name, "purpose": "transactional"} | facts)


CONFIRMATION = Journey(
    name="order_confirmation",
    about=About.ORDER,
    starts="order_placed",
    steps=(a_step("confirm", on="order_placed", offer=True, stops=("cancelled",)),),
)
DELIVERY = Journey(
    name="delivery",
    about=About.SHIPMENT,
    starts="shipment_moved",
    steps=(
        a_step("in_transit", on="in_transit", urgency=Urgency.BY_MORNING, useful_for=timedelta(days=3)),
        a_step("out_for_delivery", on="out_for_delivery", useful_for=timedelta(hours=12)),
        a_step("ready_for_pickup", on="ready_for_pickup", urgency=Urgency.BY_MORNING),
        a_step("delivered", on="delivered", stops=("cancelled",)),
    ),
)
CARE_STOPS = ("cancelled", "returned")
PHONE_CARE = Journey(
    name="phone_care",
    about=About.LINE,
    starts="delivered",
    category="phone",
    steps=(
        a_step(
            "survey",
            purpose="survey",
            after=After(event="delivered", wait=timedelta(days=3), at=time(11)),
            route="care",
            asks="rating",
            stops=CARE_STOPS,
            useful_for=timedelta(days=7),
        ),
        a_step("help_with_return", on="rated", when={"rating_at_most": "2"}),
        a_step(
            "review_request",
            purpose="survey",
            after=After(event="rated", wait=timedelta(days=1), at=time(12)),
            useful_for=timedelta(days=5),
        ),
        a_step(
            "trade_in",
            purpose="marketing",
            computed="trade_in",
            at=time(11),
            route="care",
            stops=(*CARE_STOPS, "bought_again"),
            useful_for=timedelta(days=14),
        ),
    ),
)


def a_line(sku: str = PHONE, **facts: Any) -> Line:
    known: dict[str, Any] = {
        "id": f"line-{sku}",
        "product": "",
        "title": sku,
        "quantity": 1,
        "price": money("20000"),
    }
    return Line(sku=sku, **known | facts)


def an_order(number: str = "1001", *, at: datetime = NOW, **facts: Any) -> Order:
    known: dict[str, Any] = {
        "shop": SHOP,
        "id": number,
        "number": f"#{number}",
        "placed_at": at,
        "updated_at": at,
        "total": money("20000"),
        "lines": (a_line(),),
        "country": "UA",
        "zones": KYIV,
    }
    return Order(**known | facts)


def marketing(granted: bool = True, at: datetime = NOW - timedelta(days=9)) -> Consent:
    return Consent(purpose=Purpose.MARKETING, granted=granted, at=at, source="shop")


def a_buyer(**facts: Any) -> Buyer:
    known: dict[str, Any] = {
        "reference": "7001",
        "first_name": "Олена",
        "language": "uk",
        "phone": OLENA_PHONE,
        "email": OLENA_EMAIL,
        "phone_consents": (marketing(),),
    }
    return Buyer(**known | facts)


def placed(order: Order | None = None, buyer: Buyer | None = None, *, is_new: bool = True) -> OrderNews:
    return OrderNews(order=order or an_order(), buyer=buyer or a_buyer(), is_new=is_new)


def moved(
    stage: Stage, *, at: datetime = NOW, order: str = "1001", shipment: str = "9001", **facts: Any
) -> ShipmentNews:
    parcel = Shipment(
        id=shipment, stages={stage: at}, updated_at=at, tracking_number="20450000000001", **facts
    )
    return ShipmentNews(shop=SHOP, order=order, shipment=parcel)


def said(
    text: str, *, at: datetime = NOW, channel: Channel = Channel.WHATSAPP, number: int = 1, **facts: Any
) -> Reply:
    known: dict[str, Any] = {"sender": OLENA_PHONE}
    return Reply(id=f"wamid-{number}-{text}", channel=channel, text=text, at=at, **known | facts)


@dataclass
class HandClock:
    time: datetime = NOW

    def now(self) -> datetime:
        return self.time

    def forward(self, **by: float) -> datetime:
        self.time += timedelta(**by)
        return self.time


@dataclass
class PlainWorkflow:
    """ports.Workflow that only notes: tests walk the ladder themselves."""

    started: list[str] = field(default_factory=list)
    succeeded: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def start(self, message: Message) -> None:
        name = f"{message.id}/{message.run}"
        if name not in self.started:
            self.started.append(name)

    def succeed(self, token: str) -> None:
        self.succeeded.append(token)

    def not_delivered(self, token: str) -> None:
        self.failed.append(token)


@dataclass
class PlainSchedules:
    """ports.Schedules: name -> (when, payload). A name is armed once."""

    armed: dict[str, tuple[datetime, Mapping[str, Any]]] = field(default_factory=dict)

    def arm(self, name: str, at: datetime, payload: Mapping[str, Any]) -> None:
        self.armed.setdefault(name, (at, payload))


@dataclass
class PlainTexts:
    missing: set[tuple[str, Variant]] = field(default_factory=set)

    def render(self, telling: Telling) -> Content:
        if (telling.message.text, telling.variant) in self.missing:
            raise TextMissing(telling.message.text)
        return Content(text=f"{telling.message.text}/{telling.variant} {telling.link}", language="uk")


@dataclass
class Phone:
    """ports.Provider that shows what it carries. `answers` are used up first; then everything is accepted."""

    channel: Channel
    shown: list[Outgoing] = field(default_factory=list)
    answers: list[Sent | Callable[[Outgoing], Sent]] = field(default_factory=list)
    calls: int = 0
    name: str = "a provider in plain sight"

    def takes(self, address: str) -> bool:
        return True

    def send(self, outgoing: Outgoing) -> Sent:
        self.calls += 1
        answer = (
            self.answers.pop(0)
            if self.answers
            else Sent(outcome=Outcome.ACCEPTED, provider_id=f"p{self.calls}")
        )
        sent = answer(outgoing) if callable(answer) else answer
        if sent.outcome is Outcome.ACCEPTED:
            self.shown.append(outgoing)
        return sent


REJECTED = Sent(outcome=Outcome.REJECTED, reason="131026")
UNKNOWN = Sent(outcome=Outcome.UNKNOWN, reason="timeout")
BARRED = Sent(outcome=Outcome.REJECTED, reason="131049", advice="plain")


@dataclass
class SmallWorld:
    """A world in plain sight, and the few things that happen in it."""

    clock: HandClock = field(default_factory=HandClock)
    store: MemoryStore = field(default_factory=MemoryStore)
    workflow: PlainWorkflow = field(default_factory=PlainWorkflow)
    schedules: PlainSchedules = field(default_factory=PlainSchedules)
    texts: PlainTexts = field(default_factory=PlainTexts)
    brand: Brand = field(default_factory=a_brand)
    journeys: tuple[Journey, ...] = (CONFIRMATION, DELIVERY, PHONE_CARE)
    catalogue: Catalogue = field(default_factory=a_catalogue)
    phones: dict[Channel, Phone] = field(
        default_factory=lambda: {channel: Phone(channel) for channel in NEWS}
    )
    tokens: int = 0

    @property
    def world(self) -> World:
        return World(
            clock=self.clock,
            store=self.store,
            schedules=self.schedules,
            workflow=self.workflow,
            secrets=FixedSecrets(SECRETS),
            brand=self.brand,
            journeys={journey.name: journey for journey in self.journeys},
            catalogue=self.catalogue,
            link_base="https://kram.example",
            shop=SHOP,
            texts=self.texts,
            providers=tuple(self.phones.values()),
        )

    def everything(self, kind: type[Any]) -> list[Any]:
        refs = [items_ref for items_ref in self._refs() if items_ref.kind is kind]
        return [self.store.read(ref).get(ref) for ref in refs]

    def _refs(self) -> list[ports.Ref[Any]]:
        from aftercart.aws.items import RATE, ref_of  # noqa: PLC0415

        return [ref_of(*key) for key in sorted(self.store.items) if key[1] != RATE]

    def customer(self) -> Customer:
        """The only one."""
        (customer,) = self.everything(Customer)
        assert isinstance(customer, Customer)
        return customer

    def customer_of(self, reference: str) -> Customer:
        """The one whom the shop knows so."""
        ref = ports.customer(ids.customer_id(SHOP, "buyer", reference))
        customer = self.store.read(ref).get(ref)
        assert customer is not None
        return customer

    def messages(self, step: str = "") -> list[Message]:
        found: list[Message] = self.everything(Message)
        wanted = [message for message in found if step in ("", message.step)]
        return sorted(wanted, key=lambda message: (message.created_at, message.id))

    def message(self, step: str) -> Message:
        (message,) = self.messages(step)
        return message

    def enrolment(self, journey: str) -> Enrolment:
        (enrolment,) = [e for e in self.everything(Enrolment) if e.journey == journey]
        assert isinstance(enrolment, Enrolment)
        return enrolment

    def rung(self, message: Message, number: int = 1, *, wait: int = 900, token: str = "") -> str:
        """The state machine's call for one rung of the message's present run."""
        self.tokens += 1
        (run,) = (known.run for known in self.messages(message.step) if known.id == message.id)
        task = Task(
            message=message.id, run=run, rung=number, wait=wait, token=token or f"token-{self.tokens}"
        )
        return on_rung(task, self.world)

    def receipt(self, message: Message, ordinal: int, status: ReceiptStatus, **facts: Any) -> Receipt:
        return Receipt(reference=f"{message.id}-{ordinal}", status=status, at=self.clock.now(), **facts)

    def shown(self) -> list[str]:
        """What the phones show: 'channel text'."""
        return [f"{p.channel} {o.content.text.split()[0]}" for p in self.phones.values() for o in p.shown]


def with_steps(journey: Journey, *steps: Step) -> Journey:
    return replace(journey, steps=steps)
