"""Decide again when what was read has changed meanwhile."""

from collections.abc import Callable
from typing import TypeVar

from aftercart import ports
from aftercart.domain.customer import Customer
from aftercart.ports import Conflict, Put, Snapshot, Transient, World

R = TypeVar("R")
TRIES = 6  # a customer's items are hardly ever contended


def until_settled(take: Callable[[], R]) -> R:
    """Runs `take` until its commit meets no conflict. Transient after a handful of tries."""
    for _ in range(TRIES):
        try:
            return take()
        except Conflict:
            continue
    raise Transient("contended")


def with_customer(customer_id: str, take: Callable[[Customer, Snapshot], None], world: World) -> None:
    """Runs `take` with who is not erased, and what was read of them, until its commit meets no conflict."""
    ref = ports.customer(customer_id)

    def read_and_take() -> None:
        snapshot = world.store.read(ref)
        customer = snapshot.get(ref)
        if customer is not None and not customer.erased:
            take(customer, snapshot)

    until_settled(read_and_take)


def change_customer(customer_id: str, change: Callable[[Customer], Customer], world: World) -> None:
    """Of who is not erased; nothing is written where it changes nothing."""

    def write(customer: Customer, snapshot: Snapshot) -> None:
        changed = change(customer)
        if changed != customer:
            world.store.commit(snapshot, [Put(ref=ports.customer(customer_id), value=changed)])

    with_customer(customer_id, write, world)
