"""The fakes are driven by the project's own providers and read back by its own parsers."""

import heapq
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from aftercart.channels import aws_sms, aws_whatsapp, infobip_viber, meta_whatsapp, ses_email
from aftercart.channels.entry import Sender
from aftercart.channels.reading import Event
from aftercart.domain.consent import Channel, Purpose
from aftercart.domain.content import Button, Content, Template
from aftercart.domain.message import Outcome, Receipt, ReceiptStatus
from aftercart.ports import Outgoing, Refused, Reply, Sent
from aftercart.texts.compiled import ApprovedTemplate
from sandbox.fakes import Emitted, FakeAwsError, FakeProviders, FakePublish, FakeWebhook, Mode
from tests.aftercart.channels.standins import CARDS, IMAGE, NAMED

PHONE = "+380671234567"
MAILBOX = "olena@customer.example"
REFERENCE = "abcdefghijklmn-abcdefghij-1"
START = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
CHANNELS = (Channel.WHATSAPP, Channel.VIBER, Channel.SMS)
SECRETS = {
    "meta_token": "EAAsandbox",
    "meta_app": "app-secret",
    "infobip_api_key": "key-sandbox",
    "infobip_webhook": "hook-secret",
    "twilio_token": "twilio-sandbox",
    "turbosms_token": "turbosms-sandbox",
}
OFFER = ApprovedTemplate(
    name="order_offer_v1",
    language="uk",
    category="marketing",
    body="{{1}}, замовлення {{2}} прийнято. Додати чохол?",
    parameters=2,
    buttons=(Button(title="Додати", reply="offer:yes"), Button(title="Відкрити", url="{{ link }}")),
)
FILLED = Template(
    name="order_offer_v1",
    language="uk",
    category="marketing",
    parameters=("Олено", "№1001"),
    button_parameters=("tok123",),
)
BUTTONS = (
    Button(title="Додати", reply="offer:yes"),
    Button(title="Відкрити", url="https://kvitka.example/m/tok123"),
)


class Secrets:
    def get(self, name: str) -> tuple[bytes, ...]:
        return (SECRETS[name].encode(),)

    def refresh(self) -> bool:
        return False


class AwsClient:
    """boto3's clients in front of the fakes: they raise as botocore does."""

    def __init__(self, fakes: FakeProviders) -> None:
        self.fakes = fakes

    def send_text_message(self, **parameters: Any) -> dict[str, str]:
        return self._call("pinpoint-sms-voice-v2", "SendTextMessage", parameters)

    def send_email(self, **parameters: Any) -> dict[str, str]:
        return self._call("sesv2", "SendEmail", parameters)

    def send_whatsapp_message(self, **parameters: Any) -> dict[str, str]:
        return self._call("socialmessaging", "SendWhatsAppMessage", parameters)

    def _call(self, service: str, operation: str, parameters: dict[str, Any]) -> dict[str, str]:
        try:
            return self.fakes.call(service, operation, parameters)
        except FakeAwsError as refusal:
            response: Any = {
                "Error": {"Code": refusal.code, "Message": refusal.message},
                "ResponseMetadata": {"HTTPStatusCode": refusal.status},
                **refusal.extra,
            }
            raise ClientError(response, operation) from None


class Sandbox:
    """A clock, the fakes, our providers in front of them and our parsers behind."""

    def __init__(
        self,
        answers: Callable[[Emitted], int | None] = lambda emitted: 200,
        through_aws: bool = False,
        **more: Any,
    ) -> None:
        self.time = START
        self.due: list[tuple[datetime, int, Callable[[], None]]] = []
        self.seq = 0
        self.answers = answers
        self.emitted: list[tuple[datetime, Emitted]] = []
        self.fakes = FakeProviders(
            now=lambda: self.time,
            deliver=self.deliver,
            after=self.after,
            secrets=SECRETS,
            seed=7,
            **({"templates": {(OFFER.name, OFFER.language): OFFER}} | more),
        )
        self.providers: dict[Channel, Sender] = {
            Channel.WHATSAPP: meta_whatsapp.MetaWhatsApp(
                self.fakes, Secrets(), "https://graph.facebook.com", "106540352242922"
            ),
            Channel.VIBER: infobip_viber.InfobipViber(
                self.fakes, Secrets(), "https://sandbox.api.infobip.example", "Kvitka"
            ),
            Channel.SMS: aws_sms.AwsSms(AwsClient(self.fakes), "KVITKA", "sandbox"),
            Channel.EMAIL: ses_email.SesEmail(AwsClient(self.fakes), "hello@kvitka.example", "sandbox"),
        }
        if through_aws:
            self.providers[Channel.WHATSAPP] = aws_whatsapp.AwsWhatsApp(
                AwsClient(self.fakes), "phone-number-id-976c72a700aac43eaf573ae050"
            )

    def after(self, wait: timedelta, callback: Callable[[], None]) -> None:
        self.seq += 1
        heapq.heappush(self.due, (self.time + wait, self.seq, callback))

    def advance(self, wait: timedelta) -> None:
        end = self.time + wait
        while self.due and self.due[0][0] <= end:
            self.time, _, callback = heapq.heappop(self.due)
            callback()
        self.time = end

    def deliver(self, emitted: Emitted) -> int | None:
        self.emitted.append((self.time, emitted))
        return self.answers(emitted)

    def send(self, channel: Channel, text: str = "Олено, замовлення прийнято.", **more: Any) -> Sent:
        content: dict[str, Any] = {"text": text, "language": "uk"}
        if channel is Channel.WHATSAPP and not more.get("window_open"):
            content |= {"template": FILLED, "buttons": BUTTONS}
        shown = ("buttons", "template", "title", "html", "image", "cards")
        content |= {name: more.pop(name) for name in shown if name in more}
        outgoing: dict[str, Any] = {
            "to": PHONE,
            "content": Content(**content),
            "reference": REFERENCE,
            "purpose": Purpose.TRANSACTIONAL,
            "country": "UA",
            "valid_for": 900,
        }
        return self.providers[channel].send(Outgoing(**(outgoing | more)))

    @property
    def events(self) -> list[Event]:
        return [event for _, emitted in self.emitted for event in read(emitted)]

    @property
    def statuses(self) -> list[ReceiptStatus]:
        return [event.status for event in self.events if isinstance(event, Receipt)]


def read(emitted: Emitted) -> list[Event]:
    """Verified and read by the project's own handlers' parsers."""
    if isinstance(emitted, FakePublish):
        notice = emitted.event(emitted.topic)["Records"][0]["Sns"]
        if emitted.topic == "WhatsAppEventsTopic":
            return aws_whatsapp.read(notice["Message"].encode())
        if emitted.provider == "ses":
            return ses_email.read(notice["Message"].encode())
        return aws_sms.read(notice["Message"], notice["Timestamp"], notice["MessageId"])
    if emitted.path == "/meta/whatsapp":
        assert meta_whatsapp.verify(emitted.headers, emitted.body, (b"app-secret",))
        return meta_whatsapp.read(emitted.body)
    assert infobip_viber.verify(emitted.headers, emitted.body, (b"hook-secret",))
    return infobip_viber.read(emitted.body)


MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("channel", CHANNELS)
def test_ok_shows_the_message_and_says_sent_then_delivered_under_our_reference(channel: Channel) -> None:
    box = Sandbox()
    sent = box.send(channel)
    assert sent.outcome is Outcome.ACCEPTED
    assert box.emitted == []
    box.advance(MINUTE)
    assert box.statuses == [ReceiptStatus.SENT, ReceiptStatus.DELIVERED]
    assert {event.reference for event in box.events if isinstance(event, Receipt)} == {REFERENCE}
    (shown,) = box.fakes.shown
    assert (shown.address, shown.channel, shown.reference, shown.receipt) == (
        PHONE,
        channel,
        REFERENCE,
        "delivered",
    )
    assert shown.id == sent.provider_id


def test_a_template_shows_its_approved_words_filled_and_its_buttons() -> None:
    box = Sandbox()
    box.send(Channel.WHATSAPP)
    (shown,) = box.fakes.shown
    assert shown.text == "Олено, замовлення №1001 прийнято. Додати чохол?"
    assert (shown.template, shown.category) == ("order_offer_v1", "marketing")
    assert shown.buttons == BUTTONS
    assert shown.as_json()["links"] == ["https://kvitka.example/m/tok123"]


def test_links_are_found_in_the_text_without_what_follows_them() -> None:
    box = Sandbox()
    box.send(Channel.SMS, "Деталі: https://kvitka.example/m/a1. Питання? (https://kvitka.example/h)")
    assert box.fakes.shown[0].links == ("https://kvitka.example/m/a1", "https://kvitka.example/h")


@pytest.mark.parametrize("channel", CHANNELS)
def test_down_is_refused_before_a_byte_until_mended(channel: Channel) -> None:
    box = Sandbox()
    box.fakes.set_mode(channel, Mode.DOWN)
    assert box.send(channel).outcome is Outcome.REJECTED
    assert box.send(channel).outcome is Outcome.REJECTED
    box.fakes.set_mode(channel, Mode.OK)
    assert box.send(channel).outcome is Outcome.ACCEPTED
    assert [(call.answer, call.reference) for call in box.fakes.calls] == [
        ("down", REFERENCE),
        ("down", REFERENCE),
        ("accepted", REFERENCE),
    ]
    assert len(box.fakes.shown) == 1


@pytest.mark.parametrize("channel", CHANNELS)
def test_reject_accepts_and_then_says_failed(channel: Channel) -> None:
    box = Sandbox()
    box.fakes.set_mode(channel, Mode.REJECT)
    assert box.send(channel).outcome is Outcome.ACCEPTED
    box.advance(MINUTE)
    assert box.statuses == [ReceiptStatus.FAILED]
    assert box.fakes.shown == []


@pytest.mark.parametrize("channel", CHANNELS)
def test_silent_accepts_and_nothing_more(channel: Channel) -> None:
    box = Sandbox()
    box.fakes.set_mode(channel, Mode.SILENT)
    assert box.send(channel).outcome is Outcome.ACCEPTED
    box.advance(timedelta(days=3))
    assert (box.emitted, box.fakes.shown) == ([], [])


@pytest.mark.parametrize("channel", CHANNELS)
def test_slow_shows_and_says_so_after_twice_the_wait(channel: Channel) -> None:
    box = Sandbox(wait_of=lambda channel: timedelta(hours=1))
    box.fakes.set_mode(channel, Mode.SLOW)
    box.send(channel)
    box.advance(timedelta(hours=2) - MINUTE)
    assert (box.emitted, box.fakes.shown) == ([], [])
    box.advance(2 * MINUTE)
    assert box.fakes.shown[0].at == START + timedelta(hours=2)
    assert box.statuses == [ReceiptStatus.SENT, ReceiptStatus.DELIVERED]


@pytest.mark.parametrize("channel", CHANNELS)
def test_timeout_shows_and_answers_504(channel: Channel) -> None:
    box = Sandbox()
    box.fakes.set_mode(channel, Mode.TIMEOUT)
    assert box.send(channel).outcome is Outcome.UNKNOWN
    box.advance(MINUTE)
    assert len(box.fakes.shown) == 1
    assert box.statuses == [ReceiptStatus.SENT, ReceiptStatus.DELIVERED]
    assert box.fakes.calls[0].answer == "504"


@pytest.mark.parametrize("channel", CHANNELS)
def test_duplicate_receipts_come_three_times_each_and_out_of_order(channel: Channel) -> None:
    box = Sandbox()
    box.fakes.set_mode(channel, Mode.DUPLICATES)
    box.send(channel)
    box.advance(MINUTE)
    assert sorted(box.statuses) == [ReceiptStatus.SENT] * 3 + [ReceiptStatus.DELIVERED] * 3
    assert box.statuses != sorted(box.statuses)
    assert box.fakes.shown[0].receipt == "delivered"


def test_a_mode_can_hold_for_the_next_calls_only() -> None:
    box = Sandbox()
    box.fakes.set_mode(Channel.SMS, Mode.SILENT, 2)
    for _ in range(3):
        box.send(Channel.SMS)
    assert [call.mode for call in box.fakes.calls] == [Mode.SILENT, Mode.SILENT, Mode.OK]
    assert box.fakes.modes[Channel.SMS] is Mode.OK
    with pytest.raises(ValueError, match="at least 1"):
        box.fakes.set_mode(Channel.SMS, Mode.DOWN, 0)


def test_receipts_can_come_before_the_call_returns() -> None:
    box = Sandbox(receipt_inside_send=True)
    box.send(Channel.VIBER)
    assert box.statuses == [ReceiptStatus.SENT, ReceiptStatus.DELIVERED]


def test_receipts_can_come_at_once_but_after_the_call() -> None:
    box = Sandbox(receipts_after=(timedelta(0), timedelta(0)))
    box.send(Channel.WHATSAPP)
    assert box.statuses == []
    box.advance(timedelta(0))
    assert box.statuses == [ReceiptStatus.SENT, ReceiptStatus.DELIVERED]


def test_a_webhook_that_is_not_taken_comes_again_later_and_later() -> None:
    box = Sandbox(answers=lambda emitted: 200 if len(box.emitted) > 3 else 503)
    box.fakes.set_mode(Channel.VIBER, Mode.REJECT)
    box.send(Channel.VIBER)
    box.advance(timedelta(days=1))
    waits = [later - sooner for (sooner, _), (later, _) in zip(box.emitted, box.emitted[1:], strict=False)]
    assert waits == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=5)]


def test_the_same_seed_tells_the_same_story() -> None:
    def story() -> list[tuple[datetime, Emitted]]:
        box = Sandbox()
        for channel in CHANNELS:
            box.send(channel)
        box.advance(MINUTE)
        box.fakes.push(box.fakes.reply(Channel.WHATSAPP, PHONE, "Дякую"))
        return box.emitted

    assert story() == story()


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_customer_writes_on_each_channel(channel: Channel) -> None:
    box = Sandbox()
    box.send(channel)
    box.advance(MINUTE)
    box.emitted.clear()
    box.fakes.push(box.fakes.reply(channel, PHONE, "СТОП"))
    box.advance(MINUTE)
    (reply,) = (event for event in box.events if isinstance(event, Reply))
    assert (reply.sender, reply.text, reply.at, reply.channel) == (PHONE, "СТОП", START + MINUTE, channel)
    assert box.statuses == ([] if channel is Channel.SMS else [ReceiptStatus.READ])


def test_the_answer_names_the_message_below_which_it_was_written() -> None:
    box = Sandbox()
    box.send(Channel.VIBER)
    (reply,) = read(box.fakes.reply(Channel.VIBER, PHONE, "1"))
    assert isinstance(reply, Reply)
    assert reply.answers == REFERENCE


@pytest.mark.parametrize("named", ("offer:yes", "Додати"))
def test_a_button_of_a_template_is_pressed_by_its_id_or_title(named: str) -> None:
    box = Sandbox()
    box.send(Channel.WHATSAPP)
    (reply,) = read(box.fakes.reply(Channel.WHATSAPP, PHONE, button=named))
    assert isinstance(reply, Reply)
    assert (reply.button, reply.text, reply.answers) == ("offer:yes", "Додати", box.fakes.shown[0].id)


def test_a_button_of_a_free_form_message_is_pressed() -> None:
    box = Sandbox()
    box.fakes.reply(Channel.WHATSAPP, PHONE, "Привіт")
    buttons = tuple(Button(title=str(n), reply=f"rating:{n}") for n in (1, 3, 5))
    box.send(Channel.WHATSAPP, "Чи все добре?", buttons=buttons, window_open=True)
    (reply,) = read(box.fakes.reply(Channel.WHATSAPP, PHONE, button="rating:3"))
    assert isinstance(reply, Reply)
    assert (reply.button, reply.text) == ("rating:3", "3")


def test_a_button_that_is_not_there_is_refused_with_the_nearest() -> None:
    box = Sandbox()
    with pytest.raises(LookupError, match="no message there has buttons"):
        box.fakes.reply(Channel.WHATSAPP, PHONE, button="offer:yes")
    box.send(Channel.WHATSAPP)
    with pytest.raises(LookupError, match="did you mean 'offer:yes'"):
        box.fakes.reply(Channel.WHATSAPP, PHONE, button="offer:yess")


def test_free_form_is_taken_for_a_day_after_the_customer_wrote() -> None:
    box = Sandbox()
    assert box.send(Channel.WHATSAPP, window_open=True).reason == "window_closed 131047"
    box.fakes.reply(Channel.WHATSAPP, PHONE, "Привіт")
    assert box.send(Channel.WHATSAPP, window_open=True).outcome is Outcome.ACCEPTED
    box.advance(timedelta(hours=24))
    assert box.send(Channel.WHATSAPP, window_open=True).reason == "window_closed 131047"
    assert [call.answer for call in box.fakes.calls] == ["131047", "accepted", "131047"]


@pytest.mark.parametrize(
    ("template", "reason"),
    (
        (Template(name="order_offer_v2", language="uk", category="marketing"), "template_fault 132001"),
        (Template(name="order_offer_v1", language="en", category="marketing"), "template_fault 132001"),
        (
            Template(name="order_offer_v1", language="uk", category="marketing", parameters=("Олено",)),
            "template_fault 132000",
        ),
        (
            Template(name="order_offer_v1", language="uk", category="marketing", parameters=("а\nб", "в")),
            "template_fault 132018",
        ),
        (
            Template(name="order_offer_v1", language="uk", category="marketing", parameters=("а", "")),
            "parameter_refused 100",
        ),
        (
            Template(name="order_offer_v1", language="uk", category="marketing", parameters=("а", "б")),
            "parameter_refused 131008",
        ),
        (
            Template(
                name="order_offer_v1",
                language="uk",
                category="marketing",
                parameters=("а", "б"),
                button_parameters=("x", "y"),
            ),
            "parameter_refused 100",
        ),
    ),
)
def test_a_template_must_be_approved_and_rightly_filled(template: Template, reason: str) -> None:
    sent = Sandbox().send(Channel.WHATSAPP, template=template)
    assert (sent.outcome, sent.reason) == (Outcome.REJECTED, reason)


PICTURED = replace(OFFER, name="order_offer_v2", image=True)


@pytest.mark.parametrize("through_aws", (False, True))
def test_a_template_has_an_image_where_it_was_approved_with_one_and_else_none(through_aws: bool) -> None:
    known = {(each.name, each.language): each for each in (OFFER, PICTURED)}
    box = Sandbox(templates=known, through_aws=through_aws)
    with_one = replace(FILLED, name="order_offer_v2")
    assert box.send(Channel.WHATSAPP, template=with_one, image=IMAGE).outcome is Outcome.ACCEPTED
    assert box.fakes.shown[0].image == IMAGE
    refusals = [
        box.send(Channel.WHATSAPP, template=with_one),
        box.send(Channel.WHATSAPP, template=FILLED, image=IMAGE),
    ]
    assert {sent.outcome for sent in refusals} == {Outcome.REJECTED}
    if not through_aws:
        assert [sent.reason for sent in refusals] == ["template_fault 132012", "template_fault 132000"]
    assert len(box.fakes.shown) == 1


def test_within_a_day_an_image_stands_above_the_words_and_buttons() -> None:
    box = Sandbox()
    box.fakes.reply(Channel.WHATSAPP, PHONE, "Привіт")
    for buttons in ((), (BUTTONS[0],), (BUTTONS[1],)):
        sent = box.send(Channel.WHATSAPP, window_open=True, image=IMAGE, buttons=buttons)
        assert sent.outcome is Outcome.ACCEPTED
    assert [(each.image, each.buttons) for each in box.fakes.shown] == [
        (IMAGE, ()),
        (IMAGE, (BUTTONS[0],)),
        (IMAGE, (BUTTONS[1],)),
    ]


@pytest.mark.parametrize("through_aws", (False, True))
def test_within_a_day_cards_stand_side_by_side_below_words_that_ask_for_no_answer(through_aws: bool) -> None:
    box = Sandbox(through_aws=through_aws)
    box.fakes.reply(Channel.WHATSAPP, PHONE, "Привіт")
    for buttons in ((BUTTONS[1],), BUTTONS):
        sent = box.send(Channel.WHATSAPP, window_open=True, cards=CARDS, buttons=buttons)
        assert sent.outcome is Outcome.ACCEPTED
    side_by_side, asking = box.fakes.shown
    assert (side_by_side.cards, side_by_side.buttons) == (CARDS, (BUTTONS[1],))
    assert NAMED not in side_by_side.text
    assert (asking.cards, asking.buttons) == ((), (BUTTONS[0],))
    assert NAMED in asking.text


def test_a_promotional_viber_shows_an_image_or_cards_and_news_their_words_alone() -> None:
    box = Sandbox()
    for more in (
        {"purpose": Purpose.MARKETING},
        {"purpose": Purpose.MARKETING, "cards": CARDS},
        {"cards": CARDS},
    ):
        sent = box.send(Channel.VIBER, image=IMAGE, buttons=(BUTTONS[1],), **more)
        assert sent.outcome is Outcome.ACCEPTED
    pictured, side_by_side, news = box.fakes.shown
    assert (pictured.image, pictured.cards, pictured.buttons) == (IMAGE, (), (BUTTONS[1],))
    assert (side_by_side.image, side_by_side.cards, side_by_side.buttons) == ("", CARDS, (BUTTONS[1],))
    assert (news.image, news.cards, news.buttons) == ("", (), ())
    assert news.text.endswith(f"\n{NAMED}\nВідкрити: https://kvitka.example/m/tok123")


def test_a_mailbox_shows_the_images_of_the_html() -> None:
    box = Sandbox()
    assert (
        box.send(Channel.EMAIL, to=MAILBOX, title="Ваше", image=IMAGE, cards=CARDS).outcome
        is Outcome.ACCEPTED
    )
    (email,) = box.fakes.shown
    assert (email.image, email.cards) == (IMAGE, CARDS)
    assert email.as_json()["cards"][0] == {"title": CARDS[0].title, "image": CARDS[0].image}


def test_a_customer_who_stopped_marketing_in_whatsapp_gets_none_there() -> None:
    box = Sandbox()
    (stop,) = read(box.fakes.prefer(PHONE, "stop"))
    assert isinstance(stop, Reply)
    assert (stop.sender, stop.stop_marketing) == (PHONE, True)
    box.send(Channel.WHATSAPP)
    box.advance(MINUTE)
    (receipt,) = box.events
    assert isinstance(receipt, Receipt)
    assert (receipt.status, receipt.advice) == (ReceiptStatus.FAILED, "plain")
    read(box.fakes.prefer(PHONE, "resume"))
    box.send(Channel.WHATSAPP)
    assert len(box.fakes.shown) == 1


def test_aws_keeps_its_own_opt_outs() -> None:
    box = Sandbox()
    box.fakes.reply(Channel.SMS, PHONE, " stop ")
    assert box.send(Channel.SMS).advice == "opted_out"
    box.fakes.reply(Channel.SMS, PHONE, "START")
    assert box.send(Channel.SMS).outcome is Outcome.ACCEPTED
    box.fakes.reply(Channel.SMS, PHONE, "СТОП")
    assert box.send(Channel.SMS).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize(
    ("channel", "more", "advice"),
    (
        (Channel.WHATSAPP, {"to": "0671234567"}, "alarm"),
        (Channel.VIBER, {"to": "0671234567"}, "alarm"),
        (Channel.VIBER, {"text": "а" * 1001}, "alarm"),
        (Channel.SMS, {"to": "0671234567"}, "bad_address"),
        (Channel.SMS, {"text": "а" * 1601}, "alarm"),
        (Channel.SMS, {"text": "  \n"}, "alarm"),
    ),
)
def test_limits_are_the_providers(channel: Channel, more: dict[str, Any], advice: str) -> None:
    box = Sandbox()
    sent = box.send(channel, **more)
    assert (sent.outcome, sent.advice) == (Outcome.REJECTED, advice)
    assert box.fakes.shown == []


def meta_body(**more: Any) -> dict[str, Any]:
    return {
        "messaging_product": "whatsapp",
        "to": "380671234567",
        "type": "text",
        "text": {"body": "Так"},
    } | more


def viber_body(**more: Any) -> dict[str, Any]:
    message = {
        "sender": "Kvitka",
        "destinations": [{"to": "380671234567"}],
        "content": {"type": "TEXT", "text": "Так"},
        "options": {"label": "TRANSACTIONAL"},
    }
    return {"messages": [message | more]}


def post(url: str, authorization: str, body: Any) -> tuple[int, Any]:
    headers = {"Authorization": authorization, "Content-Type": "application/json; charset=utf-8"}
    box = Sandbox()
    box.fakes.reply(Channel.WHATSAPP, PHONE, "Привіт")
    status, answer = box.fakes.request("POST", url, headers, json.dumps(body).encode(), 10)
    return status, json.loads(answer)


META = "https://graph.facebook.com/v23.0/106540352242922/messages"
INFOBIP = "https://sandbox.api.infobip.example/viber/2/messages"


@pytest.mark.parametrize(
    ("url", "token", "body", "status", "code"),
    (
        (META, "Bearer EAAsandbox", meta_body(), 200, None),
        (META, "Bearer wrong", meta_body(), 401, 190),
        (META, "", meta_body(), 401, 190),
        (META.replace("106540352242922", "1"), "Bearer EAAsandbox", meta_body(), 400, 100),
        (META, "Bearer EAAsandbox", meta_body(messaging_product="sms"), 400, 100),
        (META, "Bearer EAAsandbox", meta_body(surprise=1), 400, 100),
        (META, "Bearer EAAsandbox", meta_body(recipient="UA.1"), 400, 100),
        (META, "Bearer EAAsandbox", meta_body(text={"body": ""}), 400, 100),
        (META, "Bearer EAAsandbox", meta_body(text="Так"), 400, 100),
        (META, "Bearer EAAsandbox", meta_body(type="interactive"), 400, 100),
        (META, "Bearer EAAsandbox", meta_body(biz_opaque_callback_data="x" * 513), 400, 100),
        (META, "Bearer EAAsandbox", [], 400, 100),
    ),
)
def test_meta_checks_each_request(url: str, token: str, body: Any, status: int, code: int | None) -> None:
    found, answer = post(url, token, body)
    assert (found, answer.get("error", {}).get("code")) == (status, code)


@pytest.mark.parametrize(
    "buttons",
    (
        [],
        [{"type": "reply", "reply": {"id": str(n), "title": str(n)}} for n in range(4)],
        [{"type": "reply", "reply": {"id": "1", "title": "x" * 21}}],
        [{"type": "reply", "reply": {"id": "1", "title": "1"}}] * 2,
        [{"type": "reply", "reply": {"id": "", "title": "1"}}],
        [{"type": "url", "reply": {"id": "1", "title": "1"}}],
    ),
)
def test_meta_checks_reply_buttons(buttons: list[Any]) -> None:
    interactive = {"type": "button", "body": {"text": "Так?"}, "action": {"buttons": buttons}}
    body = {**meta_body(type="interactive", interactive=interactive)}
    del body["text"]
    assert post(META, "Bearer EAAsandbox", body)[0] == 400


BUTTON = {"title": "Відкрити", "action": "https://kvitka.example"}
PRESSED = {"type": "TEXT", "text": "Так", "button": BUTTON}
LONG_TITLE = {"type": "TEXT", "text": "Так", "button": BUTTON | {"title": "x" * 31}}
PROMOTIONAL = {"label": "PROMOTIONAL"}
SHORT = {"validityPeriod": {"amount": 20, "timeUnit": "SECONDS"}}


CARD = {"text": "Чохол", "mediaUrl": IMAGE, "buttons": [BUTTON]}
PICTURE = {"type": "IMAGE", "text": "Так", "mediaUrl": IMAGE, "button": BUTTON}


def carousel(*cards: Any) -> dict[str, Any]:
    return {"type": "CAROUSEL", "text": "Так", "cards": list(cards)}


@pytest.mark.parametrize(
    ("content", "label", "status"),
    (
        (PICTURE, "PROMOTIONAL", 200),
        (PICTURE, "TRANSACTIONAL", 400),
        ({"type": "IMAGE", "mediaUrl": IMAGE}, "PROMOTIONAL", 200),
        ({"type": "IMAGE", "mediaUrl": IMAGE, "text": "Так"}, "PROMOTIONAL", 400),
        ({"type": "IMAGE", "mediaUrl": IMAGE, "button": BUTTON}, "PROMOTIONAL", 400),
        (PICTURE | {"mediaUrl": "case.jpg"}, "PROMOTIONAL", 400),
        (PICTURE | {"mediaUrl": f"https://kram.example/{'a' * 1000}"}, "PROMOTIONAL", 400),
        (PICTURE | {"text": "а" * 1001}, "PROMOTIONAL", 400),
        (PICTURE | {"surprise": 1}, "PROMOTIONAL", 400),
        (carousel(CARD, CARD), "PROMOTIONAL", 200),
        (carousel(*[CARD] * 5), "PROMOTIONAL", 200),
        (carousel(CARD, CARD), "TRANSACTIONAL", 400),
        (carousel(CARD), "PROMOTIONAL", 400),
        (carousel(*[CARD] * 6), "PROMOTIONAL", 400),
        (carousel(CARD, CARD | {"text": "а" * 39}), "PROMOTIONAL", 400),
        (carousel(CARD, CARD | {"text": "а"}), "PROMOTIONAL", 400),
        (carousel(CARD, CARD | {"buttons": []}), "PROMOTIONAL", 400),
        (carousel(CARD, CARD | {"buttons": [BUTTON | {"title": "x" * 11}]}), "PROMOTIONAL", 400),
        (carousel(CARD, CARD) | {"button": BUTTON}, "PROMOTIONAL", 400),
        ({"type": "VIDEO"}, "PROMOTIONAL", 400),
        ("Так", "PROMOTIONAL", 400),
    ),
)
def test_infobip_checks_images_and_cards(content: Any, label: str, status: int) -> None:
    body = viber_body(content=content, options={"label": label})
    assert post(INFOBIP, "App key-sandbox", body)[0] == status


@pytest.mark.parametrize(
    ("image", "status"),
    (
        ({"link": IMAGE}, 200),
        ({"link": IMAGE, "caption": "а" * 1024}, 200),
        ({"link": IMAGE, "caption": "а" * 1025}, 400),
        ({"link": "case.jpg"}, 400),
        ({"caption": "Так"}, 400),
        ({"link": IMAGE, "surprise": 1}, 400),
        (IMAGE, 400),
    ),
)
def test_meta_checks_an_image(image: Any, status: int) -> None:
    body = meta_body(type="image", image=image)
    del body["text"]
    assert post(META, "Bearer EAAsandbox", body)[0] == status


@pytest.mark.parametrize(
    "header",
    (
        {"type": "image", "image": {"link": "case.jpg"}},
        {"type": "image", "image": {"link": IMAGE, "caption": "Так"}},
        {"type": "image"},
        {"type": "video", "video": {"link": IMAGE}},
        IMAGE,
    ),
)
def test_meta_checks_what_stands_above_buttons(header: Any) -> None:
    buttons = [{"type": "reply", "reply": {"id": "1", "title": "1"}}]
    interactive = {
        "type": "button",
        "header": header,
        "body": {"text": "Так?"},
        "action": {"buttons": buttons},
    }
    body = meta_body(type="interactive", interactive=interactive)
    del body["text"]
    assert post(META, "Bearer EAAsandbox", body)[0] == 400


OPENS = {"name": "cta_url", "parameters": {"display_text": "Відкрити", "url": "https://kvitka.example"}}
THING = {
    "type": "cta_url",
    "header": {"type": "image", "image": {"link": IMAGE}},
    "body": {"text": "Чохол"},
    "action": OPENS,
}
THINGS = [THING | {"card_index": index} for index in range(11)]
WORDLESS = {name: each for name, each in THINGS[1].items() if name != "body"}


@pytest.mark.parametrize(
    ("cards", "more", "status"),
    (
        (THINGS[:2], {}, 200),
        (THINGS[:10], {}, 200),
        ([THINGS[0], WORDLESS], {}, 200),
        ([THINGS[0], THINGS[1] | {"body": {"text": f"\n\n{'а' * 158}"}}], {}, 200),
        ([THINGS[0], THINGS[1] | {"body": {"text": "а\nа\nа\nа"}}], {}, 400),
        ([THINGS[0], THINGS[1] | {"body": {"text": "а" * 161}}], {}, 400),
        (THINGS[:1], {}, 400),
        (THINGS, {}, 400),
        (THINGS[1:3], {}, 400),
        ([THINGS[0], THINGS[0]], {}, 400),
        ([THINGS[0], THINGS[1] | {"type": "quick_reply"}], {}, 400),
        ([THINGS[0], THINGS[1] | {"header": {"type": "text", "text": "Чохол"}}], {}, 400),
        ([THINGS[0], THINGS[1] | {"footer": {"text": "Чохол"}}], {}, 400),
        ([THING, THING], {}, 400),
        (THINGS[:2], {"header": THING["header"]}, 400),
        (THINGS[:2], {"footer": {"text": "Так"}}, 400),
        (THINGS[:2], {"body": {"text": "а" * 1025}}, 400),
        (THINGS[:2], {"action": OPENS}, 400),
    ),
)
def test_meta_checks_cards(cards: list[Any], more: dict[str, Any], status: int) -> None:
    interactive = {"type": "carousel", "body": {"text": "Так?"}, "action": {"cards": cards}, **more}
    body = meta_body(type="interactive", interactive=interactive)
    del body["text"]
    assert post(META, "Bearer EAAsandbox", body)[0] == status


@pytest.mark.parametrize(
    ("key", "body", "status"),
    (
        ("App key-sandbox", viber_body(), 200),
        ("App wrong", viber_body(), 401),
        ("Basic key-sandbox", viber_body(), 401),
        ("App key-sandbox", {"messages": []}, 400),
        ("App key-sandbox", viber_body(sender="Somebody"), 400),
        ("App key-sandbox", viber_body(surprise=1), 400),
        ("App key-sandbox", viber_body(destinations=[{"to": "+380671234567"}]), 400),
        ("App key-sandbox", viber_body(options={"label": "NEWS"}), 400),
        ("App key-sandbox", viber_body(options=SHORT), 400),
        ("App key-sandbox", viber_body(content=PRESSED), 400),
        ("App key-sandbox", viber_body(content=PRESSED, options=PROMOTIONAL), 200),
        ("App key-sandbox", viber_body(content=LONG_TITLE, options=PROMOTIONAL), 400),
    ),
)
def test_infobip_checks_each_request(key: str, body: Any, status: int) -> None:
    assert post(INFOBIP, key, body)[0] == status


@pytest.mark.parametrize(
    "more",
    (
        {"Surprise": 1},
        {"MessageType": "NEWS"},
        {"TimeToLive": 4},
        {"MaxPrice": "cheap"},
        {"Context": {"ref": " blank"}},
        {"Context": {str(n): "x" for n in range(6)}},
        {"OriginationIdentity": "SOMEBODY"},
        {"ConfigurationSetName": "other"},
    ),
)
def test_aws_checks_each_request(more: dict[str, Any]) -> None:
    asked = {"DestinationPhoneNumber": PHONE, "MessageBody": "Так", "OriginationIdentity": "KVITKA"}
    client = AwsClient(Sandbox().fakes)
    client.send_text_message(**asked)
    with pytest.raises(ClientError):
        client.send_text_message(**asked | more)


EMAIL: dict[str, Any] = {
    "to": MAILBOX,
    "title": "Ваше замовлення",
    "html": "<p>Прийнято</p>",
    "image": "https://kvitka.example/case.jpg",
    "sender": "Квітка, Київ",
    "page": "https://kvitka.example/m/tok123",
    "purpose": Purpose.MARKETING,
}


def test_an_email_with_all_that_it_may_have_is_taken_and_told_of_under_our_reference() -> None:
    box = Sandbox()
    sent = box.send(Channel.EMAIL, **EMAIL)
    assert sent.outcome is Outcome.ACCEPTED
    box.advance(MINUTE)
    assert box.statuses == [ReceiptStatus.SENT, ReceiptStatus.DELIVERED]
    assert {event.reference for event in box.events if isinstance(event, Receipt)} == {REFERENCE}
    (shown,) = box.fakes.shown
    assert (shown.id, shown.address, shown.title) == (sent.provider_id, MAILBOX, "Ваше замовлення")
    assert (shown.text, shown.category) == ("Олено, замовлення прийнято.", "marketing")
    assert shown.as_json()["title"] == "Ваше замовлення"


def test_an_email_that_bounces_has_failed_since_nobody_is_there() -> None:
    box = Sandbox()
    box.fakes.set_mode(Channel.EMAIL, Mode.REJECT)
    box.send(Channel.EMAIL, **EMAIL)
    box.advance(MINUTE)
    (bounce,) = box.events
    assert isinstance(bounce, Receipt)
    assert (bounce.status, bounce.advice) == (ReceiptStatus.FAILED, "bad_address")


def test_who_calls_an_email_spam_had_it_and_wants_no_more() -> None:
    box = Sandbox()
    with pytest.raises(LookupError):
        box.fakes.complain(MAILBOX)
    box.send(Channel.EMAIL, **EMAIL)
    (complaint,) = read(box.fakes.complain(MAILBOX))
    assert isinstance(complaint, Receipt)
    assert (complaint.status, complaint.advice) == (ReceiptStatus.DELIVERED, "opted_out")


def test_nobody_hears_what_is_answered_to_an_email() -> None:
    box = Sandbox()
    box.send(Channel.EMAIL, **EMAIL)
    with pytest.raises(LookupError, match="nobody hears"):
        box.fakes.reply(Channel.EMAIL, MAILBOX, "СТОП")


def email_of(**simple: Any) -> dict[str, Any]:
    body = {"Text": {"Data": "Так", "Charset": "UTF-8"}}
    return {"Simple": {"Subject": {"Data": "Yes"}, "Body": body} | simple}


ONE_CLICK = {"Name": "List-Unsubscribe", "Value": "<https://kvitka.example/m/a/unsubscribe>"}


@pytest.mark.parametrize(
    ("more", "code"),
    (
        ({"Surprise": 1}, "BadRequestException"),
        ({"FromEmailAddress": "somebody@kvitka.example"}, "MessageRejected"),
        ({"FromEmailAddress": "Квітка <hello@kvitka.example>"}, "BadRequestException"),
        ({"FromEmailAddress": "K\r\nBcc: a@b.example <hello@kvitka.example>"}, "BadRequestException"),
        ({"ConfigurationSetName": "other"}, "NotFoundException"),
        ({"Destination": {"ToAddresses": []}}, "BadRequestException"),
        ({"Destination": {"ToAddresses": ["olena"]}}, "BadRequestException"),
        ({"Destination": {"ToAddresses": ["олена@customer.example"]}}, "BadRequestException"),
        ({"Destination": {"ToAddresses": [f"{MAILBOX}, {MAILBOX}"]}}, "BadRequestException"),
        ({"EmailTags": [{"Name": "reference", "Value": "a.b"}]}, "BadRequestException"),
        ({"EmailTags": [{"Name": "ses:x", "Value": "a"}]}, "BadRequestException"),
        ({"EmailTags": [{"Name": "a", "Value": "a"}] * 2}, "BadRequestException"),
        ({"Content": {}}, "BadRequestException"),
        ({"Content": email_of(Body={})}, "BadRequestException"),
        ({"Content": email_of(Subject={"Data": "Так"})}, "BadRequestException"),
        ({"Content": email_of(Subject={"Data": "a\nBcc: a@b.example"})}, "BadRequestException"),
        ({"Content": email_of(Headers=[ONE_CLICK] * 2)}, "BadRequestException"),
        ({"Content": email_of(Headers=[{**ONE_CLICK, "Name": "Bcc"}])}, "BadRequestException"),
        ({"Content": email_of(Headers=[{**ONE_CLICK, "Name": "a:"}])}, "BadRequestException"),
        ({"Content": email_of(Headers=[{**ONE_CLICK, "Value": "так"}])}, "BadRequestException"),
        ({"Content": email_of(Headers=[{**ONE_CLICK, "Value": "x" * 996}])}, "BadRequestException"),
    ),
)
def test_ses_checks_each_request(more: dict[str, Any], code: str) -> None:
    asked = {
        "FromEmailAddress": "Kvitka <hello@kvitka.example>",
        "Destination": {"ToAddresses": [MAILBOX]},
        "Content": email_of(Headers=[ONE_CLICK]),
        "EmailTags": [{"Name": "reference", "Value": REFERENCE}],
        "ConfigurationSetName": "sandbox",
    }
    client = AwsClient(Sandbox().fakes)
    client.send_email(**asked)
    with pytest.raises(ClientError) as refused:
        client.send_email(**asked | more)
    assert refused.value.response["Error"]["Code"] == code


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
TEMPLATES = st.fixed_dictionaries(
    {"name": st.just("order_offer_v1") | JSON_VALUES, "language": st.just({"code": "uk"}) | JSON_VALUES},
    optional={
        "components": JSON_VALUES
        | st.lists(
            st.fixed_dictionaries(
                {"type": st.sampled_from(["body", "button"]) | JSON_VALUES, "parameters": JSON_VALUES},
                optional={"sub_type": st.sampled_from(["url", "quick_reply"]), "index": JSON_VALUES},
            ),
            max_size=2,
        )
    },
)


@given(JSON_VALUES | TEMPLATES, JSON_VALUES, JSON_VALUES, JSON_VALUES)
def test_whatever_is_asked_is_answered(template: Any, interactive: Any, options: Any, content: Any) -> None:
    for body in (
        meta_body(type="template", template=template),
        meta_body(type="interactive", interactive=interactive),
        meta_body(text=interactive),
    ):
        assert post(META, "Bearer EAAsandbox", body)[0] in (200, 400, 404)
    for body in (viber_body(options=options), viber_body(content=content), viber_body(destinations=options)):
        assert post(INFOBIP, "App key-sandbox", body)[0] in (200, 400)


def test_nothing_else_can_be_reached() -> None:
    with pytest.raises(Refused):
        Sandbox().fakes.request("GET", "https://example.org/", {}, b"", 1)


def test_a_request_that_is_no_json_post_is_refused() -> None:
    box = Sandbox()
    headers = {"Authorization": "Bearer EAAsandbox", "Content-Type": "application/json"}
    for method, body in (("POST", b"?"), ("GET", b"{}")):
        assert box.fakes.request(method, META, headers, body, 1)[0] == 400


def test_the_webhooks_are_posts_to_the_paths_of_the_template() -> None:
    box = Sandbox()
    whatsapp, viber = (box.fakes.reply(channel, PHONE, "1") for channel in (Channel.WHATSAPP, Channel.VIBER))
    assert isinstance(whatsapp, FakeWebhook)
    assert isinstance(viber, FakeWebhook)
    assert (whatsapp.method, whatsapp.path) == ("POST", "/meta/whatsapp")
    assert (viber.method, viber.path) == ("POST", "/infobip/viber")


SOCIAL = "phone-number-id-976c72a700aac43eaf573ae050"


@pytest.mark.parametrize(
    ("more", "code"),
    (
        ({"surprise": 1}, "ValidationException"),
        ({"originationPhoneNumberId": "106540352242922"}, "ValidationException"),
        ({"originationPhoneNumberId": f"{SOCIAL}0"}, "ResourceNotFoundException"),
        ({"metaApiVersion": "23"}, "ValidationException"),
        ({"message": json.dumps(meta_body())}, "ValidationException"),
        ({"message": b""}, "ValidationException"),
        ({"message": b" " * 2_048_001}, "ValidationException"),
        ({"message": b"?"}, "InvalidParametersException"),
        ({"message": json.dumps(meta_body(surprise=1)).encode()}, "InvalidParametersException"),
        ({"message": json.dumps(meta_body(to="067")).encode()}, "InvalidParametersException"),
    ),
)
def test_aws_checks_each_whatsapp_message_and_meta_behind_it(more: dict[str, Any], code: str) -> None:
    box = Sandbox()
    box.fakes.reply(Channel.WHATSAPP, PHONE, "Привіт")
    message = json.dumps(meta_body()).encode()
    asked = {"originationPhoneNumberId": SOCIAL, "metaApiVersion": "v20.0", "message": message}
    client = AwsClient(box.fakes)
    client.send_whatsapp_message(**asked)
    with pytest.raises(ClientError) as refusal:
        client.send_whatsapp_message(**asked | more)
    assert refusal.value.response["Error"]["Code"] == code
    assert len(box.fakes.shown) == 1


def test_through_aws_a_template_is_shown_and_receipted_under_our_reference() -> None:
    box = Sandbox(through_aws=True)
    sent = box.send(Channel.WHATSAPP)
    box.advance(MINUTE)
    (shown,) = box.fakes.shown
    assert (shown.text, shown.provider) == ("Олено, замовлення №1001 прийнято. Додати чохол?", "aws")
    assert (sent.provider_id, shown.buttons) == (shown.id, BUTTONS)
    assert box.statuses == [ReceiptStatus.SENT, ReceiptStatus.DELIVERED]
    assert {(e.reference, e.category) for e in box.events if isinstance(e, Receipt)} == {
        (REFERENCE, "marketing")
    }


def test_through_aws_events_name_messages_by_metas_ids_alone() -> None:
    box = Sandbox(through_aws=True)
    sent = box.send(Channel.WHATSAPP)
    (reply,) = read(box.fakes.reply(Channel.WHATSAPP, PHONE, button="offer:yes"))
    assert isinstance(reply, Reply)
    assert (reply.button, reply.answers[:6]) == ("offer:yes", "wamid.")
    assert sent.provider_id not in reply.answers


def test_through_aws_free_form_is_taken_for_a_day_after_the_customer_wrote() -> None:
    box = Sandbox(through_aws=True)
    assert box.send(Channel.WHATSAPP, window_open=True).outcome is Outcome.REJECTED
    box.fakes.reply(Channel.WHATSAPP, PHONE, "Привіт")
    assert box.send(Channel.WHATSAPP, window_open=True).outcome is Outcome.ACCEPTED
    box.advance(timedelta(hours=24))
    assert box.send(Channel.WHATSAPP, window_open=True).outcome is Outcome.REJECTED


@pytest.mark.parametrize("through_aws", (False, True))
def test_who_hides_the_number_is_written_to_and_answers_by_user_id(through_aws: bool) -> None:
    box = Sandbox(through_aws=through_aws)
    assert box.send(Channel.WHATSAPP, to="UA.134912").outcome is Outcome.ACCEPTED
    box.advance(MINUTE)
    assert box.fakes.shown[0].address == "UA.134912"
    assert box.statuses == [ReceiptStatus.SENT, ReceiptStatus.DELIVERED]
    (reply,) = read(box.fakes.reply(Channel.WHATSAPP, "UA.134912", "СТОП"))
    assert isinstance(reply, Reply)
    assert reply.sender == "UA.134912"


def test_through_aws_whatsapps_own_switch_comes_by_the_topic() -> None:
    box = Sandbox(through_aws=True)
    box.send(Channel.WHATSAPP)
    emitted = box.fakes.prefer(PHONE, "stop")
    assert isinstance(emitted, FakePublish)
    (stop,) = read(emitted)
    assert isinstance(stop, Reply)
    assert (stop.sender, stop.stop_marketing) == (PHONE, True)
