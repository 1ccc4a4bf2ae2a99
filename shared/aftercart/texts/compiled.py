"""What `make build` made of `journeys/`: JSON beside the package, each file read by whom it concerns."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from aftercart.domain.brand import Brand
from aftercart.domain.catalogue import Catalogue, Item
from aftercart.domain.consent import Channel
from aftercart.domain.content import Button
from aftercart.domain.journey import Journey
from aftercart.domain.message import Variant

BRAND = "brand.json"
JOURNEYS = "journeys.json"
CATALOGUE = "catalogue.json"
TEXTS = "texts.json"
PAGE = "page.json"
PLACEHOLDER = re.compile(r"\{\{(\d+)\}\}")  # in an approved body


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A text as a provider has approved it: `body` holds {{1}}, {{2}} …, which `parameters` (Liquid) fill."""

    name: str
    language: str
    category: str  # "utility", "marketing"
    body: str
    parameters: tuple[str, ...] = ()
    image: bool = False  # above the body, each time another


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What one channel shows of a text in one language: Liquid, also in the image and the buttons' urls.

    `cards`: the variable whose things are shown side by side.
    """

    text: str
    title: str = ""
    image: str = ""
    cards: str = ""
    buttons: tuple[Button, ...] = ()
    approval: Approval | None = None


# journey -> text -> language -> variant -> channel
TextTable = Mapping[str, Mapping[str, Mapping[str, Mapping[Variant, Mapping[Channel, Wording]]]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovedTemplate:
    """What a provider knows of a template. Each URL button ends in one variable."""

    name: str
    language: str
    category: str
    body: str
    parameters: int
    image: bool = False
    buttons: tuple[Button, ...] = ()


def compiled_dir() -> Path:
    """COMPILED_DIR, else beside the package, where the build puts it."""
    named = os.environ.get("COMPILED_DIR")
    return Path(named) if named else Path(__file__).parents[1] / "compiled"


def load_brand(directory: Path | None = None) -> Brand:
    brand: Brand = _adapter(Brand).validate_json(_read(BRAND, directory))
    return brand


def load_journeys(directory: Path | None = None) -> Mapping[str, Journey]:
    journeys = _adapter(tuple[Journey, ...]).validate_json(_read(JOURNEYS, directory))
    return {journey.name: journey for journey in journeys}


def load_catalogue(directory: Path | None = None) -> Catalogue:
    return Catalogue(_adapter(tuple[Item, ...]).validate_json(_read(CATALOGUE, directory)))


def load_texts(directory: Path | None = None) -> TextTable:
    texts: TextTable = _adapter(TextTable).validate_json(_read(TEXTS, directory))
    return texts


def load_templates(directory: Path | None = None) -> Mapping[tuple[str, str], ApprovedTemplate]:
    return templates(load_texts(directory))


def templates(texts: TextTable) -> Mapping[tuple[str, str], ApprovedTemplate]:
    """By name and language: what has to be approved before it can be sent."""
    return {
        (approval.name, approval.language): ApprovedTemplate(
            name=approval.name,
            language=approval.language,
            category=approval.category,
            body=approval.body,
            parameters=len(approval.parameters),
            image=approval.image,
            buttons=wording.buttons,
        )
        for wording in wordings(texts)
        if (approval := wording.approval)
    }


def wordings(texts: TextTable) -> Iterator[Wording]:
    for by_text in texts.values():
        for by_language in by_text.values():
            for by_variant in by_language.values():
                for by_channel in by_variant.values():
                    yield from by_channel.values()


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    """To make one costs more than to read with it."""
    return TypeAdapter(kind)


def _read(name: str, directory: Path | None) -> bytes:
    return ((directory or compiled_dir()) / name).read_bytes()
