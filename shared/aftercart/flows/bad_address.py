"""A provider says that nobody can be reached at an address: no later message is spent on it."""

from aftercart import ports
from aftercart.domain.message import Attempt
from aftercart.flows.again import until_settled
from aftercart.ports import Put, World


def found(customer_id: str, attempt: Attempt, world: World) -> None:
    """It holds until a newer order brings the address again."""
    ref = ports.customer(customer_id)

    def write() -> None:
        snapshot = world.store.read(ref)
        customer = snapshot.get(ref)
        if customer is None or customer.erased:
            return
        changed = customer.with_bad_address(attempt.channel, attempt.claimed_at)
        if changed != customer:
            world.store.commit(snapshot, [Put(ref=ref, value=changed)])

    until_settled(write)
