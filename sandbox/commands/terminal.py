"""What the command line writes: colours where they are wanted, lines that fit, times where people live."""

import os
import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TextIO
from zoneinfo import ZoneInfo

NARROWEST, WIDEST = 60, 96
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


class UserError(Exception):
    """What the person at the command line can put right; exit code 1."""


@dataclass(frozen=True, slots=True)
class Ink:
    """Colours, or none: NO_COLOR (no-color.org), a dumb terminal, or output that is no terminal."""

    on: bool

    @classmethod
    def of(cls, stream: TextIO) -> "Ink":
        environ = os.environ
        if environ.get("NO_COLOR"):
            return cls(False)
        wanted = bool(environ.get("FORCE_COLOR")) or stream.isatty()
        return cls(wanted and environ.get("TERM") != "dumb")

    def bold(self, text: str) -> str:
        return self._painted("1", text)

    def dim(self, text: str) -> str:
        return self._painted("2", text)

    def green(self, text: str) -> str:
        return self._painted("32", text)

    def red(self, text: str) -> str:
        return self._painted("31", text)

    def yellow(self, text: str) -> str:
        return self._painted("33", text)

    def cyan(self, text: str) -> str:
        return self._painted("36", text)

    def _painted(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.on and text else text


def width() -> int:
    """Columns to fill."""
    return max(NARROWEST, min(WIDEST, shutil.get_terminal_size((WIDEST, 24)).columns))


def wrapped(text: str, indent: str, room: int) -> Iterator[str]:
    """A text's own lines, each folded into `room` columns."""
    for line in text.splitlines() or [""]:
        yield from (
            textwrap.wrap(
                line,
                room,
                initial_indent=indent,
                subsequent_indent=indent,
                break_on_hyphens=False,
                break_long_words=False,
            )
            or [indent.rstrip()]
        )


def columns(text: str) -> int:
    """How wide a terminal shows it: combining marks take no room, wide characters two."""
    wide = sum(unicodedata.east_asian_width(each) in "WF" for each in text)
    return len(text) + wide - sum(unicodedata.combining(each) > 0 for each in text)


def local(at: str, zone: str) -> datetime:
    """An ISO time where the customer lives."""
    return datetime.fromisoformat(at).astimezone(ZoneInfo(zone or "UTC"))


def day(at: datetime) -> str:
    return f"{DAYS[at.weekday()]} {at.day} {MONTHS[at.month - 1]} {at.year}"


def clock(at: datetime) -> str:
    return f"{at:%H:%M}"


def writable(path: Path) -> None:
    """Leaves everything as it is. UserError where a file cannot be written there."""
    target = path.resolve()  # of a link that leads nowhere yet, what it would lead to
    was_there = target.exists()
    try:
        target.open("ab").close()
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}") from None
    if not was_there:
        target.unlink(missing_ok=True)


def save(text: str, path: Path) -> None:
    """UserError where it cannot be written."""
    try:
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}") from None


def complain(message: str) -> None:
    """To stderr, with the name of the program."""
    print(f"aftercart: {message}", file=sys.stderr)
