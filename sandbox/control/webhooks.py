"""What can be posted to the stack's API, and how each sender signs: enough for any tool to play one."""

from typing import Any

from aftercart.channels import whatsapp_templates
from aftercart.shops import shopify
from sandbox.shop_settings import PARAMETERS, SECRETS, SHOP

JSON = {"Content-Type": "application/json"}
CHAT = ("messages", "messaging_postbacks")


def described() -> list[dict[str, Any]]:
    """A line for each provider and route; `{signature}` and `{topic}` are to be filled in."""
    signature = {"X-Shopify-Hmac-SHA256": "{signature}", "X-Shopify-Topic": "{topic}"}
    shop = {**JSON, **signature, "X-Shopify-Shop-Domain": SHOP}
    return [
        {
            "provider": "shopify",
            "topics": sorted(topics),
            "method": "POST",
            "path": path,
            "scheme": "shopify-hmac-sha256",
            "signature": "base64(hmac_sha256(secret, raw body))",
            "headers": shop,
            "secret": SECRETS["shopify"],
        }
        for path, topics in (
            ("/shopify/orders", shopify.ORDER_TOPICS),
            ("/shopify/fulfillments", shopify.SHIPMENT_TOPICS),
        )
    ] + [
        {
            "provider": "meta",
            "topics": ["messages", "user_preferences", *whatsapp_templates.READERS],
            "method": "POST",
            "path": "/meta/whatsapp",
            "scheme": "meta-hub-signature-256",
            "signature": "hex(hmac_sha256(secret, raw body))",
            "headers": {**JSON, "X-Hub-Signature-256": "sha256={signature}"},
            "secret": SECRETS["meta_app"],
        },
        *(
            {
                "provider": "meta",
                "topics": topics,
                "method": "POST",
                "path": f"/meta/{channel}",
                "scheme": "meta-hub-signature-256",
                "signature": "hex(hmac_sha256(secret, raw body))",
                "headers": {**JSON, "X-Hub-Signature-256": "sha256={signature}"},
                "secret": SECRETS[secret],
            }
            for channel, secret, topics in (
                ("messenger", "meta_app", [*CHAT, "messaging_referrals", "message_echoes"]),
                ("instagram", "instagram_app", [*CHAT, "messaging_referral"]),
            )
        ),
        {
            "provider": "infobip",
            "topics": ["delivery reports", "seen reports", "inbound messages"],
            "method": "POST",
            "path": "/infobip/viber",
            "scheme": "hub-signature-sha256",
            "signature": "hex(hmac_sha256(secret, raw body))",
            "headers": {**JSON, "X-Hub-Signature": "sha256={signature}"},
            "secret": SECRETS["infobip_webhook"],
        },
        {
            "provider": "twilio",
            "topics": ["status callbacks (with ?ref=<our reference>)", "incoming messages"],
            "method": "POST",
            "path": "/twilio/sms",
            "scheme": "twilio-hmac-sha1",
            "signature": f"base64(hmac_sha1(secret, {PARAMETERS['TwilioCallbackUrl']} with its query, and"
            " each field's name and value, sorted, without marks between))",
            "headers": {
                "Content-Type": "application/x-www-form-urlencoded",
                "X-Twilio-Signature": "{signature}",
            },
            "secret": SECRETS["twilio_token"],
        },
        {
            "provider": "web",
            "topics": ["shown", "opened"],
            "method": "POST",
            "path": "/web/push",
            "scheme": "web-push-receipt",
            "signature": 'the body\'s own: {"reference", "status": "{topic}", "proof": "{signature}"} with'
            ' hex(hmac_sha256(secret, "web-push:" + reference + ":" + status))',
            "headers": {"Content-Type": "text/plain;charset=UTF-8"},
            "secret": SECRETS["link_key"],
        },
    ]
