"""What must hold of any world in which all is quiet, whatever happened before: the promises, read off phones.

What only one story can tell (which messages there should be) its own suite checks besides.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Protocol
from zoneinfo import ZoneInfo

from aftercart.domain import ids
from aftercart.domain.brand import Brand, Hours
from aftercart.domain.consent import Purpose
from aftercart.domain.customer import Customer
from aftercart.domain.journey import Enrolment
from aftercart.domain.message import Attempt, Message, Outcome, Urgency, Variant
from aftercart.domain.quiet_days import is_quiet
from sandbox.control import views
from sandbox.control.records import Records
from sandbox.fakes import FakeCall, FakeMessage
from sandbox.sandbox import Sandbox

# A word comes from its provider at least this soon, also where the first deliveries of it failed.
HEARD_WITHIN = timedelta(hours=1)


class Seen(Protocol):
    """What phones, providers and records of some world show."""

    @property
    def brand(self) -> Brand: ...

    def records(self) -> Records: ...

    def shown(self) -> list[FakeMessage]: ...

    def provider_calls(self) -> list[FakeCall]: ...


def breaches(sandbox: Sandbox, moved: Collection[str] = ()) -> list[str]:
    """Every promise that is broken, in words. Nobody may be in the middle of anything.

    `moved`: customers whose words, hours and dates cannot be read off their last address.
    """
    armed = {each.name for each in sandbox.scheduler.live()}
    return [*promised(sandbox, moved), *_undone(sandbox), *unarmed(sandbox.records(), armed)]


def promised(seen: Seen, moved: Collection[str] = ()) -> list[str]:
    """What can be told by phones and records alone, also while something is still to come."""
    records, shown = seen.records(), seen.shown()
    return [
        *_shown_twice(shown, records),
        *_called_twice(seen),
        *_claimed_amiss(records, seen.brand, moved),
        *_over_the_cap(shown, records, seen.brand, moved),
        *_backwards(shown, records),
    ]


def known_doubles(seen: Seen) -> list[str]:
    """Messages that two phones show because the first was silent past its deadline: the counted residue."""
    return sorted({each for each, _ in _doubles(seen.shown(), seen.records())})


def _doubles(shown: list[FakeMessage], records: Records) -> Iterator[tuple[str, bool]]:
    """(message, whether the later attempt could not know): for each pair of attempts that were shown."""
    by_message: dict[str, set[int]] = defaultdict(set)
    for each in shown:
        split = ids.split_attempt_id(each.reference)
        if split and split[0] in records.messages:
            by_message[split[0]].add(split[1])
    for identifier, ordinals in by_message.items():
        attempts = {a.ordinal: a for a in records.messages[identifier].attempts}
        for ordinal in sorted(ordinals)[1:]:
            earlier = [attempts[n] for n in ordinals if n < ordinal]
            late = all(attempts[ordinal].claimed_at >= each.deadline for each in earlier)
            yield identifier, late


def _shown_twice(shown: list[FakeMessage], records: Records) -> Iterator[str]:
    for reference, times in Counter(each.reference for each in shown).items():
        if reference and times > 1:
            yield f"attempt {reference} was shown {times} times"
    for message, late in _doubles(shown, records):
        if not late:
            yield f"message {message} was shown again before the first attempt's deadline"


def _called_twice(seen: Seen) -> Iterator[str]:
    """No retry of any kind around a send."""
    for reference, times in Counter(call.reference for call in seen.provider_calls()).items():
        if reference and times > 1:
            yield f"a provider was asked {times} times for attempt {reference}"


def _undone(sandbox: Sandbox) -> Iterator[str]:
    for message in sandbox.records().messages.values():
        if not message.final and message.due_at is None:
            yield f"message {message.id} ({message.step}) has no end"
    pending = views.pending(sandbox)
    for kind in ("executions", "todo", "dead", "parked"):
        for each in pending[kind]:
            yield f"{kind}: {each}"


def unarmed(records: Records, armed: Collection[str]) -> Iterator[str]:
    """What waits for a time has its schedule, under the number of its live arm (`armed`: their names)."""
    waiting: list[Enrolment | Message] = [e for e in records.enrolments.values() if e.next_due]
    waiting += [m for m in records.messages.values() if m.due_at is not None and not m.final]
    for each in waiting:
        if ids.schedule_name(each.id, each.arm) not in armed:
            yield f"{each.id} waits and no schedule will wake it"


def _claimed_amiss(records: Records, brand: Brand, moved: Collection[str]) -> Iterator[str]:
    for message in records.messages.values():
        customer = records.customers.get(message.customer)
        if customer is None or customer.erased:
            continue
        for attempt in message.attempts:
            if attempt.claimed_at >= message.not_after:
                yield f"{message.id} was claimed at {attempt.claimed_at}, after its time"
            if customer.id in moved:
                continue
            if _after_stop(customer, message, attempt):
                yield f"{message.id} was claimed on {attempt.channel} after a STOP"
            hours = _hours(brand, customer, message, attempt)
            if hours and not _open_everywhere(attempt.claimed_at, customer, hours):
                yield f"{message.id} was claimed in quiet hours: {attempt.claimed_at}"
            if _is_marketing(message, attempt) and _on_a_quiet_day(brand, customer, attempt.claimed_at):
                yield f"{message.id} was claimed on a quiet day: {attempt.claimed_at}"


def _is_marketing(message: Message, attempt: Attempt) -> bool:
    return message.purpose is Purpose.MARKETING or attempt.variant is Variant.OFFER


def _after_stop(customer: Customer, message: Message, attempt: Attempt) -> bool:
    address = customer.address(attempt.channel)
    purposes = [Purpose.TRANSACTIONAL, *([Purpose.MARKETING] if _is_marketing(message, attempt) else [])]
    said = [address.said.get(purpose) for purpose in purposes] if address else []
    return any(word and not word.granted and attempt.claimed_at > word.at + HEARD_WITHIN for word in said)


def _hours(brand: Brand, customer: Customer, message: Message, attempt: Attempt) -> Hours | None:
    country = brand.country(customer.country)
    if _is_marketing(message, attempt):
        return country.marketing_hours
    # Nobody can say when it is morning where the zone is not known: that news goes at once.
    by_morning = message.urgency is Urgency.BY_MORNING and len(customer.zones) == 1
    return country.awake_hours if by_morning else None


def _on_a_quiet_day(brand: Brand, customer: Customer, at: datetime) -> bool:
    quiet = brand.country(customer.country).open.quiet
    return any(is_quiet(at.astimezone(ZoneInfo(zone)).date(), quiet) for zone in customer.zones)


def _open_everywhere(at: datetime, customer: Customer, hours: Hours) -> bool:
    if hours.start == hours.end:
        return True
    clocks = [at.astimezone(ZoneInfo(zone)).time() for zone in customer.zones]
    if hours.start < hours.end:
        return bool(clocks) and all(hours.start <= clock < hours.end for clock in clocks)
    return bool(clocks) and all(clock >= hours.start or clock < hours.end for clock in clocks)


def _over_the_cap(
    shown: list[FakeMessage], records: Records, brand: Brand, moved: Collection[str]
) -> Iterator[str]:
    """What phones show of one day's claims, also where one message is shown twice; marketing by its first."""
    seen = {each.reference for each in shown}
    visible, marketing = Counter[tuple[str, date]](), Counter[tuple[str, date]]()
    for message in records.messages.values():
        customer = records.customers.get(message.customer)
        if customer is None or not customer.zones or customer.id in moved:
            continue
        for attempt in message.attempts:
            day = customer.id, attempt.claimed_at.astimezone(ZoneInfo(customer.zones[0])).date()
            visible[day] += message.reference(attempt) in seen
            marketing[day] += attempt.ordinal == 1 and _is_marketing(message, attempt)
    for (customer_id, on), times in visible.items():
        sold = marketing[customer_id, on]
        if times > brand.messages_a_day or sold > brand.marketing_a_day:
            yield f"{customer_id} got {times} messages on {on}, {sold} of them marketing"


def _backwards(shown: list[FakeMessage], records: Records) -> Iterator[str]:
    """A claim is never made for what a later receipt or outcome has proved to be shown."""
    for message in records.messages.values():
        for earlier, later in pairwise(message.attempts):
            proved = earlier.receipt is not None and earlier.shown
            if proved and earlier.receipt and earlier.receipt.at < later.claimed_at < earlier.deadline:
                yield f"{message.id} went on to {later.channel} though {earlier.channel} had shown it"
            doubtful = earlier.outcome is Outcome.UNKNOWN and earlier.live
            if doubtful and message.purpose is Purpose.MARKETING:
                yield f"{message.id} is marketing and went on after an unknown outcome"
