"""`python -m sandbox.trials.mutants.swapped ORIGINAL FILE …`, in a copy: tries mutations, each in a fork.

Tests are collected once. In each fork the code of a module's functions is swapped for the mutated one, in
place: nothing need be read again. Those tests run that pass through the changed lines, the quick ones first.
Asked `{}`, it watches where each test passes, and says so; told what another has found, it believes it. After
that it answers mutations, a line of JSON each.
"""

import ast
import gc
import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, TextIO

import pytest

from sandbox.trials.mutants.forked import QUIET, Answer, FirstFailure, aside, in_fork, no_shrinking
from sandbox.trials.mutants.mutations import mutated
from sandbox.trials.mutants.passed_lines import Passing

TESTS = ("tests/aftercart/domain", "tests/aftercart/flows")
SLOWEST = 3.0  # seconds: a test that takes longer is left to `make check`


class Trials:
    """The plugin that runs, in place of all tests, those that a mutation concerns."""

    def __init__(self, files: Sequence[str], answers: TextIO) -> None:
        self._files = {str(Path(file).resolve()): file for file in files}
        self._answers = answers
        self._passing: dict[tuple[str, int], list[int]] = {}
        self._seconds: list[float] = []
        self.reading = Passing(self._files)

    def pytest_sessionstart(self) -> None:
        no_shrinking()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        sys.settrace(None)
        self._say(self._found(session.items, json.loads(sys.stdin.readline())))
        gc.freeze()
        for line in sys.stdin:
            asked = json.loads(line)
            self._say(self._tried(session.items, asked["file"], asked["number"], asked["lines"]))
        return True

    def _say(self, answer: Answer) -> None:
        self._answers.write(json.dumps(answer) + "\n")
        self._answers.flush()

    def _found(self, items: Sequence[pytest.Item], known: Answer) -> Answer:
        """Where each test passes, how long it takes, and what runs before any test does."""
        found = known or in_fork(lambda: witnessed(items, self._files), cpu_seconds=1800)
        if found["how"] != "passed":
            return found
        self._seconds = found["took"]
        for file, line, tests in found["passing"]:
            quick = [test for test in tests if self._seconds[test] <= SLOWEST]
            self._passing[file, line] = sorted(quick, key=self._seconds.__getitem__)
        early = [(self._files[file], function) for file, function in self.reading.functions]
        by_file = {
            file: [items[test].nodeid for test in self._through(file)] for file in self._files.values()
        }
        return {**found, "tests": len(items), "early": early, "by_file": by_file}

    def _through(self, file: str, lines: range | None = None) -> list[int]:
        found = {
            test
            for (other, line), tests in self._passing.items()
            if other == file and (lines is None or line in lines)
            for test in tests
        }
        return sorted(found, key=lambda test: (self._seconds[test], test))

    def _tried(self, items: Sequence[pytest.Item], file: str, number: int, lines: Sequence[int]) -> Answer:
        concerned = self._through(file, range(lines[0], lines[1] + 1))
        if not concerned:
            return {"how": "passed", "why": "no test passes there", "seconds": 0}
        began = time.monotonic()
        enough = int(5 + 4 * sum(self._seconds[test] for test in concerned))

        def work() -> Answer:
            swap(file, mutated(Path(file).read_text(encoding="utf-8"), number))
            return until_failure([items[test] for test in concerned])

        answer = in_fork(work, cpu_seconds=enough)
        return {**answer, "seconds": round(time.monotonic() - began, 2)}


def witnessed(items: Sequence[pytest.Item], files: dict[str, str]) -> Answer:
    """In a fork: each test once, watched."""
    passing: dict[tuple[str, int], list[int]] = {}
    took = []
    for number, item in enumerate(items):
        watch, began = Passing(files), time.process_time()
        with watch.watching():
            answer = until_failure([item])
        if answer["how"] != "passed":
            return answer
        took.append(time.process_time() - began)
        for file, lines in watch.lines.items():
            for line in lines:
                passing.setdefault((files[file], line), []).append(number)
    return {
        "how": "passed",
        "took": took,
        "passing": [(file, line, tests) for (file, line), tests in passing.items()],
    }


def until_failure(items: Sequence[pytest.Item]) -> Answer:
    first = FirstFailure()
    plugins = items[0].config.pluginmanager
    plugins.register(first, "the first failure")
    try:
        for item, following in zip(items, (*items[1:], None), strict=True):
            item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
            if first.answer["how"] != "passed":
                break
    finally:
        plugins.unregister(first)
    return first.answer


def swap(file: str, tree: ast.Module) -> None:
    """Every function of the loaded module runs the mutated code from now on, whoever holds it."""
    module = sys.modules[Path(file).with_suffix("").as_posix().removeprefix("shared/").replace("/", ".")]
    codes = {code.co_qualname: code for code in _codes(compile(tree, file, "exec"))}
    for function in _functions(vars(module), module.__name__):
        function.__code__ = codes[function.__qualname__]


def _codes(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes(constant)


def _functions(names: Any, module: str) -> Iterator[FunctionType]:
    """The module's own, also methods, properties and what a cache wraps; none that a decorator generated."""
    for value in list(names.values()):
        if isinstance(value, type) and value.__module__ == module:
            yield from _functions(vars(value), module)
        for held in (value, getattr(value, "fget", None), getattr(value, "__wrapped__", None)):
            if isinstance(held, FunctionType) and held.__module__ == module and not _generated(held):
                yield held


def _generated(function: FunctionType) -> bool:
    return not function.__code__.co_filename.endswith(".py")


def main(original: str, files: Sequence[str]) -> None:
    trials = Trials(files, aside(original))
    sys.settrace(trials.reading._called)
    pytest.main([*QUIET, *TESTS], plugins=[trials])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
