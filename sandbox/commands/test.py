"""`aftercart test`: plays scenarios, and says which do not hold, where, and what was shown instead."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sandbox.commands.terminal import Ink, UserError
from sandbox.scenarios import Played, all_scenarios, played

Json = dict[str, Any]


def tested(paths: Sequence[Path]) -> Json:
    """Each scenario with its story and what was wrong. Raises UserError."""
    missing = [path for path in paths if not path.is_file()]
    if missing:
        raise UserError(f"there is no file {missing[0]}")
    found = [played(path) for path in paths or all_scenarios()]
    return {"scenarios": [_as_json(each) for each in found]}


def _as_json(one: Played) -> Json:
    return {"name": one.name, "story": one.story, "problems": [str(each) for each in one.problems]}


def written(found: Mapping[str, Any], ink: Ink) -> str:
    """One line each; what does not hold with its place."""
    lines: list[str] = []
    for each in found["scenarios"]:
        mark = ink.red("fails") if each["problems"] else ink.green("holds")
        lines.append(": ".join(filter(None, (f"{mark}  {each['name']}", each["story"]))))
        lines += each["problems"]
    return "\n".join(lines)
