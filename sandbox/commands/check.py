"""`aftercart check`: everything that is wrong with `journeys/`, at once and with its place."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.commands.terminal import Ink, UserError
from sandbox.journeys import found_right
from sandbox.journeys.found_right import KEPT, Right

if TYPE_CHECKING:
    from sandbox.journeys.compile import Compiled
    from sandbox.journeys.marks import Problem

Json = dict[str, Any]


def checked(journeys: Path, kept: Path = KEPT, today: date | None = None) -> Json:
    """`mistakes`: file, line and column from 1, what is wrong, and all of it as shown. Raises UserError.

    `kept`: where it is remembered which folders were found right.
    """
    today = today or datetime.now(UTC).date()
    if not journeys.is_dir():
        raise UserError(f"there is no folder {journeys}")
    try:
        key = found_right.key(journeys, today)
    except OSError:  # it is told as a mistake, with its place
        return _looked_at(journeys, today)
    right = found_right.recalled(key, kept)
    if right:
        return _as_found(right)
    found = _looked_at(journeys, today)
    if not found["mistakes"] and found_right.key(journeys, today) == key:  # nobody wrote meanwhile
        known = {name: value for name, value in found.items() if name != "mistakes"}
        found_right.keep(key, Right(**known), kept)
    return found


def _as_found(right: Right) -> Json:
    return {
        "mistakes": [],
        "journeys": right.journeys,
        "texts": right.texts,
        "languages": [*right.languages],
    }


def _looked_at(journeys: Path, today: date) -> Json:
    from sandbox.journeys.compile import JourneysWrong, compile_journeys  # noqa: PLC0415  (it loads Liquid)

    try:
        return _as_found(_right(compile_journeys(journeys, today)))
    except JourneysWrong as wrong:
        return {"mistakes": [_as_json(each) for each in wrong.problems]}


def _right(compiled: "Compiled") -> Right:
    texts = sum(len(by_text) for by_text in compiled.texts.values())
    return Right(len(compiled.journeys), texts, tuple(compiled.brand.languages))


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
