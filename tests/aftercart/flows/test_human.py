"""News that mattered and reached nobody: a person is asked to tell it, once, whatever came in which order."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import permutations

import pytest

from aftercart import ports
from aftercart.domain.consent import Channel
from aftercart.domain.message import Message, Outcome, ReceiptStatus
from aftercart.domain.order import Stage
from aftercart.flows.delivery_tracking import on_shipment
from aftercart.flows.erase import on_erase
from aftercart.flows.lifecycle_reminders import sweep
from aftercart.flows.order_confirmation import on_order
from aftercart.flows.receipts import on_receipt
from aftercart.ports import HumanTask, Sent, World
from tests.builders import DELIVERY, REJECTED, UNKNOWN, SmallWorld, a_step, moved, placed, with_steps

WHATSAPP, VIBER, SMS = Channel.WHATSAPP, Channel.VIBER, Channel.SMS
FAILED, DELIVERED = ReceiptStatus.FAILED, ReceiptStatus.DELIVERED


@dataclass
class Told:
    """ports.Humans that notes."""

    tasks: list[HumanTask] = field(default_factory=list)

    def needed(self, task: HumanTask) -> None:
        self.tasks.append(task)


@pytest.fixture
def small() -> SmallWorld:
    return trouble(matters=True)


def trouble(*, matters: bool) -> SmallWorld:
    """An order, confirmed; then something is wrong with its parcel."""
    step = a_step("exception", on="exception", matters=matters, useful_for=timedelta(days=2))
    small = SmallWorld(journeys=(with_steps(DELIVERY, step),))
    on_order(placed(), small.world)
    on_shipment(moved(Stage.EXCEPTION), small.world)
    return small


def tasks(small: SmallWorld) -> list[HumanTask]:
    found: list[HumanTask] = small.everything(HumanTask)
    return found


def refuse(small: SmallWorld, *channels: Channel, answer: Sent = REJECTED) -> None:
    for channel in channels:
        small.phones[channel].answers = [answer]


def news(small: SmallWorld) -> Message:
    return small.message("exception")


def with_humans(small: SmallWorld) -> tuple[World, Told]:
    told = Told()
    return replace(small.world, humans=told), told


def test_where_each_channel_refuses_it_a_person_is_asked_with_a_reason_for_each(small: SmallWorld) -> None:
    refuse(small, WHATSAPP, VIBER, SMS)
    assert small.rung(news(small)) == "exhausted"
    (task,) = tasks(small)
    assert (task.message, task.order, task.shipment) == (news(small).id, "1001", "9001")
    assert (task.journey, task.step, task.reason) == ("delivery", "exception", "exhausted")
    assert task.tried == ("1 whatsapp: 131026", "2 viber: 131026", "3 sms: 131026")
    assert news(small).log[-1].facts == {
        "route": "whatsapp: order, viber: order, sms: order",
        **{"1 whatsapp": "131026", "2 viber": "131026", "3 sms": "131026"},
    }


def test_where_it_does_not_matter_nobody_is_asked() -> None:
    small = trouble(matters=False)
    refuse(small, WHATSAPP, VIBER, SMS)
    assert small.rung(news(small)) == "exhausted"
    assert tasks(small) == []


def test_what_was_taken_on_the_last_channel_and_failed_later_is_a_task_once(small: SmallWorld) -> None:
    refuse(small, WHATSAPP, VIBER)
    assert small.rung(news(small)) == "sent"
    assert tasks(small) == []
    failed = small.receipt(news(small), 3, FAILED, reason="undeliverable 30005")
    assert [on_receipt(failed, small.world) for _ in range(3)] == ["joined", "duplicate", "duplicate"]
    (task,) = tasks(small)
    assert (task.reason, task.tried[-1]) == ("exhausted", "3 sms: undeliverable 30005")
    assert [entry.reason for entry in news(small).log].count("exhausted") == 1


def test_of_what_nobody_knows_a_person_is_asked(small: SmallWorld) -> None:
    refuse(small, WHATSAPP, VIBER)
    refuse(small, SMS, answer=UNKNOWN)
    assert small.rung(news(small)) == "unknown"
    assert [task.reason for task in tasks(small)] == ["unknown"]


def test_what_expired_unsaid_is_a_task_too(small: SmallWorld) -> None:
    small.clock.forward(days=3)
    assert small.rung(news(small)) == "expired"
    assert [task.reason for task in tasks(small)] == ["expired"]


def test_what_is_sent_and_never_confirmed_is_none(small: SmallWorld) -> None:
    refuse(small, WHATSAPP, VIBER)
    assert small.rung(news(small)) == "sent"
    on_receipt(small.receipt(news(small), 3, ReceiptStatus.SENT), small.world)
    assert tasks(small) == []


def test_what_was_shown_after_all_needs_nobody_any_more(small: SmallWorld) -> None:
    refuse(small, WHATSAPP, VIBER)
    refuse(small, SMS, answer=UNKNOWN)
    small.rung(news(small))
    on_receipt(small.receipt(news(small), 3, DELIVERED), small.world)
    assert tasks(small) == []
    assert news(small).final == "delivered"


@pytest.mark.parametrize("order", tuple(permutations((FAILED, DELIVERED, ReceiptStatus.SENT))))
def test_the_order_of_receipts_does_not_matter(order: tuple[ReceiptStatus, ...]) -> None:
    small = trouble(matters=True)
    refuse(small, WHATSAPP, VIBER)
    small.rung(news(small))
    for status in order:
        on_receipt(small.receipt(news(small), 3, status), small.world)
    assert (news(small).final, tasks(small)) == ("delivered", [])


def test_the_sweep_tells_a_person_and_then_no_more(small: SmallWorld) -> None:
    refuse(small, WHATSAPP, VIBER, SMS)
    small.rung(news(small))
    world, told = with_humans(small)
    for _ in range(3):
        small.clock.forward(minutes=15)
        sweep(world)
    assert told.tasks == tasks(small)
    ref = ports.human_task(news(small).id)
    assert small.store.read(ref).todo_at(ref) is None


def test_a_task_goes_with_its_customer(small: SmallWorld) -> None:
    refuse(small, WHATSAPP, VIBER, SMS)
    small.rung(news(small))
    on_erase(small.customer().id, small.world)
    assert tasks(small) == []


def test_an_outcome_that_comes_after_the_end_asks_once(small: SmallWorld) -> None:
    """The call was still under way when the message expired; then it was refused."""
    refuse(small, WHATSAPP, VIBER)

    def refused_late(_: object) -> Sent:
        small.clock.forward(days=3)
        assert small.rung(news(small), token="second") == "expired"
        return REJECTED

    small.phones[SMS].answers = [refused_late]
    assert small.rung(news(small)) == "expired"
    assert [task.reason for task in tasks(small)] == ["expired"]
    assert news(small).attempts[-1].outcome is Outcome.REJECTED
