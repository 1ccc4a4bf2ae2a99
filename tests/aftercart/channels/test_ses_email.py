"""What SES has beyond what the kit asks of every provider."""

import json
from dataclasses import replace
from email.header import decode_header, make_header
from email.utils import getaddresses
from typing import Any

import pytest

from aftercart.channels import registry
from aftercart.channels.entry import Received
from aftercart.domain.consent import Purpose
from aftercart.domain.content import Button
from aftercart.domain.message import Receipt
from aftercart.ports import Outgoing, Unreadable
from tests.aftercart.channels.kit import held
from tests.aftercart.channels.sample import AT
from tests.aftercart.channels.samples.ses_email import an_email, event
from tests.aftercart.channels.wire import Wire

SES = held("email/ses")


def asked(found: Outgoing) -> Any:
    wire = Wire(SES.sample.accepted)
    SES.sender(wire).send(found)
    return wire.asked[0].said


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


def test_there_is_no_leaving_the_news_of_an_order_nor_a_page_that_is_not_there() -> None:
    assert "Headers" not in asked(an_email())["Content"]["Simple"]
    assert "Headers" not in asked(replace(an_email(purpose=Purpose.MARKETING), page=""))["Content"]["Simple"]


@pytest.mark.parametrize(
    "foreign",
    (
        event("Open", "open", {"ipAddress": "192.0.2.1"}),
        event("Click", "click", {"link": "https://kram.example/m/abc"}),
        event("Subscription", "subscription"),
        event("Complaint", "complaint", {"complaintFeedbackType": "not-spam"}),
        event("Delivery", "delivery", tags={"reference": []}),
        event("Delivery", "delivery", tags=None),
    ),
)
def test_what_proves_nothing_or_is_not_ours_is_left_out(foreign: Any) -> None:
    assert SES.read([foreign]) == []


def test_what_ses_says_when_the_topic_is_subscribed_is_left_out() -> None:
    said = b"Successfully validated SNS topic for Amazon SES event publishing."
    assert SES.entry.read(Received(body=said)) == []


def test_the_events_of_an_identitys_own_notifications_are_read_too() -> None:
    found = json.dumps(event("Delivery", "delivery")).replace("eventType", "notificationType")
    (receipt,) = SES.entry.read(Received(body=found.encode()))
    assert isinstance(receipt, Receipt)


def test_what_has_no_time_of_its_own_was_when_the_email_was_sent() -> None:
    (receipt,) = SES.read([event("Send", timestamp="2026-11-22T09:59:58.000Z")])
    assert isinstance(receipt, Receipt)
    assert receipt.at < AT


@pytest.mark.parametrize(
    "strange",
    (
        {},
        {"eventType": "Delivery"},
        event("Delivery", "delivery", {"timestamp": "yesterday"}),
        event("Send", timestamp=None),
    ),
)
def test_what_is_no_event_of_an_email_is_unreadable(strange: Any) -> None:
    with pytest.raises(Unreadable):
        SES.read([strange])


def test_what_comes_on_the_topic_is_read_as_email() -> None:
    entry = registry.on_topic("arn:aws:sns:eu-central-1:123456789012:shop-email-events")
    assert entry is registry.entry("email/ses")
