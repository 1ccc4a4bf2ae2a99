"""A provider says that nobody can be reached at an address: no later message is spent on it."""

from aftercart.domain.message import Attempt
from aftercart.flows.again import change_customer
from aftercart.ports import World


def found(customer_id: str, attempt: Attempt, world: World) -> None:
    """It holds until a newer order brings the address again."""
    at = attempt.claimed_at
    change_customer(customer_id, lambda known: known.with_bad_address(attempt.channel, at), world)
