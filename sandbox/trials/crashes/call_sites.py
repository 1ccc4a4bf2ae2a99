"""Where in the flows a port is called: read off their source, and off the stack while they run."""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import FrameType

import aftercart.flows

FLOWS = Path(aftercart.flows.__path__[0])
PREFIX = str(FLOWS)
# A clock, a line of the log, a secret at hand are no calls; the last is one when its five minutes are over.
NO_CALLS = {"clock", "brand", "catalogue", "journeys", "secrets", "texts", "humans"}


@dataclass(frozen=True, slots=True, order=True)
class Site:
    """One call of a port in a flow's source."""

    file: str
    line: int
    last_line: int
    call: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.call}"


@cache
def all_sites() -> tuple[Site, ...]:
    """Every `world.<port>.<method>(…)` of the flows, and every `provider.send(…)`."""
    return tuple(sorted(site for path in sorted(FLOWS.glob("*.py")) for site in _sites(path)))


def _sites(path: Path) -> Iterator[Site]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            port = _port(node.func.value)
            if port and port not in NO_CALLS:
                yield Site(path.name, node.lineno, node.end_lineno or node.lineno, f"{port}.{node.func.attr}")


def _port(value: ast.expr) -> str:
    """`world.store` or `provider`: which port; '' where it is none."""
    if isinstance(value, ast.Name) and value.id == "provider":
        return "provider"
    if isinstance(value, ast.Attribute) and isinstance(value.value, ast.Name) and value.value.id == "world":
        return value.attr
    return ""


def reached() -> str:
    """The site on the stack now; '' where no flow is running, or its call is hidden in an adapter's own."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and not frame.f_code.co_filename.startswith(PREFIX):
        frame = frame.f_back
    if frame is None:
        return ""
    return _at(frame.f_code.co_filename, frame.f_lineno)


@cache
def _at(file: str, line: int) -> str:
    here = (s for s in all_sites() if s.file == Path(file).name and s.line <= line <= s.last_line)
    return str(next(here, ""))
