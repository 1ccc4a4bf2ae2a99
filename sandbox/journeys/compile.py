"""From `journeys/` to the JSON that is deployed: `python -m sandbox.journeys.compile OUT_DIR`.

Every mistake is told at once, with its place and the nearest right word; then nothing is written.
"""

import gc
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from aftercart.domain.brand import Brand
from aftercart.domain.catalogue import Catalogue, Item
from aftercart.domain.journey import Journey
from aftercart.texts import compiled
from aftercart.texts.compiled import TextTable
from sandbox.journeys.files import read_shape
from sandbox.journeys.folder import Folder, read_page
from sandbox.journeys.goods import read_catalogue, read_cycles, read_prices
from sandbox.journeys.marks import Problem
from sandbox.journeys.shapes import BrandShape

JOURNEYS = Path(__file__).parents[2] / "journeys"
PAGE = "page"  # the words of the customer's page


class JourneysWrong(Exception):
    """Everything that is wrong with `journeys/`, in the order of the files."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    brand: Brand
    journeys: Mapping[str, Journey]
    catalogue: Catalogue
    texts: TextTable
    page: Mapping[str, Mapping[str, str]]

    def write(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        files: Mapping[str, tuple[Any, object]] = {
            compiled.BRAND: (Brand, self.brand),
            compiled.JOURNEYS: (tuple[Journey, ...], tuple(self.journeys.values())),
            compiled.CATALOGUE: (tuple[Item, ...], self.catalogue.items),
            compiled.TEXTS: (TextTable, self.texts),
        }
        for name, (kind, value) in files.items():
            (directory / name).write_bytes(TypeAdapter(kind).dump_json(value))
        page = json.dumps(self.page, ensure_ascii=False, separators=(",", ":"))
        (directory / compiled.PAGE).write_text(page, encoding="utf-8")


def compile_journeys(source: Path = JOURNEYS, today: date | None = None) -> Compiled:
    """Raises JourneysWrong with every mistake. `today`: a campaign that is over by then is one."""
    with _collector_at_rest():
        return _compiled(source, today or datetime.now(UTC).date())


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """All that is read is kept to the end: to look for garbage meanwhile takes a third of the time."""
    at_work = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if at_work:
            gc.enable()


def _compiled(source: Path, today: date) -> Compiled:
    brand_file, shape = read_shape(source / "brand.yaml", source, BrandShape)
    cycles_file, cycle_days = read_cycles(source)
    prices_files, prices = read_prices(source)
    brand = shape.brand(cycle_days, prices) if shape else None
    catalogue_file, catalogue = read_catalogue(source, brand)
    paths = [
        path
        for path in sorted(source.iterdir())
        if path.is_dir() and path.name[0] not in "._" and path.name != PAGE
    ]
    tone = shape.tone if shape else None
    folders = [Folder(path, brand, catalogue, today, tone) for path in paths]
    page, page_files = read_page(source / PAGE, brand)
    _check_templates(folders)
    files = [
        brand_file,
        cycles_file,
        *prices_files,
        catalogue_file,
        *page_files,
        *(file for folder in folders for file in folder.files),
    ]
    problems = [problem for file in files for problem in file.problems]
    if problems or brand is None or catalogue is None:
        raise JourneysWrong(problems)
    return Compiled(
        brand=brand,
        journeys={folder.name: folder.journey for folder in folders if folder.journey},
        catalogue=catalogue,
        texts={folder.name: folder.texts for folder in folders},
        page={
            language: {
                **words,
                **{key: title for f in folders for key, title in f.page.get(language, {}).items()},
            }
            for language, words in page.items()
        },
    )


def _check_templates(folders: Iterable[Folder]) -> None:
    """A provider knows one text by a name and language."""
    known: dict[tuple[str, str], str] = {}
    for file, loc, approval in (template for folder in folders for template in folder.templates):
        body = known.setdefault((approval.name, approval.language), approval.body)
        if body != approval.body:
            file.problem((*loc, "template"), f"another text is approved as '{approval.name}' already")


def main(arguments: list[str], source: Path = JOURNEYS) -> int:
    """Exit code 0 when written, 1 with mistakes, 2 when it was not said where to."""
    if len(arguments) != 1:
        print("usage: python -m sandbox.journeys.compile OUT_DIR", file=sys.stderr)
        return 2
    try:
        compile_journeys(source).write(Path(arguments[0]))
    except JourneysWrong as wrong:
        print(wrong, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
