"""How long a message may be on its channel. Light: what only counts needs neither Liquid nor Babel."""

from aftercart.domain.consent import Channel
from aftercart.texts.segments import count

MOST_CHARACTERS = {
    Channel.WHATSAPP: 1024,
    Channel.VIBER: 1000,
    Channel.EMAIL: 20_000,
    Channel.MESSENGER: 2000,
    Channel.INSTAGRAM: 500,  # a thousand bytes
}
# What a locked phone shows (Braze's figure for iOS; Android unfolds to more).
FOLD = {Channel.PUSH: 160}
# A headline is one line of a phone; a subject is one of RFC 5322.
MOST_OF_TITLE = {Channel.PUSH: 50, Channel.EMAIL: 78}
# Side by side where that can be shown, else their titles below the text. An SMS is paid for by the part, and
# a push has no room: these say what their text says.
SHOW_CARDS = frozenset({Channel.WHATSAPP, Channel.VIBER, Channel.EMAIL, Channel.MESSENGER, Channel.INSTAGRAM})
SHOW_IMAGES = SHOW_CARDS | {Channel.PUSH}
FEWEST_CARDS, MOST_CARDS = 2, 5  # Viber's


def too_long(channel: Channel, text: str, max_segments: int) -> str:
    """Why it is not sent: so many parts, or characters. '' where it may be."""
    if channel is Channel.SMS:
        return f"{count(text)} parts" if count(text) > max_segments else ""
    return f"{len(text)} characters" if len(text) > MOST_CHARACTERS.get(channel, len(text)) else ""


def fits(channel: Channel, text: str, max_segments: int, title: str = "") -> bool:
    """Whether all of it is taken, and seen at once."""
    if too_long(channel, text, max_segments):
        return False
    if len(title) > MOST_OF_TITLE.get(channel, len(title)):
        return False
    return len(text) <= FOLD.get(channel, len(text))
