"""Who bought, from the five places in which a Shopify order names people: an address, a name, their consent.

The recipient of a gift is not the buyer. Where the delivery address bears a name that neither the customer
nor the payer has, its phone comes last, and nobody's consent is taken for its owner's.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from aftercart.domain.consent import Consent, Purpose
from aftercart.domain.order import Buyer
from aftercart.shops import phones
from aftercart.shops.shopify_shapes import AddressShape, ConsentShape, CustomerShape, OrderShape

# A shop's record without a time is older than any word of the customer's own.
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SMS, EMAIL, CHECKOUT = (
    "shopify:sms_marketing_consent",
    "shopify:email_marketing_consent",
    "shopify:buyer_accepts_marketing",
)
SAYS = {"subscribed": True, "unsubscribed": False}  # not_subscribed, pending, redacted …: nothing is said

_LANGUAGE = re.compile(r"([a-z]{2})(?:[-_].*)?", re.IGNORECASE)
_COUNTRY = re.compile(r"[A-Z]{2}")
_EMAIL = re.compile(r"[^@\s<>]{1,64}@[^@\s<>]+\.[^@\s<>]+")
_NOBODY, _NOWHERE = CustomerShape(), AddressShape()


@dataclass(frozen=True, slots=True)
class _Phone:
    typed: str
    country: str
    is_recipients: bool = False


def buyer_of(order: OrderShape) -> Buyer:
    customer = order.customer or _NOBODY
    number, is_recipients = _phone(order)
    on_record = phones.e164(customer.phone, _home(order)) if customer.phone else ""
    theirs = bool(number) and not is_recipients and on_record in ("", number)
    email = next(filter(_EMAIL.fullmatch, (order.email, order.contact_email, customer.email)), "").lower()
    accepts = order.buyer_accepts_marketing
    return Buyer(
        reference=customer.id,
        first_name=_first_name(order),
        language=_language(order.customer_locale) or _language(customer.locale),
        phone=number,
        email=email,
        phone_consents=_consents(SMS, customer.sms_marketing_consent, accepts, theirs),
        email_consents=_consents(
            EMAIL, customer.email_marketing_consent, accepts, customer.email.lower() in ("", email)
        ),
    )


def delivered_to(order: OrderShape) -> tuple[str, str]:
    """(country, province code) of the delivery, else of the payer's or the customer's address or phone."""
    for address in _addresses(order):
        if country := _country(address):
            return country, address.province_code
    number, _ = _phone(order)
    return phones.country_of(number) if number else "", ""


def _addresses(order: OrderShape) -> Iterator[AddressShape]:
    home = order.customer.default_address if order.customer else None
    return (each for each in (order.shipping_address, order.billing_address, home) if each is not None)


def _country(address: AddressShape) -> str:
    code = address.country_code.upper()
    return code if _COUNTRY.fullmatch(code) else ""


def _language(locale: str) -> str:
    found = _LANGUAGE.fullmatch(locale)
    return found[1].lower() if found else ""


def _phone(order: OrderShape) -> tuple[str, bool]:
    """The most trusted number that messages reach, and whether it is a gift's recipient's."""
    known = sorted(_phones(order), key=lambda phone: phone.is_recipients)  # stable: trust keeps its order
    for phone in known:
        if phone.typed and (number := phones.reachable(phone.typed, phone.country)):
            return number, phone.is_recipients
    return "", False


def _phones(order: OrderShape) -> Iterator[_Phone]:
    """In Shopify's order of trust (formats.md A), each with the country it was typed in."""
    customer = order.customer or _NOBODY
    recipient = _recipient(order)
    somewhere = next(filter(None, map(_country, _addresses(order))), "")
    yield _Phone(order.phone, somewhere)
    for address in (order.shipping_address, order.billing_address):
        if address is not None:
            yield _of(address, recipient, somewhere)
    yield _Phone(customer.phone, _home(order))
    if customer.default_address is not None:
        yield _of(customer.default_address, recipient, somewhere)


def _of(address: AddressShape, recipient: frozenset[str], somewhere: str) -> _Phone:
    is_recipients = bool(recipient) and _name(address) == recipient
    return _Phone(address.phone, _country(address) or somewhere, is_recipients)


def _home(order: OrderShape) -> str:
    """Where the customer lives, as far as known: a local number on their record is of that country."""
    at_home_first = reversed(tuple(_addresses(order)))
    return next(filter(None, map(_country, at_home_first)), "")


def _recipient(order: OrderShape) -> frozenset[str]:
    """The name on a gift's parcel; empty where the buyer gets it, or where that cannot be told."""
    named = _name(order.shipping_address or _NOWHERE)
    buyers = [name for name in (_name(order.customer), _name(order.billing_address)) if name]
    return named if buyers and named not in buyers else frozenset()


def _name(person: AddressShape | CustomerShape | None) -> frozenset[str]:
    """A name as its words, since forms put the first and the last name in either order."""
    if person is None:
        return frozenset()
    in_one = person.name if isinstance(person, AddressShape) else ""
    in_two = f"{person.first_name} {person.last_name}".strip()
    return frozenset((in_two or in_one).casefold().split())


def _first_name(order: OrderShape) -> str:
    named: Iterable[CustomerShape | AddressShape | None] = (order.customer, order.billing_address)
    if not _recipient(order):
        named = (*named, order.shipping_address)
    return next((person.first_name for person in named if person is not None and person.first_name), "")


def _consents(name: str, record: ConsentShape | None, accepts: bool, theirs: bool) -> tuple[Consent, ...]:
    """The shop's record for this address, else the checkout's box; granted only where it is their own."""
    if record is None or not record.state:
        record, name = ConsentShape(state="subscribed" if accepts else ""), CHECKOUT
    granted = SAYS.get(record.state.lower())
    if granted is None or (granted and not theirs):
        return ()
    at = record.consent_updated_at or EPOCH
    consent = Consent(
        purpose=Purpose.MARKETING, granted=granted, at=at, source=name, version=record.opt_in_level
    )
    return (consent,)
