"""What a customer has chosen on their page: where to hear from us, how often and when to get offers."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from aftercart.domain.brand import Country, Hours, Open
from aftercart.domain.consent import Channel
from aftercart.domain.quiet_days import WEEKDAYS, Weekday

MIDNIGHT = time()
A_WEEK = timedelta(days=7)


class Frequency(StrEnum):
    """At most one offer in so long a time, over all journeys. From the loosest to the strictest."""

    ANY = "any"
    WEEKLY = "weekly"  # seven local days
    MONTHLY = "monthly"  # a calendar month
    ONLY_ORDERS = "only_orders"  # none


STRICTNESS = tuple(Frequency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """Offers' hours and days narrow the country's and never widen them. Midnight: no bound of their own."""

    at: datetime
    frequency: Frequency = Frequency.ANY
    not_before: time = MIDNIGHT
    not_after: time = MIDNIGHT
    quiet_days: tuple[Weekday, ...] = ()  # Monday first
    channel: Channel | None = None  # goes first, with news and offers alike

    @property
    def hours(self) -> tuple[Hours, ...]:
        """Both hold, so nothing is left where the one begins when the other has ended."""
        return Hours(start=self.not_before, end=MIDNIGHT), Hours(start=MIDNIGHT, end=self.not_after)

    @property
    def content(self) -> tuple[object, ...]:
        """All but when it was said."""
        return self.frequency, self.not_before, self.not_after, self.quiet_days, self.channel


def fold(known: Wishes | None, news: Wishes) -> Wishes:
    """What was said later holds; of what was said at the same time, the stricter of each."""
    if known is None or known.at != news.at:
        return news if known is None or news.at > known.at else known
    days = {*known.quiet_days, *news.quiet_days}
    return Wishes(
        at=known.at,
        frequency=max(known.frequency, news.frequency, key=STRICTNESS.index),
        not_before=max(known.not_before, news.not_before),
        not_after=min(known.not_after, news.not_after, key=lambda end: (end == MIDNIGHT, end)),
        quiet_days=tuple(day for day in WEEKDAYS if day in days),
        channel=min(filter(None, (known.channel, news.channel)), default=None),
    )


def marketing_open(country: Country, wishes: Wishes | None) -> Open:
    """When marketing may be said to somebody there who wishes so."""
    if wishes is None:
        return country.open
    return Open(hours=(*country.open.hours, *wishes.hours), quiet=country.open.quiet.union(wishes.quiet_days))


def next_turn(frequency: Frequency, last: date | None) -> date | None:
    """The first date on which the next one may be said, where the last one was on `last`. None: on any."""
    if last is None or frequency is Frequency.ANY:
        return None
    return last + A_WEEK if frequency is Frequency.WEEKLY else first_of_next_month(last)


def first_of_next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)
