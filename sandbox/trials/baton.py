"""Several invocations and one baton: who holds it runs, and gives it back before each call it makes.

Each runner is a thread, and exactly one thread of all ever runs: what they do is as repeatable as without
threads, and depends on nothing but who is let on when. Whoever lets them on (`step`) decides that.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.cloud.faults import Crashed


class GivenUp(BaseException):
    """The trial is over and its runner with it. Not an Exception: no `except` of ours may outlive it."""


def _closed() -> threading.Lock:
    lock = threading.Lock()
    lock.acquire()
    return lock


@dataclass(slots=True, eq=False)
class Runner:
    """One invocation on its way. `at`: the call that it is about to make; `fault`: how it ended badly."""

    name: str
    work: Callable[[], object]
    at: str = "begins"
    done: bool = False
    result: object = None
    fault: BaseException | None = None
    given_up: bool = False
    _go: threading.Lock = field(default_factory=_closed)

    def let_go(self) -> None:
        self._go.release()

    def wait(self) -> None:
        """Raises GivenUp."""
        self._go.acquire()
        if self.given_up:
            raise GivenUp


class Baton:
    """Goes from `step` to a runner and back. `holder`: who runs now; None: nobody takes turns."""

    def __init__(self) -> None:
        self.holder: Runner | None = None
        self._home = _closed()
        self._runners: list[Runner] = []

    def begin(self, name: str, work: Callable[[], object]) -> Runner:
        """Somebody who will run when let on."""
        runner = Runner(name, work)
        self._runners.append(runner)
        threading.Thread(target=self._run, args=(runner,), daemon=True, name=name).start()
        return runner

    def step(self, runner: Runner) -> None:
        """Lets a runner on to its next call, or to its end."""
        self.holder = runner
        runner.let_go()
        self._home.acquire()
        self.holder = None
        if runner.done:
            self._runners.remove(runner)

    def pause(self, call: str) -> None:
        """Before each call, in the runner's own thread: the others may go on first."""
        runner = self.holder
        if runner is None:
            return
        runner.at = call
        self._home.release()
        runner.wait()

    def close(self) -> None:
        """Whoever is still on the way is given up."""
        for runner in list(self._runners):
            runner.given_up = True
            self.step(runner)

    def _run(self, runner: Runner) -> None:
        try:
            runner.wait()
            runner.result = runner.work()
        except (Crashed, Exception) as fault:
            runner.fault = fault
        except GivenUp:
            pass
        runner.done = True
        self._home.release()
