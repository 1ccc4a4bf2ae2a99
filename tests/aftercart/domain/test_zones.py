from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest

from aftercart.domain.zone_table import COUNTRIES, PROVINCES
from aftercart.domain.zones import plausible_zones

DATA = files("tzdata") / "zoneinfo"
DAYS = [datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(days=2 * day) for day in range(2 * 365)]
COUNTRY_CODES = sorted(word for word in COUNTRIES.split() if len(word) == 2)


@cache
def clock(zone: str) -> tuple[timedelta | None, ...]:
    """What a zone's clocks show over the coming years, by the pinned tzdata and not by the system's."""
    with (DATA / zone).open("rb") as file:
        rules = ZoneInfo.from_file(file)
    return tuple(moment.astimezone(rules).utcoffset() for moment in DAYS)


def clocks(zones: Iterable[str]) -> set[tuple[timedelta | None, ...]]:
    return {clock(zone) for zone in zones}


@cache
def in_zone_tab() -> dict[str, set[str]]:
    found = defaultdict(set)
    for row in (DATA / "zone.tab").read_text(encoding="ascii").splitlines():
        if not row.startswith("#"):
            country, _, zone = row.split("\t")[:3]
            found[country].add(zone)
    return found


def test_every_country_of_tzdata_is_known() -> None:
    assert in_zone_tab().keys() - set(COUNTRY_CODES) == set()
    assert len(COUNTRY_CODES) == len(set(COUNTRY_CODES))


def test_each_country_has_each_of_its_clocks_and_no_other() -> None:
    countries = in_zone_tab().keys() - {"UA"}
    wrong = [each for each in countries if clocks(plausible_zones(each)) != clocks(in_zone_tab()[each])]
    assert wrong == []


def test_provinces_share_out_the_clocks_of_their_country() -> None:
    territories = {"America/Puerto_Rico", "Pacific/Guam", "Pacific/Pago_Pago"}
    for country, zones in PROVINCES.items():
        assert clocks(zones.keys() - territories) == clocks(plausible_zones(country)), country


def test_ukraine_is_one_zone() -> None:
    assert plausible_zones("UA") == ("Europe/Kyiv",)
    assert plausible_zones("UA", "30") == ("Europe/Kyiv",)


@pytest.mark.parametrize(
    ("country", "province", "zones"),
    (
        ("US", "NY", {"America/New_York"}),
        ("US", "TX", {"America/Chicago", "America/Denver"}),
        ("US", "PR", {"America/Puerto_Rico"}),
        ("us", "ca", {"America/Los_Angeles"}),
        ("CA", "ON", {"America/Toronto", "America/Atikokan", "America/Winnipeg"}),
        ("AU", "TAS", {"Australia/Sydney"}),
        ("BR", "AM", {"America/Manaus", "America/Rio_Branco"}),
        ("MX", "Q ROO", {"America/Cancun"}),  # with a blank, as Shopify writes it
        ("RU", "TOM", {"Asia/Novosibirsk"}),
    ),
)
def test_a_province_narrows_its_country(country: str, province: str, zones: set[str]) -> None:
    assert set(plausible_zones(country, province)) == zones


@pytest.mark.parametrize("province", ("", "AE", "XX", "США"))
def test_a_province_that_says_nothing_leaves_the_whole_country(province: str) -> None:
    assert "America/New_York" in plausible_zones("US", province)
    assert "Pacific/Honolulu" in plausible_zones("US", province)


@pytest.mark.parametrize("country", ("", "ZZ", "XX", "Ukraine"))
def test_of_an_unknown_country_nothing_is_known(country: str) -> None:
    assert plausible_zones(country) == ()


def test_each_province_is_written_once_a_zone() -> None:
    for zones in PROVINCES.values():
        for codes in zones.values():
            assert len(codes.split()) == len(set(codes.split()))
