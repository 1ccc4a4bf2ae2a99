"""A message as one channel shows it, before a provider's own format."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """`reply` comes back when it is pressed; `url` opens. One of the two."""

    title: str
    reply: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """An approved template and what fills it, in the order of its placeholders."""

    name: str
    language: str
    category: str  # "utility", "marketing"
    parameters: tuple[str, ...] = ()
    button_parameters: tuple[str, ...] = ()  # the variable end of each URL button, in order


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One of several things shown side by side. `image`: a public URL, which the customer's side fetches."""

    title: str
    image: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """`title`: an e-mail's subject, a push's headline. `image`: a public URL; nothing of ours fetches it.

    What a channel cannot show as such is said in the text.
    """

    text: str
    language: str
    title: str = ""
    html: str = ""  # an e-mail's
    image: str = ""
    cards: tuple[Card, ...] = ()
    buttons: tuple[Button, ...] = ()
    template: Template | None = None
    parts: int = 1  # of an SMS: each is paid for
    forced_by: str = ""  # of an SMS: the first character that makes it UCS-2
