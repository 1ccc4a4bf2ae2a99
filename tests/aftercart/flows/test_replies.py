"""What customers answer: STOP before everything, then what they were asked."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from aftercart import ports
from aftercart.domain.consent import Channel, Purpose
from aftercart.domain.customer import Customer
from aftercart.domain.journey import Enrolment
from aftercart.domain.message import ReceiptStatus
from aftercart.domain.order import Stage
from aftercart.flows import offers, pages
from aftercart.flows.delivery_tracking import on_shipment
from aftercart.flows.lifecycle_reminders import on_step_due
from aftercart.flows.order_confirmation import on_order
from aftercart.flows.receipts import on_receipt
from aftercart.flows.replies import on_reply
from aftercart.ports import LedgerEntry
from tests.builders import NEWS, NOW, OLENA_PHONE, SmallWorld, a_buyer, an_order, moved, placed, said

WHATSAPP, VIBER, SMS = NEWS
NEW_PHONE = "+380509998877"


def a_world_that_offered() -> SmallWorld:
    small = SmallWorld()
    on_order(placed(), small.world)
    small.rung(small.message("confirm"))
    on_receipt(small.receipt(small.message("confirm"), 1, ReceiptStatus.DELIVERED), small.world)
    return small


def a_world_that_asked() -> SmallWorld:
    """Delivered three days ago, the survey is on the phone."""
    small = a_world_that_offered()
    on_shipment(moved(Stage.DELIVERED), small.world)
    due(small)
    small.rung(small.message("survey"))
    return small


def due(small: SmallWorld) -> str:
    care = small.enrolment("phone_care")
    assert care.armed_for is not None
    small.clock.time = care.armed_for
    return on_step_due(care.id, care.arm, small.world)


def moves_to(phone: str, small: SmallWorld) -> None:
    """An hour later they order again, with another phone."""
    at = small.clock.forward(hours=1)
    on_order(placed(an_order("2", at=at), a_buyer(phone=phone)), small.world)


def marketing_granted(small: SmallWorld) -> set[Channel]:
    customers: list[Customer] = small.everything(Customer)
    return {a.channel for c in customers for a in c.addresses.values() if a.granted(Purpose.MARKETING)}


@pytest.mark.parametrize("channel", NEWS)
def test_stop_on_any_channel_ends_marketing_on_all_and_everything_where_it_came(channel: Channel) -> None:
    small = a_world_that_offered()
    assert on_reply(said("СТОП", channel=channel), small.world) == "stop"
    assert marketing_granted(small) == set()
    refused = [a.channel for a in small.customer().addresses.values() if a.refused(Purpose.TRANSACTIONAL)]
    assert refused == [channel]


def test_a_stop_counts_for_everyone_who_shares_the_phone_and_for_who_comes_later() -> None:
    small = a_world_that_offered()
    on_order(placed(an_order("2"), a_buyer(reference="another", email="a@customer.example")), small.world)
    on_reply(said("stop"), small.world)
    on_order(placed(an_order("3"), a_buyer(reference="a third", email="b@customer.example")), small.world)
    assert len(small.everything(Customer)) == 3
    assert marketing_granted(small) == set()


def test_an_answer_on_a_shared_phone_goes_to_whose_question_it_answers() -> None:
    small = a_world_that_asked()
    small.clock.time += timedelta(minutes=5)
    other = a_buyer(reference="another", email="a@customer.example")
    on_order(placed(an_order("2", at=small.clock.time), other), small.world)  # later, and a case is offered
    second = small.messages("confirm")[-1]
    small.rung(second)
    on_receipt(small.receipt(second, 1, ReceiptStatus.DELIVERED), small.world)
    assert on_reply(said("4", at=small.clock.time, number=1), small.world) == "rating"
    assert small.enrolment("phone_care").rating == "4"
    assert on_reply(said("1", at=small.clock.time, number=2), small.world) == "offer"


def test_a_new_phone_rates_nothing_that_the_old_one_was_asked() -> None:
    small = a_world_that_asked()
    moves_to(NEW_PHONE, small)
    now = small.clock.now()
    assert on_reply(said("1", at=now, number=1, sender=NEW_PHONE), small.world) == "unknown"
    assert (small.enrolment("phone_care").rating, small.messages("help_with_return")) == ("", [])
    assert on_reply(said("4", at=now, number=2), small.world) == "rating"  # the old phone shows the question
    assert small.enrolment("phone_care").rating == "4"


def test_whoever_has_their_old_phone_takes_no_offer_of_theirs() -> None:
    small = SmallWorld()
    on_order(placed(), small.world)  # nothing is said yet
    moves_to(NEW_PHONE, small)
    for confirm in small.messages("confirm"):
        small.rung(confirm)
    now = small.clock.now()
    assert on_reply(said("1", at=now, number=1), small.world) == "unknown"
    assert on_reply(said("Додати", at=now, number=2, button="offer:yes"), small.world) == "unknown"
    assert [each.answer for each in small.messages("confirm")] == [None, None]
    assert on_reply(said("1", at=now, number=3, sender=NEW_PHONE), small.world) == "offer"


def test_on_a_shared_phone_what_was_asked_there_goes_before_what_was_asked_later_elsewhere() -> None:
    small = a_world_that_asked()
    first = small.clock.now()
    other = a_buyer(reference="another", email="a@customer.example", phone=NEW_PHONE)
    on_order(placed(an_order("2", at=first), other), small.world)
    on_shipment(moved(Stage.DELIVERED, at=first, order="2", shipment="9002"), small.world)
    care = next(e for e in small.everything(Enrolment) if e.order == "2" and e.journey == "phone_care")
    assert care.armed_for is not None
    small.clock.time = care.armed_for
    on_step_due(care.id, care.arm, small.world)
    small.rung(small.messages("survey")[-1])
    shared = replace(other, phone=OLENA_PHONE)
    on_order(placed(an_order("3", at=small.clock.now()), shared), small.world)
    assert on_reply(said("4", at=small.clock.now()), small.world) == "rating"
    rated = {e.order: e.rating for e in small.everything(Enrolment) if e.journey == "phone_care"}
    assert rated == {"1001": "4", "2": ""}


def test_a_stop_from_an_address_nobody_has_yet_meets_its_later_owner() -> None:
    small = SmallWorld()
    assert on_reply(said("стоп"), small.world) == "stop"
    on_order(placed(), small.world)
    assert marketing_granted(small) == set()


def test_stop_while_a_question_is_open_is_a_stop() -> None:
    small = a_world_that_asked()
    assert on_reply(said("stop", at=small.clock.now()), small.world) == "stop"
    assert small.message("survey").answer is None


def test_a_stop_is_in_the_ledger_once_however_often_it_comes() -> None:
    small = a_world_that_offered()
    before = len(small.everything(LedgerEntry))
    assert [on_reply(said("СТОП"), small.world) for _ in range(3)] == ["stop", "duplicate", "duplicate"]
    assert len(small.everything(LedgerEntry)) - before == 2  # one a purpose


def test_stop_and_start_end_the_same_in_any_order_and_a_tie_is_a_stop() -> None:
    stop, start = said("stop", at=NOW, number=1), said("start", at=NOW + timedelta(minutes=1), number=2)
    tie = said("start", at=NOW, number=3)
    for way in permutations((stop, start)):
        small = a_world_that_offered()
        for reply in way:
            on_reply(reply, small.world)
        assert marketing_granted(small) == {WHATSAPP}
    for way in permutations((stop, tie)):
        small = a_world_that_offered()
        for reply in way:
            on_reply(reply, small.world)
        assert marketing_granted(small) == set()


def test_the_platforms_own_switch_ends_marketing_and_leaves_the_news() -> None:
    small = a_world_that_offered()
    assert on_reply(said("", stop_marketing=True), small.world) == "stop"
    assert marketing_granted(small) == set()
    assert not any(a.refused(Purpose.TRANSACTIONAL) for a in small.customer().addresses.values())


def test_a_message_opens_whatsapps_window_and_its_own_switch_does_not() -> None:
    small = a_world_that_offered()
    on_reply(said("", stop_marketing=False), small.world)
    assert WHATSAPP not in small.customer().written_at
    on_reply(said("СТОП", number=2), small.world)
    assert WHATSAPP in small.customer().written_at


@pytest.mark.parametrize(
    "answer", ({"text": "1"}, {"text": "Так!"}, {"text": "Додати", "button": "offer:yes"})
)
def test_the_offer_is_accepted_once_however_often_and_answered(answer: dict[str, Any]) -> None:
    small = a_world_that_offered()
    text = answer.pop("text")
    for number in range(3):
        assert on_reply(said(text, number=number, **answer), small.world) == "offer"
    accepted = small.message("confirm").answer
    assert accepted is not None
    assert (accepted.kind, accepted.via) == ("accepted", WHATSAPP)
    assert [m.only for m in small.messages("offer_accepted")] == [WHATSAPP]


def test_an_offer_cannot_join_a_parcel_that_has_left() -> None:
    small = a_world_that_offered()
    on_shipment(moved(Stage.IN_TRANSIT), small.world)
    assert on_reply(said("1"), small.world) == "offer"
    assert small.message("confirm").answer is None
    assert len(small.messages("offer_too_late")) == 1


def test_one_is_a_rating_when_the_survey_was_asked_last() -> None:
    small = a_world_that_asked()
    assert on_reply(said("1", at=small.clock.now()), small.world) == "rating"
    assert small.enrolment("phone_care").rating == "1"


def test_an_unhappy_rating_brings_help_and_everyone_is_asked_for_a_review() -> None:
    for rating, helped in (("2", 1), ("5", 0)):
        small = a_world_that_asked()
        on_reply(said(rating, at=small.clock.now()), small.world)
        assert len(small.messages("help_with_return")) == helped
        assert len(small.messages("thanks")) == 1 - helped
        due(small)
        assert len(small.messages("review_request")) == 1


def test_the_first_rating_stands() -> None:
    small = a_world_that_asked()
    for number, rating in enumerate(("2", "5", "2")):
        on_reply(said(rating, at=small.clock.now(), number=number), small.world)
    assert small.enrolment("phone_care").rating == "2"
    answer = small.message("survey").answer
    assert answer is not None
    assert answer.value == "2"
    assert len(small.messages("help_with_return")) == 1


def test_a_rating_nobody_asked_for_is_kept_and_helped() -> None:
    small = a_world_that_offered()
    assert on_reply(said("4"), small.world) == "unknown"


def test_an_unknown_text_is_kept_and_answered_with_one_line_a_day() -> None:
    small = a_world_that_offered()
    for number, hours in enumerate((0, 1, 2, 24)):
        small.clock.time = NOW + timedelta(hours=hours)
        assert on_reply(said("Де моя посилка?", number=number), small.world) == "unknown"
    assert len(small.messages("help")) == 2
    kept = small.everything(ports.Inbox)
    assert [row.text for row in kept] == ["Де моя посилка?"] * 4
    assert small.customer().talks_until == NOW + timedelta(days=4)  # three from the last


def test_a_stranger_is_not_answered() -> None:
    small = a_world_that_offered()
    assert on_reply(said("Привіт", sender="+380509999999"), small.world) == "stranger"
    assert len(small.messages()) == 1


def test_a_reply_that_comes_twice_is_taken_once() -> None:
    small = a_world_that_offered()
    assert [on_reply(said("Добрий день"), small.world) for _ in range(2)] == ["unknown", "duplicate"]
    assert len(small.messages("help")) == 1


def test_the_page_shows_on_get_and_acts_on_press_only() -> None:
    small = a_world_that_offered()
    message = small.message("confirm").id
    before = dict(small.store.items)
    page = pages.show(message, "", small.world)
    assert (page.found, page.accepted, page.number) == (True, False, "#1001")
    assert page.offer is not None
    assert small.store.items == before
    assert [pages.act(message, "accept", small.world) for _ in range(3)] == ["accepted", "already", "already"]
    assert pages.show(message, "accepted", small.world).accepted


def test_a_rating_on_the_page_counts_as_one_that_was_written() -> None:
    small = a_world_that_asked()
    message = small.message("survey").id
    assert pages.show(message, "", small.world).asks
    assert [pages.act(message, f"rate:{rating}", small.world) for rating in (2, 5)] == ["rated", "rated"]
    assert not pages.show(message, "rated", small.world).asks
    assert small.enrolment("phone_care").rating == "2"
    assert len(small.messages("help_with_return")) == 1


@pytest.mark.parametrize("action", ("rate:6", "rate:", "rate:0", "rate", "rate:1:2"))
def test_the_page_takes_no_other_rating(action: str) -> None:
    small = a_world_that_asked()
    assert pages.act(small.message("survey").id, action, small.world) == ""
    assert small.enrolment("phone_care").rating == ""


def test_the_page_offers_nothing_to_who_has_not_agreed_to_marketing() -> None:
    small = SmallWorld()
    on_order(placed(buyer=a_buyer(phone_consents=())), small.world)
    assert pages.show(small.message("confirm").id, "", small.world).offer is None


def test_stop_on_the_page_ends_marketing_everywhere_and_is_remembered_at_the_addresses() -> None:
    small = a_world_that_offered()
    assert pages.act(small.message("confirm").id, "stop", small.world) == "stopped"
    assert marketing_granted(small) == set()
    on_order(placed(an_order("2"), a_buyer(reference="another", email="a@customer.example")), small.world)
    assert marketing_granted(small) == set()
    assert not any(a.refused(Purpose.TRANSACTIONAL) for a in small.customer_of("7001").addresses.values())


def test_the_page_knows_no_other_press_and_no_other_message() -> None:
    small = a_world_that_offered()
    assert pages.act(small.message("confirm").id, "erase", small.world) == ""
    assert not pages.show(f"{'z' * 14}-{'z' * 10}", "", small.world).found
    assert offers.accept(f"{'z' * 14}-{'z' * 10}", "page", small.world) == "no_offer"


def test_a_page_ends_after_its_time() -> None:
    small = a_world_that_offered()
    small.clock.forward(days=401)
    assert not pages.show(small.message("confirm").id, "", small.world).found


def test_the_trade_in_comes_in_the_daytime_about_twenty_nine_months_later() -> None:
    small = a_world_that_asked()
    on_reply(said("5", at=small.clock.now()), small.world)
    while small.enrolment("phone_care").armed_for is not None:
        due(small)
    trade_in = small.message("trade_in")
    assert 870 <= (small.clock.now() - NOW).days <= 930
    assert small.rung(trade_in) == "waiting"
    assert small.phones[WHATSAPP].shown[-1].purpose is Purpose.MARKETING
    why = small.enrolment("phone_care").log[-1]
    assert (why.decision, why.facts["gap_days"]) == ("send", 900.0)


@pytest.mark.parametrize(
    ("meanwhile", "reason"),
    (
        (placed(an_order(cancelled_at=NOW, updated_at=NOW + timedelta(days=9)), is_new=False), "cancelled"),
        (placed(an_order("2", at=NOW + timedelta(days=700))), "bought_again"),
    ),
)
def test_a_cancellation_or_a_repurchase_ends_the_trade_in(meanwhile: Any, reason: str) -> None:
    small = a_world_that_asked()
    on_order(meanwhile, small.world)
    for _ in range(6):
        care = next(e for e in small.everything(Enrolment) if e.order == "1001" and e.journey == "phone_care")
        if care.armed_for is not None:
            small.clock.time = care.armed_for
            on_step_due(care.id, care.arm, small.world)
    assert small.messages("trade_in") == []
    assert (care.log[-1].decision, care.log[-1].reason) == ("skip", reason)


def test_an_old_arm_of_an_enrolment_is_a_no_op() -> None:
    small = a_world_that_offered()
    on_shipment(moved(Stage.DELIVERED), small.world)
    care = small.enrolment("phone_care")
    due(small)
    assert on_step_due(care.id, care.arm, small.world) == "nothing_due"
    assert len(small.messages("survey")) == 1


def test_an_arm_beyond_a_year_fires_early_and_is_armed_again() -> None:
    small = a_world_that_asked()
    care = small.enrolment("phone_care")
    assert care.armed_for is not None
    assert care.armed_for - small.clock.now() == timedelta(days=360)
    assert due(small) == "decided"
    again = small.enrolment("phone_care")
    assert again.arm == care.arm + 1
    assert again.armed_for is not None
    assert again.armed_for > small.clock.now()


def test_an_answer_after_its_time_is_no_answer() -> None:
    small = a_world_that_offered()
    small.clock.forward(days=2)
    assert on_reply(said("1", at=small.clock.now()), small.world) == "unknown"
    assert small.message("confirm").answer is None
