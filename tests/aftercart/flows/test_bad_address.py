"""What a provider calls unreachable is not tried again, until a newer order brings the address again."""

from datetime import timedelta

import pytest

from aftercart.domain.consent import Channel
from aftercart.domain.message import Outcome, ReceiptStatus
from aftercart.flows.order_confirmation import on_order
from aftercart.flows.receipts import on_receipt
from aftercart.ports import Sent
from tests.builders import NOW, SmallWorld, an_order, placed

UNREACHABLE = Sent(outcome=Outcome.REJECTED, reason="not_on_whatsapp 131026", advice="bad_address")


def later(small: SmallWorld, hours: int, number: int) -> str:
    """Another order of theirs is placed, and its confirmation tried; by which channel it went."""
    small.clock.time = NOW + timedelta(hours=hours)
    order = an_order(id=f"77{number}", number=f"#77{number}", placed_at=small.clock.time)
    on_order(placed(order), small.world)
    message = max(small.messages("confirm"), key=lambda each: each.created_at)
    small.rung(message)
    (message,) = (each for each in small.messages("confirm") if each.id == message.id)
    return message.attempts[-1].channel


@pytest.fixture
def small() -> SmallWorld:
    small = SmallWorld()
    on_order(placed(), small.world)
    return small


def test_what_was_refused_for_its_address_is_left_out_of_the_next_message(small: SmallWorld) -> None:
    small.phones[Channel.WHATSAPP].answers = [UNREACHABLE]
    small.rung(small.message("confirm"))
    address = small.customer().addresses[Channel.WHATSAPP]
    assert address.bad
    assert not small.customer().addresses[Channel.VIBER].bad
    assert small.phones[Channel.VIBER].calls == 1


def test_a_receipt_says_so_too(small: SmallWorld) -> None:
    message = small.message("confirm")
    small.rung(message)
    failed = small.receipt(message, 1, ReceiptStatus.FAILED, advice="bad_address")
    assert [on_receipt(failed, small.world) for _ in range(2)] == ["joined", "duplicate"]
    assert small.customer().addresses[Channel.WHATSAPP].bad


def test_another_message_of_that_day_goes_another_way(small: SmallWorld) -> None:
    message = small.message("confirm")
    on_order(placed(an_order(id="771", number="#771")), small.world)
    small.phones[Channel.WHATSAPP].answers = [UNREACHABLE]
    small.rung(message)
    other = next(each for each in small.messages("confirm") if each.id != message.id)
    small.rung(other)
    assert small.phones[Channel.WHATSAPP].calls == 1


def test_a_newer_order_with_it_lets_it_be_tried_again(small: SmallWorld) -> None:
    small.phones[Channel.WHATSAPP].answers = [UNREACHABLE]
    small.rung(small.message("confirm"))
    assert later(small, hours=30, number=1) == Channel.WHATSAPP
    assert not small.customer().addresses[Channel.WHATSAPP].bad


def test_of_an_address_that_has_been_replaced_meanwhile_nothing_is_said(small: SmallWorld) -> None:
    message = small.message("confirm")
    small.rung(message)
    later(small, hours=30, number=1)
    on_receipt(small.receipt(message, 1, ReceiptStatus.FAILED, advice="bad_address"), small.world)
    assert not small.customer().addresses[Channel.WHATSAPP].bad
