"""STOP and START: durable before anything is answered, for everyone who shares the address."""

from collections.abc import Sequence
from datetime import datetime

from aftercart import ports
from aftercart.domain import suppression
from aftercart.domain.consent import Channel, Consent, Purpose
from aftercart.domain.customer import Customer, with_grant, with_refusal
from aftercart.flows import ledger, people
from aftercart.flows.again import until_settled
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
    """Off on every channel, remembered at each of the person's addresses."""
    key = world.secrets.get("address_key")[0]
    by_value = {address.value: address.channel for address in customer.addresses.values()}
    refs = {ports.address(suppression.keyed_hash(value, key)): channel for value, channel in by_value.items()}
    read = world.store.read(*refs) if refs else Snapshot()
    off = Consent(
        purpose=Purpose.MARKETING, granted=False, at=world.clock.now(), source=source, explicit=True
    )
    books = [(ref, book_of(read, ref)) for ref in refs]
    channel = next(iter(by_value.values()), Channel.SMS)
    both = Snapshot({**snapshot.records, **read.records})
    world.store.commit(both, changes((customer,), books, channel, (off,)))


def _book_of_channel(
    customer: Customer, channel: Channel, world: World
) -> tuple[list[tuple[Ref[AddressBook], AddressBook]], Snapshot]:
    address = customer.address(channel)
    if address is None:
        return [], Snapshot()
    ref = ports.address(suppression.keyed_hash(address.value, world.secrets.get("address_key")[0]))
    read = world.store.read(ref)
    return [(ref, book_of(read, ref))], read


def stop_at_provider(customer_id: str, channel: Channel, world: World) -> None:
    """The provider's own block list says stop: it becomes our opt-out, remembered at the address."""
    ref = ports.customer(customer_id)

    def write() -> None:
        snapshot = world.store.read(ref)
        customer = snapshot.get(ref)
        if customer is None or customer.erased:
            return
        said = consents(channel, world.clock.now(), f"provider:{channel}", granted=False)
        books, read = _book_of_channel(customer, channel, world)
        both = Snapshot({**snapshot.records, **read.records})
        world.store.commit(both, changes((customer,), books, channel, said))

    until_settled(write)
