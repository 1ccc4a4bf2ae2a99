"""How long `aftercart check` takes for fifty journeys in five languages."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from time import perf_counter
from typing import NamedTuple

from aftercart.texts.compiled import wordings
from sandbox.bench.many_journeys import write_many
from sandbox.bench.table import Row, Section
from sandbox.journeys.bones import bare
from sandbox.journeys.compile import JOURNEYS, compile_journeys
from sandbox.journeys.found_right import KEPT

AIM = 300.0  # milliseconds of processor time: the clock's depends on who else is at work


class Took(NamedTuple):
    """Milliseconds: of processor time, user's and system's, and by the clock."""

    processor: float
    clock: float


class Edit(NamedTuple):
    """What stands in a file by a pattern becomes `new`, with another {number} each time."""

    what: str
    file: str
    old: str
    new: str
    note: str = ""


EDITS = (
    Edit("a text's words", "phone_care_0/en.yaml", r"(?<=text: \|\n      )\w+", "Thing{number}"),
    Edit("a journey.yaml", "phone_care_0/journey.yaml", r"(?<=wait: P)\d+(?=D)", "{number}"),
    Edit("brand.yaml, a cap", "brand.yaml", r"(?<=messages: ')\d+", "{number}"),
    Edit(
        "a text's Liquid",
        "phone_care_0/en.yaml",
        r'default: "[^"]*"',
        'default: "it" | truncate: {number}',
        note="loads Liquid and Babel",
    ),
    Edit("brand.yaml, its tone", "brand.yaml", r"- asap\w*", "- asap{number}"),
    Edit(
        "brand.yaml, the budget",
        "brand.yaml",
        r"(?<=transactional: )0\.\d+",
        "0.3{number}",
        note="all is read again",
    ),
)


def check(journeys: int = 50, times: int = 5) -> Section:
    """The best of so many times."""
    with tempfile.TemporaryDirectory(prefix="aftercart-bench-") as scratch:
        many = Path(scratch) / "journeys"
        write_many(JOURNEYS, many, journeys)
        texts, builds = _texts_and_builds(many)
        rows = [
            Row("compiled, in a warm process", _in_process(many, times), AIM),
            Row("the command, nothing is known", _best(times, lambda _: _first(many)), AIM),
            Row("  nothing changed", _best(times, lambda _: _command(many)), AIM),
            *(Row(f"  after an edit: {e.what}", _edited(many, e, times), AIM, e.note) for e in EDITS),
        ]
    how = f"{journeys} journeys in five languages: {texts:,} different texts of {builds} builds"
    return Section("aftercart check, milliseconds", how, ("processor", "clock"), rows)


def _texts_and_builds(folder: Path) -> tuple[int, int]:
    """How many texts there are, and how many kinds of them by their Liquid."""
    texts = {wording.text for wording in wordings(compile_journeys(folder).texts)}
    return len(texts), len({bones[0] if (bones := bare(text)) else text for text in texts})


def _in_process(folder: Path, times: int) -> Took:
    return _best(times, lambda _: _took(RUSAGE_SELF, lambda: compile_journeys(folder)))


def _first(folder: Path) -> Took:
    shutil.rmtree(KEPT, ignore_errors=True)
    return _command(folder)


def _edited(folder: Path, edit: Edit, times: int) -> Took:
    def took(number: int) -> Took:
        file = folder / edit.file
        text, found = re.subn(edit.old, edit.new.format(number=number), file.read_text("utf-8"), count=1)
        assert found, f"{edit.file} has no {edit.old}"
        file.write_text(text, "utf-8")
        return _command(folder)

    return _best(times, took)


def _command(folder: Path) -> Took:
    """In a process of its own, which as anywhere keeps what Python has compiled."""
    script = [sys.executable, "-m", "sandbox.cli", "check", "--journeys", str(folder)]
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return _took(
        RUSAGE_CHILDREN, lambda: subprocess.run(script, check=True, stdout=subprocess.DEVNULL, env=env)
    )


def _best(times: int, act: Callable[[int], Took]) -> Took:
    """Numbers from 20: some of them are characters that a text is cut to."""
    return min(act(20 + number) for number in range(times))


def _took(who: int, act: Callable[[], object]) -> Took:
    before, start = getrusage(who), perf_counter()
    act()
    after, end = getrusage(who), perf_counter()
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Took(used * 1000, (end - start) * 1000)
