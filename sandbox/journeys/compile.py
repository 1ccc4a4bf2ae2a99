"""From `journeys/` to the JSON that is deployed: `python -m sandbox.journeys.compile OUT_DIR`.

Every mistake is told at once, with its place and the nearest right word; then nothing is written.
"""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
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
from sandbox.journeys.at_rest import collector_at_rest
from sandbox.journeys.brand_shapes import BrandShape, ToneShape
from sandbox.journeys.campaigns import last_day
from sandbox.journeys.carried import check_carried
from sandbox.journeys.files import read_shape
from sandbox.journeys.folder import Folder, read_page
from sandbox.journeys.found_right import NOTHING, PAGE, Part, Right, agree, folders
from sandbox.journeys.goods import read_catalogue, read_cycles, read_prices
from sandbox.journeys.house import house
from sandbox.journeys.marks import Loc, Problem, YamlFile, nearest
from sandbox.journeys.memory import hashed
from sandbox.journeys.settings import Settings
from sandbox.journeys.tone import may_be_off_key

JOURNEYS = Path(__file__).parents[2] / "journeys"
Page = Mapping[str, Mapping[str, str]]


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
    page: Page

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
    with collector_at_rest():
        return _compiled(_Read(source, today or datetime.now(UTC).date()))


def _compiled(read: "_Read") -> Compiled:
    _check_templates(read.folders)
    problems = read.problems()
    if problems or read.brand is None or read.catalogue is None:
        raise JourneysWrong(problems)
    return Compiled(
        brand=read.brand,
        journeys={folder.name: folder.journey for folder in read.folders if folder.journey},
        catalogue=read.catalogue,
        texts={folder.name: folder.texts for folder in read.folders},
        page=_titled(read.page, read.folders),
    )


def look(source: Path, today: date, known: Right = NOTHING) -> tuple[Sequence[Problem], Right]:
    """All that is wrong, as `compile_journeys` tells it; and what is right, the `known` parts too."""
    read = _Read(source, today, known)
    if read.known and not agree((*read.known.values(), *map(_part, read.folders))):
        return look(source, today)  # where two differ is said by who has read both
    right = read.right()
    _check_templates(read.folders)
    return sorted(set(read.problems())), right


class _Read:
    """What stands in `journeys/`, right or wrong; but for the parts `known` to be right in its house."""

    def __init__(self, source: Path, today: date, known: Right = NOTHING) -> None:
        brand_file, shape = read_shape(source / "brand.yaml", source, BrandShape)
        cycles_file, cycle_days = read_cycles(source)
        prices_files, prices = read_prices(source)
        self.brand = shape.brand(cycle_days, prices) if shape else None
        if shape and self.brand:
            check_carried(brand_file, shape, self.brand)
            _check_cheapest(brand_file, self.brand)
            _check_languages(brand_file, shape)
        catalogue_file, self.catalogue = read_catalogue(source, self.brand)
        self.shared = [brand_file, cycles_file, *prices_files, catalogue_file]
        held = house(self.brand, self.catalogue, shape.tone if shape else ToneShape())
        self.house, self.tone = held.print(), hashed(repr(held.tone))
        same = known.parts.items() if known.house == self.house else ()
        tone = None if known.tone == self.tone else held.tone
        self.known = {
            name: part for name, part in same if not (tone and _may_be_off_key(source / name, tone))
        }
        paths = [path for path in folders(source) if path.name != PAGE and path.name not in self.known]
        settings = Settings(held.brand)
        self.folders = [Folder(path, held, settings, today) for path in paths]
        unread: tuple[Page, list[YamlFile]] = {}, []
        self.page, self.page_files = unread if PAGE in self.known else read_page(source / PAGE, self.brand)

    def right(self) -> Right:
        """But for what is wrong only beside another part."""
        languages = () if self.brand is None or _wrong(self.shared) else self.brand.languages
        parts = {folder.name: _part(folder) for folder in self.folders if not _wrong(folder.files)}
        page = {} if _wrong(self.page_files) else {PAGE: Part()}
        return Right(languages, self.house, self.tone, {**self.known, **parts, **page})

    def problems(self) -> list[Problem]:
        files = (*self.shared, *self.page_files, *(file for folder in self.folders for file in folder.files))
        return [problem for file in files for problem in file.problems]


def _may_be_off_key(part: Path, tone: ToneShape) -> bool:
    """By its files as they are: to read all texts again takes longer than all the rest."""
    if part.name == PAGE:  # no tone is asked of its words
        return False
    # In a file's place there may be a folder, where none is read.
    return any(may_be_off_key(file.read_bytes(), tone) for file in part.glob("*.yaml") if file.is_file())


def _wrong(files: Iterable[YamlFile]) -> bool:
    return any(file.problems for file in files)


def _part(folder: Folder) -> Part:
    approvals = {approval for _, _, approval in folder.templates}
    last = last_day(folder.journey) if folder.journey else None
    return Part(
        journeys=1 if folder.journey else 0,
        texts=len(folder.texts),
        templates=tuple(
            sorted(f"{each.name} {each.language} {hashed(each.body, str(each.image))}" for each in approvals)
        ),
        until=last.isoformat() if last else "",
    )


def _titled(page: Page, folders: Iterable[Folder]) -> Page:
    """With the titles of answers, which stand beside their questions."""
    titles = {
        language: {key: title for each in folders for key, title in each.page.get(language, {}).items()}
        for language in page
    }
    return {language: {**words, **titles[language]} for language, words in page.items()}


def _check_cheapest(file: YamlFile, brand: Brand | None) -> None:
    """Only routes that there are can go by price."""
    for code, country in brand.countries.items() if brand else ():
        for n, name in enumerate(country.cheapest):
            loc = ("countries", code, "cheapest", n)
            if name not in country.routes and loc in file:  # said here, and not under "*"
                file.problem(loc, f"no route '{name}' here{nearest(name, country.routes)}")


def _check_languages(file: YamlFile, shape: BrandShape) -> None:
    """In a language without texts nobody can be told anything, and of one that is none nothing is heard."""
    named: list[tuple[Loc, str | None]] = [
        *((("countries", code, "language"), each.language) for code, each in shape.countries.items()),
        *((("support", "hours", language), language) for language in shape.support.hours),
        *((("tone", "avoid", language), language) for language in shape.tone.avoid),
    ]
    for loc, language in named:
        if language and language not in shape.languages:
            what = f"'{language}' is none of the brand's languages{nearest(language, shape.languages)}"
            file.problem(loc, what, key=loc[-1] == language)


def _check_templates(folders: Iterable[Folder]) -> None:
    """A provider knows one text by a name and language."""
    known: dict[tuple[str, str], tuple[str, bool]] = {}
    for file, loc, approval in (template for folder in folders for template in folder.templates):
        approved = approval.body, approval.image
        if known.setdefault((approval.name, approval.language), approved) != approved:
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
