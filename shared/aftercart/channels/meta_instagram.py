"""Instagram through Meta's API with Instagram login, as a professional account: answers alone.

Its app has a secret of its own. Where the account is reached through its Facebook page, the base URL is
graph.facebook.com, the account's id the page's, and secret and token are the page's.
Source: developers.facebook.com/documentation/instagram-platform (instagram-api-with-instagram-login).
"""

from aftercart.channels import meta_pages
from aftercart.channels.entry import Entry
from aftercart.channels.meta_pages import MetaPage
from aftercart.domain.consent import Channel
from aftercart.domain.message import ReceiptStatus

LONGEST = 1000 // 2  # bytes, of which a Cyrillic letter takes two

ENTRY = Entry(
    channel=Channel.INSTAGRAM,
    name="meta",
    make=lambda means: MetaPage(
        means.http,
        means.secrets,
        base_url=means.setting("instagram_base_url"),
        account=means.setting("instagram_account_id"),
        key="instagram_token",
        named=False,  # nothing that we may put to a message is documented to come back
        longest=LONGEST,
    ),
    read=lambda received: meta_pages.read(received.body, "instagram", Channel.INSTAGRAM),
    webhook=meta_pages.webhook("instagram_app"),
    settings=("instagram_base_url", "instagram_account_id"),
    secrets=("instagram_token", "instagram_app", "meta_verify"),
    longest=LONGEST,
    shows=meta_pages.SHOWS,
    best=ReceiptStatus.SENT,
    takes=meta_pages.is_user,
    source="developers.facebook.com/documentation/instagram-platform",
)
