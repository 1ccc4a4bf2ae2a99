"""Runs tests in forks, as lines of JSON ask for it: `python -m sandbox.trials.mutants.forked ORIGINAL`."""

import importlib
import json
import os
import resource
import signal
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

import pytest

CPU_SECONDS = 60  # of one run; what is planted may turn round for ever
WALL_SECONDS = 240
MEMORY = 6 * 2**30
# Failures that say nothing of a promise: the code could not even be run.
BROKEN = (ImportError, SyntaxError, NameError)
QUIET = (
    "-q",
    "-x",
    "-s",
    "-pno:cacheprovider",
    "-pno:xdist",
    "--hypothesis-seed=0",
    "-Wignore::pytest.PytestAssertRewriteWarning",
)
Answer = dict[str, Any]


class FirstFailure:
    """A plugin that notes the first test that fails, and how."""

    def __init__(self) -> None:
        self.answer: Answer = {"how": "passed"}

    def pytest_sessionstart(self) -> None:
        no_shrinking()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
        report: pytest.TestReport = yield
        if report.failed and call.excinfo is not None and self.answer["how"] == "passed":
            how = "broken" if isinstance(call.excinfo.value, BROKEN) else "failed"
            self.answer = {"how": how, "by": item.nodeid, "why": call.excinfo.exconly()[:300]}
        return report

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.answer = {"how": "broken", "by": report.nodeid, "why": report.longreprtext[-300:]}


def no_shrinking() -> None:
    """The same examples each time, and the first counterexample will do."""
    hypothesis = sys.modules.get("hypothesis")
    if hypothesis is not None:
        settings, phase = hypothesis.settings, hypothesis.Phase
        settings.register_profile(
            "planted", settings(), derandomize=True, database=None, phases=(phase.explicit, phase.generate)
        )
        settings.load_profile("planted")


def aside(original: str) -> TextIO:
    """Where to answer: what tests print goes to a file. From now on nothing is imported from the original."""
    answers = os.fdopen(os.dup(1), "w")
    log = os.open("trial.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(log, 1)
    os.dup2(log, 2)
    installed = {str(Path(original) / part) for part in ("", "functions", "shared")}
    sys.path[:] = [path for path in sys.path if path not in installed]
    return answers


def main(original: str) -> None:
    answers = aside(original)
    known: set[str] = set()
    for line in sys.stdin:
        question = json.loads(line)
        answer, modules = asked(question["tests"], [(Path(file), text) for file, text in question["planted"]])
        load(modules - known)
        known |= modules
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def asked(tests: Sequence[str], planted: Sequence[tuple[Path, str]]) -> tuple[Answer, set[str]]:
    """The answer, and the names of other people's modules that the run loaded."""
    before = {file: file.read_bytes() for file, _ in planted}
    for file, text in planted:
        _write(file, text.encode())
    try:
        began = time.monotonic()
        answer = in_fork(lambda: run(tests, remember=not planted))
        modules = set(answer.pop("modules", ()))
        return {**answer, "seconds": round(time.monotonic() - began, 2)}, modules
    finally:
        for file, content in before.items():
            _write(file, content)


def _write(file: Path, content: bytes) -> None:
    """A compiled file is trusted where time and size agree, and here both may."""
    file.write_bytes(content)
    for compiled in (file.parent / "__pycache__").glob(f"{file.stem}.*"):
        compiled.unlink()


def run(tests: Sequence[str], *, remember: bool) -> Answer:
    """In the fork: the tests until one fails. What is planted leaves no compiled file behind."""
    sys.dont_write_bytecode = not remember
    first = FirstFailure()
    code = pytest.main([*QUIET, *tests], plugins=[first])
    if first.answer["how"] == "passed" and code != pytest.ExitCode.OK:
        first.answer = {"how": "broken", "why": f"pytest ended with {code!r}"}
    modules = sorted(_others()) if remember else []
    return {**first.answer, "modules": modules}


def _others() -> list[str]:
    here = str(Path.cwd())
    files = {name: getattr(module, "__file__", None) for name, module in list(sys.modules.items())}
    return [name for name, file in files.items() if file and not file.startswith(here)]


def load(modules: set[str]) -> None:
    """Once for all forks to come. What cannot be loaded so is left to whoever wants it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in sorted(modules - set(sys.modules)):
            with suppress(Exception):
                importlib.import_module(name)


def in_fork(work: Callable[[], Answer], cpu_seconds: int = CPU_SECONDS) -> Answer:
    """What `work` answers in a child of this process; 'endless' where its time ran out."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        limit(cpu_seconds)
        try:
            answer = work()
        except BaseException as fault:
            answer = {"how": "broken", "why": repr(fault)[:300]}
        with os.fdopen(writing, "w") as pipe:
            pipe.write(json.dumps(answer))
        os._exit(0)
    os.close(writing)
    signal.signal(signal.SIGALRM, lambda *_: os.kill(child, signal.SIGKILL))
    signal.alarm(max(WALL_SECONDS, 2 * cpu_seconds))
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    signal.alarm(0)
    return json.loads(said) if said else {"how": "endless"}


def limit(cpu_seconds: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


if __name__ == "__main__":
    main(sys.argv[1])
