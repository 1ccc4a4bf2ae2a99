"""The schemas for editors are those of the shapes, know every key with its words, and take what we ship."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from sandbox.journeys.compile import JOURNEYS
from sandbox.journeys.schemas import FOLDER, SHAPES
from sandbox.journeys.schemas import schemas as made

Json = Any
schemas = cache(made)


class AsEditors(yaml.SafeLoader):
    """YAML 1.2: `on` is a word, and only true and false are booleans."""


AsEditors.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in known if not tag.endswith((":bool", ":timestamp", ":int"))]
    for letter, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
AsEditors.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("(true|false)$"), list("tf"))
AsEditors.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"-?\d+$"), list("-0123456789"))


def shape_of(path: Path) -> str:
    if path.parent == JOURNEYS:
        return path.stem
    return "journey" if path.stem == "journey" else "texts"


def files() -> list[Path]:
    found = sorted(path for path in JOURNEYS.glob("**/*.yaml") if path.parent.name != "page")
    assert len(found) > 10
    return found


def taken(path: Path, change: dict[str, Json] | None = None) -> None:
    data = yaml.load(path.read_text("utf-8"), AsEditors)
    jsonschema.validate({**data, **change} if change else data, schemas()[shape_of(path)])


@pytest.mark.parametrize("path", files(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_we_ship_is_taken(path: Path) -> None:
    taken(path)


@pytest.mark.parametrize("name", SHAPES)
def test_the_files_are_up_to_date(name: str) -> None:
    assert json.loads((FOLDER / f"{name}.json").read_text("utf-8")) == schemas()[name], (
        "python -m sandbox.journeys.schemas"
    )


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(jsonschema.ValidationError, match="'step' was unexpected"):
        taken(JOURNEYS / "phone_care" / "journey.yaml", {"step": []})


@pytest.mark.parametrize("name", ("journey", "texts", "brand", "scenario"))
def test_each_key_says_what_it_is_for(name: str) -> None:
    schema = schemas()[name]
    shapes = {**schema.get("$defs", {}), "": schema}
    mute = [
        f"{shape}.{key}"
        for shape, known in shapes.items()
        for key, value in known.get("properties", {}).items()
        if shape != "Hours" and not value.get("description")
    ]
    assert mute == []
