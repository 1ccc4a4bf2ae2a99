"""A customer reads what is sent to them on a channel: their next messages go there before others."""

from aftercart import ports
from aftercart.domain.message import Attempt
from aftercart.flows.again import until_settled
from aftercart.ports import Put, World


def noted(customer_id: str, attempt: Attempt, world: World) -> None:
    """Once a month and channel: an attempt knows from its claim whether that was known already."""
    ref = ports.customer(customer_id)

    def write() -> None:
        snapshot = world.store.read(ref)
        customer = snapshot.get(ref)
        if customer is None or customer.erased:
            return
        changed = customer.with_read(attempt.channel, attempt.claimed_at)
        if changed != customer:
            world.store.commit(snapshot, [Put(ref=ref, value=changed)])

    until_settled(write)
