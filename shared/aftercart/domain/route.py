"""Which channels a message may take, in which order, and what it may carry there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from aftercart.domain.brand import Brand, Leg, Success
from aftercart.domain.consent import ANSWERS_ONLY, Channel, Purpose
from aftercart.domain.customer import Customer
from aftercart.domain.message import Message, Variant

RUNGS = 5
USUAL_WAIT = timedelta(minutes=15)
SAYS_SOMETHING = timedelta(days=180)  # so long an answer or a message read tells where somebody is reached
UNKNOWN_PRICE = Decimal("Infinity")


class Standing(StrEnum):
    """What gives a channel its place on a message's route, the strongest first."""

    CHOSEN = "chosen"  # the customer's own wish
    ANSWERED = "answered_before"
    READ = "read_before"
    PRICE = "price"  # the brand asks for the cheapest of those that are alike
    ORDER = "order"  # the brand's own for the country


RANK = {standing: n for n, standing in enumerate((Standing.CHOSEN, Standing.ANSWERED, Standing.READ))}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A leg where it stands on the route, and why there."""

    leg: Leg
    standing: Standing


def ranked(brand: Brand, customer: Customer, message: Message, now: datetime) -> tuple[Place, ...]:
    """The country's route, the channel that best reaches this customer first; an answer has one only."""
    legs = along(brand.route(message.route, customer.country), message.only)
    costs = _costs(brand, customer, message, legs, now)
    places = [Place(leg=leg, standing=_standing(customer, leg.channel, costs, now)) for leg in legs]

    def order(place: Place) -> tuple[int, float, Decimal]:
        channel, answered = place.leg.channel, place.standing is Standing.ANSWERED
        newest = -customer.answered_at[channel].timestamp() if answered else 0.0
        return RANK.get(place.standing, len(RANK)), newest, costs.get(channel, UNKNOWN_PRICE)

    return tuple(sorted(places, key=order))


def in_words(places: Sequence[Place]) -> str:
    """A fact of the decision: "viber: read_before, whatsapp: order"."""
    return ", ".join(f"{place.leg.channel}: {place.standing}" for place in places)


def along(route: Sequence[Leg], only: Channel | None) -> tuple[Leg, ...]:
    """What of a route may be used. `only`: of an answer, which goes where the customer wrote."""
    if only in ANSWERS_ONLY:  # whose providers tell no more than that they took it
        return (Leg(channel=only, wait=USUAL_WAIT, success=Success.ACCEPTED),)
    return tuple(leg for leg in route if leg.channel not in ANSWERS_ONLY and only in (None, leg.channel))


def _standing(
    customer: Customer, channel: Channel, costs: Mapping[Channel, Decimal], now: datetime
) -> Standing:
    if customer.wishes is not None and customer.wishes.channel is channel:
        return Standing.CHOSEN
    if _lately(customer.answered_at.get(channel), now):
        return Standing.ANSWERED
    if _lately(customer.read_at.get(channel), now):
        return Standing.READ
    return Standing.PRICE if channel in costs else Standing.ORDER


def _lately(at: datetime | None, now: datetime) -> bool:
    return at is not None and now - at < SAYS_SOMETHING


def _costs(
    brand: Brand, customer: Customer, message: Message, legs: Sequence[Leg], now: datetime
) -> Mapping[Channel, Decimal]:
    """What it costs over each channel without its offer, where the brand asks for the cheapest first."""
    if message.route not in brand.country(customer.country).cheapest:
        return {}
    prices = {
        leg.channel: brand.price(
            leg.channel,
            customer.country,
            message.purpose,
            in_window=customer.window_open(leg.channel, now),
        )
        for leg in legs
    }
    return {channel: price.amount for channel, price in prices.items() if price is not None}


def choosable(brand: Brand, customer: Customer) -> tuple[Channel, ...]:
    """Where the customer may want to hear from us: channels of the country's routes that reach them."""
    routes = brand.country(customer.country).routes.values()
    channels = dict.fromkeys(leg.channel for route in routes for leg in route)
    return tuple(each for each in channels if not barred(brand, customer, each, Purpose.TRANSACTIONAL))


def timed(brand: Brand, customer: Customer, message: Message, now: datetime) -> Message:
    """With what each rung may take, by the channels that may be used and in their order."""
    tried = {attempt.channel for attempt in message.attempts if not attempt.put_off}
    legs = [
        place.leg
        for place in ranked(brand, customer, message, now)
        if place.leg.channel not in tried and not barred(brand, customer, place.leg.channel, message.purpose)
    ]
    return with_waits(message, legs, brand, customer.country)


def with_waits(message: Message, legs: Sequence[Leg], brand: Brand, country: str) -> Message:
    """A wait that the step has set is not learned."""
    waits = rungs([message.receipt_within or leg.wait for leg in legs])
    learns = [brand.times(leg.channel, country) for leg in legs] if message.receipt_within is None else []
    return replace(message, waits=waits, learns=tuple(filter(None, learns))[:RUNGS])


def rungs(waits: Sequence[timedelta]) -> tuple[int, ...]:
    """In seconds, padded to the ladder's five."""
    seconds = [int(wait.total_seconds()) for wait in waits or (USUAL_WAIT,)][:RUNGS]
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
