"""Viber Business Messages through Infobip: send, verify, read.

Shapes are those of infobip-api-python-client 6.0.0: POST /viber/2/messages, its reports and inbound messages.
That API rather than /messages-api/1: it knows Viber's label, session and tracking data by name.

How a webhook proves its sender is chosen in Infobip's portal, in the security settings of the notification
profile: BASIC, HMAC or OAUTH (infobip.com/docs/api/platform/subscriptions-api/create-security-settings).
`verify` takes
- BASIC, as RFC 7617 has it: any user name, and our webhook secret as the password;
- HMAC, with HMAC_SHA_256 over the raw body. Infobip's public pages do not name its header; receivers in use
  look at `X-Hub-Signature: sha256=<hex>`. Where an account's differs, BASIC is the setting that works.
"""

import base64
import binascii
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from aftercart.channels.entry import Entry, Webhook
from aftercart.channels.http_call import sent_by
from aftercart.channels.reading import Event, Json, child, children, collect, e164, iso, parse, text
from aftercart.channels.signatures import Headers, header, live, same, signed
from aftercart.channels.spelled_out import spelled_out
from aftercart.channels.verdicts import BUSY, Verdict, of_status
from aftercart.domain import ids
from aftercart.domain.consent import Channel, Purpose
from aftercart.domain.content import Button, Card, Content
from aftercart.domain.message import Outcome, Receipt, ReceiptStatus
from aftercart.ports import Http, Outgoing, Reply, Secrets, Sent, Unreadable

SHORTEST, LONGEST = 30, 172_800  # seconds a message may wait for the phone (Viber's least, Infobip's most)
LONGEST_TEXT = 1000  # characters
SHORTEST_CARD, LONGEST_CARD, LONGEST_BUTTON_OF_CARD = 2, 38, 10
CARDS = range(2, 6)
LABELS = {Purpose.TRANSACTIONAL: "TRANSACTIONAL", Purpose.MARKETING: "PROMOTIONAL"}

_ACCOUNT = Verdict("account_restricted", "alarm")
_PARAMETER = Verdict("parameter_refused", "alarm")
_NO_VIBER = Verdict("not_on_viber", "bad_address")
_NUMBER = Verdict("bad_number", "bad_address")
_STOPPED = Verdict("opted_out", "opted_out")

# Names of statuses and of errors, these without their EC_ (Infobip) or SRVC_ (Viber's own).
OUTCOMES: Mapping[str, Verdict] = {
    "REJECTED_DND": _STOPPED,
    "USER_BLOCKED": _STOPPED,
    **dict.fromkeys(("NOT_VIBER_USER", "NO_SUITABLE_DEVICE"), _NO_VIBER),
    **dict.fromkeys(
        ("REJECTED_DESTINATION", "REJECTED_INVALID_DESTINATION", "REJECTED_PREFIX_MISSING"), _NUMBER
    ),
    **dict.fromkeys(("REJECTED_DESTINATION_NOT_REGISTERED", "MISSING_TO", "UNKNOWN_SUBSCRIBER"), _NUMBER),
    **dict.fromkeys(("REJECTED_NOT_ENOUGH_CREDITS", "REJECTED_PREPAID_PACKAGE_EXPIRED"), _ACCOUNT),
    **dict.fromkeys(("REJECTED_SENDER", "REJECTED_SOURCE", "REJECTED_ROUTE_NOT_AVAILABLE"), _ACCOUNT),
    **dict.fromkeys(("BAD_SERVICE_ID", "UNAUTHORIZED_IP", "NOT_PERMITTED"), _ACCOUNT),
    **dict.fromkeys(
        ("BAD_DATA", "BAD_MESSAGE_TYPE", "BAD_PARAMETERS", "BAD_LABEL", "INVALID_TTL"), _PARAMETER
    ),
    "REJECTED_MESSAGE_TOO_LONG": _PARAMETER,
    "REJECTED_FLOODING_FILTER": BUSY,
    "REJECTED_SYSTEM_ERROR": BUSY,
    # They have had this reference before: so that time it was taken.
    "REJECTED_DUPLICATE_MESSAGE_ID": Verdict("sent_before", outcome=Outcome.UNKNOWN),
}
GROUPS: Mapping[str, Verdict] = {
    "UNDELIVERABLE": Verdict("undeliverable"),
    "EXPIRED": Verdict("expired"),
    "REJECTED": Verdict("refused"),
}
_GROUP_IDS = {
    "0": "ACCEPTED",
    "1": "PENDING",
    "2": "UNDELIVERABLE",
    "3": "DELIVERED",
    "4": "EXPIRED",
    "5": "REJECTED",
}
# Nobody knows whether the phone had it: no proof of a failure.
_UNPROVEN = ("DELIVERED_TO_OPERATOR", "EXPIRED_DLR_UNKNOWN", "EXPIRED_UNKNOWN")


class InfobipViber:
    """`entry.Sender`."""

    def __init__(self, http: Http, secrets: Secrets, base_url: str, sender: str) -> None:
        self._http = http
        self._secrets = secrets
        self._url = f"{base_url.rstrip('/')}/viber/2/messages"
        self._sender = sender

    def send(self, outgoing: Outgoing) -> Sent:
        return sent_by(
            self._http,
            self._url,
            json.dumps({"messages": [message(outgoing, outgoing.sender or self._sender)]}).encode(),
            secrets=self._secrets,
            field="infobip_api_key",
            headers=lambda key: {
                "Authorization": f"App {key}",
                "Content-Type": "application/json",
                "Accept": "application/json",
            },
            outcome=outcome,
        )


def message(outgoing: Outgoing, sender: str) -> dict[str, Any]:
    """One message of the call's body. It expires by itself: a late Viber must not follow the SMS."""
    return {
        "sender": sender,
        "destinations": [{"to": outgoing.to.removeprefix("+"), "messageId": outgoing.reference}],
        "content": _content(outgoing),
        "options": {
            "label": LABELS[outgoing.purpose],
            "validityPeriod": {
                "amount": min(max(outgoing.valid_for, SHORTEST), LONGEST),
                "timeUnit": "SECONDS",
            },
            "trackingData": outgoing.reference,
        },
        "webhooks": {"callbackData": outgoing.reference},
    }


def _content(outgoing: Outgoing) -> dict[str, Any]:
    """Viber takes text alone as transactional; promotional may have one button, which opens a link."""
    content = outgoing.content
    links = [button for button in content.buttons if button.url]
    if outgoing.purpose is Purpose.TRANSACTIONAL or not links:
        return {"type": "TEXT", "text": _said(content, links)}
    button, *others = links
    if is_carousel(content.cards, button):
        said = spelled_out(content.text, others)
        return {"type": "CAROUSEL", "text": said, "cards": [_card(each, button) for each in content.cards]}
    said = _said(content, others)
    opens = {"title": button.title, "action": button.url}
    if content.image:
        return {"type": "IMAGE", "text": said, "mediaUrl": content.image, "button": opens}
    return {"type": "TEXT", "text": said, "button": opens}


def _said(content: Content, links: Sequence[Button]) -> str:
    return spelled_out(content.text, links, content.cards, LONGEST_TEXT)


def is_carousel(cards: Sequence[Card], button: Button) -> bool:
    """A carousel has no button of its own: each card has one."""
    named = all(len(card.title) >= SHORTEST_CARD for card in cards)
    return named and len(cards) in CARDS and len(button.title) <= LONGEST_BUTTON_OF_CARD


def _card(card: Card, button: Button) -> dict[str, Any]:
    title = card.title if len(card.title) <= LONGEST_CARD else f"{card.title[: LONGEST_CARD - 1].rstrip()}…"
    return {
        "text": title,
        "mediaUrl": card.image,
        "buttons": [{"title": button.title, "action": button.url}],
    }


def outcome(status: int, answer: bytes) -> Sent:
    """What the answer to a call says; a 200 may hold a refusal of its one message."""
    try:
        found = parse(answer)
    except Unreadable:
        found = {}
    if not 200 <= status < 300:
        code = text(found, "errorCode") or text(found, "requestError", "serviceException", "messageId")
        refusal = _PARAMETER if status in (400, 404) else of_status(status)
        return refusal.sent(code or status)
    (first, *_) = children(found, "messages") or [{}]
    refused = _refusal(child(first, "status"), {})
    if refused:
        return refused[0].sent(refused[1])
    return Sent(outcome=Outcome.ACCEPTED, provider_id=text(first, "messageId"))


def _group(status: Json) -> str:
    return text(status, "groupName") or _GROUP_IDS.get(text(status, "groupId"), "")


def _refusal(status: Json, error: Json) -> tuple[Verdict, str] | None:
    """The verdict on a failed status and the name that led to it; None where the status is no failure."""
    otherwise = GROUPS.get(_group(status))
    if otherwise is None:
        return None
    names = [name for name in (text(error, "name"), text(status, "name")) if name not in ("", "NO_ERROR")]
    named = next((name for name in names if _bare(name) in OUTCOMES), "")
    return OUTCOMES.get(_bare(named), otherwise), named or next(iter(names), "")


def _bare(name: str) -> str:
    return name.removeprefix("EC_").removeprefix("SRVC_")


def verify(headers: Headers, body: bytes, secrets: Sequence[bytes]) -> bool:
    """By the HMAC where the request has one, else by the password (see above)."""
    signature = header(headers, "X-Hub-Signature")
    if signature:
        return signed(signature, "sha256=", body, secrets)
    password = _password(header(headers, "Authorization"))
    return any(same(password, secret) for secret in live(secrets))


def _password(authorization: str) -> str:
    scheme, _, credentials = authorization.partition(" ")
    if scheme.casefold() != "basic":
        return ""
    try:
        pair = base64.b64decode(credentials.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return ""
    return pair.partition(":")[2]


def read(body: bytes) -> list[Event]:
    """Delivery reports, seen reports and inbound messages: all are `results`, told apart by their fields."""
    found = parse(body)
    if not isinstance(found.get("results"), list):
        raise Unreadable("no_results")
    return collect(_readers(found))


def _readers(found: Json) -> Iterator[Callable[[], Event | None]]:
    for result in children(found, "results"):
        if isinstance(result.get("message"), dict):
            yield partial(_reply, result)
        elif "seenAt" in result:
            yield partial(_seen, result)
        elif isinstance(result.get("status"), dict):
            yield partial(_report, result)


def _reference(*candidates: str) -> str:
    """The first that is an attempt of ours."""
    return next((each for each in candidates if ids.split_attempt_id(each)), "")


def _report(result: Json) -> Receipt | None:
    reference = _reference(text(result, "callbackData"), text(result, "messageId"))
    if not reference:
        return None
    status, at = child(result, "status"), iso(result, "doneAt", "sentAt")
    if _group(status) not in _GROUP_IDS.values():
        raise Unreadable("unknown_status")
    refused = _refusal(status, child(result, "error"))
    if refused and text(status, "name") not in _UNPROVEN:
        verdict, name = refused
        return Receipt(
            reference=reference,
            status=ReceiptStatus.FAILED,
            at=at,
            reason=verdict.coded(name),
            advice=verdict.advice,
        )
    delivered = _group(status) == "DELIVERED" and text(status, "name") not in _UNPROVEN
    kind = ReceiptStatus.DELIVERED if delivered else ReceiptStatus.SENT
    return Receipt(reference=reference, status=kind, at=at)


def _seen(result: Json) -> Receipt | None:
    """A seen report has no callback data: the message id is ours."""
    reference = _reference(text(result, "callbackData"), text(result, "messageId"))
    if not reference:
        return None
    return Receipt(reference=reference, status=ReceiptStatus.READ, at=iso(result, "seenAt", "sentAt"))


def _reply(result: Json) -> Reply:
    """`from` in the webhooks of older accounts is `sender` in the client of today."""
    sender = e164(text(result, "sender") or text(result, "from"))
    identifier = text(result, "messageId")
    if not identifier or not sender:
        raise Unreadable("message_without_id_or_sender")
    said = child(result, "message")
    return Reply(
        id=identifier,
        channel=Channel.VIBER,
        sender=sender,
        text=text(said, "text"),
        at=iso(result, "receivedAt"),
        answers=_reference(
            text(result, "pairedMessageId"), text(result, "callbackData"), text(said, "trackingData")
        ),
    )


ENTRY = Entry(
    channel=Channel.VIBER,
    name="infobip",
    make=lambda means: InfobipViber(
        means.http, means.secrets, means.setting("infobip_base_url"), means.setting("infobip_viber_sender")
    ),
    read=lambda received: read(received.body),
    webhook=Webhook(
        key="infobip_webhook",
        verify=lambda received, keys: verify(received.headers, received.body, keys),
    ),
    settings=("infobip_base_url", "infobip_viber_sender"),
    secrets=("infobip_api_key", "infobip_webhook"),
    longest=LONGEST_TEXT,
    shows=frozenset({"links", "image", "cards"}),
    best=ReceiptStatus.READ,
    source="infobip.com/docs/api/channels/viber",
)
