"""A customer reads what is sent to them on a channel: their next messages go there before others."""

from aftercart.domain.message import Attempt
from aftercart.flows.again import change_customer
from aftercart.ports import World


def noted(customer_id: str, attempt: Attempt, world: World) -> None:
    """Once a month and channel: an attempt knows from its claim whether that was known already."""
    at = attempt.claimed_at
    change_customer(customer_id, lambda known: known.with_read(attempt.channel, at), world)
