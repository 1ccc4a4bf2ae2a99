"""The long run: every trial at its full length, two at a time, within two hours on two cores.

python -m sandbox.trials.soak [--only NAME] [--share 0.01]
"""

import argparse
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import monotonic
from typing import IO


@dataclass(frozen=True, slots=True)
class Trial:
    """One command; `sized` is the argument that says how much of it, and its full size."""

    name: str
    module: str
    arguments: tuple[str, ...] = ()
    sized: tuple[str, int] | None = None

    def command(self, share: float) -> list[str]:
        size = [self.sized[0], str(max(1, int(self.sized[1] * share)))] if self.sized else []
        return [sys.executable, "-m", self.module, *self.arguments, *size]


@dataclass(frozen=True, slots=True)
class Ended:
    trial: Trial
    status: int
    seconds: float
    last: str


CRASHES = "sandbox.trials.crashes.points"
# The longest first, so that the two cores end together.
TRIALS = (
    Trial("lives", "sandbox.cli", ("simulate", "--years", "3"), ("--customers", 5_000)),
    Trial(
        "lives over any route",
        "sandbox.cli",
        ("simulate", "--years", "3", "--any-route"),
        ("--customers", 5_000),
    ),
    Trial("interleavings", "sandbox.trials.interleavings", (), ("--seeds", 100_000)),
    Trial("pairs of faults", CRASHES, ("--memory", "--pairs")),
    Trial("mutation score", "sandbox.trials.mutants.score"),
    Trial("faults on moto", CRASHES),
    Trial("faults over routes", CRASHES, ("--memory", "--routes")),
    Trial("parsers fuzzed", "sandbox.trials.fuzz", (), ("--seconds", 120)),
    Trial("forgeries", "sandbox.trials.forgeries", (), ("--each", 1_000_000)),
    Trial("interleavings on moto", "sandbox.trials.interleavings", ("--moto",), ("--seeds", 3_000)),
)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox.trials.soak", description=__doc__)
    parser.add_argument("--only", action="append", choices=[each.name for each in TRIALS])
    parser.add_argument("--share", type=float, default=1.0, help="of the full sizes, where there is a size")
    given = parser.parse_args(arguments)
    chosen = [each for each in TRIALS if not given.only or each.name in given.only]
    with ThreadPoolExecutor(2) as two:
        ended = list(two.map(lambda trial: run(trial, given.share), chosen))
    print()
    for each in ended:
        how = f"ended with {each.status}" if each.status else "ok"
        print(f"{each.trial.name:24}{how:16}{each.seconds:8.0f} s\n    {each.last}")
    return 3 if any(each.status for each in ended) else 0


def run(trial: Trial, share: float) -> Ended:
    """Runs one to its end; what it says goes through, line by line, under its name."""
    begun = monotonic()
    process = subprocess.Popen(
        trial.command(share), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1
    )
    aside = threading.Thread(target=_pass_on, args=(trial.name, process.stderr))
    aside.start()
    last = _pass_on(trial.name, process.stdout)
    aside.join()
    return Ended(trial, process.wait(), monotonic() - begun, last)


def _pass_on(name: str, stream: IO[str] | None) -> str:
    last = ""
    for line in stream or ():
        text = line.rstrip().rpartition("\r")[2]
        if text:
            last = text
            print(f"{name}: {text}", file=sys.stderr, flush=True)
    return last


if __name__ == "__main__":
    raise SystemExit(main())
