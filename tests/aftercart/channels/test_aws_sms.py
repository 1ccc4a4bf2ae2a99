import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore import exceptions
from botocore.config import Config
from botocore.stub import Stubber

from aftercart.channels import aws_sms
from aftercart.channels.aws_sms import AwsSms
from aftercart.domain.consent import Channel, Purpose
from aftercart.domain.content import Button
from aftercart.domain.message import Outcome, Receipt, ReceiptStatus
from aftercart.ports import Reply, Sent, Unreadable
from tests.aftercart.channels.standins import REFERENCE, outgoing

AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
STAMP = "2026-11-22T10:00:00.000Z"
URL = "https://sms-voice.eu-central-1.amazonaws.com"


@dataclass
class Client:
    """The boto3 client's one method: keeps what it was asked and answers, or raises, what it was given."""

    answer: dict[str, Any] | Exception = field(default_factory=lambda: {"MessageId": "862a8790"})
    asked: list[dict[str, Any]] = field(default_factory=list)

    def send_text_message(self, **parameters: Any) -> dict[str, Any]:
        self.asked.append(parameters)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def send(client: Client, **what: Any) -> Sent:
    return AwsSms(client, "Romashka", "aftercart-events").send(outgoing(**what))


def refusal(code: str, reason: str = "", status: int = 400, **more: Any) -> exceptions.ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": "+380671234567 is not allowed"},
        "ResponseMetadata": {"HTTPStatusCode": status},
        **({"Reason": reason} if reason else {}),
        **more,
    }
    return exceptions.ClientError(response, "SendTextMessage")


def event(kind: str, **more: Any) -> str:
    found = {
        "eventType": kind,
        "eventVersion": "1.0",
        "eventTimestamp": int(AT.timestamp() * 1000),
        "isFinal": False,
        "originationPhoneNumber": "Romashka",
        "destinationPhoneNumber": "+380671234567",
        "messageId": "862a8790-60c0-4430-9b2b-658bdf3c2a11",
        "messageRequestTimestamp": int(AT.timestamp() * 1000) - 300,
        "messageEncoding": "Unicode",
        "messageType": "TRANSACTIONAL",
        "messageStatus": kind.removeprefix("TEXT_"),
        "context": {"ref": REFERENCE},
        "totalMessageParts": 2,
        "totalMessagePrice": 0.16,
    }
    return json.dumps({**found, **more})


def inbound(**more: Any) -> str:
    found = {
        "originationNumber": "+380671234567",
        "destinationNumber": "+12125550101",
        "messageKeyword": "KEYWORD_123456789012",
        "messageBody": "СТОП",
        "inboundMessageId": "cae173d2-66b9-564c-8309-21f858e9fb84",
        "previousPublishedMessageId": "862a8790",
    }
    return json.dumps({**found, **more})


def test_one_call_carries_our_reference_and_an_expiry() -> None:
    client = Client()
    assert send(client) == Sent(outcome=Outcome.ACCEPTED, provider_id="862a8790")
    assert client.asked == [
        {
            "DestinationPhoneNumber": "+380671234567",
            "OriginationIdentity": "Romashka",
            "MessageBody": "Олено, замовлення №1001 прийнято.",
            "MessageType": "TRANSACTIONAL",
            "ConfigurationSetName": "aftercart-events",
            "TimeToLive": 900,
            "Context": {"ref": REFERENCE},
        }
    ]


def test_a_country_with_a_sender_of_its_own_is_sent_from_it() -> None:
    client = Client()
    send(client, sender="Kram UA")
    assert client.asked[0]["OriginationIdentity"] == "Kram UA"


@pytest.mark.parametrize(("seconds", "ttl"), ((1, 5), (900, 900), (10**7, 259_200)))
def test_the_expiry_stays_within_what_aws_allows(seconds: int, ttl: int) -> None:
    client = Client()
    send(client, valid_for=seconds)
    assert client.asked[0]["TimeToLive"] == ttl


def test_marketing_is_promotional_and_a_link_is_said() -> None:
    client = Client()
    send(client, purpose=Purpose.MARKETING, buttons=(Button(title="Так", url="https://m.example/t"),))
    assert client.asked[0]["MessageType"] == "PROMOTIONAL"
    assert client.asked[0]["MessageBody"].endswith("\nТак: https://m.example/t")


def test_the_real_client_takes_the_parameters() -> None:
    client = boto3.client(
        "pinpoint-sms-voice-v2",
        region_name="eu-central-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
        config=Config(retries={"total_max_attempts": 1}),
    )
    expected = {
        **aws_sms.parameters(outgoing()),
        "OriginationIdentity": "Romashka",
        "ConfigurationSetName": "events",
        "MaxPrice": "0.20",
    }
    with Stubber(client) as stub:
        stub.add_response("send_text_message", {"MessageId": "862a8790"}, expected)
        sent = AwsSms(client, "Romashka", "events", "0.20").send(outgoing())
        stub.assert_no_pending_responses()
    assert sent.provider_id == "862a8790"


TO_WHOM = [{"Name": "DestinationPhoneNumber", "Message": "invalid"}]
WHAT = [{"Name": "MessageBody", "Message": "too long"}]


@pytest.mark.parametrize(
    ("error", "advice", "word"),
    (
        (refusal("ConflictException", "DESTINATION_PHONE_NUMBER_OPTED_OUT", 409), "opted_out", "opted_out"),
        (
            refusal("ConflictException", "DESTINATION_PHONE_NUMBER_NOT_VERIFIED"),
            "alarm",
            "account_in_sandbox",
        ),
        (refusal("ConflictException", "RESOURCE_NOT_ACTIVE", 409), "alarm", "refused"),
        (refusal("ValidationException", "PRICE_OVER_THRESHOLD"), "", "over_max_price"),
        (refusal("ValidationException", "INVALID_PARAMETER", Fields=TO_WHOM), "bad_address", "bad_number"),
        (refusal("ValidationException", "INVALID_PARAMETER", Fields=WHAT), "alarm", "parameter_refused"),
        (refusal("ServiceQuotaExceededException", "DAILY_DESTINATION_CALL_LIMIT"), "later", "provider_busy"),
        (
            refusal("ServiceQuotaExceededException", "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT"),
            "alarm",
            "spend_limit",
        ),
        (refusal("AccessDeniedException", "ACCOUNT_DISABLED", 403), "alarm", "account_restricted"),
        (refusal("ThrottlingException", status=429), "later", "provider_busy"),
        (refusal("ExpiredTokenException"), "alarm", "not_authorised"),
        (refusal("SomethingNew"), "", "refused"),
    ),
)
def test_a_refusal_says_what_to_do(error: exceptions.ClientError, advice: str, word: str) -> None:
    code = error.response.get("Reason") or error.response["Error"]["Code"]
    assert send(Client(error)) == Sent(outcome=Outcome.REJECTED, advice=advice, reason=f"{word} {code}")


@pytest.mark.parametrize(("code", "status"), (("InternalServerException", 500), ("ServiceUnavailable", 503)))
def test_a_fault_of_the_service_leaves_the_outcome_unknown(code: str, status: int) -> None:
    sent = send(Client(refusal(code, status=status)))
    assert sent == Sent(outcome=Outcome.UNKNOWN, reason=f"provider_fault {code}")


@pytest.mark.parametrize(
    ("error", "outcome"),
    (
        (exceptions.EndpointConnectionError(endpoint_url=URL), Outcome.REJECTED),
        (exceptions.ConnectTimeoutError(endpoint_url=URL), Outcome.REJECTED),
        (exceptions.NoCredentialsError(), Outcome.REJECTED),
        (exceptions.ParamValidationError(report="x"), Outcome.REJECTED),
        (exceptions.ReadTimeoutError(endpoint_url=URL), Outcome.UNKNOWN),
        (exceptions.ConnectionClosedError(endpoint_url=URL), Outcome.UNKNOWN),
        (exceptions.HTTPClientError(error="reset"), Outcome.UNKNOWN),
        (exceptions.SSLError(endpoint_url=URL, error=OSError("reset")), Outcome.UNKNOWN),
    ),
)
def test_no_answer_is_rejected_only_where_nothing_can_have_left(error: Exception, outcome: Outcome) -> None:
    sent = send(Client(error))
    assert sent.outcome is outcome
    assert "amazonaws" not in sent.reason


@pytest.mark.parametrize(
    ("kind", "status"),
    (
        ("TEXT_QUEUED", ReceiptStatus.SENT),
        ("TEXT_PENDING", ReceiptStatus.SENT),
        ("TEXT_SENT", ReceiptStatus.SENT),
        ("TEXT_SUCCESSFUL", ReceiptStatus.SENT),
        ("TEXT_UNKNOWN", ReceiptStatus.SENT),
        ("TEXT_DELIVERED", ReceiptStatus.DELIVERED),
    ),
)
def test_an_event_is_a_receipt(kind: str, status: ReceiptStatus) -> None:
    assert aws_sms.read(event(kind), STAMP, "sns-1") == [Receipt(reference=REFERENCE, status=status, at=AT)]


@pytest.mark.parametrize(
    ("kind", "reason", "advice"),
    (
        ("TEXT_INVALID", "bad_number INVALID", "bad_address"),
        ("TEXT_CARRIER_BLOCKED", "blocked CARRIER_BLOCKED", ""),
        ("TEXT_PROTECT_BLOCKED", "country_blocked PROTECT_BLOCKED", "alarm"),
        ("TEXT_TTL_EXPIRED", "expired TTL_EXPIRED", ""),
        ("TEXT_UNREACHABLE", "unreachable UNREACHABLE", ""),
    ),
)
def test_a_failed_event_carries_its_reason_and_advice(kind: str, reason: str, advice: str) -> None:
    assert aws_sms.read(event(kind), STAMP, "sns-1") == [
        Receipt(reference=REFERENCE, status=ReceiptStatus.FAILED, at=AT, reason=reason, advice=advice)
    ]


@pytest.mark.parametrize(
    "foreign",
    (
        event("TEXT_TELEPATHIC"),
        event("MEDIA_DELIVERED"),
        event("TEXT_DELIVERED", context={"account": "bar"}),
        event("TEXT_DELIVERED", context=None),
    ),
)
def test_what_is_new_to_us_or_not_ours_is_left_out(foreign: str) -> None:
    assert aws_sms.read(foreign, STAMP, "sns-1") == []


def test_an_inbound_text_has_the_notifications_time() -> None:
    assert aws_sms.read(inbound(), STAMP, "sns-1") == [
        Reply(
            id="cae173d2-66b9-564c-8309-21f858e9fb84",
            channel=Channel.SMS,
            sender="+380671234567",
            text="СТОП",
            at=AT,
            answers="862a8790",
        )
    ]


def test_an_inbound_text_without_an_id_takes_the_notifications() -> None:
    (reply,) = aws_sms.read(inbound(inboundMessageId=None), STAMP, "sns-1")
    assert isinstance(reply, Reply)
    assert reply.id == "sns-1"


@pytest.mark.parametrize(
    ("message", "timestamp"),
    (
        ("Hello from SNS!", STAMP),
        ("{}", STAMP),
        ("[]", STAMP),
        (inbound(originationNumber=""), STAMP),
        (inbound(), "yesterday"),
        (event("TEXT_DELIVERED", eventTimestamp="soon"), STAMP),
    ),
)
def test_what_is_neither_is_unreadable(message: str, timestamp: str) -> None:
    with pytest.raises(Unreadable):
        aws_sms.read(message, timestamp, "sns-1")
