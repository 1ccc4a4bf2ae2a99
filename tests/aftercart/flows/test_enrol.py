"""A way through a journey: when each step is due, and why it is said or not."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from aftercart.domain.consent import Channel, Consent, Purpose
from aftercart.domain.customer import Address, Customer, Purchase
from aftercart.domain.decision import Send, Skip
from aftercart.domain.journey import After, Enrolment, Step, StepRecord, StepState
from aftercart.domain.order import Order
from aftercart.flows import enrol
from tests.builders import (
    CASE,
    KYIV,
    NEWS,
    NOW,
    PHONE,
    PHONE_CARE,
    a_brand,
    a_catalogue,
    a_line,
    a_step,
    an_order,
    with_steps,
)

WHATSAPP, VIBER, SMS = NEWS
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def reached(*channels: Channel, marketing: bool | None = None, **facts: Any) -> Customer:
    """By news on these channels; `marketing`: what was said of it there."""
    said = {Purpose.TRANSACTIONAL: Consent(purpose=Purpose.TRANSACTIONAL, granted=True, at=NOW, source="t")}
    if marketing is not None:
        said[Purpose.MARKETING] = Consent(
            purpose=Purpose.MARKETING, granted=marketing, at=NOW, source="t", explicit=True
        )
    addresses = {each: Address(channel=each, value="+380", at=NOW, said=said) for each in channels}
    return Customer(id="c" * 14, country="UA", addresses=addresses, **facts)


def rules(customer: Customer | None = None, order: Order | None = None, **brand: Any) -> enrol.Rules:
    return enrol.Rules(
        brand=a_brand(**brand),
        catalogue=a_catalogue(),
        customer=customer or reached(*NEWS),
        order=order or an_order(),
    )


def begun(
    *steps: Step, at: datetime = NOW, zones: tuple[str, ...] = KYIV, known: enrol.Rules | None = None
) -> Enrolment:
    """Delivered `at`: each step has its time."""
    known = known or rules(order=an_order(at=at, zones=zones))
    enrolment = enrol.begin(with_steps(PHONE_CARE, *steps), known, at, a_line())
    return enrol.happened(enrolment, "delivered", at, known, at).enrolment


def after_delivery(wait: timedelta, at: time | None = None, **facts: Any) -> Step:
    return a_step("survey", after=After(event="delivered", wait=wait, at=at), **facts)


@pytest.mark.parametrize(
    ("delivered", "due"),
    (
        (datetime(2026, 10, 22, 9, tzinfo=UTC), datetime(2026, 10, 25, 9, tzinfo=UTC)),  # set back that night
        (datetime(2027, 3, 25, 9, tzinfo=UTC), datetime(2027, 3, 28, 8, tzinfo=UTC)),  # set forward
    ),
)
def test_eleven_o_clock_stays_eleven_when_clocks_are_set(delivered: datetime, due: datetime) -> None:
    assert begun(after_delivery(3 * DAY, time(11)), at=delivered).next_due == due


def test_without_an_hour_a_step_is_due_to_the_second() -> None:
    assert begun(after_delivery(3 * DAY + SECOND)).next_due == NOW + 3 * DAY + SECOND


def test_an_hour_that_has_passed_is_tomorrows() -> None:
    at_noon = datetime(2026, 11, 23, 10, tzinfo=UTC)  # 12:00 in Kyiv
    for hour, due in (
        (11, datetime(2026, 11, 24, 9, tzinfo=UTC)),
        (13, datetime(2026, 11, 23, 11, tzinfo=UTC)),
    ):
        assert begun(after_delivery(timedelta(), time(hour)), at=at_noon).next_due == due
    assert begun(after_delivery(timedelta(), time(12)), at=at_noon).next_due == at_noon + DAY


def test_where_no_zone_is_known_an_hour_is_utcs() -> None:
    assert begun(after_delivery(DAY, time(11)), zones=()).next_due == datetime(2026, 11, 24, 11, tzinfo=UTC)


def test_an_enrolment_says_what_it_is_about() -> None:
    line = enrol.begin(PHONE_CARE, rules(), NOW, a_line(id="7"))
    assert (line.subject, line.line, line.sku, line.category) == ("order:1001/line:7", "7", PHONE, "phone")
    assert (line.country, line.zones, line.started_at, line.order) == ("UA", KYIV, NOW, "1001")
    order = enrol.begin(PHONE_CARE, rules(), NOW)
    assert (order.subject, order.line, order.sku, order.category) == ("order:1001", "", "", "")
    assert len({line.id, order.id, enrol.begin(PHONE_CARE, rules(), NOW, a_line(id="8")).id}) == 3


def decided(
    step: Step, *, late: timedelta = timedelta(), rating: str = "", known: enrol.Rules | None = None
) -> Any:
    known = known or rules()
    enrolment = replace(begun(step, known=known), rating=rating)
    (record,) = enrolment.steps
    return enrol.decide_step(enrolment, replace(record, facts={"why": "test"}), NOW, known, NOW + late)


def test_a_step_that_makes_sense_is_said_with_its_facts() -> None:
    assert decided(a_step("s")) == Send(facts={"why": "test"})


def test_who_is_held_out_is_told_no_marketing_and_all_the_rest() -> None:
    known = rules(reached(*NEWS, marketing=True))
    everyone = replace(PHONE_CARE, holdout=1.0)
    held = enrol.begin(everyone, known, NOW, a_line())
    assert held.held_out
    assert not enrol.begin(PHONE_CARE, known, NOW, a_line()).held_out
    for purpose, decision in (("marketing", Skip(reason="held_out")), ("transactional", Send())):
        record = StepRecord(spec=a_step("s", purpose=purpose))
        assert enrol.decide_step(held, record, NOW, known, NOW) == decision


def test_a_step_is_useful_until_its_time_and_no_longer() -> None:
    step = a_step("s", useful_for=DAY)
    assert decided(step, late=DAY - SECOND) == Send(facts={"why": "test"})
    too_late = decided(step, late=DAY)
    assert too_late == Skip(reason="too_late", facts={"why": "test", "since": NOW.isoformat()})


def test_what_stops_a_step_goes_before_all_else() -> None:
    cancelled = rules(order=an_order(cancelled_at=NOW))
    step = a_step("s", stops=("cancelled",), useful_for=DAY)
    assert decided(step, late=9 * DAY, known=cancelled) == Skip(reason="cancelled", facts={"why": "test"})


@pytest.mark.parametrize(
    ("when", "rating", "unmet"),
    (
        ({"rating_at_most": "2"}, "", "rating_at_most"),
        ({"rating_at_most": "2"}, "2", ""),
        ({"rating_at_most": "2"}, "3", "rating_at_most"),
        ({"rating_at_least": "4"}, "4", ""),
        ({"rating_at_least": "4"}, "3", "rating_at_least"),
        ({"rating_at_least": "2", "rating_at_most": "3"}, "4", "rating_at_most"),
        ({"rating_at_least": "2", "rating_at_most": "3"}, "1", "rating_at_least"),
        ({"rating_at_least": "2", "rating_at_most": "3"}, "3", ""),
    ),
)
def test_a_condition_that_does_not_hold_is_the_reason(when: dict[str, str], rating: str, unmet: str) -> None:
    found = decided(a_step("s", when=when), rating=rating)
    skipped = Skip(reason="condition", facts={"why": "test", "unmet": unmet})
    assert found == (skipped if unmet else Send(facts={"why": "test"}))


@pytest.mark.parametrize(
    ("customer", "purpose", "reason"),
    (
        (reached(SMS), "transactional", ""),
        (reached(), "transactional", "no_channel"),
        (reached(Channel.EMAIL), "transactional", "no_channel"),  # not on this route
        (reached(SMS), "marketing", "no_marketing_consent"),  # and not the no_address of those before it
        (reached(SMS, marketing=False), "marketing", "no_marketing_consent"),
        (reached(SMS, marketing=True), "marketing", ""),
        (reached(SMS), "survey", ""),  # in this country no marketing
        (reached(SMS), "gift", "no_marketing_consent"),  # what the brand does not settle is
    ),
)
def test_why_no_channel_may_carry_it(customer: Customer, purpose: str, reason: str) -> None:
    found = decided(a_step("s", purpose=purpose), known=rules(customer))
    assert found == (Skip(reason=reason, facts={"why": "test"}) if reason else Send(facts={"why": "test"}))


def test_an_event_is_heard_once_and_not_after_the_end() -> None:
    enrolment = begun(a_step("now", on="rated"), after_delivery(DAY))
    again = enrol.happened(enrolment, "delivered", NOW + DAY, rules(), NOW)
    assert (again.enrolment, again.messages) == (enrolment, ())
    ended = replace(enrolment, ended="returned")
    assert enrol.happened(ended, "rated", NOW, rules(), NOW) == enrol.Progress(enrolment=ended)
    assert ended.next_due is None
    said = enrol.happened(enrolment, "rated", NOW, rules(), NOW)
    assert [message.step for message in said.messages] == ["now"]
    assert said.enrolment.events == {"delivered": NOW, "rated": NOW}
    assert [record.state for record in said.enrolment.steps] == [StepState.SENT, StepState.WAITING]


def test_every_step_whose_time_has_come_is_decided_in_the_order_of_their_times() -> None:
    later = a_step("later", after=After(event="delivered", wait=2 * DAY))
    sooner = a_step("sooner", after=After(event="delivered", wait=DAY))
    never = a_step("never", on="rated")
    last = a_step("last", after=After(event="delivered", wait=3 * DAY))
    enrolment = begun(never, later, sooner, last)
    progress = enrol.due(enrolment, rules(), NOW + 2 * DAY)
    assert [message.step for message in progress.messages] == ["sooner", "later"]
    assert [entry.step for entry in progress.enrolment.log] == ["sooner", "later"]
    assert (progress.enrolment.arm, progress.enrolment.armed_for) == (enrolment.arm + 1, NOW + 3 * DAY)


def test_an_arm_that_still_stands_is_left_alone_and_one_that_has_fired_is_not() -> None:
    enrolment = begun(a_step("now", on="rated"), after_delivery(DAY))
    assert (enrolment.arm, enrolment.armed_for) == (1, NOW + DAY)
    heard = enrol.happened(enrolment, "rated", NOW, rules(), NOW).enrolment
    assert (heard.arm, heard.armed_for) == (1, NOW + DAY)
    spent = enrol.due(enrolment, rules(), NOW + DAY).enrolment
    assert (spent.arm, spent.armed_for) == (2, None)


def test_forty_decisions_are_kept() -> None:
    steps = [a_step(f"s{number}", on="rated") for number in range(45)]
    log = enrol.happened(begun(*steps), "rated", NOW, rules(), NOW).enrolment.log
    assert [entry.step for entry in log] == [f"s{number}" for number in range(5, 45)]


TRADE_IN = a_step("trade_in", computed="trade_in", at=time(11))


@pytest.mark.parametrize(
    ("medians", "days", "source"),
    (
        ({"phone": {"UA": Decimal(100), "*": Decimal(200)}}, 100, "replacement_cycles"),
        ({"phone": {"*": Decimal(200)}}, 200, "replacement_cycles"),
        ({"ink": {"UA": Decimal(100)}}, 900, "default"),
    ),
)
def test_a_trade_in_is_due_after_what_is_usual_there(medians: Any, days: int, source: str) -> None:
    known = rules(cycle_days=medians)
    (record,) = begun(TRADE_IN, known=known).steps
    assert record.due_at is not None
    assert record.due_at.date() == (NOW + days * DAY).date()
    assert record.facts["source"] == source


def test_a_trade_in_follows_their_own_rhythm_of_that_kind_of_thing() -> None:
    def owned(days_ago: int, **facts: Any) -> Purchase:
        known: dict[str, Any] = {"order": str(days_ago), "line": "1", "sku": PHONE, "category": "phone"}
        return Purchase(**known | {"at": NOW - days_ago * DAY} | facts)

    def gaps(*purchases: Purchase) -> object:
        (record,) = begun(TRADE_IN, known=rules(reached(SMS, purchases=purchases))).steps
        return record.facts["own_gaps"]

    assert gaps(owned(300)) == 1
    assert gaps(owned(300), owned(600)) == 2
    assert gaps(owned(300, returned=True)) == 0
    assert gaps(owned(300, category="ink")) == 0


def test_an_offer_is_chosen_again_until_the_first_attempt() -> None:
    step = a_step("confirm", on="delivered", offer=True)
    known = rules()
    enrolment = enrol.begin(with_steps(PHONE_CARE, step), known, NOW)
    progress = enrol.happened(enrolment, "delivered", NOW, known, NOW)
    (message,) = progress.messages
    assert message.offer is not None
    assert message.offer.sku == CASE
    assert enrol.with_offer_of_now(message, progress.enrolment, known, NOW) == message
    none_fits = rules(order=an_order(lines=()))
    plain = enrol.with_offer_of_now(message, progress.enrolment, none_fits, NOW)
    assert plain.offer is None
    assert (plain.log[-1].step, plain.log[-1].facts) == ("confirm", {"offer": "nothing_fits"})
