import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftercart.channels import twilio_sms
from aftercart.channels.entry import Received
from aftercart.channels.reading import Event
from aftercart.channels.twilio_sms import TwilioSms
from aftercart.domain.consent import Channel
from aftercart.domain.content import Button
from aftercart.domain.message import Outcome, Receipt, ReceiptStatus
from aftercart.ports import MaybeSent, Refused, Reply, Sent, Unreadable
from tests.aftercart.channels.standins import REFERENCE, AnsweringHttp, KnownSecrets, outgoing

ACCOUNT, SERVICE = "AC" + "0a" * 16, "MG" + "0b" * 16
SECRETS = KnownSecrets({"twilio_token": b"12345"})
CALLBACK = "https://kram.example/twilio/sms"
AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
QUEUED = (201, b'{"sid":"SM1","status":"queued","error_code":null}')

# Twilio's own example (twilio.com/docs/usage/security), which twilio-python 9.13.0 takes.
DOCUMENTED = "https://mycompany.com/myapp.php?foo=1&bar=2"
DOCUMENTED_FORM = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+14158675309",
    "Digits": "1234",
    "From": "+14158675309",
    "To": "+18005551212",
}
DOCUMENTED_SIGNATURE = "RSOYDt4T1cUTdK1PDd93/VVr8B8="


def send(http: AnsweringHttp, own: str = "+380441112233", **what: Any) -> Sent:
    provider = TwilioSms(http, SECRETS, "https://api.twilio.com/", ACCOUNT, own, CALLBACK)
    return provider.send(outgoing(**what))


def sent_form(**what: Any) -> Any:
    http = AnsweringHttp(QUEUED)
    send(http, **what)
    return http.body


def refusal(code: int, status: int = 400) -> tuple[int, bytes]:
    return status, json.dumps({"code": code, "message": "+380671234567 is not", "status": status}).encode()


def received(fields: dict[str, str], url: str = CALLBACK, signature: str = "") -> Received:
    headers = {"x-twilio-signature": signature, "x-received-at": AT.isoformat()}
    return Received(body=urlencode(fields).encode(), headers=headers, url=url)


def read_status(status: str, ref: str = REFERENCE, **more: str) -> list[Event]:
    fields = {"MessageSid": "SM1", "MessageStatus": status, "To": "+380671234567", **more}
    return twilio_sms.read(received(fields, f"{CALLBACK}?ref={ref}"))


def inbound(**more: str) -> dict[str, str]:
    return {"MessageSid": "SM2", "From": "+380671234567", "Body": "1", "SmsStatus": "received", **more}


def test_one_call_carries_our_reference_to_where_the_receipts_come() -> None:
    http = AnsweringHttp(QUEUED)
    sent = send(http)
    ((method, url, headers, form),) = http.asked
    assert (method, url) == ("POST", f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages.json")
    assert headers["Authorization"] == "Basic QUMwYTBhMGEwYTBhMGEwYTBhMGEwYTBhMGEwYTBhMGEwYToxMjM0NQ=="
    assert form == {
        "To": "+380671234567",
        "From": "+380441112233",
        "Body": "Олено, замовлення №1001 прийнято.",
        "ValidityPeriod": "900",
        "StatusCallback": f"{CALLBACK}?ref={REFERENCE}",
    }
    assert sent == Sent(outcome=Outcome.ACCEPTED, provider_id="SM1")


@pytest.mark.parametrize("country_sender", ("", SERVICE))
def test_a_messaging_service_is_named_as_one(country_sender: str) -> None:
    service = "MG" + "0c" * 16
    http = AnsweringHttp(QUEUED)
    send(http, service, sender=country_sender)
    assert http.body["MessagingServiceSid"] == (country_sender or service)
    assert "From" not in http.body


def test_links_stand_in_the_text() -> None:
    form = sent_form(buttons=(Button(title="Відкрити", url="https://m.example/t/abc"),))
    assert form["Body"].endswith("прийнято.\nВідкрити: https://m.example/t/abc")


@pytest.mark.parametrize(("seconds", "period"), ((0, "1"), (900, "900"), (10**6, "36000")))
def test_it_is_held_back_no_shorter_and_no_longer_than_is_allowed(seconds: int, period: str) -> None:
    assert sent_form(valid_for=seconds)["ValidityPeriod"] == period


@pytest.mark.parametrize(
    ("answer", "reason", "advice"),
    (
        (refusal(21610), "opted_out 21610", "opted_out"),
        (refusal(21211), "bad_number 21211", "bad_address"),
        (refusal(21614), "bad_number 21614", "bad_address"),
        (refusal(21408), "country_blocked 21408", "alarm"),
        (refusal(21606), "sender_refused 21606", "alarm"),
        (refusal(21617), "parameter_refused 21617", "alarm"),
        (refusal(20003, 401), "not_authorised 20003", "alarm"),
        (refusal(20429, 429), "provider_busy 20429", "later"),
        (refusal(29999), "refused 29999", ""),
        ((403, b"<html>"), "not_authorised 403", "alarm"),
    ),
)
def test_a_refusal_proves_that_nothing_was_sent(answer: tuple[int, bytes], reason: str, advice: str) -> None:
    assert send(AnsweringHttp(answer)) == Sent(outcome=Outcome.REJECTED, reason=reason, advice=advice)


@pytest.mark.parametrize(
    "answer", ((201, b"?"), (201, b"{}"), (200, b""), (500, b"{}"), (503, b"<html>"), MaybeSent("x"))
)
def test_what_cannot_be_read_proves_nothing(answer: tuple[int, bytes] | Exception) -> None:
    assert send(AnsweringHttp(answer)).outcome is Outcome.UNKNOWN


def test_a_message_that_failed_as_it_was_made_was_never_sent() -> None:
    sent = send(AnsweringHttp((201, b'{"sid":"SM1","status":"failed","error_code":30005}')))
    assert sent == Sent(outcome=Outcome.REJECTED, reason="bad_number 30005", advice="bad_address")


def test_before_a_byte_left_nothing_was_sent() -> None:
    assert send(AnsweringHttp(Refused("x"))).outcome is Outcome.REJECTED


def test_without_a_token_nothing_is_sent_and_somebody_is_called() -> None:
    http = AnsweringHttp(QUEUED)
    sent = TwilioSms(http, KnownSecrets({}), "https://x.example", ACCOUNT, SERVICE, CALLBACK).send(outgoing())
    assert (sent.outcome, sent.advice, http.asked) == (Outcome.REJECTED, "alarm", [])


@pytest.mark.parametrize(
    ("said", "status"),
    (
        ("accepted", ReceiptStatus.SENT),
        ("queued", ReceiptStatus.SENT),
        ("sending", ReceiptStatus.SENT),
        ("sent", ReceiptStatus.SENT),
        ("partially_delivered", ReceiptStatus.SENT),
        ("delivered", ReceiptStatus.DELIVERED),
        ("read", ReceiptStatus.READ),
    ),
)
def test_a_status_callback_is_a_receipt_of_when_it_came(said: str, status: ReceiptStatus) -> None:
    assert read_status(said) == [Receipt(reference=REFERENCE, status=status, at=AT)]


@pytest.mark.parametrize(
    ("status", "code", "reason", "advice"),
    (
        ("undelivered", "30003", "unreachable 30003", ""),
        ("undelivered", "30004", "blocked 30004", "bad_address"),
        ("undelivered", "30005", "bad_number 30005", "bad_address"),
        ("undelivered", "30006", "bad_number 30006", "bad_address"),
        ("undelivered", "30007", "content_refused 30007", ""),
        ("failed", "21610", "opted_out 21610", "opted_out"),
        ("failed", "30036", "expired 30036", ""),
        ("canceled", "", "failed", ""),
    ),
)
def test_a_failed_message_carries_its_reason_and_advice(
    status: str, code: str, reason: str, advice: str
) -> None:
    failed = Receipt(reference=REFERENCE, status=ReceiptStatus.FAILED, at=AT, reason=reason, advice=advice)
    assert read_status(status, ErrorCode=code) == [failed]


@pytest.mark.parametrize(("status", "ref"), (("tomorrow", REFERENCE), ("delivered", ""), ("sent", "theirs")))
def test_what_is_new_to_us_or_not_ours_is_left_out(status: str, ref: str) -> None:
    assert read_status(status, ref) == []


def test_a_text_is_a_reply_of_when_it_came() -> None:
    assert twilio_sms.read(received(inbound(Body="Дякую"))) == [
        Reply(id="SM2", channel=Channel.SMS, sender="+380671234567", text="Дякую", at=AT)
    ]


@pytest.mark.parametrize(
    ("kind", "said"), (("STOP", "STOP"), ("START", "START"), ("HELP", "Basta"), ("", "Basta"))
)
def test_what_twilio_took_for_a_stop_or_a_start_is_one_in_any_word(kind: str, said: str) -> None:
    (reply,) = twilio_sms.read(received(inbound(Body="Basta", OptOutType=kind)))
    assert isinstance(reply, Reply)
    assert reply.text == said


@pytest.mark.parametrize(
    "fields",
    ({}, {"From": "+380671234567"}, inbound(MessageSid=""), inbound(From="")),
)
def test_a_form_of_another_shape_is_unreadable(fields: dict[str, str]) -> None:
    with pytest.raises(Unreadable):
        twilio_sms.read(received(fields))


@pytest.mark.parametrize("body", (b"\xff", b"Body=%FF", b"Body=" + b"a" * 70_000, b"&".join([b"a=1"] * 300)))
def test_what_is_no_form_of_twilios_is_neither_read_nor_believed(body: bytes) -> None:
    strange = Received(body=body, headers={"x-received-at": AT.isoformat()}, url=CALLBACK)
    with pytest.raises(Unreadable):
        twilio_sms.read(strange)
    assert not twilio_sms.verify(strange, (b"12345",))


def test_an_event_that_came_at_no_time_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        twilio_sms.read(Received(body=urlencode(inbound()).encode(), url=CALLBACK))


@given(st.binary(max_size=200), st.text(max_size=40))
def test_any_body_is_read_or_unreadable_and_never_anything_else(body: bytes, query: str) -> None:
    headers = {"x-received-at": AT.isoformat()}
    try:
        events = twilio_sms.read(Received(body=body, headers=headers, url=f"{CALLBACK}?{query}"))
    except Unreadable:
        return
    assert all(isinstance(event, Receipt | Reply) for event in events)


def documented(**other: Any) -> Received:
    known: dict[str, Any] = {"fields": DOCUMENTED_FORM, "url": DOCUMENTED, "signature": DOCUMENTED_SIGNATURE}
    return received(**known | other)


def test_twilios_own_example_is_authentic_under_each_live_token() -> None:
    assert twilio_sms.verify(documented(), (b"12345",))
    assert twilio_sms.verify(documented(), (b"newer", b"12345"))


def test_the_address_that_twilio_knows_is_what_it_signs() -> None:
    called = documented(url="https://abc.execute-api.eu-central-1.amazonaws.com/myapp.php?foo=1&bar=2")
    assert not twilio_sms.verify(called, (b"12345",))
    assert twilio_sms.verify(called, (b"12345",), "https://mycompany.com/myapp.php")
    assert not twilio_sms.verify(documented(), (b"12345",), "https://other.example/myapp.php")


def test_the_port_may_be_signed_as_well() -> None:
    url = "https://mycompany.com:443/myapp.php?foo=1&bar=2"
    signature = twilio_sms.signature(url, sorted(DOCUMENTED_FORM.items()), b"12345").decode()
    assert signature != DOCUMENTED_SIGNATURE
    assert twilio_sms.verify(documented(signature=signature), (b"12345",))


@pytest.mark.parametrize(
    "other",
    (
        {"signature": ""},
        {"signature": "é"},
        {"signature": DOCUMENTED_SIGNATURE.lower()},
        {"fields": DOCUMENTED_FORM | {"Digits": "1235"}},
        {"fields": DOCUMENTED_FORM | {"More": ""}},
        {"url": "https://mycompany.com/myapp.php?foo=1&bar=3"},
        {"url": "https://mycompany.com/myapp.php"},
        {"url": "http://mycompany.com/myapp.php?foo=1&bar=2"},
    ),
)
def test_anything_else_is_not(other: dict[str, Any]) -> None:
    assert not twilio_sms.verify(documented(**other), (b"12345", b""))


def test_an_empty_token_authenticates_nobody() -> None:
    signature = twilio_sms.signature(DOCUMENTED, sorted(DOCUMENTED_FORM.items()), b"").decode()
    assert not twilio_sms.verify(documented(signature=signature), (b"",))
