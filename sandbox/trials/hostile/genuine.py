"""What may knock at the door: for each inbound route, requests that are genuine, and how one is told.

Whether a request is genuine is decided here by a plain reading of its own, not by the code under trial: the
bytes and the proof of a request that was truly made, however they were wrapped.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

from aftercart.channels.reading import parse, text
from aftercart.domain.ids import enrolment_id
from aftercart.domain.links import page_token
from aftercart.ports import Unreadable
from sandbox.shop_settings import LINK_BASE, SECRETS
from sandbox.sign_events import EVENTS, body_of, signed, target_of

Event = dict[str, Any]
SHOPIFY = "x-shopify-hmac-sha256"
META = "x-hub-signature-256"
INFOBIP = "x-hub-signature"
TWILIO = "x-twilio-signature"
PASSWORD = "authorization"


@dataclass(frozen=True, slots=True)
class Route:
    """`proof`: the header that proves the sender, "" where query, path or body do. `refusal`: a status.

    `within`: the fields of its body that prove it.
    """

    name: str
    function: str
    proof: str
    refusal: int
    events: tuple[Event, ...]
    is_genuine: Callable[[Event], bool]
    within: tuple[str, ...] = ()


@cache
def routes() -> Mapping[str, Route]:
    made = (
        _signed("orders", "order_confirmation", SHOPIFY, _orders()),
        _signed("fulfillments", "delivery_tracking", SHOPIFY, _parcels()),
        _signed("whatsapp", "inbound_replies", META, _replies("whatsapp_stop", "whatsapp_button")),
        _signed("messenger", "inbound_replies", META, _replies("messenger_stop", "messenger_sent")),
        _signed("instagram", "inbound_replies", META, _replies("instagram_stop")),
        _signed("viber by hmac", "inbound_replies", INFOBIP, _replies("viber_report")),
        Route("viber by password", "inbound_replies", PASSWORD, 401, _with_password(), _has_password),
        _signed_form("sms", "inbound_replies", TWILIO, _replies("twilio_stop", "twilio_delivered")),
        Route("whatsapp verification", "inbound_replies", "", 401, _verification(), _has_verify_token),
        _proved_within("web push", "inbound_replies", "push_shown", ("reference", "status", "proof")),
        _proved_within("push subscription", "customer_pages", "push_subscribed", ("order", "proof")),
        Route("page", "customer_pages", "", 404, _page("open"), _has_token),
        Route("page's buttons", "customer_pages", "", 404, _page("press"), _has_token),
    )  # fmt: skip
    return {route.name: route for route in made}


def sample(function: str, name: str) -> Event:
    found: Event = json.loads((EVENTS / function / f"{name}.json").read_text(encoding="utf-8"))
    return found


def in_base64(event: Event) -> Event:
    """The same request as API Gateway hands on what it does not take for text."""
    return {**event, "body": base64.b64encode(body_of(event)).decode(), "isBase64Encoded": True}


def in_text(event: Event) -> Event:
    return {**event, "body": body_of(event).decode(), "isBase64Encoded": False}


def _samples(function: str, *names: str) -> tuple[Event, ...]:
    """Each as text and in base64."""
    found = [sample(function, name) for name in names]
    return tuple(each for event in found for each in (in_text(event), in_base64(event)))


def _replies(*names: str) -> tuple[Event, ...]:
    return _samples("inbound_replies", *names)


def _orders() -> tuple[Event, ...]:
    small = {
        "id": 6120011223301,
        "name": "#1001",
        "total_price": "8999.00",
        "created_at": "2026-11-20T10:15:00Z",
    }
    short = signed(in_text({**sample("order_confirmation", "order_placed"), "body": json.dumps(small)}))
    return (*(short, in_base64(short)) * 4, *_samples("order_confirmation", "order_cancelled"))


def _parcels() -> tuple[Event, ...]:
    small = {"id": 1, "order_id": 6120011223301, "status": "success", "updated_at": "2026-11-20T10:15:00Z"}
    short = signed(in_text({**sample("delivery_tracking", "parcel_sent"), "body": json.dumps(small)}))
    return (*(short, in_base64(short)) * 4, *_samples("delivery_tracking", "parcel_sent"))


def _with_password() -> tuple[Event, ...]:
    made = []
    for event in _replies("viber_report"):
        headers = {name: value for name, value in event["headers"].items() if name != INFOBIP}
        pair = base64.b64encode(f"infobip:{SECRETS['infobip_webhook']}".encode()).decode()
        made.append({**event, "headers": {**headers, PASSWORD: f"Basic {pair}"}})
    return tuple(made)


def _verification() -> tuple[Event, ...]:
    return (sample("inbound_replies", "whatsapp_verification"),)


TOKENS = tuple(
    page_token(enrolment_id(customer, "page", str(n)), SECRETS["link_key"].encode())
    for n, customer in enumerate(("aaaaaaaaaaaaaa", "mfrggzdfmztwq2", "zzzzzzzz777777"))
)


def _page(name: str) -> tuple[Event, ...]:
    event = sample("customer_pages", name)
    return tuple({**event, "rawPath": f"/m/{token}", "pathParameters": {"token": token}} for token in TOKENS)


def _signed(name: str, function: str, header: str, events: tuple[Event, ...]) -> Route:
    """Genuine is a body that was signed, under a signature that was made for it, whatever else is said.

    Shopify's two routes have one key: what was signed for one is authentic at the other. So have WhatsApp and
    Messenger.
    """
    of_this_key = (*_orders(), *_parcels()) if header == SHOPIFY else events
    if name in ("whatsapp", "messenger"):
        of_this_key = (*_replies("whatsapp_stop", "whatsapp_button", "messenger_stop", "messenger_sent"),)
    pairs = {body_of(event): event["headers"][header] for event in of_this_key}

    def is_genuine(event: Event) -> bool:
        wanted = pairs.get(bytes_of(event))
        return wanted is not None and wanted in _proofs(event, header)

    return Route(name, function, header, 401, events, is_genuine)


def _signed_form(name: str, function: str, header: str, events: tuple[Event, ...]) -> Route:
    """Twilio signs the address and what a form says, in whatever bytes: those are genuine together."""
    pairs = {_told(event): event["headers"][header] for event in events}

    def is_genuine(event: Event) -> bool:
        wanted = pairs.get(_told(event))
        return wanted is not None and wanted in _proofs(event, header)

    return Route(name, function, header, 401, events, is_genuine)


def _proved_within(name: str, function: str, event: str, within: tuple[str, ...]) -> Route:
    """Whatever else the body says: what proves it says all that it proves."""
    events = _samples(function, event)
    told = _fields_of(events[0], within)
    return Route(name, function, "", 401, events, lambda event: _fields_of(event, within) == told, within)


def _fields_of(event: Event, names: tuple[str, ...]) -> tuple[str, ...]:
    try:
        found = parse(bytes_of(event))
    except Unreadable:
        return ()
    return tuple(text(found, name) for name in names)


def _told(event: Event) -> str:
    return target_of(event) + (_sorted_fields(bytes_of(event)) or "no form")


def _sorted_fields(body: bytes) -> str | None:
    """Name and value of each, none between; None where it is no form."""
    try:
        fields = parse_qsl(body.decode(), keep_blank_values=True, errors="strict")
    except ValueError:
        return None
    return "".join(name + value for name, value in sorted(set(fields)))


def _proofs(event: Event, header: str) -> set[str]:
    headers: Mapping[str, object] = event.get("headers") or {}
    return {str(value).strip() for name, value in headers.items() if name.lower() == header}


def bytes_of(event: Event) -> bytes:
    """Leniently: whatever could be taken for the bytes of a genuine request."""
    body = str(event.get("body") or "")
    if event.get("isBase64Encoded"):
        try:
            return base64.b64decode(body)
        except (binascii.Error, ValueError):
            pass
    return body.encode("utf-8", "surrogatepass")


def _has_password(event: Event) -> bool:
    """The password proves the sender alone, not the body; the user's name is free."""
    for proof in _proofs(event, PASSWORD):
        scheme, _, pair = proof.partition(" ")
        try:
            password = base64.b64decode(pair.strip()).partition(b":")[2]
        except (binascii.Error, ValueError):
            continue
        if scheme.lower() == "basic" and password == SECRETS["infobip_webhook"].encode():
            return True
    return False


def _has_verify_token(event: Event) -> bool:
    query = event.get("queryStringParameters") or {}
    mode, token = query.get("hub.mode"), query.get("hub.verify_token")
    return (mode, token) == ("subscribe", SECRETS["meta_verify"])


def _has_token(event: Event) -> bool:
    return (event.get("pathParameters") or {}).get("token") in TOKENS


def signature(header: str, key: bytes, body: bytes, algorithm: str = "") -> str:
    """As the owner of the header would make it, where the address that is signed has no query."""
    algorithm = algorithm or ("sha1" if header == TWILIO else "sha256")
    if header == TWILIO:
        body = f"{LINK_BASE}/twilio/sms{_sorted_fields(body) or ''}".encode()
    digest = hmac.digest(key, body, getattr(hashlib, algorithm))
    if header in (SHOPIFY, TWILIO):
        return base64.b64encode(digest).decode()
    return f"{algorithm}={digest.hex()}"
