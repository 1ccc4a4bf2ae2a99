"""`aftercart check`: everything that is wrong with `journeys/`, at once and with its place."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.commands.terminal import Ink, UserError
from sandbox.journeys import found_right
from sandbox.journeys.at_rest import collector_at_rest
from sandbox.journeys.found_right import KEPT, NOTHING, Right, agree

if TYPE_CHECKING:
    from sandbox.journeys.marks import Problem

Json = dict[str, Any]


def checked(journeys: Path, kept: Path = KEPT, today: date | None = None) -> Json:
    """`mistakes`: file, line and column from 1, what is wrong, and all of it as shown. Raises UserError.

    `kept`: where it is remembered which parts of folders were found right.
    """
    today = today or datetime.now(UTC).date()
    if not journeys.is_dir():
        raise UserError(f"there is no folder {journeys}")
    try:
        before = found_right.prints(journeys)
    except OSError:  # it is told as a mistake, with its place
        return _looked_at(journeys, today, kept, NOTHING)[1]
    known = found_right.recalled(journeys, before, today, kept)
    if known.languages and known.parts.keys() == before.parts.keys() and agree(known.parts.values()):
        return _as_found(known)
    right, found = _looked_at(journeys, today, kept, known)
    with suppress(OSError):
        if right.languages and found_right.prints(journeys) == before:  # nobody wrote meanwhile
            found_right.keep(journeys, before, right, kept)
    return found


def _looked_at(journeys: Path, today: date, kept: Path, known: Right) -> tuple[Right, Json]:
    with collector_at_rest():
        from sandbox.journeys.compile import look  # noqa: PLC0415  (it loads all that judges)
        from sandbox.journeys.reading import READINGS  # noqa: PLC0415

        READINGS.recall(kept / "readings.json")
        problems, right = look(journeys, today, known)
        READINGS.keep(kept / "readings.json")
    return right, {"mistakes": [_as_json(each) for each in problems]} if problems else _as_found(right)


def _as_found(right: Right) -> Json:
    return {
        "mistakes": [],
        "journeys": sum(part.journeys for part in right.parts.values()),
        "texts": sum(part.texts for part in right.parts.values()),
        "languages": [*right.languages],
    }


def _as_json(problem: "Problem") -> Json:
    place = {"file": problem.file, "line": problem.line, "column": problem.column}
    return {**place, "what": problem.what, "shown": str(problem)}


def written(found: Mapping[str, Any], ink: Ink) -> str:
    """As a compiler says it: each mistake with its line and a caret."""
    mistakes = found["mistakes"]
    if not mistakes:
        languages = ", ".join(found["languages"])
        said = f"{found['journeys']} journeys, {found['texts']} texts in {languages}: no mistakes."
        return ink.green(said)
    number = f"{len(mistakes)} mistake{'s' if len(mistakes) > 1 else ''}."
    return "\n".join([*(each["shown"] for each in mistakes), ink.red(number)])
