"""What one bubble costs in each country, and what only a country makes wrong."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from aftercart.domain.brand import Brand
from aftercart.domain.consent import ANSWERS_ONLY, Channel, Purpose
from aftercart.domain.money import Money
from sandbox.preview.places import There


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Of one message in one country. `one` None: prices.yaml does not say."""

    country: str
    purpose: Purpose
    one: Money | None

    @property
    def thousand(self) -> Money | None:
        return Money(self.one.amount * 1000, self.one.currency) if self.one else None


def costs(
    countries: Iterable[There], channel: Channel, parts: int, brand: Brand, *, in_window: bool
) -> tuple[Cost, ...]:
    """`in_window`: within 24 hours of the customer's own message."""
    return tuple(
        Cost(
            country=there.country,
            purpose=purpose,
            one=brand.price(channel, there.country, purpose, parts, in_window=in_window),
        )
        for there in countries
        for purpose in there.purposes
    )


def warnings(channel: Channel, found: Iterable[Cost], brand: Brand) -> Iterator[str]:
    """What prices.yaml leaves open, and what brand.yaml's budget does not allow. An answer in a chat that
    only answers costs nothing."""
    missing: dict[Purpose, list[str]] = {}
    above: dict[tuple[Purpose, str, str], list[str]] = {}
    for cost in found:
        most = brand.budget.get(cost.purpose)
        if cost.one is None and brand.prices.rates and channel not in ANSWERS_ONLY:
            missing.setdefault(cost.purpose, []).append(cost.country)
        elif cost.one and most and cost.one.currency == most.currency and cost.one.amount > most.amount:
            above.setdefault((cost.purpose, written(most), written(cost.one)), []).append(cost.country)
    for purpose, codes in missing.items():
        yield f"no price: prices.yaml has none for {purpose} on {channel} in {listed(codes)}"
    for (purpose, budget, price), codes in above.items():
        yield f"over the {purpose} budget of {budget}: {price} in {listed(codes)}"


def listed(countries: Iterable[str]) -> str:
    """UA, KZ, elsewhere."""
    codes = sorted(countries, key=lambda code: (code == "*", code))
    return ", ".join("elsewhere" if code == "*" else code for code in codes)


def written(money: Money) -> str:
    """0.0300 USD as 0.03 USD."""
    return f"{plain_amount(money)} {money.currency}"


def plain_amount(money: Money) -> str:
    """Without an exponent, and without the zeros that say nothing."""
    return f"{money.amount.normalize():f}" if money.amount else "0"
