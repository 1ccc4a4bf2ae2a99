"""What a message costs."""

from dataclasses import replace
from decimal import Decimal

import pytest

from aftercart.domain.consent import Channel, Purpose
from aftercart.domain.money import Money
from aftercart.domain.prices import Prices, Rate

NEWS, MARKETING = Purpose.TRANSACTIONAL, Purpose.MARKETING
PRICES = Prices(
    currency="USD",
    rates={
        Channel.SMS: {
            "*": {"transactional": Decimal("0.08"), "marketing": Decimal("0.09")},
            "UA": {"transactional": Decimal("0.03"), "marketing": Decimal("0.04")},
        },
        Channel.WHATSAPP: {
            "*": {"transactional": Decimal("0.02"), "marketing": Decimal("0.05"), "in_window": Decimal(0)}
        },
    },
)


def test_a_country_that_is_named_has_its_own_price_and_every_other_the_rest() -> None:
    assert PRICES.of(Channel.SMS, "UA", NEWS) == Money(Decimal("0.03"), "USD")
    assert PRICES.of(Channel.SMS, "PL", MARKETING) == Money(Decimal("0.09"), "USD")


def test_a_provider_may_have_prices_of_its_own_and_the_rest_are_the_channels() -> None:
    own: dict[str, dict[Rate, Decimal]] = {"*": {"transactional": Decimal("0.05")}}
    prices = replace(PRICES, rates={**PRICES.rates, "sms/twilio": own})
    assert prices.of(Channel.SMS, "UA", NEWS, provider="twilio") == Money(Decimal("0.05"), "USD")
    assert prices.of(Channel.SMS, "UA", NEWS, provider="aws") == Money(Decimal("0.03"), "USD")


def test_each_part_of_an_sms_is_paid_for() -> None:
    assert PRICES.of(Channel.SMS, "UA", MARKETING, 3) == Money(Decimal("0.12"), "USD")


@pytest.mark.parametrize(("purpose", "amount"), ((NEWS, "0"), (MARKETING, "0.05")))
def test_news_within_the_window_have_their_own_price_and_marketing_has_not(
    purpose: Purpose, amount: str
) -> None:
    price = PRICES.of(Channel.WHATSAPP, "UA", purpose, in_window=True)
    assert price == Money(Decimal(amount), "USD")


def test_where_no_window_is_priced_the_window_changes_nothing() -> None:
    assert PRICES.of(Channel.SMS, "UA", NEWS, in_window=True) == PRICES.of(Channel.SMS, "UA", NEWS)


def test_a_channel_that_nobody_has_priced_has_no_price() -> None:
    assert PRICES.of(Channel.VIBER, "UA", NEWS) is None
    assert Prices().of(Channel.SMS, "UA", NEWS) is None
