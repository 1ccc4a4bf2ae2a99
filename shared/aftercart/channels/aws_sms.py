"""SMS through AWS End User Messaging (pinpoint-sms-voice-v2): send, and read what comes on the SNS topic.

Sources: the service model in botocore 1.44; docs.aws.amazon.com/end-user-messaging (events, two-way payload).
There is nothing to verify here: SNS invokes the function under IAM. AWS itself opts a number out on ARRET
CANCEL END OPT-OUT OPTOUT QUIT REMOVE STOP TD UNSUBSCRIBE, and refuses later sends to it with
DESTINATION_PHONE_NUMBER_OPTED_OUT; every other word (СТОП, REVOKE …) is for us to understand.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from aftercart.channels.aws_call import EVERY_SERVICES, PARAMETER, sent_by
from aftercart.channels.entry import Entry
from aftercart.channels.reading import Event, Json, children, e164, iso, parse, seconds, text
from aftercart.channels.spelled_out import spelled_out
from aftercart.channels.verdicts import BUSY, Verdict, of_status
from aftercart.domain import ids
from aftercart.domain.consent import Channel, Purpose
from aftercart.domain.message import Outcome, Receipt, ReceiptStatus
from aftercart.ports import Outgoing, Reply, Sent, Unreadable

SHORTEST, LONGEST = 5, 259_200  # seconds of TimeToLive
TYPES = {Purpose.TRANSACTIONAL: "TRANSACTIONAL", Purpose.MARKETING: "PROMOTIONAL"}

_ACCOUNT = Verdict("account_restricted", "alarm")
_IDENTITY = Verdict("sender_refused", "alarm")
_COUNTRY = Verdict("country_blocked", "alarm")
_NUMBER = Verdict("bad_number", "bad_address")

OUTCOMES: Mapping[str, Verdict] = {  # by the exception's Reason
    "DESTINATION_PHONE_NUMBER_OPTED_OUT": Verdict("opted_out", "opted_out"),
    "DESTINATION_PHONE_NUMBER_NOT_VERIFIED": Verdict("account_in_sandbox", "alarm"),
    "DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE": _NUMBER,
    "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION": _COUNTRY,
    "DESTINATION_COUNTRY_BLOCKED": _COUNTRY,
    "COUNTRY_NOT_ENABLED": _COUNTRY,
    "INTERNATIONAL_SENDING_NOT_SUPPORTED": _COUNTRY,
    "NO_ORIGINATION_IDENTITIES_FOUND": _IDENTITY,
    "INVALID_IDENTITY_FOR_DESTINATION_COUNTRY": _IDENTITY,
    "NUMBER_CAPABILITIES_MISMATCH": _IDENTITY,
    "MESSAGE_TYPE_MISMATCH": _IDENTITY,
    "SENDER_ID_NOT_REGISTERED": _IDENTITY,
    "SENDER_ID_NOT_SUPPORTED": _IDENTITY,
    "SENDER_ID_REQUIRES_REGISTRATION": _IDENTITY,
    "PRICE_OVER_THRESHOLD": Verdict("over_max_price"),
    "DAILY_DESTINATION_CALL_LIMIT": BUSY,
    "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT": Verdict("spend_limit", "alarm"),
    "ACCOUNT_DISABLED": _ACCOUNT,
    "INSUFFICIENT_ACCOUNT_REPUTATION": _ACCOUNT,
}
EXCEPTIONS: Mapping[str, Verdict] = {  # where the Reason says nothing
    **EVERY_SERVICES,
    "InternalServerException": Verdict("provider_fault", outcome=Outcome.UNKNOWN),
    "ResourceNotFoundException": _IDENTITY,
    "ServiceQuotaExceededException": Verdict("over_quota", "alarm"),
    "ValidationException": PARAMETER,
    "ConflictException": Verdict("refused", "alarm"),
}

_SENT = (ReceiptStatus.SENT, Verdict("sent"))
# SUCCESSFUL is the carrier's word, not the phone's. UNKNOWN comes when three days brought no news: no proof.
EVENTS: Mapping[str, tuple[ReceiptStatus, Verdict]] = {
    **dict.fromkeys(("TEXT_QUEUED", "TEXT_PENDING", "TEXT_SENT", "TEXT_SUCCESSFUL", "TEXT_UNKNOWN"), _SENT),
    "TEXT_DELIVERED": (ReceiptStatus.DELIVERED, Verdict("delivered")),
    "TEXT_INVALID": (ReceiptStatus.FAILED, _NUMBER),
    "TEXT_INVALID_MESSAGE": (ReceiptStatus.FAILED, Verdict("content_refused")),
    "TEXT_SPAM": (ReceiptStatus.FAILED, Verdict("content_refused")),
    "TEXT_BLOCKED": (ReceiptStatus.FAILED, Verdict("blocked")),
    "TEXT_CARRIER_BLOCKED": (ReceiptStatus.FAILED, Verdict("blocked")),
    "TEXT_PROTECT_BLOCKED": (ReceiptStatus.FAILED, _COUNTRY),
    "TEXT_UNREACHABLE": (ReceiptStatus.FAILED, Verdict("unreachable")),
    "TEXT_CARRIER_UNREACHABLE": (ReceiptStatus.FAILED, Verdict("unreachable")),
    "TEXT_TTL_EXPIRED": (ReceiptStatus.FAILED, Verdict("expired")),
}


class Client(Protocol):
    """boto3.client("pinpoint-sms-voice-v2"). Its Config must have total_max_attempts=1."""

    def send_text_message(self, **parameters: Any) -> Mapping[str, Any]: ...


class AwsSms:
    """`entry.Sender`."""

    def __init__(self, client: Client, identity: str, configuration_set: str) -> None:
        self._client = client
        self._fixed = {"OriginationIdentity": identity, "ConfigurationSetName": configuration_set}

    def send(self, outgoing: Outgoing) -> Sent:
        own = {"OriginationIdentity": outgoing.sender} if outgoing.sender else {}
        asked = {**self._fixed, **own, **parameters(outgoing)}
        return sent_by(lambda: self._client.send_text_message(**asked), outcome)


def parameters(outgoing: Outgoing) -> dict[str, Any]:
    """SendTextMessage's, but for those that are the same in each. Events bring the context back."""
    return {
        "DestinationPhoneNumber": outgoing.to,
        "MessageBody": spelled_out(outgoing.content.text, outgoing.content.buttons),
        "MessageType": TYPES[outgoing.purpose],
        "TimeToLive": min(max(outgoing.valid_for, SHORTEST), LONGEST),
        "Context": {"ref": outgoing.reference},
    }


def outcome(error: Mapping[str, Any]) -> Sent:
    """What a ClientError's response says."""
    code, reason = text(error, "Error", "Code"), text(error, "Reason")
    status = error.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
    if any(text(field, "Name") == "DestinationPhoneNumber" for field in children(error, "Fields")):
        return _NUMBER.sent(reason or code)
    found = OUTCOMES.get(reason) or EXCEPTIONS.get(code) or of_status(status)
    return found.sent(reason or code)


def read(message: bytes | str, timestamp: str, message_id: str) -> list[Event]:
    """One SNS notification: an event of a text of ours, or what a customer wrote. Others' are left out.

    `timestamp` (ISO 8601) and `message_id` are the notification's: an inbound text has no time of its own.
    """
    found = parse(message)
    if text(found, "inboundMessageId") or text(found, "originationNumber"):
        return [_reply(found, timestamp, message_id)]
    if not text(found, "eventType"):
        raise Unreadable("neither_event_nor_text")
    receipt = _receipt(found)
    return [receipt] if receipt else []


def _receipt(event: Json) -> Receipt | None:
    kind = text(event, "eventType")
    reference = text(event, "context", "ref")
    if ids.split_attempt_id(reference) is None:
        return None
    if kind not in EVENTS:
        raise Unreadable("unknown_status")
    status, verdict = EVENTS[kind]
    at = seconds(event, "eventTimestamp", per_second=1000)
    if status is not ReceiptStatus.FAILED:
        return Receipt(reference=reference, status=status, at=at)
    reason = verdict.coded(kind.removeprefix("TEXT_"))
    return Receipt(reference=reference, status=status, at=at, reason=reason, advice=verdict.advice)


def _reply(found: Json, timestamp: str, message_id: str) -> Reply:
    sender = e164(text(found, "originationNumber"))
    if not sender:
        raise Unreadable("text_without_sender")
    return Reply(
        id=text(found, "inboundMessageId") or message_id,
        channel=Channel.SMS,
        sender=sender,
        text=text(found, "messageBody"),
        at=iso({"Timestamp": timestamp}, "Timestamp"),
        answers=text(found, "previousPublishedMessageId"),
    )


ENTRY = Entry(
    channel=Channel.SMS,
    name="aws",
    make=lambda means: AwsSms(
        means.client("pinpoint-sms-voice-v2"),
        means.setting("sms_origination_identity"),
        means.setting("sms_configuration_set"),
    ),
    read=lambda received: read(received.body, received.at, received.id),
    settings=("sms_origination_identity", "sms_configuration_set"),
    longest=1600,
    source="docs.aws.amazon.com/end-user-messaging",
)
