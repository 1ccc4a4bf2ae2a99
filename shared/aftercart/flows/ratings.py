"""How it is with what was bought, 1 to 5: the first rating stands, wherever it was given."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from aftercart import ports
from aftercart.domain.customer import Customer
from aftercart.domain.journey import Enrolment
from aftercart.domain.message import Answer, Message
from aftercart.flows import effects, enrol
from aftercart.ports import Change, Put, Snapshot, World

RATED = "rated"
RATINGS = ("1", "2", "3", "4", "5")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated:
    """What a rating changes, on top of what was read for it."""

    snapshot: Snapshot
    enrolment: Enrolment
    messages: Sequence[Message]
    changes: Sequence[Change]


def rated(
    message_id: str, rating: str, customer: Customer, world: World, *, via: str, at: datetime
) -> Rated | None:
    """None: there is nothing to rate, or it was rated before."""
    message_ref = ports.message(message_id)
    first = world.store.read(message_ref)
    message = first.get(message_ref)
    if message is None or message.asks != "rating" or message.answer is not None:
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
    progress = enrol.happened(replace(enrolment, rating=rating), RATED, now, rules, now)
    answered = replace(message, answer=Answer(kind="rating", value=rating, at=at, via=via))
    changes: list[Put[Any]] = [
        Put(ref=message_ref, value=answered, todo_at=first.todo_at(message_ref)),
        effects.put_enrolment(progress.enrolment, now),
    ]
    return Rated(
        snapshot=Snapshot({**first.records, **rest.records}),
        enrolment=progress.enrolment,
        messages=progress.messages,
        changes=changes,
    )


def commit(
    plan: Rated, known: Snapshot, more: Sequence[Change], answers: Sequence[Message], world: World
) -> None:
    """Writes a rating together with what else its caller knows, and lets what follows begin."""
    messages = (*plan.messages, *answers)
    snapshot = Snapshot({**known.records, **plan.snapshot.records})
    put = effects.put_messages(messages, world.clock.now())
    after = world.store.commit(snapshot, [*plan.changes, *more, *put])
    effects.carry_out(messages, [plan.enrolment], after, world)
