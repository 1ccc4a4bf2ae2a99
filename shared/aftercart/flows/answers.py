"""What a customer answers to a question of a journey: the first answer stands, wherever it was given."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from aftercart import ports
from aftercart.domain.customer import Customer
from aftercart.domain.journey import Enrolment, chosen_event
from aftercart.domain.message import Answer, Message
from aftercart.flows import effects, enrol
from aftercart.ports import Change, Put, Snapshot, World

RATED = "rated"
RATINGS = ("1", "2", "3", "4", "5")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What an answer changes, on top of what was read for it."""

    snapshot: Snapshot
    enrolment: Enrolment
    messages: Sequence[Message]
    changes: Sequence[Change]


def answered(
    message_id: str, kind: str, value: str, customer: Customer, world: World, *, via: str, at: datetime
) -> Answered | None:
    """`kind`: "rating" or "choice". None: that is not asked, is no answer to it, or was answered before."""
    message_ref = ports.message(message_id)
    first = world.store.read(message_ref)
    message = first.get(message_ref)
    if message is None or message.asks != kind or message.answer is not None or not _fits(message, value):
        return None
    enrolment_ref, order_ref = ports.enrolment(message.enrolment), ports.order(world.shop, message.order)
    rest = world.store.read(enrolment_ref, order_ref)
    enrolment = rest.get(enrolment_ref)
    if enrolment is None:
        return None
    now = world.clock.now()
    rules = enrol.Rules(
        brand=world.brand, catalogue=world.catalogue, customer=customer, order=rest.get(order_ref)
    )
    known, event = _heard(enrolment, message, value)
    progress = enrol.happened(known, event, now, rules, now)
    told = replace(message, answer=Answer(kind=kind, value=value, at=at, via=via))
    changes: list[Put[Any]] = [
        Put(ref=message_ref, value=told, todo_at=first.todo_at(message_ref)),
        effects.put_enrolment(progress.enrolment, now),
    ]
    return Answered(
        snapshot=Snapshot({**first.records, **rest.records}),
        enrolment=progress.enrolment,
        messages=progress.messages,
        changes=changes,
    )


def _fits(message: Message, value: str) -> bool:
    return value in (message.options if message.asks == "choice" else RATINGS)


def _heard(enrolment: Enrolment, message: Message, value: str) -> tuple[Enrolment, str]:
    """The enrolment with the answer, and the event that it is."""
    if message.asks == "rating":
        return replace(enrolment, rating=value), RATED
    answers = {**enrolment.answers, message.step: value}
    return replace(enrolment, answers=answers), chosen_event(message.step)


def commit(
    plan: Answered, known: Snapshot, more: Sequence[Change], answers: Sequence[Message], world: World
) -> None:
    """Writes an answer together with what else its caller knows, and lets what follows begin."""
    messages = (*plan.messages, *answers)
    snapshot = Snapshot({**known.records, **plan.snapshot.records})
    put = effects.put_messages(messages, world.clock.now())
    after = world.store.commit(snapshot, [*plan.changes, *more, *put])
    effects.carry_out(messages, [plan.enrolment], after, world)
