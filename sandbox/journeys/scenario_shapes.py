"""What may stand in a scenario: what happens, when, and what phones must show then."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from aftercart.domain.consent import Channel
from aftercart.shops.phones import e164
from sandbox.control.moments import FIRST_YEAR, LAST_YEAR, is_playable
from sandbox.fakes import Mode
from sandbox.journeys.shapes import AsWritten, Duration, Name, Rating, Shape, TextChannel, TimeOfDay

Stage = Literal[
    "handed_over",
    "in_transit",
    "out_for_delivery",
    "ready_for_pickup",
    "attempted_delivery",
    "failure",
    "delivered",
]


def _playable(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise PydanticCustomError("expected", "expected a time with its offset: 2026-11-23T10:12:00+02:00")
    if not is_playable(at):
        years = {"first": FIRST_YEAR, "last": LAST_YEAR}
        raise PydanticCustomError("expected", "expected a time of the years {first} to {last}", years)
    return at


PHONE = 'a phone number such as "+380671234567"'


def _that_exists(phone: str) -> str:
    if e164(phone, "") != phone:
        raise PydanticCustomError("expected", "expected {expected}", {"expected": PHONE})
    return phone


Phone = Annotated[str, AsWritten(r"\+[1-9]\d{6,14}", PHONE), AfterValidator(_that_exists)]


class ReplyShape(Shape):
    on: TextChannel = Channel.WHATSAPP
    """The channel on which they write."""
    text: Annotated[str, Field(min_length=1)]
    """What they write."""


class DayShape(Shape):
    at: TimeOfDay
    """The time of day in Kyiv."""
    days: Annotated[int, Field(ge=0, le=400_000)] = 0
    """So many days on; 0 is today."""


class PauseShape(Shape):
    journey: Name | Literal["*"]
    """A journey's name, or * for all."""
    paused: bool = True
    """false: it goes on."""


class ActShape(Shape):
    """One thing that happens, or is expected."""

    order: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    """They buy these skus of the catalogue; the newest order is what the rest is about."""
    cancel: Literal["order"] | None = None
    """The shop cancels the order."""
    parcel: Stage | None = None
    """The carrier's news of the order's parcel."""
    reply: ReplyShape | None = None
    """They write to us."""
    rate: Rating | None = None
    """They answer the question by a number, on the channel that asked."""
    channels: dict[TextChannel, Mode] | None = None
    """How channels fare from now on: ok, down, reject, silent, slow, timeout, duplicate-receipts."""
    pause: PauseShape | None = None
    """A journey is told to wait, or to go on."""
    wait: Duration | None = None
    """Time passes."""
    until: DayShape | None = None
    """Time passes until then."""
    shows: tuple[str, ...] | None = None
    """What phones have shown since the last `shows`, in order: "confirm on whatsapp". [] is nothing."""
    says: Annotated[str, Field(min_length=1)] | None = None
    """Words that the newest message holds."""
    unsaid: dict[Name, str] | None = None
    """Steps that were not said, each with the reason: {review_request: no_marketing_consent}."""

    @model_validator(mode="after")
    def _is_one(self) -> "ActShape":
        if len(self.model_fields_set) != 1:
            raise PydanticCustomError("one", "one thing at a time: each entry has one key")
        return self


class CustomerShape(Shape):
    name: str = "Олена"
    """As they are called."""
    phone: Phone = "+380671234567"
    """In international form."""
    marketing: bool | None = True
    """What they said at the checkout; null: they were not asked."""
    language: Name = "uk"
    """Of the checkout."""
    country: Annotated[str, AsWritten("[A-Z]{2}", "a country code such as UA")] = "UA"
    """Where they live."""


class ScenarioShape(Shape):
    """A scenario: `aftercart test` plays it in the memory world."""

    story: Annotated[str, Field(min_length=1)]
    """What it is about, in a sentence."""
    at: Annotated[datetime, AfterValidator(_playable)]
    """When it begins."""
    customer: CustomerShape = CustomerShape()
    """Whose story it is."""
    acts: tuple[ActShape, ...] = Field(min_length=1)
    """In their order."""
