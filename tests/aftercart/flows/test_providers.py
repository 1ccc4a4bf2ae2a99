"""A provider that cannot take what it is given uses no channel up: what waits is said once, in time."""

from datetime import timedelta

import pytest

from aftercart import ports
from aftercart.domain.circuit import TRIPS_AT
from aftercart.domain.consent import Channel
from aftercart.domain.message import Message, Outcome, ReceiptStatus
from aftercart.flows.deferral import on_message_due
from aftercart.flows.order_confirmation import on_order
from aftercart.flows.pause import on_pause
from aftercart.flows.providers import DRAIN, MOST_PUT_OFF
from aftercart.flows.receipts import on_receipt
from aftercart.ports import Pause, Sent
from tests.builders import NOW, Phone, SmallWorld, a_brand, an_order, placed

DOWN = Sent(outcome=Outcome.REJECTED, reason="not_connected", advice="later")
TIMED_OUT = Sent(outcome=Outcome.UNKNOWN, reason="no_answer")
NAMES = dict.fromkeys((Channel.WHATSAPP, Channel.VIBER, Channel.SMS), "handset")


@pytest.fixture
def small() -> SmallWorld:
    brand = a_brand(providers={channel: (name,) for channel, name in NAMES.items()})
    phones = {channel: Phone(channel, name=name) for channel, name in NAMES.items()}
    small = SmallWorld(brand=brand, phones=phones)
    on_order(placed(), small.world)
    return small


def break_all(small: SmallWorld, sent: Sent = DOWN, times: int = 500) -> None:
    for phone in small.phones.values():
        phone.answers = [sent] * times


def mend_all(small: SmallWorld) -> None:
    break_all(small, times=0)


def calls(small: SmallWorld) -> int:
    return sum(phone.calls for phone in small.phones.values())


def circuits(small: SmallWorld) -> dict[str, int]:
    ref = ports.pause(small.world.shop)
    kept = small.store.read(ref).get(ref) or Pause()
    return {name: circuit.failures for name, circuit in kept.circuits.items()}


def confirm(small: SmallWorld) -> Message:
    return small.message("confirm")


def next_run(small: SmallWorld) -> str:
    """Its schedule fires, and the new run's first rung is tried."""
    message = confirm(small)
    assert message.due_at is not None
    small.clock.time = max(small.clock.time, message.due_at)
    assert on_message_due(message.id, message.arm, small.world) == "started"
    return small.rung(message)


def test_who_is_down_is_passed_at_once_for_the_next_channel(small: SmallWorld) -> None:
    small.phones[Channel.WHATSAPP].answers = [DOWN]
    assert small.rung(confirm(small)) == "waiting"
    assert small.shown() == ["viber confirm/offer"]


def test_a_channel_is_not_the_last_one_while_another_is_down(small: SmallWorld) -> None:
    for channel in (Channel.WHATSAPP, Channel.VIBER):
        small.phones[channel].answers = [DOWN]
    assert small.rung(confirm(small)) == "waiting"
    sent = confirm(small)
    assert (sent.attempts[-1].channel, sent.attempts[-1].last, sent.final) == (Channel.SMS, False, "")
    on_receipt(small.receipt(sent, 3, ReceiptStatus.FAILED), small.world)
    assert small.rung(confirm(small), 2) == "no_provider_now"
    assert next_run(small) == "waiting"
    assert "whatsapp confirm/offer" in small.shown()


def test_what_was_taken_and_is_not_heard_of_goes_to_a_channel_that_is_well_again(small: SmallWorld) -> None:
    for channel in (Channel.WHATSAPP, Channel.VIBER):
        small.phones[channel].answers = [DOWN]
    small.rung(confirm(small))
    small.clock.time = confirm(small).attempts[-1].deadline
    small.rung(confirm(small), 2)
    assert "whatsapp confirm/offer" in small.shown()


def test_what_was_taken_counts_as_sent_where_no_other_is_ever_well_again(small: SmallWorld) -> None:
    for channel in (Channel.WHATSAPP, Channel.VIBER):
        small.phones[channel].answers = [DOWN] * 500
    small.rung(confirm(small))
    small.clock.time = confirm(small).attempts[-1].deadline
    step = small.rung(confirm(small), 2)
    while step == "no_provider_now":
        step = next_run(small)
    assert confirm(small).final == step == "sent"


def test_where_all_are_down_the_news_waits_and_is_said_once_when_one_is_well(small: SmallWorld) -> None:
    break_all(small)
    assert small.rung(confirm(small)) == "no_provider_now"
    assert confirm(small).final == ""
    mend_all(small)
    assert next_run(small) == "waiting"
    assert small.shown() == ["whatsapp confirm/offer"]
    assert confirm(small).attempts[-1].provider == "handset"


def test_six_hours_down_cost_few_calls_and_at_most_twenty_minutes_more(small: SmallWorld) -> None:
    break_all(small)
    small.rung(confirm(small))
    while small.clock.time < NOW + timedelta(hours=6):
        assert next_run(small) == "no_provider_now"
    ended = small.clock.time
    mend_all(small)
    assert next_run(small) == "waiting"
    assert small.clock.time - ended <= timedelta(minutes=20)
    assert calls(small) < 100
    assert len(small.shown()) == 1


def test_it_ends_with_the_reason_when_nobody_could_be_asked_in_time(small: SmallWorld) -> None:
    break_all(small, times=5000)
    step = small.rung(confirm(small))
    while step == "no_provider_now":
        step = next_run(small)
    message = confirm(small)
    assert message.final == step == "exhausted"
    assert small.clock.time < message.not_after
    per_channel = [[a for a in message.attempts if a.channel is channel] for channel in NAMES]
    assert all(len(tried) <= MOST_PUT_OFF for tried in per_channel)


def test_after_failures_in_a_row_nobody_calls_it_and_one_call_finds_out_whether_it_is_well(
    small: SmallWorld,
) -> None:
    small.phones[Channel.WHATSAPP].answers = [DOWN] * TRIPS_AT
    for number in range(TRIPS_AT + 1):
        order = an_order(id=f"9{number}", number=f"#9{number}")
        on_order(placed(order), small.world)
    asked = small.messages("confirm")[: TRIPS_AT + 1]
    for message in asked[:TRIPS_AT]:
        small.rung(message)
    assert circuits(small) == {"whatsapp/handset": TRIPS_AT}
    small.rung(asked[TRIPS_AT])
    assert small.phones[Channel.WHATSAPP].calls == TRIPS_AT
    small.clock.time += timedelta(minutes=2)
    last = small.messages("confirm")[-1]
    assert small.rung(last) == "waiting"
    assert small.phones[Channel.WHATSAPP].calls == TRIPS_AT + 1
    assert circuits(small) == {}


def test_a_call_without_an_answer_counts_too_and_is_not_made_again(small: SmallWorld) -> None:
    small.phones[Channel.WHATSAPP].answers = [TIMED_OUT]
    small.rung(confirm(small))
    assert circuits(small) == {"whatsapp/handset": 1}
    assert small.phones[Channel.WHATSAPP].calls == 1


def test_while_all_is_well_nothing_is_kept_of_it(small: SmallWorld) -> None:
    small.rung(confirm(small))
    assert circuits(small) == {}


def test_a_second_provider_of_the_channel_stands_in(small: SmallWorld) -> None:
    brand = a_brand(providers={Channel.WHATSAPP: ("handset", "other")})
    other = Phone(Channel.WHATSAPP, name="other")
    phones = {**small.phones, Channel.EMAIL: other}  # under any key: a phone tells its own channel
    two = SmallWorld(brand=brand, phones=phones)
    two.phones[Channel.WHATSAPP].answers = [DOWN]
    on_order(placed(), two.world)
    assert two.rung(confirm(two)) == "waiting"
    assert len(other.shown) == 1
    assert [attempt.provider for attempt in confirm(two).attempts] == ["handset", "other"]


def test_who_is_stopped_is_not_called_until_somebody_lets_it_go_on(small: SmallWorld) -> None:
    for channel, name in NAMES.items():
        assert on_pause(f"{channel}/{name}", True, small.world) == "paused"
    assert small.rung(confirm(small)) == "no_provider_now"
    assert calls(small) == 0
    for channel, name in NAMES.items():
        assert on_pause(f"{channel}/{name}", False, small.world) == "resumed"
    assert next_run(small) == "waiting"
    assert len(small.shown()) == 1


def test_a_journey_that_goes_on_does_not_start_a_stopped_provider(small: SmallWorld) -> None:
    on_pause("viber/handset", True, small.world)
    on_pause("*", True, small.world)
    on_pause("*", False, small.world)
    small.phones[Channel.WHATSAPP].answers = [DOWN]
    small.rung(confirm(small))
    assert small.shown() == ["sms confirm/offer"]


def test_a_provider_that_goes_on_while_all_journeys_wait_is_no_longer_stopped(small: SmallWorld) -> None:
    on_pause("viber/handset", True, small.world)
    on_pause("*", True, small.world)
    assert on_pause("viber/handset", False, small.world) == "resumed"


def test_what_waited_for_a_provider_goes_out_spread_over_minutes(small: SmallWorld) -> None:
    for number in range(30):
        on_order(placed(an_order(id=f"8{number}", number=f"#8{number}")), small.world)
    break_all(small, times=5000)
    due = []
    for message in small.messages("confirm"):
        small.rung(message)
    due = sorted(m.due_at for m in small.messages("confirm") if m.due_at and not m.final)
    assert len(set(due)) > 20
    assert due[-1] - due[0] > DRAIN / 2
