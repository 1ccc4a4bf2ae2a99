"""What wait receipts teach: that in which 95 of 100 of them come, near the brand's own."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftercart.domain.timings import BOUNDS, LEAST, Timings, learned
from tests.builders import NOW

QUARTER = timedelta(minutes=15)
WEEK = timedelta(weeks=1)


def seen(*seconds: float) -> Timings:
    timings = Timings(since=NOW)
    for each in seconds:
        timings = timings.with_one(timedelta(seconds=each), NOW)
    return timings


def usual(*seconds: float) -> float | None:
    found = seen(*seconds).usual
    return found.total_seconds() if found else None


def wait_after(*seconds: float, wait: timedelta = QUARTER) -> float:
    return learned(wait, seen(*seconds), NOW).total_seconds()


def test_too_few_receipts_teach_nothing() -> None:
    assert usual(*[5] * (LEAST - 1)) is None
    assert usual(*[5] * LEAST) == 6
    assert learned(QUARTER, seen(*[5] * (LEAST - 1)), NOW) == QUARTER
    assert learned(QUARTER, None, NOW) == QUARTER


def test_five_of_a_hundred_may_take_longer_and_no_more() -> None:
    assert usual(*[5] * 190, *[500] * 10) == 6
    assert usual(*[5] * 189, *[500] * 11) == 512


@given(st.lists(st.floats(0, 90_000), min_size=LEAST, max_size=LEAST))
def test_so_many_came_within_it_and_not_within_the_bucket_below(seconds: list[float]) -> None:
    bound = usual(*seconds)
    assert bound is not None
    assert sum(each <= bound for each in seconds) >= 190
    below = max((each for each in BOUNDS if each < bound), default=-1)
    assert sum(each <= below for each in seconds) < 190


def test_a_bucket_is_a_half_or_a_third_wider_than_the_one_below() -> None:
    assert {round(high / low, 2) for low, high in pairwise(BOUNDS[1:])} == {1.5, 1.33}


def test_what_takes_days_counts_as_a_little_more_than_one() -> None:
    assert usual(*[10**6] * LEAST) == BOUNDS[-1]
    assert BOUNDS[-2] < 86_400 <= BOUNDS[-1]


def test_the_wait_has_a_minute_besides_as_a_rung_begins_before_its_claim() -> None:
    assert wait_after(*[300] * LEAST) == 384 + 60


@pytest.mark.parametrize(
    ("wait", "took", "seconds"),
    (
        (QUARTER, 1, 225),  # a quarter of it
        (QUARTER, 7000, 1800),  # twice
        (timedelta(minutes=1), 1, 61),
        (timedelta(hours=16), 80_000, 86_400),  # a day
        (timedelta(hours=16), 1, 14_400),
    ),
)
def test_it_stays_near_the_brands_own(wait: timedelta, took: float, seconds: float) -> None:
    assert wait_after(*[took] * LEAST, wait=wait) == seconds


@given(st.lists(st.floats(0, 10**6), max_size=LEAST + 9), st.integers(60, 86_400))
def test_whatever_was_seen_it_is_no_less_than_a_minute_and_no_more_than_a_day(
    seconds: list[float], wait: int
) -> None:
    many = [each for each in seconds for _ in range(LEAST)]
    found = wait_after(*many[: 3 * LEAST], wait=timedelta(seconds=wait))
    assert max(60, wait / 4) <= found <= min(2 * wait, 86_400)


def test_each_week_what_was_seen_counts_half() -> None:
    timings = seen(*[5] * 4 * LEAST)
    assert timings.aged(NOW + WEEK - timedelta(seconds=1)).receipts == 4 * LEAST
    assert timings.aged(NOW + 2 * WEEK).receipts == LEAST
    assert timings.aged(NOW + 3 * WEEK).usual is None
    assert timings.aged(NOW - WEEK) == timings  # a clock that is behind halves nothing
    assert learned(QUARTER, timings, NOW + 2 * WEEK) < QUARTER
    assert learned(QUARTER, timings, NOW + 3 * WEEK) == QUARTER


def test_to_be_halved_twice_a_week_apart_is_to_be_halved_once_after_two() -> None:
    timings = seen(*range(40))
    assert timings.aged(NOW + WEEK).aged(NOW + 2 * WEEK) == timings.aged(NOW + 2 * WEEK)
    late = NOW + WEEK + timedelta(days=3)
    assert timings.aged(late).since == NOW + WEEK
    counted = timings.with_one(timedelta(seconds=1), late)
    assert counted.receipts == timings.aged(late).receipts + 1


def test_a_provider_whose_clock_is_ahead_took_no_time() -> None:
    assert seen(-5).counts[0] == 1
