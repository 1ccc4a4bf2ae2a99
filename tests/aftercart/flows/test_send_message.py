"""The ladder, walked by hand: what each rung shows, waits for, and leaves behind."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from aftercart import ports
from aftercart.domain.consent import Purpose
from aftercart.domain.content import Content
from aftercart.domain.message import Message, Outcome, ReceiptStatus, Urgency, Variant
from aftercart.domain.prices import Prices, Rate
from aftercart.flows import deferral
from aftercart.flows.erase import on_erase
from aftercart.flows.order_confirmation import on_order
from aftercart.flows.receipts import on_receipt
from aftercart.flows.replies import on_reply
from aftercart.flows.rung import Task
from aftercart.flows.send_message import on_rung
from aftercart.ports import Outgoing, Put, Sent, Telling
from tests.builders import (
    BARRED,
    CASE,
    DEAR_CASE,
    INK,
    NEWS,
    NOW,
    REJECTED,
    UNKNOWN,
    PlainTexts,
    SmallWorld,
    a_brand,
    a_buyer,
    a_country,
    a_line,
    an_order,
    placed,
    said,
)

WHATSAPP, VIBER, SMS = NEWS


def a_world_with_an_order(**facts: Any) -> tuple[SmallWorld, Message]:
    small = SmallWorld(**facts)
    on_order(placed(), small.world)
    return small, small.message("confirm")


def test_the_first_rung_shows_the_offer_on_the_first_channel_and_waits() -> None:
    small, message = a_world_with_an_order()
    assert small.rung(message) == "waiting"
    assert small.shown() == ["whatsapp confirm/offer"]
    assert small.workflow.succeeded == []


def test_what_was_bought_since_is_not_offered_any_more() -> None:
    small, message = a_world_with_an_order()
    on_order(placed(an_order("1002", lines=(a_line(CASE),))), small.world)
    on_rung(Task(message=message.id, run=1, rung=1, wait=900, token="one"), small.world)
    offers = {each.id: each.offer for each in small.messages("confirm")}
    assert message.offer is not None
    assert message.offer.sku == CASE
    now_offered = offers[message.id]
    assert now_offered is not None
    assert now_offered.sku == DEAR_CASE


def test_the_token_is_stored_before_the_send() -> None:
    small, message = a_world_with_an_order()
    stored: list[str] = []

    def look(outgoing: Outgoing) -> Sent:
        stored.append(small.message("confirm").attempts[0].token)
        return Sent(outcome=Outcome.ACCEPTED)

    small.phones[WHATSAPP].answers = [look]
    small.rung(message, token="the token")
    assert stored == ["the token"]


def test_a_delivered_receipt_completes_the_rung_and_nothing_follows() -> None:
    small, message = a_world_with_an_order()
    small.rung(message, token="first")
    assert on_receipt(small.receipt(message, 1, ReceiptStatus.DELIVERED), small.world) == "joined"
    assert small.workflow.succeeded == ["first"]
    assert small.message("confirm").final == "delivered"
    assert small.rung(message, 2, token="late") == "nothing_to_send"
    assert small.shown() == ["whatsapp confirm/offer"]


def test_a_failed_receipt_lets_the_next_rung_begin_at_once() -> None:
    small, message = a_world_with_an_order()
    small.rung(message, token="first")
    on_receipt(small.receipt(message, 1, ReceiptStatus.FAILED), small.world)
    assert small.workflow.failed == ["first"]
    small.rung(message, 2)
    assert small.shown() == ["whatsapp confirm/offer", "viber confirm/offer"]


def test_silence_past_the_wait_goes_to_the_next_channel_and_rejection_at_once() -> None:
    small, message = a_world_with_an_order()
    small.rung(message)
    small.clock.forward(minutes=15)
    small.phones[VIBER].answers = [REJECTED]
    assert small.rung(message, 2, token="second") == "sent"
    assert small.shown() == ["whatsapp confirm/offer", "sms confirm/offer"]
    assert small.workflow.succeeded == ["second"]
    assert [a.outcome for a in small.message("confirm").attempts] == [
        Outcome.ACCEPTED,
        Outcome.REJECTED,
        Outcome.ACCEPTED,
    ]


def test_the_link_is_the_same_on_each_leg() -> None:
    small, message = a_world_with_an_order()
    small.rung(message)
    small.rung(message, 2)
    links = {o.content.text.split()[1] for phone in small.phones.values() for o in phone.shown}
    assert len(links) == 1


def test_on_the_last_channel_accepted_is_final_and_a_later_receipt_corrects_it() -> None:
    small, message = a_world_with_an_order(phones={SMS: SmallWorld().phones[SMS]})
    assert small.rung(message) == "sent"
    on_receipt(small.receipt(message, 1, ReceiptStatus.FAILED), small.world)
    assert small.message("confirm").final == "exhausted"
    on_receipt(small.receipt(message, 1, ReceiptStatus.DELIVERED), small.world)
    assert small.message("confirm").final == "delivered"


def test_on_the_last_channel_unknown_is_final_with_that_reason() -> None:
    small, message = a_world_with_an_order(phones={SMS: SmallWorld().phones[SMS]})
    small.phones[SMS].answers = [UNKNOWN]
    assert small.rung(message) == "unknown"
    assert small.phones[SMS].calls == 1


def test_silence_before_a_rejection_is_sent_unconfirmed_until_a_receipt_says_otherwise() -> None:
    small, message = a_world_with_an_order()
    for channel in (VIBER, SMS):
        small.phones[channel].answers = [REJECTED]
    small.rung(message)
    small.clock.forward(minutes=15)
    assert small.rung(message, 2) == "sent"
    assert small.message("confirm").final == "sent"
    on_receipt(small.receipt(message, 1, ReceiptStatus.FAILED), small.world)
    assert small.message("confirm").final == "exhausted"


def test_when_every_channel_rejects_the_message_is_exhausted() -> None:
    small, message = a_world_with_an_order()
    for phone in small.phones.values():
        phone.answers = [REJECTED]
    assert small.rung(message, token="only") == "exhausted"
    assert small.workflow.succeeded == ["only"]
    assert [a.reason for a in small.message("confirm").attempts] == ["131026"] * 3


def test_unknown_is_never_blindly_resent_and_news_passes_it_once() -> None:
    small, message = a_world_with_an_order()
    small.phones[WHATSAPP].answers = [UNKNOWN]
    small.phones[VIBER].answers = [UNKNOWN]
    assert small.rung(message) == "waiting"
    small.clock.forward(minutes=15)
    assert small.rung(message, 2) == "waiting"
    small.clock.forward(minutes=15)
    assert small.rung(message, 3) == "unknown"
    assert (small.phones[WHATSAPP].calls, small.phones[VIBER].calls, small.phones[SMS].calls) == (1, 1, 0)


def test_marketing_stops_at_unknown() -> None:
    small, message = a_world_with_an_order()
    changed(small, purpose=Purpose.MARKETING, offer=None)
    small.phones[WHATSAPP].answers = [UNKNOWN]
    small.rung(message)
    small.clock.forward(minutes=15)
    assert small.rung(message, 2) == "unknown"
    assert small.phones[VIBER].calls == 0


def changed(small: SmallWorld, **facts: Any) -> None:
    ref = ports.message(small.message("confirm").id)
    read = small.store.read(ref)
    message = read.get(ref)
    assert message is not None
    small.store.commit(read, [Put(ref=ref, value=replace(message, **facts), todo_at=read.todo_at(ref))])


def test_a_retry_that_finds_its_attempt_claimed_stores_its_token_and_only_waits() -> None:
    small, message = a_world_with_an_order()

    def die(outgoing: Outgoing) -> Sent:
        raise KeyboardInterrupt

    small.phones[WHATSAPP].answers = [die]
    with pytest.raises(KeyboardInterrupt):
        small.rung(message, token="lost")
    assert small.rung(message, token="retry") == "waiting"
    assert small.phones[WHATSAPP].calls == 1
    on_receipt(small.receipt(message, 1, ReceiptStatus.DELIVERED), small.world)
    assert small.workflow.succeeded == ["retry"]


def test_a_crash_after_the_claim_becomes_unknown_at_the_deadline() -> None:
    small, message = a_world_with_an_order()

    def die(outgoing: Outgoing) -> Sent:
        raise KeyboardInterrupt

    small.phones[WHATSAPP].answers = [die]
    with pytest.raises(KeyboardInterrupt):
        small.rung(message)
    small.clock.forward(minutes=15)
    assert small.rung(message, 2) == "waiting"
    assert small.shown() == ["viber confirm/offer"]


def test_a_receipt_that_comes_inside_the_send_is_joined() -> None:
    small, message = a_world_with_an_order()

    def receipt_first(outgoing: Outgoing) -> Sent:
        on_receipt(small.receipt(message, 1, ReceiptStatus.DELIVERED), small.world)
        return Sent(outcome=Outcome.ACCEPTED, provider_id="wamid")

    small.phones[WHATSAPP].answers = [receipt_first]
    small.rung(message, token="first")
    after = small.message("confirm")
    assert after.final == "delivered"
    assert after.attempts[0].provider_id == "wamid"
    assert small.workflow.succeeded == ["first", "first"]


def test_an_offer_barred_as_marketing_lets_the_plain_twin_go_at_once_on_the_same_channel() -> None:
    small, message = a_world_with_an_order()
    small.phones[WHATSAPP].answers = [BARRED]
    assert small.rung(message) == "waiting"
    assert small.shown() == ["whatsapp confirm/plain"]


def test_an_offer_barred_by_a_receipt_lets_the_plain_twin_go_at_the_next_rung() -> None:
    small, message = a_world_with_an_order(phones={WHATSAPP: SmallWorld().phones[WHATSAPP]})
    assert small.rung(message, token="first") == "waiting"
    on_receipt(small.receipt(message, 1, ReceiptStatus.FAILED, advice="plain", reason="131049"), small.world)
    assert small.workflow.failed == ["first"]
    assert small.rung(message, 2) == "sent"
    assert small.shown() == ["whatsapp confirm/offer", "whatsapp confirm/plain"]


def test_what_is_barred_as_marketing_and_has_no_offer_goes_to_the_next_channel() -> None:
    small = SmallWorld()
    on_order(placed(an_order(lines=(a_line(INK),))), small.world)
    message = small.message("confirm")
    small.phones[WHATSAPP].answers = [BARRED]
    small.rung(message)
    assert small.phones[WHATSAPP].calls == 1
    assert small.shown() == ["viber confirm/plain"]


def test_without_marketing_consent_the_same_news_goes_without_the_offer() -> None:
    small = SmallWorld()
    on_order(placed(buyer=a_buyer(phone_consents=())), small.world)
    small.rung(small.message("confirm"))
    assert small.shown() == ["whatsapp confirm/plain"]


def test_in_the_night_the_news_goes_without_the_offer() -> None:
    night = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
    small = SmallWorld()
    small.clock.time = night
    on_order(placed(an_order(at=night)), small.world)
    small.rung(small.message("confirm"))
    assert small.shown() == ["whatsapp confirm/plain"]


def test_a_text_that_is_missing_costs_the_variant_and_not_the_news() -> None:
    small, message = a_world_with_an_order()
    small.texts.missing = {("confirm", Variant.OFFER)}
    small.rung(message)
    assert small.shown() == ["whatsapp confirm/plain"]


def test_nothing_is_sent_after_its_time() -> None:
    small, message = a_world_with_an_order()
    small.clock.forward(days=2)
    assert small.rung(message) == "expired"
    assert small.shown() == []


def test_nothing_is_sent_for_an_order_cancelled_meanwhile() -> None:
    small, message = a_world_with_an_order()
    on_order(
        placed(an_order(cancelled_at=NOW, updated_at=NOW + timedelta(seconds=1)), is_new=False), small.world
    )
    assert small.rung(message) == "cancelled"
    assert small.shown() == []


def test_a_later_rung_waits_for_what_an_invocation_that_was_given_up_on_has_claimed() -> None:
    small, message = a_world_with_an_order()
    small.rung(message, token="given up on")
    assert small.rung(message, 2, token="second") == "waiting"
    assert small.shown() == ["whatsapp confirm/offer"]
    on_receipt(small.receipt(message, 1, ReceiptStatus.DELIVERED), small.world)
    assert small.workflow.succeeded == ["second"]


def test_a_stop_between_two_rungs_ends_the_offer_and_the_channel_it_came_on() -> None:
    small, message = a_world_with_an_order()
    small.rung(message)
    on_reply(said("СТОП", channel=VIBER), small.world)
    small.clock.forward(minutes=15)
    small.rung(message, 2)
    assert small.shown() == ["whatsapp confirm/offer", "sms confirm/plain"]


@dataclass
class Meanwhile:
    """ports.Texts that renders late enough for something to happen after everything was read."""

    texts: PlainTexts
    happens: Callable[[], object]
    happened: bool = False

    def render(self, telling: Telling) -> Content:
        if not self.happened:
            self.happened = True
            self.happens()
        return self.texts.render(telling)


def rung_with(small: SmallWorld, message: Message, meanwhile: Callable[[], object]) -> str:
    world = replace(small.world, texts=Meanwhile(small.texts, meanwhile))
    return on_rung(Task(message=message.id, run=1, rung=1, wait=900, token="t"), world)


def test_a_stop_that_lands_between_the_reading_and_the_claim_undoes_the_claim() -> None:
    small, message = a_world_with_an_order()
    rung_with(small, message, lambda: on_reply(said("stop"), small.world))
    assert small.shown() == ["viber confirm/plain"]


def test_a_cancellation_that_lands_between_the_reading_and_the_claim_undoes_the_claim() -> None:
    small, message = a_world_with_an_order()
    cancelled = an_order(cancelled_at=NOW, updated_at=NOW + timedelta(seconds=1))
    assert rung_with(small, message, lambda: on_order(placed(cancelled), small.world)) == "cancelled"
    assert small.shown() == []


def test_an_erasure_that_lands_between_the_reading_and_the_claim_undoes_the_claim() -> None:
    small, message = a_world_with_an_order()
    rung_with(small, message, lambda: on_erase(small.customer().id, small.world))
    assert small.shown() == []


def test_an_execution_of_an_older_run_finds_nothing_to_send() -> None:
    small, message = a_world_with_an_order()
    changed(small, run=2)
    assert (
        on_rung(Task(message=message.id, run=1, rung=1, wait=900, token="old"), small.world)
        == "nothing_to_send"
    )
    assert small.workflow.succeeded == ["old"]
    assert small.shown() == []


def at_night(small: SmallWorld) -> datetime:
    small.clock.time = datetime(2026, 11, 23, 1, 40, tzinfo=UTC)  # 03:40 in Kyiv
    return small.clock.time


def test_what_may_wait_by_morning_wakes_nobody_and_goes_after_nine() -> None:
    small, message = a_world_with_an_order()
    changed(small, urgency=Urgency.BY_MORNING)
    at_night(small)
    assert small.rung(message, token="first") == "asleep"
    assert small.workflow.succeeded == ["first"]
    deferred = small.message("confirm")
    assert deferred.due_at is not None
    assert time(7, 5) <= deferred.due_at.time() <= time(8)  # 09:05 to 10:00 in Kyiv
    assert (deferred.run, deferred.arm) == (2, 1)
    ((when, payload),) = small.schedules.armed.values()
    assert (when, payload["arm"]) == (deferred.due_at, 1)
    small.clock.time = deferred.due_at
    assert deferral.on_message_due(message.id, 1, small.world) == "started"
    assert small.workflow.started[-1] == f"{message.id}/2"
    small.rung(message)
    assert small.shown() == ["whatsapp confirm/offer"]


def test_an_old_arm_of_a_deferred_message_is_a_no_op() -> None:
    small, message = a_world_with_an_order()
    changed(small, urgency=Urgency.BY_MORNING)
    at_night(small)
    small.rung(message)
    started = list(small.workflow.started)
    small.clock.forward(hours=9)
    assert deferral.on_message_due(message.id, 0, small.world) == "nothing_due"
    assert small.workflow.started == started


def test_news_whose_zone_nobody_knows_goes_now_and_marketing_never() -> None:
    small = SmallWorld()
    on_order(placed(an_order(zones=())), small.world)
    changed(small, urgency=Urgency.BY_MORNING)
    small.rung(small.message("confirm"))
    assert small.shown() == ["whatsapp confirm/plain"]


def test_the_daily_cap_holds_whatever_comes() -> None:
    small = SmallWorld(brand=a_brand(messages_a_day=2))
    for number in ("1", "2", "3"):
        on_order(placed(an_order(number)), small.world)
    results = [_first_rung(small, message) for message in small.messages("confirm")]
    assert sorted(results) == ["daily_cap", "waiting", "waiting"]


def _first_rung(small: SmallWorld, message: Message) -> str:
    return on_rung(Task(message=message.id, run=1, rung=1, wait=900, token=message.id), small.world)


def test_the_fifth_rung_is_the_last_whatever_channels_are_left() -> None:
    small, message = a_world_with_an_order()
    assert small.rung(message, 5) == "sent"


def test_the_customers_own_channel_goes_first() -> None:
    small, message = a_world_with_an_order()
    on_reply(said("дякую", channel=VIBER), small.world)
    small.rung(message)
    assert small.shown()[0].startswith("viber")


def test_whatsapps_window_is_open_for_a_day_after_they_wrote() -> None:
    small, message = a_world_with_an_order()
    on_reply(said("дякую"), small.world)
    small.clock.forward(hours=23)
    small.rung(message)
    assert small.phones[WHATSAPP].shown[0].window_open
    small.clock.forward(hours=2)
    on_order(placed(an_order("1002", at=small.clock.time)), small.world)
    newest = next(m for m in small.messages("confirm") if m.order == "1002")
    _first_rung(small, newest)
    assert not small.phones[WHATSAPP].shown[1].window_open


def test_an_attempt_is_not_valid_longer_than_its_wait_so_that_the_next_channel_is_no_double() -> None:
    small, message = a_world_with_an_order()
    small.rung(message, wait=900)
    assert small.phones[WHATSAPP].shown[0].valid_for == 840


def test_a_provider_that_says_opted_out_is_a_stop() -> None:
    small, message = a_world_with_an_order()
    small.phones[WHATSAPP].answers = [Sent(outcome=Outcome.REJECTED, reason="21610", advice="opted_out")]
    small.rung(message)
    customer = small.customer()
    assert customer.addresses[WHATSAPP].refused(Purpose.TRANSACTIONAL)
    assert all(address.refused(Purpose.MARKETING) for address in customer.addresses.values())
    assert small.shown() == ["viber confirm/plain"]


def test_what_was_not_refused_has_its_price_and_the_providers_own_figure_goes_before_ours() -> None:
    rates: dict[Rate, Decimal] = {"transactional": Decimal("0.02"), "marketing": Decimal("0.09")}
    prices = Prices(currency="USD", rates={channel: {"*": rates} for channel in NEWS})
    small, message = a_world_with_an_order(brand=a_brand(prices=prices))
    small.phones[WHATSAPP].answers = [REJECTED]
    small.phones[VIBER].answers = [Sent(outcome=Outcome.ACCEPTED, cost="0.0311 EUR")]
    small.rung(message)
    assert [each.cost for each in small.message("confirm").attempts] == ["", "0.0311 EUR"]
    small, message = a_world_with_an_order(brand=a_brand(prices=prices))
    small.rung(message)
    assert small.message("confirm").attempts[0].cost == "0.09 USD"  # its offer makes it marketing


def test_a_country_may_have_its_own_sender() -> None:
    countries = {"UA": a_country(senders={WHATSAPP: "Kram UA"}), "*": a_country(language="en")}
    small, message = a_world_with_an_order(brand=a_brand(countries=countries))
    small.phones[WHATSAPP].answers = [REJECTED]
    small.rung(message)
    assert [each.sender for each in small.phones[VIBER].shown] == [""]  # the stack's own
    on_order(placed(an_order("1002", at=NOW)), small.world)
    newest = next(m for m in small.messages("confirm") if m.order == "1002")
    small.rung(newest)
    assert [each.sender for each in small.phones[WHATSAPP].shown] == ["Kram UA"]
