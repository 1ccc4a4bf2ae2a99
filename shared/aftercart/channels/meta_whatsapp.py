"""WhatsApp through Meta's Cloud API: send, verify, read.

Source: developers.facebook.com/documentation/business-messaging/whatsapp.
"""

import json
from collections.abc import Mapping, Sequence

from aftercart.channels import whatsapp
from aftercart.channels.entry import Entry, Webhook
from aftercart.channels.http_call import sent_by
from aftercart.channels.reading import Event, children, parse, text
from aftercart.channels.signatures import Headers, header, live, same, signed
from aftercart.channels.verdicts import of_status
from aftercart.domain.consent import Channel
from aftercart.domain.message import Outcome, ReceiptStatus
from aftercart.ports import Http, Outgoing, Secrets, Sent, Unreadable

VERSION = "v23.0"


class MetaWhatsApp:
    """`entry.Sender`. The API takes no expiry with a message: a template's is set when it is made."""

    def __init__(self, http: Http, secrets: Secrets, base_url: str, phone_number_id: str) -> None:
        self._http = http
        self._secrets = secrets
        self._url = f"{base_url.rstrip('/')}/{VERSION}/{phone_number_id}/messages"

    def send(self, outgoing: Outgoing) -> Sent:
        return sent_by(
            self._http,
            self._url,
            json.dumps(whatsapp.message(outgoing)).encode(),
            secrets=self._secrets,
            field="meta_token",
            headers=lambda token: {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            outcome=outcome,
        )


def outcome(status: int, answer: bytes) -> Sent:
    """What the answer to a call says. Accepted is no more than that: the receipt tells the rest."""
    try:
        found = parse(answer)
    except Unreadable:
        found = {}
    if 200 <= status < 300:
        messages = children(found, "messages")
        return Sent(outcome=Outcome.ACCEPTED, provider_id=text(messages[0], "id") if messages else "")
    code = text(found, "error", "code")
    return whatsapp.verdict(code, of_status(status)).sent(code or status)


def verify(headers: Headers, body: bytes, secrets: Sequence[bytes]) -> bool:
    """X-Hub-Signature-256: 'sha256=' and the hex HMAC of the raw body under the app's secret."""
    return signed(header(headers, "X-Hub-Signature-256"), "sha256=", body, secrets)


def challenge(query: Mapping[str, str], tokens: Sequence[bytes]) -> str | None:
    """What to answer when Meta checks the address (GET), or None where the verify token is not ours."""
    if query.get("hub.mode") != "subscribe":
        return None
    given = query.get("hub.verify_token", "")
    return query.get("hub.challenge") if any(same(given, token) for token in live(tokens)) else None


def read(body: bytes) -> list[Event]:
    """What a webhook says."""
    found = parse(body)
    if text(found, "object") != "whatsapp_business_account" or not isinstance(found.get("entry"), list):
        raise Unreadable("not_whatsapp")
    return whatsapp.events(children(found, "entry"))


ENTRY = Entry(
    channel=Channel.WHATSAPP,
    name="meta",
    make=lambda means: MetaWhatsApp(
        means.http, means.secrets, means.setting("meta_base_url"), means.setting("meta_phone_number_id")
    ),
    read=lambda received: read(received.body),
    webhook=Webhook(
        key="meta_app",
        verify=lambda received, keys: verify(received.headers, received.body, keys),
        challenge_key="meta_verify",
        challenge=challenge,
    ),
    settings=("meta_base_url", "meta_phone_number_id"),
    secrets=("meta_token", "meta_app", "meta_verify"),
    longest=whatsapp.LONGEST,
    shows=whatsapp.SHOWS,
    templates=True,
    best=ReceiptStatus.READ,
    source="developers.facebook.com/documentation/business-messaging/whatsapp",
)
