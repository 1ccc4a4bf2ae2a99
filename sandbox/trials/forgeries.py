"""Forged requests by the hundred thousand, through the real handlers: `python -m sandbox.trials.forgeries`.

None may be taken, none may lead to a call, and each has its route's one answer.
"""

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from sandbox.trials.hostile.forging import Forger
from sandbox.trials.hostile.genuine import Event, Route, routes
from sandbox.trials.hostile.sealed import handler, sealed

SHOWN = 100_000  # requests between two lines of progress


@dataclass(slots=True)
class Tried:
    """`statuses`: how often each answer came. `strayed`: a few requests that had another."""

    route: Route
    statuses: Counter[int] = field(default_factory=Counter)
    touched: list[str] = field(default_factory=list)
    asked: int = 0
    strayed: list[Event] = field(default_factory=list)

    @property
    def held(self) -> bool:
        return not self.touched and not self.strayed and set(self.statuses) <= {self.route.refusal}


def forgeries(route: Route, seed: int, count: int) -> Iterator[Event]:
    """The same for the same seed."""
    forger = Forger(route, random.Random(f"{route.name}/{seed}"))
    return (forger.forged() for _ in range(count))


def tried(route: Route, seed: int, count: int) -> Tried:
    """`count` forgeries of a route through its handler, under a world that may not be touched."""
    result, handle = Tried(route), handler(route.function)
    with sealed() as world:
        for event in forgeries(route, seed, count):
            status = handle(event, None)["statusCode"]
            result.statuses[status] += 1
            if status != route.refusal and len(result.strayed) < 5:
                result.strayed.append(event)
        result.touched, result.asked = world.touched, world.secrets.asked
    return result


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox.trials.forgeries", description=__doc__)
    parser.add_argument("--each", type=int, default=1_000_000, metavar="N", help="forgeries of each route")
    parser.add_argument("--seed", type=int, default=1_000, metavar="N", help="the first of the seeds")
    parser.add_argument("--route", choices=sorted(routes()), help="one route alone")
    given = parser.parse_args(arguments)
    chosen = [routes()[given.route]] if given.route else list(routes().values())
    return max(_all_of(route, given.seed, given.each) for route in chosen)


def _all_of(route: Route, seed: int, each: int) -> int:
    for done in range(0, each, SHOWN):
        count = min(SHOWN, each - done)
        result = tried(route, seed + done // SHOWN, count)
        if not result.held:
            print(f"{route.name}: seed {seed + done // SHOWN}: {dict(result.statuses)} {result.touched[:5]}")
            print(*(json.dumps(event) for event in result.strayed), sep="\n")
            return 3
        print(f"{route.name}: {done + count:,} of {each:,} forged, none taken, no call", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
