"""What a step may depend on: data that `journey.yaml` names, checked when journeys are compiled."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from aftercart.domain.customer import Customer
from aftercart.domain.journey import Condition, Enrolment
from aftercart.domain.order import Order


@dataclass(frozen=True, slots=True)
class Known:
    """What conditions are held against."""

    enrolment: Enrolment | None  # None: it is asked whether one begins
    customer: Customer
    order: Order | None

    @property
    def rating(self) -> int | None:
        return int(self.enrolment.rating) if self.enrolment and self.enrolment.rating else None


def unmet(when: Mapping[Condition, str], known: Known) -> str:
    """The first condition that does not hold; empty where all do."""
    return next((name for name, wanted in when.items() if not HOLDS[name](wanted, known)), "")


def _rating_at_most(wanted: str, known: Known) -> bool:
    return known.rating is not None and known.rating <= int(wanted)


def _rating_at_least(wanted: str, known: Known) -> bool:
    return known.rating is not None and known.rating >= int(wanted)


def _answered(wanted: str, known: Known) -> bool:
    return _said(known.rating is not None) == wanted


def _answer(wanted: str, known: Known) -> bool:
    """`fit=too_small|too_big`: to the question of that step one of these was chosen."""
    step, _, options = wanted.partition("=")
    return known.enrolment is not None and known.enrolment.answers.get(step) in options.split("|")


def _first_purchase(wanted: str, known: Known) -> bool:
    """Of what the catalogue sells, by when it was bought: late news of an older order counts too."""
    order = known.order
    earlier = [
        p for p in known.customer.purchases if order and p.order != order.id and p.at < order.placed_at
    ]
    return _said(not earlier) == wanted


def _total_at_least(wanted: str, known: Known) -> bool:
    """`5000 UAH`. An order in another currency is not compared, so it does not hold."""
    amount, _, currency = wanted.partition(" ")
    total = known.order.total if known.order else None
    return total is not None and total.currency == currency and total.amount >= Decimal(amount)


def _stage(wanted: str, known: Known) -> bool:
    return known.order is not None and known.order.progress == wanted


def _category(wanted: str, known: Known) -> bool:
    """What it is about is of that category: the line, else something of the order that did not go back."""
    if known.enrolment is not None and known.enrolment.line:
        return known.enrolment.category == wanted
    order = known.order.id if known.order else ""
    return any(p.order == order and p.category == wanted and not p.returned for p in known.customer.purchases)


def _owns(wanted: str, known: Known) -> bool:
    return known.customer.owns(wanted)


def _owns_not(wanted: str, known: Known) -> bool:
    return not _owns(wanted, known)


def _said(holds: bool) -> str:
    return "true" if holds else "false"


HOLDS: Mapping[Condition, Callable[[str, Known], bool]] = {
    "rating_at_most": _rating_at_most,
    "rating_at_least": _rating_at_least,
    "answered": _answered,
    "answer": _answer,
    "first_purchase": _first_purchase,
    "stage": _stage,
    "category": _category,
    "total_at_least": _total_at_least,
    "owns": _owns,
    "owns_not": _owns_not,
}
