"""A customer came to a chat by the link of their page: it is where they can be answered from then on."""

from dataclasses import replace

from aftercart import ports
from aftercart.domain import links, suppression
from aftercart.domain.customer import Customer
from aftercart.domain.ids import customer_of
from aftercart.domain.traces import leads
from aftercart.flows import ledger, opt_out, people
from aftercart.flows.again import until_settled
from aftercart.flows.pages import SHOWN_FOR
from aftercart.ports import AddressBook, Change, Put, Reply, World


def on_arrival(reply: Reply, world: World) -> str:
    """Answers 'arrived', or 'stranger' where the link is none of ours or leads to nobody any more."""
    message = links.message_of(reply.ref, world.secrets.get("link_key"), links.CHAT)
    return until_settled(lambda: _join(reply, message, world)) if message else "stranger"


def _join(reply: Reply, message_id: str, world: World) -> str:
    key = world.secrets.get("address_key")[0]
    book_ref = ports.address(suppression.keyed_hash(reply.sender, key))
    refs = ports.customer(customer_of(message_id)), ports.message(message_id)
    snapshot = world.store.read(*refs, book_ref)
    customer, message = snapshot.get(refs[0]), snapshot.get(refs[1])
    if customer is None or customer.erased or message is None:
        return "stranger"
    if world.clock.now() > message.created_at + SHOWN_FOR:
        return "stranger"
    book = opt_out.book_of(snapshot, book_ref)
    after = _known_there(customer, reply, book)
    if after is None:
        return "stranger"
    after = replace(after, known_by=tuple(sorted({*customer.known_by, *leads(reply.sender, key)})))
    if after != customer:
        joined = people.joined_book(book, customer.id, reply.at)
        changes: list[Change] = [Put(ref=refs[0], value=after), Put(ref=book_ref, value=joined)]
        world.store.commit(snapshot, [*changes, *_heard_before(customer, book)])
    return "arrived"


def _known_there(customer: Customer, reply: Reply, book: AddressBook) -> Customer | None:
    """With the address, and what was said from it before. None: more share it than one person's orders do."""
    at, books = (reply.at, reply.at), {reply.channel: book}
    after = people.reached(customer, reply.channel, reply.sender, at, (), books)
    return None if after is customer else people.met(after, reply.sender, book)


def _heard_before(customer: Customer, book: AddressBook) -> list[Change]:
    """What was said there while nobody knew who it was stands in the ledger too."""
    return [ledger.entry(customer.id, channel, consent) for channel, consent in book.consents]
