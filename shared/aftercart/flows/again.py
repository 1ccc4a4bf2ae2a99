"""Decide again when what was read has changed meanwhile."""

from collections.abc import Callable
from typing import TypeVar

from aftercart.ports import Conflict, Transient

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
