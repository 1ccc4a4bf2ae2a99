"""A file of `journeys/` held against its shape: every mistake of it at once, in words."""

import re
from collections.abc import Iterable
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, RootModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from sandbox.journey_yaml import Loc, YamlFile, nearest

T = TypeVar("T")


def read_shape(path: Path, root: Path, shape: type[T]) -> tuple[YamlFile, T | None]:
    """The file, with its problems, and what it says where nothing is wrong with it."""
    file = YamlFile(path, root)
    if file.problems:
        return file, None
    try:
        return file, TypeAdapter(shape).validate_python(file.data)
    except ValidationError as error:
        for details in error.errors(include_url=False):
            _report(file, details, shape)
        return file, None


def _report(file: YamlFile, details: ErrorDetails, shape: object) -> None:
    loc: Loc = tuple(part for part in details["loc"] if part != "[key]")
    kind, key = details["type"], loc[-1] if loc else ""
    if kind == "extra_forbidden":
        file.problem(loc, f"unknown key '{key}'{nearest(str(key), _keys(shape, loc[:-1]))}", key=True)
    elif kind == "missing":
        file.problem(loc[:-1], f"'{key}' is missing", key=True)
    elif kind in ("literal_error", "enum"):
        expected = re.findall(r"'([^']+)'", str(details.get("ctx", {}).get("expected", "")))
        file.problem(loc, f"'{details['input']}' is not known here{nearest(str(details['input']), expected)}")
    else:
        file.problem(loc, _words(details), key="[key]" in details["loc"])


def _words(details: ErrorDetails) -> str:
    """Pydantic's own words, with what was written where that is one word."""
    message = details["msg"].removeprefix("Input should be ").removeprefix("expected ")
    written = f", not '{details['input']}'" if isinstance(details["input"], str) else ""
    return f"expected {message}{written}" if message != details["msg"] else message


def _keys(shape: object, loc: Loc) -> Iterable[str]:
    """The keys that may stand at a place."""
    models = [part for part in _alternatives(_inside(shape, loc)) if _is_model(part)]
    return [name for model in models for name in model.model_fields]


def _inside(shape: object, loc: Loc) -> object:
    for part in loc:
        shape = next(
            (inner for one in _alternatives(shape) if (inner := _child(one, part)) is not None), None
        )
    return shape


def _child(shape: Any, part: str | int) -> object:
    if _is_model(shape):
        field = shape.model_fields.get(part)
        return field.annotation if field else None
    arguments = [argument for argument in get_args(shape) if argument is not ...]
    return arguments[-1] if arguments else None  # of a tuple its items, of a dict its values


def _alternatives(shape: Any) -> list[Any]:
    if get_origin(shape) is Annotated:
        return _alternatives(get_args(shape)[0])
    if get_origin(shape) in (Union, UnionType):
        return [one for part in get_args(shape) if part is not NoneType for one in _alternatives(part)]
    if isinstance(shape, type) and issubclass(shape, RootModel):
        return _alternatives(shape.model_fields["root"].annotation)
    return [shape]


def _is_model(shape: object) -> bool:
    return isinstance(shape, type) and issubclass(shape, BaseModel)
