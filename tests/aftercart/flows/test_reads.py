"""Where a customer reads, the next message goes first: for a call or two more a month."""

from datetime import timedelta

import pytest

from aftercart.domain.message import Message, ReceiptStatus
from aftercart.flows import erase, reads
from aftercart.flows.order_confirmation import on_order
from aftercart.flows.receipts import on_receipt
from tests.builders import NEWS, NOW, REJECTED, SmallWorld, an_order, placed

WHATSAPP, VIBER, SMS = NEWS
READ, DELIVERED = ReceiptStatus.READ, ReceiptStatus.DELIVERED


def ordered(small: SmallWorld, number: int = 1) -> Message:
    """An order, whose confirmation was sent over Viber, as WhatsApp refuses it."""
    on_order(placed(an_order(str(number), at=small.clock.now())), small.world)
    (message,) = (each for each in small.messages("confirm") if each.order == str(number))
    small.phones[WHATSAPP].answers = [REJECTED]
    small.rung(message)
    return next(each for each in small.messages("confirm") if each.id == message.id)


def calls_of(small: SmallWorld, message: Message, status: ReceiptStatus) -> int:
    """How many times the table is asked for a receipt of a message's newest attempt."""
    before = small.store.calls
    on_receipt(small.receipt(message, len(message.attempts), status), small.world)
    return small.store.calls - before


def test_the_next_message_goes_first_where_they_read_the_one_before() -> None:
    small = SmallWorld()
    calls_of(small, ordered(small), READ)
    second = ordered(small, 2)
    assert [attempt.channel for attempt in second.attempts] == [VIBER]
    assert second.log[-1].facts["route"] == "viber: read_before, whatsapp: order, sms: order"


def test_a_first_read_costs_two_calls_more_and_others_within_a_month_none() -> None:
    small = SmallWorld()
    first = ordered(small)
    assert calls_of(small, first, DELIVERED) == 1
    assert calls_of(small, first, READ) == 3
    small.clock.forward(days=29)
    assert calls_of(small, ordered(small, 2), READ) == 1
    assert small.customer().read_at == {VIBER: NOW}
    small.clock.forward(days=1)
    assert calls_of(small, ordered(small, 3), READ) == 3
    assert small.customer().read_at == {VIBER: NOW + timedelta(days=30)}


def test_a_repeated_receipt_looks_whether_the_first_one_was_lost_on_its_way() -> None:
    small = SmallWorld()
    message = ordered(small)
    assert [calls_of(small, message, READ) for _ in range(2)] == [3, 2]


@pytest.mark.parametrize("order", ((0, 1), (1, 0)))
def test_in_whatever_order_they_come_the_newest_that_was_read_is_kept(order: tuple[int, int]) -> None:
    small = SmallWorld()
    messages = [ordered(small)]
    small.clock.forward(days=2)
    messages.append(ordered(small, 2))
    for n in order:
        calls_of(small, messages[n], READ)
    assert small.customer().read_at == {VIBER: NOW + timedelta(days=2)}


def test_of_whom_is_erased_nothing_is_kept() -> None:
    small = SmallWorld()
    message = ordered(small)
    receipt = small.receipt(message, 2, READ)
    erase.on_erase(small.customer().id, small.world)
    assert on_receipt(receipt, small.world) == "unknown"
    reads.noted(message.customer, message.attempts[1], small.world)  # whose receipt was joined just before
    assert small.customer().read_at == {}
