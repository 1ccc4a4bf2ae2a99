"""What a customer chooses on their page: where to hear from us, how often and when to get offers."""

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime, time

from aftercart import ports
from aftercart.domain.consent import Channel
from aftercart.domain.customer import Customer
from aftercart.domain.ids import customer_of
from aftercart.domain.quiet_days import WEEKDAYS
from aftercart.domain.wishes import MIDNIGHT, Frequency, Wishes, fold
from aftercart.flows.again import until_settled
from aftercart.ports import Put, World

Form = Mapping[str, Sequence[str]]
NO_CHANNEL = "any"
TIME_OF_DAY = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def take(message_id: str, form: Form, world: World) -> str:
    """Answers 'saved', 'no_such_hours' (they end before they begin), or '' for what no page posts."""
    if not _is_ours(form):
        return ""
    begins, ends = _time(_one(form, "from")), _time(_one(form, "until"))
    if ends != MIDNIGHT and ends <= begins:
        return "no_such_hours"
    return until_settled(lambda: _write(message_id, form, world))


def _is_ours(form: Form) -> bool:
    known: Mapping[str, Set[str]] = {
        "frequency": {*Frequency},
        "day": {*WEEKDAYS},
        "channel": {NO_CHANNEL, *Channel},
    }
    chosen = all(set(form.get(name, ())) <= choices for name, choices in known.items())
    times = [each for name in ("from", "until") for each in form.get(name, ()) if each]
    says = any(form.get(name) for name in ("frequency", "channel"))
    return says and chosen and all(TIME_OF_DAY.fullmatch(each) for each in times)


def _read(form: Form, known: Wishes, now: datetime) -> Wishes:
    """What the form leaves out stays as it is known: who gets no offers is asked for the channel alone."""
    channel = _channel(form) if form.get("channel") else known.channel
    if not form.get("frequency"):
        return replace(known, at=now, channel=channel)
    days = set(form.get("day", ()))
    return Wishes(
        at=now,
        frequency=Frequency(_one(form, "frequency")),
        not_before=_time(_one(form, "from")),
        not_after=_time(_one(form, "until")),
        quiet_days=tuple(day for day in WEEKDAYS if day in days),
        channel=channel,
    )


def _channel(form: Form) -> Channel | None:
    chosen = _one(form, "channel")
    return None if chosen == NO_CHANNEL else Channel(chosen)


def _one(form: Form, name: str) -> str:
    return next(iter(form.get(name, ())), "")


def _time(written: str) -> time:
    return time.fromisoformat(written) if written else MIDNIGHT


def _write(message_id: str, form: Form, world: World) -> str:
    """Pressed again: nothing to write."""
    refs = ports.customer(customer_of(message_id)), ports.message(message_id)
    snapshot = world.store.read(*refs)
    customer = snapshot.get(refs[0])
    if customer is None or customer.erased or snapshot.get(refs[1]) is None:
        return ""
    now = world.clock.now()
    chosen = with_wishes(customer, _read(form, customer.wishes or Wishes(at=now), now))
    if chosen != customer:
        world.store.commit(snapshot, [Put(ref=refs[0], value=chosen)])
    return "saved"


def with_wishes(customer: Customer, wishes: Wishes) -> Customer:
    """Unchanged where nothing else is wished than before."""
    folded = fold(customer.wishes, wishes)
    same = customer.wishes is not None and customer.wishes.content == folded.content
    return customer if same else replace(customer, wishes=folded)
