"""The files of `journeys/` beside brand.yaml: what is sold, what messages cost, how long a thing is kept."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, get_args

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from aftercart.channels import registry
from aftercart.domain.brand import Brand
from aftercart.domain.catalogue import Catalogue, Item
from aftercart.domain.consent import Channel
from aftercart.domain.money import Money
from aftercart.domain.prices import Prices, Rate
from aftercart.texts.clean import Cleaner
from sandbox.journeys.files import read_shape
from sandbox.journeys.marks import YamlFile, nearest
from sandbox.journeys.shapes import (
    MOST_DAYS,
    CountryCode,
    Currency,
    Language,
    Name,
    Reckonable,
    Said,
    Shape,
    SomeCountry,
    TextChannel,
)

_ANYWHERE = Cleaner(Channel.EMAIL)
Days = Mapping[str, Mapping[str, Decimal]]


class PriceShape(Shape):
    amount: Annotated[Decimal, Field(ge=0), Reckonable]
    currency: Currency


class ItemShape(Shape):
    sku: Said
    category: Name
    titles: dict[Language, Said]
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
    days: dict[Name, dict[SomeCountry, Annotated[Decimal, Field(gt=0, le=MOST_DAYS)]]]
    sources: tuple[SourceShape, ...]


class RatesShape(Shape):
    transactional: Annotated[Decimal, Field(ge=0), Reckonable]
    """News, and whatever is no marketing in the country."""
    marketing: Annotated[Decimal, Field(ge=0), Reckonable]
    """Marketing, and news that carry an offer."""
    in_window: Annotated[Decimal, Field(ge=0), Reckonable] | None = None
    """News within 24 hours of the customer's own message."""

    def by_rate(self) -> dict[Rate, Decimal]:
        return {rate: amount for rate in get_args(Rate) if (amount := getattr(self, rate)) is not None}


def _priced(name: str) -> str:
    channel, _, provider = name.partition("/")
    known = [each.value for each in get_args(TextChannel)]
    if channel not in known:
        raise PydanticCustomError("expected", f"{name!r} is not known here{nearest(channel, known)}")
    if provider and name not in registry.FILES:
        raise PydanticCustomError(
            "expected", f"no '{provider}' carries {channel}{nearest(name, registry.FILES)}"
        )
    return name


class PricesShape(Shape):
    as_of: date
    """The day from which these hold."""
    currency: Currency
    """Of all of them."""
    rates: dict[Annotated[str, AfterValidator(_priced)], dict[SomeCountry, RatesShape]]
    """Of one message, or of one SMS part, by country, * is everywhere else: of a channel, or of one provider
    whose prices are its own: sms, sms/twilio."""

    def prices(self) -> Prices:
        return Prices(
            as_of=self.as_of,
            currency=self.currency,
            rates={
                channel: {code: rates.by_rate() for code, rates in by_country.items()}
                for channel, by_country in self.rates.items()
            },
        )


def read_prices(source: Path) -> tuple[list[YamlFile], Prices]:
    """Who has no such file is told no costs."""
    path = source / "prices.yaml"
    if not path.exists():
        return [], Prices()
    file, shape = read_shape(path, source, PricesShape)
    return [file], shape.prices() if shape else Prices()


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
        if shape.image and not _ANYWHERE.image(shape.image):
            file.problem((number, "image"), f"'{shape.image}' is no https address that everybody can reach")
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
