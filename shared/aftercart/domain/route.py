"""Which channels a message may take, in which order, and what it may carry there."""

from collections.abc import Sequence

from aftercart.domain.brand import Brand, Leg
from aftercart.domain.consent import Channel, Purpose
from aftercart.domain.customer import Customer
from aftercart.domain.message import Message, Variant

RUNGS = 5


def legs(brand: Brand, customer: Customer, message: Message) -> tuple[Leg, ...]:
    """The country's route with the customer's preferred channel first; an answer has one channel only."""
    route = brand.route(message.route, customer.country)
    if message.only:
        return tuple(leg for leg in route if leg.channel is message.only)
    return tuple(sorted(route, key=lambda leg: leg.channel is not customer.preferred))


def waits(route: Sequence[Leg]) -> tuple[int, ...]:
    """Seconds a rung may take, padded to the ladder's five."""
    seconds = [int(leg.wait.total_seconds()) for leg in route][:RUNGS] or [900]
    return tuple(seconds + [seconds[-1]] * (RUNGS - len(seconds)))


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
