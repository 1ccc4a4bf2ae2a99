"""A browser or an app may be pushed to: its address joins the customer whom an order or a message names.

Who asks has proved before that it is theirs. A subscription may come twice and late: it counts from when its
button was pressed, so that it never undoes a STOP that came after that.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from aftercart import ports
from aftercart.domain.consent import Channel, Consent, Purpose
from aftercart.domain.customer import Customer
from aftercart.domain.ids import customer_of
from aftercart.domain.suppression import keyed_hash
from aftercart.domain.traces import leads
from aftercart.flows import ledger, people
from aftercart.flows.again import until_settled
from aftercart.ports import AddressBook, Change, Put, World

SOURCE = "push subscription"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribing:
    """`at`: when it was pressed, as their clock says. `version`: of the words that were agreed to."""

    address: str
    at: datetime
    version: str = ""
    marketing: bool = False  # they ticked that too

    def consents(self, now: datetime) -> tuple[Consent, ...]:
        """Their clock may run ahead of ours: nothing it says may outrank a STOP that comes later."""
        purposes = (Purpose.TRANSACTIONAL, *((Purpose.MARKETING,) if self.marketing else ()))
        return tuple(
            Consent(
                purpose=purpose,
                granted=True,
                at=min(self.at, now),
                source=SOURCE,
                version=self.version,
                explicit=True,
            )
            for purpose in purposes
        )


def on_subscription(asked: Subscribing, world: World, *, order: str = "", message: str = "") -> str:
    """Of whoever placed the order, or got the message.

    Answers 'subscribed', 'known', 'unknown' (no such order or message, perhaps not yet), 'erased', or
    'shared': by more than one household has.
    """
    if message:
        return until_settled(lambda: _subscribe(customer_of(message), message, asked, world))
    ref = ports.order(world.shop, order)
    placed = world.store.read(ref).get(ref)
    if placed is None:
        return "unknown"
    return (
        until_settled(lambda: _subscribe(placed.customer, "", asked, world)) if placed.customer else "erased"
    )


def _subscribe(customer_id: str, message: str, asked: Subscribing, world: World) -> str:
    key = world.secrets.get("address_key")[0]
    own, at = ports.customer(customer_id), ports.address(keyed_hash(asked.address, key))
    through = ports.message(message)
    snapshot = world.store.read(own, at, *([through] if message else []))
    customer, book = snapshot.get(own), snapshot.get(at) or AddressBook()
    if customer is None or (message and not customer.erased and snapshot.get(through) is None):
        return "unknown"
    if customer.erased:
        return "erased"
    said = asked.consents(world.clock.now())
    after = decide(customer, book, asked.address, said, leads(asked.address, key))
    if after is None:
        return "shared"
    if after == customer:
        return "known"
    changes: list[Change] = [Put(ref=own, value=after), Put(ref=at, value=_joined(book, customer_id, said))]
    changes += [ledger.entry(customer_id, Channel.PUSH, consent) for consent in said]
    world.store.commit(snapshot, changes)
    return "subscribed"


def decide(
    customer: Customer, book: AddressBook, address: str, said: tuple[Consent, ...], known_by: frozenset[str]
) -> Customer | None:
    """The customer with the address, whose newest holds; None: too many share it."""
    pressed_at = said[0].at
    after = people.reached(
        customer, Channel.PUSH, address, (pressed_at, pressed_at), said, {Channel.PUSH: book}
    )
    if after is customer:
        return None
    after = people.met(after, address, book)
    return replace(after, known_by=tuple(sorted({*customer.known_by, *known_by})))


def _joined(book: AddressBook, customer_id: str, said: tuple[Consent, ...]) -> AddressBook:
    """The address remembers whose it is, and what was said from it."""
    book = people.joined_book(book, customer_id, said[0].at)
    for consent in said:
        book = people.book_with(book, Channel.PUSH, consent)
    return book
