"""From what a shop says of a buyer to our customer, with every earlier STOP of their addresses."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from aftercart.domain.brand import Brand
from aftercart.domain.catalogue import Catalogue
from aftercart.domain.consent import PHONE_CHANNELS, Channel, Consent, Purpose, fold
from aftercart.domain.customer import HISTORY, Address, Customer, Purchase
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
    """The customer as this order leaves them; the same whatever order the orders come in."""
    customer = _described(known, buyer, order)
    for channel in PHONE_CHANNELS:
        grants = (*buyer.phone_consents, *_checkout(channel, brand))
        customer = _reached(customer, channel, buyer.phone, order.placed_at, grants, books)
    customer = _reached(
        customer,
        Channel.EMAIL,
        buyer.email,
        order.placed_at,
        (*buyer.email_consents, *_checkout(Channel.EMAIL, brand)),
        books,
    )
    customer = _refused_before(customer, books.values())
    return replace(customer, orders=tuple(sorted({*customer.orders, order.id})))


def _described(known: Customer, buyer: Buyer, order: Order) -> Customer:
    """The newest order says what they are called and where they live."""
    if known.seen_at is not None and order.placed_at < known.seen_at:
        return known
    return replace(
        known,
        first_name=buyer.first_name or known.first_name,
        language=buyer.language or known.language,
        country=order.country or known.country,
        zones=order.zones or known.zones,
        seen_at=order.placed_at,
    )


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


def _reached(
    customer: Customer,
    channel: Channel,
    value: str,
    at: datetime,
    consents: Iterable[Consent],
    books: Mapping[Channel, AddressBook],
) -> Customer:
    """An address of the newest order holds; an older order's other address is left out."""
    known = customer.address(channel)
    book = books.get(channel)
    if not value or (book and customer.id not in book.customers and len(book.customers) >= SHARED_BY_MOST):
        return customer
    if known is not None and known.value != value and known.at > at:
        return customer
    if known is None or known.value != value:
        known = Address(channel=channel, value=value, at=at)
    known = replace(known, at=max(known.at, at))
    for consent in consents:
        known = known.with_consent(consent)
    return replace(customer, addresses={**customer.addresses, channel: known})


def _refused_before(customer: Customer, books: Iterable[AddressBook]) -> Customer:
    """What was said from an address meets its later owners: a STOP ends marketing on all their channels."""
    for book in books:
        for channel, consent in book.consents:
            everywhere = consent.purpose is Purpose.MARKETING and not consent.granted
            for each in tuple(customer.addresses) if everywhere else (channel,):
                customer = customer.with_consent(each, consent)
    return customer


def with_purchases(customer: Customer, order: Order, catalogue: Catalogue) -> Customer:
    """What they own, from the catalogue's lines; a returned or cancelled one stays, marked."""
    bought = {
        (order.id, line.id): Purchase(
            order=order.id,
            line=line.id,
            sku=item.sku,
            category=item.category,
            at=order.placed_at,
            returned=line.quantity == 0 or order.cancelled,
        )
        for line in order.lines
        if (item := catalogue.find(line)) is not None
    }
    known = {(purchase.order, purchase.line): purchase for purchase in customer.purchases}
    newest = sorted((known | bought).values(), key=lambda p: (p.at, p.order, p.line))[-HISTORY:]
    return replace(customer, purchases=tuple(newest))


def joined_book(book: AddressBook | None, customer_id: str) -> AddressBook:
    book = book or AddressBook()
    if customer_id in book.customers or len(book.customers) >= SHARED_BY_MOST:
        return book
    return replace(book, customers=(*book.customers, customer_id))


def book_with(book: AddressBook, channel: Channel, news: Consent) -> AddressBook:
    """The book remembers a customer's own words, folded per channel and purpose."""
    known = {(entry_channel, consent.purpose): consent for entry_channel, consent in book.consents}
    slot = (channel, news.purpose)
    known[slot] = fold(known.get(slot), news)
    entries = sorted(known.items(), key=lambda entry: entry[0])
    return replace(book, consents=tuple((entry_channel, consent) for (entry_channel, _), consent in entries))
