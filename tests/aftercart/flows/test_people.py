from datetime import datetime, timedelta
from itertools import permutations

import pytest

from aftercart.domain.consent import Channel, Consent, Purpose
from aftercart.domain.customer import Address, Customer, with_grant, with_refusal
from aftercart.domain.order import Buyer, Order
from aftercart.flows.people import SHARED_BY_MOST, book_with, customer_after, with_purchases
from aftercart.ports import AddressBook
from tests.builders import NOW, PHONE, a_brand, a_buyer, a_catalogue, a_line, an_order, marketing

OLENA = Customer(id="aaaaaaaaaaaaaa")
DAY = timedelta(days=1)


def after(*orders: tuple[Order, Buyer], books: dict[Channel, AddressBook] | None = None) -> Customer:
    customer = OLENA
    for order, buyer in orders:
        customer = customer_after(customer, buyer, order, books or {}, a_brand())
        customer = with_purchases(customer, order, a_catalogue())
    return customer


def test_a_customer_is_the_same_whatever_order_their_orders_come_in() -> None:
    events = [
        (an_order("1", at=NOW), a_buyer()),
        (an_order("2", at=NOW + DAY), a_buyer(phone="+380501112233", first_name="Оленка", phone_consents=())),
        (an_order("3", at=NOW + 2 * DAY), a_buyer(email="", phone_consents=(marketing(False, NOW),))),
        (an_order("4", at=NOW - DAY), a_buyer(language="ru", phone_consents=())),
    ]
    ways = [after(*way) for way in permutations(events)]
    assert all(way == ways[0] for way in ways)


def test_the_newest_orders_phone_holds_and_brings_its_own_consents() -> None:
    customer = after(
        (an_order("1"), a_buyer()),
        (an_order("2", at=NOW + DAY), a_buyer(phone="+380501112233", phone_consents=())),
    )
    address = customer.addresses[Channel.WHATSAPP]
    assert address.value == "+380501112233"
    assert not address.granted(Purpose.MARKETING)


def test_a_shops_record_without_a_time_does_not_overrule_a_stop() -> None:
    stop = Consent(purpose=Purpose.MARKETING, granted=False, at=NOW, source="reply:whatsapp", explicit=True)
    book = AddressBook(customers=("someone",), consents=((Channel.WHATSAPP, stop),))
    untimed = marketing(at=NOW - timedelta(days=20000))
    customer = after(
        (an_order(at=NOW + DAY), a_buyer(phone_consents=(untimed,), email_consents=(untimed,))),
        books={Channel.WHATSAPP: book, Channel.VIBER: book, Channel.SMS: book},
    )
    assert not any(address.granted(Purpose.MARKETING) for address in customer.addresses.values())


def own(granted: bool, at: datetime) -> Consent:
    return Consent(purpose=Purpose.MARKETING, granted=granted, at=at, source="reply:sms", explicit=True)


@pytest.mark.parametrize(
    ("words", "allowed"),
    (
        (
            (own(False, NOW), marketing(True, NOW + DAY)),
            False,
        ),  # a record never undoes a STOP, whatever its date
        ((own(False, NOW), own(True, NOW + DAY)), True),
        ((own(False, NOW), own(True, NOW + DAY), marketing(False, NOW)), True),
        ((own(False, NOW), own(True, NOW + DAY), marketing(False, NOW + 2 * DAY)), False),
        ((marketing(True, NOW), marketing(False, NOW + DAY)), False),
        ((marketing(False, NOW), marketing(True, NOW + DAY)), True),
    ),
)
def test_their_own_word_counts_and_a_record_may_only_end_what_they_allowed(
    words: tuple[Consent, ...], allowed: bool
) -> None:
    for way in permutations(words):
        address = Address(channel=Channel.SMS, value="+380671234567", at=NOW)
        for word in way:
            address = address.with_consent(word)
        assert address.granted(Purpose.MARKETING) is allowed


def test_news_of_one_order_describe_its_buyer_by_when_they_are_of() -> None:
    events = [
        (an_order("1", at=NOW), a_buyer(first_name="Олена")),
        (an_order("1", at=NOW, updated_at=NOW + DAY), a_buyer(first_name="Оленка", phone="+380501112233")),
        (an_order("1", at=NOW, updated_at=NOW + 2 * DAY), a_buyer(first_name="", phone="")),
    ]
    for way in permutations(events):
        customer = after(*way)
        assert customer.first_name == "Оленка"
        assert customer.addresses[Channel.SMS].value == "+380501112233"


def test_an_address_that_comes_back_is_as_it_was_whatever_came_between() -> None:
    events = [
        (an_order("1", at=NOW), a_buyer()),
        (an_order("2", at=NOW + DAY), a_buyer(phone="+380501112233", phone_consents=())),
        (an_order("3", at=NOW + 2 * DAY), a_buyer(phone_consents=())),
    ]
    ways = [after(*way) for way in permutations(events)]
    assert all(way == ways[0] for way in ways)
    assert ways[0].addresses[Channel.SMS].granted(Purpose.MARKETING)


def test_a_stop_outlives_a_change_of_phone() -> None:
    stop = Consent(purpose=Purpose.MARKETING, granted=False, at=NOW, source="reply:sms", explicit=True)
    silent = Consent(purpose=Purpose.TRANSACTIONAL, granted=False, at=NOW, source="reply:sms", explicit=True)
    customer = after((an_order("1"), a_buyer()))
    for word in (stop, silent):
        customer = with_refusal(customer, Channel.SMS, word)
    moved = a_buyer(phone="+380501112233", phone_consents=(marketing(True, NOW + DAY),))
    customer = customer_after(customer, moved, an_order("2", at=NOW + DAY), {}, a_brand())
    assert customer.addresses[Channel.WHATSAPP].value == "+380501112233"
    assert not any(address.granted(Purpose.MARKETING) for address in customer.addresses.values())
    refused = [a.channel for a in customer.addresses.values() if a.refused(Purpose.TRANSACTIONAL)]
    assert refused == [Channel.SMS]


def test_a_start_speaks_for_the_phone_it_came_from_alone() -> None:
    stop = Consent(purpose=Purpose.MARKETING, granted=False, at=NOW, source="reply:sms", explicit=True)
    start = Consent(purpose=Purpose.MARKETING, granted=True, at=NOW + DAY, source="reply:sms", explicit=True)
    old = a_buyer().phone
    customer = after(
        (an_order("1"), a_buyer()), (an_order("2", at=NOW + DAY), a_buyer(phone="+380501112233"))
    )
    customer = with_grant(with_refusal(customer, Channel.SMS, stop), Channel.SMS, start, old)
    assert not customer.addresses[Channel.SMS].granted(Purpose.MARKETING)


def test_a_line_that_a_later_version_of_an_order_lacks_is_owned_no_more() -> None:
    before = (an_order(lines=(a_line(), a_line("CASE-1"))), a_buyer())
    later = (an_order(updated_at=NOW + DAY), a_buyer())
    assert [p.sku for p in after(before, later).purchases] == [PHONE]


def test_a_phone_that_too_many_share_is_nobodys() -> None:
    crowd = AddressBook(customers=tuple(f"customer-{n}" for n in range(SHARED_BY_MOST)))
    customer = after(
        (an_order(), a_buyer()), books=dict.fromkeys((Channel.WHATSAPP, Channel.VIBER, Channel.SMS), crowd)
    )
    assert set(customer.addresses) == {Channel.EMAIL}


def test_the_checkouts_notice_allows_news_on_the_channels_it_names_and_nothing_more() -> None:
    customer = after((an_order(), a_buyer(phone_consents=())))
    assert customer.addresses[Channel.WHATSAPP].granted(Purpose.TRANSACTIONAL)
    assert not customer.addresses[Channel.WHATSAPP].granted(Purpose.MARKETING)
    assert not customer.addresses[Channel.EMAIL].granted(Purpose.TRANSACTIONAL)


def test_a_returned_line_is_remembered_as_returned() -> None:
    kept = after((an_order(), a_buyer()))
    returned = after((an_order(), a_buyer()), (an_order(lines=(a_line(quantity=0),)), a_buyer()))
    assert [(p.sku, p.returned) for p in kept.purchases] == [(PHONE, False)]
    assert [(p.sku, p.returned) for p in returned.purchases] == [(PHONE, True)]


def test_what_was_said_from_an_address_meets_its_later_owner_in_whatever_order_it_was_said() -> None:
    stop, start, tie = own(False, NOW), own(True, NOW + DAY), own(True, NOW)
    for words, allowed in (((stop, start), True), ((stop, tie), False)):
        for way in permutations(words):
            book = AddressBook()
            for word in way:
                book = book_with(book, Channel.SMS, word)
            books = dict.fromkeys((Channel.WHATSAPP, Channel.VIBER, Channel.SMS), book)
            customer = after((an_order(), a_buyer()), books=books)
            assert customer.addresses[Channel.SMS].granted(Purpose.MARKETING) is allowed
            assert not customer.addresses[Channel.VIBER].granted(Purpose.MARKETING)
