"""Hours, days, caps and the customer's own choice, before a channel is chosen. Pure."""

from datetime import date, datetime, time

from aftercart.domain.brand import Open
from aftercart.domain.consent import Purpose
from aftercart.domain.customer import Customer
from aftercart.domain.decision import Defer, Facts, Skip
from aftercart.domain.message import Attempt, Message, Urgency
from aftercart.domain.time_of_day import (
    at_local,
    local_date,
    next_day,
    next_within,
    spread_within,
    within,
)
from aftercart.domain.turns import Turn
from aftercart.domain.wishes import Frequency, next_turn
from aftercart.flows import arbiter
from aftercart.flows.view import View

COUNTRYS = ("quiet_hours", "quiet_day")


def held(view: View, now: datetime) -> Defer | Skip | None:
    """Why nothing of it may go now, over whatever channel."""
    customer, message = view.person, view.message
    marketing = message.purpose is Purpose.MARKETING
    if marketing and customer.frequency is Frequency.ONLY_ORDERS:
        return Skip(reason="frequency", facts=_chosen(customer))
    if marketing and (closed := _closed(view, now)):
        return _until_open(view, view.marketing_open, now, closed)
    if not marketing and message.urgency is Urgency.BY_MORNING:
        hours = view.country.awake_hours
        if not within(now, customer.zones, hours):
            return _until_open(view, Open(hours=(hours,)), now, "asleep")
    return _over_caps(view, now)


def offer_held(view: View, now: datetime) -> str:
    """Why its offer may not go now, or ''. The offer claims marketing too: hours, days, cap, frequency."""
    if view.person.frequency is Frequency.ONLY_ORDERS:
        return "frequency"
    closed = _closed(view, now)
    if closed or _has_counted(view.message.attempts, view.message):
        return closed
    reason, _ = _next_slot(view, now)
    return reason or ("outranked" if arbiter.before(view, now) else "")


def counted(view: View, attempt: Attempt) -> Customer:
    """Each place that it takes counts on its local date; as marketing it counts once, when it first is."""
    customer, message, before = view.person, view.message, view.message.attempts
    already = _has_counted(before, message)
    marketing = not already and _has_counted((attempt,), message)
    places = _takes_a_place(view, attempt.claimed_at)
    if not places and not marketing:
        return customer
    day = local_date(attempt.claimed_at, customer.zones)
    turn = Turn(on=day, by=arbiter.contender(view, attempt.claimed_at))
    return customer.counted(day, messages=places, turn=turn if marketing else None)


def counts_on(view: View, now: datetime) -> date:
    """Not always the local date: who has moved west is still in the day that had begun."""
    return view.person.count(local_date(now, view.person.zones)).day


def _takes_a_place(view: View, now: datetime) -> bool:
    """A claim takes a place in its day, unless it takes that of one that has proved to be shown to nobody."""
    today = local_date(now, view.person.zones)
    tried = [each for each in view.message.attempts if each.counts_on == today]
    return not tried or tried[-1].live


def _has_counted(attempts: tuple[Attempt, ...], message: Message) -> bool:
    """Has it been claimed as marketing?"""
    return any(message.sold(attempt) for attempt in attempts)


def _closed(view: View, now: datetime) -> str:
    """Which rule keeps marketing from being said at this hour, or ''."""
    zones, country = view.person.zones, view.country.open
    if _open_at(view, now):
        return ""
    if not within(now, zones, *country.hours):
        return "quiet_hours"
    return "own_hours" if within(now, zones, *country.hours, quiet=country.quiet) else "quiet_day"


def _over_caps(view: View, now: datetime) -> Defer | Skip | None:
    customer, message = view.person, view.message
    count = customer.count(local_date(now, customer.zones))
    if count.messages >= view.brand.messages_a_day and _takes_a_place(view, now):
        return Skip(reason="daily_cap")
    if message.attempts or message.purpose is not Purpose.MARKETING:
        return None
    reason, start = _next_slot(view, now)
    return _taken(view, now, start, reason) if reason else _contested(view, now)


def _taken(view: View, now: datetime, start: datetime, reason: str) -> Defer | Skip | None:
    """The turn is another's: who went, and whether it was the stronger."""
    turn = view.person.turn
    facts = {**_chosen(view.person), **(arbiter.named(turn.by) if turn else {})}
    outranked = turn is not None and arbiter.was_outranked(view, turn, now)
    return _until_open(view, view.marketing_open, start, "outranked" if outranked else reason, facts)


def _contested(view: View, now: datetime) -> Defer | Skip | None:
    """Others may want the same turn."""
    taking, hours = arbiter.before(view, now), view.marketing_open
    if taking:
        then, facts = arbiter.after_them(taking), arbiter.named(taking[0])
        if _open_at(view, then) and then < view.message.not_after:
            return Defer(until=then, reason="outranked", facts=facts)
        return _until_open(view, hours, then, "outranked", facts)
    then = now + arbiter.GATHERING
    if arbiter.gathers(view, now) and _open_at(view, then) and then < view.message.not_after:
        return Defer(until=then, reason="gathering")
    return None


def _open_at(view: View, moment: datetime) -> bool:
    hours = view.marketing_open
    return within(moment, view.person.zones, *hours.hours, quiet=hours.quiet)


def _next_slot(view: View, now: datetime) -> tuple[str, datetime]:
    """Why not now (or ''), and from when on: by the day's cap and the customer's choice, the later one."""
    customer, found = view.person, ("", now)
    today = local_date(now, customer.zones)
    if customer.count(today).marketing >= view.brand.marketing_a_day:
        found = "marketing_cap", next_day(now, customer.zones)
    first = next_turn(customer.frequency, customer.turn.on if customer.turn else None)
    if first is None or first <= today:
        return found
    start = at_local(first, time(), customer.zones[0] if customer.zones else "UTC")
    return max(found, ("frequency", start), key=lambda each: each[1])


def _chosen(customer: Customer) -> Facts:
    """What they chose, if anything, and when the newest offer went."""
    if customer.frequency is Frequency.ANY:
        return {}
    chosen = {"chosen": customer.frequency.value}
    return chosen | {"last_on": customer.turn.on.isoformat()} if customer.turn else chosen


def _until_open(
    view: View, hours: Open, start: datetime, reason: str, facts: Facts | None = None
) -> Defer | Skip | None:
    until, message = _release(view, hours, start), view.message
    if until is None:  # marketing fails closed; news that nobody can place goes now rather than never
        if message.purpose is not Purpose.MARKETING:
            return None
        return Skip(reason=_never_open(view, start), facts=facts or {})
    if until >= message.not_after:
        return Skip(reason=_too_late(view, start, reason), facts=facts or {})
    return Defer(until=until, reason=reason, facts=facts or {})


def _release(view: View, hours: Open, start: datetime) -> datetime | None:
    """When it may go, its part of the spread included. None: never within the look ahead."""
    zones = view.person.zones
    opens = next_within(start, zones, *hours.hours, quiet=hours.quiet)
    if opens is None:
        return None
    return spread_within(opens, view.message.id, view.country.spread, zones, *hours.hours, quiet=hours.quiet)


def _too_late(view: View, start: datetime, reason: str) -> str:
    """The country's hours are the reason only where they alone would have held it beyond its use too."""
    if reason not in COUNTRYS:
        return reason
    by_country = _release(view, view.country.open, start)
    return "own_hours" if by_country and by_country < view.message.not_after else reason


def _never_open(view: View, start: datetime) -> str:
    """The plausible zones share no hours; or they do, and the customer's own choice leaves none of them."""
    country = view.country.open
    shared = next_within(start, view.person.zones, *country.hours, quiet=country.quiet)
    return "own_hours" if shared else "no_common_hours"
