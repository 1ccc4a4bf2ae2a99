"""Reference paths and payload templates of Amazon States Language."""

import re
from typing import Any

PATH = re.compile(r"\$\$?(?:\.[A-Za-z_][A-Za-z0-9_-]*|\['[^']+'\]|\[\d+\])*")
STEP = re.compile(r"\.([A-Za-z_][A-Za-z0-9_-]*)|\['([^']+)'\]|\[(\d+)\]")


class PathMissing(Exception):
    """A path names something that is not there; the message says which."""


def fault(path: object) -> str | None:
    """Why this is no reference path, or None where it is one."""
    if not isinstance(path, str):
        return f"expected a path such as $.name, found {path!r}"
    if PATH.fullmatch(path):
        return None
    if path.startswith("States."):
        return f"intrinsic functions are not run by the sandbox: {path}"
    return f"{path!r} is not a reference path: $, then .name, ['name'] or [0]"


def steps(path: str) -> list[str | int]:
    """What a path walks through, root left out."""
    return [int(index) if index else name or quoted for name, quoted, index in STEP.findall(path)]


def read(path: str, data: Any, context: Any) -> Any:
    """What lies at `path` in the data, or for `$$` in the context object. Raises PathMissing."""
    found = context if path.startswith("$$") else data
    for step in steps(path):
        try:
            found = found[step]
        except (KeyError, IndexError, TypeError):
            raise PathMissing(f"{path} is not there") from None
    return found


def write(path: str, data: Any, value: Any) -> Any:
    """A copy of `data` with `value` at `path`, objects made on the way. May raise PathMissing."""
    return _written(steps(path), data, value, path)


def _written(rest: list[str | int], data: Any, value: Any, path: str) -> Any:
    if not rest:
        return value
    step, *deeper = rest
    if isinstance(step, int):
        if not isinstance(data, list) or step >= len(data):
            raise PathMissing(f"{path}: there is no list with an element {step}")
        return [*data[:step], _written(deeper, data[step], value, path), *data[step + 1 :]]
    if data is not None and not isinstance(data, dict):
        raise PathMissing(f"{path}: there is no object to hold {step}")
    return {**(data or {}), step: _written(deeper, (data or {}).get(step), value, path)}


def fill(template: Any, data: Any, context: Any) -> Any:
    """A payload template with each `name.$` replaced by what its path finds. Raises PathMissing."""
    if isinstance(template, list):
        return [fill(each, data, context) for each in template]
    if not isinstance(template, dict):
        return template
    return {
        name.removesuffix(".$"): read(value, data, context)
        if name.endswith(".$")
        else fill(value, data, context)
        for name, value in template.items()
    }
