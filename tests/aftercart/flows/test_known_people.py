"""What a shop's news says of a person: which of it counts, and what others with the same address know."""

from datetime import timedelta
from itertools import permutations
from typing import Any

from aftercart.domain.consent import Channel, Consent, Purpose
from aftercart.domain.customer import Customer
from aftercart.domain.order import Buyer, Order, Shipment, Stage
from aftercart.flows.order_confirmation import joined_shipments
from aftercart.flows.people import SHARED_BY_MOST, book_with, customer_after, joined_book, said_by
from aftercart.ports import AddressBook
from tests.builders import NEWS, NOW, a_brand, a_buyer, an_order, marketing

WHATSAPP, VIBER, SMS = NEWS
HOUR = timedelta(hours=1)


def after(*news: tuple[Order, Buyer]) -> Customer:
    customer = Customer(id="c" * 14)
    for order, buyer in news:
        customer = customer_after(customer, buyer, order, {}, a_brand())
    return customer


def at(hours: int, **facts: Any) -> Order:
    return an_order(str(hours), at=NOW + hours * HOUR, **facts)


def test_what_a_shop_dates_ahead_of_us_counts_from_now() -> None:
    ahead, before = marketing(at=NOW + HOUR), marketing(at=NOW - HOUR)
    buyer = said_by(a_buyer(phone_consents=(ahead, before), email_consents=(ahead, before)), NOW)
    for consents in (buyer.phone_consents, buyer.email_consents):
        assert [each.at for each in consents] == [NOW, NOW - HOUR]


def test_each_fact_is_the_newest_orders_that_tells_it() -> None:
    news = (
        (at(1), a_buyer(first_name="Олена", language="uk")),
        (at(2, country="PL", zones=("Europe/Warsaw",)), a_buyer(first_name="", language="ru")),
        (at(3, country="", zones=()), a_buyer(first_name="Оленка", language="")),
    )
    for order in permutations(news):
        customer = after(*order)
        assert (customer.first_name, customer.language) == ("Оленка", "ru")
        assert (customer.country, customer.zones) == ("PL", ("Europe/Warsaw",))
        assert {name: stamp[0] for name, stamp in customer.told.items()} == {
            "country": NOW + 2 * HOUR,
            "first_name": NOW + 3 * HOUR,
            "language": NOW + 2 * HOUR,
        }
        assert customer.orders == ("1", "2", "3")


def test_of_the_same_order_the_newer_news_counts() -> None:
    older, newer = an_order("1"), an_order("1", updated_at=NOW + HOUR)
    for order in permutations(((older, a_buyer(first_name="Z")), (newer, a_buyer(first_name="A")))):
        assert after(*order).first_name == "A"


def test_the_checkouts_word_is_the_records_with_its_text_and_no_time() -> None:
    customer = after((at(0), a_buyer(phone_consents=())))
    said = customer.addresses[SMS].consent(Purpose.TRANSACTIONAL)
    assert said is not None
    assert (said.granted, said.source, said.version, said.explicit) == (True, "checkout", "checkout-1", False)
    assert said.at.year == 1970
    assert customer.addresses[Channel.EMAIL].consent(Purpose.TRANSACTIONAL) is None


def test_an_address_knows_its_owners_newest_last() -> None:
    one, two = "a" * 14, "b" * 14
    news = ((one, NOW), (two, NOW + HOUR), (one, NOW + 2 * HOUR), (two, NOW - HOUR))
    for order in permutations(news):
        book = None
        for owner, moment in order:
            book = joined_book(book, owner, moment)
        assert book is not None
        assert book.customers == (two, one)
        assert book.since == {one: NOW + 2 * HOUR, two: NOW + HOUR}


def test_an_address_of_too_many_takes_no_more_of_them() -> None:
    many = tuple(f"{number:014}" for number in range(SHARED_BY_MOST))
    book = AddressBook(customers=many)
    assert joined_book(book, "z" * 14, NOW) == book
    assert joined_book(book, many[0], NOW).customers[-1] == many[0]
    assert "z" * 14 in joined_book(AddressBook(customers=many[1:]), "z" * 14, NOW).customers


def test_a_book_remembers_the_newest_refusal_and_the_newest_grant_of_each_channel() -> None:
    def own(granted: bool, hours: int) -> Consent:
        facts: dict[str, Any] = {"purpose": Purpose.MARKETING, "source": "reply:sms", "explicit": True}
        return Consent(granted=granted, at=NOW + hours * HOUR, **facts)

    for order in permutations((own(True, 1), own(True, 3), own(False, 2), own(False, 0))):
        book = AddressBook()
        for consent in order:
            book = book_with(book, SMS, consent)
        assert book.consents == ((SMS, own(False, 2)), (SMS, own(True, 3)))
    assert len(book_with(book, VIBER, own(True, 1)).consents) == 3


def test_parcels_of_both_news_are_joined_each_with_itself() -> None:
    left = Shipment(id="1", stages={Stage.IN_TRANSIT: NOW}, updated_at=NOW)
    came = Shipment(id="1", stages={Stage.DELIVERED: NOW + HOUR}, updated_at=NOW + HOUR)
    other = Shipment(id="2", stages={Stage.LABEL_CREATED: NOW}, updated_at=NOW)
    both = joined_shipments({"1": came}, {"1": left, "2": other})
    assert set(both["1"].stages) == {Stage.IN_TRANSIT, Stage.DELIVERED}
    assert both["2"] == other
