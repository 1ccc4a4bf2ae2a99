"""The link to a customer's page: one a message, the same on each leg, signed. It carries ids only."""

import base64
import hashlib
import hmac

from aftercart.domain.ids import CUSTOMER_LENGTH, WITHIN_CUSTOMER_LENGTH

TAG_LENGTH = 8  # 40 bits: guessed online only, and the message must exist besides
TOKEN_LENGTH = CUSTOMER_LENGTH + WITHIN_CUSTOMER_LENGTH + TAG_LENGTH


def page_token(message_id: str, key: bytes) -> str:
    """Short enough for an SMS: the message's id and a tag over it."""
    return message_id.replace("-", "") + _tag(message_id, key)


def page_url(base: str, message_id: str, key: bytes) -> str:
    return f"{base.rstrip('/')}/m/{page_token(message_id, key)}"


def message_of(token: str, keys: tuple[bytes, ...]) -> str | None:
    """The message a token was made for, or None for anything that we did not sign."""
    if len(token) != TOKEN_LENGTH or not token.isascii() or not token.isalnum():
        return None
    message = f"{token[:CUSTOMER_LENGTH]}-{token[CUSTOMER_LENGTH:-TAG_LENGTH]}"
    tag = token[-TAG_LENGTH:].encode()
    return message if any(hmac.compare_digest(tag, _tag(message, key).encode()) for key in keys) else None


def _tag(message_id: str, key: bytes) -> str:
    raw = hmac.digest(key, b"page:" + message_id.encode(), hashlib.sha256)
    return base64.b32encode(raw).decode().lower()[:TAG_LENGTH]
