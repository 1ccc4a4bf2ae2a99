"""Brands whose messages take any route: every provider of the registry, alone or with others, in any order.

The product's own journeys, and a brand.yaml whose routes and carriers are others: compiled as a shop's are.
"""

import atexit
import random
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from itertools import cycle, product
from pathlib import Path
from typing import Any, get_args

import yaml

from aftercart.channels import registry
from aftercart.domain import brand as domain
from aftercart.domain.brand import Brand, Success
from aftercart.domain.consent import Channel
from sandbox.fakes.browser import Browser
from sandbox.fakes.sns import app_of
from sandbox.journeys.compile import JOURNEYS, compile_journeys
from sandbox.journeys.shapes import TextChannel

Json = Any
MINUTE = timedelta(minutes=1)
CHANNELS: tuple[Channel, ...] = get_args(TextChannel)  # on which a route may go
LENGTHS = tuple(range(1, len(CHANNELS) + 1))
WAITS = {
    "news": timedelta(minutes=15),
    "care": timedelta(hours=4),
    "marketing": timedelta(hours=4),
}
# Addresses that no order brings: what a device says of itself beside the order.
DEVICES: Mapping[str, Mapping[str, Json]] = {
    "push/web": {"subscription": Browser.of("Olena").subscription()},
    "push/sns": {"subscription": None, "endpoint": app_of("Olena")},
}


def channel_of(provider: str) -> Channel:
    """Of "<channel>/<name>"."""
    return Channel(provider.partition("/")[0])


PROVIDERS = tuple(each for each in registry.FILES if channel_of(each) in CHANNELS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One channel of a route. `carriers`: "<channel>/<name>", each asked where the ones before it cannot."""

    carriers: tuple[str, ...]
    success: Success = Success.DELIVERED

    @property
    def channel(self) -> Channel:
        return channel_of(self.carriers[0])


Route = tuple[Leg, ...]


def route(*providers: str) -> Route:
    """One leg each, in this order."""
    return tuple(Leg(carriers=(each,)) for each in providers)


def named(way: Route) -> str:
    """For a person to read: "push/web, sms/twilio then sms/aws"."""
    return ", ".join(" then ".join(leg.carriers) for leg in way)


def drawn(dice: random.Random, *, first: str = "", length: int = 0) -> Route:
    """Any providers in any order, of a channel each; a `first` one and a `length` may be given."""
    length = length or dice.choice(LENGTHS)
    first = first or dice.choice(PROVIDERS)
    others = [channel for channel in CHANNELS if channel is not channel_of(first)]
    rest = [f"{each}/{dice.choice(registry.names(each))}" for each in dice.sample(others, length - 1)]
    return route(first, *rest)


def varied(dice: random.Random) -> Route:
    """Also with what is enough of a leg, and with others who carry it where its first carrier cannot."""
    return tuple(_varied(leg, dice) for leg in drawn(dice))


def _varied(leg: Leg, dice: random.Random) -> Leg:
    names = [f"{leg.channel}/{name}" for name in registry.names(leg.channel)]
    others = [each for each in names if each not in leg.carriers]
    carriers = (*leg.carriers, *dice.sample(others, dice.randint(0, len(others))))
    enough = [Success.DELIVERED, Success.DELIVERED, Success.ACCEPTED]
    if registry.TELL_READ.issuperset(carriers):
        enough.append(Success.READ)
    return Leg(carriers=carriers, success=dice.choice(enough))


def each_first() -> list[Route]:
    """Every provider is the first of one, and there is one of each length, the longest first."""
    return [
        drawn(random.Random(provider), first=provider, length=length)
        for length, provider in zip(cycle(reversed(LENGTHS)), PROVIDERS, strict=False)
    ]


def each_first_and_length() -> list[Route]:
    """Every provider is the first of one of each length."""
    return [
        drawn(random.Random(f"{provider} {length}"), first=provider, length=length)
        for provider, length in product(PROVIDERS, LENGTHS)
    ]


def brand_over(brand: Brand, way: Route) -> Brand:
    """The same brand, compiled already, with this route in every country."""
    routed = {
        name: tuple(domain.Leg(channel=leg.channel, wait=wait, success=leg.success) for leg in way)
        for name, wait in WAITS.items()
    }
    return replace(
        brand,
        countries={code: replace(each, routes=routed) for code, each in brand.countries.items()},
        providers={leg.channel: tuple(each.partition("/")[2] for each in leg.carriers) for leg in way},
    )


@cache
def made(way: Route) -> Path:
    """The product's journeys over this route in every country, as the build writes them, once a process."""
    directory = Path(tempfile.mkdtemp(prefix="aftercart-routes-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    return made_by_country({"*": way}, directory)


def made_by_country(ways: Mapping[str, Route], directory: Path) -> Path:
    """A route for each country; "*" is everywhere else."""
    source = Path(shutil.copytree(JOURNEYS, directory / "journeys"))
    brand = yaml.safe_load((source / "brand.yaml").read_text(encoding="utf-8"))
    (source / "brand.yaml").write_text(
        yaml.safe_dump(_with_routes(brand, ways), allow_unicode=True, sort_keys=False), encoding="utf-8"
    )
    compile_journeys(source).write(directory / "made")
    return directory / "made"


def _with_routes(brand: Json, ways: Mapping[str, Route]) -> Json:
    countries = {code: {**shape, "routes": {}} for code, shape in brand["countries"].items()}
    for code, way in ways.items():
        countries[code] = {**countries.get(code, {}), "routes": _legs(way), "providers": _carriers(way)}
    # Where nobody carries a channel its texts would have to say that nobody hears an answer.
    providers = {**brand["providers"], **_carriers(ways["*"])}
    return {**brand, "routes": _legs(ways["*"]), "providers": providers, "countries": countries}


def _legs(way: Route) -> Json:
    return {
        name: {
            leg.channel.value: {"wait": f"PT{wait // MINUTE}M", "success": leg.success.value} for leg in way
        }
        for name, wait in WAITS.items()
    }


def _carriers(way: Route) -> Json:
    return {leg.channel.value: [each.partition("/")[2] for each in leg.carriers] for leg in way}
