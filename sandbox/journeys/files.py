"""A file of `journeys/` held against its shape: every mistake of it at once, in words."""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, RootModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from sandbox.journeys.marks import Loc, YamlFile, nearest
from sandbox.journeys.shapes import A_CENTURY

T = TypeVar("T")
WORDS = {
    "bool_parsing": "expected true or false",
    "too_short": "expected at least one",
    "string_too_short": "expected words",
    "string_pattern_mismatch": "expected words, and not spaces alone",
    "finite_number": "expected a number such as 399.00",
    "time_delta_parsing": A_CENTURY,
    "decimal_parsing": "expected a number such as 399.00",
    "decimal_type": "expected a number such as 399.00",
    "model_type": "expected keys and values",
    "dict_type": "expected keys and values",
    "tuple_type": "expected a list",
    "string_type": "expected words",
}


def read_shape(path: Path, root: Path, shape: type[T]) -> tuple[YamlFile, T | None]:
    """The file, with its problems, and what it says where nothing is wrong with it."""
    file = YamlFile(path, root)
    if file.problems:
        return file, None
    try:
        known: Any = shape
        return file, _adapter(known).validate_python(file.data)
    except ValidationError as error:
        errors = error.errors(include_url=False)
        for details in errors:
            if details["type"] != "too_short" or not _has_more(details["loc"], errors):
                _report(file, details, shape)
        return file, None


@cache
def _adapter(shape: Any) -> TypeAdapter[Any]:
    """To make one costs more than to read with it."""
    return TypeAdapter(shape)


def _has_more(loc: Loc, errors: list[ErrorDetails]) -> bool:
    """A list is also called too short when what it holds is wrong."""
    return any(len(each["loc"]) > len(loc) and each["loc"][: len(loc)] == loc for each in errors)


def _report(file: YamlFile, details: ErrorDetails, shape: object) -> None:
    loc: Loc = tuple(part for part in details["loc"] if part != "[key]")
    kind, key, is_key = details["type"], loc[-1] if loc else "", "[key]" in details["loc"]
    if kind == "extra_forbidden":
        file.problem(loc, f"unknown key '{key}'{nearest(str(key), _keys(shape, loc[:-1]))}", key=True)
    elif kind == "missing":
        file.problem(loc[:-1], f"'{key}' is missing", key=True)
    elif kind in ("literal_error", "enum"):
        expected = re.findall(r"'([^']+)'", str(details.get("ctx", {}).get("expected", "")))
        word = str(details["input"])
        file.problem(loc, f"'{word}' is not known here{nearest(word, expected)}", key=is_key)
    else:
        file.problem(loc, _words(details), key=is_key)


def _words(details: ErrorDetails) -> str:
    """Pydantic's own words, or better ones, with what was written where that is one word."""
    if details["type"] in WORDS:
        return WORDS[details["type"]]
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
