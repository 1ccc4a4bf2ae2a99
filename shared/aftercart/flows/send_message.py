"""One rung of the ladder: everything is decided again, one attempt is claimed, one call is made."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from aftercart import ports
from aftercart.domain import links
from aftercart.domain.brand import Brand
from aftercart.domain.clockwork import GRACE
from aftercart.domain.consent import Channel, Purpose
from aftercart.domain.content import Content
from aftercart.domain.customer import Customer
from aftercart.domain.decision import Defer, Facts, Skip
from aftercart.domain.journey import USUAL
from aftercart.domain.message import Attempt, Closed, Message, Outcome
from aftercart.domain.route import timed
from aftercart.flows import arbiter, bad_address, deferral, enrol, human, opt_out, providers, template_news
from aftercart.flows.again import until_settled
from aftercart.flows.claim import claim, new_attempt, template_sent
from aftercart.flows.rung import NO_TEXT, TOO_LONG, Task, Try, Wait, decide
from aftercart.flows.view import Learned, View
from aftercart.ports import (
    Change,
    Outgoing,
    Pause,
    Put,
    Ref,
    Sent,
    Snapshot,
    Telling,
    TextMissing,
    TextTooLong,
    World,
)


def on_rung(task: Task, world: World) -> str:
    """Answers what became of the rung. The task's token is completed, or stored for a receipt to complete."""
    learned = Learned()
    while True:
        step = until_settled(lambda: _one_move(task, world, learned))
        if step != "walk_on":
            return step


def _one_move(task: Task, world: World, learned: Learned) -> str:
    snapshot, message = _read(task.message, world)
    if message is None or message.final or message.run != task.run:
        world.workflow.succeed(task.token)
        return "nothing_to_send"
    now = world.clock.now()
    message = _as_of_now(message, snapshot, world, now)
    view = _view(snapshot, message, world, learned)
    move = decide(view, task, now)
    if isinstance(move, Try):
        return _try(task, move, view, snapshot, world)
    if isinstance(move, Wait):
        return _wait(task, move, message, snapshot, world)
    queue = arbiter.after(view, move, now)
    more = [Put(ref=ports.customer(queue.id), value=queue)] if queue else []
    if isinstance(move, Defer):
        again = timed(world.brand, view.person, message, move.until)
        deferral.defer(again, move, snapshot, world, more)
    else:
        _close(message, move, snapshot, world, now, more)
    world.workflow.succeed(task.token)
    return move.reason


def _read(message_id: str, world: World) -> tuple[Snapshot, Message | None]:
    first = world.store.read(ports.message(message_id))
    message = first.get(ports.message(message_id))
    if message is None:
        return first, None
    rest = world.store.read(*_around(message, world))
    return Snapshot({**first.records, **rest.records}), message


def _around(message: Message, world: World) -> list[Ref[Any]]:
    refs: list[Ref[Any]] = [ports.customer(message.customer), ports.pause(world.shop)]
    if message.enrolment:
        refs.append(ports.enrolment(message.enrolment))
    if message.order:
        refs.append(ports.order(world.shop, message.order))
    return refs


def _view(snapshot: Snapshot, message: Message, world: World, learned: Learned) -> View:
    return View(
        message=message,
        customer=snapshot.get(ports.customer(message.customer)),
        enrolment=snapshot.get(ports.enrolment(message.enrolment)),
        order=snapshot.get(ports.order(world.shop, message.order)),
        brand=world.brand,
        carried=_carried(snapshot.get(ports.customer(message.customer)), world),
        learned=learned,
        pause=snapshot.get(ports.pause(world.shop)) or Pause(),
        priority=world.journeys[message.journey].priority if message.journey in world.journeys else USUAL,
    )


def _carried(customer: Customer | None, world: World) -> dict[Channel, tuple[str, ...]]:
    """Who carries to the customer's address on each channel."""
    if customer is None:
        return {}
    return {
        channel: tuple(each.name for each in world.carrying(channel, customer.country, address.value))
        for channel, address in customer.addresses.items()
    }


def _as_of_now(message: Message, snapshot: Snapshot, world: World, now: datetime) -> Message:
    customer = snapshot.get(ports.customer(message.customer))
    enrolment = snapshot.get(ports.enrolment(message.enrolment))
    if customer is None or enrolment is None:
        return message
    order = snapshot.get(ports.order(world.shop, message.order))
    rules = enrol.Rules(brand=world.brand, catalogue=world.catalogue, customer=customer, order=order)
    return enrol.with_offer_of_now(message, enrolment, rules, now)


def _close(
    message: Message, skip: Skip, snapshot: Snapshot, world: World, now: datetime, more: Sequence[Change]
) -> None:
    told = replace(skip, facts={**skip.facts, **human.why_each(message)})
    # Its newest attempt is the last one now, so that a later failure of it has nowhere to go on to.
    attempts = (*message.attempts[:-1], *(replace(each, last=True) for each in message.attempts[-1:]))
    closed = replace(
        message,
        attempts=attempts,
        closed=Closed(reason=skip.reason, at=now),
        due_at=None,
    ).noting(told, now)
    put = Put(ref=ports.message(message.id), value=closed)
    world.store.commit(snapshot, [put, *human.needed(message, closed, now), *more])


def _wait(task: Task, move: Wait, message: Message, snapshot: Snapshot, world: World) -> str:
    """A retry found its attempt claimed: the receipt must complete this token, not the lost one."""
    if move.attempt.token != task.token:
        attempts = [replace(a, token=task.token) if a is move.attempt else a for a in message.attempts]
        changed = replace(message, attempts=tuple(attempts))
        todo_at = move.attempt.deadline + GRACE
        world.store.commit(snapshot, [Put(ref=ports.message(message.id), value=changed, todo_at=todo_at)])
    return "waiting"


def _try(task: Task, move: Try, view: View, snapshot: Snapshot, world: World) -> str:
    telling = _telling(move, view, world)
    content = _content(telling, view, world)
    if isinstance(content, str):
        view.learned.unsayable[move.leg.channel, move.variant] = content
        return "walk_on"
    room_at = providers.room_at(view.message, move.leg.channel, move.provider, world)
    if room_at is not None:
        view.learned.full[f"{move.leg.channel}/{move.provider}"] = room_at
        return "walk_on"
    provider = next(p for p in world.providers if (p.channel, p.name) == (move.leg.channel, move.provider))
    attempt = new_attempt(task, move, view, content, world.clock.now())
    claimed = claim(attempt, {**move.facts, **_size(move, content)}, view, snapshot, world)
    outgoing = _outgoing(attempt, telling, content, world.brand, world.clock.now())
    sent = _priced(provider.send(outgoing), attempt, outgoing, world.brand)
    if sent.advice == "opted_out":  # first: once the outcome is written nobody comes back for it
        opt_out.stop_at_provider(view.message.customer, attempt.channel, world)
    elif sent.advice == "bad_address":
        bad_address.found(view.message.customer, attempt, world)
    message = _record(view.message.id, attempt, sent, claimed, world)
    providers.felt(attempt, sent, view.pause, world)
    if message.final:
        world.workflow.succeed(task.token)
        return message.final
    return "walk_on" if sent.outcome is Outcome.REJECTED else "waiting"


def _content(telling: Telling, view: View, world: World) -> Content | str:
    """What the channel shows, or why its words may not be used."""
    assert world.texts is not None  # noqa: S101
    try:
        content = world.texts.render(telling)
    except TextTooLong as long:
        return f"{TOO_LONG} {long}"
    except TextMissing:
        return NO_TEXT
    now = world.clock.now()
    template = template_sent(content, view, telling.channel, now)
    if template is None:
        return content
    return template_news.objection(view, telling.channel, telling.variant, template, now) or content


def _size(move: Try, content: Content) -> Facts:
    """What an SMS is paid for, and what makes it dear."""
    if move.leg.channel is not Channel.SMS:
        return {}
    return {"parts": content.parts, **({"forced_by": content.forced_by} if content.forced_by else {})}


def _telling(move: Try, view: View, world: World) -> Telling:
    assert view.customer is not None  # noqa: S101
    one_way = world.brand.country(view.customer.country).one_way
    return Telling(
        message=view.message,
        variant=move.variant,
        channel=move.leg.channel,
        customer=view.customer,
        order=view.order,
        link=links.page_url(world.link_base, view.message.id, world.secrets.get("link_key")[0]),
        can_answer=move.leg.channel not in one_way,
    )


def _outgoing(attempt: Attempt, telling: Telling, content: Content, brand: Brand, now: datetime) -> Outgoing:
    message, customer = telling.message, telling.customer
    address = customer.addresses[attempt.channel]
    until = message.not_after if attempt.ends else min(attempt.deadline, message.not_after)
    senders = brand.country(customer.country).senders
    return Outgoing(
        to=address.value,
        content=content,
        reference=message.reference(attempt),
        purpose=Purpose.MARKETING if message.sold(attempt) else Purpose.TRANSACTIONAL,
        country=customer.country,
        valid_for=max(1, int((until - now).total_seconds())),
        page=telling.link,
        window_open=customer.window_open(attempt.channel, now),
        sender=senders.get(attempt.channel, ""),
    )


def _priced(sent: Sent, attempt: Attempt, outgoing: Outgoing, brand: Brand) -> Sent:
    """What is not known to have failed is paid for, at the provider's own figure where it tells one."""
    if sent.cost or sent.outcome is Outcome.REJECTED:
        return sent
    price = brand.prices.of(
        attempt.channel,
        outgoing.country,
        outgoing.purpose,
        outgoing.content.parts,
        provider=attempt.provider,
        in_window=outgoing.window_open,
    )
    return replace(sent, cost=f"{price.amount} {price.currency}") if price else sent


def _record(message_id: str, attempt: Attempt, sent: Sent, claimed: Snapshot, world: World) -> Message:
    """Write the outcome. A receipt may have come meanwhile: then on top of it."""
    ref = ports.message(message_id)
    snapshots = [claimed]

    def write() -> Message:
        snapshot = snapshots.pop() if snapshots else world.store.read(ref)
        known = snapshot.get(ref)
        if known is None:  # erased meanwhile
            fallen: Message = claimed.records[ref].value
            return replace(fallen, closed=Closed(reason="erased", at=attempt.claimed_at))
        message = _with_outcome(known, attempt.ordinal, sent, world.clock.now())
        todo_at = None if message.final else attempt.deadline + GRACE
        put = Put(ref=ref, value=message, todo_at=todo_at)
        world.store.commit(snapshot, [put, *human.needed(known, message, world.clock.now())])
        return message

    return until_settled(write)


def _with_outcome(message: Message, ordinal: int, sent: Sent, now: datetime) -> Message:
    told = {
        "outcome": sent.outcome,
        "reason": sent.reason,
        "advice": sent.advice,
        "provider_id": sent.provider_id,
        "cost": sent.cost,
    }
    attempts = tuple(
        replace(attempt, **told) if attempt.ordinal == ordinal else attempt  # type: ignore[arg-type]
        for attempt in message.attempts
    )
    final = {Outcome.ACCEPTED: "sent", Outcome.UNKNOWN: "unknown" if attempts[ordinal - 1].last else ""}
    attempt = attempts[ordinal - 1]
    ends = (attempt.ends or sent.advice == "rehearsed") and (attempt.last or not attempt.failed)
    reason = final.get(sent.outcome, "") if ends else ""
    closed = Closed(reason=reason, at=now) if reason and message.closed is None else message.closed
    return replace(message, attempts=attempts, closed=closed)
