"""What a channel cannot show as a button, or side by side, must still be said."""

from collections.abc import Iterable

from aftercart.domain.content import Button, Card


def spelled_out(text: str, buttons: Iterable[Button]) -> str:
    """The text, and a line for each link that it does not name already."""
    lines = [f"{button.title}: {button.url}" for button in buttons if button.url and button.url not in text]
    return "\n".join([text, *lines])


def told_of(text: str, cards: Iterable[Card], longest: int) -> str:
    """The text, and a line for each thing that it does not name already; without them where it gets too long.

    An image says nothing by itself, so nothing stands for one.
    """
    titles = [f"- {card.title}" for card in cards if card.title not in text]
    told = "\n".join([text, *titles])
    return told if len(told) <= longest else text
