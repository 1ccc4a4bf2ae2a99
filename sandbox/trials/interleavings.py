"""Several invocations at once, switched at every call as a seed says: every promise must be kept.

    python -m sandbox.trials.interleavings --seeds N [--first K] [--scene NAME] [--jobs J] [--moto]

Each seed is tried in one scene, the scenes in turn. What breaks a promise is printed with its seed, and
`--scene NAME --first SEED --seeds 1 --show` plays it alone, with every call. Exit code 3: one was broken.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial

from sandbox.trials import routes
from sandbox.trials.turns.backstage import Kept
from sandbox.trials.turns.encounters import Known
from sandbox.trials.turns.goods import goods
from sandbox.trials.turns.luck import Luck
from sandbox.trials.turns.meetings import MEETINGS
from sandbox.trials.turns.on_moto import MotoShelf, moto
from sandbox.trials.turns.prologues import BEGINS
from sandbox.trials.turns.stage import Stage

BATCH = 100
FINDINGS = 3
SHOWN = 20  # findings printed; more say no more
Trial = tuple[str, int]  # scene, seed


@dataclass(frozen=True, slots=True)
class Ended:
    """How one seed ended. `calls`: where another could have gone on; `story`: all of it, if asked for.

    `route`: what messages took, in words; `asked`: the providers that were, "<channel>/<name>".
    """

    scene: str
    seed: int
    breaches: tuple[str, ...]
    calls: int
    story: str = ""
    route: str = ""
    asked: tuple[str, ...] = ()


@cache
def beginning(scene: str) -> tuple[Kept, Known]:
    """What a meeting begins with, played once a process."""
    meeting = MEETINGS[scene]
    stage = Stage(Kept(now=BEGINS), meeting.goods(goods()), Luck(-1, calm=True))
    try:
        meeting.before(stage)
        return stage.behind.kept(), Known(stage.behind.records(), stage.behind.now())
    finally:
        stage.close()


def tried(scene: str, seed: int, *, story: bool = False, shelf: MotoShelf | None = None) -> Ended:
    """One seed in one scene."""
    meeting, luck, (kept, known) = MEETINGS[scene], Luck(seed, scene), beginning(scene)
    filled = shelf.holding(kept.dynamo) if shelf else None
    way = routes.varied(luck.dice)
    sold, fares = meeting.goods(goods()).over(way), meeting.fares(luck.dice, way)
    stage = Stage(kept, sold, luck, fares=fares, shelf=filled)
    try:
        stage.meet(meeting.who(known, luck.dice))
        stage.settle(days=meeting.days)
        breaches = (*stage.breaches(), *meeting.wrong(stage.behind))
        asked = tuple(f"{call.channel}/{call.provider}" for call in stage.behind.provider_calls())
        told = stage.ending() if story else ""
        return Ended(scene, seed, breaches, len(stage.trace), told, routes.named(way), asked)
    finally:
        stage.close()


def trials(seeds: Iterable[int], scenes: Sequence[str]) -> list[Trial]:
    """Each seed in one scene, the scenes in turn."""
    return [(scenes[seed % len(scenes)], seed) for seed in seeds]


def batch(some: Sequence[Trial], *, on_moto: bool = False, story: bool = False) -> list[Ended]:
    """A process's share."""
    if not on_moto:
        return [tried(scene, seed, story=story) for scene, seed in some]
    with moto() as shelf:
        return [tried(scene, seed, story=story, shelf=shelf) for scene, seed in some]


def all_of(
    wanted: Sequence[Trial], jobs: int, work: Callable[[Sequence[Trial]], list[Ended]]
) -> Iterator[list[Ended]]:
    """Batches as they end, in order."""
    batches = [wanted[start : start + BATCH] for start in range(0, len(wanted), BATCH)]
    if jobs == 1:
        yield from map(work, batches)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(work, batches)


def main(arguments: Sequence[str] | None = None) -> int:
    """0: every promise was kept; 3: one was broken."""
    asked = _parser().parse_args(arguments)
    scenes = [asked.scene] if asked.scene else list(MEETINGS)
    wanted = trials(range(asked.first, asked.first + asked.seeds), scenes)
    work = partial(batch, on_moto=asked.moto, story=asked.show)
    return told(all_of(wanted, asked.jobs, work), len(wanted))


def told(batches: Iterable[list[Ended]], of: int) -> int:
    """Prints what broke a promise and how it goes; gives the exit code."""
    began, done, calls, broken = time.monotonic(), 0, 0, 0
    for ended in batches:
        done, calls = done + len(ended), calls + sum(each.calls for each in ended)
        found = [each for each in ended if each.breaches]
        for each in found[: max(0, SHOWN - broken)]:
            print(_finding(each))
        broken += len(found)
        for each in ended:
            print(each.story, end="")
        rate = done / (time.monotonic() - began)
        print(f"\r{done} of {of} seeds, {rate:.0f} a second, {broken} broken", end="", file=sys.stderr)
    print(file=sys.stderr)
    print(f"{done} seeds, {calls} calls taken in turns: {broken} broke a promise")
    return FINDINGS if broken else 0


def _finding(ended: Ended) -> str:
    again = f"--scene {ended.scene!r} --first {ended.seed} --seeds 1 --show"
    return "\n    ".join([f"\n{again}", f"over {ended.route}", *ended.breaches])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox.trials.interleavings", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--seeds", type=int, default=2_000, help="how many (2,000)")
    parser.add_argument("--first", type=int, default=0, help="the first of them (0)")
    parser.add_argument("--scene", choices=sorted(MEETINGS), help="only this one")
    parser.add_argument("--jobs", type=int, default=1, help="processes (1)")
    parser.add_argument("--moto", action="store_true", help="on moto's DynamoDB instead of the one in memory")
    parser.add_argument("--show", action="store_true", help="print every call and the end")
    return parser


if __name__ == "__main__":
    sys.exit(main())
