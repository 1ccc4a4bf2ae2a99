"""What surrounds a handler on Lambda: its environment variables, its output, its context object."""

import importlib
import io
import os
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TextIO, cast

from aftercart.aws import telemetry

Handle = Callable[[dict[str, Any], object], Any]

# Of the machine's own environment only what Python and its libraries need; a developer's AWS_PROFILE, or a
# TABLE_NAME left in a shell, must not change what a handler sees.
KEPT = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "PYTHONPATH", "PYTHONHASHSEED", "VIRTUAL_ENV")


@dataclass(frozen=True, slots=True)
class Context:
    """Lambda's context object, as far as Python handlers and Powertools look at it."""

    aws_request_id: str
    function_name: str
    invoked_function_arn: str
    memory_limit_in_mb: int
    timeout_ms: int
    function_version: str = "1"
    log_stream_name: str = "sandbox"

    @property
    def log_group_name(self) -> str:
        return f"/aws/lambda/{self.function_name}"

    def get_remaining_time_in_millis(self) -> int:
        """All of it: virtual time stands still while a handler runs."""
        return self.timeout_ms


class Logs(io.TextIOBase):
    """Takes what handlers print, as CloudWatch would; keeps the last lines.

    `also`: where they go besides. `watch` is told of each line as it is written.
    """

    def __init__(self, most: int = 10_000) -> None:
        self.lines = deque[str](maxlen=most)
        self._begun = ""
        self.also: TextIO | None = None
        self.watch: Callable[[str], object] | None = None

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        *whole, self._begun = (self._begun + text).split("\n")
        self.lines.extend(line for line in whole if line)
        if self.watch:
            for line in whole:
                self.watch(line)
        if self.also:
            self.also.write(text)
        return len(text)


# One for all worlds of a process. The logger keeps for good the output that it found when it was made, and
# whoever made it may have had another.
LOGS = Logs()
cast(Any, telemetry.log.registered_handler).setStream(LOGS)


@cache
def _of_the_machine() -> dict[str, str]:
    return {name: os.environ[name] for name in KEPT if name in os.environ}


@contextmanager
def surroundings(variables: Mapping[str, str]) -> Iterator[None]:
    """Inside, `os.environ` is a function's own and what is printed goes to its logs."""
    # Another mapping in its place: to empty and refill the process's own is a fifth of a handler's run.
    outside = os.environ
    inside: Any = _of_the_machine() | dict(variables)
    os.environ = inside  # noqa: B003
    try:
        with redirect_stdout(LOGS):
            yield
    finally:
        os.environ = outside  # noqa: B003


def handler(name: str, code: Path) -> Handle:
    """The function that a template's `Handler` names, in the folder of its code; imported when first run.

    So a broken import is the failure of one function's invocations, as on Lambda.
    """
    loaded: list[Handle] = []

    def handle(event: dict[str, Any], context: object) -> Any:
        if not loaded:
            loaded.append(_imported(name, code))
        return loaded[0](event, context)

    return handle


def _imported(name: str, code: Path) -> Handle:
    if str(code) not in sys.path:
        sys.path.insert(0, str(code))
    module, _, function = name.rpartition(".")
    found: Handle = getattr(importlib.import_module(module), function)
    return found
