import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftercart.domain.cycle import DEFAULT_DAYS, gap_days, trade_in_at

BOUGHT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
gaps = st.floats(1, 5000)


def before(*days: float) -> list[datetime]:
    return [BOUGHT - timedelta(days=each) for each in days]


class TestGap:
    def test_without_gaps_of_their_own_it_is_the_median(self) -> None:
        assert gap_days([], 900) == pytest.approx(900)

    def test_one_gap_weighs_a_third_and_two_a_half(self) -> None:
        assert gap_days([365], 900) == pytest.approx((365 * 900 * 900) ** (1 / 3))
        assert gap_days([365, 365], 900) == pytest.approx(math.sqrt(365 * 900))

    def test_a_second_piece_of_one_shopping_spree_is_no_gap(self) -> None:
        assert gap_days([0, 0.2, 0.99], 900) == pytest.approx(900)
        assert gap_days([0.2, 365], 900) == gap_days([365], 900)

    @given(st.lists(gaps, max_size=20), gaps)
    def test_it_lies_between_the_shortest_and_the_longest(self, own: list[float], median: float) -> None:
        assert min(*own, median, median) * 0.999 <= gap_days(own, median) <= max(*own, median, median) * 1.001

    @given(st.lists(gaps, min_size=1, max_size=20), gaps)
    def test_the_order_of_the_gaps_does_not_matter(self, own: list[float], median: float) -> None:
        assert gap_days(own, median) == pytest.approx(gap_days(own[::-1], median))

    def test_the_longer_the_history_the_nearer_to_their_own_rhythm(self) -> None:
        found = [gap_days([365] * known, 900) for known in (0, 1, 3, 30)]
        assert found == sorted(found, reverse=True)
        assert found[-1] == pytest.approx(365, rel=0.1)


class TestTradeIn:
    def test_of_a_first_phone_comes_after_the_median_and_says_so(self) -> None:
        moment, facts = trade_in_at([BOUGHT], BOUGHT, 1000)
        assert moment == BOUGHT + timedelta(days=1000)
        assert facts == {
            "own_gaps": 0,
            "median_days": 1000,
            "gap_days": 1000.0,
            "source": "replacement_cycles",
        }

    def test_comes_after_twenty_nine_months_where_nothing_is_known(self) -> None:
        for nothing in (None, 0.0, -1.0):
            moment, facts = trade_in_at([], BOUGHT, nothing)
            assert moment == BOUGHT + timedelta(days=900)
            assert moment.strftime("%Y-%m") == "2029-05"
            assert (facts["median_days"], facts["source"]) == (DEFAULT_DAYS, "default")

    def test_the_default_that_a_table_holds_too_is_the_tables(self) -> None:
        assert trade_in_at([], BOUGHT, 900)[1]["source"] == "replacement_cycles"
        assert trade_in_at([], BOUGHT, DEFAULT_DAYS)[1]["source"] == "replacement_cycles"

    def test_comes_sooner_for_who_buys_each_year(self) -> None:
        moment, facts = trade_in_at(before(0, 365, 730), BOUGHT, 900)
        assert facts["own_gaps"] == 2
        assert moment == BOUGHT + timedelta(days=round(math.sqrt(365 * 900)))

    def test_a_second_phone_in_the_same_order_is_no_rhythm(self) -> None:
        moment, facts = trade_in_at([BOUGHT, BOUGHT, BOUGHT - timedelta(hours=3)], BOUGHT, 900)
        assert facts["own_gaps"] == 0
        assert moment == BOUGHT + timedelta(days=900)

    def test_is_the_same_whatever_was_bought_later_and_in_which_order_it_is_told(self) -> None:
        known = trade_in_at(before(0, 400), BOUGHT, 900)
        assert trade_in_at(before(400, 0, -30), BOUGHT, 900) == known
        assert trade_in_at(before(400), BOUGHT, 900) == known
