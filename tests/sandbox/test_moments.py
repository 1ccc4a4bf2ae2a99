"""Times and durations as people write them."""

from datetime import UTC, datetime

import pytest

from aftercart.shops import bodies
from sandbox.control.moments import FIRST_YEAR, LAST_YEAR, iso, later, read_time

LEAP = datetime(2028, 2, 29, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("duration", "to"),
    (
        ("P3D", "2028-03-03T10:00:00Z"),
        ("P1W", "2028-03-07T10:00:00Z"),
        ("PT15M", "2028-02-29T10:15:00Z"),
        ("P1DT2H3S", "2028-03-01T12:00:03Z"),
        ("P1M", "2028-03-29T10:00:00Z"),
        ("P1Y", "2029-02-28T10:00:00Z"),  # no leap year: the month's last day
        ("P4Y", "2032-02-29T10:00:00Z"),
        ("P2Y6M", "2030-08-29T10:00:00Z"),
        ("p3d", "2028-03-03T10:00:00Z"),
    ),
)
def test_a_duration_leads_to_a_time(duration: str, to: str) -> None:
    assert iso(later(LEAP, duration)) == to


def test_a_month_on_from_its_last_day_is_the_next_ones_last_day() -> None:
    assert iso(later(datetime(2027, 1, 31, tzinfo=UTC), "P1M")) == "2027-02-28T00:00:00Z"


@pytest.mark.parametrize(
    "wrong", ("", "P", "PT", "3D", "P-1D", "P1.5D", "soon", "P99999Y", "P999999999999D", "P972Y")
)
def test_what_is_no_duration_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"duration|last year"):
        later(LEAP, wrong)


def test_a_time_without_an_offset_is_utc() -> None:
    assert iso(read_time("2027-03-01T09:30:00")) == "2027-03-01T09:30:00Z"
    assert iso(read_time("2027-03-01T09:30:00+02:00")) == "2027-03-01T07:30:00Z"
    assert iso(None) is None
    with pytest.raises(ValueError, match="not an ISO 8601 time"):
        read_time("now")


@pytest.mark.parametrize(
    "wrong",
    (
        "0001-01-01T00:00:00Z",
        "0001-01-01T01:12:00+02:00",
        "1970-12-31T23:59:59Z",
        "3000-01-01T00:00:00Z",
        "9999-12-31T23:59:59-02:00",
    ),
)
def test_a_time_of_which_no_shop_could_tell_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"is not a time of the years 1971 to 2999"):
        read_time(wrong)


def test_the_clock_goes_as_far_as_a_shops_events_are_read() -> None:
    assert (bodies.FIRST_YEAR, bodies.LAST_YEAR) == (FIRST_YEAR, LAST_YEAR)
    assert iso(read_time("1971-01-01T00:00:00Z")) == "1971-01-01T00:00:00Z"
    assert iso(later(LEAP, "P971Y")) == "2999-02-28T10:00:00Z"
