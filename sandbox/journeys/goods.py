"""What the shop sells and how long people keep it: `catalogue.yaml` and `replacement_cycles.yaml`."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated

from pydantic import Field

from aftercart.domain.brand import Brand
from aftercart.domain.catalogue import Catalogue, Item
from aftercart.domain.money import Money
from sandbox.journeys.files import read_shape
from sandbox.journeys.marks import YamlFile, nearest
from sandbox.journeys.shapes import CountryCode, Language, Name, Shape

Days = Mapping[str, Mapping[str, Decimal]]


class PriceShape(Shape):
    amount: Annotated[Decimal, Field(ge=0)]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]


class ItemShape(Shape):
    sku: Annotated[str, Field(min_length=1)]
    category: Name
    titles: dict[Language, Annotated[str, Field(min_length=1)]]
    price: PriceShape
    product: str = ""
    fits: tuple[str, ...] = ()
    in_stock: bool = True
    rank: int = 100
    sensitive: bool = False
    image: str = ""

    def item(self) -> Item:
        price = Money(self.price.amount, self.price.currency)
        return Item(**{**dict(self), "price": price})


class SourceShape(Shape):
    number: int
    category: Name
    country: CountryCode
    says: str
    year: int
    publisher: str
    url: str
    used: bool = True


class CyclesShape(Shape):
    """`days`: how long a thing of a category is kept in a country, each figure with its source."""

    as_of: date
    days: dict[Name, dict[CountryCode, Annotated[Decimal, Field(gt=0)]]]
    sources: tuple[SourceShape, ...]


def read_catalogue(source: Path, brand: Brand | None) -> tuple[YamlFile, Catalogue | None]:
    """None where it has mistakes."""
    file, shapes = read_shape(source / "catalogue.yaml", source, tuple[ItemShape, ...])
    if shapes is None:
        return file, None
    known: set[str] = set()
    skus = {shape.sku for shape in shapes}
    for number, shape in enumerate(shapes):
        for name in sorted(set(brand.languages if brand else ()) - set(shape.titles)):
            file.problem((number, "titles"), f"the title in '{name}' is missing")
        for place, sku in enumerate(shape.fits):
            if sku not in skus:
                file.problem((number, "fits", place), f"no sku '{sku}'{nearest(sku, skus)}")
        for key in ("sku", "product"):
            value = getattr(shape, key)
            if f"{key} {value}" in known:
                file.problem((number, key), f"{key} '{value}' stands here already")
            known.add(f"{key} {value}" if value else "")
    return file, Catalogue(tuple(shape.item() for shape in shapes))


def read_cycles(source: Path) -> tuple[YamlFile, Days]:
    file, shape = read_shape(source / "replacement_cycles.yaml", source, CyclesShape)
    if shape is None:
        return file, {}
    sourced = {(each.category, each.country) for each in shape.sources if each.used}
    for category, by_country in shape.days.items():
        for country in by_country:
            if (category, country) not in sourced:
                file.problem(("days", category, country), "no source is given for this figure")
    return file, shape.days
