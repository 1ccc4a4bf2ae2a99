"""A customer comes to a chat by the link of their page: whose it is, and what may be answered there."""

from datetime import datetime, timedelta

import pytest

from aftercart import ports
from aftercart.domain.consent import ANSWERS_ONLY, PHONE_CHANNELS, Channel, Purpose
from aftercart.domain.links import chat_url
from aftercart.domain.route import ranked
from aftercart.domain.suppression import keyed_hash
from aftercart.flows.order_confirmation import on_order
from aftercart.flows.pages import SHOWN_FOR
from aftercart.flows.replies import on_reply
from aftercart.ports import AddressBook, LedgerEntry, Reply
from tests.builders import NOW, OLENA_PHONE, Phone, SmallWorld, a_buyer, an_order, placed, said

USER = "7234519876543210"


@pytest.fixture(params=ANSWERS_ONLY)
def chat(request: pytest.FixtureRequest) -> Channel:
    found = request.param
    assert isinstance(found, Channel)
    return found


@pytest.fixture
def small(chat: Channel) -> SmallWorld:
    """An order is confirmed, and the confirmation's page has a link to the chat."""
    made = SmallWorld()
    made.phones[chat] = Phone(chat)
    on_order(placed(), made.world)
    made.rung(made.message("confirm"))
    return made


def ref(small: SmallWorld) -> str:
    key = small.world.secrets.get("link_key")[0]
    return chat_url("", small.message("confirm").id, key).removeprefix("?ref=")


def came(small: SmallWorld, chat: Channel, text: str = "", link: str | None = None) -> Reply:
    at = small.clock.now()
    return said(text, channel=chat, at=at, sender=USER, ref=ref(small) if link is None else link)


def wrote(small: SmallWorld, chat: Channel, text: str, at: datetime | None = None) -> str:
    reply = said(text, channel=chat, at=at or small.clock.now(), sender=USER)
    found = on_reply(reply, small.world)
    for message in small.messages():
        if message.only is chat and not message.attempts:
            small.rung(message)
    return found


def test_whoever_comes_by_the_link_is_known_there_and_has_said_nothing(
    small: SmallWorld, chat: Channel
) -> None:
    before = small.customer()
    assert on_reply(came(small, chat), small.world) == "arrived"
    customer = small.customer()
    assert customer.addresses[chat].value == USER
    assert (customer.written_at, customer.answered_at, customer.talks_until) == ({}, {}, None)
    assert {each: customer.addresses[each] for each in before.addresses} == before.addresses
    assert small.phones[chat].shown == []


def test_coming_again_changes_nothing(small: SmallWorld, chat: Channel) -> None:
    on_reply(came(small, chat), small.world)
    before = dict(small.store.items)
    assert on_reply(came(small, chat), small.world) == "arrived"
    assert small.store.items == before


def test_an_answer_goes_to_the_chat_and_is_done_once_it_is_taken(small: SmallWorld, chat: Channel) -> None:
    on_reply(came(small, chat), small.world)
    assert wrote(small, chat, "Коли приїде?") == "unknown"
    (answer,) = small.phones[chat].shown
    assert answer.to == USER
    assert small.message("help").final == "sent"


def test_with_what_is_said_on_coming_both_are_taken(small: SmallWorld, chat: Channel) -> None:
    assert on_reply(came(small, chat, "Добрий день"), small.world) == "unknown"
    assert small.customer().written_at == {chat: NOW}
    assert small.message("help").only is chat


def test_no_preference_for_a_route_comes_of_it(small: SmallWorld, chat: Channel) -> None:
    on_reply(came(small, chat), small.world)
    on_reply(said("а коли?", channel=Channel.VIBER), small.world)
    small.clock.forward(minutes=5)
    wrote(small, chat, "Коли приїде?")
    places = ranked(small.brand, small.customer(), small.message("confirm"), small.clock.now())
    assert places[0].leg.channel is Channel.VIBER


@pytest.mark.parametrize(("ago", "shown"), ((timedelta(hours=24), 0), (timedelta(hours=23, minutes=59), 1)))
def test_a_day_after_they_wrote_nothing_is_answered(
    small: SmallWorld, chat: Channel, ago: timedelta, shown: int
) -> None:
    on_reply(came(small, chat), small.world)
    wrote(small, chat, "Коли приїде?", small.clock.now() - ago)
    assert len(small.phones[chat].shown) == shown
    if not shown:
        assert small.message("help").log[-1].facts[f"{chat}.plain"] == "window_closed"


def test_what_another_chat_heard_opens_no_window_here(small: SmallWorld, chat: Channel) -> None:
    on_reply(came(small, chat), small.world)
    on_reply(said("а коли?", channel=Channel.WHATSAPP), small.world)
    customer = small.customer()
    assert customer.window_open(Channel.WHATSAPP, NOW)
    assert not customer.window_open(chat, NOW)


def test_a_stop_there_is_one_everywhere_for_offers_and_there_for_all(
    small: SmallWorld, chat: Channel
) -> None:
    on_reply(came(small, chat), small.world)
    assert wrote(small, chat, "СТОП") == "stop"
    addresses = small.customer().addresses
    assert all(each.refused(Purpose.MARKETING) for each in addresses.values())
    assert [each for each in addresses if addresses[each].refused(Purpose.TRANSACTIONAL)] == [chat]


def test_a_stop_on_coming_is_heard_though_the_link_leads_to_nobody(small: SmallWorld, chat: Channel) -> None:
    assert on_reply(came(small, chat, "STOP", link="x" * 32), small.world) == "stop"
    book = ports.address(keyed_hash(USER, small.world.secrets.get("address_key")[0]))
    heard = small.store.read(book).get(book)
    assert heard is not None
    assert {consent.purpose for _, consent in heard.consents} == set(Purpose)


def test_a_stranger_s_stop_meets_who_comes_later_and_stands_in_their_ledger(
    small: SmallWorld, chat: Channel
) -> None:
    assert wrote(small, chat, "СТОП") == "stop"
    small.clock.forward(days=1)
    on_reply(came(small, chat), small.world)
    customer = small.customer()
    assert customer.addresses[chat].refused(Purpose.TRANSACTIONAL)
    assert all(customer.addresses[each].refused(Purpose.MARKETING) for each in PHONE_CHANNELS)
    ledger: list[LedgerEntry] = small.everything(LedgerEntry)
    assert {each.consent.purpose for each in ledger if each.channel is chat} == set(Purpose)


def test_a_stop_of_before_holds_in_a_chat_that_they_come_to_later(small: SmallWorld, chat: Channel) -> None:
    on_reply(said("СТОП"), small.world)
    on_reply(came(small, chat), small.world)
    address = small.customer().addresses[chat]
    assert (address.refused(Purpose.MARKETING), address.refused(Purpose.TRANSACTIONAL)) == (True, False)


def test_whoever_came_last_by_their_own_link_is_who_writes(small: SmallWorld, chat: Channel) -> None:
    """Two customers of one person, or of one household: guests."""
    on_reply(came(small, chat), small.world)
    at = small.clock.forward(hours=1)
    marko = a_buyer(reference="another buyer", phone="+380501112233", email="marko@customer.example")
    on_order(placed(an_order("2", at=at), marko), small.world)
    other = next(each for each in small.messages("confirm") if each.order == "2")
    key = small.world.secrets.get("link_key")[0]
    link = chat_url("", other.id, key).removeprefix("?ref=")
    on_reply(said("", channel=chat, at=at, sender=USER, ref=link), small.world)
    wrote(small, chat, "Коли приїде?")
    assert small.message("help").customer == other.customer


@pytest.mark.parametrize("forged", ("", "x" * 32, "é" * 32, "1"))
def test_a_link_that_we_did_not_make_leads_to_nobody(small: SmallWorld, chat: Channel, forged: str) -> None:
    assert on_reply(came(small, chat, "Добрий день", link=forged), small.world) == "stranger"
    assert chat not in small.customer().addresses


@pytest.mark.parametrize(("after", "found"), ((SHOWN_FOR, "arrived"), (SHOWN_FOR + timedelta(1), "stranger")))
def test_it_leads_as_long_as_its_page_does(
    small: SmallWorld, chat: Channel, after: timedelta, found: str
) -> None:
    small.clock.time = small.message("confirm").created_at + after
    assert on_reply(came(small, chat), small.world) == found


def test_the_book_of_addresses_and_what_erasing_looks_for_know_it(small: SmallWorld, chat: Channel) -> None:
    on_reply(came(small, chat), small.world)
    customer, key = small.customer(), small.world.secrets.get("address_key")[0]
    assert keyed_hash(USER, key) in customer.known_by
    assert keyed_hash(OLENA_PHONE, key) in customer.known_by
    books = [each for each in small.everything(AddressBook) if customer.id in each.customers]
    assert len(books) == 3
