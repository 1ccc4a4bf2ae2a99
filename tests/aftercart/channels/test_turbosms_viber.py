import json
from typing import Any

import pytest

from aftercart.channels.turbosms_viber import ENTRY, TurboSmsViber
from aftercart.domain.consent import Purpose
from aftercart.domain.content import Button
from aftercart.domain.message import Outcome
from aftercart.ports import MaybeSent, Refused, Sent
from tests.aftercart.channels.standins import REFERENCE, AnsweringHttp, KnownSecrets, outgoing

SECRETS = KnownSecrets({"turbosms_token": b"0123456789abcdef"})
OPEN = Button(title="Відкрити", url="https://m.example/t/abc")
HELP = Button(title="Допомога", url="https://m.example/h")


def envelope(word: str, result: Any = None, code: int = 0) -> tuple[int, bytes]:
    found = {"response_code": code, "response_status": word, "response_result": result}
    return 200, json.dumps(found).encode()


def about(word: str, message: str | None = None) -> dict[str, Any]:
    return {"phone": "380671234567", "message_id": message, "response_code": 1, "response_status": word}


TAKEN = envelope("SUCCESS_MESSAGE_SENT", [about("OK", "f83f8868-5e46")])


def send(http: AnsweringHttp, **what: Any) -> Sent:
    return TurboSmsViber(http, SECRETS, "https://api.turbosms.ua/", "Romashka").send(outgoing(**what))


def asked(**what: Any) -> Any:
    http = AnsweringHttp(TAKEN)
    send(http, **what)
    return http.body


def test_one_call_names_one_recipient_and_expires() -> None:
    http = AnsweringHttp(TAKEN)
    sent = send(http)
    ((method, url, headers, body),) = http.asked
    assert (method, url) == ("POST", "https://api.turbosms.ua/message/send.json")
    assert headers["Authorization"] == "Bearer 0123456789abcdef"
    assert body == {
        "recipients": ["380671234567"],
        "viber": {
            "sender": "Romashka",
            "ttl": 900,
            "text": "Олено, замовлення №1001 прийнято.",
            "is_transactional": 1,
        },
        "sequence_id": REFERENCE,
    }
    assert sent == Sent(outcome=Outcome.ACCEPTED, provider_id="f83f8868-5e46")


@pytest.mark.parametrize(("seconds", "ttl"), ((1, 60), (900, 900), (10**6, 86_400)))
def test_it_waits_for_the_phone_no_shorter_and_no_longer_than_is_allowed(seconds: int, ttl: int) -> None:
    assert asked(valid_for=seconds)["viber"]["ttl"] == ttl


def test_a_country_may_have_its_own_sender() -> None:
    assert asked(sender="Kram")["viber"]["sender"] == "Kram"


def test_transactional_is_text_alone_with_its_links_in_it() -> None:
    viber = asked(buttons=(OPEN, Button(title="Так", reply="1")))["viber"]
    assert viber["text"] == "Олено, замовлення №1001 прийнято.\nВідкрити: https://m.example/t/abc"
    assert not {"caption", "action"} & viber.keys()


def test_promotional_has_one_button_and_its_other_links_in_the_text() -> None:
    viber = asked(buttons=(OPEN, HELP), purpose=Purpose.MARKETING)["viber"]
    assert (viber["caption"], viber["action"]) == ("Відкрити", "https://m.example/t/abc")
    assert viber["text"].endswith("прийнято.\nДопомога: https://m.example/h")
    assert "is_transactional" not in viber


@pytest.mark.parametrize(
    ("word", "outcome", "advice"),
    (
        ("OK", Outcome.ACCEPTED, ""),
        ("NOT_ALLOWED_NUMBER_STOPLIST", Outcome.REJECTED, "opted_out"),
        ("INVALID_PHONE", Outcome.REJECTED, "bad_address"),
        ("NOT_ALLOWED_RECIPIENT_COUNTRY", Outcome.REJECTED, "alarm"),
        ("NOT_ALLOWED_MESSAGE_TRANSACTION_PATTERN", Outcome.REJECTED, "alarm"),
        ("NOT_ALLOWED_MESSAGE_TEXT", Outcome.REJECTED, ""),
        ("NOT_ALLOWED_SOMETHING_NEW", Outcome.REJECTED, "alarm"),
        ("NOT_ALLOWED_MESSAGE_DUPLICATE", Outcome.UNKNOWN, ""),
        ("FAILED_VIBER_SEND", Outcome.UNKNOWN, ""),
        ("SOMETHING_NEW", Outcome.UNKNOWN, ""),
    ),
)
def test_what_is_said_of_the_recipient_decides_within_a_success(
    word: str, outcome: Outcome, advice: str
) -> None:
    sent = send(AnsweringHttp(envelope("SUCCESS_MESSAGE_PARTIAL_SENT", [about(word)], 803)))
    assert (sent.outcome, sent.advice) == (outcome, advice)


@pytest.mark.parametrize(
    ("word", "outcome", "advice", "reason"),
    (
        ("SUCCESS_MESSAGE_ACCEPTED", Outcome.ACCEPTED, "", ""),
        ("SUCCESS_MESSAGE_PARTIAL_ACCEPTED", Outcome.UNKNOWN, "", "provider_fault"),
        ("REQUIRED_AUTH", Outcome.REJECTED, "alarm", "not_authorised"),
        ("REQUIRED_BALANCE", Outcome.REJECTED, "alarm", "account_restricted"),
        ("NOT_ALLOWED_MESSAGE_SENDER", Outcome.REJECTED, "alarm", "sender_refused"),
        ("INVALID_TTL", Outcome.REJECTED, "alarm", "parameter_refused"),
        ("FAILED_DUPLICATE_REQUEST", Outcome.UNKNOWN, "", "sent_before"),
        ("FATAL_ERROR", Outcome.UNKNOWN, "", "provider_fault"),
    ),
)
def test_the_requests_own_status_decides_where_no_recipient_is_named(
    word: str, outcome: Outcome, advice: str, reason: str
) -> None:
    sent = send(AnsweringHttp(envelope(word)))
    assert sent == Sent(outcome=outcome, advice=advice, reason=f"{reason} {word}" if reason else "")


@pytest.mark.parametrize(
    ("answer", "outcome"),
    (
        ((200, b"?"), Outcome.UNKNOWN),
        ((200, b"{}"), Outcome.UNKNOWN),
        ((502, b"<html>"), Outcome.UNKNOWN),
        ((403, b""), Outcome.REJECTED),
        (MaybeSent("x"), Outcome.UNKNOWN),
        (Refused("x"), Outcome.REJECTED),
    ),
)
def test_without_a_readable_answer_only_what_never_left_is_proved(answer: Any, outcome: Outcome) -> None:
    assert send(AnsweringHttp(answer)).outcome is outcome


def test_without_a_token_nothing_is_sent_and_somebody_is_called() -> None:
    http = AnsweringHttp(TAKEN)
    sent = TurboSmsViber(http, KnownSecrets({}), "https://x.example", "Romashka").send(outgoing())
    assert (sent.outcome, sent.advice, http.asked) == (Outcome.REJECTED, "alarm", [])


def test_it_neither_calls_us_nor_brings_answers() -> None:
    assert (ENTRY.webhook, ENTRY.hears) == (None, False)
