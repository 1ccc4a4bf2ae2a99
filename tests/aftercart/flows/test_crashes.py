"""Each call of a flow is a point at which its Lambda may die, before it or after it. Then what AWS and the
providers would do: deliver again, retry, sweep. This proves the flows' order of calls on the memory store;
the suites over moto prove the table's side of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from aftercart import ports
from aftercart.aws.items import UnknownVersion, key
from aftercart.domain.consent import Purpose
from aftercart.domain.customer import Customer
from aftercart.domain.message import Message, ReceiptStatus
from aftercart.domain.order import Stage
from aftercart.flows.delivery_tracking import on_shipment
from aftercart.flows.erase import on_erase
from aftercart.flows.lifecycle_reminders import on_step_due, sweep
from aftercart.flows.order_confirmation import on_order
from aftercart.flows.receipts import on_receipt
from aftercart.flows.replies import on_reply
from aftercart.flows.rung import Task
from aftercart.flows.send_message import on_rung
from aftercart.ports import World
from tests.builders import SmallWorld, an_order, moved, placed, said

MOST_POINTS = 40


class Died(BaseException):
    """The Lambda is gone: no handler of ours may catch it."""


@dataclass
class Fuse:
    """Dies at the nth call, before or after it was done; then never again."""

    at: int
    after: bool
    calls: int = 0

    def around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **named: Any) -> Any:
            self.calls += 1
            dies = self.calls == self.at
            if dies and not self.after:
                raise Died
            result = call(*args, **named)
            if dies:
                raise Died
            return result

        return run


@dataclass
class Fused:
    """A port, each of whose calls goes through the fuse."""

    port: Any
    fuse: Fuse

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.port, name)
        return self.fuse.around(found) if callable(found) else found


def fused(world: World, fuse: Fuse) -> World:
    return replace(
        world,
        store=Fused(world.store, fuse),
        workflow=Fused(world.workflow, fuse),
        schedules=Fused(world.schedules, fuse),
        providers=[Fused(provider, fuse) for provider in world.providers],
    )


Flow = Callable[[World], object]


def survived(small: SmallWorld, flow: Flow, fuse: Fuse) -> bool:
    """Runs the flow into the fuse and delivers again until it is done. False: the point was never reached."""
    world = fused(small.world, fuse)
    for _ in range(3):
        try:
            flow(world)
        except Died:
            continue
        break
    flow(small.world)  # and once more, as at-least-once delivery may
    return fuse.calls >= fuse.at


def points(prepare: Callable[[], tuple[SmallWorld, Flow]]) -> Iterator[SmallWorld]:
    """A world for each point and side, in which the flow died there and was delivered again."""
    for after in (False, True):
        for at in range(1, MOST_POINTS):
            small, flow = prepare()
            if not survived(small, flow, Fuse(at, after)):
                break
            yield small
        else:
            pytest.fail("the flow has more points than the test looks at")


def settle(small: SmallWorld) -> None:
    """Executions run and their receipts come; the sweeper looks twice."""
    for _ in range(3):
        _execute(small)
        small.clock.forward(minutes=20)
        sweep(small.world)
    _execute(small)


def _execute(small: SmallWorld) -> None:
    for name in list(small.workflow.started):
        message_id, run = name.split("/")
        task = Task(message=message_id, run=int(run), rung=1, wait=900, token=f"token of {name}")
        if on_rung(task, small.world) == "waiting":
            _deliver_receipts(small)


def _deliver_receipts(small: SmallWorld) -> None:
    for phone in small.phones.values():
        for outgoing in phone.shown:
            message, ordinal = outgoing.reference.rsplit("-", 1)
            found = next(m for m in small.messages() if m.id == message)
            on_receipt(small.receipt(found, int(ordinal), ReceiptStatus.DELIVERED), small.world)


def shown(small: SmallWorld, text: str) -> int:
    return sum(line.split()[1].startswith(f"{text}/") for line in small.shown())


def nothing_is_owed(small: SmallWorld) -> bool:
    messages: list[Message] = small.messages()
    return all(message.final for message in messages) and not small.store.overdue(small.clock.now(), 10)


def test_an_order_is_confirmed_once_wherever_its_lambda_dies() -> None:
    def prepare() -> tuple[SmallWorld, Flow]:
        small = SmallWorld()
        return small, lambda world: on_order(placed(), world)

    for small in points(prepare):
        settle(small)
        assert shown(small, "confirm") == 1
        assert nothing_is_owed(small)


def test_what_the_sweeper_cannot_read_does_not_stand_in_the_way_of_the_rest() -> None:
    small = SmallWorld()
    on_order(placed(), small.world)
    small.clock.forward(seconds=1)
    on_order(placed(an_order("1002")), small.world)
    first, second = small.messages("confirm")
    at = key(ports.message(first.id))
    small.store.dynamo.items[at]["v"] = {"N": "2"}
    small.workflow.started.clear()
    small.clock.forward(minutes=20)
    with pytest.raises(UnknownVersion):
        sweep(small.world)
    assert small.workflow.started == [f"{second.id}/2"]


def test_a_delivery_is_told_and_its_care_armed_once_wherever_its_lambda_dies() -> None:
    def prepare() -> tuple[SmallWorld, Flow]:
        small = SmallWorld()
        on_order(placed(), small.world)
        return small, lambda world: on_shipment(moved(Stage.DELIVERED), world)

    for small in points(prepare):
        settle(small)
        assert shown(small, "delivered") == 1
        assert nothing_is_owed(small)
        assert len({payload["enrolment"] for _, payload in small.schedules.armed.values()}) == 1


def test_a_send_is_shown_at_most_once_and_never_silently_lost_wherever_the_sender_dies() -> None:
    def prepare() -> tuple[SmallWorld, Flow]:
        small = SmallWorld()
        on_order(placed(), small.world)
        message = small.message("confirm").id
        tokens = iter(range(9))

        def flow(world: World) -> object:
            return on_rung(Task(message=message, run=1, rung=1, wait=900, token=f"try {next(tokens)}"), world)

        return small, flow

    for small in points(prepare):
        per_channel = [len(phone.shown) for phone in small.phones.values()]
        assert max(per_channel) <= 1
        settle(small)
        assert max(len(phone.shown) for phone in small.phones.values()) == 1
        assert nothing_is_owed(small)


def test_a_due_step_is_told_once_wherever_its_lambda_dies() -> None:
    def prepare() -> tuple[SmallWorld, Flow]:
        small = SmallWorld()
        on_order(placed(), small.world)
        on_shipment(moved(Stage.DELIVERED), small.world)
        settle(small)
        care = small.enrolment("phone_care")
        assert care.armed_for is not None
        small.clock.time = care.armed_for
        return small, lambda world: on_step_due(care.id, care.arm, world)

    for small in points(prepare):
        settle(small)
        assert shown(small, "survey") == 1
        assert nothing_is_owed(small)
        care = small.enrolment("phone_care")
        assert care.armed_for in {when for when, _ in small.schedules.armed.values()}


def test_a_stop_is_never_lost_wherever_its_lambda_dies() -> None:
    def prepare() -> tuple[SmallWorld, Flow]:
        small = SmallWorld()
        on_order(placed(), small.world)
        return small, lambda world: on_reply(said("СТОП"), world)

    for small in points(prepare):
        customers: list[Customer] = small.everything(Customer)
        addresses = [address for customer in customers for address in customer.addresses.values()]
        assert not any(address.granted(Purpose.MARKETING) for address in addresses)


def test_a_rating_brings_its_help_once_wherever_its_lambda_dies() -> None:
    def prepare() -> tuple[SmallWorld, Flow]:
        small = SmallWorld()
        on_order(placed(), small.world)
        on_shipment(moved(Stage.DELIVERED), small.world)
        settle(small)
        care = small.enrolment("phone_care")
        assert care.armed_for is not None
        small.clock.time = care.armed_for
        on_step_due(care.id, care.arm, small.world)
        settle(small)
        reply = said("2", at=small.clock.now())
        return small, lambda world: on_reply(reply, world)

    for small in points(prepare):
        settle(small)
        assert shown(small, "help_with_return") == 1
        assert small.enrolment("phone_care").rating == "2"
        assert nothing_is_owed(small)


def test_an_offer_that_a_reply_takes_is_confirmed_once_wherever_its_lambda_dies() -> None:
    def prepare() -> tuple[SmallWorld, Flow]:
        small = SmallWorld()
        on_order(placed(), small.world)
        settle(small)
        reply = said("1", at=small.clock.now())
        return small, lambda world: on_reply(reply, world)

    for small in points(prepare):
        settle(small)
        assert shown(small, "offer_accepted") == 1
        answer = small.message("confirm").answer
        assert answer is not None
        assert answer.kind == "accepted"
        assert nothing_is_owed(small)


def test_an_erasure_is_complete_wherever_its_lambda_dies() -> None:
    def prepare() -> tuple[SmallWorld, Flow]:
        small = SmallWorld()
        on_order(placed(), small.world)
        on_shipment(moved(Stage.DELIVERED), small.world)
        customer = small.customer().id
        return small, lambda world: on_erase(customer, world)

    for small in points(prepare):
        settle(small)
        assert small.messages() == []
        assert [key for key in small.store.items if key[0].startswith("A#")] == []
        assert small.customer().addresses == {}
