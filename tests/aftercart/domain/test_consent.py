"""Consent folds by time, in any order; and the words for it are stored, so they never change."""

from datetime import timedelta
from itertools import permutations
from typing import Any

from aftercart.domain.consent import Channel, Consent, Purpose, fold
from aftercart.domain.customer import Address, Customer, DayCount, with_grant, with_refusal
from tests.builders import NEWS, NOW

WHATSAPP, VIBER, SMS = NEWS
HOUR = timedelta(hours=1)


def said(granted: bool, hours: int = 0, **facts: Any) -> Consent:
    known: dict[str, Any] = {"purpose": Purpose.MARKETING, "source": "a", "explicit": True}
    return Consent(**known | {"granted": granted, "at": NOW + hours * HOUR} | facts)


def folded(*entries: Consent) -> Consent | None:
    known = None
    for entry in entries:
        known = fold(known, entry)
    return known


def test_the_stored_words_are_these() -> None:
    assert [*Purpose] == ["transactional", "marketing"]
    assert [*Channel] == ["whatsapp", "viber", "push", "sms", "email", "messenger", "instagram"]
    plain = Consent(purpose=Purpose.MARKETING, granted=True, at=NOW, source="a")
    assert (plain.version, plain.explicit) == ("", False)


def test_the_later_entry_wins_in_any_order() -> None:
    entries = said(True, 1), said(False, 2), said(True, 3)
    assert {folded(*order) for order in permutations(entries)} == {entries[2]}


def test_at_the_same_time_a_refusal_wins_then_their_own_word_then_any_rule_that_is_the_same_for_both() -> (
    None
):
    for winner, loser in (
        (said(False), said(True)),
        (said(True, explicit=True), said(True, explicit=False)),
        (said(True, source="b", version="1"), said(True, source="a", version="2")),
        (said(True, version="2"), said(True, version="1")),
    ):
        assert fold(winner, loser) == fold(loser, winner) == winner


def test_an_address_keeps_their_own_word_and_the_shops_records_apart() -> None:
    address = Address(channel=SMS, value="+380", at=NOW)
    recorded = said(True, 5, explicit=False, source="shop")
    for first, second in ((said(False), recorded), (recorded, said(False))):
        both = address.with_consent(first).with_consent(second)
        assert (both.said, both.recorded) == (
            {Purpose.MARKETING: said(False)},
            {Purpose.MARKETING: recorded},
        )
        assert both.refused(Purpose.MARKETING)
        assert not both.granted(Purpose.MARKETING)
    assert not address.refused(Purpose.MARKETING)
    assert not address.granted(Purpose.MARKETING)
    assert address.with_consent(recorded).granted(Purpose.MARKETING)


def reached(*channels: Channel, **facts: Any) -> Customer:
    addresses = {each: Address(channel=each, value="+380", at=NOW) for each in channels}
    return Customer(id="c" * 14, addresses=addresses, **facts)


def refused(customer: Customer, purpose: Purpose) -> list[Channel]:
    return [each.channel for each in customer.addresses.values() if each.refused(purpose)]


def test_a_refusal_of_marketing_is_every_channels_and_one_of_news_its_own() -> None:
    former = (Address(channel=SMS, value="+381", at=NOW), Address(channel=VIBER, value="+381", at=NOW))
    customer = reached(WHATSAPP, SMS, former=former)
    off = with_refusal(customer, SMS, said(False))
    assert refused(off, Purpose.MARKETING) == [WHATSAPP, SMS]
    assert [each.refused(Purpose.MARKETING) for each in off.former] == [True, True]
    stopped = with_refusal(off, SMS, said(False, purpose=Purpose.TRANSACTIONAL))
    assert refused(stopped, Purpose.TRANSACTIONAL) == [SMS]
    assert [each.refused(Purpose.TRANSACTIONAL) for each in stopped.former] == [True, False]
    assert [(where, each.purpose) for where, each in stopped.refused] == [
        (SMS, Purpose.MARKETING),
        (SMS, Purpose.TRANSACTIONAL),
    ]


def test_of_refusals_the_newest_is_remembered() -> None:
    for order in permutations((said(False, 1), said(False, 2), said(False, 3))):
        customer = reached(SMS)
        for refusal in order:
            customer = with_refusal(customer, SMS, refusal)
        assert customer.refused == ((SMS, said(False, 3)),)


def test_a_grant_speaks_for_the_address_that_it_came_from_alone() -> None:
    old = Address(channel=SMS, value="+381", at=NOW)
    customer = reached(SMS, VIBER, former=(old,))
    granted = with_grant(customer, SMS, said(True), "+381")
    assert [each.granted(Purpose.MARKETING) for each in granted.former] == [True]
    assert [each.channel for each in granted.addresses.values() if each.granted(Purpose.MARKETING)] == []
    for value in ("+380", ""):
        present = with_grant(customer, SMS, said(True), value)
        assert [c for c, each in present.addresses.items() if each.granted(Purpose.MARKETING)] == [SMS]
        assert present.former == (old,)
    assert with_grant(customer, WHATSAPP, said(True)) == customer


def test_a_count_is_of_its_own_day() -> None:
    today = DayCount(day=NOW.date(), messages=2, marketing=1)
    customer = reached(today=today)
    assert customer.count(NOW.date()) == today
    tomorrow = (NOW + timedelta(days=1)).date()
    assert customer.count(tomorrow) == DayCount(day=tomorrow, messages=0, marketing=0, before=2)
    assert reached().count(NOW.date()) == DayCount(day=NOW.date())


def test_a_day_that_comes_back_with_another_zone_is_one_with_the_day_after_it() -> None:
    customer = reached(today=DayCount(day=NOW.date(), messages=2, marketing=1, before=5))
    yesterday = (NOW - timedelta(days=1)).date()
    assert customer.count(yesterday) == DayCount(day=NOW.date(), messages=7, marketing=1)
