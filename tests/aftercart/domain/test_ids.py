"""Ids name what they are made of: the same again, and another for anything else."""

import pytest

from aftercart.domain import ids

CUSTOMER = ids.customer_id("shop", "buyer", "7001")
MESSAGE = ids.message_id(CUSTOMER, "cause", 1, "confirm", "")


def test_the_same_things_have_the_same_id_in_every_process() -> None:
    assert CUSTOMER == "mj52jp5crhuwlr"
    assert MESSAGE == "mj52jp5crhuwlr-32ce35yxqi"
    assert ids.enrolment_id(CUSTOMER, "care", "order:1") == "mj52jp5crhuwlr-ut76xiiehp"
    assert ids.schedule_name(MESSAGE, 1) == "nmjazzrxur52tg3vierfwmvc7upokpsvlhkqfxue"
    assert ids.execution_name(MESSAGE, 2) == f"{MESSAGE}-2"


def test_every_part_of_what_is_named_makes_another_id() -> None:
    messages = {
        MESSAGE,
        ids.message_id(CUSTOMER, "another", 1, "confirm", ""),
        ids.message_id(CUSTOMER, "cause", 2, "confirm", ""),
        ids.message_id(CUSTOMER, "cause", 1, "delivered", ""),
        ids.message_id(CUSTOMER, "cause", 1, "confirm", "again"),
    }
    customers = {
        CUSTOMER,
        ids.customer_id("another", "buyer", "7001"),
        ids.customer_id("shop", "email", "7001"),
        ids.customer_id("shop", "buyer", "7002"),
        ids.customer_id("shop", "buyer", "7001", life=1),
    }
    enrolments = {
        ids.enrolment_id(CUSTOMER, "care", "order:1"),
        ids.enrolment_id(CUSTOMER, "another", "order:1"),
        ids.enrolment_id(CUSTOMER, "care", "order:2"),
        ids.message_id(CUSTOMER, "care", 1, "order:1", ""),
    }
    schedules = {ids.schedule_name(MESSAGE, 1), ids.schedule_name(MESSAGE, 2), ids.schedule_name("m", 1)}
    assert (len(messages), len(customers), len(enrolments), len(schedules)) == (5, 5, 4, 3)


def test_an_id_says_whose_it_is_and_an_attempts_says_of_what() -> None:
    assert ids.customer_of(MESSAGE) == CUSTOMER
    assert ids.customer_of(ids.attempt_id(MESSAGE, 3)) == CUSTOMER
    assert ids.split_attempt_id(ids.attempt_id(MESSAGE, 3)) == (MESSAGE, 3)
    assert ids.split_attempt_id(ids.attempt_id(MESSAGE, 999)) == (MESSAGE, 999)


@pytest.mark.parametrize(
    "reference",
    (
        "",
        MESSAGE,
        f"{MESSAGE}-",
        f"{MESSAGE}-x",
        f"{MESSAGE}-1000",
        f"{MESSAGE}-٣",
        f"{MESSAGE}-1-1",
        f"a{MESSAGE}-1",
        f"{MESSAGE}a-1",
    ),
)
def test_what_is_no_reference_of_ours_is_none(reference: str) -> None:
    assert ids.split_attempt_id(reference) is None
