"""What a channel cannot show as a button, or side by side, must still be said."""

import sys
from collections.abc import Iterable

from aftercart.domain.content import Button, Card


def spelled_out(
    text: str, buttons: Iterable[Button], cards: Iterable[Card] = (), longest: int = sys.maxsize
) -> str:
    """The text, and a line for each thing and each link that it does not name already.

    Without the things where it would be longer: links matter more. Nothing stands for an image, which says
    nothing by itself.
    """
    things = [f"- {card.title}" for card in cards if card.title not in text]
    links = [f"{button.title}: {button.url}" for button in buttons if button.url and button.url not in text]
    said = "\n".join([text, *things, *links])
    return said if len(said) <= longest else "\n".join([text, *links])
