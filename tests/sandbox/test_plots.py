"""Plots: what they draw is as large as what it stands for, and the figures are beneath."""

import re
from xml.etree import ElementTree

import pytest

from sandbox.commands.plots import Series, by_month, by_row, figure, months_between, table

MONTHS = months_between("2026-11", "2027-02")


def rects(svg: str) -> list[dict[str, str]]:
    return [dict(each.attrib) for each in ElementTree.fromstring(svg).iter("rect")]


def texts(svg: str) -> list[str]:
    return [each.text or "" for each in ElementTree.fromstring(svg).iter("text")]


def test_months_go_on_over_the_new_year() -> None:
    assert MONTHS == ["2026-11", "2026-12", "2027-01", "2027-02"]
    assert months_between("2027-03", "2027-03") == ["2027-03"]


def test_a_column_is_as_tall_as_its_value_and_stands_on_the_one_below() -> None:
    svg = by_month(MONTHS, [Series("sms", [10, 0, 5, 0]), Series("viber", [20, 0, 0, 0])])
    first, second, later = sorted(rects(svg), key=lambda each: (float(each["x"]), -float(each["y"])))
    assert float(second["height"]) == pytest.approx(2 * float(first["height"]), abs=0.2)
    assert float(second["y"]) + float(second["height"]) == pytest.approx(float(first["y"]), abs=0.2)
    assert float(later["height"]) == pytest.approx(float(first["height"]) / 2, abs=0.2)
    assert (first["class"], second["class"], later["class"]) == ("s0", "s1", "s0")
    assert "2027-01, sms: 5" in svg


@pytest.mark.parametrize(
    ("most", "lines"),
    (
        (1, ["0", "1"]),
        (4, ["0", "1", "2", "3", "4"]),
        (30, ["0", "10", "20", "30"]),
        (67, ["0", "20", "40", "60", "80"]),
        (4_200, ["0", "1,000", "2,000", "3,000", "4,000", "5,000"]),
    ),
)
def test_the_scale_has_round_steps_up_to_the_tallest_column(most: float, lines: list[str]) -> None:
    svg = by_month(["2027-01"], [Series("sms", [most])])
    assert [each for each in texts(svg) if re.fullmatch(r"[\d,]+", each)] == lines


def test_few_months_are_all_named_and_many_by_their_years() -> None:
    assert texts(by_month(MONTHS, []))[-4:] == ["Nov 2026", "Dec 2026", "Jan 2027", "Feb 2027"]
    nine_years = months_between("2026-11", "2035-10")
    assert texts(by_month(nine_years, []))[-9:] == [str(year) for year in range(2027, 2036)]


def test_a_bar_is_as_wide_as_its_value_and_begins_where_the_one_before_ends() -> None:
    svg = by_row("Cost", ["a", "b"], [Series("sms", [1, 4]), Series("viber", [3, 0])], ["4.00", "4.00"])
    one, three, four = rects(svg)
    assert float(three["width"]) == pytest.approx(3 * float(one["width"]), abs=0.2)
    assert float(one["x"]) + float(one["width"]) == pytest.approx(float(three["x"]), abs=0.2)
    assert float(four["width"]) == pytest.approx(4 * float(one["width"]), abs=0.2)


def test_nothing_at_all_is_a_plot_too() -> None:
    assert rects(by_month([], [])) == []
    assert rects(by_row("Skips", [], [], [])) == []


def test_names_are_escaped_wherever_they_stand() -> None:
    bad = "<script>"
    drawn = by_row(bad, [bad], [Series(bad, [1])], [bad]) + table([bad], [[bad, bad]])
    assert bad not in figure(bad, bad, drawn, table([bad], []), [bad])
