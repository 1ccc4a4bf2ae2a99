from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftercart.domain.catalogue import Catalogue, Item
from aftercart.domain.money import Money
from aftercart.domain.offer import Choice, Offer, OfferRules, choose
from aftercart.domain.order import Line

HALF = OfferRules()


def uah(amount: str) -> Money:
    return Money(Decimal(amount), "UAH")


def item(sku: str, price: str = "100.00", currency: str = "UAH", **more: Any) -> Item:
    return Item(sku=sku, category="thing", titles={"uk": sku}, price=Money(Decimal(price), currency), **more)


def line(sku: str, quantity: int = 1, product: str = "") -> Line:
    return Line(id=sku, sku=sku, product=product, title=sku, quantity=quantity, price=uah("1.00"))


PHONE = item("PHONE", "9000.00", product="8101")
CASE = item("CASE", "400.00", fits=("PHONE",), rank=10)
GLASS = item("GLASS", "300.00", fits=("PHONE",), rank=20)


def chosen(*items: Item, lines: tuple[Line, ...] = (line("PHONE"),), owned: tuple[str, ...] = ()) -> Choice:
    return choose(lines, owned, Catalogue(items), HALF)


def offered(*items: Item, lines: tuple[Line, ...] = (line("PHONE"),), owned: tuple[str, ...] = ()) -> str:
    offer = chosen(*items, lines=lines, owned=owned).offer
    return offer.sku if offer else ""


def test_what_fits_the_thing_bought_is_offered_once_with_its_price() -> None:
    assert chosen(PHONE, CASE, GLASS) == Choice(
        Offer(sku="CASE", for_sku="PHONE", price=uah("400.00")), "fits"
    )


def test_a_line_without_a_sku_is_found_by_the_shops_product() -> None:
    assert offered(PHONE, CASE, lines=(line("", product="8101"),)) == "CASE"


@pytest.mark.parametrize(
    ("case", "owned", "reason"),
    (
        (item("CASE", fits=("PHONE",), in_stock=False), (), "out_of_stock"),
        (item("CASE", fits=("PHONE",), sensitive=True), (), "sensitive"),
        (item("CASE", "4500.01", fits=("PHONE",)), (), "too_dear"),
        (item("CASE", "9.00", currency="EUR", fits=("PHONE",)), (), "other_currency"),
        (item("CASE", fits=("PHONE",)), ("CASE",), "owned_already"),
        (item("CASE", fits=("OTHER",)), (), "nothing_fits"),
    ),
)
def test_none_is_offered_and_the_reason_is_told(case: Item, owned: tuple[str, ...], reason: str) -> None:
    assert chosen(PHONE, case, owned=owned) == Choice(None, reason)


def test_the_price_may_reach_the_cap() -> None:
    assert offered(PHONE, item("CASE", "4500.00", fits=("PHONE",))) == "CASE"
    strict = OfferRules(most_of_price=Decimal("0.04"))
    assert choose((line("PHONE"),), (), Catalogue((PHONE, CASE)), strict).reason == "too_dear"


def test_where_the_best_falls_out_the_next_is_offered() -> None:
    assert offered(PHONE, CASE, GLASS, owned=("CASE",)) == "GLASS"
    assert offered(PHONE, CASE, GLASS, lines=(line("PHONE"), line("CASE"))) == "GLASS"


def test_what_is_in_the_same_order_is_not_offered_with_it() -> None:
    assert offered(PHONE, CASE, lines=(line("CASE"), line("PHONE"))) == ""


def test_a_returned_line_counts_neither_as_bought_nor_as_owned() -> None:
    assert chosen(PHONE, CASE, lines=(line("PHONE", quantity=0),)).reason == "nothing_fits"
    assert offered(PHONE, CASE, lines=(line("PHONE"), line("CASE", quantity=0))) == "CASE"


def test_nothing_goes_with_a_sensitive_thing() -> None:
    monitor = item("MONITOR", "1800.00", sensitive=True)
    assert chosen(monitor, item("CUFF", fits=("MONITOR",)), lines=(line("MONITOR"),)).reason == "sensitive"


def test_nothing_goes_with_what_the_catalogue_does_not_know() -> None:
    assert chosen(CASE, lines=(line("PHONE"),)) == Choice(None, "nothing_fits")
    assert chosen(lines=()) == Choice(None, "nothing_fits")


@pytest.mark.parametrize(
    ("one", "other"),
    (
        (item("B", "200.00", fits=("PHONE",), rank=1), item("A", "100.00", fits=("PHONE",), rank=2)),
        (item("B", "100.00", fits=("PHONE",)), item("A", "200.00", fits=("PHONE",))),
        (item("A", "100.00", fits=("PHONE",)), item("B", "100.00", fits=("PHONE",))),
    ),
    ids=("the shop's rank first", "then the lower price", "then the sku"),
)
def test_the_preference_does_not_depend_on_the_catalogues_order(one: Item, other: Item) -> None:
    assert offered(PHONE, one, other) == offered(other, PHONE, one) == one.sku


def test_the_dearest_thing_bought_comes_before_any_rank() -> None:
    shoes = item("SHOES", "3500.00")
    socks = item("SOCKS", fits=("SHOES",), rank=1)
    for lines in permutations((line("SHOES"), line("PHONE"))):
        assert offered(PHONE, CASE, shoes, socks, lines=lines) == "CASE"
        assert offered(PHONE, CASE, shoes, socks, lines=lines, owned=("CASE",)) == "SOCKS"


def test_the_reason_is_that_of_the_nearest_candidate() -> None:
    glass = item("GLASS", fits=("PHONE",), rank=20, in_stock=False)
    for items in permutations((PHONE, CASE, glass)):
        assert chosen(*items, owned=("CASE",)).reason == "owned_already"


skus = st.sampled_from("ABCDEF")
things = st.builds(
    item,
    skus,
    st.integers(1, 1000).map(str),
    fits=st.lists(skus, max_size=3).map(tuple),
    rank=st.integers(1, 3),
    in_stock=st.booleans(),
    sensitive=st.booleans(),
)


@given(
    st.lists(things, unique_by=lambda thing: thing.sku),
    st.lists(st.builds(line, skus, st.integers(0, 2)), max_size=4),
    st.sets(skus),
)
def test_an_offer_keeps_every_rule_whatever_is_sold(
    items: list[Item], lines: list[Line], owned: set[str]
) -> None:
    catalogue = Catalogue(tuple(items))
    choice = choose(tuple(lines), owned, catalogue, HALF)
    assert choice == choose(tuple(reversed(lines)), owned, Catalogue(tuple(reversed(items))), HALF)
    if choice.offer is None:
        return
    main, extra = catalogue.by_sku[choice.offer.for_sku], catalogue.by_sku[choice.offer.sku]
    bought = {each.sku for each in lines if each.quantity}
    assert main.sku in extra.fits
    assert main.sku in bought
    assert extra.sku not in bought | owned
    assert extra.in_stock
    assert not extra.sensitive
    assert not main.sensitive
    assert extra.price.amount * 2 <= main.price.amount
    assert choice.offer.price == extra.price
