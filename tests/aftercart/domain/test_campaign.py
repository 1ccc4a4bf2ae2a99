"""When a campaign begins for whom, and whom it is for."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from aftercart.domain.brand import Hours
from aftercart.domain.campaign import Launch, Segment, holds, last_ordered, next_look, own_hour, released
from aftercart.domain.consent import Channel
from aftercart.domain.customer import Address, Customer, Purchase
from tests.builders import KYIV, NOW, PHONE, a_brand, a_country

LAUNCH = Launch(day=date(2027, 3, 1), hour=time(11))
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def someone(**facts: Any) -> Customer:
    known: dict[str, Any] = {"id": "a" * 14, "country": "UA", "zones": KYIV, "orders": ("1001",)}
    return Customer(**known | facts)


def bought(at: datetime, **facts: Any) -> Purchase:
    return Purchase(order="1001", line="1", sku=PHONE, category="phone", at=at, **facts)


OWNER = someone(purchases=(bought(NOW - 100 * DAY),))


@pytest.mark.parametrize(
    ("zones", "at"),
    (
        (KYIV, datetime(2027, 3, 1, 9, tzinfo=UTC)),
        (("Asia/Almaty",), datetime(2027, 3, 1, 6, tzinfo=UTC)),
        (("America/New_York", "America/Los_Angeles"), datetime(2027, 3, 1, 19, tzinfo=UTC)),
        ((), datetime(2027, 3, 1, 11, tzinfo=UTC)),
    ),
)
def test_it_begins_at_a_customers_own_hour_and_not_before_that_has_come_in_each_plausible_zone(
    zones: tuple[str, ...], at: datetime
) -> None:
    assert own_hour(LAUNCH, someone(zones=zones), a_country()) == at


def test_a_day_alone_begins_when_marketing_may_be_said_there() -> None:
    country = a_country(marketing_hours=Hours(start=time(9, 5), end=time(20)))
    begins = own_hour(replace(LAUNCH, hour=None), someone(), country)
    assert begins == datetime(2027, 3, 1, 7, 5, tzinfo=UTC)


def test_an_hour_that_clocks_skip_is_the_instant_at_which_they_do() -> None:
    skipped = Launch(day=date(2027, 3, 28), hour=time(3, 30))
    assert own_hour(skipped, someone(), a_country()) == datetime(2027, 3, 28, 1, tzinfo=UTC)


def test_it_is_walked_before_the_first_zone_has_the_hour_and_never_a_day_after_the_last() -> None:
    first = own_hour(LAUNCH, someone(zones=("Pacific/Kiritimati",)), a_country())
    last = own_hour(LAUNCH, someone(zones=("Etc/GMT+12",)), a_country())
    assert first - LAUNCH.walk_from == 12 * HOUR
    assert LAUNCH.walk_until - last == DAY
    alone = replace(LAUNCH, hour=None)
    assert (first - alone.walk_from, alone.walk_until - last) > (12 * HOUR, DAY)


def test_a_sweep_looks_when_the_first_of_several_is_near_and_at_none_that_is_over() -> None:
    later = replace(LAUNCH, day=date(2027, 4, 1))
    assert next_look([later, LAUNCH], NOW) == LAUNCH.walk_from
    during = LAUNCH.walk_from + HOUR
    assert next_look([later, LAUNCH], during) == during
    assert next_look([later, LAUNCH], LAUNCH.walk_until + HOUR) == later.walk_from
    assert next_look([LAUNCH], LAUNCH.walk_until + HOUR) is None
    assert next_look([], NOW) is None


def test_it_is_not_said_to_all_at_one_second_but_spread_and_within_the_hours() -> None:
    at, country = datetime(2027, 3, 1, 9, tzinfo=UTC), a_country()
    times = [released(at, f"way {n}", someone(), country) - at for n in range(500)]
    assert min(times) < timedelta(minutes=1)
    assert timedelta(minutes=49) < max(times) < timedelta(minutes=50)
    assert len(set(times)) > 400
    evening = datetime(2027, 3, 1, 17, 50, tzinfo=UTC)  # ten minutes before the hours end
    late = [released(evening, f"way {n}", someone(), country) - evening for n in range(500)]
    assert timedelta(minutes=9) < max(late) < timedelta(minutes=10)
    assert released(at, "way 1", someone(), country) == released(at, "way 1", someone(), country)


@pytest.mark.parametrize(
    ("segment", "within"),
    (
        ({}, True),
        ({"country": "UA"}, True),
        ({"country": "PL"}, False),
        ({"language": "uk"}, True),  # the country's own, where they have chosen none
        ({"language": "en"}, False),
        ({"owns": "phone"}, True),
        ({"owns": PHONE}, True),
        ({"owns": "phone_case"}, False),
        ({"owns_not": "phone_case"}, True),
        ({"owns_not": "phone"}, False),
        ({"ordered_since": 100 * DAY}, True),
        ({"ordered_since": 99 * DAY}, False),
        ({"not_ordered_since": 99 * DAY}, True),
        ({"not_ordered_since": 100 * DAY}, False),
        ({"orders_at_least": 1}, True),
        ({"orders_at_least": 2}, False),
        ({"owns": "phone", "country": "PL"}, False),
    ),
)
def test_all_that_a_segment_says_must_hold(segment: Mapping[str, Any], within: bool) -> None:
    assert holds(Segment(**segment), OWNER, a_brand(), NOW) is within


def test_what_went_back_is_not_owned() -> None:
    returned = someone(purchases=(bought(NOW, returned=True),))
    assert not holds(Segment(owns="phone"), returned, a_brand(), NOW)
    assert holds(Segment(owns_not="phone"), returned, a_brand(), NOW)


def test_who_has_never_ordered_has_not_ordered_lately() -> None:
    nobody = someone(orders=())
    assert last_ordered(nobody) is None
    assert holds(Segment(not_ordered_since=DAY), nobody, a_brand(), NOW)
    assert not holds(Segment(ordered_since=DAY), nobody, a_brand(), NOW)


def test_an_order_of_things_outside_the_catalogue_counts_by_the_address_it_came_with() -> None:
    phone = Address(channel=Channel.SMS, value="+380671234567", at=NOW - 2 * DAY)
    assert last_ordered(replace(OWNER, addresses={Channel.SMS: phone})) == NOW - 2 * DAY
    assert last_ordered(replace(OWNER, told={"country": (NOW - DAY, NOW)})) == NOW - DAY
