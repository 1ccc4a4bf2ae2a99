import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftercart.channels import infobip_viber
from aftercart.channels.infobip_viber import InfobipViber
from aftercart.channels.reading import PartlyUnreadable
from aftercart.domain.consent import Channel, Purpose
from aftercart.domain.content import Button
from aftercart.domain.message import Outcome, Receipt, ReceiptStatus
from aftercart.ports import MaybeSent, Refused, Reply, Sent, Unreadable
from tests.aftercart.channels.standins import REFERENCE, AnsweringHttp, KnownSecrets, outgoing

SECRETS = KnownSecrets({"infobip_api_key": b"003026bbc133714df1834b8638bb496e"})
PENDING = {"groupId": 1, "groupName": "PENDING", "id": 26, "name": "PENDING_ACCEPTED"}
AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
OPEN = Button(title="Відкрити", url="https://m.example/t/abc")
HELP = Button(title="Допомога", url="https://m.example/h")


def answer(status: dict[str, Any]) -> tuple[int, bytes]:
    found = {"messageId": REFERENCE, "status": status, "destination": "380671234567"}
    return 200, json.dumps({"bulkId": "2034072219640523072", "messages": [found]}).encode()


def send(http: AnsweringHttp, **what: Any) -> Sent:
    provider = InfobipViber(http, SECRETS, "https://xyz.api.infobip.example/", "Romashka")
    return provider.send(outgoing(**what))


def sent_message(**what: Any) -> Any:
    http = AnsweringHttp(answer(PENDING))
    send(http, **what)
    (message,) = http.body["messages"]
    return message


def results(*found: dict[str, Any]) -> bytes:
    return json.dumps({"results": found}).encode()


def report(group: str, name: str, error: str = "NO_ERROR", **more: Any) -> dict[str, Any]:
    found = {
        "bulkId": "2034072219640523072",
        "messageId": REFERENCE,
        "to": "380671234567",
        "sender": "Romashka",
        "sentAt": "2026-11-22T09:59:58.000+0000",
        "doneAt": "2026-11-22T12:00:00.000+0200",
        "callbackData": REFERENCE,
        "status": {"groupName": group, "name": name},
        "error": {"groupName": "OK", "name": error, "permanent": False},
    }
    return {**found, **more}


def inbound(**more: Any) -> dict[str, Any]:
    found = {
        "sender": "380671234567",
        "to": "Romashka",
        "integrationType": "VIBER",
        "receivedAt": "2026-11-22T10:00:00.000+0000",
        "messageId": "6d2a9b3f",
        "pairedMessageId": REFERENCE,
        "message": {"type": "TEXT", "text": "1", "trackingData": REFERENCE},
        "price": {"pricePerMessage": 0, "currency": "EUR"},
    }
    return {**found, **more}


def test_one_call_carries_our_reference_in_all_three_places_and_expires() -> None:
    http = AnsweringHttp(answer(PENDING))
    sent = send(http)
    ((method, url, headers, body),) = http.asked
    assert (method, url) == ("POST", "https://xyz.api.infobip.example/viber/2/messages")
    assert headers["Authorization"] == "App 003026bbc133714df1834b8638bb496e"
    assert body["messages"] == [
        {
            "sender": "Romashka",
            "destinations": [{"to": "380671234567", "messageId": REFERENCE}],
            "content": {"type": "TEXT", "text": "Олено, замовлення №1001 прийнято."},
            "options": {
                "label": "TRANSACTIONAL",
                "validityPeriod": {"amount": 900, "timeUnit": "SECONDS"},
                "trackingData": REFERENCE,
            },
            "webhooks": {"callbackData": REFERENCE},
        }
    ]
    assert sent == Sent(outcome=Outcome.ACCEPTED, provider_id=REFERENCE)


@pytest.mark.parametrize(("seconds", "amount"), ((1, 30), (900, 900), (10**6, 172_800)))
def test_it_waits_for_the_phone_no_shorter_and_no_longer_than_is_allowed(seconds: int, amount: int) -> None:
    assert sent_message(valid_for=seconds)["options"]["validityPeriod"]["amount"] == amount


def test_transactional_is_text_alone_with_its_links_in_it() -> None:
    content = sent_message(buttons=(OPEN, Button(title="Так", reply="1")))["content"]
    assert content == {
        "type": "TEXT",
        "text": "Олено, замовлення №1001 прийнято.\nВідкрити: https://m.example/t/abc",
    }


def test_a_link_that_the_text_names_is_not_said_twice() -> None:
    text = "Деталі: https://m.example/t/abc"
    assert sent_message(text=text, buttons=(OPEN,))["content"]["text"] == text


def test_promotional_has_one_button_and_its_other_links_in_the_text() -> None:
    message = sent_message(buttons=(OPEN, HELP), purpose=Purpose.MARKETING)
    assert message["options"]["label"] == "PROMOTIONAL"
    assert message["content"]["button"] == {"title": "Відкрити", "action": "https://m.example/t/abc"}
    assert message["content"]["text"].endswith("прийнято.\nДопомога: https://m.example/h")


@pytest.mark.parametrize(
    ("status", "outcome", "advice"),
    (
        ({"groupName": "ACCEPTED"}, Outcome.ACCEPTED, ""),
        ({}, Outcome.ACCEPTED, ""),
        ({"groupName": "REJECTED", "name": "REJECTED_NOT_ENOUGH_CREDITS"}, Outcome.REJECTED, "alarm"),
        ({"groupName": "REJECTED", "name": "REJECTED_SENDER"}, Outcome.REJECTED, "alarm"),
        ({"groupName": "REJECTED", "name": "REJECTED_DND"}, Outcome.REJECTED, "opted_out"),
        ({"groupId": 5, "name": "REJECTED_INVALID_DESTINATION"}, Outcome.REJECTED, "bad_address"),
        ({"groupName": "REJECTED", "name": "REJECTED_FLOODING_FILTER"}, Outcome.REJECTED, "later"),
        ({"groupName": "REJECTED", "name": "REJECTED_TOMORROW"}, Outcome.REJECTED, ""),
        ({"groupName": "UNDELIVERABLE", "name": "UNDELIVERABLE_NOT_DELIVERED"}, Outcome.REJECTED, ""),
        ({"groupName": "REJECTED", "name": "REJECTED_DUPLICATE_MESSAGE_ID"}, Outcome.UNKNOWN, ""),
    ),
)
def test_the_status_of_the_message_decides_a_200(
    status: dict[str, Any], outcome: Outcome, advice: str
) -> None:
    sent = send(AnsweringHttp(answer(status)))
    assert (sent.outcome, sent.advice) == (outcome, advice)


@pytest.mark.parametrize(
    ("status", "body", "outcome", "advice", "reason"),
    (
        (400, b'{"errorCode":"E400","violations":[]}', Outcome.REJECTED, "alarm", "parameter_refused E400"),
        (401, b'{"errorCode":"E401"}', Outcome.REJECTED, "alarm", "not_authorised E401"),
        (
            403,
            b'{"requestError":{"serviceException":{"messageId":"FORBIDDEN"}}}',
            Outcome.REJECTED,
            "alarm",
            "not_authorised FORBIDDEN",
        ),
        (429, b"", Outcome.REJECTED, "later", "provider_busy 429"),
        (500, b'{"errorCode":"E500"}', Outcome.UNKNOWN, "", "provider_fault E500"),
        (504, b"<html>", Outcome.UNKNOWN, "", "provider_fault 504"),
    ),
)
def test_an_http_error_says_whether_it_was_sent(
    status: int, body: bytes, outcome: Outcome, advice: str, reason: str
) -> None:
    assert send(AnsweringHttp((status, body))) == Sent(outcome=outcome, advice=advice, reason=reason)


@pytest.mark.parametrize("body", (b"", b"?", b'{"messages":[]}', b'{"messages":[1]}'))
def test_a_success_that_cannot_be_read_is_accepted_all_the_same(body: bytes) -> None:
    assert send(AnsweringHttp((200, body))) == Sent(outcome=Outcome.ACCEPTED)


@pytest.mark.parametrize(
    ("error", "outcome"), ((Refused("x"), Outcome.REJECTED), (MaybeSent("x"), Outcome.UNKNOWN))
)
def test_no_answer_is_rejected_only_where_no_byte_left(error: Exception, outcome: Outcome) -> None:
    assert send(AnsweringHttp(error)).outcome is outcome


def test_without_a_key_nothing_is_sent_and_somebody_is_called() -> None:
    http = AnsweringHttp(answer(PENDING))
    sent = InfobipViber(http, KnownSecrets({}), "https://x.example", "Romashka").send(outgoing())
    assert (sent.outcome, sent.advice, http.asked) == (Outcome.REJECTED, "alarm", [])


@pytest.mark.parametrize(
    ("group", "name", "status"),
    (
        ("PENDING", "PENDING_ENROUTE", ReceiptStatus.SENT),
        ("DELIVERED", "DELIVERED_TO_OPERATOR", ReceiptStatus.SENT),
        ("DELIVERED", "DELIVERED_TO_HANDSET", ReceiptStatus.DELIVERED),
        ("EXPIRED", "EXPIRED_DLR_UNKNOWN", ReceiptStatus.SENT),
        ("NEW_GROUP", "NEW_NAME", ReceiptStatus.SENT),
    ),
)
def test_a_delivery_report_is_a_receipt(group: str, name: str, status: ReceiptStatus) -> None:
    receipt = Receipt(reference=REFERENCE, status=status, at=AT)
    assert infobip_viber.read(results(report(group, name))) == [receipt]


@pytest.mark.parametrize(
    ("group", "name", "error", "reason", "advice"),
    (
        ("EXPIRED", "EXPIRED_EXPIRED", "NO_ERROR", "expired EXPIRED_EXPIRED", ""),
        ("UNDELIVERABLE", "UNDELIVERABLE_X", "EC_ABSENT", "undeliverable EC_ABSENT", ""),
        (
            "UNDELIVERABLE",
            "UNDELIVERABLE_X",
            "EC_NOT_VIBER_USER",
            "not_on_viber EC_NOT_VIBER_USER",
            "bad_address",
        ),
        ("UNDELIVERABLE", "UNDELIVERABLE_X", "SRVC_USER_BLOCKED", "opted_out SRVC_USER_BLOCKED", "opted_out"),
        ("REJECTED", "REJECTED_SENDER", "NO_ERROR", "account_restricted REJECTED_SENDER", "alarm"),
    ),
)
def test_a_failed_report_carries_its_reason_and_advice(
    group: str, name: str, error: str, reason: str, advice: str
) -> None:
    assert infobip_viber.read(results(report(group, name, error))) == [
        Receipt(reference=REFERENCE, status=ReceiptStatus.FAILED, at=AT, reason=reason, advice=advice)
    ]


def test_the_groups_number_will_do_and_so_will_our_message_id() -> None:
    found = report("", "", callbackData="", status={"groupId": 3})
    (receipt,) = infobip_viber.read(results(found))
    assert isinstance(receipt, Receipt)
    assert receipt.status is ReceiptStatus.DELIVERED


def test_a_seen_report_is_a_receipt_of_having_been_read() -> None:
    seen = {
        "messageId": REFERENCE,
        "from": "Romashka",
        "to": "380671234567",
        "seenAt": "2026-11-22T10:00:00Z",
    }
    assert infobip_viber.read(results(seen)) == [
        Receipt(reference=REFERENCE, status=ReceiptStatus.READ, at=AT)
    ]


@pytest.mark.parametrize(
    "foreign",
    (
        report("DELIVERED", "DELIVERED_TO_HANDSET", messageId="MESSAGE-ID-123-xyz", callbackData="campaign"),
        {"messageId": "MESSAGE-ID-123-xyz", "seenAt": "2026-11-22T10:00:00Z"},
        {"event": "CLICK"},
    ),
)
def test_what_is_not_ours_is_left_out(foreign: dict[str, Any]) -> None:
    assert infobip_viber.read(results(foreign)) == []


def test_an_inbound_text_is_a_reply_to_the_attempt_that_it_answers() -> None:
    assert infobip_viber.read(results(inbound())) == [
        Reply(
            id="6d2a9b3f",
            channel=Channel.VIBER,
            sender="+380671234567",
            text="1",
            at=AT,
            answers=REFERENCE,
        )
    ]


@pytest.mark.parametrize(
    ("more", "text", "answers"),
    (
        ({"pairedMessageId": None}, "1", REFERENCE),
        (
            {"pairedMessageId": None, "message": {"text": "СТОП"}, "callbackData": REFERENCE},
            "СТОП",
            REFERENCE,
        ),
        (
            {"pairedMessageId": "x", "message": {"type": "TEXT", "text": "так", "trackingData": "Zx"}},
            "так",
            "",
        ),
        ({"message": {"type": "FILE", "url": "https://f.example/1"}}, "", REFERENCE),
        ({"sender": None, "from": "380671234567"}, "1", REFERENCE),
    ),
)
def test_holes_in_an_inbound_message_are_forgiven(more: dict[str, Any], text: str, answers: str) -> None:
    (reply,) = infobip_viber.read(results(inbound(**more)))
    assert isinstance(reply, Reply)
    assert (reply.text, reply.answers, reply.sender) == (text, answers, "+380671234567")


@pytest.mark.parametrize("strange", (inbound(messageId=None), inbound(sender=""), inbound(receivedAt="soon")))
def test_one_strange_message_does_not_cost_the_stop_beside_it(strange: dict[str, Any]) -> None:
    with pytest.raises(PartlyUnreadable) as fault:
        infobip_viber.read(results(strange, inbound(message={"type": "TEXT", "text": "СТОП"})))
    (reply,) = fault.value.events
    assert isinstance(reply, Reply)
    assert reply.text == "СТОП"


@pytest.mark.parametrize("body", (b"", b"[]", b"{}", b'{"results":{}}', b"\xff"))
def test_a_body_of_another_shape_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        infobip_viber.read(body)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
MEMBERS = (
    "message",
    "status",
    "error",
    "messageId",
    "callbackData",
    "seenAt",
    "doneAt",
    "receivedAt",
    "sender",
)


@given(st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys(MEMBERS, JSON_VALUES)), max_size=3))
def test_any_results_are_read_or_unreadable_and_never_anything_else(found: list[dict[str, Any]]) -> None:
    try:
        events = infobip_viber.read(results(*found))
    except Unreadable:
        return
    assert all(isinstance(event, Receipt | Reply) for event in events)


def basic(pair: bytes) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(pair).decode()}


def hub(body: bytes, secret: bytes) -> dict[str, str]:
    return {"x-hub-signature": "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()}


@pytest.mark.parametrize("headers", (basic(b"infobip:previous"), basic(b":current"), hub(b"{}", b"previous")))
def test_a_password_or_a_signature_of_a_live_secret_is_authentic(headers: dict[str, str]) -> None:
    assert infobip_viber.verify(headers, b"{}", (b"current", b"previous"))


@pytest.mark.parametrize(
    "headers",
    (
        {},
        basic(b"infobip:wrong"),
        basic(b"current"),
        basic(b"infobip:\xff"),
        {"Authorization": "Basic *"},
        {"Authorization": "Basic"},
        {"Authorization": "Bearer current"},
        {"Authorization": "Basic пароль"},
        hub(b"{ }", b"current"),
        hub(b"{}", b"wrong"),
        {**hub(b"{ }", b"current"), **basic(b"infobip:current")},
        {"X-Hub-Signature": "sha256=é"},
    ),
)
def test_anything_else_is_not(headers: dict[str, str]) -> None:
    assert not infobip_viber.verify(headers, b"{}", (b"current",))


def test_an_empty_secret_authenticates_nobody() -> None:
    assert not infobip_viber.verify(basic(b"infobip:"), b"{}", (b"",))
    assert not infobip_viber.verify(hub(b"{}", b""), b"{}", (b"",))
