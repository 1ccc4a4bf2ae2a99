"""What ends a step before it is said."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from aftercart.domain.customer import Customer, Purchase
from aftercart.domain.order import Order, Shipment, Stage
from aftercart.domain.stops import SAME_PURCHASE, Stop, overtaken, stop_reason
from tests.builders import NOW, PHONE, a_line, an_order

SECOND = timedelta(seconds=1)
ALL: tuple[Stop, ...] = ("cancelled", "returned", "bought_again")
OWNER = Customer(id="c" * 14)
ORDER = an_order(lines=(a_line(id="1"), a_line(id="2")))


def reason(
    stops: tuple[Stop, ...] = ALL, order: Order | None = ORDER, line: str = "1", customer: Any = OWNER
) -> str:
    return stop_reason(stops, order, line, "phone", customer, NOW)


def bought(after: timedelta, **facts: Any) -> Customer:
    known: dict[str, Any] = {"order": "2", "line": "9", "sku": PHONE, "category": "phone"}
    return Customer(id="c" * 14, purchases=(Purchase(**known | {"at": NOW + after} | facts),))


def with_quantities(first: int, second: int) -> Order:
    return an_order(lines=(a_line(id="1", quantity=first), a_line(id="2", quantity=second)))


def test_nothing_stops_what_still_makes_sense() -> None:
    assert reason() == ""
    assert reason(order=None) == ""


def test_while_a_person_may_be_answering_them_a_step_that_minds_it_is_not_said() -> None:
    talking = replace(OWNER, talks_until=NOW + SECOND)
    assert reason((*ALL, "human_talking"), customer=talking) == "human_talking"
    assert reason((*ALL, "human_talking"), customer=replace(OWNER, talks_until=NOW)) == ""
    assert reason(ALL, customer=talking) == ""


def test_who_is_erased_is_told_nothing_whatever_the_step_says() -> None:
    assert reason((), customer=None) == "erased"
    assert reason((), customer=Customer(id="c" * 14, erased=True)) == "erased"
    assert reason((), order=an_order(erased=True)) == "erased"
    assert reason((), order=None, customer=None) == "erased"


def test_a_cancelled_order_stops_the_steps_that_say_so() -> None:
    cancelled = an_order(cancelled_at=NOW)
    assert reason(order=cancelled) == "cancelled"
    assert reason(("returned",), order=cancelled, line="line-PHONE-1") == ""


@pytest.mark.parametrize(
    ("line", "order", "expected"),
    (
        ("1", with_quantities(0, 1), "returned"),
        ("2", with_quantities(0, 1), ""),
        ("", with_quantities(0, 1), ""),  # about the order: something of it is left
        ("", with_quantities(0, 0), "returned"),
        ("", an_order(lines=()), ""),
        ("gone", with_quantities(0, 0), "returned"),
    ),
)
def test_a_returned_line_stops_what_is_about_it(line: str, order: Order, expected: str) -> None:
    assert reason(("returned",), order=order, line=line) == expected
    assert reason(("cancelled",), order=order, line=line) == ""


def test_who_bought_another_since_is_not_offered_one() -> None:
    later = SAME_PURCHASE + SECOND
    assert reason(customer=bought(later)) == "bought_again"
    assert reason(("cancelled",), customer=bought(later)) == ""


@pytest.mark.parametrize(
    "other",
    (
        bought(timedelta(days=1)),  # still the same purchase
        bought(timedelta(days=9), returned=True),
        bought(timedelta(days=9), category="ink"),
        bought(timedelta(days=9), order="1001"),  # this one itself
    ),
)
def test_what_is_no_later_purchase_of_the_kind_stops_nothing(other: Customer) -> None:
    assert reason(customer=other) == ""


def test_a_stage_is_overtaken_only_by_a_later_one_of_its_own_parcel() -> None:
    parcel = Shipment(id="9", stages={Stage.OUT_FOR_DELIVERY: NOW}, updated_at=NOW)
    order = an_order(shipments={"9": parcel})
    told = {stage: overtaken(order, "9", stage) for stage in Stage}
    assert [stage for stage, passed in told.items() if passed] == ["label_created", "in_transit", "delayed"]
    assert not overtaken(order, "8", "in_transit")
    assert not overtaken(None, "9", "in_transit")
    assert not overtaken(order, "9", "confirm")  # no parcel's step
