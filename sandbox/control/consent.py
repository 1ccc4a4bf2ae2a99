"""What a customer says of consent at a desk or in a form: their own word, as a reply would be."""

from aftercart import ports
from aftercart.domain import suppression
from aftercart.domain.consent import Consent, Purpose
from aftercart.domain.customer import Address
from aftercart.flows import opt_out
from aftercart.flows.again import until_settled
from aftercart.ports import Clock, Secrets, Snapshot, Store

SOURCE = "sandbox"


def record(
    customer_id: str,
    address: Address,
    purpose: Purpose,
    granted: bool,
    store: Store,
    secrets: Secrets,
    clock: Clock,
) -> None:
    """In one transaction on the customer, the address's own record and the ledger."""
    word = Consent(purpose=purpose, granted=granted, at=clock.now(), source=SOURCE, explicit=True)
    key = suppression.keyed_hash(address.value, secrets.get("address_key")[0])
    own, book = ports.customer(customer_id), ports.address(key)

    def write() -> None:
        snapshot: Snapshot = store.read(own, book)
        customer = snapshot.get(own)
        if customer is None or customer.erased:
            return
        books = [(book, opt_out.book_of(snapshot, book))]
        said = opt_out.changes((customer,), books, address.channel, (word,), address.value)
        store.commit(snapshot, said)

    until_settled(write)
