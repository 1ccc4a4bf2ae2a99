"""Conditions are data: each holds, or it does not, and the first that does not is named."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, get_args

import pytest

from aftercart.domain.conditions import HOLDS, Known, unmet
from aftercart.domain.customer import Customer, Purchase
from aftercart.domain.journey import Condition, Enrolment
from aftercart.domain.money import Money
from aftercart.domain.order import Shipment, Stage
from tests.builders import NOW, an_order

DAY = timedelta(days=1)
CASE = Purchase(order="1001", line="1", sku="CASE-1", category="phone_case", at=NOW)
OLDER = Purchase(order="900", line="1", sku="PHONE-0", category="phone", at=NOW - 300 * DAY)
LATER = Purchase(order="1100", line="1", sku="PHONE-2", category="phone", at=NOW + DAY)
BACK = Purchase(order="901", line="1", sku="CHARGER", category="charger", at=NOW - DAY, returned=True)


def known(*purchases: Purchase, rating: str = "", total: str = "20000", currency: str = "UAH") -> Known:
    enrolment = Enrolment(
        id="e", customer="c", journey="j", subject="s", order="1001", started_at=NOW, rating=rating
    )
    order = an_order(total=Money(Decimal(total), currency))
    return Known(enrolment, Customer(id="c" * 14, purchases=purchases), order)


ARRIVED = Shipment(id="1", stages={Stage.DELIVERED: NOW}, updated_at=NOW)


def with_order(facts: Known, **more: Any) -> Known:
    assert facts.order is not None
    return replace(facts, order=replace(facts.order, **more))


def about_a_line(facts: Known, category: str) -> Known:
    assert facts.enrolment is not None
    return replace(facts, enrolment=replace(facts.enrolment, line="1", category=category))


def with_answers(facts: Known, **answers: str) -> Known:
    assert facts.enrolment is not None
    return replace(facts, enrolment=replace(facts.enrolment, answers=answers))


@pytest.mark.parametrize(
    ("condition", "wanted", "facts", "holds"),
    (
        ("rating_at_most", "2", known(rating="2"), True),
        ("rating_at_most", "2", known(rating="3"), False),
        ("rating_at_most", "2", known(), False),
        ("rating_at_least", "4", known(rating="4"), True),
        ("rating_at_least", "4", known(rating="3"), False),
        ("rating_at_least", "4", known(), False),
        ("answered", "true", known(rating="1"), True),
        ("answered", "true", known(), False),
        ("answered", "false", known(), True),
        ("first_purchase", "true", known(CASE), True),
        ("first_purchase", "true", known(CASE, LATER), True),
        ("first_purchase", "true", known(CASE, OLDER), False),
        ("first_purchase", "false", known(CASE, OLDER), True),
        ("total_at_least", "20000 UAH", known(), True),
        ("total_at_least", "20000.01 UAH", known(), False),
        ("total_at_least", "5 EUR", known(), False),
        ("total_at_least", "99.50 EUR", known(total="100", currency="EUR"), True),
        ("stage", "ordered", known(), True),
        ("stage", "shipped", known(), False),
        ("stage", "delivered", with_order(known(), shipments={"1": ARRIVED}), True),
        ("stage", "shipped", replace(known(), order=None), False),
        ("category", "phone_case", known(CASE), True),
        ("category", "phone", known(CASE), False),
        ("category", "phone", known(OLDER), False),
        ("category", "phone_case", known(replace(CASE, returned=True)), False),
        ("category", "phone", about_a_line(known(CASE), "phone"), True),
        ("category", "phone_case", about_a_line(known(CASE), "phone"), False),
        ("answer", "fit=small|big", with_answers(known(), fit="big"), True),
        ("answer", "fit=small|big", with_answers(known(), fit="ok"), False),
        ("answer", "fit=small", known(), False),
        ("owns", "phone_case", known(CASE), True),
        ("owns", "CASE-1", known(CASE), True),
        ("owns", "charger", known(BACK), False),
        ("owns_not", "charger", known(BACK), True),
        ("owns_not", "phone", known(OLDER), False),
    ),
)
def test_a_condition_holds_or_not(condition: Condition, wanted: str, facts: Known, holds: bool) -> None:
    assert unmet({condition: wanted}, facts) == ("" if holds else condition)


def test_the_first_that_does_not_hold_is_named() -> None:
    assert (
        unmet({"owns": "phone_case", "answered": "true", "rating_at_least": "4"}, known(CASE)) == "answered"
    )


def test_each_condition_that_may_be_named_is_known() -> None:
    assert set(HOLDS) == set(get_args(Condition))
