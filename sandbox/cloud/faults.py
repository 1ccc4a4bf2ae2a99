"""Faults on purpose: the nth such call fails in one of the ways in which calls fail."""

from collections.abc import Iterator
from dataclasses import dataclass, field

CRASH_BEFORE = "crash before"
CRASH_AFTER = "crash after"
THROTTLED = "throttled"
LOST = "timed out and lost"
APPLIED = "timed out though applied"
TWICE = "applied and retried by the SDK"
TRANSACTION_CONFLICT = "cancelled by TransactionConflict"
MODES = (CRASH_BEFORE, CRASH_AFTER, THROTTLED, LOST, APPLIED, TWICE, TRANSACTION_CONFLICT)
ANY = "*"  # in place of a call's name: whichever it is
WRITES = ("dynamodb.TransactWriteItems", "dynamodb.PutItem", "dynamodb.UpdateItem", "dynamodb.DeleteItem")


class Crashed(BaseException):
    """The process died here. Not an Exception: no handler's own `except` may outlive its death."""


@dataclass(slots=True)
class Fault:
    """One fault in waiting: `left` calls from now."""

    call: str
    left: int
    mode: str


@dataclass(slots=True)
class Faults:
    """What is going to fail. AWS calls are named `dynamodb.TransactWriteItems`, by boto3's client names."""

    _waiting: list[Fault] = field(default_factory=list)

    def plan(self, call: str, nth: int, mode: str) -> None:
        """The nth such call from now on (1: the next) fails so. Raises ValueError at what cannot be.

        With ANY the nth call of any name: the caller knows whether it can fail in that mode.
        """
        if mode not in MODES:
            raise ValueError(f"mode {mode!r} is none of: {', '.join(MODES)}")
        if mode == TRANSACTION_CONFLICT and call not in (ANY, *WRITES):
            raise ValueError(f"only a write is {mode}: {', '.join(WRITES)}")
        if nth < 1:
            raise ValueError(f"nth counts from 1, not {nth}")
        self._waiting.append(Fault(call, nth, mode))

    def take(self, call: str) -> str | None:
        """A call is made: the mode in which it fails, or None."""
        meant = [fault for fault in self._waiting if fault.call in (call, ANY)]
        for fault in meant:
            fault.left -= 1
        due = next((fault for fault in meant if fault.left <= 0), None)
        if due is None:
            return None
        self._waiting.remove(due)
        return due.mode

    def clear(self) -> None:
        """Nothing fails any more on purpose."""
        self._waiting.clear()

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._waiting)
