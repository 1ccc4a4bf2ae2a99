"""Which channels a message may take, in which order, and what it may carry there."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from aftercart.domain.brand import Brand, Leg, Success
from aftercart.domain.consent import ANSWERS_ONLY, Channel, Purpose
from aftercart.domain.customer import Customer
from aftercart.domain.message import Message, Variant

RUNGS = 5
USUAL_WAIT = timedelta(minutes=15)


def legs(brand: Brand, customer: Customer, message: Message) -> tuple[Leg, ...]:
    """The country's route with the customer's preferred channel first; an answer has one channel only."""
    route = along(brand.route(message.route, customer.country), message.only)
    return tuple(sorted(route, key=lambda leg: leg.channel is not customer.preferred))


def along(route: Sequence[Leg], only: Channel | None) -> tuple[Leg, ...]:
    """What of a route may be used. `only`: of an answer, which goes where the customer wrote."""
    if only in ANSWERS_ONLY:  # whose providers tell no more than that they took it
        return (Leg(channel=only, wait=USUAL_WAIT, success=Success.ACCEPTED),)
    return tuple(leg for leg in route if leg.channel not in ANSWERS_ONLY and only in (None, leg.channel))


def waits(route: Sequence[Leg]) -> tuple[int, ...]:
    """Seconds a rung may take, padded to the ladder's five."""
    seconds = [int(leg.wait.total_seconds()) for leg in route][:RUNGS] or [int(USUAL_WAIT.total_seconds())]
    return tuple(seconds + [seconds[-1]] * (RUNGS - len(seconds)))


def unanswerable(customer: Customer, channel: Channel, now: datetime) -> str:
    """Why nothing may be answered on a channel for answers alone, or ''."""
    closed = channel in ANSWERS_ONLY and not customer.window_open(channel, now)
    return "window_closed" if closed else ""


def barred(brand: Brand, customer: Customer, channel: Channel, purpose: Purpose) -> str:
    """Why this purpose may not use this channel, or ''."""
    address = customer.address(channel)
    if address is None:
        return "no_address"
    if address.bad:
        return "bad_address"
    if address.refused(Purpose.TRANSACTIONAL):
        return "stopped_here"
    if purpose is Purpose.MARKETING:
        return "" if address.granted(Purpose.MARKETING) else "no_marketing_consent"
    opted_in = address.granted(Purpose.TRANSACTIONAL) or address.granted(Purpose.MARKETING)
    return "" if opted_in or channel not in brand.opt_in_needed else "no_opt_in"


def variants(message: Message) -> tuple[Variant, ...]:
    """The offer is a detachable part: the plain twin stands behind it."""
    return (Variant.OFFER, Variant.PLAIN) if message.offer else (Variant.PLAIN,)
