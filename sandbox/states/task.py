"""What an execution asks of the world: a function to run, a token to wait for; and how a task ends badly."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sandbox.cloud.engine import Due
from sandbox.states.choice import is_timestamp
from sandbox.states.paths import read


class TaskFailed(Exception):
    """An error's name, which Retry and Catch match, and a cause for people."""

    def __init__(self, error: str, cause: str = "") -> None:
        super().__init__(error)
        self.error = error
        self.cause = cause


class Invoke(Protocol):
    """Runs the Lambda function of this ARN and gives its result. Raises TaskFailed."""

    def __call__(self, function: str, payload: Any, /) -> Any: ...


@dataclass(slots=True, eq=False)
class Wait:
    """What an execution waits for: a token, an hour, or the next try. `answered`: its token came back."""

    token: str = ""
    timer: Due | None = None
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """One line of an execution's history, named as AWS names it."""

    at: datetime
    type: str
    state: str = ""
    error: str = ""


def matches(names: list[str], error: str) -> bool:
    """Whether ErrorEquals covers an error."""
    # Spec, appendix A: States.TaskFailed is "a wildcard … any Error except for States.Timeout".
    named = error in names or "States.ALL" in names
    return named or ("States.TaskFailed" in names and error != "States.Timeout")


def pause(retrier: Mapping[str, Any], tried: int) -> timedelta:
    """How long a retrier waits before its next try."""
    seconds = retrier.get("IntervalSeconds", 1) * retrier.get("BackoffRate", 2) ** tried
    return timedelta(seconds=min(seconds, retrier.get("MaxDelaySeconds", seconds)))


def timeout(spec: Mapping[str, Any], given: Any, context: Any) -> timedelta:
    """How long a task may take. Raises TaskFailed, PathMissing."""
    path = spec.get("TimeoutSecondsPath")
    return _seconds(read(path, given, context) if path else spec["TimeoutSeconds"], 1)


def until(spec: Mapping[str, Any], given: Any, context: Any, now: datetime) -> datetime:
    """When a Wait state ends. Raises TaskFailed, PathMissing."""
    if "Seconds" in spec:
        return now + _seconds(spec["Seconds"], 0)
    if "SecondsPath" in spec:
        return now + _seconds(read(spec["SecondsPath"], given, context), 0)
    text = spec.get("Timestamp") or read(spec["TimestampPath"], given, context)
    if not is_timestamp(text):
        raise TaskFailed("States.Runtime", "the time to wait for is not a timestamp with a zone")
    return datetime.fromisoformat(text)


def _seconds(value: Any, least: int) -> timedelta:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise TaskFailed("States.Runtime", f"expected a whole number of seconds from {least}")
    return timedelta(seconds=value)
