"""What a cold start costs: each handler's init against `boto3.client("dynamodb")` alone.

Both are imported from a prepared copy, as Lambda has them: pruned and compiled to unchecked-hash .pyc. A run
is a fresh process that ends, without Python's clean-up, when its handler is ready.
"""

import os
import re
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

from sandbox.bench.calls import NOON
from sandbox.bench.table import Row, Section
from sandbox.build import layer as build_layer
from sandbox.journeys.compile import compile_journeys
from sandbox.sandbox import Sandbox

ROOT = Path(__file__).resolve().parents[2]
FLOOR = "import boto3; boto3.client('dynamodb')"
FLOOR_NEEDS = ("boto3", "botocore", "s3transfer", "jmespath", "urllib3", "python-dateutil", "six")
AIM, SENDER, SENDER_AIM = 1.6, "send_message", 2.0
ROUNDS = 7
# Callgrind's count without its call graph, in 40 % of the time; the two differ by 0.3 %, as do two runs.
VALGRIND = ("valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null")
IREFS = re.compile(r"I +refs: +([\d,]+)")
RUNTIME = {"AWS_LAMBDA_FUNCTION_NAME": "bench", "PYTHONHASHSEED": "0", "PATH": os.defpath}
INITIALISES = "AWS_LAMBDA_INITIALIZATION_TYPE"  # with it a handler makes its world while it initialises


@dataclass(frozen=True, slots=True)
class Start:
    """One cold start: what runs, from where, with which environment."""

    code: str
    paths: tuple[Path, ...]
    environment: Mapping[str, str]

    def run(self, before: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
        """`before`: what watches the process."""
        environment = {**self.environment, **RUNTIME, "PYTHONPATH": os.pathsep.join(map(str, self.paths))}
        code = f"{self.code}\nimport os; os._exit(0)"
        command = [*before, sys.executable, "-S", "-P", "-B", "-c", code]
        return subprocess.run(
            command, env=environment, cwd=self.paths[0], check=True, capture_output=True, text=True
        )

    def instructions(self) -> float:
        counted = IREFS.search(self.run(VALGRIND).stderr)
        assert counted, "valgrind counted nothing"
        return float(counted[1].replace(",", ""))

    def seconds(self) -> float:
        """CPU time, the kernel's included."""
        before = getrusage(RUSAGE_CHILDREN)  # os.times counts hundredths: a quick start takes none
        self.run()
        after = getrusage(RUSAGE_CHILDREN)
        return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)


def prepare(folder: Path) -> dict[str, Path]:
    """The layer, the functions and the floor, each as it would lie on Lambda."""
    made = {name: folder / name for name in ("layer", "functions", "floor")}
    unwanted = shutil.ignore_patterns("__pycache__", ".*")
    wanted = (ROOT / "shared" / "requirements.txt").read_text(encoding="utf-8")
    _copy_installed(re.findall(r"^([\w.-]+)==", wanted, re.MULTILINE), made["layer"])
    shutil.copytree(ROOT / "shared" / "aftercart", made["layer"] / "aftercart", ignore=unwanted)
    build_layer.prune(made["layer"])
    compiled = made["layer"] / "aftercart" / "compiled"
    compiled.mkdir(exist_ok=True)
    compile_journeys().write(compiled)
    shutil.copytree(ROOT / "functions", made["functions"], ignore=unwanted)
    _copy_installed(FLOOR_NEEDS, made["floor"])
    for path in made.values():
        assert build_layer.compile_tree(path, str(path)), f"{path} does not compile"
    return made


def _copy_installed(distributions: Sequence[str], to: Path) -> None:
    for name in distributions:
        for file in metadata.files(name) or ():
            if ".." not in file.parts and file.suffix != ".pyc":
                (to / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(str(file.locate()), to / file)


def starts(made: Mapping[str, Path]) -> dict[str, Start]:
    """The floor, and each handler twice: as Lambda initialises it, and without its world."""
    ours = (made["layer"], made["functions"])
    found: dict[str, Start] = {}
    for folder, environment in _environments():
        code = f"import {folder}.handler"
        plain = {name: value for name, value in environment.items() if name != INITIALISES}
        found.setdefault("floor", Start(FLOOR, (made["floor"],), plain))
        found[folder] = Start(code, ours, plain | {INITIALISES: "on-demand"})
        found[f"{folder} alone"] = Start(code, ours, plain)
    return found


def _environments() -> Iterator[tuple[str, dict[str, str]]]:
    """Each function's own variables, from the template, with those of Lambda and an account's fake keys."""
    with Sandbox(NOON, memory=True).open() as sandbox:
        for path in sorted(ROOT.glob("functions/*/handler.py")):
            ending = path.parent.name.replace("_", "-")
            name = next(name for name in sandbox.functions.named() if name.endswith(ending))
            yield path.parent.name, dict(sandbox.functions.find(name).environment)


def init(made: Mapping[str, Path]) -> Section:
    """By instructions where valgrind is installed, else by CPU time."""
    planned = starts(made)
    python = f"python{sys.version_info.major}.{sys.version_info.minor}"
    if shutil.which("valgrind"):
        ratios, floor = _by_instructions(planned)
        how = f"valgrind: instructions of a fresh {python}; the floor has {floor / 1e6:,.0f} million"
    else:
        ratios, floor = _by_seconds(planned)
        how = (
            f"CPU time of a fresh {python}, medians of {ROUNDS} interleaved rounds (no valgrind here); "
            f"the floor takes {floor * 1000:.0f} ms"
        )
    handlers = [name for name in planned if f"{name} alone" in planned]
    rows = [
        Row(name, (ratios[name], ratios[f"{name} alone"]), SENDER_AIM if name == SENDER else AIM)
        for name in handlers
    ]
    title = 'Init of each handler, as a multiple of `import boto3; boto3.client("dynamodb")` alone'
    return Section(title, how, ("init", "import alone"), rows)


def _by_instructions(planned: Mapping[str, Start]) -> tuple[dict[str, float], float]:
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        counts = dict(zip(planned, pool.map(Start.instructions, planned.values()), strict=True))
    return {name: count / counts["floor"] for name, count in counts.items()}, counts["floor"]


def _by_seconds(planned: Mapping[str, Start]) -> tuple[dict[str, float], float]:
    rounds = [{name: start.seconds() for name, start in planned.items()} for _ in range(ROUNDS)]
    ratios = {name: statistics.median(each[name] / each["floor"] for each in rounds) for name in planned}
    return ratios, statistics.median(each["floor"] for each in rounds)
