"""What web push needs cryptography for: a body that one browser alone can read, and proof of who we are.

RFC 8291 (encryption for web push) over RFC 8188 (aes128gcm), and RFC 8292 (VAPID). Only this module loads the
library: whoever sends no web push does not pay for it.
"""

import base64
import hashlib
import hmac
import json
import os
from datetime import datetime, timedelta

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

CURVE = ec.SECP256R1()
RECORD = 4096  # bytes of a body that every push service takes (RFC 8030, 7.2)
SALT, END = 16, b"\x02"  # the last record ends so
PROVES_FOR = timedelta(hours=12)  # a push service takes at most a day (RFC 8292, 2)


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(CURVE)


def private_key(text: str) -> ec.EllipticCurvePrivateKey:
    """From its 32 bytes in base64url, as generators of VAPID's keys print it. LookupError: it is none."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        if len(raw) != 32:
            raise ValueError
        return ec.derive_private_key(int.from_bytes(raw, "big"), CURVE)
    except ValueError:
        raise LookupError("no private key of P-256 in base64url") from None


def point(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Its public key, uncompressed: 65 bytes. `public_bytes` would load half a library more for it."""
    numbers = key.public_key().public_numbers()
    return b"\x04" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def sealed(plain: bytes, browser: bytes, auth: bytes) -> bytes:
    """A request's body: what that browser alone can read. ValueError: its public point is none."""
    return encrypted(plain, browser, auth, new_key(), os.urandom(SALT))


def encrypted(
    plain: bytes, browser: bytes, auth: bytes, ephemeral: ec.EllipticCurvePrivateKey, salt: bytes
) -> bytes:
    """One record. Key and salt are made anew for each body: two with the same would give each other away."""
    ours, theirs = point(ephemeral), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, browser)
    shared = ephemeral.exchange(ec.ECDH(), theirs)
    secret = _derived(auth, shared, b"WebPush: info\0" + browser + ours, 32)
    key = _derived(salt, secret, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(salt, secret, b"Content-Encoding: nonce\0", 12)
    header = salt + RECORD.to_bytes(4, "big") + bytes([len(ours)]) + ours
    return header + AESGCM(key).encrypt(nonce, plain + END, None)


def _derived(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    """HKDF-SHA256 (RFC 5869) of one block."""
    extracted = hmac.digest(salt, secret, hashlib.sha256)
    return hmac.digest(extracted, info + b"\x01", hashlib.sha256)[:length]


def vapid(private: str, origin: str, subject: str, now: datetime) -> str:
    """The Authorization of a request. LookupError: `private` is no key.

    `origin`: of the push service; `subject`: a mailto: or https: at which its people reach us.
    """
    key, until = private_key(private), now + PROVES_FOR
    claims = {"aud": origin, "exp": int(until.timestamp()), "sub": subject}
    parts = ({"typ": "JWT", "alg": "ES256"}, claims)
    signing = ".".join(base64url(json.dumps(part, separators=(",", ":")).encode()) for part in parts)
    halves = decode_dss_signature(key.sign(signing.encode(), ec.ECDSA(hashes.SHA256())))
    signature = b"".join(half.to_bytes(32, "big") for half in halves)
    return f"vapid t={signing}.{base64url(signature)}, k={base64url(point(key))}"
