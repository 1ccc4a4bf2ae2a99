"""The claim is the only door to a provider.

It is one transaction over the message, the customer, the enrolment and the order as they were read, so a
STOP, a cancellation or another attempt that came meanwhile undoes it.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from aftercart import ports
from aftercart.domain.clockwork import GRACE, attempt_deadline
from aftercart.domain.consent import Channel
from aftercart.domain.content import Content, Template
from aftercart.domain.customer import Asked, Customer
from aftercart.domain.decision import Facts, Send
from aftercart.domain.message import Attempt, Message, Variant
from aftercart.flows import arbiter, providers, template_news
from aftercart.flows.held import counted, counts_on
from aftercart.flows.rung import Task, Try
from aftercart.flows.view import View
from aftercart.ports import Change, Check, Put, Snapshot, World

ANSWERABLE = {"offer": timedelta(days=2), "rating": timedelta(days=14), "choice": timedelta(days=14)}
REMEMBERED = 10  # open questions


def new_attempt(task: Task, move: Try, view: View, content: Content, now: datetime) -> Attempt:
    template = template_sent(content, view, move.leg.channel, now)
    return Attempt(
        ordinal=len(view.message.attempts) + 1,
        channel=move.leg.channel,
        variant=move.variant,
        run=task.run,
        rung=task.rung,
        claimed_at=now,
        deadline=attempt_deadline(now, timedelta(seconds=task.wait)),
        token=task.token,
        last=move.last,
        times=view.brand.times(move.leg.channel, view.person.country),
        read_known=view.person.is_known_to_read(move.leg.channel, now),
        success=move.leg.success,
        provider=move.provider,
        counts_on=counts_on(view, now),
        sells=template is not None and template_news.sells(view, template),
    )


def claim(attempt: Attempt, facts: Facts, view: View, snapshot: Snapshot, world: World) -> Snapshot:
    """`facts`: why this channel, and what it costs. Answers the snapshot to write the outcome on."""
    claimed = replace(view.message, attempts=(*view.message.attempts, attempt), due_at=None)
    message = claimed.noting(Send(facts={"why": attempt.channel, **facts}), attempt.claimed_at)
    assert view.customer is not None  # noqa: S101
    customer = arbiter.claimed(counted(view, attempt), view, attempt.claimed_at)
    customer = _asked(customer, message, attempt)
    own = ports.customer(customer.id)
    changes: list[Change] = [
        Put(ref=ports.message(message.id), value=message, todo_at=attempt.deadline + GRACE),
        Check(ref=own) if customer == view.customer else Put(ref=own, value=customer),
    ]
    if view.enrolment is not None:
        changes.append(Check(ref=ports.enrolment(message.enrolment)))
    if view.order is not None:
        changes.append(Check(ref=ports.order(world.shop, message.order)))
    probe = providers.probing(view.pause, attempt.channel, attempt.provider, attempt.claimed_at)
    if probe is not None:
        changes.append(Put(ref=ports.pause(world.shop), value=probe))
    return world.store.commit(snapshot, changes)


def _asked(customer: Customer, message: Message, attempt: Attempt) -> Customer:
    """Remember what a short answer may belong to, and which addresses it may come from."""
    kind = "offer" if attempt.variant is Variant.OFFER else message.asks
    if not kind:
        return customer
    to = customer.addresses[attempt.channel].value
    if any(asked.message == message.id for asked in customer.asked):
        known = tuple(_also_to(to, one) if one.message == message.id else one for one in customer.asked)
        return replace(customer, asked=known)
    asked = Asked(
        kind=kind,
        message=message.id,
        enrolment=message.enrolment,
        at=attempt.claimed_at,
        until=attempt.claimed_at + ANSWERABLE[kind],
        options=message.options if kind == message.asks else (),
        to=(to,),
    )
    return replace(customer, asked=(*customer.asked, asked)[-REMEMBERED:])


def _also_to(address: str, asked: Asked) -> Asked:
    """They may have another phone since the attempt before."""
    return asked if asked.was_sent_to(address) else replace(asked, to=(*asked.to, address))


def template_sent(content: Content, view: View, channel: Channel, now: datetime) -> Template | None:
    """The one that will be sent: within the window the text goes free-form, and asks for no approval."""
    return None if view.person.window_open(channel, now) else content.template
