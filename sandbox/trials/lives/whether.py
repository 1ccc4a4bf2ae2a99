"""Whether a journey's conditions hold, by what happened outside: yes, no, or nobody can say. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from aftercart.domain.journey import Condition, chosen_event
from aftercart.flows.answers import RATED
from sandbox.trials.lives.facts import Facts, Given, Order

Maybe = bool | None  # None: nobody can say


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What conditions are held against. `ratings`: all that were given; `answers`: by the step that asked.

    `after`: the event that has come when it is asked, or ''.
    """

    order: Order
    line: str
    ratings: Sequence[Given]
    answers: Mapping[str, Sequence[Given]]
    after: str
    facts: Facts


def holds(when: Mapping[Condition, str], of: Asked) -> Maybe:
    """Whether all of it does, whenever it is asked. What depends on what we knew by then, nobody can say."""
    return all_of([HOLDS[name](wanted, of) if name in HOLDS else None for name, wanted in when.items()])


def negated(found: Maybe) -> Maybe:
    return None if found is None else not found


def has(order: Order, wanted: str) -> bool:
    """Something of that category, or that sku, was bought with it."""
    return any(wanted in (item.sku, item.category) for item in order.bought.lines.values())


def all_of(each: Sequence[Maybe]) -> Maybe:
    """No, where one is no."""
    if False in each:
        return False
    return None if None in each else True


def _given(given: Sequence[Given], event: str, of: Asked, fits: Callable[[str], bool]) -> Maybe:
    """The first answer stands; which of several that was, and whether it had come yet, nobody can say."""
    known = [each for each in given if each.told.first]
    fitting = [each for each in known if fits(each.value)]
    if not fitting:
        return False
    sure = any(each.sure for each in fitting) and len(fitting) == len(known)
    return True if sure and of.after == event else None


def _rating_at_most(wanted: str, of: Asked) -> Maybe:
    return _given(of.ratings, RATED, of, lambda value: int(value) <= int(wanted))


def _rating_at_least(wanted: str, of: Asked) -> Maybe:
    return _given(of.ratings, RATED, of, lambda value: int(value) >= int(wanted))


def _answered(wanted: str, of: Asked) -> Maybe:
    given = _given(of.ratings, RATED, of, lambda value: True)
    return given if wanted == "true" else negated(given)


def _answer(wanted: str, of: Asked) -> Maybe:
    step, _, options = wanted.partition("=")
    return _given(of.answers.get(step, ()), chosen_event(step), of, lambda value: value in options.split("|"))


def _category(wanted: str, of: Asked) -> Maybe:
    bought = of.order.bought.lines
    if of.line:
        return bought[of.line].category == wanted
    return None if any(item.category == wanted for item in bought.values()) else False


def _owns(wanted: str, of: Asked) -> Maybe:
    theirs = of.facts.of_buyer(of.order.bought.buyer)
    return None if any(has(order, wanted) for order in theirs) else False


def _owns_not(wanted: str, of: Asked) -> Maybe:
    return negated(_owns(wanted, of))


HOLDS: Mapping[str, Callable[[str, Asked], Maybe]] = {
    "rating_at_most": _rating_at_most,
    "rating_at_least": _rating_at_least,
    "answered": _answered,
    "answer": _answer,
    "category": _category,
    "owns": _owns,
    "owns_not": _owns_not,
}
