"""Receipts: what they complete, what they let begin, and what a duplicate of one repeats."""

from dataclasses import replace

from aftercart import ports
from aftercart.domain.consent import Purpose
from aftercart.domain.message import Message, Receipt, ReceiptStatus
from aftercart.flows import pages
from aftercart.flows.opt_out import is_stopped
from aftercart.flows.order_confirmation import on_order
from aftercart.flows.receipts import on_receipt
from tests.builders import NEWS, NOW, SmallWorld, placed

WHATSAPP, VIBER, SMS = NEWS


def a_world_that_sent(rung: int = 1) -> tuple[SmallWorld, Message]:
    small = SmallWorld()
    on_order(placed(), small.world)
    small.rung(small.message("confirm"), rung, token="t")
    return small, small.message("confirm")


def test_a_failed_receipt_says_again_what_its_first_delivery_may_have_failed_to_say() -> None:
    small, message = a_world_that_sent()
    failed = small.receipt(message, 1, ReceiptStatus.FAILED)
    assert [on_receipt(failed, small.world) for _ in range(2)] == ["joined", "duplicate"]
    assert small.workflow.failed == ["t", "t"]


def test_a_failed_receipt_of_an_attempt_that_others_followed_moves_nothing() -> None:
    small, message = a_world_that_sent()
    small.clock.forward(minutes=15)
    small.rung(message, 2, token="second")
    on_receipt(small.receipt(message, 1, ReceiptStatus.FAILED), small.world)
    assert small.workflow.failed == []
    on_receipt(small.receipt(message, 2, ReceiptStatus.FAILED), small.world)
    assert small.workflow.failed == ["second"]


def test_a_failed_receipt_of_the_last_attempt_has_no_rung_to_let_begin() -> None:
    small, message = a_world_that_sent(5)
    on_receipt(small.receipt(message, 1, ReceiptStatus.FAILED), small.world)
    assert small.workflow.failed == []
    assert small.message("confirm").final == "exhausted"


def test_without_a_token_there_is_nobody_to_tell() -> None:
    small, message = a_world_that_sent()
    ref = ports.message(message.id)
    read = small.store.read(ref)
    tokenless = replace(message, attempts=tuple(replace(each, token="") for each in message.attempts))
    small.store.commit(read, [ports.Put(ref=ref, value=tokenless)])
    on_receipt(small.receipt(message, 1, ReceiptStatus.FAILED), small.world)
    assert small.workflow.failed == []


def test_sent_completes_nothing_and_read_completes_once() -> None:
    small, message = a_world_that_sent()
    on_receipt(small.receipt(message, 1, ReceiptStatus.SENT), small.world)
    assert small.workflow.succeeded == []
    read = small.receipt(message, 1, ReceiptStatus.READ)
    assert [on_receipt(read, small.world) for _ in range(2)] == ["joined", "duplicate"]
    assert small.workflow.succeeded == ["t"]


def test_the_last_attempts_receipt_completes_nothing_for_its_rung_has_ended() -> None:
    small, message = a_world_that_sent(5)
    assert small.workflow.succeeded == ["t"]
    on_receipt(small.receipt(message, 1, ReceiptStatus.DELIVERED), small.world)
    assert small.workflow.succeeded == ["t"]


def test_a_receipt_of_nothing_of_ours_is_unknown() -> None:
    small, message = a_world_that_sent()
    other = Receipt(reference=f"{message.id}-2", status=ReceiptStatus.READ, at=NOW)
    assert on_receipt(other, small.world) == "unknown"


def test_an_opt_out_that_a_receipt_tells_of_is_remembered_with_its_source() -> None:
    small, message = a_world_that_sent()
    on_receipt(small.receipt(message, 1, ReceiptStatus.FAILED, advice="opted_out"), small.world)
    address = small.customer().addresses[WHATSAPP]
    for purpose in Purpose:
        said = address.consent(purpose)
        assert said is not None
        assert (said.granted, said.source, said.explicit, said.at) == (False, "provider:whatsapp", True, NOW)


def test_who_complains_of_what_was_shown_has_stopped_however_often_it_is_told() -> None:
    small, message = a_world_that_sent()
    on_receipt(small.receipt(message, 1, ReceiptStatus.DELIVERED), small.world)
    complaint = small.receipt(message, 1, ReceiptStatus.DELIVERED, advice="opted_out")
    assert [on_receipt(complaint, small.world) for _ in range(2)] == ["duplicate", "duplicate"]
    address = small.customer().addresses[WHATSAPP]
    assert [address.refused(purpose) for purpose in Purpose] == [True, True]
    assert small.message("confirm").final == "delivered"
    assert small.workflow.succeeded == ["t"]


def test_who_complains_before_the_delivery_is_told_has_had_it_all_the_same() -> None:
    small, message = a_world_that_sent()
    on_receipt(small.receipt(message, 1, ReceiptStatus.DELIVERED, advice="opted_out"), small.world)
    assert small.customer().addresses[WHATSAPP].refused(Purpose.TRANSACTIONAL)
    assert small.message("confirm").final == "delivered"
    assert small.workflow.succeeded == ["t"]


def test_who_has_no_address_has_stopped_nothing() -> None:
    small, _ = a_world_that_sent()
    assert not is_stopped(replace(small.customer(), addresses={}))


def test_a_press_on_the_page_of_who_is_gone_does_nothing() -> None:
    small, message = a_world_that_sent()
    owner = ports.customer(small.customer().id)
    gone = replace(small.customer(), erased=True)
    small.store.commit(small.store.read(owner), [ports.Put(ref=owner, value=gone)])
    assert [pages.act(message.id, press, small.world) for press in ("rate:4", "stop", "else")] == ["", "", ""]
    assert not pages.show(message.id, "", small.world).found
