"""What must be there after a meeting, besides what every meeting must keep."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

from aftercart.domain.consent import Purpose
from aftercart.ports import AddressBook
from sandbox.trials.turns.backstage import Backstage
from sandbox.trials.turns.goods import OLENA

SOON = timedelta(minutes=3)  # a rung that fails is tried again for so long
PROMPTLY = timedelta(minutes=10)  # the sweep comes later than that


def promptly(behind: Backstage) -> Iterator[str]:
    """Whoever posts again what failed has it done, and does not wait for the sweep."""
    for message in behind.records().messages.values():
        claimed = message.attempts[0].claimed_at if message.attempts else message.created_at
        deferred = any(entry.decision == "defer" for entry in message.log)
        if claimed > message.created_at + PROMPTLY and not deferred:
            yield f"{message.id} ({message.step}) had to wait until {claimed}"


def went_on(behind: Backstage) -> Iterator[str]:
    """When a channel's time is over the next one has its turn, and not a rung later."""
    for message in behind.records().messages.values():
        for earlier, later in pairwise(message.attempts):
            at_most = earlier.claimed_at + timedelta(seconds=message.waits[0]) + SOON
            if behind.luck.all_move and later.claimed_at > at_most:
                yield f"{message.id} went on to {later.channel} at {later.claimed_at}, not by {at_most}"


def cancelled(behind: Backstage) -> Iterator[str]:
    for order in behind.records().orders.values():
        if not order.cancelled and not order.erased:
            yield f"order {order.id} was cancelled, and is not"


def forgotten(behind: Backstage) -> Iterator[str]:
    """Whoever is erased has left nothing."""
    records = behind.records()
    gone = {customer.id for customer in records.customers.values() if customer.erased}
    if not gone:
        yield "nobody was erased"
    left = [*records.messages, *records.enrolments]
    yield from (f"{each} outlived its erasure" for each in left if each.split("-")[0] in gone)
    for order in records.orders.values():
        if order.customer in gone or (order.erased and order.lines):
            yield f"order {order.id} outlived its erasure"


def nobody_twice(behind: Backstage) -> Iterator[str]:
    """An offer is taken once, a question answered once, however often they press."""
    steps = Counter(message.step for message in behind.records().messages.values())
    for step in ("offer_accepted", "help_with_return", "review_request"):
        if steps[step] > 1:
            yield f"{steps[step]} messages of {step}"


def stopped(behind: Backstage) -> Iterator[str]:
    """Olena's STOP holds on every address of everyone with her phone."""
    for customer in behind.records().customers.values():
        if not any(address.value == OLENA.phone for address in customer.addresses.values()):
            continue
        for address in customer.addresses.values():
            if not address.refused(Purpose.MARKETING):
                yield f"{customer.id} may still get marketing on {address.channel}"


def shared(behind: Backstage) -> Iterator[str]:
    """A phone knows everyone who has it."""
    known = {c.id for c in behind.records().customers.values()}
    books = [b for b in behind.nouns() if isinstance(b, AddressBook)]
    found = {each for book in books for each in book.customers}
    if known != found:
        yield f"addresses know {sorted(found)}, and there are {sorted(known)}"


def all_parcels(behind: Backstage) -> Iterator[str]:
    """Each parcel was told of at most once for each of its stages."""
    told = Counter((m.shipment, m.step) for m in behind.records().messages.values() if m.shipment)
    yield from (f"{each} was told {times} times" for each, times in told.items() if times > 1)


def in_turn(behind: Backstage) -> Iterator[str]:
    """One a day, and each that was claimed on a day of its own."""
    tips = [m for m in behind.records().messages.values() if m.step == "tips"]
    days = [m.attempts[0].claimed_at.date() for m in tips if m.attempts]
    if len(set(days)) != len(days):
        yield f"offers were claimed on {sorted(days)}"
    yield from (f"{m.id} has no end" for m in tips if not m.final)


def capped(behind: Backstage) -> Iterator[str]:
    messages = behind.records().messages.values()
    claimed = [m for m in messages if m.attempts]
    if len(claimed) != any(m.final != "no_channel" for m in messages):  # one, where they can be reached
        yield f"{len(claimed)} messages were claimed on one day, not 1"
