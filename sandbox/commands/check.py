"""`aftercart check`: everything that is wrong with `journeys/`, at once and with its place."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox.commands.terminal import Ink, UserError
from sandbox.journeys.compile import JourneysWrong, compile_journeys
from sandbox.journeys.marks import Problem

Json = dict[str, Any]


def checked(journeys: Path) -> Json:
    """`mistakes`: file, line and column from 1, what is wrong, and all of it as shown. Raises UserError."""
    if not journeys.is_dir():
        raise UserError(f"there is no folder {journeys}")
    try:
        compiled = compile_journeys(journeys)
    except JourneysWrong as wrong:
        return {"mistakes": [_as_json(each) for each in wrong.problems]}
    texts = sum(len(by_text) for by_text in compiled.texts.values())
    known = {"journeys": len(compiled.journeys), "texts": texts, "languages": list(compiled.brand.languages)}
    return {"mistakes": [], **known}


def _as_json(problem: Problem) -> Json:
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
