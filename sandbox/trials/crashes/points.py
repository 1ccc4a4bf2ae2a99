"""Every AWS and provider call of every flow is a point, and at every point every fault happens.

The process forks at each call, once for each way in which it may fail: the child goes on with the fault, the
parent without. So nothing is played twice, and pairs of faults are forks in a child. Linux and macOS.

    python -m sandbox.trials.crashes.points [--scene NAME] [--pairs] [--memory] [--json]
"""

import argparse
import gc
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from functools import cache

from sandbox import line
from sandbox.cloud import faults
from sandbox.cloud.functions import DeadLetter
from sandbox.player import Player
from sandbox.sandbox import Sandbox
from sandbox.trials.crashes import call_sites
from sandbox.trials.crashes.prepared import BEGINS
from sandbox.trials.crashes.scenes import SCENES, Scene, wrongly_told
from sandbox.trials.invariants import breaches, known_doubles

DELIVERIES = 8  # as often as Shopify
AT_A_SEND = (faults.CRASH_BEFORE, faults.CRASH_AFTER, faults.THROTTLED, faults.LOST, faults.APPLIED)
READS = (
    "dynamodb.BatchGetItem",
    "dynamodb.GetItem",
    "dynamodb.Query",
    "secretsmanager.GetSecretValue",
)


@dataclass(slots=True, kw_only=True)
class Run:
    """How one run ended. `path`: its faults, as "number call: mode"; `points`: calls since the last one."""

    scene: str
    path: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)  # final states of its messages
    doubles: int = 0
    points: list[str] = field(default_factory=list)
    sites: list[str] = field(default_factory=list)


def modes_of(call: str, *, brief: bool = False) -> tuple[str, ...]:
    """In which ways a call can fail. `brief`: without those that to its caller are the same as another.

    A read made twice, or answered late, is a read; a crash at one leaves what its loss leaves;
    what is throttled to the end is lost.
    """
    if call == line.SMS or call in line.CALLS:
        return AT_A_SEND
    modes = [mode for mode in faults.MODES if mode != faults.TRANSACTION_CONFLICT or call in faults.WRITES]
    if brief and call in READS:
        return (faults.LOST,)
    return tuple(mode for mode in modes if not brief or mode != faults.THROTTLED)


def explore(scene: Scene, depth: int, *, memory: bool, brief: bool = False) -> Iterator[Run]:
    """Each run of a scene with up to `depth` faults, as it ends; the last is the one without."""
    _warm()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        Explorer(scene, depth, memory, brief, writing).play()
    os.close(writing)
    with os.fdopen(reading) as lines:
        for each in lines:
            yield Run(**json.loads(each))
    _, status = os.waitpid(child, 0)
    if status:
        raise RuntimeError(f"the exploration of {scene.name!r} ended with status {status}")


@cache
def _warm() -> None:
    """What is made once a process, before the processes part."""
    Explorer(SCENES["order in"], 0, True, False, -1)._play()


@dataclass(slots=True)
class Explorer:
    """Plays one scene in a process of its own, and in one more for each fault."""

    scene: Scene
    depth: int
    memory: bool
    brief: bool
    out: int
    run: Run = field(init=False)
    sandbox: Sandbox = field(init=False)

    def play(self) -> None:
        """Never returns. What breaks in it is a finding, not a silence."""
        depth, self.depth = self.depth, 0
        try:
            self._play()  # once for nothing: what is made once a process need not be made once a child
            gc.freeze()
            gc.disable()
            self.depth = depth
            self._play()
        except BaseException as error:
            self.run.wrong.append(f"the run itself failed: {type(error).__name__}: {error}")
        os.write(self.out, (json.dumps(asdict(self.run)) + "\n").encode())
        os._exit(0)

    def _play(self) -> None:
        self.run = Run(scene=self.scene.name)
        with Sandbox(BEGINS, memory=self.memory).open() as self.sandbox:
            deliver = self.scene.prepare(Player(self.sandbox))
            self.sandbox.functions.invocations.clear()
            self.sandbox.watch(self._before)
            taken = self._until_taken(deliver)
            self._advance(self.scene.then)
            self.sandbox.watch(lambda call: None)
            self._everything_once_more()
            self._dead_letters_twice()
            self.run.wrong += [] if taken else ["the event was never taken"]
            promises = breaches(self.sandbox)
            self.run.wrong += [
                *(each for each in promises if not (self.scene.parks and each.startswith("parked"))),
                *wrongly_told(self.scene, self.sandbox),
                *self.scene.check(self.sandbox),
            ]
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
        """A point: a child for each way in which this call may fail."""
        running = self.sandbox.functions.running
        if not running or running[-1].crashed:
            return
        site = call_sites.reached()
        here = bool(self.depth) and self._fails_here(call, site, running[-1].function)
        self.run.points.append(call)
        self.run.sites += [site] if site else []
        for mode in modes_of(call, brief=self.brief) if here else ():
            child = os.fork()
            if child == 0:
                self._become(call, mode)
                return
            os.waitpid(child, 0)

    def _fails_here(self, call: str, site: str, function: str) -> bool:
        """The first fault is in the flow's own calls; in brief the second too, and each read once."""
        if self.brief and call in READS and site in self.run.sites:
            return False
        return self._own(function) or not (self.brief or not self.run.path)

    def _own(self, function: str) -> bool:
        return any(function.endswith(name.replace("_", "-")) for name in self.scene.functions)

    def _become(self, call: str, mode: str) -> None:
        self.depth -= 1
        number = len(self.run.points)
        self.run = Run(scene=self.scene.name, path=[*self.run.path, f"{number} {call}: {mode}"])
        self.sandbox.faults.plan(call, 1, mode)


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
        self.points += 0 if run.path else len(run.points)
        self.doubles += run.doubles
        self.ends.update(run.ends)
        self.sites.update(run.sites)
        if run.wrong:
            self.wrong.append(run)

    def as_json(self) -> dict[str, object]:
        found = asdict(self) | {"ends": dict(sorted(self.ends.items())), "sites": sorted(self.sites)}
        return found | {"unreached": unreached(self)}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox.trials.crashes.points", description=__doc__)
    parser.add_argument(
        "--scene", action="append", choices=sorted(SCENES), help="only this one (repeat for more)"
    )
    parser.add_argument(
        "--pairs", action="store_true", help="every ordered pair of faults, where a scene has them"
    )
    parser.add_argument(
        "--brief", action="store_true", help="without faults that are to the caller as another"
    )
    parser.add_argument("--memory", action="store_true", help="in the memory world, many times as fast")
    parser.add_argument("--json", action="store_true", help="the findings as JSON")
    given = parser.parse_args(arguments)
    findings = Findings()
    for name in given.scene or SCENES:
        scene = SCENES[name]
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


def _print(findings: Findings) -> None:
    for run in findings.wrong:
        print(f"{run.scene}: {'; '.join(run.path) or 'no fault'}")
        for each in run.wrong:
            print(f"    {each}")
    ends = ", ".join(f"{count} {end or 'none'}" for end, count in sorted(findings.ends.items()))
    print(
        f"{findings.runs} runs at {findings.points} points; messages: {ends}; "
        f"{findings.doubles} known doubles; {len(findings.wrong)} runs in which a promise was broken"
    )


if __name__ == "__main__":
    raise SystemExit(main())
