"""`send_with_fallback` as data: rungs, tokens, waits and retries, with every invocation beside the others.

The sandbox's own interpreter calls a function and waits for it; here a rung's invocation is one of those that
take turns, so a token may be completed, or its time be over, while it still runs. A test holds this ladder to
the state machine's file.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from aftercart.flows.rung import Task
from sandbox.cloud.refused import Refused

RUNGS = 5
RETRIES = 4
PAUSE, BACKOFF = timedelta(seconds=2), 3
NOT_DELIVERED = "NotDelivered"
RUNNING, SUCCEEDED, FAILED = "RUNNING", "SUCCEEDED", "FAILED"


@dataclass(slots=True)
class Execution:
    """`token`: of the try that is under way; empty between two tries."""

    name: str
    message: str
    run: int
    waits: tuple[int, ...]
    rung: int = 1
    tries: int = 0
    token: str = ""
    status: str = RUNNING


@dataclass(frozen=True, slots=True)
class TimeIsOver:
    """A rung has waited long enough."""

    token: str


@dataclass(frozen=True, slots=True)
class TryAgain:
    """A rung whose invocation failed."""

    execution: str


@dataclass(slots=True)
class Ladder:
    """`later` takes what is to happen, and after how long: a Task is a rung's invocation."""

    later: Callable[[timedelta, "Task | TimeIsOver | TryAgain"], object]
    executions: dict[str, Execution] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def copied(self, later: Callable[[timedelta, Any], object]) -> "Ladder":
        executions = {name: replace(each) for name, each in self.executions.items()}
        return Ladder(later, executions, dict(self.tokens))

    def start(self, given: Any) -> Any:
        """StartExecution."""
        name, asked = given["name"], json.loads(given["input"])
        if name in self.executions:
            raise Refused("ExecutionAlreadyExists", name)
        made = Execution(name, asked["message"], asked["run"], tuple(asked["waits"]))
        self.executions[name] = made
        self._try(made)
        return {}

    def succeed(self, given: Any) -> Any:
        """SendTaskSuccess."""
        execution = self._closing(given["taskToken"])
        execution.status = SUCCEEDED
        return {}

    def fail(self, given: Any) -> Any:
        """SendTaskFailure."""
        execution = self._closing(given["taskToken"])
        if given["error"] == NOT_DELIVERED:
            self._next(execution)
        else:
            self._try_later(execution)
        return {}

    def over(self, due: TimeIsOver) -> None:
        """The rung's wait has ended: the next one, where nothing came."""
        execution = self.executions[self.tokens[due.token]]
        if execution.token == due.token:
            execution.token = ""
            self._next(execution)

    def again(self, due: TryAgain) -> None:
        execution = self.executions[due.execution]
        if execution.status == RUNNING and not execution.token:
            self._try(execution)

    def invocation_failed(self, token: str) -> None:
        """The function answered with an error, where the token has not been completed before."""
        execution = self.executions.get(self.tokens.get(token, ""))
        if execution is not None and execution.token == token:
            execution.token = ""
            self._try_later(execution)

    def _closing(self, token: str) -> Execution:
        execution = self.executions.get(self.tokens.get(token, ""))
        if execution is None or execution.token != token:
            raise Refused("TaskTimedOut", "Provided task does not exist anymore")
        execution.token = ""
        return execution

    def _next(self, execution: Execution) -> None:
        if execution.rung == RUNGS:
            execution.status = FAILED
            return
        execution.rung += 1
        execution.tries = 0
        self._try(execution)

    def _try(self, execution: Execution) -> None:
        execution.tries += 1
        execution.token = f"{execution.name}.{execution.rung}.{execution.tries}"
        self.tokens[execution.token] = execution.name
        wait = execution.waits[execution.rung - 1]
        self.later(timedelta(seconds=wait), TimeIsOver(execution.token))
        task = Task(
            message=execution.message,
            run=execution.run,
            rung=execution.rung,
            wait=wait,
            token=execution.token,
        )
        self.later(timedelta(0), task)

    def _try_later(self, execution: Execution) -> None:
        if execution.tries > RETRIES:
            execution.status = FAILED
            return
        pause = PAUSE * BACKOFF ** (execution.tries - 1)
        self.later(pause, TryAgain(execution.name))
