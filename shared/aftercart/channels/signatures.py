"""Who really sent a webhook: keyed hashes over the raw bytes, compared in constant time."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence

Headers = Mapping[str, str]


def header(headers: Headers, name: str) -> str:
    """A header's value, whatever the case of its name; '' where it is absent."""
    wanted = name.casefold()
    return next((value for key, value in headers.items() if key.casefold() == wanted), "")


def same(received: str, expected: bytes) -> bool:
    """Bytes are compared: on text compare_digest raises for anything that is not ASCII."""
    return hmac.compare_digest(received.encode("utf-8", "replace"), expected)


def signed(received: str, prefix: str, body: bytes, secrets: Sequence[bytes]) -> bool:
    """`received` is the prefix and the hex HMAC-SHA256 of the body under one of the live secrets."""
    expected = [
        prefix.encode() + hmac.digest(secret, body, hashlib.sha256).hex().encode() for secret in live(secrets)
    ]
    return any(same(received, each) for each in expected)


def live(secrets: Sequence[bytes]) -> list[bytes]:
    """An empty secret signs nothing: anyone could."""
    return [secret for secret in secrets if secret]
