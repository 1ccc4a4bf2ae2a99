"""Decide again when what was read has changed meanwhile."""

from collections.abc import Callable
from typing import TypeVar

from aftercart import ports
from aftercart.domain.customer import Customer
from aftercart.ports import Conflict, Put, Transient, World

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


def change_customer(customer_id: str, change: Callable[[Customer], Customer], world: World) -> None:
    """Of who is not erased; nothing is written where it changes nothing."""
    ref = ports.customer(customer_id)

    def write() -> None:
        snapshot = world.store.read(ref)
        customer = snapshot.get(ref)
        if customer is None or customer.erased:
            return
        changed = change(customer)
        if changed != customer:
            world.store.commit(snapshot, [Put(ref=ref, value=changed)])

    until_settled(write)
