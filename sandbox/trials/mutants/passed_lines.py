"""Which lines of which files each test passes through, and which functions run while the tests are read."""

import sys
import threading
from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


class Passing:
    """Notes the lines of some files while it watches. Several threads may run."""

    def __init__(self, files: Collection[str]) -> None:
        self._files = frozenset(files)
        self.lines: dict[str, set[int]] = defaultdict(set)
        self.functions: set[tuple[str, str]] = set()

    @contextmanager
    def watching(self) -> Iterator[None]:
        before = sys.gettrace()
        threading.settrace(self._called)
        sys.settrace(self._called)
        try:
            yield
        finally:
            sys.settrace(before)
            threading.settrace(None)

    def _called(self, frame: FrameType, event: str, argument: Any) -> Any:
        code = frame.f_code
        if code.co_filename not in self._files:
            return None
        self.functions.add((code.co_filename, code.co_qualname.split(".<")[0]))
        self.lines[code.co_filename].add(frame.f_lineno)
        return self._passed

    def _passed(self, frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line":
            self.lines[frame.f_code.co_filename].add(frame.f_lineno)
        return self._passed
