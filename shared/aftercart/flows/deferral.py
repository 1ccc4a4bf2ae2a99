"""A message that must wait for its hour: one transaction, one schedule, then a new run."""

from collections.abc import Sequence
from dataclasses import replace

from aftercart import ports
from aftercart.domain import ids
from aftercart.domain.clockwork import GRACE, arm_time
from aftercart.domain.decision import Defer
from aftercart.domain.message import Message
from aftercart.flows.again import until_settled
from aftercart.ports import Change, Put, Snapshot, World

EARLY = GRACE / 30  # a schedule may fire a little before its time


def defer(
    message: Message, decision: Defer, snapshot: Snapshot, world: World, more: Sequence[Change] = ()
) -> None:
    """The run rises with the deferral: the execution of the old run finds nothing to send.

    `more`: what is written with it.
    """
    now = world.clock.now()
    deferred = replace(
        message,
        run=message.run + 1,
        arm=message.arm + 1,
        due_at=decision.until,
    ).noting(decision, now)
    put = Put(ref=ports.message(message.id), value=deferred, todo_at=now)
    after = world.store.commit(snapshot, [put, *more])
    arm(deferred, after, world)


def arm(message: Message, snapshot: Snapshot, world: World) -> None:
    """Arm the schedule of a deferred message; the todo moves behind its time."""
    assert message.due_at is not None  # noqa: S101
    at = arm_time(message.due_at, world.clock.now())
    payload = {"v": 1, "kind": "message", "message": message.id, "arm": message.arm}
    world.schedules.arm(ids.schedule_name(message.id, message.arm), at, payload)
    world.store.owe(ports.message(message.id), snapshot, at + GRACE)


def on_message_due(message_id: str, arm_number: int, world: World) -> str:
    """A deferred message's schedule fired. An old arm is a no-op."""
    return until_settled(lambda: _message_due(message_id, arm_number, world))


def _message_due(message_id: str, arm_number: int, world: World) -> str:
    ref = ports.message(message_id)
    snapshot = world.store.read(ref)
    message = snapshot.get(ref)
    if message is None or message.final or message.arm != arm_number or message.due_at is None:
        return "nothing_due"
    if world.clock.now() < message.due_at - EARLY:
        return rearm(message, snapshot, world)
    world.workflow.start(message)
    return "started"


def rearm(message: Message, snapshot: Snapshot, world: World) -> str:
    """It fired early (a due time beyond a schedule's reach): again, under the next arm number."""
    again = replace(message, arm=message.arm + 1)
    ref = ports.message(message.id)
    after = world.store.commit(snapshot, [Put(ref=ref, value=again, todo_at=world.clock.now())])
    arm(again, after, world)
    return "armed_again"


def new_run(message: Message, snapshot: Snapshot, world: World) -> None:
    """The execution died, or ended too early: the next run finds whatever the old one left."""
    again = replace(message, run=message.run + 1, due_at=None, closed=None)
    ref = ports.message(message.id)
    world.store.commit(snapshot, [Put(ref=ref, value=again, todo_at=world.clock.now() + GRACE)])
    world.workflow.start(again)
