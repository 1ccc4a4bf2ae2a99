"""A throw-away copy of the tree, and processes in it that run its tests in forks of themselves.

A bug is planted in the copy alone. What the tests load of other people's modules is loaded once, before the
first fork; ours are read anew in each fork, so that whatever is planted is what runs.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, TypeVar

T = TypeVar("T")
AT_ONCE = 2
ROOT = Path(__file__).resolve().parents[3]


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


class Process:
    """A process in a copy of its own that answers lines of JSON with lines of JSON."""

    def __init__(self, copy: Path, module: str, *arguments: str) -> None:
        self._copy = copy
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, str(ROOT), *arguments],
            cwd=copy,
            env=environment(copy),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return self.answer()

    def answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            log = (self._copy / "trial.log").read_text(errors="replace")
            raise RuntimeError(f"the process that runs the tests is gone:\n{log[-2000:]}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def text(self, file: str) -> str:
        """A file of the copy, which does not change while somebody works on the tree."""
        return (self._copy / file).read_text(encoding="utf-8")

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


class Worker(Process):
    """Runs tests on its copy as it is, or with something planted."""

    def __init__(self, copy: Path) -> None:
        super().__init__(copy, "sandbox.trials.mutants.forked")

    def run(self, tests: Sequence[str], planted: Iterable[tuple[str, str]] = ()) -> Verdict:
        """The tests until one fails, with `planted` (a file's path from the root, its text) in place."""
        return Verdict(**self.ask({"tests": list(tests), "planted": list(planted)}))


class Swapper(Process):
    """Tries mutations of functions. `found` is what it says of the tests before the first."""

    def __init__(self, copy: Path, files: Sequence[str]) -> None:
        super().__init__(copy, "sandbox.trials.mutants.swapped", *files)

    def run(self, file: str, number: int, lines: tuple[int, int]) -> Verdict:
        return Verdict(**self.ask({"file": file, "number": number, "lines": list(lines)}))


P = TypeVar("P", bound=Process)


@contextmanager
def hands(make: Callable[[Path], P], count: int = AT_ONCE) -> Iterator[list[P]]:
    """Some processes, each in a copy of its own. Whoever ends us leaves no copy behind."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with ExitStack() as stack:
        made: list[P] = []
        for _ in range(count):
            copy = Path(stack.enter_context(TemporaryDirectory(prefix="aftercart-trial-")))
            copy_tree(copy)
            made.append(process := make(copy))
            stack.callback(process.close)
        yield made


def share_out(things: Sequence[T], workers: Sequence[P], work: Callable[[P, T], None]) -> None:
    """Each thing to the first worker that is free. What one of them raises is raised when all have ended."""
    waiting, faults = iter(things), list[BaseException]()
    lock = threading.Lock()

    def run(worker: P) -> None:
        try:
            while not faults:
                with lock:
                    thing = next(waiting, None)
                if thing is None:
                    return
                work(worker, thing)
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=run, args=(worker,)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
