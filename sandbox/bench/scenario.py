"""What a scenario of three years of one customer costs in a process of its own, everything imported."""

import json
import subprocess
import sys
from time import process_time

from sandbox.bench.table import Row, Section
from sandbox.scenarios import SCENARIOS, played

THREE_YEARS = SCENARIOS / "three_years.yaml"
AIM = 0.5


def seconds(times: int) -> list[float]:
    """CPU seconds of each time it is played; the first compiles `journeys/` and reads the template."""
    return [_second() for _ in range(times)]


def _second() -> float:
    before = process_time()
    found = played(THREE_YEARS)
    assert not found.problems, found.problems
    return process_time() - before


def scenario() -> Section:
    ran = subprocess.run([sys.executable, "-m", __name__], capture_output=True, check=True, text=True)
    first, *others = json.loads(ran.stdout)
    rows = [
        Row("the first in a process", (first,), AIM, "journeys/ compiled and template.yaml read besides"),
        Row("each after it", (sorted(others)[len(others) // 2],), AIM),
    ]
    how = f"CPU time of {THREE_YEARS.name}, as `aftercart test` plays it, without Python's start and imports"
    return Section("A scenario of three years, seconds", how, ("seconds",), rows)


if __name__ == "__main__":
    print(json.dumps(seconds(6)))
