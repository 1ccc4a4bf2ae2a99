"""Viber Business Messages through TurboSMS, after turbosms.ua/en/api.html. Nobody calls us."""

from typing import Any

from aftercart.domain.consent import Purpose
from aftercart.domain.content import Button
from aftercart.domain.message import Outcome
from aftercart.ports import Outgoing
from tests.aftercart.channels.sample import PHONE, Message, Row, Sample
from tests.aftercart.channels.standins import CARDS, IMAGE, NAMED, REFERENCE, outgoing
from tests.aftercart.channels.wire import Answer, json_answer

TEXT = "Олено, замовлення №1001 прийнято."
OPEN = Button(title="Відкрити", url="https://m.example/t/abc")
HELP = Button(title="Допомога", url="https://m.example/h")
TRANSACTIONAL = {"text": TEXT, "is_transactional": 1}


def message(sends: Outgoing, said: dict[str, Any], ttl: int = 900, sender: str = "Romashka") -> Message:
    return Message(
        outgoing=sends,
        url="https://api.turbosms.ua/message/send.json",
        headers={"Authorization": "Bearer 0123456789abcdef"},
        body={
            "recipients": ["380671234567"],
            "viber": {"sender": sender, "ttl": ttl, **said},
            "sequence_id": REFERENCE,
        },
    )


def envelope(word: str, result: Any = None) -> Answer:
    found = {"response_code": 0, "response_status": word, "response_result": result}
    return json_answer(200, {**found, "response_text": f"Not for {PHONE}"})


def about(word: str, identifier: str | None = None) -> Answer:
    """What is said of the one recipient."""
    found = {"phone": "380671234567", "message_id": identifier, "response_status": word}
    return envelope("SUCCESS_MESSAGE_PARTIAL_SENT", [found])


SAMPLE = Sample(
    settings={"turbosms_base_url": "https://api.turbosms.ua/", "turbosms_viber_sender": "Romashka"},
    secrets={"turbosms_token": b"0123456789abcdef"},
    messages=(
        message(outgoing(), TRANSACTIONAL),
        message(
            outgoing(buttons=(OPEN, Button(title="Так", reply="1"))),
            {"text": f"{TEXT}\nВідкрити: https://m.example/t/abc", "is_transactional": 1},
        ),
        message(
            outgoing(buttons=(OPEN, HELP), purpose=Purpose.MARKETING),
            {
                "text": f"{TEXT}\nДопомога: https://m.example/h",
                "caption": "Відкрити",
                "action": "https://m.example/t/abc",
            },
        ),
        message(
            outgoing(image=IMAGE, cards=CARDS, buttons=(OPEN,), purpose=Purpose.MARKETING),
            {
                "text": f"{TEXT}\n{NAMED}",
                "image_url": IMAGE,
                "caption": "Відкрити",
                "action": "https://m.example/t/abc",
            },
        ),
        message(outgoing(image=IMAGE, purpose=Purpose.MARKETING), {"text": TEXT}),
        message(outgoing(image=IMAGE, buttons=()), TRANSACTIONAL),
        message(outgoing(sender="Kram"), TRANSACTIONAL, sender="Kram"),
        message(outgoing(valid_for=1), TRANSACTIONAL, ttl=60),
        message(outgoing(valid_for=10**6), TRANSACTIONAL, ttl=86_400),
    ),
    accepted=about("OK", "f83f8868-5e46"),
    provider_id="f83f8868-5e46",
    outcomes=(
        *(
            Row(answer=answer(word), advice=advice, reason=f"{reason} {word}")
            for answer, word, reason, advice in (
                (about, "NOT_ALLOWED_NUMBER_STOPLIST", "opted_out", "opted_out"),
                (about, "INVALID_PHONE", "bad_number", "bad_address"),
                (about, "NOT_ALLOWED_RECIPIENT_COUNTRY", "country_blocked", "alarm"),
                (about, "NOT_ALLOWED_MESSAGE_TRANSACTION_PATTERN", "template_fault", "alarm"),
                (about, "NOT_ALLOWED_MESSAGE_TEXT", "content_refused", ""),
                (about, "NOT_ALLOWED_SOMETHING_NEW", "parameter_refused", "alarm"),
                (envelope, "REQUIRED_AUTH", "not_authorised", "alarm"),
                (envelope, "REQUIRED_BALANCE", "account_restricted", "alarm"),
                (envelope, "NOT_ALLOWED_MESSAGE_SENDER", "sender_refused", "alarm"),
                (envelope, "INVALID_TTL", "parameter_refused", "alarm"),
            )
        ),
        *(
            Row(answer=answer(word), outcome=Outcome.UNKNOWN, reason=f"{reason} {word}")
            for answer, word, reason in (
                (about, "NOT_ALLOWED_MESSAGE_DUPLICATE", "sent_before"),
                (about, "FAILED_VIBER_SEND", "provider_fault"),
                (about, "SOMETHING_NEW", "provider_fault"),
                (envelope, "FAILED_DUPLICATE_REQUEST", "sent_before"),
                (envelope, "SUCCESS_MESSAGE_PARTIAL_ACCEPTED", "provider_fault"),
                (envelope, "FATAL_ERROR", "provider_fault"),
            )
        ),
        Row(answer=envelope("SUCCESS_MESSAGE_ACCEPTED"), outcome=Outcome.ACCEPTED),
        Row(answer=json_answer(200, {}), outcome=Outcome.UNKNOWN),
        Row(answer=Answer(status=403), advice="alarm"),
        Row(answer=Answer(status=429), advice="later"),
        Row(answer=Answer(status=502, body=b"<html>"), outcome=Outcome.UNKNOWN),
    ),
    too_long=about("INVALID_MESSAGE_TEXT_LENGTH"),
)
