"""Amazon SES v2, after botocore's service model and the developer guide's event data."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from aftercart.channels.entry import Received
from aftercart.domain.consent import Purpose
from aftercart.domain.content import Button
from aftercart.domain.message import Outcome, ReceiptStatus
from aftercart.ports import Outgoing
from tests.aftercart.channels.sample import PHONE, Item, Message, Row, Sample, Told
from tests.aftercart.channels.standins import CARDS, NAMED, REFERENCE, outgoing
from tests.aftercart.channels.wire import aws_error, json_answer

OLENA = "olena@customer.example"
TEXT = "Олено, замовлення №1001 прийнято."
PAGE = "https://kram.example/m/abc"
WHERE = Button(title="Де?", url="https://np.example/t")
HEADERS = [
    {"Name": "List-Unsubscribe", "Value": f"<{PAGE}/unsubscribe>"},
    {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
]


def an_email(
    title: str = "Замовлення прийнято", html: str = "<p>Прийнято</p>", image: str = "", **what: Any
) -> Outgoing:
    found = outgoing(to=OLENA, **what)
    content = replace(found.content, title=title, html=html, image=image)
    return replace(found, content=content, page=PAGE)


def message(sends: Outgoing, text: str = TEXT, sender: str = "hello@kram.example", **simple: Any) -> Message:
    return Message(
        outgoing=sends,
        url="https://email.eu-central-1.amazonaws.com/v2/email/outbound-emails",
        body={
            "FromEmailAddress": sender,
            "ConfigurationSetName": "events",
            "Destination": {"ToAddresses": [OLENA]},
            "Content": {
                "Simple": {
                    "Subject": {"Data": "Замовлення прийнято", "Charset": "UTF-8"},
                    "Body": {
                        "Text": {"Data": text, "Charset": "UTF-8"},
                        "Html": {"Data": "<p>Прийнято</p>", "Charset": "UTF-8"},
                    },
                    **simple,
                }
            },
            "EmailTags": [{"Name": "reference", "Value": REFERENCE}],
        },
    )


def event(kind: str, name: str = "", detail: dict[str, Any] | None = None, **mail: Any) -> Item:
    return {
        "eventType": kind,
        "mail": {
            "timestamp": "2026-11-22T10:00:00.000Z",
            "source": "hello@kram.example",
            "messageId": "0107019-000000",
            "destination": [OLENA],
            "tags": {"ses:configuration-set": ["events"], "reference": [REFERENCE]},
            **mail,
        },
        **({name: {"timestamp": "2026-11-22T10:00:00.000Z", **(detail or {})}} if name else {}),
    }


def bounce(kind: str, sub_type: str) -> Item:
    detail = {"bounceType": kind, "bounceSubType": sub_type, "bouncedRecipients": []}
    return event("Bounce", "bounce", detail)


def complaint(sub_type: str | None) -> Item:
    return event("Complaint", "complaint", {"complaintSubType": sub_type, "complaintFeedbackType": "abuse"})


def published(items: Sequence[Item]) -> Received:
    (item,) = items
    return Received(body=json.dumps(item).encode(), id="sns-1", at="2026-11-22T10:00:01.000Z")


SAMPLE = Sample(
    settings={"email_sender": "hello@kram.example", "email_configuration_set": "events"},
    secrets={},
    messages=(
        message(an_email()),
        message(an_email(buttons=(WHERE,)), text=f"{TEXT}\nДе?: https://np.example/t"),
        message(an_email(image="https://kram.example/case.png")),
        message(an_email(cards=CARDS), text=f"{TEXT}\n{NAMED}"),
        message(an_email(sender="Kram"), sender="Kram <hello@kram.example>"),
        message(an_email(purpose=Purpose.MARKETING), Headers=HEADERS),
    ),
    accepted=json_answer(200, {"MessageId": "0107019-000000"}),
    provider_id="0107019-000000",
    outcomes=(
        *(
            Row(answer=aws_error(code), advice=advice, reason=f"{word} {code}")
            for code, advice, word in (
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
            )
        ),
        Row(answer=aws_error("InternalFailure", 500), outcome=Outcome.UNKNOWN, reason="provider_fault"),
        Row(answer=aws_error("ServiceUnavailable", 503), outcome=Outcome.UNKNOWN),
    ),
    too_long=aws_error("BadRequestException"),
    wrap=published,
    receipts=(
        Told(item=event("Send"), status=ReceiptStatus.SENT),
        Told(item=event("DeliveryDelay", "deliveryDelay"), status=ReceiptStatus.SENT),
        Told(item=event("Delivery", "delivery"), status=ReceiptStatus.DELIVERED),
        Told(item=complaint(None), status=ReceiptStatus.DELIVERED, advice="opted_out", reason="complained"),
        Told(
            item=complaint("OnAccountSuppressionList"),
            status=ReceiptStatus.FAILED,
            advice="opted_out",
            reason="complained",
        ),
        *(
            Told(
                item=bounce(kind, sub_type),
                status=ReceiptStatus.FAILED,
                advice=advice,
                reason=f"bounced {sub_type}",
            )
            for kind, sub_type, advice in (
                ("Permanent", "General", "bad_address"),
                ("Permanent", "NoEmail", "bad_address"),
                ("Permanent", "OnAccountSuppressionList", "bad_address"),
                ("Transient", "MailboxFull", ""),
                ("Undetermined", "Undetermined", ""),
            )
        ),
        *(
            Told(item=event(kind, name, {"reason": "Bad"}), status=ReceiptStatus.FAILED, advice="alarm")
            for kind, name in (("Reject", "reject"), ("Rendering Failure", "failure"))
        ),
    ),
    unknown_status=event("Telepathy", "telepathy"),
    foreign=event("Delivery", "delivery", tags={"reference": ["somebody-elses"]}),
    reaches=(OLENA, "olena.o'brien+kram@mail.customer.example", "olena@xn--80ak6aa92e.xn--p1ai"),
    does_not_reach=(
        PHONE,
        "олена@customer.example",
        "olena@пошта.укр",
        "olena@customer",
        "olena@-customer.example",
        ".olena@customer.example",
        "olena..z@customer.example",
        "olena@customer.example\r\nBcc: all@evil.example",
        "olena@customer.example\n",
        "a@b@customer.example",
        f"{'a' * 65}@customer.example",
        f"{'a' * 64}@{'b.' * 100}example",
    ),
)
