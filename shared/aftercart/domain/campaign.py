"""A campaign: a journey that begins on a day, over the customers who have certain things in common. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from aftercart.domain.brand import Brand, Country
from aftercart.domain.customer import Customer
from aftercart.domain.time_of_day import at_local, spread, spread_within, within

STARTED = "started"  # the event that its steps wait for: this customer's own hour
SUBJECT = "customer"  # one way through it a customer, whenever and however often it is begun
A_DAY = timedelta(days=1)
AHEAD = timedelta(hours=26)  # before that hour in UTC: twelve hours before the first zone (UTC+14) has it
BEHIND = timedelta(hours=12)  # after it, the last zone (UTC-12) has it too


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Whom it is for: all that is given must hold, and nothing given is everyone."""

    country: str = ""
    language: str = ""  # that they are written to in
    owns: str = ""  # a sku or a category
    owns_not: str = ""
    ordered_since: timedelta | None = None  # their newest order is no older
    not_ordered_since: timedelta | None = None  # their newest order is older
    orders_at_least: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """When it begins, where each customer lives. `hour` None: as soon as marketing may be said there."""

    day: date
    hour: time | None = None
    over: Segment = field(default_factory=Segment)

    @property
    def walk_from(self) -> datetime:
        return datetime.combine(self.day, self.hour or time(), UTC) - AHEAD

    @property
    def walk_until(self) -> datetime:
        """First looked at later than this, it never begins: its hour is over for a day in every zone."""
        last = datetime.combine(self.day, self.hour or time.max, UTC)
        return last + BEHIND + A_DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """How far one has come through all customers. It holds ids and a cursor, and nothing of anybody's."""

    journey: str
    day: date
    hour: time | None = None
    begun_at: datetime
    cursor: str = ""  # the store's own: where the walk goes on
    arm: int = 0
    armed_for: datetime | None = None  # when the live arm fires
    ended: str = ""  # "walked", "removed": the journey is gone or retired, or has another day

    def is_of(self, launch: Launch | None) -> bool:
        return launch is not None and (self.day, self.hour) == (launch.day, launch.hour)


def holds(segment: Segment, customer: Customer, brand: Brand, now: datetime) -> bool:
    """Whether somebody is in it, by what is known of them now."""
    ordered = last_ordered(customer)
    recent, old = segment.ordered_since, segment.not_ordered_since
    return (
        segment.country in ("", customer.country)
        and segment.language in ("", brand.language(customer.language, customer.country))
        and (not segment.owns or customer.owns(segment.owns))
        and not (segment.owns_not and customer.owns(segment.owns_not))
        and (recent is None or (ordered is not None and ordered >= now - recent))
        and (old is None or ordered is None or ordered < now - old)
        and len(customer.orders) >= segment.orders_at_least
    )


def last_ordered(customer: Customer) -> datetime | None:
    """Each order tells something: what was bought, where they live, where they are reached."""
    times = [purchase.at for purchase in customer.purchases]
    times += [address.at for address in customer.addresses.values()]
    times += [placed_at for placed_at, _ in customer.told.values()]
    return max(times, default=None)


def own_hour(launch: Launch, customer: Customer, country: Country) -> datetime:
    """When it begins for this customer: not before the hour has come in each zone they may live in.

    Where no zone is known it is UTC's, and the claim says that there is no hour for them.
    """
    hour = launch.hour or country.marketing_hours.start
    return max(at_local(launch.day, hour, zone) for zone in customer.zones or ("UTC",))


def released(due_at: datetime, key: str, customer: Customer, country: Country) -> datetime:
    """Not all at one second: spread as what waited for the morning is, and within the hours for marketing."""
    zones, hours = customer.zones, country.marketing_hours
    if within(due_at, zones, hours):
        return spread_within(due_at, key, country.spread, zones, hours)
    return spread(due_at, key, country.spread)


def next_look(launches: Iterable[Launch], now: datetime) -> datetime | None:
    """When a sweep may next find one to begin. None: never, as things stand."""
    return min((max(now, each.walk_from) for each in launches if now <= each.walk_until), default=None)
