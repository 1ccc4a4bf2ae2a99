"""One thread that owns the sandbox; everyone else hands in a job and waits for its result."""

import queue
import sys
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from sandbox.sandbox import Sandbox

Result = TypeVar("Result")
PATIENCE = 10  # seconds for the job in hand when the desk closes


class Desk:
    """Opens a sandbox in a thread of its own, and does there what is asked, one thing after another.

    moto, the clock and the handlers' environment belong to a whole process and bear one thread only.
    """

    def __init__(self, make: Callable[[], Sandbox]) -> None:
        self._make = make
        self._jobs: queue.SimpleQueue[tuple[Future[Any], Callable[[Sandbox], Any]] | None] = (
            queue.SimpleQueue()
        )
        self._opened: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, name="sandbox", daemon=True)
        self._trouble = ""

    def __enter__(self) -> "Desk":
        self._thread.start()
        self._opened.result()
        return self

    def __exit__(self, *_: object) -> None:
        self._jobs.put(None)
        self._thread.join(PATIENCE)

    def ask(self, job: Callable[[Sandbox], Result]) -> Result:
        """The job's result, or what it raised. What follows from it settles before the next job."""
        future: Future[Result] = Future()
        self._jobs.put((future, job))
        return future.result()

    def trouble(self) -> str:
        """What broke while things settled after an answer had gone; told once."""
        trouble, self._trouble = self._trouble, ""
        return trouble

    def _run(self) -> None:
        try:
            sandbox = self._make().open()
        except BaseException as error:  # whoever opened the desk is told
            self._opened.set_exception(error)
            return
        with sandbox:
            self._opened.set_result(None)
            while given := self._jobs.get():
                self._do(sandbox, *given)

    def _do(self, sandbox: Sandbox, future: Future[Any], job: Callable[[Sandbox], Any]) -> None:
        try:
            future.set_result(job(sandbox))
        except BaseException as error:  # whoever asked is told
            future.set_exception(error)
        try:
            sandbox.settle()
        except Exception as error:  # the next who asks is told
            traceback.print_exc(file=sys.stderr)
            self._trouble = f"while things settled: {type(error).__name__}: {error}"
