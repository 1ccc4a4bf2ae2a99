"""What an attempt's outcome and receipt make of it, and of its message."""

from datetime import timedelta
from typing import Any

import pytest

from aftercart.domain.clockwork import FURTHEST, GRACE, SOONEST, arm_time, attempt_deadline
from aftercart.domain.message import (
    Attempt,
    Closed,
    Message,
    Outcome,
    Receipt,
    ReceiptStatus,
    Urgency,
    Variant,
)
from aftercart.domain.suppression import keyed_hash
from tests.builders import NEWS, NOW

MESSAGE = "c" * 14 + "-" + "m" * 10
SECOND = timedelta(seconds=1)


def an_attempt(outcome: str = "accepted", receipt: str = "", advice: str = "", said: str = "") -> Attempt:
    came = None
    if receipt:
        status = ReceiptStatus[receipt.upper()]
        came = Receipt(reference=f"{MESSAGE}-1", status=status, at=NOW, advice=said)
    facts: dict[str, Any] = {"ordinal": 1, "channel": NEWS[0], "variant": Variant.OFFER, "run": 1, "rung": 1}
    facts |= {"claimed_at": NOW, "deadline": NOW}
    return Attempt(**facts, outcome=Outcome(outcome), receipt=came, advice=advice)


def a_message(*attempts: Attempt, closed: str = "") -> Message:
    ended = Closed(reason=closed, at=NOW) if closed else None
    facts: dict[str, Any] = {"id": MESSAGE, "journey": "j", "step": "s", "text": "s", "created_at": NOW}
    return Message(**facts, not_after=NOW, attempts=attempts, closed=ended)


def test_the_stored_words_are_these() -> None:
    assert [*Outcome] == ["claimed", "accepted", "rejected", "unknown"]
    assert [*ReceiptStatus] == [1, 2, 3, 4]
    assert [each.name for each in sorted(ReceiptStatus)] == ["SENT", "FAILED", "DELIVERED", "READ"]
    assert [*Variant] == ["plain", "offer"]
    assert [*Urgency] == ["now", "by_morning"]


@pytest.mark.parametrize(
    ("attempt", "shown", "failed"),
    (
        (an_attempt("claimed"), False, False),
        (an_attempt("accepted"), False, False),
        (an_attempt("unknown"), False, False),
        (an_attempt("rejected"), False, True),
        (an_attempt("accepted", "sent"), False, False),
        (an_attempt("accepted", "failed"), False, True),
        (an_attempt("unknown", "failed"), False, True),
        (an_attempt("accepted", "delivered"), True, False),
        (an_attempt("accepted", "read"), True, False),
        (an_attempt("rejected", "delivered"), True, False),  # shown after all
    ),
)
def test_what_became_of_an_attempt(attempt: Attempt, shown: bool, failed: bool) -> None:
    assert (attempt.shown, attempt.failed, attempt.live) == (shown, failed, not failed)


def test_barred_as_marketing_is_what_the_receipt_says_or_else_the_call() -> None:
    assert an_attempt("rejected", advice="plain").barred_as_marketing
    assert not an_attempt("rejected", advice="alarm").barred_as_marketing
    assert not an_attempt("accepted", advice="plain").barred_as_marketing
    assert an_attempt("accepted", "failed", said="plain").barred_as_marketing
    assert not an_attempt("accepted", "failed", advice="plain").barred_as_marketing


@pytest.mark.parametrize(
    ("message", "final"),
    (
        (a_message(), ""),
        (a_message(an_attempt()), ""),
        (a_message(an_attempt("rejected"), an_attempt("accepted", "delivered")), "delivered"),
        (a_message(an_attempt("accepted", "read"), closed="sent"), "delivered"),
        (a_message(an_attempt(), closed="sent"), "sent"),
        (a_message(an_attempt("unknown"), closed="unknown"), "unknown"),
        (a_message(an_attempt("accepted", "failed"), closed="sent"), "exhausted"),
        (a_message(an_attempt("unknown", "failed"), closed="unknown"), "exhausted"),
        (a_message(an_attempt("accepted", "failed"), an_attempt(), closed="sent"), "sent"),
        (a_message(an_attempt("unknown"), an_attempt("accepted", "failed"), closed="sent"), "unknown"),
        (a_message(an_attempt("claimed"), an_attempt("accepted", "failed"), closed="sent"), "unknown"),
        (a_message(an_attempt("unknown", "sent"), an_attempt("accepted", "failed"), closed="sent"), "sent"),
        (a_message(an_attempt("rejected"), closed="cancelled"), "cancelled"),
        (a_message(closed="sent"), "sent"),
    ),
)
def test_a_messages_final_state(message: Message, final: str) -> None:
    assert message.final == final


def test_a_message_knows_whose_it_is_and_what_its_attempts_are_called() -> None:
    message = a_message(an_attempt())
    assert message.customer == "c" * 14
    assert message.reference(message.attempts[0]) == f"{MESSAGE}-1"


def test_an_arm_is_never_under_a_minute_ahead_nor_beyond_a_schedules_reach() -> None:
    assert (60 * SECOND, timedelta(days=360), timedelta(minutes=15)) == (SOONEST, FURTHEST, GRACE)
    for due, armed in (
        (NOW - timedelta(days=1), NOW + SOONEST),
        (NOW + SOONEST - SECOND, NOW + SOONEST),
        (NOW + SOONEST + SECOND, NOW + SOONEST + SECOND),
        (NOW + FURTHEST, NOW + FURTHEST),
        (NOW + FURTHEST + SECOND, NOW + FURTHEST),
    ):
        assert arm_time(due, NOW) == armed


def test_an_attempts_time_is_over_a_minute_before_the_rungs_and_never_half_of_it() -> None:
    assert attempt_deadline(NOW, 900 * SECOND) == NOW + 840 * SECOND
    assert attempt_deadline(NOW, 120 * SECOND) == NOW + 60 * SECOND
    assert attempt_deadline(NOW, 60 * SECOND) == NOW + 30 * SECOND


def test_an_addresss_hash_is_the_same_however_it_is_written_and_another_under_another_key() -> None:
    assert keyed_hash(" Olena@Customer.example ", b"k") == keyed_hash("olena@customer.EXAMPLE", b"k")
    assert keyed_hash("olena@customer.example", b"k") != keyed_hash("olena@customer.example", b"l")
    assert keyed_hash("e\u0301@x", b"k") == keyed_hash("\u00e9@x", b"k") != keyed_hash("e@x", b"k")
    assert keyed_hash("+380671234567", b"k") == "diakdnh4rol2zoj7z5nbp2em7hsqw7it"
