"""What a channel makes of a content: its buttons and pictures, or the plain form of them.

As the channel's richest provider does it: TurboSMS, say, has no carousel (docs/providers.md).
"""

from collections.abc import Sequence
from dataclasses import replace

from aftercart.channels import meta_pages, whatsapp
from aftercart.channels.infobip_viber import is_carousel
from aftercart.channels.spelled_out import spelled_out
from aftercart.domain.consent import ANSWERS_ONLY, Channel
from aftercart.domain.content import Button, Content
from aftercart.texts.limits import MOST_CHARACTERS


def as_shown(content: Content, channel: Channel, *, news: bool) -> Content:
    """`news`: they go as transactional."""
    if channel is Channel.VIBER:
        return _viber(content, news=news)
    if channel is Channel.WHATSAPP:
        return _whatsapp(content)
    return _chat(content, channel) if channel in ANSWERS_ONLY else content


def _whatsapp(content: Content) -> Content:
    """A template has no cards, though within the 24 hours its words may go with them."""
    if content.template:
        return replace(content, cards=())
    if beside := whatsapp.side_by_side(content):
        text, button = beside
        return replace(content, text=text, image="", buttons=(button,))
    return _named(content, Channel.WHATSAPP, ())


def _chat(content: Content, channel: Channel) -> Content:
    if lines := meta_pages.two_lines(content):
        return replace(content, text="\n".join(filter(None, lines)))
    return replace(_named(content, channel, ()), image="")


def _named(content: Content, channel: Channel, links: Sequence[Button]) -> Content:
    text = spelled_out(content.text, links, content.cards, MOST_CHARACTERS[channel])
    return replace(content, text=text, cards=())


def _viber(content: Content, *, news: bool) -> Content:
    links = [button for button in content.buttons if button.url]
    shown = () if news else tuple(links[:1])
    others = links[len(shown) :]
    if shown and is_carousel(content.cards, shown[0]):
        return replace(content, text=spelled_out(content.text, others), image="", buttons=shown)
    named = _named(content, Channel.VIBER, others)
    return replace(named, image=content.image if shown else "", buttons=shown)
