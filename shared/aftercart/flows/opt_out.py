"""STOP and START: durable before anything is answered, for everyone who shares the address."""

from collections.abc import Sequence
from datetime import datetime

from aftercart import ports
from aftercart.domain import suppression
from aftercart.domain.consent import Channel, Consent, Purpose
from aftercart.domain.customer import Customer, with_grant, with_refusal
from aftercart.flows import ledger, people
from aftercart.flows.again import with_customer
from aftercart.ports import AddressBook, Change, Put, Ref, Snapshot, World


def consents(channel: Channel, at: datetime, source: str, granted: bool) -> tuple[Consent, ...]:
    """What the word says of the channel it came on."""
    return tuple(
        Consent(purpose=purpose, granted=granted, at=at, source=source, explicit=True) for purpose in Purpose
    )


def with_word(customer: Customer, channel: Channel, said: tuple[Consent, ...], value: str = "") -> Customer:
    """Both purposes: STOP or START. Marketing alone: off everywhere, or on where it was said.

    `value`: the address that said it, where it is known.
    """
    for consent in said:
        if consent.granted:
            customer = with_grant(customer, channel, consent, value)
        else:
            customer = with_refusal(customer, channel, consent)
    return customer


def changes(
    customers: Sequence[Customer],
    books: Sequence[tuple[Ref[AddressBook], AddressBook]],
    channel: Channel,
    said: tuple[Consent, ...],
    value: str = "",
) -> list[Change]:
    """One transaction's worth: the customers folded, the addresses' own records, a ledger line for each.

    `value`: the address that said it, where it is known.
    """
    written: list[Change] = [
        Put(ref=ports.customer(c.id), value=with_word(c, channel, said, value)) for c in customers
    ]
    for ref, book in books:
        remembered = book
        for consent in said:
            remembered = people.book_with(remembered, channel, consent)
        written.append(Put(ref=ref, value=remembered))
    return written + [ledger.entry(c.id, channel, consent) for c in customers for consent in said]


def book_of(snapshot: Snapshot, ref: Ref[AddressBook]) -> AddressBook:
    return snapshot.get(ref) or AddressBook()


def is_stopped(customer: Customer) -> bool:
    addresses = customer.addresses.values()
    return bool(addresses) and all(address.refused(Purpose.MARKETING) for address in addresses)


def stop_marketing(customer: Customer, snapshot: Snapshot, world: World, *, source: str) -> None:
    """Off on every channel, for everyone who shares one of the person's addresses, and remembered at each."""
    by_value = {address.value: address.channel for address in customer.addresses.values()}
    off = Consent(
        purpose=Purpose.MARKETING, granted=False, at=world.clock.now(), source=source, explicit=True
    )
    channel = next(iter(by_value.values()), Channel.SMS)
    _refuse(customer, snapshot, tuple(by_value), channel, (off,), world)


def stop_at_provider(customer_id: str, channel: Channel, world: World) -> None:
    """The provider's own block list says stop: it becomes our opt-out, as if it had been written to us."""

    def refuse(customer: Customer, snapshot: Snapshot) -> None:
        said = consents(channel, world.clock.now(), f"provider:{channel}", granted=False)
        address = customer.address(channel)
        _refuse(customer, snapshot, (address.value,) if address else (), channel, said, world)

    with_customer(customer_id, refuse, world)


def _refuse(
    customer: Customer,
    snapshot: Snapshot,
    values: Sequence[str],
    channel: Channel,
    said: tuple[Consent, ...],
    world: World,
) -> None:
    """Consent is the address's: whoever else has one of these hears it too, as of a STOP that is written."""
    key = world.secrets.get("address_key")[0]
    refs = [ports.address(suppression.keyed_hash(value, key)) for value in values]
    read = world.store.read(*refs) if refs else Snapshot()
    books = [(ref, book_of(read, ref)) for ref in refs]
    sharing = {owner for _, book in books for owner in book.customers} - {customer.id}
    others = world.store.read(*map(ports.customer, sorted(sharing))) if sharing else Snapshot()
    alive = [stored.value for stored in others.records.values() if not stored.value.erased]
    all_read = Snapshot({**snapshot.records, **read.records, **others.records})
    world.store.commit(all_read, changes((customer, *alive), books, channel, said))
