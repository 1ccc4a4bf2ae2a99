"""Messenger through Meta's Send API, as a page: answers alone.

Source: developers.facebook.com/documentation/business-messaging/messenger-platform.
"""

from aftercart.channels import meta_pages
from aftercart.channels.entry import Entry
from aftercart.channels.meta_pages import MetaPage
from aftercart.domain.consent import Channel
from aftercart.domain.message import ReceiptStatus

LONGEST = 2000  # characters

ENTRY = Entry(
    channel=Channel.MESSENGER,
    name="meta",
    make=lambda means: MetaPage(
        means.http,
        means.secrets,
        base_url=means.setting("meta_base_url"),
        account=means.setting("messenger_page_id"),
        key="messenger_token",
        named=True,
        longest=LONGEST,
    ),
    read=lambda received: meta_pages.read(received.body, "page", Channel.MESSENGER),
    webhook=meta_pages.webhook("meta_app"),
    settings=("meta_base_url", "messenger_page_id"),
    secrets=("messenger_token", "meta_app", "meta_verify"),
    longest=LONGEST,
    shows=meta_pages.SHOWS,
    best=ReceiptStatus.SENT,
    takes=meta_pages.is_user,
    source="developers.facebook.com/documentation/business-messaging/messenger-platform",
)
