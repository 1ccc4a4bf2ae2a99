"""Whether somebody carries each leg of brand.yaml's routes, and says what a leg waits for."""

from collections import defaultdict

from aftercart.channels import registry
from aftercart.domain.brand import Brand, Leg, Success
from sandbox.journeys.brand_shapes import BrandShape
from sandbox.journeys.marks import Loc, YamlFile


def check_carried(file: YamlFile, shape: BrandShape, brand: Brand) -> None:
    """Tells `file` what is wrong, once for each leg as it is written."""
    wrong: defaultdict[tuple[Loc, str], list[str]] = defaultdict(list)
    for code, country in brand.countries.items():
        for name, legs in country.routes.items():
            for leg in legs:
                if what := _wrong(leg, brand.carrying(leg.channel, code)):
                    wrong[(*_written(shape, code, name), leg.channel.value), what].append(code)
    for (loc, what), codes in wrong.items():
        everywhere = len(codes) == len(brand.countries)
        there = "" if everywhere else f" in {', '.join(codes).replace('*', 'other countries')}"
        file.problem(loc, what.format(there), key=True)


def _wrong(leg: Leg, carriers: tuple[str, ...]) -> str:
    if not carriers:
        return f"nobody carries {leg.channel}{{}}: name who does under providers"
    mute = [name for name in carriers if f"{leg.channel}/{name}" not in registry.TELL_READ]
    if leg.success is Success.READ and mute:
        return f"{leg.channel}/{mute[0]} never says what was read{{}}: take delivered"
    return ""


def _written(shape: BrandShape, code: str, name: str) -> Loc:
    """Where a country's route stands."""
    for country in (code, "*"):
        if name in shape.countries[country].routes:
            return ("countries", country, "routes", name)
    return ("routes", name)
