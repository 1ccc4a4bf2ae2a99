"""AWS End User Messaging SMS, after botocore's service model and the events' documentation."""

import json
from collections.abc import Sequence
from typing import Any

from aftercart.channels.entry import Received
from aftercart.domain.consent import Purpose
from aftercart.domain.content import Button
from aftercart.domain.message import Outcome, ReceiptStatus
from tests.aftercart.channels.sample import AT, PHONE, Heard, Item, Message, Row, Sample, Told
from tests.aftercart.channels.standins import REFERENCE, outgoing
from tests.aftercart.channels.wire import aws_error, json_answer

URL = "https://sms-voice.eu-central-1.amazonaws.com/"
HEADERS = {"X-Amz-Target": "PinpointSMSVoiceV2.SendTextMessage"}
REQUEST = {
    "DestinationPhoneNumber": PHONE,
    "OriginationIdentity": "Romashka",
    "MessageBody": "Олено, замовлення №1001 прийнято.",
    "MessageType": "TRANSACTIONAL",
    "ConfigurationSetName": "aftercart-events",
    "TimeToLive": 900,
    "Context": {"ref": REFERENCE},
}
SELLS = {
    "MessageBody": f"{REQUEST['MessageBody']}\nТак: https://m.example/t",
    "MessageType": "PROMOTIONAL",
    "OriginationIdentity": "Kram UA",
}


def conflict(reason: str) -> Any:
    return aws_error("ConflictException", 409, Reason=reason)


def invalid(reason: str, **members: Any) -> Any:
    return aws_error("ValidationException", 400, Reason=reason, **members)


def field(name: str) -> list[dict[str, str]]:
    return [{"Name": name, "Message": f"{PHONE} is not allowed"}]


def event(kind: str, **more: Any) -> Item:
    return {
        "eventType": kind,
        "eventVersion": "1.0",
        "eventTimestamp": int(AT.timestamp() * 1000),
        "isFinal": False,
        "originationPhoneNumber": "Romashka",
        "destinationPhoneNumber": PHONE,
        "messageId": "862a8790-60c0-4430-9b2b-658bdf3c2a11",
        "messageRequestTimestamp": int(AT.timestamp() * 1000) - 300,
        "messageEncoding": "Unicode",
        "messageType": "TRANSACTIONAL",
        "messageStatus": kind.removeprefix("TEXT_"),
        "context": {"ref": REFERENCE},
        "totalMessageParts": 2,
        "totalMessagePrice": 0.16,
        **more,
    }


def inbound(**more: Any) -> Item:
    return {
        "originationNumber": PHONE,
        "destinationNumber": "+12125550101",
        "messageKeyword": "KEYWORD_123456789012",
        "messageBody": "СТОП",
        "inboundMessageId": "cae173d2-66b9-564c-8309-21f858e9fb84",
        "previousPublishedMessageId": "862a8790",
        **more,
    }


def published(items: Sequence[Item]) -> Received:
    (item,) = items
    return Received(body=json.dumps(item).encode(), id="sns-1", at="2026-11-22T10:00:00.000Z")


SAMPLE = Sample(
    settings={"sms_origination_identity": "Romashka", "sms_configuration_set": "aftercart-events"},
    secrets={},
    messages=(
        Message(outgoing=outgoing(), url=URL, headers=HEADERS, body=REQUEST),
        Message(
            outgoing=outgoing(
                purpose=Purpose.MARKETING,
                buttons=(Button(title="Так", url="https://m.example/t"),),
                sender="Kram UA",
            ),
            url=URL,
            headers=HEADERS,
            body={**REQUEST, **SELLS},
        ),
        Message(outgoing=outgoing(valid_for=1), url=URL, headers=HEADERS, body={**REQUEST, "TimeToLive": 5}),
        Message(
            outgoing=outgoing(valid_for=10**7),
            url=URL,
            headers=HEADERS,
            body={**REQUEST, "TimeToLive": 259_200},
        ),
    ),
    accepted=json_answer(200, {"MessageId": "862a8790"}),
    provider_id="862a8790",
    outcomes=(
        Row(answer=conflict("DESTINATION_PHONE_NUMBER_OPTED_OUT"), advice="opted_out", reason="opted_out"),
        Row(
            answer=conflict("DESTINATION_PHONE_NUMBER_NOT_VERIFIED"),
            advice="alarm",
            reason="account_in_sandbox",
        ),
        Row(answer=conflict("DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION"), advice="alarm"),
        Row(
            answer=conflict("DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE"),
            advice="bad_address",
        ),
        Row(answer=conflict("NO_ORIGINATION_IDENTITIES_FOUND"), advice="alarm"),
        Row(answer=conflict("RESOURCE_NOT_ACTIVE"), advice="alarm"),
        Row(answer=invalid("DESTINATION_COUNTRY_BLOCKED"), advice="alarm"),
        Row(answer=invalid("SENDER_ID_REQUIRES_REGISTRATION"), advice="alarm"),
        Row(answer=invalid("PRICE_OVER_THRESHOLD"), reason="over_max_price"),
        Row(
            answer=invalid("INVALID_PARAMETER", Fields=field("DestinationPhoneNumber")), advice="bad_address"
        ),
        Row(answer=invalid("INVALID_PARAMETER", Fields=field("MessageBody")), advice="alarm"),
        *(
            Row(answer=aws_error("ServiceQuotaExceededException", 402, Reason=reason), advice=advice)
            for reason, advice in (
                ("MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT", "alarm"),
                ("DAILY_DESTINATION_CALL_LIMIT", "later"),
            )
        ),
        *(
            Row(answer=aws_error("AccessDeniedException", 403, Reason=reason), advice="alarm")
            for reason in ("ACCOUNT_DISABLED", "INSUFFICIENT_ACCOUNT_REPUTATION")
        ),
        Row(answer=aws_error("ResourceNotFoundException"), advice="alarm"),
        Row(answer=aws_error("ExpiredTokenException"), advice="alarm", reason="not_authorised"),
        Row(answer=aws_error("ThrottlingException", 429), advice="later", reason="provider_busy Throttling"),
        Row(answer=aws_error("SomethingNew")),
        Row(
            answer=aws_error("InternalServerException", 500), outcome=Outcome.UNKNOWN, reason="provider_fault"
        ),
        Row(answer=aws_error("ServiceUnavailable", 503), outcome=Outcome.UNKNOWN),
    ),
    too_long=invalid("INVALID_PARAMETER", Fields=field("MessageBody")),
    wrap=published,
    receipts=(
        *(
            Told(item=event(f"TEXT_{kind}"), status=ReceiptStatus.SENT)
            for kind in ("QUEUED", "PENDING", "SENT", "SUCCESSFUL", "UNKNOWN")
        ),
        Told(item=event("TEXT_DELIVERED"), status=ReceiptStatus.DELIVERED),
        *(
            Told(
                item=event(f"TEXT_{kind}"),
                status=ReceiptStatus.FAILED,
                advice=advice,
                reason=f"{word} {kind}",
            )
            for kind, word, advice in (
                ("INVALID", "bad_number", "bad_address"),
                ("INVALID_MESSAGE", "content_refused", ""),
                ("SPAM", "content_refused", ""),
                ("BLOCKED", "blocked", ""),
                ("CARRIER_BLOCKED", "blocked", ""),
                ("PROTECT_BLOCKED", "country_blocked", "alarm"),
                ("UNREACHABLE", "unreachable", ""),
                ("CARRIER_UNREACHABLE", "unreachable", ""),
                ("TTL_EXPIRED", "expired", ""),
            )
        ),
    ),
    unknown_status=event("TEXT_TELEPATHIC"),
    foreign=event("TEXT_DELIVERED", context={"account": "bar"}),
    replies={
        "text": Heard(item=inbound(), text="СТОП", answers="862a8790"),
        "unsupported": Heard(item=inbound(messageBody=None), answers="862a8790"),
    },
)
