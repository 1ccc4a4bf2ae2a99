"""What a channel cannot show as a button must still be said."""

from collections.abc import Iterable

from aftercart.domain.content import Button


def spelled_out(text: str, buttons: Iterable[Button]) -> str:
    """The text, and a line for each link that it does not name already."""
    lines = [f"{button.title}: {button.url}" for button in buttons if button.url and button.url not in text]
    return "\n".join([text, *lines])
