"""Who is in which share: by a hash of the customer and of what is tried, so for good, and evenly."""

import hashlib
from collections.abc import Mapping


def position(customer: str, experiment: str) -> float:
    """From 0 to just under 1; the same for the same customer and experiment; another for another."""
    digest = hashlib.sha256(f"{experiment}\0{customer}".encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def held_out(customer: str, journey: str, share: float) -> bool:
    """Whether a journey's marketing is kept from them. A larger share keeps all of a smaller one."""
    return position(customer, f"holdout/{journey}") < share


def assigned(customer: str, experiment: str, weights: Mapping[str, int]) -> str:
    """One of the variants: each gets customers by its weight. A customer keeps theirs while weights stay."""
    point = position(customer, f"variant/{experiment}") * sum(weights.values())
    for variant, weight in weights.items():
        if point < weight:
            return variant
        point -= weight
    return list(weights)[-1]
