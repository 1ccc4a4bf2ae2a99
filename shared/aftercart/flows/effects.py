"""What follows a transaction: executions to start, schedules to arm. Each is safe to repeat."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from aftercart import ports
from aftercart.domain import ids
from aftercart.domain.clockwork import GRACE
from aftercart.domain.journey import Enrolment
from aftercart.domain.message import Message
from aftercart.ports import Put, Snapshot, World


def put_messages(messages: Iterable[Message], now: datetime) -> list[Put[Any]]:
    """Each owes its execution's start: the claim clears that todo."""
    return [Put(ref=ports.message(message.id), value=message, todo_at=now) for message in messages]


def put_enrolment(enrolment: Enrolment, now: datetime) -> Put[Enrolment]:
    """It owes its schedule, where a step waits for a time."""
    todo_at = now if enrolment.armed_for else None
    return Put(ref=ports.enrolment(enrolment.id), value=enrolment, todo_at=todo_at)


def carry_out(
    messages: Iterable[Message], enrolments: Iterable[Enrolment], snapshot: Snapshot, world: World
) -> None:
    for message in messages:
        world.workflow.start(message)
    for enrolment in enrolments:
        if enrolment.armed_for:
            arm(enrolment, snapshot, world)


def start_owed(snapshot: Snapshot, world: World) -> None:
    """A duplicate sees what its first delivery left owing: executions that nothing has claimed yet.

    A deferred message owes no execution before its time.
    """
    for ref, stored in snapshot.records.items():
        if ref.kind is Message and stored.todo_at and not stored.value.attempts and not stored.value.due_at:
            world.workflow.start(stored.value)


def arm(enrolment: Enrolment, snapshot: Snapshot, world: World) -> None:
    """Arms the earliest waiting step; the todo moves behind its time."""
    assert enrolment.armed_for is not None  # noqa: S101
    payload = {"v": 1, "kind": "step", "enrolment": enrolment.id, "arm": enrolment.arm}
    world.schedules.arm(ids.schedule_name(enrolment.id, enrolment.arm), enrolment.armed_for, payload)
    world.store.owe(ports.enrolment(enrolment.id), snapshot, enrolment.armed_for + GRACE)
