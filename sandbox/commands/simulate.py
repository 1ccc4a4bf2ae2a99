"""`aftercart simulate`: so many customers for so many years, everything that can break included, and a judge.

Lives are played in sandboxes of fifty customers, each with a seed of its own, on two processes: the report is
the same for the same seed, however many there are.
"""

import multiprocessing
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TextIO

from aftercart.texts.compiled import load_catalogue
from sandbox.commands.terminal import UserError
from sandbox.sandbox import compiled
from sandbox.trials.lives.life import Lived, lived
from sandbox.trials.lives.tally import Tally

Json = dict[str, Any]
TOGETHER = 50  # customers of one sandbox
PROCESSES = 2
BAR = 30
LINES = 20  # of a whole run where no terminal is: one each 5 %


class Chunk(NamedTuple):
    """The customers of one sandbox. `seed`: the run's, and which of its sandboxes: 1/37.

    `any_route`: over routes that the seed draws, another in each country.
    """

    seed: str
    customers: int
    years: float
    any_route: bool = False


@dataclass(slots=True)
class Population:
    """All lives of one run, joined in the order of their seeds. `sandbox`: that one alone was played."""

    customers: int
    years: float
    seed: int
    sandbox: str = ""
    any_route: bool = False
    played: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    tally: Tally = field(default_factory=Tally)
    breaches: list[tuple[str, str]] = field(default_factory=list)  # in which sandbox, and what

    def add(self, chunk: Chunk, some: Lived) -> None:
        self.played += chunk.customers
        self.counts.update(some.counts)
        self.tally.add(some.tally)
        self.breaches += [(chunk.seed, wrong) for wrong in some.wrong]

    def as_json(self) -> Json:
        """The whole report. `replay` of a breach is the command that plays its sandbox alone."""
        counts = self.counts
        return {
            "customers": self.customers,
            "years": self.years,
            "seed": self.seed,
            "sandbox": self.sandbox or None,
            "played": self.played,
            "happened": _part(counts, "happened: "),
            "broken": _part(counts, "broken: "),
            **self.tally.as_json(),
            "ends": _part(counts, "end: "),
            "known_doubles": counts["known doubles"],
            "unknown": counts["end: unknown"],
            "breaches": [
                {"sandbox": sandbox, "breach": wrong, "replay": self._replay(sandbox)}
                for sandbox, wrong in self.breaches
            ],
        }

    def _replay(self, sandbox: str) -> str:
        years, over = str(self.years).removesuffix(".0"), " --any-route" * self.any_route
        alone = f"--sandbox={sandbox}" if sandbox.startswith("-") else f"--sandbox {sandbox}"
        return f"aftercart simulate --customers {self.customers} --years {years} {alone}{over}"


def simulated(
    customers: int,
    years: float,
    seed: int,
    progress: TextIO,
    *,
    sandbox: str = "",
    any_route: bool = False,
    together: int = TOGETHER,
    processes: int = PROCESSES,
) -> Population:
    """Plays them all, so many `together` in a sandbox, or one `sandbox` alone; over the brand's own routes or
    over `any_route`.

    Tells `progress` how far it is. Raises UserError where there is no such sandbox, and nothing to buy.
    """
    if not load_catalogue(compiled()).items:
        raise UserError("nothing is sold: catalogue.yaml is empty, so nobody can order anything")
    every = list(chunks(customers, years, seed, together, any_route=any_route))
    some = [chunk for chunk in every if sandbox in ("", chunk.seed)]
    if not some:
        raise UserError(f"there is no sandbox {sandbox} here: expected {every[0].seed} to {every[-1].seed}")
    population = Population(customers, years, seed, sandbox, any_route)
    shown = Progress(progress, sum(chunk.customers for chunk in some))
    try:
        for chunk, found in _played(some, processes):
            population.add(chunk, found)
            shown.show(population.played, len(population.breaches))
    finally:
        shown.end()
    return population


def chunks(
    customers: int, years: float, seed: int, together: int = TOGETHER, *, any_route: bool = False
) -> Iterator[Chunk]:
    """Sandboxes' worth of customers, each with its own seed."""
    for number, first in enumerate(range(0, customers, together)):
        yield Chunk(f"{seed}/{number}", min(together, customers - first), years, any_route)


def _played(some: list[Chunk], processes: int) -> Iterator[tuple[Chunk, Lived]]:
    compiled()  # once for all processes
    can_fork = "fork" in multiprocessing.get_all_start_methods()
    if min(len(some), processes) < 2 or not can_fork:
        yield from ((chunk, _play(chunk)) for chunk in some)
        return
    # Interrupted is who asked: the workers are ended by it, without a word of their own.
    quiet = (signal.signal, (signal.SIGINT, signal.SIG_IGN))
    with multiprocessing.get_context("fork").Pool(processes, *quiet) as pool:
        yield from zip(some, pool.imap(_play, some), strict=True)


def _play(chunk: Chunk) -> Lived:
    return lived(chunk.seed, chunk.customers, chunk.years, any_route=chunk.any_route)


def _part(counts: Mapping[str, int], prefix: str) -> dict[str, int]:
    found = {name.removeprefix(prefix): n for name, n in counts.items() if name.startswith(prefix)}
    return dict(sorted(found.items()))


@dataclass(slots=True)
class Progress:
    """How far it is: on a terminal one line that changes, elsewhere twenty lines, so that logs stay short."""

    stream: TextIO
    all: int
    began: float = field(default_factory=time.monotonic)
    _told: int = 0  # twentieths

    def show(self, done: int, breaches: int) -> None:
        left = (time.monotonic() - self.began) / done * (self.all - done)
        told = f"{done} of {self.all} customers, {breaches} breaches, {left:.0f} s to go"
        if self.stream.isatty():
            filled = BAR * done // self.all
            self.stream.write(f"\r{'█' * filled}{'░' * (BAR - filled)} {told}   ")
            self.stream.flush()
        elif done * LINES // self.all > self._told:
            self._told = done * LINES // self.all
            self.stream.write(f"{told}\n")
            self.stream.flush()

    def end(self) -> None:
        if self.stream.isatty():
            self.stream.write("\r\x1b[K")
            self.stream.flush()


def on_stderr(
    customers: int, years: float, seed: int, sandbox: str = "", *, any_route: bool = False
) -> Population:
    """With its progress where a person sees it."""
    return simulated(customers, years, seed, sys.stderr, sandbox=sandbox, any_route=any_route)
