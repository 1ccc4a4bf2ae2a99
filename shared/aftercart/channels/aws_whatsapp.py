"""WhatsApp through AWS End User Messaging Social (socialmessaging): send, and read what the topic brings.

Sources: the service model in botocore 1.44; docs.aws.amazon.com/social-messaging (sending, event format).
The message is Meta's own, and so is what an event wraps. AWS answers with an id of its own that no event
repeats: receipts name our reference (biz_opaque_callback_data), as they do from Meta itself.
There is nothing to verify here: SNS invokes the function under IAM.
"""

import json
from collections.abc import Mapping
from typing import Any, Protocol

from aftercart.channels import whatsapp
from aftercart.channels.aws_call import EVERY_SERVICES, PARAMETER, sent_by
from aftercart.channels.entry import Entry
from aftercart.channels.reading import Event, Json, iso, parse, text
from aftercart.channels.verdicts import BUSY, Verdict, of_status
from aftercart.domain.consent import Channel
from aftercart.domain.message import Outcome, ReceiptStatus
from aftercart.ports import Outgoing, Sent, Unreadable

VERSION = "v20.0"  # of Meta's API: the one that AWS's guide sends with

_FAULT = Verdict("provider_fault", outcome=Outcome.UNKNOWN)
EXCEPTIONS: Mapping[str, Verdict] = {
    **EVERY_SERVICES,
    "ThrottledRequestException": BUSY,
    # Meta did not answer AWS, or AWS not itself: either may have taken it.
    **dict.fromkeys(("InternalServiceException", "DependencyException"), _FAULT),
    **dict.fromkeys(("ValidationException", "InvalidParametersException"), PARAMETER),
    "ResourceNotFoundException": Verdict("sender_refused", "alarm"),
}


class Client(Protocol):
    """boto3.client("socialmessaging"). Its Config must have total_max_attempts=1."""

    def send_whatsapp_message(self, **parameters: Any) -> Mapping[str, Any]: ...


class AwsWhatsApp:
    """`entry.Sender`. `phone_number_id`: AWS's id of the number that sends, "phone-number-id-…"."""

    def __init__(self, client: Client, phone_number_id: str) -> None:
        self._client = client
        self._phone_number_id = phone_number_id

    def send(self, outgoing: Outgoing) -> Sent:
        asked = {
            "originationPhoneNumberId": self._phone_number_id,
            "metaApiVersion": VERSION,
            "message": json.dumps(whatsapp.message(outgoing)).encode(),
        }
        return sent_by(lambda: self._client.send_whatsapp_message(**asked), outcome, "messageId")


def outcome(error: Mapping[str, Any]) -> Sent:
    """What a ClientError's response says. Its text is not looked at: it may quote the message."""
    code = text(error, "Error", "Code")
    status = error.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
    return EXCEPTIONS.get(code, of_status(status)).sent(code)


def read(message: bytes) -> list[Event]:
    """One SNS notification: one entry of Meta's webhook, as a string of JSON inside AWS's own."""
    found = parse(message)
    if not text(found, "whatsAppWebhookEntry"):
        raise Unreadable("not_whatsapp")
    # Meta's entry has a time where it says something of a template; AWS's own is there always.
    return whatsapp.events([{"time": _time(found), **parse(text(found, "whatsAppWebhookEntry"))}])


def _time(event: Json) -> str:
    try:
        return str(int(iso(event, "message_timestamp").timestamp()))
    except Unreadable:
        return ""  # receipts and replies have times of their own


ENTRY = Entry(
    channel=Channel.WHATSAPP,
    name="aws",
    make=lambda means: AwsWhatsApp(means.client("socialmessaging"), means.setting("social_phone_number_id")),
    read=lambda received: read(received.body),
    settings=("social_phone_number_id",),
    longest=whatsapp.LONGEST,
    shows=whatsapp.SHOWS,
    templates=True,
    best=ReceiptStatus.READ,
    source="docs.aws.amazon.com/social-messaging",
)
