"""The fakes of Twilio and TurboSMS: as strict as they are, in their shapes, signed as they sign."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from aftercart.channels import twilio_sms
from aftercart.channels.entry import Received
from aftercart.channels.reading import Event
from aftercart.domain.consent import Channel
from aftercart.domain.message import Receipt, ReceiptStatus
from aftercart.ports import Reply
from sandbox.fakes import Account, Emitted, FakeProviders, FakeWebhook, Mode

PHONE, REFERENCE = "+380671234567", "abcdefghijklmn-abcdefghij-1"
START = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
ACCOUNT = Account()
SID = ACCOUNT.twilio_account
SENDS = f"https://api.twilio.com/2010-04-01/Accounts/{SID}/Messages.json"
HOST = "https://kvitka.example"
TURBOSMS = "https://api.turbosms.ua/message/send.json"
SECRETS = {"twilio_token": "twilio-sandbox", "turbosms_token": "turbosms-sandbox"}


class Line:
    """The fakes, and what they emitted, at once."""

    def __init__(self) -> None:
        self.emitted: list[Emitted] = []
        self.fakes = FakeProviders(
            now=lambda: START, deliver=self._deliver, after=self._after, secrets=SECRETS, seed=7
        )

    def _deliver(self, emitted: Emitted) -> int:
        self.emitted.append(emitted)
        return 200

    def _after(self, wait: timedelta, callback: Any) -> None:
        callback()

    def twilio(self, url: str = SENDS, pair: str = f"{SID}:twilio-sandbox", **fields: str | None) -> Any:
        known: dict[str, str | None] = {
            "To": PHONE,
            "Body": "Так",
            "MessagingServiceSid": ACCOUNT.twilio_sender,
            "StatusCallback": f"{HOST}/twilio/sms?ref={REFERENCE}",
        }
        form = {name: value for name, value in (known | fields).items() if value is not None}
        headers = {
            "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        status, answer = self.fakes.request("POST", url, headers, urlencode(form).encode(), 10)
        return status, json.loads(answer)

    def turbosms(
        self, token: str = "turbosms-sandbox", viber: dict[str, Any] | None = None, **more: Any
    ) -> Any:
        known = {"sender": "Kvitka", "text": "Так", "ttl": 900, "is_transactional": 1}
        body = {"recipients": ["380671234567"], "viber": known | (viber or {})} | more
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        status, answer = self.fakes.request("POST", TURBOSMS, headers, json.dumps(body).encode(), 10)
        assert status == 200
        return json.loads(answer)

    @property
    def events(self) -> list[Event]:
        return [event for emitted in self.emitted for event in read(emitted)]


def read(emitted: Emitted) -> list[Event]:
    assert isinstance(emitted, FakeWebhook)
    received = Received(
        body=emitted.body, headers=emitted.headers, url=HOST + emitted.path, at=START.isoformat()
    )
    assert twilio_sms.verify(received, (b"twilio-sandbox",))
    return twilio_sms.read(received)


def test_twilio_shows_the_message_and_tells_the_address_that_it_was_given() -> None:
    line = Line()
    status, answer = line.twilio()
    assert (status, answer["status"], answer["to"]) == (201, "accepted", PHONE)
    assert [e.status for e in line.events if isinstance(e, Receipt)] == [
        ReceiptStatus.SENT,
        ReceiptStatus.DELIVERED,
    ]
    (shown,) = line.fakes.shown
    assert (shown.id, shown.reference, shown.provider) == (answer["sid"], REFERENCE, "twilio")


def test_twilio_tells_nobody_where_no_address_was_given() -> None:
    line = Line()
    assert line.twilio(StatusCallback=None)[0] == 201
    assert line.emitted == []


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    (
        ({"To": None}, 400, 21604),
        ({"To": "0671234567"}, 400, 21211),
        ({"Body": " "}, 400, 21602),
        ({"Body": "а" * 1601}, 400, 21617),
        ({"MessagingServiceSid": None}, 400, 21603),
        ({"From": "KVITKA"}, 400, 21603),
        ({"MessagingServiceSid": "MG" + "9" * 32}, 400, 21606),
        ({"MessagingServiceSid": None, "From": "KVITKA"}, 400, 21606),
        ({"ValidityPeriod": "0"}, 400, 21624),
        ({"ValidityPeriod": "36001"}, 400, 21624),
        ({"ValidityPeriod": "soon"}, 400, 21624),
        ({"StatusCallback": "kvitka.example/twilio/sms"}, 400, 21609),
        ({"StatusCallback": "https://kvitka_shop.example/twilio/sms"}, 400, 21609),
        ({"Surprise": "1"}, 400, 20001),
        ({"pair": f"{SID}:wrong"}, 401, 20003),
        ({"pair": f"{SID}:"}, 401, 20003),
        ({"url": SENDS.replace(SID, "AC1")}, 404, 20404),
    ),
)
def test_twilio_checks_each_request(fields: dict[str, Any], status: int, code: int) -> None:
    line = Line()
    found, answer = line.twilio(**fields)
    assert (found, answer["code"], answer["status"]) == (status, code, status)
    assert line.fakes.shown == []


@pytest.mark.parametrize(
    ("said", "read_as"),
    (("STOP", "STOP"), (" stop ", "STOP"), ("Start", "START"), ("stop please", "stop please")),
)
def test_twilio_says_what_it_took_a_word_for(said: str, read_as: str) -> None:
    line = Line()
    line.twilio()
    (reply,) = read(line.fakes.reply(Channel.SMS, PHONE, said))
    assert isinstance(reply, Reply)
    assert reply.text == read_as


def test_twilio_keeps_its_own_opt_outs() -> None:
    line = Line()
    line.twilio()
    line.fakes.reply(Channel.SMS, PHONE, "STOP")
    assert line.twilio()[1]["code"] == 21610
    line.fakes.reply(Channel.SMS, PHONE, "START")
    assert line.twilio()[0] == 201


def test_twilio_says_why_a_message_did_not_arrive() -> None:
    line = Line()
    line.fakes.set_mode(Channel.SMS, Mode.REJECT)
    line.twilio()
    (receipt,) = line.events
    assert isinstance(receipt, Receipt)
    assert (receipt.status, receipt.reason) == (ReceiptStatus.FAILED, "unreachable 30003")


def test_turbosms_shows_the_message_and_says_no_more() -> None:
    line = Line()
    answer = line.turbosms(sequence_id=REFERENCE)
    (taken,) = answer["response_result"]
    assert (answer["response_code"], taken["response_status"]) == (801, "OK")
    (shown,) = line.fakes.shown
    assert (shown.id, shown.address, shown.reference) == (taken["message_id"], PHONE, REFERENCE)
    assert shown.receipt == ""
    assert line.emitted == []
    with pytest.raises(LookupError, match="nobody can answer"):
        line.fakes.reply(Channel.VIBER, PHONE, "СТОП")


@pytest.mark.parametrize(
    ("asked", "word"),
    (
        ({"token": "wrong"}, "REQUIRED_AUTH"),
        ({"surprise": 1}, "INVALID_REQUEST"),
        ({"viber": {"surprise": 1}}, "INVALID_REQUEST"),
        ({"recipients": []}, "NOT_ALLOWED_RECIPIENTS_LIMIT"),
        ({"recipients": ["+380671234567"]}, "INVALID_PHONE"),
        ({"viber": {"sender": "Somebody"}}, "NOT_ALLOWED_MESSAGE_SENDER"),
        ({"viber": {"text": ""}}, "INVALID_MESSAGE_TEXT"),
        ({"viber": {"text": "а" * 1001}}, "NOT_ALLOWED_MESSAGE_TEXT_LENGTH"),
        ({"viber": {"ttl": "900"}}, "INVALID_TTL"),
        ({"viber": {"ttl": 59}}, "NOT_ALLOWED_MESSAGE_TTL"),
        ({"viber": {"ttl": 86_401}}, "NOT_ALLOWED_MESSAGE_TTL"),
        ({"viber": {"caption": "Так", "action": HOST}}, "NOT_ALLOWED_MESSAGE_TRANSACTION_CONTENT"),
        ({"viber": {"caption": "Так", "is_transactional": 0}}, "INVALID_REQUEST"),
        ({"viber": {"image_url": HOST}}, "NOT_ALLOWED_MESSAGE_TRANSACTION_CONTENT"),
        ({"viber": {"image_url": HOST, "is_transactional": 0}}, "INVALID_REQUEST"),
        (
            {"viber": {"caption": "Так", "action": HOST, "image_url": "case.jpg", "is_transactional": 0}},
            "INVALID_REQUEST",
        ),
        (
            {"viber": {"caption": "x" * 31, "action": HOST, "is_transactional": 0}},
            "NOT_ALLOWED_MESSAGE_BUTTON_TEXT_LENGTH",
        ),
    ),
)
def test_turbosms_checks_each_request(asked: dict[str, Any], word: str) -> None:
    line = Line()
    assert line.turbosms(**asked)["response_status"] == word
    assert line.fakes.shown == []


def test_turbosms_shows_an_image_above_a_button() -> None:
    line = Line()
    image = "https://kram.example/i/case.jpg"
    rich = {"caption": "Так", "action": HOST, "image_url": image, "is_transactional": 0}
    assert line.turbosms(viber=rich)["response_status"] == "SUCCESS_MESSAGE_SENT"
    assert line.fakes.shown[0].image == image


def test_turbosms_does_what_has_one_sequence_id_once() -> None:
    line = Line()
    line.turbosms(sequence_id=REFERENCE)
    assert line.turbosms(sequence_id=REFERENCE)["response_status"] == "FAILED_DUPLICATE_REQUEST"
    assert len(line.fakes.shown) == 1


def test_who_writes_below_no_message_writes_to_the_sandboxs_own_brand() -> None:
    assert Line().fakes.reply(Channel.SMS, PHONE, "Привіт").provider == "aws"
