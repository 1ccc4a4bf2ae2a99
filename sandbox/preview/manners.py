"""What a channel makes of a content: its buttons and pictures, or the plain form of them.

As the channel's richest provider does it: TurboSMS, say, has no carousel (docs/providers.md).
"""

from dataclasses import replace

from aftercart.channels.infobip_viber import is_carousel
from aftercart.channels.spelled_out import spelled_out, told_of
from aftercart.domain.consent import Channel
from aftercart.domain.content import Content
from aftercart.texts.limits import MOST_CHARACTERS


def as_shown(content: Content, channel: Channel, *, news: bool) -> Content:
    """`news`: they go as transactional."""
    if channel is Channel.VIBER:
        return _viber(content, news=news)
    return _told(content, channel) if channel is Channel.WHATSAPP else content


def _told(content: Content, channel: Channel) -> Content:
    return replace(content, text=told_of(content.text, content.cards, MOST_CHARACTERS[channel]), cards=())


def _viber(content: Content, *, news: bool) -> Content:
    links = [button for button in content.buttons if button.url]
    shown = [] if news else links[:1]
    if shown and is_carousel(content.cards, shown[0]):
        content = replace(content, image="")
    else:
        content = replace(_told(content, Channel.VIBER), image=content.image if shown else "")
    text = spelled_out(content.text, links[len(shown) :])
    return replace(content, text=text, buttons=tuple(shown))
