"""What a deployment carries, as JSON by the names of its files, and back."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from aftercart.domain.brand import Brand
from aftercart.domain.catalogue import Catalogue, Item
from aftercart.domain.journey import Journey
from aftercart.texts import compiled
from aftercart.texts.compiled import TextTable
from sandbox.journeys.compile import Compiled

FILES = (compiled.BRAND, compiled.JOURNEYS, compiled.CATALOGUE, compiled.TEXTS, compiled.PAGE)
Parts = Mapping[str, Any]


class OtherVersion(Exception):
    """What is deployed was compiled by a version that knows other keys."""


def parts(directory: Path) -> Parts:
    """As `make build` or the sandbox compiled it."""
    return {name: json.loads((directory / name).read_bytes()) for name in FILES}


def read(found: Parts) -> Compiled:
    """Raises OtherVersion. A key that an older version did not know has its default."""
    try:
        journeys: tuple[Journey, ...] = _read(tuple[Journey, ...], found[compiled.JOURNEYS])
        return Compiled(
            brand=_read(Brand, found[compiled.BRAND]),
            journeys={journey.name: journey for journey in journeys},
            catalogue=Catalogue(_read(tuple[Item, ...], found[compiled.CATALOGUE])),
            texts=_read(TextTable, found[compiled.TEXTS]),
            page=found[compiled.PAGE],
        )
    except (KeyError, ValidationError):
        raise OtherVersion from None


def _read(kind: Any, found: Any) -> Any:
    adapter = TypeAdapter(kind)
    value = adapter.validate_json(json.dumps(found))
    if not _known(found, adapter.dump_python(value, mode="json")):
        raise OtherVersion
    return value


def _known(found: Any, again: Any) -> bool:
    """Is every key of it one that this version would write as well?"""
    if isinstance(found, dict) and isinstance(again, dict):
        return all(key in again and _known(each, again[key]) for key, each in found.items())
    if isinstance(found, list) and isinstance(again, list):
        return all(map(_known, found, again))
    return True
