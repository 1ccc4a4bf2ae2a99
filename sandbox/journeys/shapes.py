"""The words that the shapes of all files of `journeys/` are made of."""

import re
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal, LiteralString

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from aftercart.domain.brand import Hours
from aftercart.domain.consent import Channel
from aftercart.domain.money import Money
from aftercart.domain.zones import countries

ISO_DURATION = r"P(?=\d|T\d)(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?"
HOLIDAY = r"(\d{4}-)?\d{2}-\d{2}"
TIME_OF_DAY = r"([01]\d|2[0-3]):[0-5]\d"
LANGUAGE = r"[a-z]{2,3}"
COUNTRY = r"[A-Z]{2}|\*"
WEB_ADDRESS = r"https://[\w.-]+(/\S*)?"
AMOUNT = r"\d{1,12}(\.\d{1,9})? [A-Z]{3}"
NAME = r"[a-z][a-z0-9_]*"

MOST_DAYS = 36_525  # a hundred years: no calendar of ours ends sooner
A_CENTURY: LiteralString = "expected at most a hundred years, P36525D"

Rating = Annotated[int, Field(ge=1, le=5)]
TextChannel = Literal[Channel.WHATSAPP, Channel.VIBER, Channel.PUSH, Channel.SMS, Channel.EMAIL]


@dataclass(frozen=True, slots=True)
class AsWritten:
    """A word of a certain form: `expected` says which, to people and to editors."""

    pattern: str
    expected: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._checked, handler(source))

    def __get_pydantic_json_schema__(self, _: CoreSchema, __: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "pattern": f"^(?:{self.pattern})$", "description": self.expected}

    def _checked(self, value: object) -> object:
        if not isinstance(value, str) or not re.fullmatch(self.pattern, value):
            raise PydanticCustomError("expected", "expected {expected}", {"expected": self.expected})
        return value


def _at_most_a_hundred_years(duration: timedelta) -> timedelta:
    if duration > timedelta(days=MOST_DAYS):
        raise PydanticCustomError("expected", A_CENTURY)
    return duration


# Months and years have no fixed length, so they are no durations here.
Duration = Annotated[
    timedelta,
    Field(gt=timedelta(0)),
    AfterValidator(_at_most_a_hundred_years),
    AsWritten(ISO_DURATION, "a duration in weeks, days, hours, minutes: P2W, P3D, PT15M, P1DT2H"),
]


def _a_minute_to_a_day(wait: timedelta) -> timedelta:
    if not timedelta(minutes=1) <= wait <= timedelta(days=1):
        raise PydanticCustomError("expected", "expected a wait of a minute (PT1M) to a day (P1D)")
    return wait


def _reckonable(number: Decimal) -> Decimal:
    """So that nothing that is reckoned with it overflows, or is too long to be written."""
    if number and not -9 <= number.adjusted() < 12:
        what = "expected less than 1,000,000,000,000, with nine decimals at most"
        raise PydanticCustomError("expected", what)
    return number


Reckonable = AfterValidator(_reckonable)

# Longer than the sender itself may take, and no longer than the workflow is meant to wait for a receipt.
RungWait = Annotated[Duration, AfterValidator(_a_minute_to_a_day)]
TimeOfDay = Annotated[time, AsWritten(TIME_OF_DAY, 'a time of day such as "11:00"')]
Language = Annotated[str, AsWritten(LANGUAGE, "a language code such as uk")]
CountryCode = Annotated[str, AsWritten(COUNTRY, 'a country code such as UA, or "*" for everywhere else')]


def _on_the_map(code: str) -> str:
    """What begins with X is anybody's to assign: Kosovo is XK nearly everywhere."""
    if code not in countries() and code[0] not in "*X":
        hint = "; did you mean 'GB'?" if code == "UK" else ""
        raise PydanticCustomError("expected", f"there is no country {code!r}{hint}")
    return code


SomeCountry = Annotated[CountryCode, AfterValidator(_on_the_map)]
WebAddress = Annotated[str, AsWritten(WEB_ADDRESS, "an address such as https://shop.example/reviews")]
Currency = Annotated[str, AsWritten("[A-Z]{3}", "a currency such as UAH")]
Said = Annotated[str, Field(min_length=1, pattern=r"\S")]  # spaces alone say nothing
Name = Annotated[str, AsWritten(NAME, "a name in small letters, digits and _")]


def _on_the_calendar(value: str) -> str:
    try:
        date.fromisoformat(value[:10])
    except ValueError:
        raise PydanticCustomError("expected", "expected a day that is on the calendar") from None
    return value


def _before_2200(value: str) -> str:
    if _on_the_calendar(value) >= "2200":
        raise PydanticCustomError("expected", "expected a day before the year 2200")
    return value


Beginning = Annotated[
    str,
    AfterValidator(_before_2200),
    AsWritten(
        rf"\d{{4}}-\d\d-\d\d( {TIME_OF_DAY})?", 'a day, or a day and a time of day: "2027-03-01 11:00"'
    ),
]


def _on_some_calendar(value: str) -> str:
    """A day of every year is one of a leap year."""
    _on_the_calendar(value if len(value) > len("12-25") else f"2000-{value}")
    return value


Holiday = Annotated[
    str, AfterValidator(_on_some_calendar), AsWritten(HOLIDAY, 'a day: "2026-12-25", or "12-25" every year')
]
Amount = Annotated[str, AsWritten(AMOUNT, "an amount with its currency: 5000 UAH")]


def money(amount: str) -> Money:
    """`5000 UAH`."""
    number, _, currency = amount.partition(" ")
    return Money(Decimal(number), currency)


def _hours(value: object) -> object:
    start, dash, end = value.partition("-") if isinstance(value, str) else ("", "", "")
    if not dash or not all(re.fullmatch(TIME_OF_DAY, each) for each in (start, end)) or start >= end:
        raise PydanticCustomError("expected", 'expected hours such as "09:00-20:00"')
    return {"start": start, "end": end}


OpenHours = Annotated[Hours, BeforeValidator(_hours, json_schema_input_type=str)]


class Shape(BaseModel):
    """The words under a key are its description in the schema that editors read (`schemas.py`)."""

    # Built when it is first read with: no command reads with all of them.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)
