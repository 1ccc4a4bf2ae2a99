from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import yaml

TABLE: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parents[2] / "journeys" / "replacement_cycles.yaml").read_text(encoding="utf-8")
)


def test_the_table_is_dated() -> None:
    assert isinstance(TABLE["as_of"], date)
    assert max(source["year"] for source in TABLE["sources"]) <= TABLE["as_of"].year


def test_each_figure_has_exactly_one_source_and_each_used_source_its_figure() -> None:
    figures = Counter((category, country) for category, known in TABLE["days"].items() for country in known)
    used = (source for source in TABLE["sources"] if source.get("used", True))
    assert Counter((source["category"], source["country"]) for source in used) == figures


def test_each_source_can_be_looked_up() -> None:
    for number, source in enumerate(TABLE["sources"], start=1):
        assert source["number"] == number
        assert source["url"].startswith("https://")
        assert source["publisher"]
        assert source["says"]


def test_the_figures_are_days_between_one_and_six_years() -> None:
    for known in TABLE["days"].values():
        for country, days in known.items():
            assert len(country) == 2
            assert country.isupper()
            assert 365 < days < 6 * 365


def test_ukraine_is_left_to_the_default() -> None:
    assert "UA" not in TABLE["days"]["phone"]
    assert "*" not in TABLE["days"]["phone"]
