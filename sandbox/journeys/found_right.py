"""Parts of a folder in which no mistake was found: as long as they stay as they are, they are not read again.

A part is a journey's folder, that of the answers, or that of the page's words. What is kept of it is only
ever "nothing is wrong with it, and this is how much it holds"; a mistake is always found anew. It counts as
long as all it hangs on is the same: its own files, those that all parts share, and the code that judges; that
of a campaign, until its day is over. What journeys have with one another, the names of their templates, is
compared each time. Nothing here loads what reads journeys: that alone takes longer than all the rest.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import astuple, dataclass, field
from datetime import date
from pathlib import Path

from sandbox.journeys import memory
from sandbox.journeys.memory import hashed

ROOT = Path(__file__).parents[2]
KEPT = ROOT / ".build" / "found_right"
PAGE = "page"  # the words of the customer's page


@dataclass(frozen=True, slots=True)
class Prints:
    """Hashes of a folder as it is: of what all its parts hang on, and of each part's own files."""

    shared: str
    parts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Part:
    """What a part without a mistake holds. `templates`: name, language and a hash of each approved body.

    `until`: the last day on which it is right, ISO 8601; "": it does not hang on the day.
    """

    journeys: int = 0
    texts: int = 0
    templates: tuple[str, ...] = ()
    until: str = ""


@dataclass(frozen=True, slots=True)
class Right:
    """The parts, by name, in which nothing is wrong in this house, as `House.print` tells it, and this tone.

    No language: what the parts share is wrong itself, or has to be read again.
    """

    languages: tuple[str, ...] = ()
    house: str = ""
    tone: str = ""
    parts: Mapping[str, Part] = field(default_factory=dict)


NOTHING = Right()


def prints(folder: Path) -> Prints:
    """Raises OSError."""
    shared = (
        _file(entry) for entry in _entries(folder) if not _is(entry.is_dir) and entry.name[0] not in "._"
    )
    parts = {path.name: hashed(*map(_file, _entries(path))) for path in folders(folder)}
    return Prints(hashed(*shared), {PAGE: "", **parts})


def folders(source: Path) -> list[Path]:
    """What begins with . or _ is no journey's."""
    return [Path(each) for each in _entries(source) if _is(each.is_dir) and each.name[0] not in "._"]


def recalled(folder: Path, now: Prints, today: date, kept: Path = KEPT) -> Right:
    """Of the parts that were found right those that are as they were then, and not over."""
    found = memory.recalled(_place(folder, kept))
    if found is None:
        return NOTHING
    parts = {
        name: Part(journeys, texts, tuple(templates), until)
        for name, (was, journeys, texts, templates, until) in found["parts"].items()
        if now.parts.get(name) == was and not (until and until < today.isoformat())
    }
    languages = tuple(found["languages"]) if found["shared"] == now.shared else ()
    return Right(languages, found["house"], found["tone"], parts)


def keep(folder: Path, now: Prints, right: Right, kept: Path = KEPT) -> None:
    parts = {name: (now.parts[name], *astuple(part)) for name, part in right.parts.items()}
    said = {"shared": now.shared, "house": right.house, "tone": right.tone, "languages": right.languages}
    memory.keep(_place(folder, kept), {**said, "parts": parts})


def agree(parts: Iterable[Part]) -> bool:
    """A provider knows one text by a name and language."""
    bodies = {each for part in parts for each in part.templates}
    return len({each.rpartition(" ")[0] for each in bodies}) == len(bodies)


def _place(folder: Path, kept: Path) -> Path:
    return kept / f"{hashed(str(folder.resolve()))}.json"


def _entries(folder: Path) -> "list[os.DirEntry[str]]":
    with os.scandir(folder) as found:
        return sorted(found, key=lambda entry: entry.name)


def _file(entry: "os.DirEntry[str]") -> str:
    """What is no file counts as well: in a file's place it is a mistake."""
    if _is(entry.is_file):
        content = hashlib.sha256(Path(entry).read_bytes()).hexdigest()
    else:
        content = "a folder" if _is(entry.is_dir) else "neither"
    return f"{entry.name}\0{content}"


def _is(asked: Callable[[], bool]) -> bool:
    """What links to itself is nothing."""
    try:
        return asked()
    except OSError:
        return False
