"""What mattered and could not be said: a person is asked to tell it, once. Ids and codes only.

The task is written with the message's end, or after the receipt that made it one, and owes its telling: the
sweep tells it.
"""

from datetime import datetime, timedelta
from typing import Any

from aftercart import ports
from aftercart.domain.decision import Facts, Skip
from aftercart.domain.message import Attempt, Message
from aftercart.flows.again import until_settled
from aftercart.ports import Delete, HumanTask, Put, World

KEPT = timedelta(days=90)
# Ends at which nobody knows that the customer was told. Others are reasons not to tell them.
UNSAID = frozenset(
    {
        "exhausted",
        "unknown",
        "expired",
        "no_channel",
        "no_text",
        "too_long",
        "no_route",
        "daily_cap",
        "paused",
        "asleep",
    }
)


def needed(before: Message, after: Message, now: datetime) -> list[Put[Any]]:
    """What is written with a message that ends; empty: nobody is needed.

    Blind, as the message itself is written only as it was read, and its task has no other writer then.
    """
    if not after.matters or after.final not in UNSAID or before.final in UNSAID:
        return []
    return [_put(after, now)]


def after_receipt(message: Message, world: World) -> None:
    """A receipt may end a message that was sent, or show it after all. Also a duplicate does it again."""
    if message.matters and message.final in UNSAID:
        until_settled(lambda: _ask(message.id, world))
    elif message.matters and message.shown and message.closed is not None:
        until_settled(lambda: _withdraw(message.id, world))


def look_after(task: HumanTask, snapshot: ports.Snapshot, world: World) -> None:
    """It is told, then told no more; twice, where the second is lost."""
    assert world.humans is not None  # noqa: S101
    world.humans.needed(task)
    world.store.owe(ports.human_task(task.message), snapshot, None)


def why_each(message: Message) -> Facts:
    """Why each attempt was not enough: {"1 whatsapp": "not_on_whatsapp"}."""
    return {f"{each.ordinal} {each.channel}": _why(each) for each in message.attempts}


def _why(attempt: Attempt) -> str:
    told = attempt.receipt.reason if attempt.receipt and attempt.failed else ""
    return told or attempt.reason or ("no_receipt" if attempt.live else attempt.outcome.value)


def _put(message: Message, now: datetime) -> Put[HumanTask]:
    task = HumanTask(
        message=message.id,
        journey=message.journey,
        step=message.step,
        order=message.order,
        shipment=message.shipment,
        reason=message.final,
        at=now,
        tried=tuple(f"{name}: {why}" for name, why in why_each(message).items()),
    )
    ref = ports.human_task(message.id)
    return Put(ref=ref, value=task, todo_at=now, expires_at=now + KEPT, blind=True)


def _ask(message_id: str, world: World) -> None:
    """With it the message is said to have ended otherwise than it seemed."""
    ref, own = ports.message(message_id), ports.human_task(message_id)
    snapshot, now = world.store.read(ref, own), world.clock.now()
    message = snapshot.get(ref)
    if message is None or snapshot.get(own) is not None or message.final not in UNSAID:
        return
    ended = message.noting(Skip(reason=message.final, facts=why_each(message)), now)
    put = Put(ref=ref, value=ended, todo_at=snapshot.todo_at(ref))
    world.store.commit(snapshot, [put, _put(ended, now)])


def _withdraw(message_id: str, world: World) -> None:
    own = ports.human_task(message_id)
    snapshot = world.store.read(own)
    if snapshot.get(own) is not None:
        world.store.commit(snapshot, [Delete(ref=own)])
