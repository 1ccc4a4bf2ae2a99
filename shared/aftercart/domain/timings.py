"""How long receipts take, counted by channel and country, and what wait that teaches. Pure.

Counts are kept in buckets that grow by a half or a third, and are halved each week: what has changed since is
learned anew within some weeks, and nothing grows without bound.
"""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate

from aftercart.domain.clockwork import A_START

A_WEEK, A_DAY = timedelta(weeks=1), timedelta(days=1)
BOUNDS = tuple(sorted({n * 2**power for power in range(16) for n in (2, 3)} | {1}))  # seconds, beyond a day
LEAST = 200  # receipts; fewer teach nothing
SHARE = 95  # of a hundred receipts come within the wait
LEAST_PART, MOST_TIMES = 4, 2  # of the brand's own wait: never under a quarter of it, nor over twice


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """`counts`: of each bucket; `since`: when the newest halving was due."""

    since: datetime
    counts: tuple[int, ...] = ()

    def with_one(self, took: timedelta, now: datetime) -> "Timings":
        """A receipt came so long after the claim. What is longer than the last bucket is in it."""
        aged = self.aged(now)
        counts = list(aged.counts) or [0] * len(BOUNDS)
        counts[min(bisect_left(BOUNDS, took.total_seconds()), len(BOUNDS) - 1)] += 1
        return Timings(since=aged.since, counts=tuple(counts))

    def aged(self, now: datetime) -> "Timings":
        weeks = max(0, (now - self.since) // A_WEEK)
        return Timings(since=self.since + weeks * A_WEEK, counts=tuple(n >> weeks for n in self.counts))

    @property
    def receipts(self) -> int:
        return sum(self.counts)

    @property
    def usual(self) -> timedelta | None:
        """Within which the share of them came. None: too few have come."""
        if self.receipts < LEAST:
            return None
        reached = (100 * count >= SHARE * self.receipts for count in accumulate(self.counts))
        bound = next(bound for bound, enough in zip(BOUNDS, reached, strict=True) if enough)
        return timedelta(seconds=bound)


def learned(wait: timedelta, timings: Timings | None, now: datetime) -> timedelta:
    """The wait of a rung, which begins up to a minute before its claim; near the brand's own in any case."""
    usual = timings.aged(now).usual if timings else None
    if usual is None:
        return wait
    most = min(wait * MOST_TIMES, A_DAY)
    return min(max(usual + A_START, wait / LEAST_PART), most)
