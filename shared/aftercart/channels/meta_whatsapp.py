"""WhatsApp through Meta's Cloud API: send, verify, read.

Sources: developers.facebook.com/documentation/business-messaging/whatsapp (messages, templates, webhooks,
error codes), and for the business-scoped user ids of 2026 and the newest codes: pywa 4.5.0.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from aftercart.channels.entry import Entry, Webhook
from aftercart.channels.reading import (
    Event,
    Json,
    child,
    children,
    collect,
    e164,
    parse,
    seconds,
    text,
)
from aftercart.channels.signatures import Headers, header, live, same, signed
from aftercart.channels.spelled_out import spelled_out
from aftercart.channels.verdicts import BUSY, NO_ANSWER, NO_SECRET, NOT_CONNECTED, Verdict, of_status
from aftercart.domain import ids
from aftercart.domain.consent import Channel
from aftercart.domain.content import Button, Content, Template
from aftercart.domain.message import Outcome, Receipt, ReceiptStatus
from aftercart.ports import Http, MaybeSent, Outgoing, Refused, Reply, Secrets, Sent, Transient, Unreadable

VERSION = "v23.0"
TIMEOUT = 10.0  # seconds until the outcome is unknown
LONGEST_INTERACTIVE = 1024  # characters of a body with buttons
MOST_BUTTONS = 3

_UNKNOWN = Verdict("provider_fault", outcome=Outcome.UNKNOWN)
_BARRED = Verdict("barred_as_marketing", "plain")
_UNREACHABLE = Verdict("not_on_whatsapp", "bad_address")
_CONTENT = Verdict("content_refused")
_ACCESS = Verdict("not_authorised", "alarm")
_ACCOUNT = Verdict("account_restricted", "alarm")
_PARAMETER = Verdict("parameter_refused", "alarm")
_TEMPLATE = Verdict("template_fault", "alarm")

OUTCOMES: Mapping[int, Verdict] = {
    **dict.fromkeys((4, 80007, 130429, 131056, 133016), BUSY),
    **dict.fromkeys((1, 2, 131000, 131016, 131057, 135000), _UNKNOWN),
    # An experiment, the limit per person, a person who stopped marketing: the news without its offer may go.
    **dict.fromkeys((130472, 131049, 131050), _BARRED),
    **dict.fromkeys((131021, 131026), _UNREACHABLE),
    **dict.fromkeys((131051, 131052, 131053, 131062), _CONTENT),
    131047: Verdict("window_closed"),
    137000: Verdict("recipient_changed"),
    **dict.fromkeys((0, 3, 10, 190, *range(200, 300), 131005), _ACCESS),
    **dict.fromkeys((368, 130497, 131031, 131037, 131042, 131045, 131048, 131063, 131064, 133010), _ACCOUNT),
    **dict.fromkeys((33, 100, 131008, 131009, 131030), _PARAMETER),
    **dict.fromkeys(range(132000, 132100), _TEMPLATE),
}

STATUSES: Mapping[str, ReceiptStatus] = {
    "sent": ReceiptStatus.SENT,
    "delivered": ReceiptStatus.DELIVERED,
    "read": ReceiptStatus.READ,
    "played": ReceiptStatus.READ,  # a voice message that was listened to
    "failed": ReceiptStatus.FAILED,
}

# A changed number, an emoji put on a message, a chat that was opened.
SAY_NOTHING = ("system", "reaction", "request_welcome")


class MetaWhatsApp:
    """`entry.Sender`. The API takes no expiry with a message: a template's is set when it is made."""

    def __init__(self, http: Http, secrets: Secrets, base_url: str, phone_number_id: str) -> None:
        self._http = http
        self._secrets = secrets
        self._url = f"{base_url.rstrip('/')}/{VERSION}/{phone_number_id}/messages"

    def send(self, outgoing: Outgoing) -> Sent:
        try:
            token = self._secrets.get("meta_token")[0].decode()
        except (Transient, LookupError, UnicodeDecodeError):
            return NO_SECRET.sent()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        body = json.dumps(request(outgoing)).encode()
        try:
            status, answer = self._http.request("POST", self._url, headers, body, TIMEOUT)
        except Refused:
            return NOT_CONNECTED.sent()
        except MaybeSent:
            return NO_ANSWER.sent()
        return outcome(status, answer)


def request(outgoing: Outgoing) -> dict[str, Any]:
    """The call's body: free-form inside the 24 hours after the customer wrote, else the approved template."""
    content = outgoing.content
    template = None if outgoing.window_open else content.template
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **_recipient(outgoing.to),
        **(_template(template, content.buttons) if template else _free_form(content)),
        "biz_opaque_callback_data": outgoing.reference,
    }


def _recipient(address: str) -> dict[str, str]:
    """A phone without its plus, or a business-scoped user id of someone who hides the number."""
    digits = address.removeprefix("+")
    return {"to": digits} if digits.isdecimal() else {"recipient": address}


def _template(template: Template, buttons: Sequence[Button]) -> dict[str, Any]:
    components: list[dict[str, Any]] = []
    if template.parameters:
        components.append({"type": "body", "parameters": [_text(each) for each in template.parameters]})
    components += _template_buttons(buttons, template.button_parameters)
    return {
        "type": "template",
        "template": {
            "name": template.name,
            "language": {"code": template.language},
            **({"components": components} if components else {}),
        },
    }


def _template_buttons(buttons: Sequence[Button], endings: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The content's buttons stand in the template's order; each URL button takes the next variable end."""
    left = list(endings)
    for index, button in enumerate(buttons):
        if button.reply:
            payload = {"type": "payload", "payload": button.reply}
            yield _template_button("quick_reply", index, payload)
        elif left:
            yield _template_button("url", index, _text(left.pop(0)))
    for index, ending in enumerate(left, start=len(buttons)):
        yield _template_button("url", index, _text(ending))


def _template_button(kind: str, index: int, parameter: dict[str, str]) -> dict[str, Any]:
    return {"type": "button", "sub_type": kind, "index": str(index), "parameters": [parameter]}


def _text(value: str) -> dict[str, str]:
    return {"type": "text", "text": value}


def _free_form(content: Content) -> dict[str, Any]:
    """Reply buttons, or one link button; what does not fit in buttons is said in the text."""
    replies = [button for button in content.buttons if button.reply][:MOST_BUTTONS]
    links = [button for button in content.buttons if button.url]
    body = spelled_out(content.text, links)
    if replies and len(body) <= LONGEST_INTERACTIVE:
        buttons = [{"type": "reply", "reply": {"id": each.reply, "title": each.title}} for each in replies]
        return _interactive("button", body, {"buttons": buttons})
    if len(links) == 1 and not replies and len(content.text) <= LONGEST_INTERACTIVE:
        parameters = {"display_text": links[0].title, "url": links[0].url}
        return _interactive("cta_url", content.text, {"name": "cta_url", "parameters": parameters})
    return {"type": "text", "text": {"body": body, "preview_url": False}}


def _interactive(kind: str, body: str, action: dict[str, Any]) -> dict[str, Any]:
    return {"type": "interactive", "interactive": {"type": kind, "body": {"text": body}, "action": action}}


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
    return verdict(code, of_status(status)).sent(code or status)


def verdict(code: str, otherwise: Verdict) -> Verdict:
    """The table's row for an error code."""
    return OUTCOMES.get(int(code), otherwise) if code.isdecimal() and len(code) < 10 else otherwise


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
    """Receipts and replies of a webhook, a batch of batches; fields that are not for us are left out."""
    found = parse(body)
    if text(found, "object") != "whatsapp_business_account" or not isinstance(found.get("entry"), list):
        raise Unreadable("not_whatsapp")
    return collect(_readers(found))


def _readers(found: Json) -> Iterator[Callable[[], Event | None]]:
    for entry in children(found, "entry"):
        for change in children(entry, "changes"):
            value = child(change, "value")
            yield from (partial(_receipt, status, value) for status in children(value, "statuses"))
            yield from (partial(_reply, message, value) for message in children(value, "messages"))
            yield from (partial(_preference, each, value) for each in children(value, "user_preferences"))


def _receipt(status: Json, value: Json) -> Receipt | None:
    """None: it is of a message that somebody else sent from this number."""
    reference = text(status, "biz_opaque_callback_data")
    if ids.split_attempt_id(reference) is None:
        return None
    kind = STATUSES.get(text(status, "status"))
    if kind is None:
        raise Unreadable("unknown_status")
    at = seconds(status, "timestamp")
    if kind is not ReceiptStatus.FAILED:
        return Receipt(reference=reference, status=kind, at=at)
    errors = children(status, "errors") or children(value, "errors")
    code = text(errors[0], "code") if errors else ""
    found = verdict(code, Verdict("failed"))
    return Receipt(reference=reference, status=kind, at=at, reason=found.coded(code), advice=found.advice)


def _reply(message: Json, value: Json) -> Reply | None:
    """What has no text (a voice message, a place) has an empty one. None: nothing was said to us."""
    kind = text(message, "type")
    if kind in SAY_NOTHING:
        return None
    said, button = _said(message, kind)
    identifier, sender = text(message, "id"), _sender(message, value)
    if not identifier or not sender:
        raise Unreadable("message_without_id_or_sender")
    return Reply(
        id=identifier,
        channel=Channel.WHATSAPP,
        sender=sender,
        text=said,
        at=seconds(message, "timestamp"),
        button=button,
        answers=text(message, "context", "id"),
    )


def _said(message: Json, kind: str) -> tuple[str, str]:
    """(text, our id of the button). A template's button comes as `button`, any other as `interactive`."""
    if kind == "button":
        return text(message, "button", "text"), text(message, "button", "payload")
    if kind == "interactive":
        pressed = child(message, "interactive", text(message, "interactive", "type"))
        return text(pressed, "title"), text(pressed, "id")
    return text(message, "text", "body") or text(message, kind, "caption"), ""


def _sender(item: Json, value: Json) -> str:
    """A phone as E.164; who hides it has a business-scoped user id alone."""
    contacts = children(value, "contacts")
    contact = contacts[0] if len(contacts) == 1 else {}
    phone = text(item, "from") or text(item, "wa_id") or text(contact, "wa_id")
    return e164(phone) or text(item, "from_user_id") or text(item, "user_id") or text(contact, "user_id")


def _preference(item: Json, value: Json) -> Reply | None:
    """WhatsApp's own switch for marketing. It has no id: user id, choice and time make one."""
    choice = text(item, "value").lower()
    if text(item, "category") != "marketing_messages" or choice not in ("stop", "resume"):
        return None
    sender, at = _sender(item, value), seconds(item, "timestamp")
    if not sender:
        raise Unreadable("preference_without_sender")
    user = next((text(each, "user_id") for each in (*children(value, "contacts"), item)), "")
    return Reply(
        id=ids.digest(32, "preference", user, choice, at.isoformat()),
        channel=Channel.WHATSAPP,
        sender=sender,
        text="",
        at=at,
        stop_marketing=choice == "stop",
    )


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
    longest=1024,
    shows=frozenset({"buttons", "links"}),
    templates=True,
    best=ReceiptStatus.READ,
    source="developers.facebook.com/documentation/business-messaging/whatsapp",
)
