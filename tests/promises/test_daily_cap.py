"""Whatever comes, a customer's phones show no more messages on one local day than the brand allows.

Orders, parcels, words of their own, other zones, outages, silences, receipts and retries come as they may.
What was shown is what providers were made to show, or perhaps showed; on which day is told by the customer's
zones when it was.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from aftercart.domain.consent import Channel
from aftercart.domain.journey import Enrolment
from aftercart.domain.message import Message, Outcome, ReceiptStatus
from aftercart.domain.order import Stage
from aftercart.domain.time_of_day import local_date
from aftercart.flows.delivery_tracking import on_shipment
from aftercart.flows.lifecycle_reminders import on_step_due
from aftercart.flows.order_confirmation import on_order
from aftercart.flows.receipts import on_receipt
from aftercart.flows.replies import JOURNEY, on_reply
from aftercart.flows.rung import Task
from aftercart.flows.send_message import on_rung
from aftercart.ports import Outgoing, Sent
from tests.builders import REJECTED, UNKNOWN, Phone, SmallWorld, a_brand, an_order, moved, placed, said

ZONES = {"Kyiv": "Europe/Kyiv", "Auckland": "Pacific/Auckland", "Honolulu": "Pacific/Honolulu"}
BUSY = Sent(outcome=Outcome.REJECTED, reason="provider_busy", advice="later")
ACCEPTED = Sent(outcome=Outcome.ACCEPTED)
NEWS = (Stage.IN_TRANSIT, Stage.OUT_FOR_DELIVERY, Stage.READY_FOR_PICKUP, Stage.DELIVERED)


@dataclass
class Handset(Phone):
    """A phone that tells of each message what becomes of it."""

    carries: Callable[[Outgoing], Sent] = field(default=lambda _: ACCEPTED)

    def send(self, outgoing: Outgoing) -> Sent:
        return self.carries(outgoing)


class Life:
    """One customer; `shown`: on which of their local dates each attempt was shown, or perhaps was."""

    def __init__(self, cap: int) -> None:
        phones: dict[Channel, Phone] = {
            channel: Handset(channel, carries=self._carries)
            for channel in (Channel.WHATSAPP, Channel.VIBER, Channel.SMS)
        }
        self.small = SmallWorld(brand=a_brand(messages_a_day=cap, marketing_a_day=1), phones=phones)
        self.answer, self.number = ACCEPTED, 1000
        self.shown: dict[str, date] = {}
        self.orders("Kyiv")

    def _carries(self, outgoing: Outgoing) -> Sent:
        if self.answer.outcome is not Outcome.REJECTED:
            self.shown[outgoing.reference] = local_date(self.small.clock.now(), self.small.customer().zones)
        return self.answer

    def answers(self, sent: Sent) -> None:
        """So all providers answer from here on."""
        self.answer = sent

    def orders(self, place: str) -> None:
        self.number += 1
        order = an_order(str(self.number), at=self.small.clock.now(), zones=(ZONES[place],))
        on_order(placed(order), self.small.world)
        self.tries()

    def parcel(self, stage: Stage) -> None:
        at, shipment = self.small.clock.now(), f"9{self.number}"
        on_shipment(moved(stage, at=at, order=str(self.number), shipment=shipment), self.small.world)
        self.tries()

    def writes(self, text: str) -> None:
        self.number += 1
        on_reply(said(text, at=self.small.clock.now(), number=self.number), self.small.world)
        self.tries()

    def waits(self, hours: int) -> None:
        self.small.clock.forward(hours=hours)
        enrolments: list[Enrolment] = self.small.everything(Enrolment)
        for enrolment in enrolments:
            on_step_due(enrolment.id, enrolment.arm, self.small.world)
        self.tries()

    def receipts(self, status: ReceiptStatus) -> None:
        """Of each message's newest attempt; what has failed was shown to nobody."""
        for message in self.small.messages():
            for attempt in message.attempts[-1:]:
                if attempt.receipt is not None:
                    continue
                on_receipt(self.small.receipt(message, attempt.ordinal, status), self.small.world)
                if status is ReceiptStatus.FAILED:
                    self.shown.pop(message.reference(attempt), None)
        self.tries()

    def tries(self) -> None:
        """Whatever may be tried is: the next rung of each message that has not ended."""
        for message in self.small.messages():
            if not message.final and (message.due_at is None or message.due_at <= self.small.clock.now()):
                self._rung(message)

    def _rung(self, message: Message) -> None:
        self.small.tokens += 1
        task = Task(
            message=message.id,
            run=message.run,
            rung=min(5, len(message.attempts) + 1),
            wait=900,
            token=f"token-{self.small.tokens}",
        )
        on_rung(task, self.small.world)

    def most(self) -> int:
        return max(Counter(self.shown.values()).values(), default=0)


Act = tuple[Callable[..., None], object]
ACTS = st.one_of(
    st.tuples(st.just(Life.orders), st.sampled_from(tuple(ZONES))),
    st.tuples(st.just(Life.parcel), st.sampled_from(NEWS)),
    st.tuples(st.just(Life.writes), st.sampled_from(("1", "2", "5", "?", "HELP", "START"))),
    st.tuples(st.just(Life.waits), st.integers(1, 30)),
    st.tuples(st.just(Life.answers), st.sampled_from((ACCEPTED, UNKNOWN, REJECTED, BUSY))),
    st.tuples(st.just(Life.receipts), st.sampled_from((ReceiptStatus.FAILED, ReceiptStatus.DELIVERED))),
)


@settings(max_examples=400)
@given(cap=st.integers(1, 3), acts=st.lists(ACTS, max_size=25))
def test_no_local_day_shows_more_than_the_cap_whatever_comes(cap: int, acts: list[Act]) -> None:
    life = Life(cap)
    for act, given_to_it in acts:
        act(life, given_to_it)
        assert life.most() <= cap


def test_who_writes_a_hundred_times_gets_no_hundred_answers() -> None:
    life = Life(8)
    for number in range(100):
        life.writes(("?", "HELP", "1", "5")[number % 4])
    assert life.most() <= 8
    answers = [
        message for message in life.small.messages() if message.journey == JOURNEY and message.attempts
    ]
    assert 1 <= len(answers) <= 7


def test_a_thousand_orders_of_one_day_are_eight_messages_and_the_others_say_why() -> None:
    life = Life(8)
    for _ in range(200):
        life.orders("Kyiv")
    assert life.most() == 8
    assert Counter(message.final for message in life.small.messages()) == {"": 8, "daily_cap": 193}


def test_a_fallback_after_silence_takes_a_place_too() -> None:
    life = Life(1)
    life.waits(1)
    assert life.most() == 1
    assert [message.final for message in life.small.messages("confirm")] == ["daily_cap"]


def test_a_fallback_after_a_proved_failure_takes_the_place_of_what_failed() -> None:
    life = Life(1)
    life.receipts(ReceiptStatus.FAILED)
    (message,) = life.small.messages("confirm")
    assert [attempt.channel for attempt in message.attempts] == [Channel.WHATSAPP, Channel.VIBER]
    assert life.most() == 1


def test_who_crosses_the_date_line_and_comes_back_gets_no_third_day() -> None:
    life = Life(2)
    for place in ("Honolulu", "Auckland") * 5:
        life.orders(place)
        life.orders(place)
    assert life.most() <= 2
    assert len(life.shown) <= 4
