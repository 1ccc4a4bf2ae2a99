"""The claim: the only door to a provider, and what meanwhile closes it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from aftercart import ports
from aftercart.domain.consent import Channel, Purpose
from aftercart.domain.content import Content
from aftercart.domain.customer import Customer
from aftercart.domain.message import Message, ReceiptStatus, Urgency
from aftercart.domain.order import Stage
from aftercart.flows.delivery_tracking import on_shipment
from aftercart.flows.order_confirmation import on_order
from aftercart.flows.receipts import on_receipt
from aftercart.flows.replies import on_reply
from aftercart.flows.rung import Task
from aftercart.flows.send_message import on_rung
from aftercart.ports import Put, Telling
from tests.builders import (
    NEWS,
    NOW,
    OLENA_PHONE,
    REJECTED,
    SmallWorld,
    a_brand,
    a_buyer,
    an_order,
    moved,
    placed,
    said,
)

WHATSAPP, VIBER, SMS = NEWS
NEW_PHONE = "+380509998877"
NIGHT = datetime(2026, 11, 23, 1, 40, tzinfo=UTC)  # 03:40 in Kyiv


def a_world_with_an_order(**facts: Any) -> tuple[SmallWorld, Message]:
    small = SmallWorld(**facts)
    on_order(placed(), small.world)
    return small, small.message("confirm")


def changed(small: SmallWorld, ref: ports.Ref[Any], **facts: Any) -> None:
    read = small.store.read(ref)
    known: Any = read.get(ref)
    put = Put(ref=ref, value=replace(known, **facts), todo_at=read.todo_at(ref))
    small.store.commit(read, [put])


def first_rung(small: SmallWorld, message: Message, **facts: Any) -> str:
    task: dict[str, Any] = {
        "message": message.id,
        "run": 1,
        "rung": 1,
        "wait": 900,
        "token": f"of {message.id}",
    }
    return on_rung(Task(**task | facts), small.world)


@dataclass
class Meanwhile:
    """ports.Texts that renders late enough for something to happen after everything was read."""

    small: SmallWorld
    happens: Callable[[], object] | None

    def render(self, telling: Telling) -> Content:
        happens, self.happens = self.happens, None
        if happens:
            happens()
        return self.small.texts.render(telling)


def rung_while(small: SmallWorld, message: Message, happens: Callable[[], object]) -> str:
    world = replace(small.world, texts=Meanwhile(small, happens))
    return on_rung(Task(message=message.id, run=1, rung=1, wait=900, token="slower"), world)


def test_of_two_senders_that_read_the_same_message_one_claims_it() -> None:
    small, message = a_world_with_an_order()
    small.rung(message)  # counted and asked: where that has failed, only the message is written of the next
    on_receipt(small.receipt(message, 1, ReceiptStatus.FAILED), small.world)
    again = Task(message=message.id, run=1, rung=2, wait=900, token="quicker")
    slower = replace(again, token="slower")
    world = replace(small.world, texts=Meanwhile(small, lambda: on_rung(again, small.world)))
    assert on_rung(slower, world) == "waiting"
    assert small.shown()[1:] == ["viber confirm/offer"]
    assert len(small.message("confirm").attempts) == 2


def test_an_end_of_its_enrolment_that_lands_between_the_reading_and_the_claim_undoes_the_claim() -> None:
    small, message = a_world_with_an_order()
    ref = ports.enrolment(message.enrolment)
    assert rung_while(small, message, lambda: changed(small, ref, ended="returned")) == "returned"
    assert small.shown() == []


def test_a_message_of_an_earlier_generation_is_not_sent() -> None:
    small, message = a_world_with_an_order()
    changed(small, ports.enrolment(message.enrolment), generation=2)
    assert small.rung(message) == "superseded"
    assert small.shown() == []


def test_a_provider_is_given_the_attempts_own_reference() -> None:
    small, message = a_world_with_an_order()
    small.rung(message)
    assert [outgoing.reference for outgoing in small.phones[WHATSAPP].shown] == [f"{message.id}-1"]


def test_a_new_run_waits_for_what_the_old_one_has_sent() -> None:
    small, message = a_world_with_an_order()
    first_rung(small, message, rung=2)
    changed(small, ports.message(message.id), run=2)
    small.clock.forward(minutes=13)
    assert first_rung(small, message, run=2, rung=3) == "waiting"
    assert len(small.shown()) == 1
    small.clock.forward(minutes=1)
    first_rung(small, message, run=2, rung=3)
    assert len(small.shown()) == 2


def test_a_message_counts_once_however_many_channels_it_takes() -> None:
    small, message = a_world_with_an_order()
    small.phones[WHATSAPP].answers = [REJECTED]
    small.phones[VIBER].answers = [REJECTED]
    small.rung(message)
    today = small.customer().today
    assert today is not None
    assert (today.messages, today.marketing) == (1, 1)
    assert len(small.message("confirm").attempts) == 3


def test_what_waits_for_its_receipt_is_looked_after_once_its_time_has_passed() -> None:
    small, message = a_world_with_an_order()
    small.rung(message)
    ref = ports.message(message.id)
    small.clock.forward(minutes=28)
    assert ref not in small.store.overdue(small.clock.now(), 10)
    small.clock.forward(minutes=1)
    assert ref in small.store.overdue(small.clock.now(), 10)


def test_what_is_final_is_not_looked_after() -> None:
    small, message = a_world_with_an_order()
    small.rung(message, 5)
    small.clock.forward(days=9)
    assert ports.message(message.id) not in small.store.overdue(small.clock.now(), 10)


def test_whatsapp_needs_an_opt_in_even_for_news() -> None:
    small, message = a_world_with_an_order(brand=a_brand(checkout_opt_in=(VIBER, SMS)))
    owner = small.customer()
    silent = {channel: replace(a, recorded={}, said={}) for channel, a in owner.addresses.items()}
    changed(small, ports.customer(owner.id), addresses=silent)
    small.rung(message)
    assert small.shown() == ["viber confirm/plain"]
    (send,) = [entry for entry in small.message("confirm").log if entry.reason == VIBER]
    assert send.facts["whatsapp.plain"] == "no_opt_in"


def test_marketing_waits_for_the_hours_of_where_the_customer_lives() -> None:
    small, message = a_world_with_an_order()
    changed(small, ports.message(message.id), purpose=Purpose.MARKETING)
    small.clock.time = datetime(2026, 11, 23, 18, 30, tzinfo=UTC)  # 20:30 in Kyiv
    assert small.rung(message) == "quiet_hours"
    assert small.shown() == []


def test_marketing_beyond_its_cap_waits_for_tomorrow_and_news_goes_without_its_offer() -> None:
    small = SmallWorld(brand=a_brand(marketing_a_day=1))
    for number in ("1", "2", "3"):
        on_order(placed(an_order(number)), small.world)
    one, two, three = small.messages("confirm")
    first_rung(small, one)
    first_rung(small, two)
    assert small.shown() == ["whatsapp confirm/offer", "whatsapp confirm/plain"]
    changed(small, ports.message(three.id), purpose=Purpose.MARKETING, not_after=NOW + timedelta(days=5))
    assert first_rung(small, three) == "marketing_cap"
    due_at = next(m for m in small.messages("confirm") if m.id == three.id).due_at
    assert due_at is not None
    assert datetime(2026, 11, 24, 12, tzinfo=UTC) <= due_at <= datetime(2026, 11, 24, 13, tzinfo=UTC)


def test_what_would_wait_beyond_its_time_ends_with_the_reason_that_held_it() -> None:
    small, message = a_world_with_an_order()
    small.clock.time = NIGHT
    opens = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)
    changed(small, ports.message(message.id), urgency=Urgency.BY_MORNING, not_after=opens)
    assert small.rung(message) == "asleep"
    closed = small.message("confirm").closed
    assert closed is not None
    assert closed.reason == "asleep"


def test_a_second_attempt_is_not_held_by_a_cap_that_the_first_one_has_counted_in() -> None:
    small, message = a_world_with_an_order(brand=a_brand(messages_a_day=1, marketing_a_day=1))
    small.phones[WHATSAPP].answers = [REJECTED]
    small.rung(message)
    assert small.shown() == ["viber confirm/offer"]


def test_a_question_is_remembered_once_however_many_channels_ask_it() -> None:
    small, message = a_world_with_an_order()
    small.phones[WHATSAPP].answers = [REJECTED]
    small.rung(message)
    (asked,) = small.customer().asked
    assert (asked.kind, asked.message, asked.enrolment) == ("offer", message.id, message.enrolment)
    assert (asked.at, asked.until) == (NOW, NOW + timedelta(days=2))
    assert asked.to == (OLENA_PHONE,)


def test_a_question_that_two_phones_show_is_remembered_with_both() -> None:
    small, message = a_world_with_an_order()
    small.rung(message)
    small.clock.forward(minutes=15)
    on_order(placed(an_order("1002", at=small.clock.now()), a_buyer(phone=NEW_PHONE)), small.world)
    small.rung(message, 2)
    (asked,) = small.customer().asked
    assert (asked.at, asked.to) == (NOW, (OLENA_PHONE, NEW_PHONE))


def test_where_an_older_version_asked_is_not_guessed_by_the_next_attempt() -> None:
    small, message = a_world_with_an_order()
    small.rung(message)
    customer = small.customer()
    before = tuple(replace(one, to=()) for one in customer.asked)
    changed(small, ports.customer(customer.id), asked=before)
    small.clock.forward(minutes=15)
    small.rung(message, 2)
    assert [one.to for one in small.customer().asked] == [()]


def test_a_channel_nobody_carries_is_passed_over_and_says_so() -> None:
    small, message = a_world_with_an_order()
    del small.phones[WHATSAPP]
    small.rung(message)
    assert small.shown() == ["viber confirm/offer"]
    facts = small.message("confirm").log[-1].facts
    assert facts["whatsapp.offer"] == "no_provider"
    assert facts["why"] == VIBER


def test_where_no_channel_is_left_from_the_start_the_message_ends_so() -> None:
    small, message = a_world_with_an_order()
    owner = small.customer()
    changed(small, ports.customer(owner.id), addresses={})
    assert small.rung(message) == "no_channel"
    reasons = {entry.reason: entry.facts for entry in small.message("confirm").log}
    assert reasons["no_channel"]["sms.plain"] == "no_address"


def test_a_wait_that_knows_its_token_writes_nothing() -> None:
    small, message = a_world_with_an_order()
    small.rung(message, token="mine")
    before = dict(small.store.items)
    assert small.rung(message, token="mine") == "waiting"
    assert small.store.items == before


def test_a_retry_with_a_new_token_is_the_one_that_the_receipt_completes() -> None:
    small, message = a_world_with_an_order()
    small.rung(message, token="lost")
    small.rung(message, token="new")
    small.clock.forward(minutes=28)
    assert ports.message(message.id) not in small.store.overdue(small.clock.now(), 10)
    on_receipt(small.receipt(message, 1, ReceiptStatus.DELIVERED), small.world)
    assert small.workflow.succeeded == ["new"]


def test_what_a_provider_said_stands_on_the_attempt() -> None:
    small, message = a_world_with_an_order()
    small.phones[WHATSAPP].answers = [replace(REJECTED, advice="bad_address", cost="0.01", provider_id="x")]
    small.rung(message)
    rejected, accepted = small.message("confirm").attempts
    assert (rejected.reason, rejected.advice, rejected.cost, rejected.provider_id) == (
        "131026",
        "bad_address",
        "0.01",
        "x",
    )
    assert (accepted.provider_id, accepted.reason, accepted.ordinal) == ("p1", "", 2)


def test_an_attempt_carries_what_its_rung_asked_for() -> None:
    small, message = a_world_with_an_order()
    first_rung(small, message, rung=2, wait=600, token="mine")
    (attempt,) = small.message("confirm").attempts
    assert (attempt.run, attempt.rung, attempt.token, attempt.last) == (1, 2, "mine", False)
    assert (attempt.claimed_at, attempt.deadline) == (NOW, NOW + timedelta(minutes=9))


def test_an_offer_is_marketing_for_its_provider_and_its_plain_twin_is_not() -> None:
    small, message = a_world_with_an_order()
    small.rung(message)
    on_reply(said("СТОП", channel=SMS), small.world)
    small.clock.forward(minutes=15)
    small.rung(message, 2)
    purposes = [phone.shown[0].purpose for phone in small.phones.values() if phone.shown]
    assert purposes == [Purpose.MARKETING, Purpose.TRANSACTIONAL]


def test_the_last_attempt_is_valid_as_long_as_the_message() -> None:
    small, message = a_world_with_an_order()
    small.rung(message, 5)
    assert small.phones[WHATSAPP].shown[0].valid_for == int(timedelta(days=2).total_seconds())


def test_a_one_way_leg_is_told_that_nobody_can_answer() -> None:
    small, message = a_world_with_an_order()
    told: dict[Channel, bool] = {}

    class Noting:
        def render(self, telling: Telling) -> Content:
            told[telling.channel] = telling.can_answer
            return small.texts.render(telling)

    small.phones[WHATSAPP].answers = [REJECTED]
    small.phones[VIBER].answers = [REJECTED]
    on_rung(
        Task(message=message.id, run=1, rung=1, wait=900, token="t"), replace(small.world, texts=Noting())
    )
    assert told == {WHATSAPP: True, VIBER: True, SMS: False}


def test_an_erasure_that_lands_inside_the_send_ends_it_and_writes_nothing() -> None:
    small, message = a_world_with_an_order()

    def erased(outgoing: ports.Outgoing) -> ports.Sent:
        ref = ports.message(message.id)
        small.store.commit(small.store.read(ref), [ports.Delete(ref=ref)])
        return REJECTED

    small.phones[WHATSAPP].answers = [erased]
    assert small.rung(message, token="t") == "erased"
    assert small.messages() == []
    assert small.workflow.succeeded == ["t"]


def test_ten_open_questions_are_remembered_and_the_oldest_goes() -> None:
    small = SmallWorld(brand=a_brand(marketing_a_day=99, messages_a_day=99))
    numbers = [str(1000 + each) for each in range(12)]
    for number in numbers:
        on_order(placed(an_order(number)), small.world)
        newest = next(m for m in small.messages("confirm") if m.order == number)
        first_rung(small, newest)
        small.clock.forward(seconds=1)
    customer: Customer = small.customer()
    orders = {m.id: m.order for m in small.messages("confirm")}
    assert [orders[asked.message] for asked in customer.asked] == numbers[2:]


def test_a_parcel_that_moves_on_between_the_reading_and_the_claim_undoes_the_claim() -> None:
    small, _ = a_world_with_an_order()
    on_shipment(moved(Stage.OUT_FOR_DELIVERY), small.world)
    message = small.message("out_for_delivery")

    def arrives() -> None:
        on_shipment(moved(Stage.DELIVERED, at=NOW + timedelta(minutes=1)), small.world)

    assert rung_while(small, message, arrives) == "overtaken"
    assert small.shown() == []


def test_from_the_first_write_of_an_erasure_on_nothing_is_claimed() -> None:
    small, message = a_world_with_an_order()
    owner = small.customer()
    changed(small, ports.customer(owner.id), erased=True)
    assert small.rung(message) == "erased"
    assert small.shown() == []


def test_marketing_to_where_no_zone_is_known_is_never_sent() -> None:
    small = SmallWorld()
    on_order(placed(an_order(zones=())), small.world)
    message = small.message("confirm")
    changed(small, ports.message(message.id), purpose=Purpose.MARKETING)
    assert small.rung(message) == "no_common_hours"
    assert small.shown() == []
