"""What each event asks of AWS: calls and write units, counted on real requests."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from aftercart.aws.clients import client
from aftercart.aws.http_api import Request
from aftercart.channels import meta_whatsapp
from aftercart.domain.consent import Channel
from aftercart.domain.message import Receipt, ReceiptStatus
from sandbox import shop
from sandbox.bench.table import Row, Section
from sandbox.bench.units import Items, read_units, write_units
from sandbox.cloud.functions import Invocation
from sandbox.cloud.moto_mended import table_items
from sandbox.cloud.template import REGION
from sandbox.control.records import plain_item
from sandbox.fakes import Mode
from sandbox.line import CALLS as TO_PROVIDERS
from sandbox.sandbox import Sandbox

NOON = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
SECRET = "secretsmanager.GetSecretValue"  # kept five minutes: a warm function has it
OLENA = shop.Person(
    id=700_001,
    first_name="Олена",
    last_name="Шевченко",
    phone="+380671234567",
    email="olena@kram.example",
)


@dataclass(slots=True)
class Spent:
    """What one run of a handler cost at the table."""

    write_units: int = 0
    read_units: int = 0


@dataclass(slots=True)
class Meter:
    """Sees each request that a function makes to the table, with the items before and after it."""

    sandbox: Sandbox
    table: str
    spent: dict[Invocation, Spent] = field(default_factory=dict)
    _params: Mapping[str, Any] = field(default_factory=dict)
    _before: Items = field(default_factory=dict)

    def asked(self, params: Mapping[str, Any], **_: Any) -> None:
        self._params, self._before = params, self._items()

    def answered(self, model: Any, **_: Any) -> None:
        if self.sandbox.functions.running:
            spent = self.spent.setdefault(self.sandbox.functions.running[-1], Spent())
            spent.write_units += write_units(model.name, self._params, self._before, self._items())
            spent.read_units += read_units(model.name, self._params, self._before)

    def _items(self) -> Items:
        items = (plain_item(item) for item in table_items(self.table, REGION))
        return {(item["pk"], item["sk"]): item for item in items}


@contextmanager
def metered(sandbox: Sandbox) -> Iterator[Meter]:
    """Inside, every request of the functions to the table is measured (AWS world only)."""
    name = sandbox.functions.named()[0]
    meter = Meter(sandbox, sandbox.functions.find(name).environment["TABLE_NAME"])
    events = client("dynamodb").meta.events
    hooks = (("provide-client-params.dynamodb.*", meter.asked), ("after-call.dynamodb.*", meter.answered))
    for name, hook in hooks:
        events.register(name, hook)
    try:
        yield meter
    finally:
        for name, hook in hooks:
            events.unregister(name, hook)


def aws_calls(run: Invocation) -> list[str]:
    """Calls of one run to AWS, the keys' secret being at hand."""
    return [name for name in run.calls if name != SECRET and name not in TO_PROVIDERS]


@dataclass(slots=True)
class Story:
    """One customer and one order, event by event; what an event asked for is the run of its handler."""

    sandbox: Sandbox

    def post(self, topic: str, body: shop.Json) -> Invocation:
        webhook = shop.webhook(topic, body, self.sandbox.engine.now())
        return self.first("", lambda: self.sandbox.request("POST", *webhook))

    def again(self, run: Invocation) -> Invocation:
        """The same event once more."""
        return self.first("", lambda: self.sandbox.functions.call(run.function, run.event))

    def settled(self, function: str, wanted: Callable[[Invocation], bool] = lambda run: True) -> Invocation:
        """The first run of a function in what follows now."""
        return self.first(function, self.sandbox.settle, wanted)

    def later(self, function: str, wait: timedelta) -> Invocation:
        return self.first(function, lambda: self.sandbox.advance(self.sandbox.engine.now() + wait))

    def first(
        self,
        function: str,
        act: Callable[[], object],
        wanted: Callable[[Invocation], bool] = lambda run: True,
    ) -> Invocation:
        """The first run of a function (its name's end) of all that an act brings about."""
        known = len(self.sandbox.functions.invocations)
        act()
        runs = list(self.sandbox.functions.invocations)[known:]
        return next(run for run in runs if run.function.endswith(function) and wanted(run))


def says(status: ReceiptStatus) -> Callable[[Invocation], bool]:
    """A run that Meta's receipt of this status began."""

    def is_it(run: Invocation) -> bool:
        events = meta_whatsapp.read(Request.of(run.event).body)
        return any(isinstance(event, Receipt) and event.status is status for event in events)

    return is_it


@dataclass(frozen=True, slots=True)
class Event:
    name: str
    run: Invocation
    aim: int | None = None


def played(sandbox: Sandbox) -> Iterator[Event]:
    """The events of one order's life, in a world where nothing else happens."""
    story = Story(sandbox)
    order = shop.order(OLENA, 1001, NOON, [next(i for i in sandbox.catalogue.items if i.category == "phone")])
    yield from _ordered(story, order)
    sandbox.advance(NOON + timedelta(hours=1))
    yield from _under_way(story, order)
    sandbox.advance(NOON + timedelta(days=1))
    yield from _delivered(story, order)
    sandbox.settle()
    said = sandbox.providers.reply(Channel.WHATSAPP, OLENA.phone, "СТОП")
    stop = story.first("inbound-replies", lambda: sandbox.providers.push(said))
    yield Event("a STOP", stop)
    yield Event("  the STOP again", story.again(stop), 1)


def _ordered(story: Story, order: shop.Json) -> Iterator[Event]:
    run = story.post("orders/create", order)
    yield Event("an order", run, 4)
    yield Event("  the order again, before it is sent", story.again(run))
    yield Event("the rung that sends", story.settled("send-message"))
    yield Event("  the order again, later", story.again(run), 1)


def _under_way(story: Story, order: shop.Json) -> Iterator[Event]:
    now = story.sandbox.engine.now
    run = story.post("fulfillments/create", shop.fulfillment(order, now(), "in_transit"))
    yield Event("a parcel update", run, 3)
    receipt = story.settled("inbound-replies", says(ReceiptStatus.DELIVERED))
    yield Event("  the update again, within 15 minutes", story.again(run), 1)
    story.sandbox.advance(now() + timedelta(hours=1))
    yield Event("  the update again, later", story.again(run), 1)
    yield Event("a delivered receipt", receipt, 2)
    yield Event("  the delivered receipt again", story.again(receipt), 1)
    story.sandbox.break_channel(Channel.WHATSAPP, Mode.REJECT, 1)
    story.post("fulfillments/update", shop.fulfillment(order, now(), "out_for_delivery"))
    failed = story.settled("inbound-replies", says(ReceiptStatus.FAILED))
    yield Event("a failed receipt, nobody is there", failed, 4)
    yield Event("  the failed receipt again", story.again(failed), 1)


def _delivered(story: Story, order: shop.Json) -> Iterator[Event]:
    now = story.sandbox.engine.now
    run = story.post("fulfillments/update", shop.fulfillment(order, now(), "delivered"))
    yield Event("a delivered parcel: phone care begins", run)
    story.sandbox.advance(now() + timedelta(hours=1))
    yield Event("  the delivered parcel again, later", story.again(run), 1)
    step = story.later("lifecycle-reminders", timedelta(days=4))
    yield Event("a step that is due: sent, and the next one armed", step)
    yield Event("  the due step again", story.again(step), 1)


def calls() -> Section:
    with Sandbox(NOON).open() as sandbox, metered(sandbox) as meter:
        rows = [_row(event, meter) for event in played(sandbox)]
    how = "each request of the handlers to the template's resources on moto; the secret is at hand"
    title = "AWS calls of one event, and its DynamoDB units (WRU: 1 KB written, RRU: 4 KB read)"
    return Section(title, how, ("calls", "WRU", "RRU"), rows)


def _row(event: Event, meter: Meter) -> Row:
    made, spent = aws_calls(event.run), meter.spent.get(event.run, Spent())
    values = (len(made), spent.write_units, spent.read_units)
    return Row(event.name, values, event.aim, ", ".join(name.partition(".")[2] for name in made))
