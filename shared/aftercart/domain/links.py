"""The link to a customer's page: one a message, the same on each leg, signed. It carries ids only.

And which of the links that others send may be shown to a customer at all.
"""

import base64
import hashlib
import hmac
import re

from aftercart.domain.ids import CUSTOMER_LENGTH, WITHIN_CUSTOMER_LENGTH

TAG_LENGTH = 8  # 40 bits: guessed online only, and the message must exist besides
TOKEN_LENGTH = CUSTOMER_LENGTH + WITHIN_CUSTOMER_LENGTH + TAG_LENGTH
PAGE, CHAT = b"page", b"chat"  # what a token is for

LONGEST_LINK = 2048
_LINK = re.compile(
    r"https?://(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+([a-z]{2,63}|xn--[a-z0-9-]{1,59})"
    r"(?::\d{1,5})?(?:[/?#][!#-;=?-\[\]-~]*)?",  # printable ASCII but for quotes, <, > and backslash
    re.IGNORECASE,
)
# RFC 6761 and 6762, ICANN's .internal, and the names that routers and offices give their own machines.
_INTERNAL = frozenset(
    ("arpa", "corp", "home", "internal", "intranet", "invalid", "lan", "local", "localdomain", "localhost",
     "onion", "private")
)  # fmt: skip


def is_public(url: str) -> bool:
    """May it stand in a message? It leads over the web to a host with a public-looking name, and no user's.

    Addresses in numbers, however they are written, are no names: their last part is not of letters.
    """
    found = _LINK.fullmatch(url) if len(url) <= LONGEST_LINK else None
    return found is not None and found[1].lower() not in _INTERNAL


def page_token(message_id: str, key: bytes) -> str:
    """Short enough for an SMS: the message's id and a tag over it."""
    return message_id.replace("-", "") + _tag(message_id, key, PAGE)


def page_url(base: str, message_id: str, key: bytes) -> str:
    return f"{base.rstrip('/')}/m/{page_token(message_id, key)}"


def chat_url(chat: str, message_id: str, key: bytes) -> str:
    """A link to a chat with us that says who comes. Meta sees it: its token opens no page."""
    return f"{chat}?ref={message_id.replace('-', '')}{_tag(message_id, key, CHAT)}"


def message_of(token: str, keys: tuple[bytes, ...], what: bytes = PAGE) -> str | None:
    """The message a token was made for, or None for anything that we did not sign for this."""
    if len(token) != TOKEN_LENGTH or not token.isascii() or not token.isalnum():
        return None
    message = f"{token[:CUSTOMER_LENGTH]}-{token[CUSTOMER_LENGTH:-TAG_LENGTH]}"
    tag = token[-TAG_LENGTH:].encode()
    # Under an empty key anyone could make one.
    made = [_tag(message, key, what).encode() for key in keys if key]
    return message if any(hmac.compare_digest(tag, each) for each in made) else None


def _tag(message_id: str, key: bytes, what: bytes) -> str:
    raw = hmac.digest(key, what + b":" + message_id.encode(), hashlib.sha256)
    return base64.b32encode(raw).decode().lower()[:TAG_LENGTH]
