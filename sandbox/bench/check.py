"""How long `aftercart check` takes for fifty journeys in five languages."""

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from time import perf_counter, time_ns
from typing import NamedTuple

from aftercart.texts.compiled import wordings
from sandbox.bench.many_journeys import write_many
from sandbox.bench.table import Row, Section
from sandbox.journeys.bones import bare
from sandbox.journeys.compile import JOURNEYS, compile_journeys

AIM = 300.0  # milliseconds of processor time: the clock's depends on who else is at work


class Took(NamedTuple):
    """Milliseconds: of processor time, user's and system's, and by the clock."""

    processor: float
    clock: float


def check(journeys: int = 50, times: int = 5) -> Section:
    """The best of so many times."""
    with tempfile.TemporaryDirectory(prefix="aftercart-bench-") as scratch:
        many = Path(scratch) / "journeys"
        write_many(JOURNEYS, many, journeys)
        texts, builds = _texts_and_builds(many)
        rows = [
            _row("compiled, in a warm process", _in_process(many, times)),
            _row(
                "the command, after an edit", _command(many, times, edit=True), "its imports are half of it"
            ),
            _row("the command, nothing changed", _command(many, times, edit=False)),
        ]
    how = f"{journeys} journeys in five languages: {texts:,} different texts of {builds} builds"
    return Section("aftercart check, milliseconds", how, ("processor", "clock"), rows)


def _row(name: str, took: Took, note: str = "") -> Row:
    return Row(name, tuple(took), AIM, note)


def _texts_and_builds(folder: Path) -> tuple[int, int]:
    """How many texts there are, and how many kinds of them by their Liquid."""
    texts = {wording.text for wording in wordings(compile_journeys(folder).texts)}
    return len(texts), len({bones[0] if (bones := bare(text)) else text for text in texts})


def _in_process(folder: Path, times: int) -> Took:
    return min(_took(RUSAGE_SELF, lambda: compile_journeys(folder)) for _ in range(times))


def _command(folder: Path, times: int, *, edit: bool) -> Took:
    """A new process each time. After an edit nothing is known of the folder."""
    script = [sys.executable, "-m", "sandbox.cli", "check", "--journeys", str(folder)]
    brand = folder / "brand.yaml"
    best: list[Took] = []
    for _ in range(times):
        if edit:  # one that no earlier run has made
            brand.write_text(f"{brand.read_text('utf-8')}# {time_ns()}\n", "utf-8")
        took = _took(RUSAGE_CHILDREN, lambda: subprocess.run(script, check=True, stdout=subprocess.DEVNULL))
        best.append(took)
    return min(best)


def _took(who: int, act: Callable[[], object]) -> Took:
    before, start = getrusage(who), perf_counter()
    act()
    after, end = getrusage(who), perf_counter()
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Took(used * 1000, (end - start) * 1000)
