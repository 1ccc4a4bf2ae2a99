"""What a message costs, by the shop's own contracts: `journeys/prices.yaml`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from aftercart.domain.consent import Channel, Purpose
from aftercart.domain.money import Money

# `in_window`: news within 24 hours of the customer's own message (Meta charges nothing for these).
Rate = Literal["transactional", "marketing", "in_window"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """`rates`: of one message, or of one SMS part, by country ("*": elsewhere) and what it is.

    Their keys are channels, and providers whose prices are their own: "sms", "sms/twilio".
    """

    as_of: date | None = None
    currency: str = ""
    rates: Mapping[str, Mapping[str, Mapping[Rate, Decimal]]] = field(default_factory=dict)

    def of(
        self,
        channel: Channel,
        country: str,
        purpose: Purpose,
        parts: int = 1,
        *,
        provider: str = "",
        in_window: bool = False,
    ) -> Money | None:
        """Of one message of so many parts. None: nobody has said."""
        by_country = self.rates.get(f"{channel}/{provider}") or self.rates.get(channel, {})
        rates = by_country.get(country) or by_country.get("*") or {}
        news = purpose is Purpose.TRANSACTIONAL
        rate = rates.get("in_window") if in_window and news else None
        if rate is None:
            rate = rates.get(purpose.value)
        return None if rate is None else Money(rate * parts, self.currency)
