"""What is enough of an attempt is the route's choice: that it was accepted, delivered or read."""

from dataclasses import replace
from datetime import timedelta

import pytest

from aftercart import ports
from aftercart.domain.brand import Success
from aftercart.domain.message import Outcome, ReceiptStatus
from aftercart.flows.opt_out import stop_at_provider
from aftercart.flows.order_confirmation import on_order
from aftercart.flows.receipts import on_receipt
from aftercart.ports import Outgoing, Sent
from tests.builders import CONFIRMATION, NEWS, SmallWorld, a_brand, a_country, legs, placed, with_steps

WHATSAPP, VIBER, SMS = NEWS
WAIT = timedelta(minutes=15)


def a_world_where(success: Success) -> SmallWorld:
    first, *others = legs(*NEWS)
    routes = {"news": (replace(first, success=success), *others)}
    small = SmallWorld(brand=a_brand(countries={"UA": a_country(routes=routes), "*": a_country()}))
    on_order(placed(), small.world)
    return small


def test_where_accepted_is_enough_nothing_is_waited_for() -> None:
    small = a_world_where(Success.ACCEPTED)
    assert small.rung(small.message("confirm"), token="t") == "sent"
    assert small.workflow.succeeded == ["t"]
    assert small.phones[WHATSAPP].shown[0].valid_for > WAIT.total_seconds()


def test_what_was_accepted_and_fails_after_all_goes_on_to_the_legs_that_are_left() -> None:
    small = a_world_where(Success.ACCEPTED)
    small.rung(small.message("confirm"))
    failed = small.receipt(small.message("confirm"), 1, ReceiptStatus.FAILED)
    small.clock.forward(minutes=3)
    on_receipt(failed, small.world)
    again = small.message("confirm")
    assert (again.final, again.run) == ("", 2)
    assert small.workflow.started[-1] == f"{again.id}/2"
    assert small.rung(again) == "waiting"
    assert [phone for phone in NEWS if small.phones[phone].shown] == [WHATSAPP, VIBER]
    on_receipt(small.receipt(again, 2, ReceiptStatus.DELIVERED), small.world)
    assert small.message("confirm").final == "delivered"


def test_its_run_begins_once_however_often_it_is_said_to_have_failed() -> None:
    small = a_world_where(Success.ACCEPTED)
    small.rung(small.message("confirm"))
    failed = small.receipt(small.message("confirm"), 1, ReceiptStatus.FAILED)
    on_receipt(failed, small.world)
    lost = small.workflow.started.pop()
    assert on_receipt(failed, small.world) == "duplicate"
    assert small.message("confirm").run == 2
    assert small.workflow.started[-1] == lost


@pytest.mark.parametrize("when", ("inside the send", "later"))
def test_where_no_leg_may_be_used_any_more_an_earlier_attempt_is_all_that_is_left_to_hope_for(
    when: str,
) -> None:
    first, second, third = legs(*NEWS)
    routes = {"news": (first, replace(second, success=Success.ACCEPTED), third)}
    small = SmallWorld(brand=a_brand(countries={"UA": a_country(routes=routes), "*": a_country()}))
    on_order(placed(), small.world)
    message = small.message("confirm")
    small.rung(message)
    small.clock.forward(minutes=16)

    def fails(_: Outgoing | None = None) -> Sent:
        """And meanwhile they said STOP on the channel after it."""
        stop_at_provider(message.customer, SMS, small.world)
        on_receipt(small.receipt(message, 2, ReceiptStatus.FAILED), small.world)
        return Sent(outcome=Outcome.ACCEPTED)

    small.phones[VIBER].answers = [fails] if when == "inside the send" else []
    small.rung(message, 2)
    if when == "later":
        fails()
    small.rung(small.message("confirm"), 3)
    assert small.message("confirm").final == "sent"
    on_receipt(small.receipt(message, 1, ReceiptStatus.FAILED), small.world)
    assert small.message("confirm").final == "exhausted"


def test_a_failure_that_comes_inside_the_send_goes_on_within_the_same_run() -> None:
    small = a_world_where(Success.ACCEPTED)
    message = small.message("confirm")

    def fails_at_once(_: Outgoing) -> Sent:
        on_receipt(small.receipt(small.message("confirm"), 1, ReceiptStatus.FAILED), small.world)
        return Sent(outcome=Outcome.ACCEPTED)

    small.phones[WHATSAPP].answers = [fails_at_once]
    assert small.rung(message, token="t") == "waiting"
    assert small.workflow.failed == ["t"]
    assert small.rung(message, 2) == "waiting"
    known = small.message("confirm")
    assert (known.final, known.run, len(known.attempts)) == ("", 1, 2)


def test_what_was_accepted_by_the_last_one_and_fails_after_all_is_exhausted() -> None:
    small = a_world_where(Success.ACCEPTED)
    message = small.message("confirm")
    for ordinal, phone in enumerate(NEWS, 1):
        small.phones[phone].answers = [Sent(outcome=Outcome.ACCEPTED)]
        small.rung(small.message("confirm"), ordinal)
        on_receipt(small.receipt(message, ordinal, ReceiptStatus.FAILED), small.world)
    assert small.message("confirm").final == "exhausted"


def test_where_it_has_to_be_read_delivered_still_waits_and_read_ends_it() -> None:
    small = a_world_where(Success.READ)
    message = small.message("confirm")
    small.rung(message, token="t")
    on_receipt(small.receipt(message, 1, ReceiptStatus.DELIVERED), small.world)
    assert small.message("confirm").final == ""
    assert small.workflow.succeeded == []
    on_receipt(small.receipt(message, 1, ReceiptStatus.READ), small.world)
    assert small.message("confirm").final == "delivered"
    assert small.workflow.succeeded == ["t"]


def test_what_nobody_reads_in_time_goes_to_the_next_channel_besides() -> None:
    small = a_world_where(Success.READ)
    message = small.message("confirm")
    small.rung(message)
    on_receipt(small.receipt(message, 1, ReceiptStatus.DELIVERED), small.world)
    small.clock.forward(minutes=15)
    assert small.rung(message, 2) == "waiting"
    assert [phone for phone in NEWS if small.phones[phone].shown] == [WHATSAPP, VIBER]
    on_receipt(small.receipt(message, 2, ReceiptStatus.DELIVERED), small.world)
    assert small.message("confirm").final == "delivered"


def test_a_delivered_one_that_is_to_be_read_is_still_looked_after() -> None:
    small = a_world_where(Success.READ)
    message = small.message("confirm")
    small.rung(message)
    ref = ports.message(message.id)
    owed_at = small.store.read(ref).todo_at(ref)
    assert owed_at is not None
    on_receipt(small.receipt(message, 1, ReceiptStatus.DELIVERED), small.world)
    assert small.store.read(ref).todo_at(ref) == owed_at
    on_receipt(small.receipt(message, 1, ReceiptStatus.READ), small.world)
    assert small.store.read(ref).todo_at(ref) is None


def test_a_step_may_wait_for_its_receipts_longer_than_its_route_says() -> None:
    step = replace(CONFIRMATION.steps[0], receipt_within=timedelta(hours=2))
    small = SmallWorld(journeys=(with_steps(CONFIRMATION, step),))
    on_order(placed(), small.world)
    assert small.message("confirm").waits == (7200,) * 5
