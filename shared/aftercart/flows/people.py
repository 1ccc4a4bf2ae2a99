"""From what a shop says of a buyer to our customer, with every earlier STOP of their addresses."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from aftercart.domain.brand import Brand
from aftercart.domain.catalogue import Catalogue
from aftercart.domain.consent import PHONE_CHANNELS, Channel, Consent, Purpose, fold
from aftercart.domain.customer import (
    FORMER,
    HISTORY,
    Address,
    Customer,
    Purchase,
    Stamp,
    with_grant,
    with_refusal,
)
from aftercart.domain.order import Buyer, Order
from aftercart.ports import AddressBook

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # a record without a time never overrules a customer's own word
SHARED_BY_MOST = 20  # customers of one address; beyond it is a shop's own phone, not a person's


def said_by(buyer: Buyer, now: datetime) -> Buyer:
    """A shop's clock may run ahead of ours: nothing it says may outrank a STOP that comes later."""
    return replace(
        buyer,
        phone_consents=tuple(replace(consent, at=min(consent.at, now)) for consent in buyer.phone_consents),
        email_consents=tuple(replace(consent, at=min(consent.at, now)) for consent in buyer.email_consents),
    )


def customer_after(
    known: Customer, buyer: Buyer, order: Order, books: Mapping[Channel, AddressBook], brand: Brand
) -> Customer:
    """The customer as this news of an order leaves them; the same whatever order the news come in."""
    stamp = (order.placed_at, order.updated_at)
    customer = _described(known, buyer, order, stamp)
    for channel in PHONE_CHANNELS:
        grants = (*buyer.phone_consents, *_checkout(channel, brand))
        customer = reached(customer, channel, buyer.phone, stamp, grants, books)
    customer = reached(
        customer,
        Channel.EMAIL,
        buyer.email,
        stamp,
        (*buyer.email_consents, *_checkout(Channel.EMAIL, brand)),
        books,
    )
    customer = _said_before(customer, buyer, books)
    return replace(customer, orders=tuple(sorted({*customer.orders, order.id})))


def _described(known: Customer, buyer: Buyer, order: Order, stamp: Stamp) -> Customer:
    """The newest order says what they are called and where they live; what it leaves out, an older one."""
    customer = known
    if buyer.first_name and _is_newer(known, "first_name", stamp, buyer.first_name):
        customer = replace(customer, first_name=buyer.first_name, told=_told(customer, "first_name", stamp))
    if buyer.language and _is_newer(known, "language", stamp, buyer.language):
        customer = replace(customer, language=buyer.language, told=_told(customer, "language", stamp))
    if order.country and _is_newer(known, "country", stamp, order.country):
        told = _told(customer, "country", stamp)
        customer = replace(customer, country=order.country, zones=order.zones, told=told)
    return customer


def _is_newer(known: Customer, name: str, stamp: Stamp, value: str) -> bool:
    """At the same second any rule will do that is the same for both."""
    before = known.told.get(name)
    return before is None or (stamp, value) > (before, getattr(known, name))


def _told(customer: Customer, name: str, stamp: Stamp) -> dict[str, Stamp]:
    return dict(sorted({**customer.told, name: stamp}.items()))


def _checkout(channel: Channel, brand: Brand) -> tuple[Consent, ...]:
    """What the shop's checkout notice covers: news about the order, on the channels it names."""
    if channel not in brand.checkout_opt_in:
        return ()
    return (
        Consent(
            purpose=Purpose.TRANSACTIONAL,
            granted=True,
            at=EPOCH,
            source="checkout",
            version=brand.checkout_text,
        ),
    )


def reached(
    customer: Customer,
    channel: Channel,
    value: str,
    stamp: Stamp,
    consents: Iterable[Consent],
    books: Mapping[Channel, AddressBook],
) -> Customer:
    """The newest order's address holds. What is agreed for another is kept, for that may come back."""
    book = books.get(channel)
    if not value or (book and customer.id not in book.customers and len(book.customers) >= SHARED_BY_MOST):
        return customer
    current = customer.address(channel)
    known = {each.value: each for each in customer.former if each.channel is channel}
    if current is not None:
        known[current.value] = current
    named = known.get(value) or Address(channel=channel, value=value, at=stamp[0], told_at=stamp[1])
    for consent in (*consents, *_own_refusals(customer, channel)):
        named = named.with_consent(consent)
    newest_at, newest_told_at = max(named.stamp, stamp)
    known[value] = replace(named, at=newest_at, told_at=newest_told_at)
    holds = max(known.values(), key=lambda address: (address.stamp, address.value))
    others = [each for each in customer.former if each.channel is not channel]
    others += [each for each in known.values() if each is not holds]
    former = sorted(others, key=lambda address: (address.stamp, address.channel, address.value))[-FORMER:]
    return replace(customer, addresses={**customer.addresses, channel: holds}, former=tuple(former))


def _own_refusals(customer: Customer, channel: Channel) -> Iterable[Consent]:
    """No change of address undoes a STOP: marketing is off wherever it was said, the rest on its channel."""
    return (
        refusal
        for where, refusal in customer.refused
        if where is channel or refusal.purpose is Purpose.MARKETING
    )


def _said_before(customer: Customer, buyer: Buyer, books: Mapping[Channel, AddressBook]) -> Customer:
    """What was said from an address meets its later owners."""
    for value, one in ((buyer.phone, Channel.SMS), (buyer.email, Channel.EMAIL)):
        if one in books:
            customer = met(customer, value, books[one])
    return customer


def met(customer: Customer, value: str, book: AddressBook) -> Customer:
    """An address of theirs brings what was said from it before, by whomever."""
    for channel, consent in book.consents:
        if not consent.granted:
            customer = with_refusal(customer, channel, consent)
        elif value in _values(customer, channel):
            customer = with_grant(customer, channel, consent, value)
    return customer


def _values(customer: Customer, channel: Channel) -> set[str]:
    known = [*customer.addresses.values(), *customer.former]
    return {address.value for address in known if address.channel is channel}


def with_purchases(customer: Customer, order: Order, catalogue: Catalogue) -> Customer:
    """What they own, from the catalogue's lines; a returned or cancelled one stays, marked."""
    bought = [
        Purchase(
            order=order.id,
            line=line.id,
            sku=item.sku,
            category=item.category,
            at=order.placed_at,
            returned=line.quantity == 0 or order.cancelled,
        )
        for line in order.lines
        if (item := catalogue.find(line)) is not None
    ]
    others = [purchase for purchase in customer.purchases if purchase.order != order.id]
    newest = sorted([*others, *bought], key=lambda p: (p.at, p.order, p.line))[-HISTORY:]
    return replace(customer, purchases=tuple(newest))


def joined_book(book: AddressBook | None, customer_id: str, at: datetime) -> AddressBook:
    """`at`: of the order that names it. Whose newest order is the newest comes last."""
    book = book or AddressBook()
    if customer_id not in book.customers and len(book.customers) >= SHARED_BY_MOST:
        return book
    since = {**book.since, customer_id: max(at, book.since.get(customer_id, at))}
    customers = sorted({*book.customers, customer_id}, key=lambda owner: (since.get(owner, EPOCH), owner))
    return replace(book, customers=tuple(customers), since=dict(sorted(since.items())))


def book_with(book: AddressBook, channel: Channel, news: Consent) -> AddressBook:
    """The book remembers own words: of each channel and purpose the newest refusal and the newest grant.

    Both, because a refusal of marketing holds on every channel, and what lifts it on one alone.
    """
    known = {(where, consent.purpose, consent.granted): consent for where, consent in book.consents}
    slot = (channel, news.purpose, news.granted)
    known[slot] = fold(known.get(slot), news)
    entries = sorted(known.items(), key=lambda entry: entry[0])
    return replace(book, consents=tuple((where, consent) for (where, _, _), consent in entries))
