"""Reading a shop's JSON: fields that forgive every hole but a wrong id.

A shop is trusted to be the sender, not to be right: what one field lacks must not cost the customer the news.
"""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from aftercart import bounds
from aftercart.domain.links import is_public
from aftercart.ports import Unreadable

# A line's ends and other controls are blanks; what turns the writing round (UAX 9) is not taken at all.
_CONTROLS: dict[int, str | None] = {
    **dict.fromkeys([*range(32), *range(127, 160), 0x2028, 0x2029], " "),
    **dict.fromkeys([0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)], None),
}
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_AMOUNT = re.compile(r"\d{1,12}(\.\d{1,6})?")
_CURRENCY = re.compile(r"[A-Z]{3}")
FIRST_YEAR, LAST_YEAR = 1971, 2999
_LONGEST_TEXT = 255
_MOST_OF_A_THING = 1_000_000
_MOST_OF_ONE_FIELD = 100  # a parcel's numbers and links: a few of them are shown

Model = TypeVar("Model", bound=BaseModel)


class Shape(BaseModel):
    """The fields we need of a shop's object; what else it has is never kept."""

    # Built on first use: the parcels' function never needs the shape of an order.
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True, defer_build=True)


def parse(shape: type[Model], body: bytes) -> Model:
    """The body as `shape`. Unreadable says why, in words that carry nothing of the body."""
    bounds.check(body)
    try:
        return shape.model_validate_json(body)
    except ValidationError as refusal:
        first = refusal.errors(include_input=False, include_context=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        reason = f"{first['type']} at {where}" if where else first["type"]
    raise Unreadable(reason)  # outside the handler: no chained error carries what was refused


def _id(value: object) -> str:
    """Ids exceed 2**53 and are kept as text; a float among them has lost digits already."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return value if isinstance(value, str) and _ID.fullmatch(value) else ""


def _text(value: object) -> str:
    """One line of text, without control characters: a name may end up in a template's placeholder."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return " ".join(value.translate(_CONTROLS).split())[:_LONGEST_TEXT] if isinstance(value, str) else ""


def _link(value: object) -> str:
    """One that may be shown: an address inside somebody's network is none."""
    return value if isinstance(value, str) and is_public(value) else ""


def _currency(value: object) -> str:
    """ISO 4217's three letters, as they come into a text beside the amount."""
    return value if isinstance(value, str) and _CURRENCY.fullmatch(value) else ""


def _several(value: object) -> list[Any]:
    return value[:_MOST_OF_ONE_FIELD] if isinstance(value, list) else [value]


def _moment(value: object) -> datetime | None:
    """An ISO 8601 time as UTC; one without an offset is taken for UTC."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            return None
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except ValueError:
        return None


def _amount(value: object) -> Decimal | None:
    """A plain, non-negative decimal; an absurd price is no price."""
    text = str(value) if isinstance(value, int | float) else value
    return Decimal(text) if isinstance(text, str) and _AMOUNT.fullmatch(text) else None


def _count(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 7:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return min(max(value, 0), _MOST_OF_A_THING)


def _object(value: object) -> dict[str, Any] | None:
    return value if isinstance(value, dict) else None


def _objects(value: object) -> list[dict[str, Any]]:
    """A list's objects: nulls in it, `{}` or null in its place are holes seen in real bodies."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


Thing = TypeVar("Thing")

Id = Annotated[str, BeforeValidator(_id)]
Text = Annotated[str, BeforeValidator(_text)]
Currency = Annotated[str, BeforeValidator(_currency)]
Link = Annotated[str, BeforeValidator(_link)]
Texts = Annotated[tuple[Text, ...], BeforeValidator(_several)]
Links = Annotated[tuple[Link, ...], BeforeValidator(_several)]
Moment = Annotated[datetime | None, BeforeValidator(_moment)]
Amount = Annotated[Decimal | None, BeforeValidator(_amount)]
Count = Annotated[int | None, BeforeValidator(_count)]
Yes = Annotated[bool, BeforeValidator(lambda value: value is True)]
Maybe = Annotated[Thing | None, BeforeValidator(_object)]
Many = Annotated[tuple[Thing, ...], BeforeValidator(_objects)]
