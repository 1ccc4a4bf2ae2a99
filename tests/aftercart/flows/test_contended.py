"""Somebody else writes the same item at the same moment: what was read is read again, and nothing is left."""

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from aftercart.domain.consent import Purpose
from aftercart.domain.customer import Customer
from aftercart.domain.message import Message, Outcome, ReceiptStatus
from aftercart.flows.erase import on_erase
from aftercart.flows.order_confirmation import on_order
from aftercart.flows.receipts import on_receipt
from aftercart.flows.rung import Task
from aftercart.flows.send_message import on_rung
from aftercart.ports import Conflict, Sent, Transient, World
from tests.builders import NEWS, SmallWorld, placed

WHATSAPP, VIBER, SMS = NEWS
OPTED_OUT = Sent(outcome=Outcome.REJECTED, reason="21610", advice="opted_out")
CHANGES = ("commit", "take_receipt")


@dataclass
class Contended:
    """A store in which each change meets `times` conflicts before it is done."""

    store: Any
    times: int
    met: Counter[str] = field(default_factory=Counter)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.store, name)
        if name not in CHANGES:
            return found

        def change(*given: Any) -> Any:
            self.met[name] += 1
            if self.met[name] % (self.times + 1):
                raise Conflict("TransactionConflictException")
            return found(*given)

        return change


def contended(world: World, times: int) -> World:
    return replace(world, store=Contended(world.store, times))


def a_world_that_sent() -> SmallWorld:
    small = SmallWorld()
    on_order(placed(), small.world)
    small.rung(small.message("confirm"))
    return small


@pytest.mark.parametrize("times", (1, 4))
def test_a_receipt_is_joined_however_often_another_was_faster(times: int) -> None:
    small = a_world_that_sent()
    receipt = small.receipt(small.message("confirm"), 1, ReceiptStatus.DELIVERED)
    assert on_receipt(receipt, contended(small.world, times)) == "joined"
    assert small.message("confirm").attempts[0].receipt is not None


@pytest.mark.parametrize("times", (1, 4))
def test_an_erasure_comes_to_its_end_however_often_another_was_faster(times: int) -> None:
    small = a_world_that_sent()
    customer = small.customer().id
    assert on_erase(customer, contended(small.world, times)) == "erased"
    assert small.everything(Message) == []
    assert [each.erased for each in small.everything(Customer)] == [True]


def test_who_is_never_the_faster_says_that_it_may_work_later() -> None:
    small = a_world_that_sent()
    receipt = small.receipt(small.message("confirm"), 1, ReceiptStatus.DELIVERED)
    with pytest.raises(Transient):
        on_receipt(receipt, contended(small.world, 99))


def test_a_providers_opt_out_is_written_before_the_outcome_that_told_of_it() -> None:
    """Once the outcome is written nobody comes back for it."""
    small = SmallWorld()
    on_order(placed(), small.world)
    small.phones[WHATSAPP].answers = [OPTED_OUT]
    heard_at_record: list[bool] = []
    commit = small.store.commit

    def watched(snapshot: Any, changes: Any) -> Any:
        rejected = any(
            isinstance(value := getattr(change, "value", None), Message)
            and any(attempt.outcome is Outcome.REJECTED for attempt in value.attempts)
            for change in changes
        )
        if rejected:
            address = small.customer().address(WHATSAPP)
            heard_at_record.append(address is not None and address.refused(Purpose.TRANSACTIONAL))
        return commit(snapshot, changes)

    small.store.commit = watched  # type: ignore[method-assign]
    message = small.message("confirm")
    on_rung(Task(message=message.id, run=message.run, rung=1, wait=900, token="t"), small.world)
    assert heard_at_record[0] is True
