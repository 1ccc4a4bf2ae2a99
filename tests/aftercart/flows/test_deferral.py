"""A message that waits for its hour: its schedule, its arm, and what an early or a late firing does."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from aftercart import ports
from aftercart.domain import ids
from aftercart.domain.decision import Defer
from aftercart.domain.message import Message
from aftercart.flows import deferral
from aftercart.flows.lifecycle_reminders import sweep
from aftercart.flows.order_confirmation import on_order
from tests.builders import NOW, SmallWorld, placed

MINUTE = timedelta(minutes=1)
MORNING = datetime(2026, 11, 24, 7, 5, tzinfo=UTC)
FAR = NOW + timedelta(days=500)


def a_deferred_message(until: datetime) -> tuple[SmallWorld, Message]:
    small = SmallWorld()
    on_order(placed(), small.world)
    small.workflow.started.clear()
    message = small.message("confirm")
    deferral.defer(
        message, Defer(until=until, reason="asleep"), small.store.read(ports.message(message.id)), small.world
    )
    return small, small.message("confirm")


def todo_of(small: SmallWorld, message: Message) -> datetime | None:
    ref = ports.message(message.id)
    return small.store.read(ref).todo_at(ref)


def test_a_deferral_raises_run_and_arm_and_says_why() -> None:
    small, message = a_deferred_message(MORNING)
    assert (message.run, message.arm, message.due_at) == (2, 1, MORNING)
    assert (message.log[-1].decision, message.log[-1].reason, message.log[-1].at) == ("defer", "asleep", NOW)
    assert message.log[-1].facts == {"until": MORNING.isoformat()}
    ((name, (at, payload)),) = small.schedules.armed.items()
    assert (name, at) == (ids.schedule_name(message.id, 1), MORNING)
    assert payload == {"v": 1, "kind": "message", "message": message.id, "arm": 1}
    assert todo_of(small, message) == MORNING + 15 * MINUTE


def test_a_deferral_keeps_its_last_thirty_decisions() -> None:
    small, message = a_deferred_message(MORNING)
    for _ in range(35):
        snapshot = small.store.read(ports.message(message.id))
        deferral.defer(small.message("confirm"), Defer(until=MORNING, reason="x"), snapshot, small.world)
    log = small.message("confirm").log
    assert len(log) == 30
    assert {entry.reason for entry in log} == {"x"}


def test_its_time_starts_its_run_and_half_a_minute_before_is_near_enough() -> None:
    small, message = a_deferred_message(MORNING)
    small.clock.time = MORNING - timedelta(seconds=30)
    assert deferral.on_message_due(message.id, 1, small.world) == "started"
    assert small.workflow.started == [f"{message.id}/2"]
    assert len(small.schedules.armed) == 1


def test_what_fires_early_is_armed_again_and_starts_nothing() -> None:
    small, message = a_deferred_message(FAR)
    small.clock.forward(days=360)
    assert deferral.on_message_due(message.id, 1, small.world) == "armed_again"
    assert small.workflow.started == []
    again = small.message("confirm")
    assert (again.arm, again.run, again.due_at) == (2, 2, FAR)
    assert small.schedules.armed[ids.schedule_name(message.id, 2)][0] == FAR
    assert todo_of(small, message) == FAR + 15 * MINUTE
    assert deferral.on_message_due(message.id, 1, small.world) == "nothing_due"


def test_nothing_is_due_where_the_message_has_ended_or_is_gone_or_waits_for_no_hour() -> None:
    small, message = a_deferred_message(MORNING)
    small.clock.time = MORNING
    small.rung(message, 5)
    assert small.message("confirm").final == "sent"
    assert deferral.on_message_due(message.id, 1, small.world) == "nothing_due"
    assert deferral.on_message_due(message.id.replace("a", "b"), 1, small.world) == "nothing_due"
    small = SmallWorld()
    on_order(placed(), small.world)
    assert deferral.on_message_due(small.message("confirm").id, 0, small.world) == "nothing_due"


def test_the_sweep_arms_what_is_still_to_come_and_starts_the_next_run_of_what_is_overdue() -> None:
    small, message = a_deferred_message(MORNING)
    ref = ports.message(message.id)
    small.store.owe(ref, small.store.read(ref), NOW)  # the Lambda died before it armed
    small.schedules.armed.clear()
    small.clock.forward(minutes=20)
    assert sweep(small.world) == 1
    assert [at for at, _ in small.schedules.armed.values()] == [MORNING]
    small.clock.time = MORNING + 18 * MINUTE
    assert sweep(small.world) == 1
    again = small.message("confirm")
    assert (again.run, again.due_at) == (3, None)
    assert small.workflow.started == [f"{message.id}/3"]
    assert todo_of(small, message) == small.clock.now() + 15 * MINUTE


def test_what_is_armed_again_and_dies_before_its_schedule_is_looked_after_at_once() -> None:
    small, message = a_deferred_message(FAR)
    small.clock.forward(days=360)

    class Dead:
        def arm(self, *_: object) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deferral.on_message_due(message.id, 1, replace(small.world, schedules=Dead()))
    assert todo_of(small, message) == small.clock.now()


def test_what_ends_waits_for_no_hour_any_more() -> None:
    small, message = a_deferred_message(MORNING)
    small.clock.time = NOW + timedelta(days=2)
    assert small.rung(message) == "expired"
    assert small.message("confirm").due_at is None
