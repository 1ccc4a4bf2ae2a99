"""The rule that picks the offer: one thing that fits what was just bought, or nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from aftercart.domain.catalogue import Catalogue, Item
from aftercart.domain.money import Money
from aftercart.domain.order import Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    sku: str
    for_sku: str  # what it fits
    price: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferRules:
    """`most_of_price`: an offer costs at most this share of the thing it fits."""

    most_of_price: Decimal = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class Choice:
    """The offer, or none with the reason why the nearest candidate fell out."""

    offer: Offer | None
    reason: str


def choose(lines: tuple[Line, ...], owned: Iterable[str], catalogue: Catalogue, rules: OfferRules) -> Choice:
    """Best first: the dearest thing bought, then the shop's rank, then the lower price, then the sku."""
    bought = catalogue.bought(lines)
    has = {*owned, *(item.sku for _, item in bought)}
    pairs = ((main, item) for _, main in bought for item in catalogue.fitting.get(main.sku, ()))
    candidates = sorted(pairs, key=lambda pair: _preference(*pair))
    objections = [_objection(main, item, has, rules) for main, item in candidates]
    for objection, (main, item) in zip(objections, candidates, strict=True):
        if not objection:
            return Choice(Offer(sku=item.sku, for_sku=main.sku, price=item.price), "fits")
    return Choice(None, objections[0] if objections else "nothing_fits")


def _preference(main: Item, item: Item) -> tuple[Decimal, int, Decimal, str, str]:
    return (-main.price.amount, item.rank, item.price.amount, item.sku, main.sku)


def _objection(main: Item, item: Item, has: set[str], rules: OfferRules) -> str:
    if item.sensitive or main.sensitive:
        return "sensitive"
    if item.sku in has:
        return "owned_already"
    if not item.in_stock:
        return "out_of_stock"
    if item.price.currency != main.price.currency:
        return "other_currency"
    if item.price.amount > main.price.amount * rules.most_of_price:
        return "too_dear"
    return ""
