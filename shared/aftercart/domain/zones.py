"""In which time zones somebody may live whose address we know."""

from collections.abc import Mapping
from functools import cache

from aftercart.domain.zone_table import COUNTRIES, PROVINCES


def plausible_zones(country: str, province: str = "") -> tuple[str, ...]:
    """IANA names, by ISO 3166 country and the address's province code; () where nothing is known."""
    province = "".join(province.split()).upper()
    regions = PROVINCES.get(country.upper(), {})
    in_province = tuple(zone for zone, codes in regions.items() if province and province in codes.split())
    return in_province or _by_country().get(country.upper(), ())


def countries() -> tuple[str, ...]:
    """Every ISO 3166 code that has a zone."""
    return tuple(_by_country())


@cache
def _by_country() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    country = ""
    for word in COUNTRIES.split():
        if len(word) == 2:
            country = word
        found[country] = (*found.get(country, ()), word) if len(word) > 2 else ()
    return found
