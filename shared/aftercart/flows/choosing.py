"""Which of several journeys begins, where more than one could: by the order people gave them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from aftercart.domain import conditions
from aftercart.domain.decision import Fact, Facts, Logged, Skip, logged
from aftercart.domain.journey import Journey

STEP = "starts"  # under this a decision on a whole journey is kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """`facts`: why this one begins, or why it does not (then `begins` is False)."""

    journey: Journey
    begins: bool
    facts: Facts

    @property
    def why(self) -> Facts | None:
        """What a way that begins keeps of it: nothing, where there was nothing to choose."""
        return self.facts if self.journey.among else None


def chosen(journeys: Sequence[Journey], known: conditions.Known) -> list[Chosen]:
    """What becomes of each, for one subject and event. Those that are among nobody begin for themselves."""
    first: dict[str, str] = {}
    decided: list[Chosen] = []
    offered = (journey for journey in journeys if not journey.retired)
    for journey in sorted(offered, key=lambda each: (each.rank, each.name)):
        unmet = conditions.unmet(journey.when, known)
        winner = first.get(journey.among) if journey.among else None
        if not unmet and winner is None:
            first[journey.among] = journey.name
        facts: dict[str, Fact] = {"journey": journey.name}
        facts |= {"among": journey.among} if journey.among else {}
        facts |= {"unmet": unmet} if unmet else {"instead": winner} if winner else {}
        decided.append(Chosen(journey=journey, begins=not unmet and winner is None, facts=facts))
    return decided


def silences(decided: Sequence[Chosen], now: datetime, line: str = "") -> list[Logged]:
    """Why each journey that does not begin does not: for the order's log."""
    about: dict[str, Fact] = {"line": line} if line else {}
    skips = [Skip(reason="not_chosen", facts={**each.facts, **about}) for each in decided if not each.begins]
    return [logged(skip, STEP, now) for skip in skips]
