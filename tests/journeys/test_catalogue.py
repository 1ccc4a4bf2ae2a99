from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from pydantic import TypeAdapter

from aftercart.domain.catalogue import Catalogue, Item
from aftercart.domain.money import Money
from aftercart.domain.offer import OfferRules, choose
from aftercart.domain.order import Line

FILE = Path(__file__).parents[2] / "journeys" / "catalogue.yaml"
ITEMS = TypeAdapter(tuple[Item, ...]).validate_python(yaml.safe_load(FILE.read_text(encoding="utf-8")))
CATALOGUE = Catalogue(ITEMS)


def bought(sku: str) -> Line:
    price = Money(Decimal("1.00"), "UAH")
    return Line(id="1", sku=sku, product="", title=sku, quantity=1, price=price)


def offered_with(sku: str) -> str:
    choice = choose((bought(sku),), (), CATALOGUE, OfferRules())
    return choice.offer.sku if choice.offer else choice.reason


def test_it_has_something_of_every_kind() -> None:
    kinds = {item.category for item in ITEMS}
    assert len(ITEMS) >= 44
    assert {
        "phone",
        "phone_case",
        "printer",
        "ink",
        "running_shoes",
        "toothbrush",
        "toothbrush_head",
    } <= kinds
    assert any(not item.in_stock for item in ITEMS)
    assert any(item.sensitive for item in ITEMS)


def test_each_thing_is_known_by_one_sku_and_one_product() -> None:
    assert len(CATALOGUE.by_sku) == len(ITEMS)
    assert len(CATALOGUE.by_product) == len(ITEMS)
    assert all(item.product.isdecimal() for item in ITEMS)


def test_what_a_thing_fits_is_sold_too() -> None:
    assert {sku for item in ITEMS for sku in item.fits} <= CATALOGUE.by_sku.keys()


def test_each_thing_has_a_short_title_in_each_language_and_a_price() -> None:
    for item in ITEMS:
        assert set(item.titles) == {"uk", "ru", "en"}
        assert all(0 < len(title) <= 32 for title in item.titles.values()), item.sku
        assert item.price.currency == "UAH"
        assert Decimal(100) < item.price.amount < Decimal(30_000)


@pytest.mark.parametrize(
    ("sku", "offered"),
    (
        ("ZIRVO-A1", "CASE-A1"),
        ("ZIRVO-X2", "CASE-X2"),
        ("ZIRVO-MINI", "GLASS-MINI"),  # its case is out of stock
        ("PRINT-J300", "INK-J-BLACK"),
        ("BIHUN-STEZHKA", "SOCKS-MERINO"),
        ("ZUBRIK-KIDS", "HEADS-KIDS"),
        ("KAVARIO-AUTO", "BEANS-1KG"),
        ("TONOMETER", "sensitive"),
        ("CASE-A1", "nothing_fits"),
    ),
)
def test_with_a_thing_goes_what_the_shop_prefers(sku: str, offered: str) -> None:
    assert offered_with(sku) == offered
