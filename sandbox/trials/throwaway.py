"""A throw-away copy of the tree, and processes in it that run its tests in forks of themselves.

A bug is planted in the copy alone. What the tests load of other people's modules is loaded once, before the
first fork; ours are read anew in each fork, so that whatever is planted is what runs.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`how`: every test passed, one failed, one could not run at all (an import, a name), or none ended."""

    how: Literal["passed", "failed", "broken", "endless"]
    by: str = ""  # the test that said so
    why: str = ""
    seconds: float = 0.0


def copy_tree(target: Path) -> None:
    """What git knows or would know of the working tree, as it stands now."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True).stdout.decode().split("\0")
    for name in filter(None, names):
        source = ROOT / name
        if source.is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target / name)


def environment(copy: Path) -> dict[str, str]:
    """The copy's modules shadow those of the editable installation."""
    paths = [str(copy / "shared"), str(copy / "functions"), str(copy)]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONHASHSEED": "0"}


class Worker:
    """A process in a copy of its own: one run of tests at a time."""

    def __init__(self, copy: Path) -> None:
        self._copy = copy
        self._process = subprocess.Popen(
            [sys.executable, "-m", "sandbox.trials.forked", str(ROOT)],
            cwd=copy,
            env=environment(copy),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, tests: Sequence[str], planted: Iterable[tuple[str, str]] = ()) -> Verdict:
        """The tests until one fails, with `planted` (a file's path from the root, its text) in place."""
        return Verdict(**self._ask({"tests": list(tests), "planted": list(planted)}))

    def text(self, file: str) -> str:
        """A file of the copy, which does not change while somebody works on the tree."""
        return (self._copy / file).read_text(encoding="utf-8")

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the process that runs the tests is gone")
        answer: dict[str, Any] = json.loads(line)
        return answer
