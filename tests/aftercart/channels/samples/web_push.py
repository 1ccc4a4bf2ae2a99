"""Web push, after RFC 8030, 8291 and 8292. Here the browser is that of RFC 8291's own example."""

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from aftercart.channels.entry import Received
from aftercart.domain.consent import Purpose
from aftercart.domain.content import Button
from aftercart.domain.message import Outcome, ReceiptStatus
from aftercart.ports import Outgoing
from tests.aftercart.channels.sample import AT, PHONE, Item, Message, Row, Sample, Told
from tests.aftercart.channels.standins import REFERENCE, outgoing
from tests.aftercart.channels.wire import Answer

TEXT = "Олено, замовлення №1001 прийнято."
PAGE = "https://kram.example/m/abc"
ENDPOINT = "https://fcm.googleapis.com/fcm/send/dW5pcXVl:APA91b"
POINT = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
PRIVATE = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
KEY, LINK_KEY = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw", b"a link's key"
WHERE, HELP, MORE = (
    Button(title=title, url=f"https://np.example/{n}")
    for n, title in enumerate(("Де?", "Допомога", "Ще"), start=1)
)


def address(endpoint: str = ENDPOINT, p256dh: str = POINT, auth: str = AUTH) -> str:
    found = {"endpoint": endpoint, "keys": {"p256dh": p256dh, "auth": auth}}
    return json.dumps(found, separators=(",", ":"))


def raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def derived(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(secret)


def opened(body: bytes) -> Any:
    """As the browser opens it, with its private key."""
    salt, point, sealed = body[:16], body[21:86], body[86:]
    assert (body[16:20], body[20]) == (b"\x00\x00\x10\x00", 65)
    mine = ec.derive_private_key(int.from_bytes(raw(PRIVATE), "big"), ec.SECP256R1())
    shared = mine.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point))
    secret = derived(raw(AUTH), shared, b"WebPush: info\0" + raw(POINT) + point, 32)
    key = derived(salt, secret, b"Content-Encoding: aes128gcm\0", 16)
    nonce = derived(salt, secret, b"Content-Encoding: nonce\0", 12)
    plain = AESGCM(key).decrypt(nonce, sealed, None)
    assert plain[-1:] == b"\x02"
    return json.loads(plain[:-1])


def digest(status: str, key: bytes = LINK_KEY, reference: str = REFERENCE) -> str:
    return hmac.new(key, f"web-push:{reference}:{status}".encode(), hashlib.sha256).hexdigest()


def a_push(title: str = "Kram", image: str = "", **what: Any) -> Outgoing:
    found = outgoing(to=address(), **what)
    return replace(found, content=replace(found.content, title=title, image=image), page=PAGE)


def message(sends: Outgoing, ttl: str = "900", urgency: str = "high", **said: Any) -> Message:
    return Message(
        outgoing=sends,
        url=ENDPOINT,
        headers={
            "TTL": ttl,
            "Urgency": urgency,
            "Topic": "abcdefghijklmn-abcdefghij",
            "Content-Encoding": "aes128gcm",
        },
        body={
            "title": "Kram",
            "body": TEXT,
            "url": PAGE,
            "buttons": [],
            "tag": "abcdefghijklmn-abcdefghij",
            "receipt": {
                "url": "https://kram.example/web/push",
                "reference": REFERENCE,
                "shown": digest("shown"),
                "opened": digest("opened"),
            },
            **said,
        },
    )


def receipt(status: str, reference: str = REFERENCE) -> Item:
    return {"reference": reference, "status": status}


def posted(items: Sequence[Item]) -> Received:
    (item,) = items
    return Received(body=json.dumps(item, separators=(",", ":")).encode(), at=AT.isoformat())


def signed(received: Received, key: bytes) -> Received:
    found = json.loads(received.body)
    return proving(received, digest(found["status"], key, found["reference"]))


def proving(received: Received, proof: str) -> Received:
    """The proof lies in the body."""
    found = {**json.loads(received.body), "proof": proof}
    return replace(received, body=json.dumps(found, separators=(",", ":")).encode())


ACTIONS = [{"title": each.title, "url": each.url} for each in (WHERE, HELP)]
SAMPLE = Sample(
    settings={"link_base_url": "https://kram.example/", "push_subject": "mailto:push@kram.example"},
    secrets={"vapid_private_key": KEY.encode(), "link_key": LINK_KEY},
    messages=(
        message(a_push()),
        message(a_push(buttons=(WHERE, Button(title="Так", reply="1"), HELP)), buttons=ACTIONS),
        message(
            a_push(buttons=(WHERE, HELP, MORE)), buttons=ACTIONS, body=f"{TEXT}\nЩе: https://np.example/3"
        ),
        message(a_push(image="https://kram.example/case.png"), image="https://kram.example/case.png"),
        message(a_push(image=f"https://kram.example/{'a' * 4000}")),  # too large: it goes without
        message(a_push(title="", sender="Крам"), title="Крам"),
        message(a_push(purpose=Purpose.MARKETING), urgency="normal"),
        message(a_push(valid_for=-1), ttl="0"),
        message(a_push(valid_for=10**7), ttl="2419200"),
    ),
    accepted=Answer(status=201),
    provider_id="",
    outcomes=(
        *(
            Row(answer=Answer(status=status, body=f"{PHONE} x".encode()), advice=advice, reason=reason)
            for status, advice, reason in (
                (404, "bad_address", "no_subscription 404"),
                (410, "bad_address", "no_subscription 410"),
                (400, "alarm", "parameter_refused 400"),
                (401, "alarm", "not_authorised 401"),
                (403, "alarm", "not_authorised 403"),
                (413, "", "too_long 413"),
                (429, "later", "provider_busy 429"),
                (301, "", "refused 301"),
            )
        ),
        Row(answer=Answer(status=202), outcome=Outcome.ACCEPTED),
        Row(answer=Answer(status=200), outcome=Outcome.UNKNOWN, reason="no_answer 200"),
        Row(answer=Answer(status=500), outcome=Outcome.UNKNOWN, reason="provider_fault 500"),
        Row(answer=Answer(status=503), outcome=Outcome.UNKNOWN, reason="provider_fault 503"),
    ),
    too_long=None,
    opened=opened,
    wrap=posted,
    receipts=(
        Told(item=receipt("shown"), status=ReceiptStatus.DELIVERED),
        Told(item=receipt("opened"), status=ReceiptStatus.READ),
    ),
    unknown_status=receipt("waved away"),
    foreign=receipt("shown", "somebody-elses"),
    sign=signed,
    proving=proving,
    reaches=(
        address(),
        address("https://updates.push.services.mozilla.com/wpush/v2/gAAAAA"),
        address("https://autopush.dev.push.services.mozilla.com/wpush/v2/gAAAAA"),
        address("https://web.push.apple.com/QGuQyavXutnMH"),
        address("https://wns2-par02p.notify.windows.com/w/?token=BQYAAAB%2bsome%3d"),
        address(p256dh=f"{POINT}=", auth=f"{AUTH}=="),
    ),
    does_not_reach=(
        PHONE,
        "olena@customer.example",
        "{}",
        address("http://fcm.googleapis.com/fcm/send/a"),
        address("https://fcm.googleapis.com:8443/fcm/send/a"),
        address("https://fcm.googleapis.com.evil.example/fcm/send/a"),
        address("https://evil.example/fcm.googleapis.com/"),
        address("https://fcm.googleapis.com@evil.example/a"),
        address("https://evil.example\\@fcm.googleapis.com/a"),
        address("https://evilpush.services.mozilla.com/a"),
        address("https://push.services.mozilla.com.evil.example/a"),
        address("https://169.254.169.254/latest/meta-data"),
        address("https://fcm.googleapis.com/a\r\nHost: evil.example"),
        address(f"https://fcm.googleapis.com/{'a' * 2048}"),
        address("https://fcm.googleapis.com"),
        address(p256dh=POINT[:-4]),
        address(p256dh=f"A{POINT[1:]}"),
        address(auth="AA"),
        address(auth="*"),
    ),
)
