"""Every AWS and provider call of every flow is a point, and at every point every fault happens.

A scene is played without a fault, which tells its calls; then once for each call and each way in which it may
fail. Each such run tells the calls that followed its fault, and so pairs are found. The same faults always
give the same run.

    python -m sandbox.trials.crashes.points [--routes] [--scene NAME] [--pairs] [--memory] [--brief] [--json]
"""

import argparse
import gc
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta

from sandbox import line
from sandbox.cloud import faults
from sandbox.cloud.functions import DeadLetter
from sandbox.player import Player
from sandbox.sandbox import Sandbox
from sandbox.trials import routes
from sandbox.trials.crashes import call_sites, routed
from sandbox.trials.crashes.prepared import BEGINS
from sandbox.trials.crashes.scenes import SCENES, Scene, wrongly_told
from sandbox.trials.invariants import breaches, known_doubles

DELIVERIES = 8  # as often as Shopify
AT_A_SEND = (faults.CRASH_BEFORE, faults.CRASH_AFTER, faults.THROTTLED, faults.LOST, faults.APPLIED)
READS = (
    "dynamodb.BatchGetItem",
    "dynamodb.GetItem",
    "dynamodb.Query",
    "dynamodb.Scan",
    "secretsmanager.GetSecretValue",
    "sqs.ReceiveMessage",  # what it hides for a while comes back by itself
)


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to a call. `number`: its place among the calls since the fault before, from 1."""

    number: int
    call: str
    mode: str

    def __str__(self) -> str:
        return f"{self.number} {self.call}: {self.mode}"


@dataclass(frozen=True, slots=True)
class Point:
    """A call at which something may fail. `own`: one of the flow's own functions made it.

    `changed`: since the last fault the same invocation has made another call that is no read.
    """

    call: str
    site: str
    own: bool
    changed: bool


@dataclass(slots=True, kw_only=True)
class Run:
    """How one run ended. `points`: its calls since its last fault, in order; `asked`: providers, in order."""

    scene: str
    faults: tuple[Fault, ...] = ()
    wrong: list[str] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)  # final states of its messages
    doubles: int = 0
    points: list[Point] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


def modes_of(call: str, *, brief: bool = False) -> tuple[str, ...]:
    """In which ways a call can fail. `brief`: without those that to its caller are the same as another.

    A read made twice, or answered late, is a read; a crash at one leaves what its loss leaves;
    what is throttled to the end is lost.
    """
    if call in (*line.AWS_CALLS, *line.CALLS):
        return AT_A_SEND
    modes = [mode for mode in faults.MODES if mode != faults.TRANSACTION_CONFLICT or call in faults.WRITES]
    if brief and call in READS:
        return (faults.LOST,)
    return tuple(mode for mode in modes if not brief or mode != faults.THROTTLED)


def explore(scene: Scene, depth: int, *, memory: bool, brief: bool = False) -> Iterator[Run]:
    """Each run of a scene with up to `depth` faults; the first is the one without."""
    run = played(scene, (), memory=memory)
    yield run
    yield from _further(scene, run, depth, memory, brief)


def _further(scene: Scene, before: Run, depth: int, memory: bool, brief: bool) -> Iterator[Run]:
    for fault in next_faults(before, brief=brief) if depth else ():
        run = played(scene, (*before.faults, fault), memory=memory)
        yield run
        yield from _further(scene, run, depth - 1, memory, brief)


def next_faults(run: Run, *, brief: bool = False) -> Iterator[Fault]:
    """What may fail after all that has failed in a run.

    The first fault may be in any call, the second in the flow's own. In brief the first is in these too, a
    read fails once for each place in the source, and no crash before a change repeats that after the last.
    """
    sites: set[str] = set()
    for number, point in enumerate(run.points, 1):
        repeated = brief and point.call in READS and point.site in sites
        if not repeated and (point.own or not (brief or run.faults)):
            modes = modes_of(point.call, brief=brief)
            known = (faults.CRASH_BEFORE,) if brief and point.changed else ()
            yield from (Fault(number, point.call, mode) for mode in modes if mode not in known)
        sites.add(point.site)


def played(scene: Scene, faults: Sequence[Fault], *, memory: bool) -> Run:
    """One run. What breaks in it is a finding, not a silence."""
    run = Run(scene=scene.name, faults=tuple(faults))
    try:
        made = scene.journeys() if scene.journeys else None
        with Sandbox(BEGINS, memory=memory, made=made).open() as sandbox:
            _Playing(scene, run, list(faults), sandbox).play()
    except Exception as error:
        run.wrong.append(f"the run itself failed: {type(error).__name__}: {error}")
    return run


@dataclass(slots=True)
class _Playing:
    scene: Scene
    run: Run
    to_come: list[Fault]
    sandbox: Sandbox
    changing: set[str] = field(default_factory=set)  # invocations that have changed something since

    def play(self) -> None:
        deliver = self.scene.prepare(Player(self.sandbox))
        before = len(self.sandbox.provider_calls())
        self.sandbox.functions.invocations.clear()
        self.sandbox.watch(self._before)
        taken = self._until_taken(deliver)
        self._advance(self.scene.then)
        self.sandbox.watch(lambda call: None)
        self._everything_once_more()
        self._dead_letters_twice()
        self.run.wrong += [] if taken else ["the event was never taken"]
        self.run.wrong += [f"{each} never came" for each in self.to_come]
        self.run.wrong += [
            *(
                each
                for each in breaches(self.sandbox)
                if not (self.scene.parks and each.startswith("parked"))
            ),
            *wrongly_told(self.scene, self.sandbox),
            *self.scene.check(self.sandbox),
        ]
        asked = self.sandbox.provider_calls()[before:]
        self.run.asked = [f"{call.channel}/{call.provider}" for call in asked]
        self.run.doubles = len(known_doubles(self.sandbox))
        self.run.ends = [each.final for each in self.sandbox.records().messages.values()]

    def _until_taken(self, deliver: Callable[[], bool]) -> bool:
        for again in range(1, DELIVERIES + 1):
            taken = deliver()
            self.sandbox.settle()
            if taken:
                return True
            self._advance(timedelta(minutes=again))
        return False

    def _advance(self, by: timedelta) -> None:
        self.sandbox.advance(self.sandbox.engine.now() + by)

    def _everything_once_more(self) -> None:
        """Each event that any function got, now that all is over."""
        for invocation in list(self.sandbox.functions.invocations):
            self.sandbox.functions.invoke_async(invocation.function, invocation.event)
        self._advance(timedelta(hours=2))

    def _dead_letters_twice(self) -> None:
        dead = list(self.sandbox.functions.dead)
        for _ in range(2):
            self.sandbox.functions.dead.clear()
            for letter in dead:
                self._redrive(letter)
            self._advance(timedelta(days=1))

    def _redrive(self, letter: DeadLetter) -> None:
        body = json.loads(letter.body)
        if letter.source in self.sandbox.functions.named():
            # A record of the failure around the event; the event alone where no queue is set for it.
            self.sandbox.functions.invoke_async(letter.source, body.get("requestPayload", body))
        else:
            self.sandbox.wake(body)

    def _before(self, call: str) -> None:
        """A call is about to be made: it is a point, and it may be the one that is to fail."""
        running = self.sandbox.functions.running
        if not running or running[-1].crashed:
            return
        invocation = running[-1]
        own, changed = self._own(invocation.function), invocation.id in self.changing
        self.run.points.append(Point(call, call_sites.reached(), own, changed))
        if call not in READS:
            self.changing.add(invocation.id)
        if self.to_come and len(self.run.points) == self.to_come[0].number:
            fault = self.to_come.pop(0)
            self.sandbox.faults.plan(call, 1, fault.mode)
            self.run.points.clear()
            self.changing.clear()

    def _own(self, function: str) -> bool:
        return any(function.endswith(name.replace("_", "-")) for name in self.scene.functions)


@dataclass(slots=True)
class Findings:
    """All runs of some scenes."""

    runs: int = 0
    points: int = 0
    doubles: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    sites: set[str] = field(default_factory=set)
    wrong: list[Run] = field(default_factory=list)

    def add(self, run: Run) -> None:
        self.runs += 1
        self.points += 0 if run.faults else len(run.points)
        self.doubles += run.doubles
        self.ends.update(run.ends)
        self.sites.update(point.site for point in run.points if point.site)
        if run.wrong:
            self.wrong.append(run)

    def as_json(self) -> dict[str, object]:
        found = asdict(self) | {"ends": dict(sorted(self.ends.items())), "sites": sorted(self.sites)}
        return found | {"wrong": [told(run) for run in self.wrong], "unreached": unreached(self)}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox.trials.crashes.points", description=__doc__)
    parser.add_argument("--routes", action="store_true", help="the scenes over routes of every length")
    parser.add_argument("--scene", action="append", help="only this one (repeat for more)")
    parser.add_argument(
        "--pairs", action="store_true", help="every ordered pair of faults, where a scene has them"
    )
    parser.add_argument(
        "--brief", action="store_true", help="without faults that are to the caller as another"
    )
    parser.add_argument("--memory", action="store_true", help="in the memory world, many times as fast")
    parser.add_argument("--json", action="store_true", help="the findings as JSON")
    given = parser.parse_args(arguments)
    scenes = routed.scenes(routes.each_first_and_length()) if given.routes else SCENES
    if unknown := sorted({*(given.scene or ())} - scenes.keys()):
        parser.error(f"there is no scene {unknown[0]!r}: expected {', '.join(sorted(scenes))}")
    gc.freeze()
    findings = Findings()
    for name in given.scene or scenes:
        scene = scenes[name]
        if given.pairs and not scene.pairs:
            continue
        depth = 2 if given.pairs else 1
        for run in explore(scene, depth, memory=given.memory, brief=given.brief):
            findings.add(run)
            if findings.runs % 100 == 0:
                print(f"\r{name}: {findings.runs} runs, {len(findings.wrong)} wrong", end="", file=sys.stderr)
        print(f"\r{name}: {findings.runs} runs, {len(findings.wrong)} wrong", file=sys.stderr)
    if given.json:
        print(json.dumps(findings.as_json(), indent=1))
    else:
        _print(findings)
    return 3 if findings.wrong else 0


def unreached(findings: Findings) -> list[str]:
    """Calls that stand in a flow and that no run came to."""
    return [str(site) for site in call_sites.all_sites() if str(site) not in findings.sites]


def told(run: Run) -> str:
    """A run that broke a promise: its faults and what was wrong."""
    how = "; ".join(str(fault) for fault in run.faults) or "no fault"
    return "\n    ".join([f"{run.scene}: {how}", *run.wrong])


def _print(findings: Findings) -> None:
    for run in findings.wrong:
        print(told(run))
    ends = ", ".join(f"{count} {end or 'none'}" for end, count in sorted(findings.ends.items()))
    print(
        f"{findings.runs} runs at {findings.points} points; messages: {ends}; "
        f"{findings.doubles} known doubles; {len(findings.wrong)} runs in which a promise was broken"
    )


if __name__ == "__main__":
    raise SystemExit(main())
