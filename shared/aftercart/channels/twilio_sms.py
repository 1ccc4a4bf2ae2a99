"""SMS through Twilio: send, verify, read what becomes of a message and what customers write.

Sources: twilio-python 9.13.0 (Messages resource, RequestValidator); twilio.com/docs (errors, validity period,
OptOutType). A status callback names the message by Twilio's own id alone: our reference comes back in the
query of the address that we give with each message, which Twilio signs.

Twilio itself keeps who wrote STOP to a number (and refuses later sends with 21610); with Advanced Opt-Out it
also answers, and says in `OptOutType` what it took the word for, whatever the language.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from aftercart.aws.settings import of_provider
from aftercart.channels.entry import Entry, Received, Webhook
from aftercart.channels.http_call import sent_by
from aftercart.channels.reading import Event, e164, iso, parse, text
from aftercart.channels.signatures import header, live, same
from aftercart.channels.spelled_out import spelled_out
from aftercart.channels.verdicts import BUSY, NO_ANSWER, Verdict, of_status
from aftercart.domain import ids
from aftercart.domain.consent import Channel
from aftercart.domain.message import Outcome, Receipt, ReceiptStatus
from aftercart.domain.words import meaning
from aftercart.ports import Http, Outgoing, Reply, Secrets, Sent, Unreadable

SHORTEST, LONGEST = 1, 36_000  # seconds of ValidityPeriod
MOST_BYTES, MOST_FIELDS = 65_536, 200  # of a form: a text has 1,600 characters, a callback some twenty fields
SERVICE = "MG"  # how the id of a messaging service begins

_ACCOUNT = Verdict("account_restricted", "alarm")
_COUNTRY = Verdict("country_blocked", "alarm")
_IDENTITY = Verdict("sender_refused", "alarm")
_NUMBER = Verdict("bad_number", "bad_address")
_PARAMETER = Verdict("parameter_refused", "alarm")

# The same codes come with a refused call and with a failed message.
OUTCOMES: Mapping[str, Verdict] = {
    "21610": Verdict("opted_out", "opted_out"),
    **dict.fromkeys(("21211", "21614", "30005", "30006"), _NUMBER),
    "30004": Verdict("blocked", "bad_address"),
    "30003": Verdict("unreachable"),
    "30007": Verdict("content_refused"),
    "30008": Verdict("undeliverable"),
    "30036": Verdict("expired"),
    **dict.fromkeys(("20429", "30001"), BUSY),
    **dict.fromkeys(("20005", "21608", "30002"), _ACCOUNT),
    "20003": Verdict("not_authorised", "alarm"),
    **dict.fromkeys(("21212", "21603", "21606", "21612", "21659", "21660", "30034"), _IDENTITY),
    "21408": _COUNTRY,
    **dict.fromkeys(("21602", "21604", "21609", "21617", "21624", "90007"), _PARAMETER),
}

# Nobody knows what became of a message that was delivered in part.
STATUSES: Mapping[str, ReceiptStatus] = {
    **dict.fromkeys(("accepted", "scheduled", "queued", "sending", "sent"), ReceiptStatus.SENT),
    "partially_delivered": ReceiptStatus.SENT,
    "delivered": ReceiptStatus.DELIVERED,
    "read": ReceiptStatus.READ,
    **dict.fromkeys(("undelivered", "failed", "canceled"), ReceiptStatus.FAILED),
}
WORDS = ("STOP", "START")


class TwilioSms:
    """`entry.Sender`. `sender`: a number, a sender's name, or the id of a messaging service.

    `callback`: the address that Twilio calls with receipts.
    """

    def __init__(
        self, http: Http, secrets: Secrets, base_url: str, account: str, sender: str, callback: str
    ) -> None:
        self._http = http
        self._secrets = secrets
        self._url = f"{base_url.rstrip('/')}/2010-04-01/Accounts/{account}/Messages.json"
        self._account, self._sender, self._callback = account, sender, callback

    def send(self, outgoing: Outgoing) -> Sent:
        return sent_by(
            self._http,
            self._url,
            urlencode(form(outgoing, outgoing.sender or self._sender, self._callback)).encode(),
            secrets=self._secrets,
            field="twilio_token",
            headers=self._headers,
            outcome=outcome,
        )

    def _headers(self, token: str) -> dict[str, str]:
        pair = f"{self._account}:{token}".encode()
        return {
            "Authorization": f"Basic {base64.b64encode(pair).decode()}",
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        }


def form(outgoing: Outgoing, sender: str, callback: str) -> dict[str, str]:
    """The call's fields. The period is how long Twilio may hold it back, not how long a network tries."""
    return {
        "To": outgoing.to,
        "MessagingServiceSid" if sender.startswith(SERVICE) else "From": sender,
        "Body": spelled_out(outgoing.content.text, outgoing.content.buttons),
        "ValidityPeriod": str(min(max(outgoing.valid_for, SHORTEST), LONGEST)),
        "StatusCallback": f"{callback}?{urlencode({'ref': outgoing.reference})}",
    }


def outcome(status: int, answer: bytes) -> Sent:
    """What the answer to a call says. A message that it calls failed already was never sent."""
    try:
        found = parse(answer)
    except Unreadable:
        found = {}
    if not 200 <= status < 300:
        code = text(found, "code")
        return OUTCOMES.get(code, of_status(status)).sent(code or status)
    if not text(found, "sid"):
        return NO_ANSWER.sent(status)
    if STATUSES.get(text(found, "status")) is ReceiptStatus.FAILED:
        code = text(found, "error_code")
        return OUTCOMES.get(code, Verdict("refused")).sent(code)
    return Sent(outcome=Outcome.ACCEPTED, provider_id=text(found, "sid"))


def verify(received: Received, keys: Sequence[bytes], public: str = "") -> bool:
    """X-Twilio-Signature: base64 of the HMAC-SHA1, under the token, of the address and the form's fields.

    `public`: the address that Twilio knows, where another stands before the API.
    """
    try:
        fields = _fields(received.body)
        query = urlsplit(received.url).query
        spelled = _spelled(f"{public}{'?' if query else ''}{query}" if public else received.url)
    except ValueError:
        return False
    given = header(received.headers, "X-Twilio-Signature")
    return any(same(given, signature(url, fields, key)) for key in live(keys) for url in spelled)


def signature(url: str, fields: Sequence[tuple[str, str]], key: bytes) -> bytes:
    """The fields, sorted, each as its name and its value, follow the address without a mark between."""
    signed = url + "".join(name + value for name, value in sorted(set(fields)))
    return base64.b64encode(hmac.digest(key, signed.encode("utf-8", "surrogatepass"), hashlib.sha1))


def _spelled(url: str) -> tuple[str, str]:
    """Twilio signs the address with its port or without: its own validator tries both. Raises ValueError."""
    parts = urlsplit(url)
    return url, parts._replace(netloc=f"{parts.netloc}:443").geturl()


def _fields(body: bytes) -> list[tuple[str, str]]:
    """Of a form. ValueError where it is none, or larger than any that Twilio sends."""
    if len(body) > MOST_BYTES:
        raise ValueError("too_large")
    return parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)


def read(received: Received) -> list[Event]:
    """One status callback of a message of ours, or one text from a customer."""
    try:
        found = dict(_fields(received.body))
    except ValueError:
        raise Unreadable("not_a_form") from None
    if "MessageStatus" in found:
        receipt = _receipt(found, received)
        return [receipt] if receipt else []
    if "Body" not in found:
        raise Unreadable("neither_status_nor_text")
    return [_reply(found, received)]


def _receipt(found: Mapping[str, str], received: Received) -> Receipt | None:
    """None: it is of a message that somebody else sent from this account."""
    reference = parse_qs(urlsplit(received.url).query).get("ref", [""])[0]
    if ids.split_attempt_id(reference) is None:
        return None
    status = STATUSES.get(found["MessageStatus"])
    if status is None:
        raise Unreadable("unknown_status")
    at = _arrived(received)
    if status is not ReceiptStatus.FAILED:
        return Receipt(reference=reference, status=status, at=at)
    code = found.get("ErrorCode", "")
    verdict = OUTCOMES.get(code, Verdict("failed"))
    return Receipt(
        reference=reference, status=status, at=at, reason=verdict.coded(code), advice=verdict.advice
    )


def _reply(found: Mapping[str, str], received: Received) -> Reply:
    identifier, sender = found.get("MessageSid", ""), e164(found.get("From", ""))
    if not identifier or not sender:
        raise Unreadable("message_without_id_or_sender")
    return Reply(
        id=identifier,
        channel=Channel.SMS,
        sender=sender,
        text=_said(found["Body"], found.get("OptOutType", "")),
        at=_arrived(received),
    )


def _said(body: str, meant: str) -> str:
    """What Twilio took for STOP or START is that, in whatever word its owner chose.

    But for YES, which is one of its words for START and an answer to our own questions.
    """
    return meant if meant in WORDS and not (meant == "START" and meaning(body) == "yes") else body


def _arrived(received: Received) -> datetime:
    """Twilio says of no event when it was."""
    return iso({"at": received.at}, "at")


ENTRY = Entry(
    channel=Channel.SMS,
    name="twilio",
    make=lambda means: TwilioSms(
        means.http,
        means.secrets,
        means.setting("twilio_base_url"),
        means.setting("twilio_account_sid"),
        means.setting("twilio_sender"),
        means.setting("twilio_callback_url"),
    ),
    read=read,
    webhook=Webhook(
        key="twilio_token",
        verify=lambda received, keys: verify(received, keys, of_provider("twilio_callback_url")),
    ),
    settings=("twilio_base_url", "twilio_account_sid", "twilio_sender", "twilio_callback_url"),
    secrets=("twilio_token",),
    longest=1600,
    source="twilio.com/docs/messaging/api/message-resource",
)
