"""Where several invocations take turns at every call, as a seed says.

The flows are the real ones. The handlers round them are not played: what they do before the first call is
parsing, and the environment and standard output that they get belong to a process, which here all share.

Time goes on a little at each turn, and to the next due thing when nobody can go on.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from aftercart.domain.consent import Channel
from aftercart.ports import Transient
from sandbox.cloud.faults import CRASH_AFTER, Crashed
from sandbox.cloud.functions import Invocation
from sandbox.trials.baton import Baton, Runner
from sandbox.trials.turns.backstage import Backstage, Fires, Kept, Shelf
from sandbox.trials.turns.errands import LONGEST, Errand, errand_of
from sandbox.trials.turns.goods import Goods
from sandbox.trials.turns.handsets import ALL_WELL, Way
from sandbox.trials.turns.ladder import TimeIsOver, TryAgain
from sandbox.trials.turns.luck import Luck

QUIET = timedelta(minutes=1)  # nothing due for so long: the meeting is over
MOST_TURNS = 2_000  # in one meeting; more of them never end


@dataclass(slots=True, eq=False)
class OnItsWay:
    """One invocation. `told`: whoever asked for it knows how it ended, or has given up on it."""

    errand: Errand
    invocation: Invocation
    rank: float
    runner: Runner | None = None
    told: bool = False
    asleep_until: datetime | None = None
    dies: bool = False


class Stage:
    """One trial, from what was kept: `meet`, then `settle`, then `breaches`. Closed by its maker."""

    def __init__(
        self,
        kept: Kept,
        goods: Goods,
        luck: Luck,
        *,
        fares: Mapping[Channel, Way] = ALL_WELL,
        shelf: Shelf | None = None,
    ) -> None:
        self.behind = Backstage(kept, goods, luck, fares, shelf)
        self.behind.calls.before = self._before
        self.trace: list[str] = []
        self._luck, self._baton = luck, Baton()
        self._way: list[OnItsWay] = []
        self._wrong: list[str] = []
        self._meeting = False

    def meet(self, errands: Iterable[Errand]) -> None:
        """These and whatever they bring about take turns, until nothing is due for a while."""
        self._meeting = True
        self.play(*errands)
        for _ in range(MOST_TURNS):
            self._take_due()
            ready = [each for each in self._way if each.asleep_until is None]
            if ready:
                self._step(self._luck.choose(ready))
                continue
            due = self._next_due()
            if due is None or (not self._way and due > self.behind.now() + QUIET):
                break
            self.behind.move(due)
        else:
            self._wrong.append("the meeting never ended")
        self._meeting = False

    def settle(self, **time: float) -> None:
        """So much time passes, each invocation by itself and without a fault."""
        until = self.behind.now() + timedelta(**time)
        while (due := self._next_due()) is not None and due <= until:
            self.behind.move(due)
            self._take_due()
        self.behind.move(until)

    def play(self, *errands: Errand) -> None:
        """These begin. Outside a meeting: one after the other, and what they bring about is still to come."""
        for errand in errands:
            self._begin(errand)

    def close(self) -> None:
        """Nobody is on the way any more."""
        self._baton.close()

    def breaches(self) -> list[str]:
        """Every promise that was broken, in words, once all has settled."""
        return [*self._wrong, *self.behind.breaches()]

    def ending(self) -> str:
        """Everything that happened and everything that is there, to the byte."""
        items = sorted((key, sorted(item.items())) for key, item in self.behind.shelf.items.items())
        there = [*items, *self.behind.ladder.executions.values(), *self.behind.shown()]
        return "\n".join([*self.trace, *map(repr, there), *self.breaches()])

    def _begin(self, errand: Errand) -> None:
        number, world = self._luck.number(), self.behind.world
        invocation = Invocation(f"{number}", errand.flow, self.behind.now(), None)
        on = OnItsWay(errand, invocation, self._luck.rank())
        if self._meeting:
            on.runner = self._baton.begin(f"{number} {errand.name}", lambda: errand.work(world))
            self._way.append(on)
            return
        self.behind.functions.running[:] = [invocation]
        try:
            errand.work(world)
        except (Exception, Crashed) as fault:
            self._ended(on, fault)
        finally:
            self.behind.functions.running.clear()

    def _step(self, on: OnItsWay) -> None:
        if (sleep := self._luck.sleep()) is not None:
            self._fall_asleep(on, sleep)
            return
        assert on.runner is not None
        self.behind.functions.running[:] = [on.invocation]
        self.behind.move(self.behind.now() + self._luck.moment())
        self._baton.step(on.runner)
        self.behind.functions.running.clear()
        if on.runner.done:
            self._way.remove(on)
            self._ended(on, on.runner.fault, on.runner.result)

    def _fall_asleep(self, on: OnItsWay, sleep: timedelta) -> None:
        """It stands still before its call, and whoever asked for it loses patience before it wakes, or not.

        Past its function's time the process is gone; the call that it was making may still arrive.
        """
        on.asleep_until = self.behind.now() + sleep
        longest = LONGEST[on.errand.flow]
        if sleep > longest:
            # What writes insists on what it has read, and may come as late as it likes; a send may not.
            on.dies = on.errand.flow == "rung" or self._luck.mostly()
            self.behind.later(longest, on)
        elif self._luck.mostly():
            self.behind.later(timedelta(seconds=1), on)
        self.trace.append(f"{on.invocation.id} {on.errand.name} sleeps for {sleep}")

    def _ended(self, on: OnItsWay, fault: BaseException | None, result: object = "") -> None:
        if fault is None and on.errand.answers not in ("", result):
            self._wrong.append(f"{on.errand.name} answered {result!r}, not {on.errand.answers!r}")
        if fault is not None and not isinstance(fault, Transient | Crashed):
            self._wrong.append(f"{on.errand.name} raised {fault!r}")
        if not on.told:
            on.told = True
            if fault is not None:
                self._failed(on.errand)

    def _failed(self, errand: Errand) -> None:
        if errand.flow == "rung":
            self.behind.ladder.invocation_failed(errand.arguments[0].token)
        elif again := errand.again():
            self.behind.later(*again)

    def _take_due(self) -> None:
        while (what := self.behind.taken()) is not None:
            self._happens(what)
        for on in self._way:
            if on.asleep_until is not None and on.asleep_until <= self.behind.now():
                on.asleep_until = None
        sweep = self.behind.next_sweep()
        if sweep is not None and sweep <= self.behind.now():
            self.behind.swept = sweep
            self._begin(Errand("sweep"))

    def _happens(self, what: Any) -> None:
        if isinstance(what, TimeIsOver):
            self.behind.ladder.over(what)
        elif isinstance(what, TryAgain):
            self.behind.ladder.again(what)
        elif isinstance(what, OnItsWay):
            if not what.told:
                what.told = True
                self._failed(what.errand)
        elif isinstance(what, Fires):
            self.behind.armed.pop(what.name, None)
            self._begin(what.errand)
        elif errand := errand_of(what):
            self._begin(errand)

    def _next_due(self) -> datetime | None:
        times = [on.asleep_until for on in self._way if on.asleep_until is not None]
        times += [self.behind.due[0][0]] if self.behind.due else []
        sweep = self.behind.next_sweep()
        return min([*times, *([sweep] if sweep else [])], default=None)

    def _before(self, call: str) -> None:
        """In the runner's own thread: the others may go on before this call is made."""
        self._baton.pause(call)
        if not self.behind.functions.running:
            return
        running = self.behind.functions.running[-1]
        mode = self._fault(running, call) if self._meeting else None
        if mode:
            self.behind.calls.faults.plan(call, 1, mode)
        now = self.behind.now().isoformat()
        self.trace.append(f"{now} {running.id} {running.function} {call} {mode or ''}")

    def _fault(self, running: Invocation, call: str) -> str | None:
        on = next(each for each in self._way if each.invocation is running)
        return CRASH_AFTER if on.dies else self._luck.fault(call)
