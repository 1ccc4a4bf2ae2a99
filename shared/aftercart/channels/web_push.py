"""Web push: send to a browser, and read what our service worker says of it.

RFC 8030 (the request), 8291 and 8188 (its body, for that browser alone), 8292 (who sends it). The body is for
`storefront/aftercart-push-worker.js`, hosted by the shop: it shows the message, and posts to us when it has,
and when it is pressed. What proves each of those posts is a word that the body alone holds.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aftercart.channels.entry import Entry, Means, Received, Webhook
from aftercart.channels.http_call import sent_by
from aftercart.channels.push_subscription import of_address
from aftercart.channels.reading import Event, iso, parse, text
from aftercart.channels.signatures import signed
from aftercart.channels.spelled_out import spelled_out
from aftercart.channels.verdicts import NO_ANSWER, NO_SECRET, Verdict, of_status
from aftercart.domain import ids
from aftercart.domain.consent import Channel, Purpose
from aftercart.domain.message import Outcome, Receipt, ReceiptStatus
from aftercart.ports import Clock, Http, Outgoing, Secrets, Sent, Transient, Unreadable

LONGEST = 600  # characters: even of four bytes each they leave room for title, links and receipts
LARGEST = 3993  # bytes: encrypted they are the 4096 that every push service takes (RFC 8030, 7.2)
MOST_ACTIONS = 2  # that browsers show beneath a notification
LONGEST_TTL = 28 * 86_400  # seconds: Google's most
URGENCY = {Purpose.TRANSACTIONAL: "high", Purpose.MARKETING: "normal"}  # high wakes a phone that dozes
TAKEN = (201, 202)
LARGEST_RECEIPT = 1000  # bytes
STATUSES = {"shown": ReceiptStatus.DELIVERED, "opened": ReceiptStatus.READ}

_GONE = Verdict("no_subscription", "bad_address")
_TOO_LONG = Verdict("too_long")
OUTCOMES: Mapping[int, Verdict] = {
    400: Verdict("parameter_refused", "alarm"),
    404: _GONE,
    410: _GONE,
    413: _TOO_LONG,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WebPush:
    """`entry.Sender`. `base`: of our API, where receipts go. `sealed`, `vapid`: those of `push_crypto`."""

    http: Http
    secrets: Secrets
    sealed: Callable[[bytes, bytes, bytes], bytes]
    vapid: Callable[[str, str, str, datetime], str]
    clock: Clock
    base: str
    subject: str

    def send(self, outgoing: Outgoing) -> Sent:
        browser = of_address(outgoing.to)
        if browser is None:
            return _GONE.sent("address")
        try:
            key = self.secrets.get("link_key")[0].decode()
        except (Transient, LookupError, UnicodeDecodeError):
            return NO_SECRET.sent()
        plain = fitting(payload(outgoing, self.base, key.encode()))
        if plain is None or len(outgoing.content.text) > LONGEST:
            return _TOO_LONG.sent()
        try:
            body = self.sealed(plain, browser.point, browser.auth)
        except ValueError:
            return _GONE.sent("key")
        return sent_by(
            self.http,
            browser.endpoint,
            body,
            secrets=self.secrets,
            field="vapid_private_key",
            headers=lambda private: {
                **headers(outgoing),
                "Authorization": self.vapid(private, browser.origin, self.subject, self.clock.now()),
            },
            outcome=outcome,
        )


def headers(outgoing: Outgoing) -> dict[str, str]:
    """A message that is sent again takes the place of its first, where a browser has not had that yet."""
    return {
        "TTL": str(min(max(outgoing.valid_for, 0), LONGEST_TTL)),
        "Urgency": URGENCY[outgoing.purpose],
        "Topic": _message(outgoing),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
    }


def _message(outgoing: Outgoing) -> str:
    """The message's id: 25 letters of base64url, where 32 are allowed."""
    return outgoing.reference.rpartition("-")[0]


def payload(outgoing: Outgoing, base: str, key: bytes) -> dict[str, Any]:
    """What the worker gets. A press on the message itself opens `url`, one on a button the button's."""
    content = outgoing.content
    links = [button for button in content.buttons if button.url]
    return {
        "title": content.title or outgoing.sender,
        "body": spelled_out(content.text, links[MOST_ACTIONS:]),
        "url": outgoing.page,
        **({"image": content.image} if content.image else {}),
        "buttons": [{"title": each.title, "url": each.url} for each in links[:MOST_ACTIONS]],
        "tag": _message(outgoing),
        "receipt": {
            "url": f"{base.rstrip('/')}/web/push",
            "reference": outgoing.reference,
            **{status: proof(outgoing.reference, status, key) for status in STATUSES},
        },
    }


def fitting(found: Mapping[str, Any]) -> bytes | None:
    """As it is encrypted; without its picture where that makes it too large. None: it is so without."""
    whole = _json(found)
    if len(whole) > LARGEST:
        whole = _json({name: value for name, value in found.items() if name != "image"})
    return whole if len(whole) <= LARGEST else None


def _json(found: Mapping[str, Any]) -> bytes:
    return json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()


def outcome(status: int, answer: bytes) -> Sent:
    """The status says it all: what push services write beside it differs from one to the next."""
    if status in TAKEN:
        return Sent(outcome=Outcome.ACCEPTED)
    if 200 <= status < 300:
        return NO_ANSWER.sent(status)
    return OUTCOMES.get(status, of_status(status)).sent(status)


def proof(reference: str, status: str, key: bytes) -> str:
    """The word for one receipt of one attempt, in hex: who says it has read what was sent."""
    return hmac.digest(key, _said(reference, status), hashlib.sha256).hex()


def _said(reference: str, status: str) -> bytes:
    return f"web-push:{reference}:{status}".encode()


def verify(body: bytes, keys: Sequence[bytes]) -> bool:
    """Whether the proof is that of this reference and status."""
    if len(body) > LARGEST_RECEIPT:
        return False
    try:
        found = parse(body)
    except Unreadable:
        return False
    said = _said(text(found, "reference"), text(found, "status"))
    return signed(text(found, "proof"), "", said, keys)


def read(received: Received) -> list[Event]:
    """One receipt: `{"reference", "status", "proof"}`."""
    found = parse(received.body)
    reference = text(found, "reference")
    if not reference:
        raise Unreadable("no_receipt")
    if ids.split_attempt_id(reference) is None:
        return []
    status = STATUSES.get(text(found, "status"))
    if status is None:
        raise Unreadable("unknown_status")
    return [Receipt(reference=reference, status=status, at=iso({"at": received.at}, "at"))]


def _sender(means: Means) -> WebPush:
    """The library is loaded for those who send, and not for those who only hear of receipts."""
    from aftercart.channels import push_crypto  # noqa: PLC0415

    return WebPush(
        http=means.http,
        secrets=means.secrets,
        sealed=push_crypto.sealed,
        vapid=push_crypto.vapid,
        clock=means.clock,
        base=means.setting("link_base_url"),
        subject=means.setting("push_subject"),
    )


ENTRY = Entry(
    channel=Channel.PUSH,
    name="web",
    make=_sender,
    read=read,
    webhook=Webhook(key="link_key", verify=lambda received, keys: verify(received.body, keys)),
    settings=("link_base_url", "push_subject"),
    secrets=("vapid_private_key", "link_key"),
    longest=LONGEST,
    shows=frozenset({"links", "image", "title"}),
    best=ReceiptStatus.READ,
    hears=False,
    takes=lambda address: of_address(address) is not None,
    source="rfc-editor.org/rfc/rfc8030, rfc8291, rfc8292",
)
