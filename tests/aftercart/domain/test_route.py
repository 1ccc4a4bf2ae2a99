"""Which channels a message may take, in which order, and what it may carry there."""

from datetime import timedelta
from typing import Any

import pytest

from aftercart.domain.brand import Success
from aftercart.domain.consent import ANSWERS_ONLY, Channel, Consent, Purpose
from aftercart.domain.customer import Address, Customer
from aftercart.domain.message import Message, Variant
from aftercart.domain.offer import Offer
from aftercart.domain.route import along, barred, legs, variants, waits
from tests.builders import NEWS, NOW, a_brand, money
from tests.builders import legs as route_of

WHATSAPP, VIBER, SMS = NEWS
NEWS_PURPOSE, MARKETING = Purpose.TRANSACTIONAL, Purpose.MARKETING


def a_message(**facts: Any) -> Message:
    known: dict[str, Any] = {"id": "c" * 14 + "-" + "m" * 10, "journey": "j", "step": "s", "text": "s"}
    return Message(**known | {"created_at": NOW, "not_after": NOW} | facts)


def who(**said: bool) -> Customer:
    """On WhatsApp and SMS; `news`, `offers`: what they said of these purposes."""
    names = {"news": NEWS_PURPOSE, "offers": MARKETING}
    words = {
        names[name]: Consent(purpose=names[name], granted=granted, at=NOW, source="test")
        for name, granted in said.items()
    }
    addresses = {each: Address(channel=each, value="+380", at=NOW, said=words) for each in (WHATSAPP, SMS)}
    return Customer(id="c" * 14, country="UA", addresses=addresses)


def channels(customer: Customer, message: Message) -> list[Channel]:
    return [leg.channel for leg in legs(a_brand(), customer, message)]


def test_the_countrys_route_with_the_preferred_channel_first() -> None:
    assert channels(Customer(id="c"), a_message()) == [WHATSAPP, VIBER, SMS]
    assert channels(Customer(id="c", preferred=SMS), a_message()) == [SMS, WHATSAPP, VIBER]
    assert channels(Customer(id="c", preferred=Channel.EMAIL), a_message()) == [WHATSAPP, VIBER, SMS]


def test_an_answer_goes_back_where_the_question_came_from_and_nowhere_else() -> None:
    assert channels(Customer(id="c", preferred=SMS), a_message(only=VIBER)) == [VIBER]
    assert channels(Customer(id="c"), a_message(only=Channel.EMAIL)) == []


@pytest.mark.parametrize("chat", ANSWERS_ONLY)
def test_a_chat_that_may_only_answer_needs_no_route_and_is_on_none(chat: Channel) -> None:
    assert channels(Customer(id="c"), a_message(only=chat)) == [chat]
    (leg,) = legs(a_brand(), Customer(id="c"), a_message(only=chat, route="no such route"))
    assert leg.success is Success.ACCEPTED
    assert [each.channel for each in along(route_of(chat, SMS), None)] == [SMS]
    assert channels(Customer(id="c", preferred=chat), a_message()) == [WHATSAPP, VIBER, SMS]


def test_waits_are_padded_to_the_ladders_five_rungs() -> None:
    one, two = timedelta(minutes=1), timedelta(minutes=2)
    assert waits((*route_of(WHATSAPP, wait=one), *route_of(SMS, wait=two))) == (60, 120, 120, 120, 120)
    assert waits(route_of(*(WHATSAPP,) * 7, wait=one)) == (60,) * 5
    assert waits(()) == (900,) * 5


@pytest.mark.parametrize(
    ("customer", "channel", "purpose", "reason"),
    (
        (who(news=True), VIBER, NEWS_PURPOSE, "no_address"),
        (who(news=False, offers=True), SMS, NEWS_PURPOSE, "stopped_here"),
        (who(news=False, offers=True), SMS, MARKETING, "stopped_here"),
        (who(offers=True), SMS, MARKETING, ""),
        (who(news=True), SMS, MARKETING, "no_marketing_consent"),
        (who(offers=False), SMS, MARKETING, "no_marketing_consent"),
        (who(offers=False), SMS, NEWS_PURPOSE, ""),  # news needs no opt-in here
        (who(), SMS, NEWS_PURPOSE, ""),
        (who(), WHATSAPP, NEWS_PURPOSE, "no_opt_in"),
        (who(offers=False), WHATSAPP, NEWS_PURPOSE, "no_opt_in"),
        (who(news=True), WHATSAPP, NEWS_PURPOSE, ""),
        (who(offers=True), WHATSAPP, NEWS_PURPOSE, ""),
    ),
)
def test_why_a_channel_is_barred(customer: Customer, channel: Channel, purpose: Purpose, reason: str) -> None:
    assert barred(a_brand(), customer, channel, purpose) == reason


def test_the_plain_twin_stands_behind_an_offer() -> None:
    offer = Offer(sku="CASE", for_sku="PHONE", price=money("1"))
    assert variants(a_message(offer=offer)) == (Variant.OFFER, Variant.PLAIN)
    assert variants(a_message()) == (Variant.PLAIN,)
