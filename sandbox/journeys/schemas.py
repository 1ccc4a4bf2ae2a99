"""JSON Schemas of `journeys/` and `scenarios/`, for editors: `python -m sandbox.journeys.schemas`.

A file names its own in its first line: `# yaml-language-server: $schema=../_schemas/journey.json`.
"""

import ast
import inspect
import json
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from sandbox.journeys.brand_shapes import BrandShape
from sandbox.journeys.compile import JOURNEYS
from sandbox.journeys.goods import CyclesShape, ItemShape, PricesShape
from sandbox.journeys.journey_shapes import JourneyShape
from sandbox.journeys.scenario_shapes import ScenarioShape
from sandbox.journeys.shapes import Shape
from sandbox.journeys.texts_shapes import TextsShape

FOLDER = JOURNEYS / "_schemas"
SHAPES: Mapping[str, tuple[Any, str]] = {
    "journey": (JourneyShape, "journey.yaml: what to say, when, to whom"),
    "texts": (TextsShape, "uk.yaml, ru.yaml, en.yaml: the words, all channels of a message side by side"),
    "brand": (BrandShape, "brand.yaml: names, languages, hours, caps, routes by country"),
    "catalogue": (tuple[ItemShape, ...], "catalogue.yaml: what the shop sells, and what fits it"),
    "prices": (PricesShape, "prices.yaml: what a message costs, by channel and country"),
    "scenario": (ScenarioShape, "scenarios/*.yaml: what happens, and what phones must show then"),
    "replacement_cycles": (CyclesShape, "replacement_cycles.yaml: how long things are kept"),
}


class _Described(GenerateJsonSchema):
    """Each key with the words under it: `use_attribute_docstrings` would look for them at every import."""

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        told = super().model_schema(schema)
        for shape in reversed(schema["cls"].__mro__):
            for key, words in _words_under_keys(shape) if issubclass(shape, Shape) else ():
                told["properties"][key]["description"] = words
        return told


def _words_under_keys(shape: type[Shape]) -> Iterator[tuple[str, str]]:
    [definition] = ast.parse(inspect.getsource(shape)).body
    assert isinstance(definition, ast.ClassDef)
    for key, words in pairwise(definition.body):
        match key, words:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(told))):
                yield name, inspect.cleandoc(told)


def schemas() -> dict[str, dict[str, Any]]:
    """By the name of the file."""
    return {
        name: {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            **_untitled(TypeAdapter(shape).json_schema(schema_generator=_Described)),
            "title": told,
        }
        for name, (shape, told) in SHAPES.items()
    }


def _untitled(schema: Any) -> Any:
    """Without the titles that only repeat a key: editors show them before the description."""
    if isinstance(schema, list):
        return [_untitled(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: {name: _untitled(each) for name, each in value.items()}
        if key == "properties"
        else _untitled(value)
        for key, value in schema.items()
        if not (key == "title" and isinstance(value, str))
    }


def write(folder: Path = FOLDER) -> None:
    folder.mkdir(exist_ok=True)
    for name, schema in schemas().items():
        text = json.dumps(schema, ensure_ascii=False, indent=2) + "\n"
        (folder / f"{name}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
