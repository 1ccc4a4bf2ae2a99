"""How long a message may be on its channel. Light: what only counts needs neither Liquid nor Babel."""

from aftercart.domain.consent import Channel
from aftercart.texts.segments import count

MOST_SMS_PARTS = 2
MOST_CHARACTERS = {Channel.WHATSAPP: 1024, Channel.VIBER: 1000, Channel.EMAIL: 20_000}
# What a locked phone shows (Braze's figure for iOS; Android unfolds to more).
FOLD = {Channel.PUSH: 160}
# A headline is one line of a phone; a subject is one of RFC 5322.
MOST_OF_TITLE = {Channel.PUSH: 50, Channel.EMAIL: 78}


def fits(channel: Channel, text: str, title: str = "") -> bool:
    """Whether all of it is taken, and seen at once."""
    if channel is Channel.SMS:
        return count(text) <= MOST_SMS_PARTS
    if len(title) > MOST_OF_TITLE.get(channel, len(title)):
        return False
    return len(text) <= (MOST_CHARACTERS | FOLD).get(channel, len(text))
