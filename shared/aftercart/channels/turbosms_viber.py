"""Viber Business Messages in Ukraine through TurboSMS: send.

Sources: turbosms.ua/en/api.html for the request, the answer's envelope, `sequence_id` and the words of its
statuses; the members of `viber` are those of public clients in use. Every answer has the status 200, also a
refusal: `response_status` decides, of the recipient where there is one, else of the request.

What becomes of a message is not told here. `message/status` is a look-up; TurboSMS's webhooks name a message
by TurboSMS's own id, and their signature covers an event's id and not what it says. So an accepted message
stays sent and unconfirmed: a route that goes on from here goes on after its wait, also where Viber showed the
message, and so this belongs at the end of a route. `ttl` keeps a late Viber from following the next channel.
Nor can it be answered here: STOP comes by another channel, by the page, or from TurboSMS's own list.
"""

import json
from collections.abc import Mapping
from typing import Any

from aftercart.channels.entry import Entry
from aftercart.channels.http_call import sent_by
from aftercart.channels.reading import children, parse, text
from aftercart.channels.spelled_out import spelled_out
from aftercart.channels.verdicts import NO_ANSWER, Verdict, of_status
from aftercart.domain.consent import Channel, Purpose
from aftercart.domain.message import Outcome, ReceiptStatus
from aftercart.ports import Http, Outgoing, Secrets, Sent, Unreadable

SHORTEST, LONGEST = 60, 86_400  # seconds of ttl
LONGEST_TEXT = 1000  # characters
TAKEN = ("OK", "SUCCESS_MESSAGE_ACCEPTED", "SUCCESS_MESSAGE_SENT")

_ACCOUNT = Verdict("account_restricted", "alarm")
_IDENTITY = Verdict("sender_refused", "alarm")
_KEY = Verdict("not_authorised", "alarm")
_PARAMETER = Verdict("parameter_refused", "alarm")
_CONTENT = Verdict("content_refused")
_UNKNOWN = Verdict("provider_fault", outcome=Outcome.UNKNOWN)
# They have had this reference, or this text to this person, before: so that time it was taken.
_BEFORE = Verdict("sent_before", outcome=Outcome.UNKNOWN)

OUTCOMES: Mapping[str, Verdict] = {
    "NOT_ALLOWED_NUMBER_STOPLIST": Verdict("opted_out", "opted_out"),
    "INVALID_PHONE": Verdict("bad_number", "bad_address"),
    "NOT_ALLOWED_RECIPIENT_COUNTRY": Verdict("country_blocked", "alarm"),
    **dict.fromkeys(("REQUIRED_TOKEN", "REQUIRED_AUTH", "INVALID_TOKEN"), _KEY),
    **dict.fromkeys(("REQUIRED_BALANCE", "NOT_ALLOWED_TEST_MESSAGES_LIMIT"), _ACCOUNT),
    **dict.fromkeys(("REQUIRED_MESSAGE_SENDER", "INVALID_MESSAGE_SENDER"), _IDENTITY),
    **dict.fromkeys(("NOT_ALLOWED_MESSAGE_SENDER", "NOT_ALLOWED_MESSAGE_SENDER_NOT_ACTIVE"), _IDENTITY),
    "NOT_ALLOWED_MESSAGE_TRANSACTION_SENDER": _IDENTITY,
    "NOT_ALLOWED_MESSAGE_TRAFFIC_TYPE": _IDENTITY,
    "NOT_ALLOWED_MESSAGE_TRANSACTION_PATTERN": Verdict("template_fault", "alarm"),
    "NOT_ALLOWED_MESSAGE_TEXT": _CONTENT,
    "NOT_ALLOWED_MESSAGE_DUPLICATE": _BEFORE,
    "FAILED_DUPLICATE_REQUEST": _BEFORE,
    "FAILED_PARSE_BODY": _PARAMETER,
}
# What begins so was refused before anything was made of it; of any other word nobody knows.
REFUSALS = ("REQUIRED_", "INVALID_", "NOT_ALLOWED_")


class TurboSmsViber:
    """`entry.Sender`."""

    def __init__(self, http: Http, secrets: Secrets, base_url: str, sender: str) -> None:
        self._http = http
        self._secrets = secrets
        self._url = f"{base_url.rstrip('/')}/message/send.json"
        self._sender = sender

    def send(self, outgoing: Outgoing) -> Sent:
        return sent_by(
            self._http,
            self._url,
            json.dumps(request(outgoing, outgoing.sender or self._sender)).encode(),
            secrets=self._secrets,
            field="turbosms_token",
            headers=lambda token: {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            outcome=outcome,
        )


def request(outgoing: Outgoing, sender: str) -> dict[str, Any]:
    """The call's body. With the same `sequence_id` TurboSMS does a thing once."""
    return {
        "recipients": [outgoing.to.removeprefix("+")],
        "viber": {
            "sender": sender,
            "ttl": min(max(outgoing.valid_for, SHORTEST), LONGEST),
            **_content(outgoing),
        },
        "sequence_id": outgoing.reference,
    }


def _content(outgoing: Outgoing) -> dict[str, Any]:
    """Viber takes text alone as transactional; promotional may have one button, which opens a link, and with
    it an image above."""
    content = outgoing.content
    links = [button for button in content.buttons if button.url]
    spelled = links if outgoing.purpose is Purpose.TRANSACTIONAL else links[1:]
    said = spelled_out(content.text, spelled, content.cards, LONGEST_TEXT)
    if outgoing.purpose is Purpose.TRANSACTIONAL:
        return {"text": said, "is_transactional": 1}
    if not links:
        return {"text": said}
    return {
        "text": said,
        **({"image_url": content.image} if content.image else {}),
        "caption": links[0].title,
        "action": links[0].url,
    }


def outcome(status: int, answer: bytes) -> Sent:
    """What the answer says of its one recipient, or of the request where it names none."""
    if not 200 <= status < 300:
        return of_status(status).sent(status)
    try:
        found = parse(answer)
    except Unreadable:
        return NO_ANSWER.sent(status)
    (about, *_) = children(found, "response_result") or [found]
    word = text(about, "response_status")
    if word in TAKEN:
        return Sent(outcome=Outcome.ACCEPTED, provider_id=text(about, "message_id"))
    otherwise = _PARAMETER if word.startswith(REFUSALS) else _UNKNOWN
    return OUTCOMES.get(word, otherwise).sent(word)


ENTRY = Entry(
    channel=Channel.VIBER,
    name="turbosms",
    make=lambda means: TurboSmsViber(
        means.http, means.secrets, means.setting("turbosms_base_url"), means.setting("turbosms_viber_sender")
    ),
    read=lambda received: [],  # nobody calls us
    settings=("turbosms_base_url", "turbosms_viber_sender"),
    secrets=("turbosms_token",),
    longest=LONGEST_TEXT,
    shows=frozenset({"links", "image"}),
    best=ReceiptStatus.SENT,
    hears=False,
    source="turbosms.ua/en/api.html",
)
