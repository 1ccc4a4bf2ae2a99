"""`aftercart simulate`: so many customers for so many years, everything that can break included, and a judge.

Lives are played in sandboxes of fifty customers, each with a seed of its own, on two processes: the report is
the same for the same seed, however many there are.
"""

import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TextIO

from sandbox.commands.terminal import Ink
from sandbox.sandbox import compiled
from sandbox.trials.lives.life import Lived, lived

Json = dict[str, Any]
TOGETHER = 50  # customers of one sandbox
PROCESSES = 2
BAR = 30
Chunk = tuple[str, int, float]  # seed, customers, years


@dataclass(slots=True)
class Population:
    """All lives of one run, joined in the order of their seeds."""

    customers: int
    years: float
    seed: int
    counts: Counter[str] = field(default_factory=Counter)
    breaches: list[str] = field(default_factory=list)

    def add(self, some: Lived) -> None:
        self.counts.update(some.counts)
        self.breaches += some.wrong

    def as_json(self) -> Json:
        counts = self.counts
        return {
            "customers": self.customers,
            "years": self.years,
            "seed": self.seed,
            "happened": _part(counts, "happened: "),
            "broken": _part(counts, "broken: "),
            "messages": _part(counts, "message: "),
            "ends": _part(counts, "end: "),
            "shown": _part(counts, "shown on "),
            "known_doubles": counts["known doubles"],
            "unknown": counts["end: unknown"],
            "breaches": self.breaches,
        }


def simulated(
    customers: int,
    years: float,
    seed: int,
    progress: TextIO,
    *,
    together: int = TOGETHER,
    processes: int = PROCESSES,
) -> Population:
    """Plays them all, so many `together` in a sandbox. Tells `progress` how far it is."""
    population = Population(customers, years, seed)
    bar, done = Bar(progress, customers), 0
    for chunk, some in _played(list(chunks(customers, years, seed, together)), processes):
        population.add(some)
        done += chunk[1]
        bar.show(done, len(population.breaches))
    bar.end()
    return population


def chunks(customers: int, years: float, seed: int, together: int = TOGETHER) -> Iterator[Chunk]:
    """Sandboxes' worth of customers, each with its own seed."""
    for number, first in enumerate(range(0, customers, together)):
        yield f"{seed}/{number}", min(together, customers - first), years


def _played(some: list[Chunk], processes: int) -> Iterator[tuple[Chunk, Lived]]:
    compiled()  # once for all processes
    can_fork = "fork" in multiprocessing.get_all_start_methods()
    if min(len(some), processes) < 2 or not can_fork:
        yield from ((chunk, _play(chunk)) for chunk in some)
        return
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        yield from zip(some, pool.imap(_play, some), strict=True)


def _play(chunk: Chunk) -> Lived:
    return lived(*chunk)


def _part(counts: Mapping[str, int], prefix: str) -> dict[str, int]:
    found = {name.removeprefix(prefix): n for name, n in counts.items() if name.startswith(prefix)}
    return dict(sorted(found.items()))


@dataclass(slots=True)
class Bar:
    """How far it is, on a terminal: one line that changes. Elsewhere nothing, so that logs stay short."""

    stream: TextIO
    all: int
    began: float = field(default_factory=time.monotonic)

    def show(self, done: int, breaches: int) -> None:
        if not self.stream.isatty():
            return
        filled = BAR * done // self.all
        left = (time.monotonic() - self.began) / done * (self.all - done)
        bar = "█" * filled + "░" * (BAR - filled)
        told = f"{done} of {self.all} customers, {breaches} breaches, {left:.0f} s to go"
        self.stream.write(f"\r{bar} {told}   ")
        self.stream.flush()

    def end(self) -> None:
        if self.stream.isatty():
            self.stream.write("\r\x1b[K")
            self.stream.flush()


def written(found: Json, ink: Ink) -> str:
    """The report as text."""
    lines = [ink.bold(f"{found['customers']} customers, {found['years']:g} years, seed {found['seed']}"), ""]
    titles = {
        "happened": "What happened",
        "broken": "Calls that were made to fail",
        "messages": "Messages by journey and step",
        "ends": "How each thing ended",
        "shown": "Shown on",
    }
    for name, title in titles.items():
        lines.append(ink.bold(title))
        lines += [f"  {count:9,}  {what}" for what, count in found[name].items()]
        lines.append("")
    ends = max(1, sum(found["ends"].values()))
    for name, told in (
        ("known_doubles", "known doubles: no receipt in time, so a second channel showed it too"),
        ("unknown", "ended unknown"),
    ):
        lines.append(f"{found[name]:,} {told} ({found[name] / ends:.2%})")
    lines += ["", *_breaches(found["breaches"], ink)]
    return "\n".join(lines)


def _breaches(breaches: list[str], ink: Ink) -> Iterator[str]:
    if not breaches:
        yield ink.green("No promise was broken.")
        return
    yield ink.red(f"{len(breaches)} promises were broken:")
    yield from (f"  {each}" for each in breaches)


def on_stderr(customers: int, years: float, seed: int) -> Population:
    """With its progress where a person sees it."""
    return simulated(customers, years, seed, sys.stderr)
