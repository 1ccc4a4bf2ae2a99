"""Whose turn it is, where several journeys have something to offer and one may go. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

MOST_WAITING = 20  # remembered of one customer: the strongest
SETTLES = timedelta(minutes=5)  # after its time a message has looked, or something has happened to it


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A message that wants a turn. `at`: when it looks again, or took it; `since`: when it was made."""

    message: str
    journey: str
    step: str
    priority: int  # its journey's: 1 is before 9
    not_after: datetime
    since: datetime
    at: datetime

    @property
    def rank(self) -> tuple[int, datetime, datetime, str]:
        """Who goes first: the journey's priority, then who expires first, who is older, and the id."""
        return self.priority, self.not_after, self.since, self.message

    def is_due(self, now: datetime) -> bool:
        """Has it still to look? What is lost or gone never keeps others waiting for longer."""
        return now < self.at + SETTLES


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """The newest one that was taken: on which local date, and by whom."""

    on: date
    by: Contender

    def newer_than(self, other: "Turn") -> bool:
        """Of two on one day the stronger is kept: it says for whom others waited, in any order of events."""
        return (other.on, self.by.rank) < (self.on, other.by.rank)


def rivals(waiting: Iterable[Contender], own: Contender, now: datetime) -> list[Contender]:
    """Who goes before `own`, first of all who goes first of all."""
    before = (each for each in waiting if each.message != own.message and each.rank < own.rank)
    return sorted((each for each in before if each.is_due(now)), key=lambda each: each.rank)


def waiting_after(
    waiting: Sequence[Contender], message: str, own: Contender | None, now: datetime
) -> tuple[Contender, ...]:
    """The list with `own` (None: without), and without those whose time has passed.

    `own` stays also where it is the weakest of too many, or it would begin anew each time.
    """
    others = sorted((w for w in waiting if w.message != message and w.is_due(now)), key=lambda w: w.rank)
    kept = others[: MOST_WAITING - 1] if own else others
    return tuple(sorted([*kept, own] if own else kept, key=lambda each: each.rank))
