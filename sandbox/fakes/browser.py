"""A customer's browser: its subscription and what it makes of a push, all of it as its endpoint says."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from aftercart.channels.push_crypto import point
from aftercart.channels.push_subscription import Subscription

ORIGIN = "https://fcm.googleapis.com"


@dataclass(frozen=True, slots=True)
class Browser:
    endpoint: str

    @classmethod
    def of(cls, owner: str) -> "Browser":
        """The Chrome of somebody."""
        token = hashlib.sha256(owner.encode()).hexdigest()
        return cls(f"{ORIGIN}/fcm/send/{token[:11]}:APA91b{token}")

    @property
    def address(self) -> str:
        """As we keep its subscription."""
        return Subscription(
            endpoint=self.endpoint, origin=ORIGIN, point=point(self._key()), auth=self._auth()
        ).address

    def subscription(self) -> dict[str, Any]:
        """As `PushSubscription.toJSON()` says it."""
        return {"expirationTime": None, **json.loads(self.address)}

    def opened(self, body: bytes) -> Any:
        """What a push says. ValueError: it is not for this browser, or is no aes128gcm (RFC 8188, 8291)."""
        salt, size, ours, sealed = body[:16], int.from_bytes(body[16:20], "big"), body[21:86], body[86:]
        if body[20:21] != b"\x41" or len(body) - 86 > size:
            raise ValueError("no header of aes128gcm")
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), ours)
        shared = self._key().exchange(ec.ECDH(), theirs)
        info = b"WebPush: info\0" + point(self._key()) + ours
        secret = _derived(self._auth(), shared, info, 32)
        nonce = _derived(salt, secret, b"Content-Encoding: nonce\0", 12)
        try:
            key = _derived(salt, secret, b"Content-Encoding: aes128gcm\0", 16)
            plain = AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\0")
        except InvalidTag:
            raise ValueError("it is encrypted for another") from None
        if plain[-1:] != b"\x02":
            raise ValueError("the last record does not end as one")
        return json.loads(plain[:-1])

    def _key(self) -> ec.EllipticCurvePrivateKey:
        seed = hashlib.sha256(f"key of {self.endpoint}".encode()).digest()
        return ec.derive_private_key(int.from_bytes(seed, "big") >> 1, ec.SECP256R1())

    def _auth(self) -> bytes:
        return hashlib.sha256(f"secret of {self.endpoint}".encode()).digest()[:16]


def _derived(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(secret)
