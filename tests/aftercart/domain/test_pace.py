"""How fast a provider is called."""

from datetime import timedelta
from decimal import Decimal

import pytest

from aftercart.domain.consent import Purpose
from aftercart.domain.pace import pace

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(("rate", "every"), (("10", 0.1), ("0.5", 2), ("2.5", 0.4)))
def test_each_message_takes_its_part_of_a_second(rate: str, every: float) -> None:
    assert pace(Decimal(rate), Purpose.TRANSACTIONAL).every == timedelta(seconds=every)


@pytest.mark.parametrize(("rate", "at_once"), (("10", 10), ("1", 1), ("0.5", 1)))
def test_at_once_goes_one_seconds_worth_and_one_message_at_least(rate: str, at_once: int) -> None:
    found = pace(Decimal(rate), Purpose.TRANSACTIONAL)
    assert found.ahead == found.every * (at_once - 1)


@pytest.mark.parametrize("rate", ("0.1", "1", "10", "400"))
def test_marketing_leaves_room_for_the_news(rate: str) -> None:
    news, marketing = (pace(Decimal(rate), purpose) for purpose in Purpose)
    assert marketing.every == news.every
    assert news.ahead - marketing.ahead >= max(news.every, SECOND) / 2
