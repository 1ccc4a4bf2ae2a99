"""E-mail through Amazon SES v2: send, and read what its configuration set publishes on the SNS topic.

Sources: the service model in botocore 1.44; docs.aws.amazon.com/ses/latest/dg (contents of event data);
RFC 8058 (one-click unsubscribing). There is nothing to verify here: SNS invokes the function under IAM.
"""

import re
import textwrap
from collections.abc import Mapping
from email.header import Header
from email.utils import formataddr
from typing import Any, Protocol

from aftercart.channels.aws_call import EVERY_SERVICES, PARAMETER, sent_by
from aftercart.channels.entry import Entry
from aftercart.channels.plain_html import plain_html
from aftercart.channels.reading import Event, Json, child, iso, parse, text
from aftercart.channels.spelled_out import spelled_out
from aftercart.channels.verdicts import BUSY, Verdict, of_status
from aftercart.domain import ids
from aftercart.domain.consent import Channel, Purpose
from aftercart.domain.content import Content
from aftercart.domain.message import Receipt, ReceiptStatus
from aftercart.ports import Outgoing, Sent, Unreadable

TAG = "reference"
LONGEST = 20_000  # characters
LONGEST_SUBJECT = 78  # characters, where it has to be taken from the text (RFC 5322, 2.1.1)
# SES takes ASCII alone before the @ (no SMTPUTF8), and after it a domain as the DNS has it.
_ADDRESS = re.compile(
    r"(?=[^@]{1,64}@.{1,255}$)[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*"
    r"@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]",
    re.ASCII | re.IGNORECASE,
)
# SES publishes this text, which is no JSON, when the topic becomes an event destination.
VALIDATED = b"Successfully validated SNS topic"

_ACCOUNT = Verdict("account_restricted", "alarm")
OUTCOMES: Mapping[str, Verdict] = {
    **EVERY_SERVICES,
    "TooManyRequestsException": BUSY,
    "LimitExceededException": Verdict("over_quota", "alarm"),  # of a day
    "AccountSuspendedException": _ACCOUNT,
    "SendingPausedException": _ACCOUNT,
    # Somebody who is not verified, while the account is in SES's sandbox; else what SES finds in the message.
    "MessageRejected": Verdict("message_rejected", "alarm"),
    "MailFromDomainNotVerifiedException": Verdict("sender_refused", "alarm"),
    "NotFoundException": Verdict("no_configuration_set", "alarm"),
    "BadRequestException": PARAMETER,
}

# Opening and pressing prove no reading: mailboxes load images, and scanners follow links, before anybody has
# looked, and who reads without images opens nothing.
PROVE_NOTHING = ("Open", "Click", "Subscription")
EVENTS: Mapping[str, tuple[ReceiptStatus, Verdict]] = {
    **dict.fromkeys(("Send", "DeliveryDelay"), (ReceiptStatus.SENT, Verdict(""))),
    "Delivery": (ReceiptStatus.DELIVERED, Verdict("")),
    "Reject": (ReceiptStatus.FAILED, Verdict("content_refused", "alarm")),  # SES found a virus
    "Rendering Failure": (ReceiptStatus.FAILED, Verdict("template_fault", "alarm")),
}
# The mailbox had it and its owner pressed "spam"; or somebody once did, and SES sends there no more.
_COMPLAINED, _SUPPRESSED = Verdict("complained", "opted_out"), "OnAccountSuppressionList"
_DETAILS = {"DeliveryDelay": "deliveryDelay"}  # others lie under their own name in small letters


class Client(Protocol):
    """boto3.client("sesv2"). Its Config must have total_max_attempts=1."""

    def send_email(self, **parameters: Any) -> Mapping[str, Any]: ...


class SesEmail:
    """`entry.Sender`. `address`: a verified one; an outgoing's `sender` is the name that is shown with it."""

    def __init__(self, client: Client, address: str, configuration_set: str) -> None:
        self._client = client
        self._address = address
        self._configuration_set = configuration_set

    def send(self, outgoing: Outgoing) -> Sent:
        asked = {
            "FromEmailAddress": named(outgoing.sender, self._address),
            "ConfigurationSetName": self._configuration_set,
            **parameters(outgoing),
        }
        return sent_by(lambda: self._client.send_email(**asked), outcome)


def named(name: str, address: str) -> str:
    """An address with a name, quoted or in RFC 2047's words: SES encodes a subject, but no name."""
    line = _one_line(name)
    if line.isascii():
        return formataddr((line, address))
    return f"{Header(line, 'utf-8', maxlinelen=75).encode(linesep='')} <{address}>"


def parameters(outgoing: Outgoing) -> dict[str, Any]:
    """SendEmail's, but for those that are the same in each. Events bring the tag back."""
    content, title = outgoing.content, subject(outgoing.content)
    return {
        "Destination": {"ToAddresses": [outgoing.to]},
        "Content": {
            "Simple": {
                "Subject": _utf8(title),
                "Body": {
                    "Text": _utf8(_plain(content)),
                    "Html": _utf8(content.html or plain_html(content, title)),
                },
                **_headers(outgoing),
            }
        },
        "EmailTags": [{"Name": TAG, "Value": outgoing.reference}],
    }


def _plain(content: Content) -> str:
    return spelled_out(content.text, content.buttons, content.cards, LONGEST)


def subject(content: Content) -> str:
    """One line: the title, else how the text begins. SES encodes it."""
    return _one_line(content.title) or textwrap.shorten(content.text, LONGEST_SUBJECT, placeholder="…")


def _one_line(words: str) -> str:
    """No line end, so no other header either."""
    return " ".join(words.split())


def _utf8(data: str) -> dict[str, str]:
    return {"Data": data, "Charset": "UTF-8"}


def _headers(outgoing: Outgoing) -> dict[str, Any]:
    """Marketing can be left with one press in the mailbox itself, which posts to the customer's page."""
    if outgoing.purpose is not Purpose.MARKETING or not outgoing.page:
        return {}
    unsubscribe = {
        "List-Unsubscribe": f"<{outgoing.page}/unsubscribe>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    return {"Headers": [{"Name": name, "Value": value} for name, value in unsubscribe.items()]}


def outcome(error: Mapping[str, Any]) -> Sent:
    """What a ClientError's response says. Its message stays out: it may quote an address."""
    code = text(error, "Error", "Code")
    status = error.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
    return (OUTCOMES.get(code) or of_status(status)).sent(code)


def takes(address: str) -> bool:
    """Whether SES could bring anything there."""
    return len(address) <= 254 and _ADDRESS.fullmatch(address) is not None


def read(message: bytes) -> list[Event]:
    """One SNS notification: an event of an e-mail of ours. What proves nothing is left out."""
    if message.startswith(VALIDATED):
        return []
    found = parse(message)
    kind = text(found, "eventType") or text(found, "notificationType")
    if not kind or not child(found, "mail"):
        raise Unreadable("no_email_event")
    receipt = _receipt(found, kind)
    return [receipt] if receipt else []


def _receipt(event: Json, kind: str) -> Receipt | None:
    reference = _reference(event)
    if kind in PROVE_NOTHING or ids.split_attempt_id(reference) is None:
        return None
    detail = child(event, _DETAILS.get(kind, kind.lower()))
    fate = _fate(kind, detail)
    if fate is None:
        return None
    status, verdict = fate
    return Receipt(
        reference=reference,
        status=status,
        at=iso(detail if "timestamp" in detail else child(event, "mail"), "timestamp"),
        reason=verdict.reason,
        advice=verdict.advice,
    )


def _reference(event: Json) -> str:
    values = child(event, "mail", "tags").get(TAG)
    return str(values[0]) if isinstance(values, list) and values else ""


def _fate(kind: str, detail: Json) -> tuple[ReceiptStatus, Verdict] | None:
    if kind == "Bounce":
        return ReceiptStatus.FAILED, _bounced(detail)
    if kind == "Complaint":
        return _complained(detail)
    if kind not in EVENTS:
        raise Unreadable("unknown_status")
    return EVENTS[kind]


def _bounced(detail: Json) -> Verdict:
    """SES bounces for good: it has tried for hours where the reason is one that passes."""
    lasting = text(detail, "bounceType") == "Permanent"
    return Verdict(f"bounced {text(detail, 'bounceSubType')}".strip(), "bad_address" if lasting else "")


def _complained(detail: Json) -> tuple[ReceiptStatus, Verdict] | None:
    if text(detail, "complaintFeedbackType") == "not-spam":  # the contrary: taken out of the spam again
        return None
    suppressed = text(detail, "complaintSubType") == _SUPPRESSED
    return ReceiptStatus.FAILED if suppressed else ReceiptStatus.DELIVERED, _COMPLAINED


ENTRY = Entry(
    channel=Channel.EMAIL,
    name="ses",
    make=lambda means: SesEmail(
        means.client("sesv2"), means.setting("email_sender"), means.setting("email_configuration_set")
    ),
    read=lambda received: read(received.body),
    settings=("email_sender", "email_configuration_set"),
    longest=LONGEST,
    shows=frozenset({"links", "image", "cards", "title", "html"}),
    hears=False,
    takes=takes,
    source="docs.aws.amazon.com/ses/latest/APIReference-V2",
)
