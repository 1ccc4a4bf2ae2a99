"""Lambda on virtual time: handlers are run, tried again and given up on as Lambda does."""

import json
import traceback
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sandbox.cloud.engine import Engine
from sandbox.cloud.faults import Crashed
from sandbox.cloud.lambda_environment import LOGS, Context, Handle, surroundings
from sandbox.cloud.refused import Refused
from sandbox.states.task import TaskFailed

# https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html: "waits one minute before
# the second attempt, and two minutes between the second and third".
PAUSES = (timedelta(minutes=1), timedelta(minutes=2))
LARGEST_ASYNC = 1_048_576
LARGEST_SYNC = 6_291_556


class HandlerFailed(Exception):
    """An invocation ended badly: Lambda's errorType and errorMessage."""

    def __init__(self, error: str, message: str) -> None:
        super().__init__(f"{error}: {message}")
        self.error = error
        self.message = message


@dataclass(slots=True)
class Function:
    """One function as the template has it. `on_failure` and `dead_letters` are ARNs of queues."""

    name: str
    arn: str
    handle: Handle
    aliases: frozenset[str] = frozenset()
    environment: Mapping[str, str] = field(default_factory=dict)
    memory: int = 128
    timeout: int = 3
    retries: int = 2
    longest_age: timedelta = timedelta(hours=6)
    on_failure: str | None = None
    dead_letters: str | None = None


@dataclass(slots=True, eq=False)
class Invocation:
    """One run of a handler. `calls` are the AWS and provider calls it made, in order."""

    id: str
    function: str
    at: datetime
    event: Any
    calls: list[str] = field(default_factory=list)
    error: str = ""
    crashed: bool = False


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """What nobody could do: where it came from, the queue it lies in (None: it is lost), and why."""

    at: datetime
    source: str
    queue: str | None
    body: str
    error: str


@dataclass(slots=True)
class Functions:
    """All functions of one account and region.

    `configure` is told the function's name before each run of its handler; `send` puts a dead letter into a
    queue, given its ARN.
    """

    engine: Engine
    send: Callable[[str, str, Mapping[str, str]], object]
    configure: Callable[[str], object] = lambda name: None
    dead: list[DeadLetter] = field(default_factory=list)
    invocations: deque[Invocation] = field(default_factory=lambda: deque(maxlen=10_000))
    running: list[Invocation] = field(default_factory=list)
    _functions: dict[str, Function] = field(default_factory=dict)

    def add(self, function: Function) -> None:
        """Makes a function known by its name and ARN."""
        self._functions[function.name] = function

    def find(self, arn: str) -> Function:
        """By name or ARN, with or without an alias. Raises Refused."""
        name, _, alias = arn.rpartition(":function:")[2].partition(":")
        function = self._functions.get(name)
        if function is None or alias not in {"", "$LATEST", *function.aliases}:
            raise Refused("ResourceNotFoundException", f"Function not found: {arn}", 404)
        return function

    def named(self) -> list[str]:
        """The names of all functions."""
        return sorted(self._functions)

    def call(self, arn: str, event: Any) -> Any:
        """Runs a handler and waits for its answer. Raises HandlerFailed, and Refused where there is none."""
        function = self.find(arn)
        text = _payload(event, LARGEST_SYNC)
        return self._run(function, self.engine.new_id("request"), text)

    def call_for_task(self, arn: str, payload: Any) -> Any:
        """The same for a state machine: its errors are those that Retry and Catch match."""
        try:
            return self.call(arn, payload)
        except HandlerFailed as failure:
            cause = json.dumps({"errorMessage": failure.message, "errorType": failure.error})
            raise TaskFailed(failure.error, cause) from None
        except Refused as refusal:
            raise TaskFailed(f"Lambda.{refusal.code}", refusal.message) from None

    def invoke_async(self, arn: str, event: Any) -> None:
        """Takes an event and returns; the handler runs when the engine comes to it, thrice if it must."""
        function = self.find(arn)
        text = _payload(event, LARGEST_ASYNC)
        accepted, request = self.engine.now(), self.engine.new_id("request")
        self.engine.at(accepted, lambda: self._attempt(function, request, text, accepted, tried=1))

    def dead_letter(self, source: str, queue: str | None, body: str, attributes: Mapping[str, str]) -> None:
        """Keeps what could not be done, in its queue if it has one."""
        error = attributes.get("ERROR_MESSAGE") or attributes.get("ErrorMessage", "")
        self.dead.append(DeadLetter(self.engine.now(), source, queue, body, error))
        if queue:
            self.send(queue, body, attributes)

    def dead_letter_deleted(self, queue: str, body: str) -> None:
        """Somebody took it out of its queue for good."""
        self.dead = [each for each in self.dead if (each.queue, each.body) != (queue, body)]

    def _attempt(self, function: Function, request: str, text: str, accepted: datetime, tried: int) -> None:
        try:
            self._run(function, request, text)
        except HandlerFailed as failure:
            pause = PAUSES[min(tried, len(PAUSES)) - 1]
            too_old = self.engine.now() + pause - accepted > function.longest_age
            if tried > function.retries or too_old:
                self._give_up(function, request, text, tried, failure)
            else:
                self.engine.after(pause, lambda: self._attempt(function, request, text, accepted, tried + 1))

    def _run(self, function: Function, request: str, text: str) -> Any:
        invocation = Invocation(request, function.name, self.engine.now(), json.loads(text))
        self.invocations.append(invocation)
        self.running.append(invocation)
        try:
            return self._handle(function, invocation)
        except HandlerFailed as failure:
            invocation.error = str(failure)
            raise
        finally:
            self.running.pop()

    def _handle(self, function: Function, invocation: Invocation) -> Any:
        context = Context(
            aws_request_id=invocation.id,
            function_name=function.name,
            invoked_function_arn=f"{function.arn}:live",
            memory_limit_in_mb=function.memory,
            timeout_ms=function.timeout * 1000,
        )
        try:
            with surroundings(function.environment):
                self.configure(function.name)
                return _answer(function.handle(invocation.event, context))
        except (Crashed, SystemExit):
            invocation.crashed = True
            raise HandlerFailed("Lambda.Unknown", f"RequestId: {invocation.id} the process died") from None
        except HandlerFailed:
            raise
        except Exception as error:
            LOGS.write(traceback.format_exc())
            raise HandlerFailed(type(error).__name__, str(error)) from error

    def _give_up(
        self, function: Function, request: str, text: str, tried: int, failure: HandlerFailed
    ) -> None:
        if function.on_failure:
            body = json.dumps(self._record(function, request, text, tried, failure))
        else:
            body = text
        attributes = {"RequestID": request, "ErrorCode": "200", "ErrorMessage": str(failure)}
        self.dead_letter(function.name, function.on_failure or function.dead_letters, body, attributes)

    def _record(
        self, function: Function, request: str, text: str, tried: int, failure: HandlerFailed
    ) -> dict[str, Any]:
        # https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
        condition = "RetriesExhausted" if tried > function.retries else "EventAgeExceeded"
        return {
            "version": "1.0",
            "timestamp": self.engine.now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "requestContext": {
                "requestId": request,
                "functionArn": f"{function.arn}:live",
                "condition": condition,
                "approximateInvokeCount": tried,
            },
            "requestPayload": json.loads(text),
            "responseContext": {
                "statusCode": 200,
                "executedVersion": "1",
                "functionError": "Unhandled",
            },
            "responsePayload": {"errorMessage": failure.message, "errorType": failure.error},
        }


def _payload(event: Any, most: int) -> str:
    text = json.dumps(event, ensure_ascii=False)
    if len(text.encode()) > most:
        raise Refused("RequestTooLargeException", f"the event has more than {most} bytes", 413)
    return text


def _answer(result: Any) -> Any:
    # As Lambda: what cannot be written as JSON is an error of the function, not of its caller.
    try:
        return json.loads(json.dumps(result))
    except (TypeError, ValueError) as error:
        raise HandlerFailed("Runtime.MarshalError", f"Unable to marshal response: {error}") from None
