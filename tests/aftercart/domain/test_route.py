"""Which channels a message may take, in which order, and what it may carry there."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftercart.domain.brand import Success
from aftercart.domain.consent import ANSWERS_ONLY, Channel, Consent, Purpose
from aftercart.domain.customer import Address, Customer
from aftercart.domain.message import Attempt, Message, Outcome, Variant
from aftercart.domain.offer import Offer
from aftercart.domain.prices import Prices
from aftercart.domain.route import along, barred, choosable, in_words, ranked, rungs, timed, variants
from aftercart.domain.wishes import Wishes
from tests.builders import NEWS, NOW, a_brand, a_country, money
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


def route(customer: Customer, message: Message | None = None, **country: Any) -> list[tuple[str, str]]:
    """The channels in their order, each with what gave it its place."""
    brand = a_brand(countries={"*": a_country(**country)}, prices=PRICES)
    places = ranked(brand, customer, message or a_message(), NOW)
    return [(place.leg.channel.value, place.standing.value) for place in places]


def channels(customer: Customer, message: Message | None = None, **country: Any) -> list[str]:
    return [channel for channel, _ in route(customer, message, **country)]


def wishing(channel: Channel) -> Wishes:
    return Wishes(at=NOW, channel=channel)


PRICES = Prices(
    currency="USD",
    rates={
        "whatsapp": {
            "*": {"transactional": Decimal("0.03"), "marketing": Decimal("0.09"), "in_window": Decimal(0)}
        },
        "sms": {"*": {"transactional": Decimal("0.02"), "marketing": Decimal("0.02")}},
    },
)
AGO = NOW - timedelta(days=1)


def test_of_whom_nothing_is_known_the_countrys_route_holds() -> None:
    assert route(Customer(id="c")) == [("whatsapp", "order"), ("viber", "order"), ("sms", "order")]


def test_where_they_want_to_hear_from_us_goes_before_all_else() -> None:
    customer = Customer(id="c", wishes=wishing(SMS), answered_at={VIBER: AGO}, read_at={WHATSAPP: AGO})
    told = [("sms", "chosen"), ("viber", "answered_before"), ("whatsapp", "read_before")]
    assert route(customer) == told


def test_a_channel_that_the_route_has_not_moves_nothing() -> None:
    customer = Customer(id="c", wishes=wishing(Channel.EMAIL), answered_at={Channel.PUSH: AGO})
    assert channels(customer) == ["whatsapp", "viber", "sms"]


def test_where_they_answered_last_goes_before_where_they_answered_first() -> None:
    customer = Customer(id="c", answered_at={VIBER: AGO, SMS: NOW})
    assert channels(customer) == ["sms", "viber", "whatsapp"]


def test_of_channels_on_which_they_read_the_countrys_order_holds() -> None:
    customer = Customer(id="c", read_at={VIBER: AGO, SMS: NOW})
    assert channels(customer) == ["viber", "sms", "whatsapp"]


@pytest.mark.parametrize("what", ("answered_at", "read_at"))
def test_what_is_older_than_half_a_year_says_nothing(what: str) -> None:
    half_a_year = timedelta(days=180)
    old = Customer(id="c", **{what: {SMS: NOW - half_a_year}})  # type: ignore[arg-type]
    recent = Customer(id="c", **{what: {SMS: NOW - half_a_year + timedelta(seconds=1)}})  # type: ignore[arg-type]
    assert (channels(old)[0], channels(recent)[0]) == ("whatsapp", "sms")


def test_the_cheapest_goes_first_where_the_brand_asks_for_it_and_what_nobody_has_priced_last() -> None:
    assert route(Customer(id="c"), cheapest=("news",)) == [
        ("sms", "price"),
        ("whatsapp", "price"),
        ("viber", "order"),
    ]
    assert channels(Customer(id="c"), cheapest=("care",)) == ["whatsapp", "viber", "sms"]


def test_an_open_window_makes_news_on_whatsapp_cheap_and_no_marketing() -> None:
    wrote = Customer(id="c", written_at={WHATSAPP: NOW - timedelta(hours=23)})
    assert channels(wrote, cheapest=("news",)) == ["whatsapp", "sms", "viber"]
    offer = a_message(purpose=MARKETING)
    assert channels(wrote, offer, cheapest=("news",)) == ["sms", "whatsapp", "viber"]
    closed = Customer(id="c", written_at={WHATSAPP: NOW - timedelta(hours=24)})
    assert channels(closed, cheapest=("news",)) == ["sms", "whatsapp", "viber"]


def test_what_they_read_goes_before_what_is_cheap() -> None:
    customer = Customer(id="c", read_at={VIBER: AGO})
    assert channels(customer, cheapest=("news",)) == ["viber", "sms", "whatsapp"]


TIMES = st.dictionaries(
    st.sampled_from(Channel), st.integers(-400, 0).map(lambda n: NOW + n * timedelta(days=1))
)
CUSTOMERS = st.builds(
    Customer,
    id=st.just("c"),
    answered_at=TIMES,
    read_at=TIMES,
    written_at=TIMES,
    wishes=st.none() | st.builds(Wishes, at=st.just(NOW), channel=st.none() | st.sampled_from(Channel)),
)


@given(CUSTOMERS, st.permutations(NEWS), st.booleans())
def test_the_order_is_one_of_the_countrys_channels_and_no_other(
    customer: Customer, order: list[Channel], by_price: bool
) -> None:
    country: dict[str, Any] = {
        "routes": {"news": route_of(*order)},
        "cheapest": ("news",) if by_price else (),
    }
    found = channels(customer, **country)
    assert sorted(found) == sorted(order)
    assert found == channels(
        replace(customer, answered_at=dict(sorted(customer.answered_at.items()))), **country
    )


@given(CUSTOMERS)
def test_one_more_sign_of_being_reached_there_never_moves_a_channel_back(customer: Customer) -> None:
    for channel in NEWS:
        before = channels(customer).index(channel)
        read = replace(customer, read_at={**customer.read_at, channel: NOW})
        answered = replace(customer, answered_at={**customer.answered_at, channel: NOW})
        chosen = replace(customer, wishes=wishing(channel))
        assert [channels(each).index(channel) <= before for each in (read, answered)] == [True, True]
        assert channels(chosen).index(channel) == 0


def test_the_places_are_told_in_short_codes() -> None:
    customer = Customer(id="c", wishes=wishing(SMS))
    places = ranked(a_brand(), customer, a_message(), NOW)
    assert in_words(places) == "sms: chosen, whatsapp: order, viber: order"


def test_an_answer_goes_back_where_the_question_came_from_and_nowhere_else() -> None:
    assert channels(Customer(id="c", answered_at={SMS: NOW}), a_message(only=VIBER)) == ["viber"]
    assert channels(Customer(id="c"), a_message(only=Channel.EMAIL)) == []


@pytest.mark.parametrize("chat", ANSWERS_ONLY)
def test_a_chat_that_may_only_answer_needs_no_route_and_is_on_none(chat: Channel) -> None:
    assert channels(Customer(id="c"), a_message(only=chat)) == [chat]
    (place,) = ranked(a_brand(), Customer(id="c"), a_message(only=chat, route="no such route"), NOW)
    assert place.leg.success is Success.ACCEPTED
    assert [each.channel for each in along(route_of(chat, SMS), None)] == [SMS]
    assert channels(Customer(id="c", answered_at={chat: NOW})) == ["whatsapp", "viber", "sms"]


ONE, TWO, THREE = (timedelta(minutes=n) for n in (1, 2, 3))


def test_waits_are_padded_to_the_ladders_five_rungs() -> None:
    assert rungs([ONE, TWO]) == (60, 120, 120, 120, 120)
    assert rungs([ONE] * 7) == (60,) * 5
    assert rungs([]) == (900,) * 5


def test_each_rung_waits_as_long_as_the_channel_that_it_will_try() -> None:
    unlike = (*route_of(WHATSAPP, wait=ONE), *route_of(VIBER, wait=TWO), *route_of(SMS, wait=THREE))
    brand = a_brand(countries={"*": a_country(routes={"news": unlike})})
    customer = who(news=True)  # without Viber
    assert timed(brand, customer, a_message(), NOW).waits == (60, 180, 180, 180, 180)
    answers_sms = replace(customer, answered_at={SMS: NOW})
    assert timed(brand, answers_sms, a_message(), NOW).waits == (180, 60, 60, 60, 60)
    assert timed(brand, answers_sms, a_message(receipt_within=TWO), NOW).waits == (120,) * 5
    assert timed(brand, Customer(id="c"), a_message(), NOW).waits == (900,) * 5  # nobody is reached


def test_a_rung_does_not_wait_for_a_channel_that_was_tried() -> None:
    unlike = (*route_of(WHATSAPP, wait=ONE), *route_of(SMS, wait=THREE))
    brand = a_brand(countries={"*": a_country(routes={"news": unlike})})
    tried = a_message(attempts=(an_attempt(WHATSAPP),))
    assert timed(brand, who(news=True), tried, NOW).waits == (180,) * 5
    put_off = a_message(attempts=(an_attempt(WHATSAPP, outcome=Outcome.REJECTED, advice="later"),))
    assert timed(brand, who(news=True), put_off, NOW).waits == (60, 180, 180, 180, 180)


def test_where_waits_are_learned_each_rung_names_what_it_learns_from() -> None:
    brand = a_brand(countries={"UA": a_country(), "*": a_country()}, learned_waits=True)
    customer = replace(who(news=True), answered_at={SMS: NOW})
    assert timed(brand, customer, a_message(), NOW).learns == ("sms/UA", "whatsapp/UA")
    abroad = replace(customer, country="AQ")
    assert timed(brand, abroad, a_message(), NOW).learns == ("sms/*", "whatsapp/*")
    assert timed(brand, customer, a_message(receipt_within=TWO), NOW).learns == ()  # the step has set it
    assert timed(a_brand(), customer, a_message(), NOW).learns == ()


def an_attempt(channel: Channel, **facts: Any) -> Attempt:
    known: dict[str, Any] = {"ordinal": 1, "channel": channel, "variant": Variant.PLAIN, "run": 1, "rung": 1}
    return Attempt(**known | {"claimed_at": NOW, "deadline": NOW} | facts)


def test_they_may_choose_among_channels_of_the_countrys_routes_that_reach_them() -> None:
    assert choosable(a_brand(), who(news=True)) == (WHATSAPP, SMS)
    assert choosable(a_brand(), who()) == (SMS,)  # WhatsApp needs a yes
    assert choosable(a_brand(countries={"*": a_country(routes={"news": route_of(VIBER)})}), who()) == ()


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
