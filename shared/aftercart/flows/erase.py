"""Erase a person: a tombstone first, so that every writer stops; then everything that names them."""

from dataclasses import replace

from aftercart import ports
from aftercart.domain import suppression
from aftercart.domain.customer import Customer
from aftercart.domain.order import Order
from aftercart.flows.again import until_settled
from aftercart.ports import AddressBook, Change, Check, Delete, Put, World

CHUNK = 40


def on_erase(customer_id: str, world: World) -> str:
    """May be run again after any crash: the tombstone keeps a todo until nothing is left."""
    before = until_settled(lambda: _bury(customer_id, world))
    if before is None:
        return "unknown"
    while until_settled(lambda: _clear_some(customer_id, world)):
        pass
    return "erased"


def _bury(customer_id: str, world: World) -> Customer | None:
    """Orders, addresses, then the person: what is needed to find them goes last."""
    ref = ports.customer(customer_id)
    snapshot = world.store.read(ref)
    customer = snapshot.get(ref)
    if customer is None or (customer.erased and not customer.orders and not customer.addresses):
        return customer
    if not customer.erased:
        marked = replace(customer, erased=True)
        snapshot = world.store.commit(snapshot, [Put(ref=ref, value=marked, todo_at=world.clock.now())])
    for start in range(0, len(customer.orders), CHUNK):
        until_settled(lambda s=start: _bury_orders(customer.orders[s : s + CHUNK], customer_id, world))  # type: ignore[misc]
    for value in sorted({address.value for address in customer.addresses.values()}):
        until_settled(lambda v=value: _forget_address(v, customer_id, world))  # type: ignore[misc]
    tombstone = Customer(id=customer_id, erased=True, life=customer.life)
    world.store.commit(snapshot, [Put(ref=ref, value=tombstone, todo_at=world.clock.now())])
    return tombstone


def _bury_orders(order_ids: tuple[str, ...], customer_id: str, world: World) -> None:
    refs = [ports.order(world.shop, order_id) for order_id in order_ids]
    snapshot = world.store.read(*refs)
    changes: list[Change] = [
        Put(ref=ref, value=_tombstone(order))
        for ref in refs
        if (order := snapshot.get(ref)) is not None and order.customer == customer_id
    ]
    if changes:
        world.store.commit(snapshot, changes)


def _tombstone(order: Order) -> Order:
    return Order(
        shop=order.shop,
        id=order.id,
        number="",
        placed_at=order.placed_at,
        updated_at=order.updated_at,
        erased=True,
    )


def _forget_address(value: str, customer_id: str, world: World) -> None:
    """The keyed hash stays only where it suppresses."""
    ref = ports.address(suppression.keyed_hash(value, world.secrets.get("address_key")[0]))
    snapshot = world.store.read(ref)
    book = snapshot.get(ref)
    if book is None:
        return
    left = AddressBook(
        customers=tuple(owner for owner in book.customers if owner != customer_id),
        consents=tuple((channel, consent) for channel, consent in book.consents if not consent.granted),
    )
    keep = left.customers or left.consents
    world.store.commit(snapshot, [Put(ref=ref, value=left) if keep else Delete(ref=ref)])


def _clear_some(customer_id: str, world: World) -> bool:
    """Deletes a chunk of the person's partition; False when only the tombstone is left."""
    own = ports.customer(customer_id)
    everything = world.store.of_customer(customer_id)
    others = [ref for ref in everything.records if ref != own][:CHUNK]
    if not others:
        world.store.owe(own, everything, None)
        return False
    deletes: list[Change] = [Delete(ref=ref) for ref in others]
    world.store.commit(everything, [*deletes, Check(ref=own)])
    return True
