"""How long a message may be on its channel. Light: what only counts needs neither Liquid nor Babel."""

from aftercart.domain.consent import Channel
from aftercart.texts.segments import count

MOST_SMS_PARTS = 2
MOST_CHARACTERS = {
    Channel.WHATSAPP: 1024,
    Channel.VIBER: 1000,
    Channel.MESSENGER: 2000,
    Channel.INSTAGRAM: 500,
}


def fits(channel: Channel, text: str) -> bool:
    if channel is Channel.SMS:
        return count(text) <= MOST_SMS_PARTS
    return len(text) <= MOST_CHARACTERS.get(channel, len(text))
