"""One execution of a state machine, on virtual time.

Written after the Amazon States Language specification (https://states-language.net/spec.html).
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from sandbox.cloud.engine import Due, Engine
from sandbox.states import choice as asl_choice
from sandbox.states.asl import INVOKE_AND_WAIT, Machine
from sandbox.states.paths import PathMissing, fill, read, write
from sandbox.states.task import Event, Invoke, TaskFailed, Wait, matches, pause, timeout, until

LARGEST_DATA = 262_144
# "Will always cause the execution to fail": neither retried nor caught.
# https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
TERMINAL = ("States.Runtime", "States.DataLimitExceeded")

Ahead = tuple[str, Any] | None
"""The state to enter next with its input; None: nothing to do now."""


class Tokens(Protocol):
    """Who gives out task tokens and takes them back."""

    def issue(self, execution: "Execution") -> str: ...

    def close(self, token: str) -> None: ...


@dataclass(slots=True, eq=False)
class Execution:
    """Runs from `begin` to one of SUCCEEDED, FAILED, TIMED_OUT and ABORTED."""

    engine: Engine
    invoke: Invoke
    tokens: Tokens
    arn: str
    name: str
    machine_arn: str
    machine: Machine
    input_text: str
    started: datetime
    status: str = "RUNNING"
    stopped: datetime | None = None
    output: Any = None
    error: str = ""
    cause: str = ""
    state: str = ""
    history: list[Event] = field(default_factory=list)
    _data: Any = None
    _entered: datetime | None = None
    _retried: Counter[int] = field(default_factory=Counter)
    _wait: Wait | None = None
    _limit: Due | None = None

    def entered(self) -> list[str]:
        """The states entered so far, in order: what AWS bills, and what tests compare."""
        return [event.state for event in self.history if event.type.endswith("StateEntered")]

    def wakes(self) -> datetime | None:
        """When it goes on by itself, if nobody wakes it before."""
        return self._wait.timer.at if self._wait and self._wait.timer else None

    def begin(self) -> None:
        """Enters the first state, unless it was stopped before."""
        if self.status != "RUNNING":
            return
        self._note("ExecutionStarted")
        if self.machine.timeout_seconds:
            limit = timedelta(seconds=self.machine.timeout_seconds)
            self._limit = self.engine.after(limit, lambda: self._end("TIMED_OUT", "ExecutionTimedOut"))
        self._run((self.machine.start_at, json.loads(self.input_text)))

    def succeed(self, wait: Wait, output: Any) -> None:
        """A token came back with the task's result."""
        self._resume(wait, lambda: self._task_done(output))

    def fail(self, wait: Wait, error: str, cause: str) -> None:
        """A token came back with an error."""
        self._resume(wait, lambda: self._failed(error, cause, "TaskFailed"))

    def abort(self, error: str, cause: str) -> None:
        """StopExecution."""
        self.error, self.cause = error, cause
        self._end("ABORTED", "ExecutionAborted")

    def waiting(self) -> Wait | None:
        """What it waits for now."""
        return self._wait

    def _resume(self, wait: Wait, go_on: Callable[[], Ahead]) -> None:
        # Not at once: whoever brings the token (perhaps the very handler that this task runs) ends first.
        wait.answered = True
        if wait.timer:
            wait.timer.cancel()
        self.engine.at(self.engine.now(), lambda: self._go_on(wait, go_on))

    def _go_on(self, wait: Wait, go_on: Callable[[], Ahead]) -> None:
        if self.status == "RUNNING" and self._wait is wait:
            self._unwait()
            self._run(self._guarded(go_on))

    def _run(self, ahead: Ahead) -> None:
        while ahead:
            self.state, self._data = ahead
            self._entered = self.engine.now()
            self._retried.clear()
            self._note(f"{self._spec()['Type']}StateEntered", self.state)
            ahead = self._guarded(self._do)

    def _guarded(self, step: Callable[[], Ahead]) -> Ahead:
        try:
            return step()
        except PathMissing as error:
            # "The JSONPath … could not be found in the input": States.Runtime at AWS, in Parameters too.
            return self._failed("States.Runtime", str(error))
        except TaskFailed as failure:
            return self._failed(failure.error, failure.cause)

    def _do(self) -> Ahead:
        kinds = {
            "Task": self._task,
            "Pass": self._pass,
            "Wait": self._pause,
            "Choice": self._choose,
            "Succeed": lambda: self._leave(self._input()),
            "Fail": self._give_up,
        }
        return kinds[self._spec()["Type"]]()

    def _spec(self) -> Mapping[str, Any]:
        return self.machine.states[self.state]

    def _input(self) -> Any:
        path = self._spec().get("InputPath", "$")
        return {} if path is None else read(path, self._data, self._context())

    def _context(self, token: str = "") -> dict[str, Any]:
        state = {
            "Name": self.state,
            "EnteredTime": _stamp(self._entered),
            "RetryCount": self._retried.total(),
        }
        start = {"Id": self.arn, "Name": self.name, "StartTime": _stamp(self.started)}
        context = {
            "Execution": {**start, "Input": json.loads(self.input_text)},
            "StateMachine": {"Id": self.machine_arn, "Name": self.machine_arn.rpartition(":")[2]},
            "State": state,
        }
        return context | ({"Task": {"Token": token}} if token else {})

    def _task(self) -> Ahead:
        spec, given = self._spec(), self._input()
        waits = spec["Resource"] == INVOKE_AND_WAIT
        wait = self._wait = Wait(self.tokens.issue(self) if waits else "")
        context = self._context(wait.token)
        parameters = fill(spec["Parameters"], given, context)
        if waits or "TimeoutSecondsPath" in spec:
            wait.timer = self.engine.after(timeout(spec, given, context), self._timed_out)
        self._note("TaskScheduled", self.state)
        return self._call(wait, parameters)

    def _call(self, wait: Wait, parameters: Mapping[str, Any]) -> Ahead:
        function = parameters["FunctionName"]
        if "Qualifier" in parameters:
            function = f"{function}:{parameters['Qualifier']}"
        self._note("TaskStarted", self.state)
        try:
            result = self.invoke(function, parameters.get("Payload", {}))
        except TaskFailed as failure:
            # A token that came back before its handler broke is stronger than the handler's end.
            if wait.answered or self._wait is not wait:
                return None
            return self._failed(failure.error, failure.cause, "TaskFailed")
        if self._wait is not wait:
            return None
        if wait.token:
            self._note("TaskSubmitted", self.state)
            return None
        return self._task_done({"ExecutedVersion": "$LATEST", "Payload": result, "StatusCode": 200})

    def _timed_out(self) -> None:
        self._run(self._guarded(lambda: self._failed("States.Timeout", "", "TaskTimedOut")))

    def _task_done(self, result: Any) -> Ahead:
        self._unwait()
        self._note("TaskSucceeded", self.state)
        return self._leave(self._placed(result))

    def _placed(self, result: Any) -> Any:
        spec = self._spec()
        if "ResultSelector" in spec:
            result = fill(spec["ResultSelector"], result, self._context())
        return self._with_result(spec.get("ResultPath", "$"), result)

    def _with_result(self, path: str | None, result: Any) -> Any:
        return self._data if path is None else write(path, self._data, result)

    def _pass(self) -> Ahead:
        spec, result = self._spec(), self._input()
        if "Parameters" in spec:
            result = fill(spec["Parameters"], result, self._context())
        return self._leave(self._with_result(spec.get("ResultPath", "$"), spec.get("Result", result)))

    def _pause(self) -> Ahead:
        wait, given = Wait(), self._input()
        due = until(self._spec(), given, self._context(), self.engine.now())
        wait.timer = self.engine.at(due, lambda: self._go_on(wait, lambda: self._leave(given)))
        self._wait = wait
        return None

    def _choose(self) -> Ahead:
        spec, given = self._spec(), self._input()
        for rule in spec["Choices"]:
            if asl_choice.holds(rule, given, self._context()):
                return self._leave(given, rule["Next"])
        if "Default" not in spec:
            raise TaskFailed("States.NoChoiceMatched", "no rule is met, and there is no Default")
        return self._leave(given, spec["Default"])

    def _give_up(self) -> Ahead:
        self.error, self.cause = self._said("Error"), self._said("Cause")
        return self._end("FAILED", "ExecutionFailed")

    def _said(self, field_: str) -> str:
        spec = self._spec()
        path = spec.get(f"{field_}Path")
        return str(read(path, self._data, self._context()) if path else spec.get(field_, ""))

    def _leave(self, output: Any, to: str | None = None) -> Ahead:
        path = self._spec().get("OutputPath", "$")
        output = {} if path is None else read(path, output, self._context())
        if len(json.dumps(output, ensure_ascii=False).encode()) > LARGEST_DATA:
            raise TaskFailed(
                "States.DataLimitExceeded", f"more than {LARGEST_DATA} bytes leave {self.state!r}"
            )
        self._note(f"{self._spec()['Type']}StateExited", self.state)
        to = to or self._spec().get("Next")
        if to:
            return to, output
        self.output = output
        return self._end("SUCCEEDED", "ExecutionSucceeded")

    def _failed(self, error: str, cause: str, event: str = "") -> Ahead:
        self._unwait()
        if event:
            self._note(event, self.state, error)
        if error not in TERMINAL:
            for n, retrier in enumerate(self._spec().get("Retry", [])):
                if matches(retrier["ErrorEquals"], error):
                    if self._retried[n] < retrier.get("MaxAttempts", 3):
                        return self._again(n, retrier)
                    break
            for catcher in self._spec().get("Catch", []):
                if matches(catcher["ErrorEquals"], error):
                    return self._caught(catcher, {"Error": error, "Cause": cause})
        self.error, self.cause = error, cause
        return self._end("FAILED", "ExecutionFailed")

    def _again(self, n: int, retrier: Mapping[str, Any]) -> Ahead:
        delay = pause(retrier, self._retried[n])
        self._retried[n] += 1
        wait = self._wait = Wait()
        wait.timer = self.engine.after(delay, lambda: self._go_on(wait, self._do))
        return None

    def _caught(self, catcher: Mapping[str, Any], error: Mapping[str, str]) -> tuple[str, Any]:
        output = self._with_result(catcher.get("ResultPath", "$"), error)
        self._note(f"{self._spec()['Type']}StateExited", self.state)
        return str(catcher["Next"]), output

    def _unwait(self) -> None:
        if self._wait and self._wait.timer:
            self._wait.timer.cancel()
        if self._wait and self._wait.token:
            self.tokens.close(self._wait.token)
        self._wait = None

    def _end(self, status: str, event: str) -> Ahead:
        self._unwait()
        if self._limit:
            self._limit.cancel()
        self.status, self.stopped = status, self.engine.now()
        self._note(event, error=self.error)
        return None

    def _note(self, type_: str, state: str = "", error: str = "") -> None:
        self.history.append(Event(self.engine.now(), type_, state, error))


def _stamp(time: datetime | None) -> str:
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z") if time else ""
