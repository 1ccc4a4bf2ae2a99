"""Shares are even, for good, and independent of one another."""

import pytest

from aftercart.domain.experiment import held_out, position

POSITIONS = [0.921095, 0.125435]
CUSTOMERS = [f"customer{number}" for number in range(20_000)]


@pytest.mark.parametrize("share", (0.0, 0.01, 0.05, 0.5))
def test_a_share_is_of_its_size(share: float) -> None:
    held = sum(held_out(each, "phone_care", share) for each in CUSTOMERS) / len(CUSTOMERS)
    assert abs(held - share) < 0.01


def test_a_larger_share_keeps_all_of_a_smaller_one() -> None:
    small = {each for each in CUSTOMERS if held_out(each, "phone_care", 0.05)}
    large = {each for each in CUSTOMERS if held_out(each, "phone_care", 0.1)}
    assert small < large


def test_one_journey_says_nothing_of_another() -> None:
    care = {each for each in CUSTOMERS if held_out(each, "phone_care", 0.5)}
    both = {each for each in care if held_out(each, "coffee_care", 0.5)}
    assert abs(len(both) / len(care) - 0.5) < 0.02


def test_a_position_never_changes() -> None:
    """Who was held out stays so across releases."""
    assert [round(position(each, "holdout/phone_care"), 6) for each in ("a" * 14, "b" * 14)] == POSITIONS
