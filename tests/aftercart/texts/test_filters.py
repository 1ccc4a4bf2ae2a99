from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import product

import pytest
from liquid.exceptions import LiquidError

from aftercart.domain.money import Money
from aftercart.texts.filters import Filters, plural_forms
from aftercart.texts.render import environment

NBSP = "\u00a0"
UK = {"one": "# товар", "few": "# товари", "many": "# товарів", "other": "# товару"}
RU = {"one": "# товар", "few": "# товара", "many": "# товаров", "other": "# товара"}
EN = {"one": "# item", "other": "# items"}


@pytest.mark.parametrize(
    ("number", "uk", "ru", "en"),
    (
        (0, "0 товарів", "0 товаров", "0 items"),
        (1, "1 товар", "1 товар", "1 item"),
        (2, "2 товари", "2 товара", "2 items"),
        (5, "5 товарів", "5 товаров", "5 items"),
        (11, "11 товарів", "11 товаров", "11 items"),
        (21, "21 товар", "21 товар", "21 items"),
        (22, "22 товари", "22 товара", "22 items"),
        (25, "25 товарів", "25 товаров", "25 items"),
        (111, "111 товарів", "111 товаров", "111 items"),
        ("1.5", "1,5 товару", "1,5 товара", "1.5 items"),
    ),
)
def test_a_number_takes_the_form_its_language_wants(number: int | str, uk: str, ru: str, en: str) -> None:
    assert Filters("uk").plural(number, **UK) == uk
    assert Filters("ru").plural(number, **RU) == ru
    assert Filters("en").plural(number, **EN) == en


def test_a_form_that_is_not_given_falls_back_to_other() -> None:
    assert Filters("uk").plural(5, other="# шт.") == "5 шт."


def test_what_is_no_number_counts_as_none() -> None:
    assert Filters("en").plural(None, **EN) == "0 items"


def test_ukrainian_has_four_forms_and_english_two() -> None:
    assert plural_forms("uk") == {"one", "few", "many", "other"}
    assert plural_forms("en") == {"one", "other"}


@pytest.mark.parametrize(
    ("language", "amount", "currency", "shown"),
    (
        ("uk", "399", "UAH", f"399{NBSP}₴"),
        ("uk", "399.00", "UAH", f"399{NBSP}₴"),
        ("uk", "399.50", "UAH", f"399,50{NBSP}₴"),
        ("uk", "24999", "UAH", f"24{NBSP}999{NBSP}₴"),
        ("ru", "24999", "UAH", f"24{NBSP}999{NBSP}₴"),
        ("en", "24999", "UAH", "UAH 24,999"),
        ("en", "399.5", "EUR", "€399.50"),
        ("en", "100", "", "100"),
    ),
)
def test_money_is_written_as_the_language_writes_it(
    language: str, amount: str, currency: str, shown: str
) -> None:
    assert Filters(language).money(Money(Decimal(amount), currency)) == shown


def test_money_can_name_the_currency_by_its_code() -> None:
    assert Filters("en", codes=True).money(Money(Decimal(1500), "INR")) == "INR 1,500"
    assert Filters("en").money(Money(Decimal(1500), "INR")) == "₹1,500"


def test_what_is_no_money_or_no_date_shows_as_nothing() -> None:
    assert Filters("uk").money(None) == ""
    assert Filters("uk").date("2026-11-02") == ""


def test_a_date_reads_as_people_say_it() -> None:
    day = date(2026, 11, 2)
    assert Filters("uk").date(day) == "2 листопада"
    assert Filters("ru").date(day) == "2 ноября"
    assert Filters("en").date(day) == "November 2"
    assert Filters("uk").date(datetime(2026, 11, 2, 10, tzinfo=UTC), "MMMM y") == "листопада 2026"


@pytest.mark.parametrize("pattern", ("%d.%m.%Y", "%d", "d mmmm", "HH:mm", "d MMMMMMMM"))
def test_what_is_no_pattern_of_a_date_is_said_to_be_none(pattern: str) -> None:
    with pytest.raises(LiquidError, match="shows no date"):
        Filters("en").date(date(2026, 11, 2), pattern)


ODD = ("nil", "true", "-1.5", '"abc"', '"ж"', "99999999999999999999", "(1..3)", "day", "money", "things")
ARGUMENTS = ("", ": 0", ": 1.5", ': "title"', ': "a", "b"', ": things", ": day", f": {'9' * 20}", ": x: 1")


@pytest.mark.parametrize("name", sorted(environment("uk").filters))
def test_whatever_a_filter_stumbles_on_is_an_error_of_liquid(name: str) -> None:
    facts = {"day": date(2026, 11, 2), "money": Money(Decimal(1), "UAH"), "things": [{"title": "Кабель"}, 1]}
    for value, arguments in product(ODD, ARGUMENTS):
        with suppress(LiquidError):
            environment("uk").from_string(f"{{{{ {value} | {name}{arguments} }}}}").render(**facts)
