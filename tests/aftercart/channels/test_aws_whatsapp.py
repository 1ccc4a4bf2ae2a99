"""AWS's way to WhatsApp. Message and events are Meta's own: test_meta_whatsapp has each kind of them."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore import exceptions
from botocore.config import Config
from botocore.stub import Stubber

from aftercart.channels import aws_whatsapp, registry, whatsapp
from aftercart.channels.aws_whatsapp import AwsWhatsApp
from aftercart.channels.entry import Received
from aftercart.channels.reading import PartlyUnreadable
from aftercart.domain.consent import Channel
from aftercart.domain.content import Button, Template
from aftercart.domain.message import Outcome, Receipt, ReceiptStatus
from aftercart.ports import Reply, Sent, Unreadable
from tests.aftercart.channels.standins import REFERENCE, outgoing

AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
STAMP = str(int(AT.timestamp()))
URL = "https://social-messaging.eu-central-1.amazonaws.com"
NUMBER = "phone-number-id-976c72a700aac43eaf573ae050"
TEMPLATE = Template(name="order_v1", language="uk", category="utility", parameters=("Олено",))


@dataclass
class Client:
    """The boto3 client's one method: keeps what it was asked and answers, or raises, what it was given."""

    answer: dict[str, Any] | Exception = field(default_factory=lambda: {"messageId": "862a8790"})
    asked: list[dict[str, Any]] = field(default_factory=list)

    def send_whatsapp_message(self, **parameters: Any) -> dict[str, Any]:
        self.asked.append(parameters)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def send(client: Client, **what: Any) -> Sent:
    return AwsWhatsApp(client, NUMBER).send(outgoing(**what))


def message_of(**what: Any) -> Any:
    client = Client()
    send(client, **what)
    return json.loads(client.asked[0]["message"])


def refusal(code: str, status: int = 400) -> exceptions.ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": "380671234567 is not allowed"},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return exceptions.ClientError(response, "SendWhatsAppMessage")


def event(value: dict[str, Any], **more: Any) -> str:
    entry = {"id": "102290129340398", "changes": [{"field": "messages", "value": value}]}
    found = {
        "context": {
            "MetaWabaIds": [{"wabaId": "1234567890abcde", "arn": "arn:aws:social-messaging:…:waba/fb25"}],
            "MetaPhoneNumberIds": [{"metaPhoneNumberId": "abcde1234567890", "arn": "arn:…"}],
        },
        "whatsAppWebhookEntry": json.dumps(entry),
        "aws_account_id": "123456789012",
        "message_timestamp": "2026-11-22T10:00:01.271279391Z",
        "messageId": "6d69f07a-c317-4278-9d5c-6a84078419ec",
    }
    return json.dumps({**found, **more})


def status(name: str, **more: Any) -> dict[str, Any]:
    found = {"id": "wamid.A1", "status": name, "timestamp": STAMP, "recipient_id": "380671234567"}
    return {**found, "biz_opaque_callback_data": REFERENCE, **more}


def message(**more: Any) -> dict[str, Any]:
    said = {"type": "text", "text": {"body": "СТОП"}}
    return {"from": "380671234567", "id": "wamid.B2", "timestamp": STAMP, **said, **more}


def test_one_call_carries_metas_message_as_bytes_with_our_reference() -> None:
    client = Client()
    assert send(client, template=TEMPLATE) == Sent(outcome=Outcome.ACCEPTED, provider_id="862a8790")
    (asked,) = client.asked
    assert (asked["originationPhoneNumberId"], asked["metaApiVersion"]) == (NUMBER, "v20.0")
    assert isinstance(asked["message"], bytes)
    assert json.loads(asked["message"]) == whatsapp.message(outgoing(template=TEMPLATE))
    assert json.loads(asked["message"])["biz_opaque_callback_data"] == REFERENCE


def test_outside_the_24_hours_the_template_goes_and_inside_them_the_text() -> None:
    assert message_of(template=TEMPLATE)["template"]["name"] == "order_v1"
    within = message_of(template=TEMPLATE, window_open=True)
    assert (within["type"], within["text"]["body"]) == ("text", "Олено, замовлення №1001 прийнято.")


def test_a_phone_is_written_to_by_its_digits_and_who_hides_it_by_user_id() -> None:
    phone = message_of()
    assert (phone["to"], "recipient" in phone) == ("380671234567", False)
    hidden = message_of(to="UA.13491208655302741918")
    assert (hidden["recipient"], "to" in hidden) == ("UA.13491208655302741918", False)


def test_the_real_client_takes_the_parameters() -> None:
    client = boto3.client(
        "socialmessaging",
        region_name="eu-central-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
        config=Config(retries={"total_max_attempts": 1}),
    )
    expected = {
        "originationPhoneNumberId": NUMBER,
        "metaApiVersion": "v20.0",
        "message": json.dumps(whatsapp.message(outgoing())).encode(),
    }
    with Stubber(client) as stub:
        stub.add_response("send_whatsapp_message", {"messageId": "862a8790"}, expected)
        sent = AwsWhatsApp(client, NUMBER).send(outgoing())
        stub.assert_no_pending_responses()
    assert sent.provider_id == "862a8790"


def test_the_longest_message_is_far_below_what_aws_takes() -> None:
    buttons = tuple(Button(title="я" * 20, reply=f"{n}" * 256) for n in range(3))
    client = Client()
    send(client, text="я" * whatsapp.LONGEST, buttons=buttons, window_open=True)
    assert len(client.asked[0]["message"]) < 2_048_000 / 100


@pytest.mark.parametrize(
    ("code", "status_code", "advice", "word"),
    (
        ("ThrottledRequestException", 429, "later", "provider_busy"),
        ("ValidationException", 400, "alarm", "parameter_refused"),
        ("InvalidParametersException", 400, "alarm", "parameter_refused"),
        ("AccessDeniedException", 403, "alarm", "not_authorised"),
        ("AccessDeniedByMetaException", 403, "alarm", "not_authorised"),
        ("ExpiredTokenException", 403, "alarm", "not_authorised"),
        ("ResourceNotFoundException", 404, "alarm", "sender_refused"),
        ("SomethingNew", 400, "", "refused"),
    ),
)
def test_a_refusal_says_what_to_do(code: str, status_code: int, advice: str, word: str) -> None:
    sent = send(Client(refusal(code, status_code)))
    assert sent == Sent(outcome=Outcome.REJECTED, advice=advice, reason=f"{word} {code}")


@pytest.mark.parametrize(
    ("code", "status_code"),
    (("InternalServiceException", 500), ("DependencyException", 502), ("GatewayTimeout", 504)),
)
def test_a_fault_of_aws_or_of_meta_behind_it_leaves_the_outcome_unknown(code: str, status_code: int) -> None:
    sent = send(Client(refusal(code, status_code)))
    assert sent == Sent(outcome=Outcome.UNKNOWN, reason=f"provider_fault {code}")


@pytest.mark.parametrize(
    ("error", "outcome"),
    (
        (exceptions.EndpointConnectionError(endpoint_url=URL), Outcome.REJECTED),
        (exceptions.NoCredentialsError(), Outcome.REJECTED),
        (exceptions.ParamValidationError(report="x"), Outcome.REJECTED),
        (exceptions.ReadTimeoutError(endpoint_url=URL), Outcome.UNKNOWN),
        (exceptions.ConnectionClosedError(endpoint_url=URL), Outcome.UNKNOWN),
    ),
)
def test_no_answer_is_rejected_only_where_nothing_can_have_left(error: Exception, outcome: Outcome) -> None:
    assert send(Client(error)).outcome is outcome


def test_an_event_is_a_receipt_of_the_attempt_that_it_names_and_tells_what_it_was_charged_as() -> None:
    pricing = {"billable": True, "pricing_model": "PMP", "type": "regular", "category": "utility"}
    assert aws_whatsapp.read(event({"statuses": [status("delivered", pricing=pricing)]})) == [
        Receipt(reference=REFERENCE, status=ReceiptStatus.DELIVERED, at=AT, category="utility")
    ]


def test_a_failed_event_carries_metas_reason_and_advice() -> None:
    (receipt,) = aws_whatsapp.read(event({"statuses": [status("failed", errors=[{"code": 131049}])]}))
    assert receipt == Receipt(
        reference=REFERENCE,
        status=ReceiptStatus.FAILED,
        at=AT,
        reason="barred_as_marketing 131049",
        advice="plain",
    )


def test_a_message_of_somebody_elses_from_the_same_number_is_left_out() -> None:
    assert aws_whatsapp.read(event({"statuses": [status("read", biz_opaque_callback_data="x")]})) == []


def test_an_event_is_a_reply_from_a_phone_or_from_who_hides_it() -> None:
    hidden = {name: value for name, value in message(id="wamid.B3").items() if name != "from"}
    replies = aws_whatsapp.read(event({"messages": [message(), {**hidden, "from_user_id": "UA.134912"}]}))
    assert [(each.id, each.sender, each.text) for each in replies if isinstance(each, Reply)] == [
        ("wamid.B2", "+380671234567", "СТОП"),
        ("wamid.B3", "UA.134912", "СТОП"),
    ]


@pytest.mark.parametrize(
    "body",
    (
        "Successfully validated SNS topic",
        "{}",
        "[]",
        event({}, whatsAppWebhookEntry=None),
        event({}, whatsAppWebhookEntry={"changes": []}),
        event({}, whatsAppWebhookEntry="{"),
        event({}, whatsAppWebhookEntry="[]"),
    ),
)
def test_a_body_of_another_shape_is_unreadable(body: str) -> None:
    with pytest.raises(Unreadable):
        aws_whatsapp.read(body)


def test_one_strange_message_does_not_cost_the_stop_beside_it() -> None:
    with pytest.raises(PartlyUnreadable) as fault:
        aws_whatsapp.read(event({"messages": [message(timestamp="yesterday"), message()]}))
    (reply,) = fault.value.events
    assert isinstance(reply, Reply)
    assert reply.text == "СТОП"


def test_it_is_known_by_its_topic_and_has_no_webhook() -> None:
    entry = registry.on_topic("arn:aws:sns:eu-central-1:123456789012:aftercart-whatsapp-events")
    assert entry is registry.entry("whatsapp/aws")
    assert registry.at_path("/aws/whatsapp") is entry
    assert entry.webhook is None
    (reply,) = entry.read(Received(body=event({"messages": [message()]}).encode(), id="sns-1"))
    assert isinstance(reply, Reply)
    assert reply.channel is Channel.WHATSAPP
