"""Instagram, after Meta's pages on its messaging with Instagram login: Messenger's shapes, elsewhere."""

from dataclasses import replace

from tests.aftercart.channels.sample import Message
from tests.aftercart.channels.samples.meta_messenger import CONTENTS, PSID, posted
from tests.aftercart.channels.samples.meta_messenger import SAMPLE as MESSENGER

ACCOUNT = "17841400008460056"

SAMPLE = replace(
    MESSENGER,
    settings={"instagram_base_url": "https://graph.instagram.com", "instagram_account_id": ACCOUNT},
    secrets={"instagram_token": b"IGAAtoken", "instagram_app": b"its app's secret", "meta_verify": b"a word"},
    messages=tuple(
        Message(
            outgoing=sends,
            url=f"https://graph.instagram.com/v23.0/{ACCOUNT}/messages",
            headers={"Authorization": "Bearer IGAAtoken"},
            body={"recipient": {"id": PSID}, "messaging_type": "RESPONSE", "message": content},
        )
        for sends, content in CONTENTS
    ),
    wrap=lambda items: posted(items, "instagram"),
    receipts=(),
)
