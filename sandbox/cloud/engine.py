"""Virtual time: one thread, one heap of due things, a clock that only this engine moves."""

import hashlib
import heapq
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

Callback = Callable[[], object]
NextUseful = Callable[[datetime], datetime | None]
"""Given the time now, when a periodic thing could next find something to do; None: never, as things stand."""


@dataclass(order=True, slots=True)
class Due:
    """One thing to run at `at`; ties run in the order in which they were asked for."""

    at: datetime
    seq: int
    callback: Callback | None = field(compare=False)

    def cancel(self) -> None:
        """Takes it off the list; a thing that has run, or is cancelled, stays so."""
        self.callback = None


@dataclass(slots=True)
class Periodic:
    """A thing that is due at each `first + n * period`, and run only where it may be of use."""

    first: datetime
    period: timedelta
    callback: Callback
    next_useful: NextUseful
    after: datetime
    cancelled: bool = False

    def cancel(self) -> None:
        """No tick follows."""
        self.cancelled = True

    def earliest_tick(self, now: datetime) -> datetime:
        """The next tick that has not run, of use or not."""
        return self._tick_from(now)

    def useful_tick(self, now: datetime) -> datetime | None:
        """The first tick, not yet run, at or after the time at which it is of use."""
        # A sweep each 15 minutes is 105,000 empty invocations in three years. A tick that would find nothing
        # changes nothing, so the clock passes over it; what a tick may find is asked anew at each step.
        useful = self.next_useful(now)
        return None if useful is None else self._tick_from(max(useful, now))

    def _tick_from(self, earliest: datetime) -> datetime:
        ticks = max(0, -((self.first - max(earliest, self.after)) // self.period))
        tick = self.first + ticks * self.period
        return tick if tick > self.after else tick + self.period


class Engine:
    """The only owner of time in the sandbox.

    `on_move` is told each time to which the clock goes (the AWS world moves time-machine with it).
    What a callback raises leaves `settle` or `advance` as it is: nothing of ours fails unseen. A handler's
    failure is not such an error: the stand-in for Lambda catches, retries and dead-letters it.
    """

    def __init__(
        self, start: datetime, seed: int = 0, on_move: Callable[[datetime], object] = lambda to: None
    ) -> None:
        if start.tzinfo is None:
            raise ValueError(f"the engine starts at a time with a zone, not at {start.isoformat()}")
        self.seed = seed
        self.random = random.Random(seed)
        self.fired = 0
        self._now = start.astimezone(UTC)
        self._heap: list[Due] = []
        self._periodic: list[Periodic] = []
        self._seq = 0
        self._on_move = on_move
        self._running = False
        self._ids = Counter[str]()
        on_move(self._now)

    def now(self) -> datetime:
        """Virtual time, in UTC."""
        return self._now

    def new_id(self, kind: str) -> str:
        """The next id of a kind: looks random, is the same in each run with this seed."""
        self._ids[kind] += 1
        digits = hashlib.shake_256(f"{self.seed}/{kind}/{self._ids[kind]}".encode()).hexdigest(16)
        variant = "89ab"[int(digits[16], 16) % 4]  # as uuid.UUID(version=4) has it, at a third of its price
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"

    def at(self, time: datetime, callback: Callback) -> Due:
        """Runs `callback` at `time`; where that has passed, as soon as things settle."""
        self._seq += 1
        due = Due(max(time.astimezone(UTC), self._now), self._seq, callback)
        heapq.heappush(self._heap, due)
        return due

    def after(self, delay: timedelta, callback: Callback) -> Due:
        """Runs `callback` after `delay`."""
        return self.at(self._now + delay, callback)

    def every(
        self, first: datetime, period: timedelta, callback: Callback, next_useful: NextUseful
    ) -> Periodic:
        """Runs `callback` at `first` and each `period` later, where it may find something to do."""
        if period <= timedelta(0):
            raise ValueError(f"a period is longer than nothing, not {period}")
        periodic = Periodic(first.astimezone(UTC), period, callback, next_useful, self._now - period)
        self._periodic.append(periodic)
        return periodic

    def next_due(self) -> datetime | None:
        """When something is next due, or None."""
        found = self._next()
        return found[0] if found else None

    def settle(self) -> int:
        """Runs everything that is due by now, and what follows from it, until all is quiet; how many ran."""
        return self._run(self._now)

    def advance(self, to: datetime) -> int:
        """Moves the clock to `to` by way of each due thing, settled before it goes on; how many ran."""
        if to < self._now:
            raise ValueError(
                f"the clock does not go back: now {self._now.isoformat()}, asked {to.isoformat()}"
            )
        ran = self._run(to.astimezone(UTC))
        self._move(to.astimezone(UTC))
        return ran

    def _run(self, until: datetime) -> int:
        if self._running:
            raise RuntimeError("the engine is already running: a callback cannot settle or advance it")
        self._running = True
        before = self.fired
        try:
            while (found := self._next()) and found[0] <= until:
                self._move(found[0])
                self.fired += 1
                found[1]()
        finally:
            self._running = False
        return self.fired - before

    def _next(self) -> tuple[datetime, Callback] | None:
        while self._heap and self._heap[0].callback is None:
            heapq.heappop(self._heap)
        once = self._heap[0].at if self._heap else None
        self._periodic = [each for each in self._periodic if not each.cancelled]
        ticks = [
            found for n, each in enumerate(self._periodic) if (found := self._tick_before(once, each, n))
        ]
        if not ticks:
            return (once, self._pop) if once else None
        tick, n = min(ticks)
        return tick, lambda: self._tick(self._periodic[n], tick)

    def _tick_before(self, once: datetime | None, each: Periodic, n: int) -> tuple[datetime, int] | None:
        # The probe may read a whole table: it is not asked where no tick could come before what is due.
        if once and once <= each.earliest_tick(self._now):
            return None
        tick = each.useful_tick(self._now)
        return None if tick is None or (once and once <= tick) else (tick, n)

    def _pop(self) -> None:
        callback = heapq.heappop(self._heap).callback
        if callback:
            callback()

    def _tick(self, periodic: Periodic, tick: datetime) -> None:
        periodic.after = tick
        periodic.callback()

    def _move(self, to: datetime) -> None:
        if to != self._now:
            self._now = to
            self._on_move(to)
