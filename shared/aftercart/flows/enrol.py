"""A customer's way through a journey: when each step is due, and what becomes of it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from aftercart.domain import campaign, conditions, ids
from aftercart.domain.brand import Brand
from aftercart.domain.catalogue import Catalogue
from aftercart.domain.clockwork import arm_time
from aftercart.domain.consent import Purpose
from aftercart.domain.customer import Customer, Purchase
from aftercart.domain.cycle import trade_in_at
from aftercart.domain.decision import Decision, Fact, Facts, Send, Skip, logged
from aftercart.domain.experiment import assigned, held_out
from aftercart.domain.journey import After, Enrolment, Journey, Step, StepRecord, StepState
from aftercart.domain.message import Message
from aftercart.domain.offer import Choice, choose
from aftercart.domain.order import Line, Order
from aftercart.domain.route import barred
from aftercart.domain.stops import stop_reason
from aftercart.domain.time_of_day import at_local
from aftercart.flows.choosing import STEP
from aftercart.flows.telling import Subject, message_for

LOG = 40
TOO_LATE = "too_late"
A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a decision about a step looks at besides the enrolment."""

    brand: Brand
    catalogue: Catalogue
    customer: Customer
    order: Order | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    enrolment: Enrolment
    messages: tuple[Message, ...] = field(default=())


def begin(
    journey: Journey, rules: Rules, now: datetime, line: Line | None = None, why: Facts | None = None
) -> Enrolment:
    """About an order, or about one of its lines. The steps are pinned as they are now.

    `why`: this journey and not another, where one was chosen among several.
    """
    order = rules.order
    assert order is not None  # noqa: S101
    subject = f"order:{order.id}" + (f"/line:{line.id}" if line else "")
    item = rules.catalogue.find(line) if line else None
    return replace(
        _begun(journey, rules.customer.id, subject, now),
        order=order.id,
        line=line.id if line else "",
        sku=item.sku if item else "",
        category=item.category if item else "",
        country=order.country,
        zones=order.zones,
        log=(logged(Send(facts={"why": "chosen", **why}), STEP, now),) if why else (),
    )


def _begun(journey: Journey, customer: str, subject: str, now: datetime) -> Enrolment:
    """What is the same whatever it is about: steps are pinned, and who is held out is settled for good."""
    return Enrolment(
        id=ids.enrolment_id(customer, journey.name, subject),
        customer=customer,
        journey=journey.name,
        subject=subject,
        order="",
        started_at=now,
        steps=tuple(StepRecord(spec=step) for step in journey.steps),
        held_out=held_out(customer, journey.name, journey.holdout),
    )


def begin_campaign(journey: Journey, rules: Rules, starts_at: datetime, now: datetime) -> Enrolment:
    """About the customer alone. `starts_at`: their own hour, to come; what follows it is timed now."""
    customer, country = rules.customer, rules.brand.country(rules.customer.country)
    begun = replace(
        _begun(journey, customer.id, campaign.SUBJECT, now),
        country=customer.country,
        zones=customer.zones,
        events={campaign.STARTED: starts_at},
    )
    timed = [_timed(record, begun, rules) for record in begun.steps]
    steps = tuple(
        replace(record, due_at=campaign.released(record.due_at, begun.id, customer, country))
        if record.due_at
        else record
        for record in timed
    )
    return _armed(replace(begun, steps=steps), now)


def happened(enrolment: Enrolment, event: str, at: datetime, rules: Rules, now: datetime) -> Progress:
    """An event: steps that wait for it are decided at once, steps timed after it get their time."""
    if event in enrolment.events or enrolment.ended:
        return Progress(enrolment=enrolment)
    known = replace(enrolment, events={**enrolment.events, event: at})
    timed = replace(known, steps=tuple(_timed(record, known, rules) for record in known.steps))
    messages: list[Message] = []
    for record in timed.steps:
        if record.spec.on == event and record.state is StepState.WAITING:
            timed = _decided(timed, record, at, rules, now, messages)
    return Progress(enrolment=_armed(timed, now), messages=tuple(messages))


def heard_again(enrolment: Enrolment, event: str, at: datetime, rules: Rules, now: datetime) -> Progress:
    """Fresher news of an event that had come too late: what was left unsaid for that is decided again.

    So it ends the same as where the fresher news had come first.
    """
    known = enrolment.events.get(event)
    late = {entry.step for entry in enrolment.log if entry.reason == TOO_LATE}
    unsaid = [r for r in enrolment.steps if r.spec.on == event and r.spec.name in late and _skipped(r)]
    if known is None or at <= known or not unsaid:
        return Progress(enrolment=enrolment)
    steps = tuple(replace(r, state=StepState.WAITING) if r in unsaid else r for r in enrolment.steps)
    events = {name: when for name, when in enrolment.events.items() if name != event}
    return happened(replace(enrolment, steps=steps, events=events), event, at, rules, now)


def _skipped(record: StepRecord) -> bool:
    return record.state is StepState.SKIPPED


def due(enrolment: Enrolment, rules: Rules, now: datetime) -> Progress:
    """Decides every step whose time has come, and arms the next one."""
    messages: list[Message] = []
    current = enrolment
    for record in sorted(enrolment.steps, key=lambda r: (r.due_at is None, r.due_at or now)):
        if record.state is StepState.WAITING and record.due_at is not None and record.due_at <= now:
            current = _decided(current, record, record.due_at, rules, now, messages)
    fired = replace(
        current, armed_for=None
    )  # the arm that brought us here is spent, also where it fired early
    return Progress(enrolment=_armed(fired, now), messages=tuple(messages))


def _armed(enrolment: Enrolment, now: datetime) -> Enrolment:
    """One live arm: the earliest waiting step's. The number rises, so that an older arm is a no-op."""
    soonest = enrolment.next_due
    armed_for = arm_time(soonest, now) if soonest else None
    if armed_for == enrolment.armed_for and armed_for is not None and armed_for > now:
        return enrolment
    return replace(enrolment, arm=enrolment.arm + 1, armed_for=armed_for)


def _timed(record: StepRecord, enrolment: Enrolment, rules: Rules) -> StepRecord:
    if record.due_at is not None or record.state is not StepState.WAITING:
        return record
    bought = rules.order.placed_at if rules.order else enrolment.started_at
    return _with_time(record, enrolment, rules.customer.purchases, bought, rules.brand)


def timed_again(
    enrolment: Enrolment, purchases: Sequence[Purchase], bought: datetime, brand: Brand, now: datetime
) -> Enrolment:
    """What still waits for its time, by what is known now."""
    steps = tuple(
        _with_time(record, enrolment, purchases, bought, brand)
        if record.state is StepState.WAITING and record.due_at is not None
        else record
        for record in enrolment.steps
    )
    moved = [record.due_at for record in steps] != [record.due_at for record in enrolment.steps]
    again = replace(enrolment, steps=steps)
    return _armed(again, now) if moved else again


def _with_time(
    record: StepRecord, enrolment: Enrolment, purchases: Sequence[Purchase], bought: datetime, brand: Brand
) -> StepRecord:
    """`bought`: when what it is about was."""
    spec = record.spec
    if spec.after is not None and spec.after.event in enrolment.events:
        base = enrolment.events[spec.after.event]
        return replace(record, due_at=_after(base, spec.after, enrolment.zones))
    if spec.computed == "trade_in" and "delivered" in enrolment.events:
        return _trade_in(record, enrolment, purchases, bought, brand)
    return record


def _after(base: datetime, after: After, zones: Sequence[str]) -> datetime:
    """At a time of day: on the local day that is `wait` later; the day after, where that hour has passed."""
    at = base + after.wait
    if after.at is None:
        return at
    zone = zones[0] if zones else "UTC"
    day = at.astimezone(ZoneInfo(zone)).date()
    due_at = at_local(day, after.at, zone)
    return due_at if due_at > base else at_local(day + A_DAY, after.at, zone)


def _trade_in(
    record: StepRecord, enrolment: Enrolment, purchases: Sequence[Purchase], bought: datetime, brand: Brand
) -> StepRecord:
    """From this customer's own rhythm; 'why now' stands in the facts."""
    own = [p.at for p in purchases if p.category == enrolment.category and not p.returned]
    moment, facts = trade_in_at(own, bought, _median(brand, enrolment))
    zone = enrolment.zones[0] if enrolment.zones else "UTC"
    day = moment.astimezone(ZoneInfo(zone)).date()
    at = record.spec.at
    return replace(record, due_at=at_local(day, at, zone) if at else moment, facts=facts)


def _median(brand: Brand, enrolment: Enrolment) -> float | None:
    by_country = brand.cycle_days.get(enrolment.category, {})
    days = by_country.get(enrolment.country) or by_country.get("*")
    return float(days) if days is not None else None


def _decided(
    enrolment: Enrolment,
    record: StepRecord,
    since: datetime,
    rules: Rules,
    now: datetime,
    messages: list[Message],
) -> Enrolment:
    spec = record.spec
    decision = decide_step(enrolment, record, since, rules, now)
    if isinstance(decision, Send):
        spec = _with_variant(spec, enrolment, facts := dict(decision.facts))
        messages.append(_message(spec, enrolment, since, rules, now, facts))
        decision = Send(facts=facts)
        state = StepState.SENT
    else:
        state = StepState.SKIPPED
    steps = tuple(replace(r, state=state) if r.spec.name == spec.name else r for r in enrolment.steps)
    log = (*enrolment.log, logged(decision, spec.name, now))[-LOG:]
    return replace(enrolment, steps=steps, log=log)


def _with_variant(spec: Step, enrolment: Enrolment, facts: dict[str, Fact]) -> Step:
    """With the text that this customer was assigned; which one is a fact of the decision."""
    if not spec.variants:
        return spec
    text = assigned(enrolment.customer, f"{enrolment.journey}/{spec.name}", spec.variants)
    facts["variant"] = text
    return replace(spec, text=text)


def decide_step(
    enrolment: Enrolment, record: StepRecord, since: datetime, rules: Rules, now: datetime
) -> Decision:
    """Hours and caps are the claim's; here: does it still make sense, and may it be said at all?"""
    spec = record.spec
    facts: dict[str, Fact] = {**record.facts}
    stop = stop_reason(spec.stops, rules.order, enrolment.line, enrolment.category, rules.customer, now)
    if stop:
        return Skip(reason=stop, facts=facts)
    unmet = conditions.unmet(spec.when, conditions.Known(enrolment, rules.customer, rules.order))
    if unmet:
        return Skip(reason="condition", facts={**facts, "unmet": unmet})
    if now >= since + spec.useful_for:
        return Skip(reason=TOO_LATE, facts={**facts, "since": since.isoformat()})
    if enrolment.held_out and rules.brand.purpose(spec.purpose, enrolment.country) is Purpose.MARKETING:
        return Skip(reason="held_out", facts=facts)
    against = _against(spec, enrolment, rules)
    if against:
        return Skip(reason=against, facts=facts)
    return Send(facts=facts)


def _against(spec: Step, enrolment: Enrolment, rules: Rules) -> str:
    """Why no channel may carry it: the reason of the route's first channel that has an address."""
    purpose = rules.brand.purpose(spec.purpose, enrolment.country)
    route = rules.brand.route(spec.route, enrolment.country)
    if not route:
        return "no_route"
    reasons = [barred(rules.brand, rules.customer, leg.channel, purpose) for leg in route]
    if not all(reasons):
        return ""
    return next((reason for reason in reasons if reason != "no_address"), "no_channel")


def _message(
    spec: Step, enrolment: Enrolment, since: datetime, rules: Rules, now: datetime, facts: dict[str, Fact]
) -> Message:
    choice = _choice(spec, rules)
    if choice is not None:
        facts["offer"] = _named(choice)
    subject = Subject(
        customer=enrolment.customer,
        journey=enrolment.journey,
        cause=enrolment.id,
        country=enrolment.country,
        person=rules.customer,
        order=rules.order,
        enrolment=enrolment,
        line=enrolment.line,
        sku=enrolment.sku,
        category=enrolment.category,
        offer=choice.offer if choice else None,
        values={"rating": enrolment.rating} if enrolment.rating else {},
    )
    return message_for(spec, subject, rules.brand, now, since, facts)


def _choice(spec: Step, rules: Rules) -> Choice | None:
    if not spec.offer or rules.order is None:
        return None
    owned = [p.sku for p in rules.customer.purchases if not p.returned]
    return choose(rules.order.lines, owned, rules.catalogue, rules.brand.offers)


def _named(choice: Choice) -> str:
    return choice.offer.sku if choice.offer else choice.reason


def with_offer_of_now(message: Message, enrolment: Enrolment, rules: Rules, now: datetime) -> Message:
    """Until the first attempt: what was bought or returned meanwhile decides what is offered."""
    record = enrolment.record(message.step)
    choice = _choice(record.spec, rules) if record and not message.attempts else None
    if choice is None or choice.offer == message.offer:
        return message
    return replace(message, offer=choice.offer).noting(Send(facts={"offer": _named(choice)}), now)
