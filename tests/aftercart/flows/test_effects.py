"""What follows a transaction: what is started again where it is owed, and what a schedule carries."""

from dataclasses import replace
from datetime import timedelta

from aftercart import ports
from aftercart.domain import ids
from aftercart.domain.message import Message
from aftercart.domain.order import Stage
from aftercart.flows import effects
from aftercart.flows.delivery_tracking import on_shipment
from aftercart.flows.order_confirmation import on_order
from aftercart.ports import Snapshot, Stored
from tests.builders import NOW, SmallWorld, moved, placed

GRACE = timedelta(minutes=15)


def a_world_that_owes() -> tuple[SmallWorld, Message]:
    small = SmallWorld()
    on_order(placed(), small.world)
    small.workflow.started.clear()
    return small, small.message("confirm")


def started(small: SmallWorld, message: Message, *, owed: bool = True) -> list[str]:
    stored = Stored(value=message, revision=1, todo_at=NOW if owed else None)
    effects.start_owed(Snapshot({ports.message(message.id): stored}), small.world)
    return small.workflow.started


def test_an_execution_that_is_owed_is_started() -> None:
    small, message = a_world_that_owes()
    assert started(small, message) == [f"{message.id}/1"]


def test_what_is_claimed_or_waits_for_its_hour_or_owes_nothing_is_left_alone() -> None:
    small, message = a_world_that_owes()
    assert started(small, message, owed=False) == []
    assert started(small, replace(message, due_at=NOW)) == []
    small.rung(message)
    assert started(small, small.message("confirm")) == []


def test_other_things_that_are_owed_are_not_executions() -> None:
    small, _ = a_world_that_owes()
    on_shipment(moved(Stage.DELIVERED), small.world)
    care = small.enrolment("phone_care")
    small.workflow.started.clear()
    owed = {ports.enrolment(care.id): Stored(value=care, revision=1, todo_at=NOW)}
    effects.start_owed(Snapshot(owed), small.world)
    assert small.workflow.started == []


def test_an_arm_carries_ids_alone_and_its_todo_lies_behind_it() -> None:
    small, _ = a_world_that_owes()
    on_shipment(moved(Stage.DELIVERED), small.world)
    care = small.enrolment("phone_care")
    ((name, (at, payload)),) = small.schedules.armed.items()
    assert (name, at) == (ids.schedule_name(care.id, 1), care.armed_for)
    assert payload == {"v": 1, "kind": "step", "enrolment": care.id, "arm": 1}
    ref = ports.enrolment(care.id)
    assert small.store.read(ref).todo_at(ref) == at + GRACE


def test_what_waits_for_no_time_owes_no_schedule() -> None:
    small, _ = a_world_that_owes()
    on_shipment(moved(Stage.DELIVERED), small.world)
    care = small.enrolment("phone_care")
    assert effects.put_enrolment(care, NOW).todo_at == NOW
    assert effects.put_enrolment(replace(care, armed_for=None), NOW).todo_at is None
    small.schedules.armed.clear()
    effects.carry_out((), [replace(care, armed_for=None)], Snapshot(), small.world)
    assert small.schedules.armed == {}
