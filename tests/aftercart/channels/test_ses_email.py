import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.utils import getaddresses
from typing import Any

import boto3
import pytest
from botocore import exceptions
from botocore.config import Config
from botocore.stub import Stubber

from aftercart.channels import registry, ses_email
from aftercart.channels.ses_email import SesEmail
from aftercart.domain.consent import Purpose
from aftercart.domain.content import Button
from aftercart.domain.message import Outcome, Receipt, ReceiptStatus
from aftercart.ports import Outgoing, Sent, Unreadable
from tests.aftercart.channels.standins import REFERENCE, outgoing

AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
SENT_AT = datetime(2026, 11, 22, 9, 59, 58, tzinfo=UTC)
URL = "https://email.eu-central-1.amazonaws.com"
PAGE = "https://kram.example/m/abc"
TAGGED = "reference"
ACCEPTED = {"MessageId": "0107019-000000"}


@dataclass
class Client:
    """The boto3 client's one method: keeps what it was asked and answers, or raises, what it was given."""

    answer: dict[str, Any] | Exception = field(default_factory=lambda: dict(ACCEPTED))
    asked: list[dict[str, Any]] = field(default_factory=list)

    def send_email(self, **parameters: Any) -> dict[str, Any]:
        self.asked.append(parameters)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def an_email(title: str = "Замовлення прийнято", html: str = "<p>Прийнято</p>", **what: Any) -> Outgoing:
    found = outgoing(to="olena@customer.example", **what)
    return replace(found, content=replace(found.content, title=title, html=html), page=PAGE)


def asked(found: Outgoing) -> dict[str, Any]:
    client = Client()
    SesEmail(client, "hello@kram.example", "events").send(found)
    (parameters,) = client.asked
    return parameters


def send(answer: Exception) -> Sent:
    return SesEmail(Client(answer), "hello@kram.example", "events").send(an_email())


def refusal(code: str, status: int = 400) -> exceptions.ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": "olena@customer.example failed the check"},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return exceptions.ClientError(response, "SendEmail")


def event(kind: str, name: str = "", detail: dict[str, Any] | None = None, **mail: Any) -> str:
    found: dict[str, Any] = {
        "eventType": kind,
        "mail": {
            "timestamp": "2026-11-22T09:59:58.000Z",
            "source": "hello@kram.example",
            "messageId": "0107019-000000",
            "destination": ["olena@customer.example"],
            "tags": {"ses:configuration-set": ["events"], TAGGED: [REFERENCE]},
            **mail,
        },
    }
    if name:
        found[name] = {"timestamp": "2026-11-22T10:00:00.000Z", **(detail or {})}
    return json.dumps(found)


def test_one_call_carries_text_and_html_and_our_reference() -> None:
    client = Client()
    sent = SesEmail(client, "hello@kram.example", "events").send(an_email())
    assert sent == Sent(outcome=Outcome.ACCEPTED, provider_id="0107019-000000")
    assert client.asked == [
        {
            "FromEmailAddress": "hello@kram.example",
            "ConfigurationSetName": "events",
            "Destination": {"ToAddresses": ["olena@customer.example"]},
            "Content": {
                "Simple": {
                    "Subject": {"Data": "Замовлення прийнято", "Charset": "UTF-8"},
                    "Body": {
                        "Text": {"Data": "Олено, замовлення №1001 прийнято.", "Charset": "UTF-8"},
                        "Html": {"Data": "<p>Прийнято</p>", "Charset": "UTF-8"},
                    },
                }
            },
            "EmailTags": [{"Name": TAGGED, "Value": REFERENCE}],
        }
    ]


def test_a_text_without_html_is_sent_as_both_all_the_same() -> None:
    body = asked(an_email(html="", buttons=(Button(title="Де?", url="https://np.example/t"),)))["Content"][
        "Simple"
    ]["Body"]
    assert body["Text"]["Data"].endswith("\nДе?: https://np.example/t")
    assert '<html lang="uk">' in body["Html"]["Data"]
    assert '<a href="https://np.example/t"' in body["Html"]["Data"]


@pytest.mark.parametrize(
    ("title", "text", "subject"),
    (
        ("Ваше\r\nBcc: all@evil.example", "", "Ваше Bcc: all@evil.example"),
        ("", "Олено,\nзамовлення прийнято.", "Олено, замовлення прийнято."),
        ("", "слово " * 30, "слово " * 12 + "слово…"),
    ),
)
def test_a_subject_is_one_line_be_it_the_title_or_how_the_text_begins(
    title: str, text: str, subject: str
) -> None:
    found = asked(an_email(title=title, text=text))
    assert found["Content"]["Simple"]["Subject"]["Data"] == subject


@pytest.mark.parametrize(
    ("name", "shown"),
    (
        ("Kram", "Kram"),
        ('Kram, Inc. "K"', 'Kram, Inc. "K"'),
        ("Крамниця", "Крамниця"),
        (
            "Крамниця телефонів і всього, що до них пасує, у Києві",
            "Крамниця телефонів і всього, що до них пасує, у Києві",
        ),
        ("Kram\r\nBcc: all@evil.example", "Kram Bcc: all@evil.example"),
        ("Крам\nBcc: <all@evil.example>", "Крам Bcc: <all@evil.example>"),
    ),
)
def test_whatever_a_brand_is_called_it_is_one_name_of_one_address(name: str, shown: str) -> None:
    line = asked(an_email(sender=name))["FromEmailAddress"]
    assert line.isascii()
    assert line.isprintable()
    ((read, address),) = getaddresses([line])
    assert (str(make_header(decode_header(read))), address) == (shown, "hello@kram.example")
    assert max(len(word) for word in line.split()) <= 75  # RFC 2047, 2


def test_marketing_can_be_left_with_one_press_in_the_mailbox() -> None:
    headers = asked(an_email(purpose=Purpose.MARKETING))["Content"]["Simple"]["Headers"]
    assert headers == [
        {"Name": "List-Unsubscribe", "Value": f"<{PAGE}/unsubscribe>"},
        {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
    ]


def test_there_is_no_leaving_the_news_of_an_order_nor_a_page_that_is_not_there() -> None:
    assert "Headers" not in asked(an_email())["Content"]["Simple"]
    assert "Headers" not in asked(replace(an_email(purpose=Purpose.MARKETING), page=""))["Content"]["Simple"]


def test_the_real_client_takes_the_parameters() -> None:
    client = boto3.client(
        "sesv2",
        region_name="eu-central-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
        config=Config(retries={"total_max_attempts": 1}),
    )
    found = an_email(purpose=Purpose.MARKETING, sender="Крамниця")
    with Stubber(client) as stub:
        stub.add_response("send_email", ACCEPTED, asked(found))
        assert SesEmail(client, "hello@kram.example", "events").send(found).provider_id == "0107019-000000"
        stub.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("address", "taken"),
    (
        ("olena@customer.example", True),
        ("olena.o'brien+kram@mail.customer.example", True),
        ("olena@xn--80ak6aa92e.xn--p1ai", True),
        ("олена@customer.example", False),
        ("olena@пошта.укр", False),
        ("olena@customer", False),
        ("olena@-customer.example", False),
        (".olena@customer.example", False),
        ("olena..z@customer.example", False),
        ("olena@customer.example\r\nBcc: all@evil.example", False),
        ("olena@customer.example\n", False),
        ("a@b@customer.example", False),
        (f"{'a' * 65}@customer.example", False),
        (f"{'a' * 64}@{'b.' * 100}example", False),
        ("", False),
    ),
)
def test_only_an_address_that_ses_can_reach_is_taken(address: str, taken: bool) -> None:
    assert registry.entry("email/ses").takes(address) is taken


@pytest.mark.parametrize(
    ("code", "advice", "word"),
    (
        ("TooManyRequestsException", "later", "provider_busy"),
        ("ThrottlingException", "later", "provider_busy"),
        ("LimitExceededException", "alarm", "over_quota"),
        ("AccountSuspendedException", "alarm", "account_restricted"),
        ("SendingPausedException", "alarm", "account_restricted"),
        ("MessageRejected", "alarm", "message_rejected"),
        ("MailFromDomainNotVerifiedException", "alarm", "sender_refused"),
        ("NotFoundException", "alarm", "no_configuration_set"),
        ("BadRequestException", "alarm", "parameter_refused"),
        ("AccessDeniedException", "alarm", "not_authorised"),
        ("ExpiredTokenException", "alarm", "not_authorised"),
        ("SomethingNew", "", "refused"),
    ),
)
def test_a_refusal_says_what_to_do_and_names_nobody(code: str, advice: str, word: str) -> None:
    assert send(refusal(code)) == Sent(outcome=Outcome.REJECTED, advice=advice, reason=f"{word} {code}")


@pytest.mark.parametrize(("code", "status"), (("InternalFailure", 500), ("ServiceUnavailable", 503)))
def test_a_fault_of_the_service_leaves_the_outcome_unknown(code: str, status: int) -> None:
    assert send(refusal(code, status)) == Sent(outcome=Outcome.UNKNOWN, reason=f"provider_fault {code}")


@pytest.mark.parametrize(
    ("error", "outcome"),
    (
        (exceptions.EndpointConnectionError(endpoint_url=URL), Outcome.REJECTED),
        (exceptions.NoCredentialsError(), Outcome.REJECTED),
        (exceptions.ParamValidationError(report="x"), Outcome.REJECTED),
        (exceptions.ReadTimeoutError(endpoint_url=URL), Outcome.UNKNOWN),
    ),
)
def test_no_answer_is_rejected_only_where_nothing_can_have_left(error: Exception, outcome: Outcome) -> None:
    assert send(error).outcome is outcome


@pytest.mark.parametrize(
    ("message", "status", "at"),
    (
        (event("Send"), 1, SENT_AT),
        (event("DeliveryDelay", "deliveryDelay", {"delayType": "MailboxFull"}), 1, AT),
        (event("Delivery", "delivery", {"recipients": ["olena@customer.example"]}), 3, AT),
        (event("Delivery", "delivery").replace("eventType", "notificationType"), 3, AT),
    ),
)
def test_an_event_is_a_receipt(message: str, status: int, at: datetime) -> None:
    receipt = Receipt(reference=REFERENCE, status=ReceiptStatus(status), at=at)
    assert ses_email.read(message) == [receipt]


@pytest.mark.parametrize(
    ("kind", "sub_type", "advice"),
    (
        ("Permanent", "General", "bad_address"),
        ("Permanent", "NoEmail", "bad_address"),
        ("Permanent", "OnAccountSuppressionList", "bad_address"),
        ("Transient", "MailboxFull", ""),
        ("Undetermined", "Undetermined", ""),
    ),
)
def test_what_bounces_has_failed_and_a_lasting_bounce_says_that_nobody_is_there(
    kind: str, sub_type: str, advice: str
) -> None:
    detail = {"bounceType": kind, "bounceSubType": sub_type, "bouncedRecipients": []}
    assert ses_email.read(event("Bounce", "bounce", detail)) == [
        Receipt(
            reference=REFERENCE,
            status=ReceiptStatus.FAILED,
            at=AT,
            reason=f"bounced {sub_type}",
            advice=advice,
        )
    ]


@pytest.mark.parametrize(
    ("sub_type", "status"),
    ((None, ReceiptStatus.DELIVERED), ("OnAccountSuppressionList", ReceiptStatus.FAILED)),
)
def test_who_complained_wants_no_more_and_had_it_unless_ses_held_it_back(
    sub_type: str | None, status: ReceiptStatus
) -> None:
    detail = {"complaintSubType": sub_type, "complaintFeedbackType": "abuse"}
    assert ses_email.read(event("Complaint", "complaint", detail)) == [
        Receipt(reference=REFERENCE, status=status, at=AT, reason="complained", advice="opted_out")
    ]


@pytest.mark.parametrize(("kind", "name"), (("Reject", "reject"), ("Rendering Failure", "failure")))
def test_what_ses_does_not_even_try_is_a_fault_of_ours(kind: str, name: str) -> None:
    message = event(kind, name, {"reason": "Bad content"})
    (receipt,) = ses_email.read(message)
    assert isinstance(receipt, Receipt)
    assert (receipt.status, receipt.advice) == (ReceiptStatus.FAILED, "alarm")


@pytest.mark.parametrize(
    "foreign",
    (
        event("Open", "open", {"ipAddress": "192.0.2.1"}),
        event("Click", "click", {"link": PAGE}),
        event("Subscription", "subscription"),
        event("Telepathy", "telepathy"),
        event("Complaint", "complaint", {"complaintFeedbackType": "not-spam"}),
        event("Delivery", "delivery", tags={"ses:configuration-set": ["events"]}),
        event("Delivery", "delivery", tags={TAGGED: ["somebody-elses"]}),
        event("Delivery", "delivery", tags={TAGGED: []}),
        event("Delivery", "delivery", tags=None),
        "Successfully validated SNS topic for Amazon SES event publishing.",
    ),
)
def test_what_proves_nothing_is_new_to_us_or_not_ours_is_left_out(foreign: str) -> None:
    assert ses_email.read(foreign) == []


@pytest.mark.parametrize(
    "message",
    (
        "Hello from SNS!",
        "{}",
        "[]",
        '{"eventType": "Delivery"}',
        event("Delivery", "delivery", {"timestamp": "yesterday"}),
        event("Send", timestamp=None),
    ),
)
def test_what_is_no_event_of_an_email_is_unreadable(message: str) -> None:
    with pytest.raises(Unreadable):
        ses_email.read(message)


def test_what_comes_on_the_topic_is_read_as_email() -> None:
    entry = registry.on_topic("arn:aws:sns:eu-central-1:123456789012:shop-email-events")
    assert entry is registry.entry("email/ses")
    assert not entry.hears
