"""What differs by language in a text: plural forms, money, dates, by CLDR's rules."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache, wraps

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.numbers import format_currency, format_decimal
from liquid.exceptions import FilterArgumentError

from aftercart.domain.money import Money

CODE_AND_NUMBER = re.compile(r"(?<=[A-Z]{3})(?=\d)")


@lru_cache(maxsize=16)
def locale(language: str) -> Locale:
    return Locale.parse(language)


def plural_forms(language: str) -> frozenset[str]:
    """The forms a language has (CLDR): "one", "few", "many", "other" in Ukrainian."""
    return frozenset(locale(language).plural_form.tags) | {"other"}


@dataclass(frozen=True, slots=True)
class Filters:
    """`codes`: UAH instead of ₴, where a currency's sign alone would make an SMS twice as dear."""

    language: str
    codes: bool = False

    def plural(self, value: object, **forms: object) -> str:
        """`{{ n | plural: one: "# товар", few: "# товари", … }}`: the form that fits, # being the number."""
        number = _number(value)
        form = forms.get(locale(self.language).plural_form(number)) or forms.get("other") or ""
        return str(form).replace("#", self._decimal(number))

    def money(self, value: object) -> str:
        """Money in the language's manner, without ",00". What is not money shows as nothing."""
        if not isinstance(value, Money):
            return ""
        if not value.currency:
            return self._decimal(value.amount)
        pattern = str(locale(self.language).currency_formats["standard"].pattern)
        if value.amount == value.amount.to_integral_value():
            pattern = pattern.replace(".00", "")
        if self.codes:
            pattern = pattern.replace("¤", "¤¤")
        written = format_currency(
            value.amount, value.currency, pattern, locale=locale(self.language), currency_digits=False
        )
        # CLDR puts a space between a code and its number; Babel leaves it out.
        return CODE_AND_NUMBER.sub(" ", written)

    def date(self, value: object, pattern: object = "") -> str:
        """Day and month in the language's manner; or by a CLDR pattern, `date: "d MMMM y"`.

        Raises FilterArgumentError for a pattern that is none, or that asks for the time of day.
        """
        if not isinstance(value, date | datetime):
            return ""
        if pattern:
            return _by_pattern(value, str(pattern), self.language)
        return format_skeleton("MMMMd", value, locale=locale(self.language))

    def _decimal(self, number: Decimal) -> str:
        return format_decimal(number, locale=locale(self.language))


def _by_pattern(value: date, pattern: str, language: str) -> str:
    """Babel takes % for itself: it would show `%d` as `%2`."""
    try:
        if "%" not in pattern:
            return format_date(value, pattern, locale=locale(language))
    except (AttributeError, ValueError):
        pass
    what = f'\'{pattern}\' shows no date: CLDR\'s letters do, as "d MMMM y" or "dd.MM.yyyy"'
    raise FilterArgumentError(what, token=None)


def told(name: str, used: Callable[..., object]) -> Callable[..., object]:
    """The filter, with whatever it stumbles on as an error of Liquid's, which is told with its place.

    Liquid's own turn only some of Python's errors into that.
    """

    @wraps(used)
    def filtered(*values: object, **named: object) -> object:
        try:
            return used(*values, **named)
        except (ArithmeticError, AttributeError, LookupError, ValueError):
            raise FilterArgumentError(f"'{name}' takes no such value", token=None) from None

    return filtered


def _number(value: object) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return Decimal(0)
