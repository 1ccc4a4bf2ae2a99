"""What may stand in the files of words, a file a language."""

from functools import cached_property
from typing import Annotated, Literal, NamedTuple

from pydantic import (
    BeforeValidator,
    Field,
    RootModel,
    model_validator,
)
from pydantic_core import PydanticCustomError

from aftercart.domain.consent import Channel
from aftercart.texts.limits import MOST_OF_TITLE, SHOW_CARDS, SHOW_IMAGES
from sandbox.journeys.shapes import (
    Name,
    Said,
    Shape,
)


class ButtonShape(Shape):
    """One of `reply` (comes back when pressed) and `url` (opens)."""

    title: Said
    """At most 25 characters; of an answer, which needs no template, 20."""
    reply: str = ""
    """Comes back to us when pressed."""
    url: str = ""
    """The customer's page: {{ link }}."""

    @model_validator(mode="after")
    def _does_one_thing(self) -> "ButtonShape":
        if bool(self.reply) == bool(self.url):
            raise PydanticCustomError("button", "a button has either reply or url")
        return self


Cards = Literal["order.items"]


class ChannelShape(Shape):
    """What one channel shows. `template`: the name under which the provider has approved this very text."""

    text: Said
    """Liquid."""
    title: str = ""
    """Of an e-mail its subject, of a push its headline. Liquid, one line."""
    image: str = ""
    """{{ offer.image }}, {{ product.image }} or an https address; where nothing is known none is shown."""
    cards: Cards | None = None
    """Each thing with its title and image, side by side: from two on, at most five."""
    template: str = ""
    """The name under which the provider has approved this very text."""
    category: Literal["utility", "marketing"] | None = None
    """What it was approved as."""
    buttons: tuple[ButtonShape, ...] = ()
    """WhatsApp takes at most ten; of an answer, which needs no template, three."""


def _short(value: object) -> object:
    """`sms: words` is short for `sms: {text: words}`."""
    return {"text": value} if isinstance(value, str) else value


OwnWords = Annotated[ChannelShape, BeforeValidator(_short, json_schema_input_type=str | ChannelShape)]


class VariantShape(Shape):
    """The same message for each channel; `text` serves every channel that has none of its own."""

    title: str = ""
    """For e-mail and push where these have none of their own."""
    image: str = ""
    """For every channel that shows one and has none of its own; not for a template, which has its own."""
    cards: Cards | None = None
    """For every channel that shows them and has none of its own; with a template in the 24 hours alone."""
    text: Said | None = None
    """For every channel that has no words of its own."""
    whatsapp: OwnWords | None = None
    """Up to 1024 characters."""
    viber: OwnWords | None = None
    """Up to 1000 characters."""
    sms: OwnWords | None = None
    """70 Cyrillic or 160 Latin characters a part."""
    email: OwnWords | None = None
    """Its subject is its title; addresses in it become links."""
    push: OwnWords | None = None
    """A headline of 50 characters and 160 of text are seen without unfolding it."""

    def words(self, channel: Channel) -> "ChannelWords | None":
        own: ChannelShape | None = getattr(self, channel.value, None)
        shape = own or self.of_all
        if shape is None:
            return None
        return ChannelWords(
            key=channel.value if own else "text",
            shape=shape,
            title=shape.title or (self.title if channel in MOST_OF_TITLE else ""),
            image=shape.image or (self.image if channel in SHOW_IMAGES and not shape.template else ""),
            cards=shape.cards or (self.cards if channel in SHOW_CARDS else None) or "",
        )

    @cached_property
    def of_all(self) -> ChannelShape | None:
        return ChannelShape(text=self.text) if self.text else None


class ChannelWords(NamedTuple):
    """What a channel shows: its own, or what stands beside the channels for all of them."""

    key: str  # under which the shape stands
    shape: ChannelShape
    title: str
    image: str
    cards: str


class TextShape(VariantShape):
    """`with_offer`: the twin that carries the offer."""

    with_offer: VariantShape | None = None
    """The twin that carries the offer."""
    options: dict[Name, Annotated[Said, Field(max_length=20)]] = {}
    """Of a choice: what the customer's page writes on each answer's button."""


TextsShape = RootModel[dict[Name, TextShape]]
