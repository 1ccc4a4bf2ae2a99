"""A world whose whole state can be taken, compared and given back, and the tree of all orders walked over it.

Where two orders of the same events have led to the very same state, what follows is the same, so it is walked
once: of a life of five, 120 orders cost as few as 80 events.
"""

import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import Any

from aftercart.domain import ids
from aftercart.domain.brand import Brand
from aftercart.domain.catalogue import Catalogue
from aftercart.domain.consent import Channel
from aftercart.domain.journey import Journey
from aftercart.domain.message import Outcome, Receipt, ReceiptStatus
from aftercart.domain.order import OrderNews, ShipmentNews
from aftercart.flows.deferral import on_message_due
from aftercart.flows.delivery_tracking import on_shipment
from aftercart.flows.erase import on_erase
from aftercart.flows.lifecycle_reminders import on_step_due
from aftercart.flows.order_confirmation import on_order
from aftercart.flows.receipts import on_receipt
from aftercart.flows.replies import on_reply
from aftercart.flows.rung import Task
from aftercart.flows.send_message import on_rung
from aftercart.ports import Outgoing, Reply, Sent, World
from aftercart.texts.compiled import load_brand, load_catalogue, load_journeys
from sandbox.cloud.memory import FixedSecrets, MemoryStore
from sandbox.sandbox import compiled
from sandbox.shop_settings import SECRETS, SHOP
from tests.builders import HandClock, PlainSchedules, PlainTexts, PlainWorkflow
from tests.promises.lives import OLENA, Life, News

Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a phone showed."""

    at: datetime
    channel: Channel
    to: str
    message: str
    text: str  # "confirm/offer"


@dataclass
class Handset:
    """ports.Provider: everything it is given is shown."""

    channel: Channel
    shown: list[Shown]
    clock: HandClock
    name: str = "a handset"

    def takes(self, address: str) -> bool:
        return True

    def send(self, outgoing: Outgoing) -> Sent:
        message = outgoing.reference.rpartition("-")[0]
        text = outgoing.content.text.split()[0]
        self.shown.append(Shown(self.clock.now(), self.channel, outgoing.to, message, text))
        return Sent(outcome=Outcome.ACCEPTED, provider_id=outgoing.reference)


@cache
def _brand() -> Brand:
    return replace(load_brand(compiled()), providers={})  # the handsets carry


@cache
def _journeys() -> Mapping[str, Journey]:
    return load_journeys(compiled())


@dataclass(frozen=True)
class State:
    """All of a walked world but its clock. Equal states go on equally."""

    items: frozenset[tuple[Any, ...]]
    started: frozenset[str]
    armed: frozenset[tuple[str, datetime]]
    shown: tuple[Shown, ...]


@dataclass
class Walked:
    """The shipped journeys on the real table in memory. Executions and schedules wait until they are run."""

    clock: HandClock
    store: MemoryStore = field(default_factory=MemoryStore)
    workflow: PlainWorkflow = field(default_factory=PlainWorkflow)
    schedules: PlainSchedules = field(default_factory=PlainSchedules)
    shown: list[Shown] = field(default_factory=list)
    ran: int = 0  # executions, in the order of their start
    fired: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        channels = (Channel.WHATSAPP, Channel.VIBER, Channel.SMS)
        self.world = World(
            clock=self.clock,
            store=self.store,
            schedules=self.schedules,
            workflow=self.workflow,
            secrets=FixedSecrets(SECRETS),
            brand=_brand(),
            journeys=_journeys(),
            catalogue=catalogue(),
            link_base="https://kram.example",
            shop=SHOP,
            texts=PlainTexts(),
            providers=[Handset(channel, self.shown, self.clock) for channel in channels],
        )

    def hear(self, news: News) -> str:
        """As the functions hand it to the flows."""
        if isinstance(news, OrderNews):
            return on_order(news, self.world)
        if isinstance(news, ShipmentNews):
            return on_shipment(news, self.world)
        return on_reply(news, self.world)

    def run(self) -> None:
        """Every execution that was started: its first rung, and the receipt that it was shown."""
        while self.ran < len(self.workflow.started):
            message, _, run = self.workflow.started[self.ran].partition("/")
            self.ran += 1
            before = len(self.shown)
            task = Task(message=message, run=int(run), rung=1, wait=900, token=f"{message}/{run}")
            on_rung(task, self.world)
            if len(self.shown) > before:
                receipt = Receipt(
                    reference=f"{message}-1", status=ReceiptStatus.DELIVERED, at=self.clock.now()
                )
                on_receipt(receipt, self.world)

    def run_until(self, end: datetime) -> None:
        """Executions, and schedules as their times come."""
        self.run()
        while waiting := sorted(
            (at, name)
            for name, (at, _) in self.schedules.armed.items()
            if name not in self.fired and at <= end
        ):
            at, name = waiting[0]
            self.fired.add(name)
            self.clock.time = max(self.clock.time, at)
            payload = self.schedules.armed[name][1]
            if payload["kind"] == "step":
                on_step_due(payload["enrolment"], payload["arm"], self.world)
            else:
                on_message_due(payload["message"], payload["arm"], self.world)
            self.run()
        self.clock.time = max(self.clock.time, end)

    def state(self) -> State:
        waiting = {name: at for name, (at, _) in self.schedules.armed.items() if name not in self.fired}
        return State(
            items=frozenset(_whole(item) for item in self.store.dynamo.items.values()),
            started=frozenset(self.workflow.started),
            armed=frozenset(waiting.items()),
            shown=tuple(self.shown),
        )

    def keep(self) -> Callable[[], None]:
        """What gives this moment back, as often as wanted."""
        dynamo = self.store.dynamo
        items = dict(dynamo.items)
        partitions = {pk: list(keys) for pk, keys in dynamo.partitions.items()}
        todos = {shard: list(entries) for shard, entries in dynamo.todos.items()}
        started, armed = list(self.workflow.started), dict(self.schedules.armed)
        shown, fired, ran, now = list(self.shown), set(self.fired), self.ran, self.clock.time

        def restore() -> None:
            dynamo.items = dict(items)
            dynamo.partitions = {pk: list(keys) for pk, keys in partitions.items()}
            dynamo.todos = {shard: list(entries) for shard, entries in todos.items()}
            self.workflow.started[:] = started
            self.schedules.armed.clear()
            self.schedules.armed.update(armed)
            self.shown[:] = shown
            self.fired, self.ran, self.clock.time = set(fired), ran, now

        return restore


def _whole(item: Item) -> tuple[Any, ...]:
    """An item as a value. How often it was written (`rev`) and by which commit (`tx`) decides nothing."""
    fields = {name: next(iter(typed.values())) for name, typed in item.items()}
    rest = tuple(sorted((n, v) for n, v in fields.items() if n not in ("rev", "tx", "data", "pk", "sk")))
    return fields["pk"], fields["sk"], sorted_json(fields["data"]), rest


@lru_cache(maxsize=20_000)
def sorted_json(data: str | bytes) -> str:
    """Two mappings with the same entries are the same, in whatever order they were filled."""
    text = data if isinstance(data, str) else zlib.decompress(bytes(data))
    return json.dumps(json.loads(text), sort_keys=True)


@cache
def catalogue() -> Catalogue:
    return load_catalogue(compiled())


def begun(life: Life) -> Walked:
    """The world as it is when the first of the five events comes."""
    walked = Walked(HandClock(life.now - timedelta(days=10)))
    for event in life.before:
        walked.run_until(_told_at(event.news))
        walked.hear(event.news)
        walked.run()
    if life.erased:
        walked.run_until(life.now - timedelta(days=6))
        on_erase(ids.customer_id(SHOP, "buyer", str(OLENA.id)), walked.world)
    walked.run_until(life.now)
    return walked


def _told_at(news: News) -> datetime:
    if isinstance(news, OrderNews):
        return news.order.updated_at
    return news.at if isinstance(news, Reply) else news.shipment.updated_at


Way = tuple[int, ...]
Look = Callable[[Way, int], None]
"""Sees the world after each event: the order of events so far, and how much was shown before the last."""


@dataclass
class Walk:
    """Every order of `events`, one event at a time. `carry_out` runs after each (executions, say)."""

    walked: Walked
    events: Sequence[News]
    carry_out: Callable[[], None] = field(default=lambda: None)
    look: Look = field(default=lambda way, shown: None)
    steps: int = 0

    def ends(self) -> Iterator[Way]:
        """Stands at each distinct end in turn, and says one order that leads there."""
        level: dict[Any, tuple[Way, Callable[[], None]]] = {None: ((), self.walked.keep())}
        for _ in self.events:
            following: dict[Any, tuple[Way, Callable[[], None]]] = {}
            for way, restore in level.values():
                for n in sorted(set(range(len(self.events))) - set(way)):
                    restore()
                    state = self._heard(way, n)
                    following.setdefault((frozenset((*way, n)), state), ((*way, n), self.walked.keep()))
            level = following
        for way, restore in level.values():
            restore()
            yield way

    def _heard(self, way: Way, n: int) -> State:
        """A second delivery of the same event at once changes nothing at all."""
        self.steps += 1
        shown = len(self.walked.shown)
        self.walked.hear(self.events[n])
        self.carry_out()
        state = self.walked.state()
        self.walked.hear(self.events[n])
        self.carry_out()
        assert self.walked.state() == state, f"{way}: {n} again"
        self.look((*way, n), shown)
        return state
