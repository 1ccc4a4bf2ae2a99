"""All that a seed decides: who goes on, what fails, who stands still, and for how long.

Half of the seeds let anybody go on at each call. The others let the same one go on until one of a few
moments, which finds what a few switches at the right places bring about: Burckhardt et al., "A Randomized
Scheduler with Probabilistic Guarantees of Finding Bugs" (ASPLOS 2010).
"""

import itertools
import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol, TypeVar

from sandbox.cloud import faults

A_MEETING = 40  # calls, as meetings go: faults and switches fall among so many
SWITCHES = 3
FIRST = 1_000_000  # number in a meeting: what came before has lower ones
SLEEPS = tuple(timedelta(seconds=seconds) for seconds in (3, 8, 25, 50, 300, 1_000, 2_000))
AT_A_SEND = (faults.CRASH_BEFORE, faults.CRASH_AFTER, faults.THROTTLED, faults.LOST, faults.APPLIED)
AT_A_READ = (faults.CRASH_BEFORE, faults.LOST)
ELSEWHERE = (*AT_A_SEND, faults.TWICE)


class Ranked(Protocol):
    rank: float


R = TypeVar("R", bound=Ranked)


class Luck:
    """`calm`: nothing fails and nobody stands still, for what comes before a meeting."""

    def __init__(self, seed: int, scene: str = "", *, calm: bool = False) -> None:
        self.seed = seed
        self.dice = random.Random(f"{scene}/{seed}")
        self.few = self.dice.random() < 0.5
        self._turn, self._calls, self._numbers = 0, 0, itertools.count(1 if calm else FIRST)
        self._faults = self._some(calm, (0, 0, 0, 1, 2))
        self._sleeps = self._some(calm, (0, 0, 0, 0, 1))
        self._switches = {self.dice.randrange(A_MEETING) for _ in range(SWITCHES)}

    @property
    def all_move(self) -> bool:
        """Nobody stands still."""
        return not self._sleeps

    def number(self) -> int:
        """The next of its kind."""
        return next(self._numbers)

    def rank(self) -> float:
        """Who goes on before whom, until one of the few switches."""
        return self.dice.random()

    def choose(self, ready: Sequence[R]) -> R:
        """Who goes on."""
        self._turn += 1
        if not self.few:
            return self.dice.choice(ready)
        first = max(ready, key=lambda each: each.rank)
        if self._turn in self._switches:
            first.rank = -self._turn
            first = max(ready, key=lambda each: each.rank)
        return first

    def moment(self) -> timedelta:
        """How long a turn takes."""
        return timedelta(milliseconds=self.dice.choice((1, 5, 20, 20, 80, 700)))

    def sleep(self) -> timedelta | None:
        """Whether the one that was chosen stands still, and for how long."""
        return self.dice.choice(SLEEPS) if self._turn in self._sleeps else None

    def mostly(self) -> bool:
        return self.dice.random() < 0.6

    def fault(self, call: str) -> str | None:
        """How this call fails."""
        self._calls += 1
        if self._calls not in self._faults:
            return None
        if call.endswith(".Send"):
            return self.dice.choice(AT_A_SEND)
        if call in faults.WRITES:
            return self.dice.choice(faults.MODES)
        return self.dice.choice(AT_A_READ if call.startswith("dynamodb.") else ELSEWHERE)

    def _some(self, calm: bool, how_many: Sequence[int]) -> frozenset[int]:
        number = 0 if calm else self.dice.choice(how_many)
        return frozenset(self.dice.randrange(1, A_MEETING) for _ in range(number))
