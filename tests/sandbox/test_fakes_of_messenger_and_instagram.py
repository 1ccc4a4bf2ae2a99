"""The fakes of Messenger and Instagram: as strict as Meta is, in its shapes, signed as it signs."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aftercart.channels import meta_pages
from aftercart.channels.meta_whatsapp import verify
from aftercart.channels.reading import Event
from aftercart.domain.consent import ANSWERS_ONLY, Channel
from aftercart.domain.message import Receipt, ReceiptStatus
from aftercart.ports import Reply
from sandbox.fakes import Account, Emitted, FakeProviders, FakeWebhook, Mode

USER, REFERENCE = "7234519876543210", "abcdefghijklmn-abcdefghij-1"
START = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
ACCOUNT = Account()
URLS = {
    Channel.MESSENGER: f"https://graph.facebook.com/v23.0/{ACCOUNT.messenger_page}/messages",
    Channel.INSTAGRAM: f"https://graph.instagram.com/v23.0/{ACCOUNT.instagram_account}/messages",
}
SECRETS = {
    "messenger_token": "messenger-sandbox",
    "meta_app": "meta-sandbox",
    "instagram_token": "instagram-sandbox",
    "instagram_app": "instagram-app-sandbox",
}
KEYS = {Channel.MESSENGER: "meta_app", Channel.INSTAGRAM: "instagram_app"}
KINDS = {Channel.MESSENGER: "page", Channel.INSTAGRAM: "instagram"}
LINK = {"type": "web_url", "url": "https://kvitka.example/m/1", "title": "Сторінка"}
QUICK = {"content_type": "text", "title": "Так", "payload": "yes"}
ANSWER = {"type": "postback", "title": "Так", "payload": "yes"}
IMAGE = "https://kvitka.example/case.jpg"
THING = {"title": "Чохол", "image_url": IMAGE}


def generic(*elements: Any, **more: Any) -> dict[str, Any]:
    payload = {"template_type": "generic", "elements": list(elements), **more}
    return {"attachment": {"type": "template", "payload": payload}}


class Line:
    """One chat's fake, and what it emitted, at once. She wrote a moment ago."""

    def __init__(self, channel: Channel) -> None:
        self.channel, self.now = channel, START
        self.emitted: list[Emitted] = []
        self.fakes = FakeProviders(
            now=lambda: self.now, deliver=self._deliver, after=self._after, secrets=SECRETS, seed=7
        )
        self.fakes.push(self.fakes.reply(channel, USER, "Добрий день"))

    def _deliver(self, emitted: Emitted) -> int:
        self.emitted.append(emitted)
        return 200

    def _after(self, wait: timedelta, callback: Any) -> None:
        callback()

    def sends(self, said: dict[str, Any] | None = None, **more: Any) -> tuple[int, Any]:
        named = {"metadata": REFERENCE} if self.channel is Channel.MESSENGER else {}
        body = {
            "recipient": {"id": USER},
            "messaging_type": "RESPONSE",
            "message": said if said is not None else {"text": "Так", **named},
            **more,
        }
        return self.asks(body)

    def asks(self, body: Any, token: str = "") -> tuple[int, Any]:
        token = token or SECRETS[f"{self.channel}_token"]
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        status, answer = self.fakes.request("POST", URLS[self.channel], headers, json.dumps(body).encode(), 9)
        return status, json.loads(answer)

    def events(self) -> list[Event]:
        return [event for emitted in self.emitted for event in self.read(emitted)]

    def read(self, emitted: Emitted) -> list[Event]:
        assert isinstance(emitted, FakeWebhook)
        assert emitted.path == f"/meta/{self.channel}"
        assert verify(emitted.headers, emitted.body, (SECRETS[KEYS[self.channel]].encode(),))
        return meta_pages.read(emitted.body, KINDS[self.channel], self.channel)


@pytest.fixture(params=ANSWERS_ONLY)
def line(request: pytest.FixtureRequest) -> Line:
    return Line(request.param)


def code(answer: Any) -> tuple[int, int]:
    return answer["error"]["code"], answer["error"].get("error_subcode", 0)


def test_it_shows_the_message_and_answers_with_its_id(line: Line) -> None:
    status, answer = line.sends()
    (shown,) = line.fakes.shown
    assert (status, answer) == (200, {"recipient_id": USER, "message_id": shown.id})
    assert (shown.channel, shown.provider, shown.address, shown.text) == (line.channel, "meta", USER, "Так")


def test_what_was_sent_comes_back_and_on_messenger_with_our_reference(line: Line) -> None:
    line.sends()
    told = [(e.reference, e.status) for e in line.events() if isinstance(e, Receipt)]
    assert told == ([(REFERENCE, ReceiptStatus.SENT)] if line.channel is Channel.MESSENGER else [])


def test_what_it_tells_of_delivery_and_reading_names_its_own_ids_alone(line: Line) -> None:
    line.sends()
    line.fakes.mark_read(line.channel, USER)
    raw = b"".join(each.body for each in line.emitted[2:] if isinstance(each, FakeWebhook))
    assert (b'"delivery"' in raw) == (line.channel is Channel.MESSENGER)
    assert REFERENCE.encode() not in raw


def test_a_day_after_she_wrote_the_window_is_shut_and_opens_by_a_word_or_by_a_link(line: Line) -> None:
    line.now = START + timedelta(hours=24)
    subcode = {Channel.MESSENGER: 2018278, Channel.INSTAGRAM: 2534022}[line.channel]
    assert code(line.sends()[1]) == (10, subcode)
    line.fakes.reply(line.channel, USER, "Є хто?")
    assert line.sends()[0] == 200


def test_nobody_is_written_to_first(line: Line) -> None:
    status, answer = line.sends(recipient={"id": "1234567890123456"})
    assert (status, code(answer)[0]) == (400, 10)


@pytest.mark.parametrize(
    "said",
    (
        {},
        {"text": ""},
        {"text": "а" * 2001},
        {"text": "Так", "attachment": {}},
        {"text": "Так", "tag": "POST_PURCHASE_UPDATE"},
        {"text": "Так", "quick_replies": [QUICK] * 14},
        {"text": "Так", "quick_replies": [{**QUICK, "title": "Т" * 21}]},
        {"text": "Так", "quick_replies": [{**QUICK, "content_type": "button"}]},
        {"attachment": {"type": "image", "payload": {}}},
        {
            "attachment": {
                "type": "template",
                "payload": {"template_type": "button", "text": "а" * 641, "buttons": [LINK]},
            }
        },
        {
            "attachment": {
                "type": "template",
                "payload": {"template_type": "button", "text": "а", "buttons": [LINK] * 4},
            }
        },
        {
            "attachment": {
                "type": "template",
                "payload": {"template_type": "button", "text": "а", "buttons": [{**LINK, "url": "tel:1"}]},
            }
        },
        generic(),
        generic(*[THING] * 11),
        generic({"title": "Чохол"}),
        generic({"image_url": IMAGE}),
        generic({**THING, "title": "а" * 81}),
        generic({**THING, "subtitle": "а" * 81}),
        generic({**THING, "image_url": "case.jpg"}),
        generic({**THING, "text": "Чохол"}),
        generic({**THING, "buttons": []}),
        generic({**THING, "buttons": [LINK] * 4}),
        generic({**THING, "buttons": [{**ANSWER, "url": IMAGE}]}),
        generic({**THING, "buttons": [{**ANSWER, "title": "Т" * 21}]}),
        generic(THING, text="Чохол"),
        {**generic(THING), "quick_replies": [QUICK]},
    ),
)
def test_it_takes_no_message_that_meta_refuses(line: Line, said: dict[str, Any]) -> None:
    status, answer = line.sends(said)
    assert (status, code(answer)) == (400, (100, 0))
    assert line.fakes.shown == []


def test_instagram_counts_bytes_and_knows_no_metadata() -> None:
    line = Line(Channel.INSTAGRAM)
    assert line.sends({"text": "а" * 500})[0] == 200
    assert code(line.sends({"text": "а" * 501})[1]) == (100, 0)
    assert code(line.sends({"text": "а", "metadata": REFERENCE})[1]) == (100, 0)


@pytest.mark.parametrize(
    "more",
    ({"messaging_type": "MESSAGE_TAG"}, {"messaging_type": "UPDATE"}, {"tag": "HUMAN_AGENT"}, {"extra": 1}),
)
def test_it_takes_answers_alone(line: Line, more: dict[str, Any]) -> None:
    assert code(line.sends(None, **more)[1]) == (100, 0)


def test_who_is_no_user_is_nobody(line: Line) -> None:
    assert code(line.sends(recipient={"id": "+380671234567"})[1]) == (100, 2018001)


def test_another_token_is_refused(line: Line) -> None:
    assert line.asks({}, token="another")[1]["error"]["code"] == 190


def test_another_page_is_not_reached_as_one() -> None:
    fakes = Line(Channel.MESSENGER).fakes
    carrier = fakes.at("https://graph.facebook.com/v23.0/999999/messages")
    assert carrier is not None
    assert carrier.channel is Channel.WHATSAPP


def test_links_and_answers_are_shown_as_buttons(line: Line) -> None:
    line.sends({"text": "Так", "quick_replies": [QUICK]})
    template = {"template_type": "button", "text": "а", "buttons": [LINK]}
    line.sends({"attachment": {"type": "template", "payload": template}})
    answers, links = line.fakes.shown
    assert [(each.title, each.reply) for each in answers.buttons] == [("Так", "yes")]
    assert links.links == ("https://kvitka.example/m/1",)


def test_pictures_are_shown_with_their_words_and_beside_each_other(line: Line) -> None:
    said = {"title": "Дякуємо!", "subtitle": "Прийнято.", "buttons": [ANSWER, LINK]}
    assert line.sends(generic(said, THING, {**THING, "title": "Скло"}))[0] == 200
    assert line.sends(generic({**said, "image_url": IMAGE}))[0] == 200
    assert line.sends(generic(*[THING] * 10))[0] == 200
    row, pictured, _ = line.fakes.shown
    assert (row.text, row.image) == ("Дякуємо!\nПрийнято.", "")
    assert [(each.title, each.image) for each in row.cards] == [("Чохол", IMAGE), ("Скло", IMAGE)]
    assert (pictured.image, pictured.cards) == (IMAGE, ())
    assert [(each.title, each.reply or each.url) for each in pictured.buttons] == [
        ("Так", "yes"),
        ("Сторінка", "https://kvitka.example/m/1"),
    ]


@pytest.mark.parametrize(
    "asked", ({"text": "Так?", "quick_replies": [QUICK]}, generic({**THING, "buttons": [ANSWER]}))
)
def test_a_pressed_answer_comes_with_its_payload(line: Line, asked: dict[str, Any]) -> None:
    assert line.sends(asked)[0] == 200
    emitted = line.fakes.reply(line.channel, USER, button="Так")
    (reply,) = line.read(emitted)
    assert isinstance(emitted, FakeWebhook)
    assert (b'"postback"' in emitted.body) == ("attachment" in asked)
    assert isinstance(reply, Reply)
    assert (reply.text, reply.button, reply.sender) == ("Так", "yes", USER)


def test_who_comes_by_a_link_has_one_id_there_whichever_link_it_was(line: Line) -> None:
    chat = {Channel.MESSENGER: "https://m.me/kvitka", Channel.INSTAGRAM: "https://ig.me/m/kvitka"}[
        line.channel
    ]
    came = [
        line.read(line.fakes.arrive(f"{chat}?ref={ref}"))[0]
        for ref in ("a" * 14 + "1", "a" * 14 + "2", "b" * 14)
    ]
    replies = [each for each in came if isinstance(each, Reply)]
    assert [each.ref for each in replies] == ["a" * 14 + "1", "a" * 14 + "2", "b" * 14]
    assert replies[0].sender == replies[1].sender != replies[2].sender
    assert line.sends(recipient={"id": replies[0].sender})[0] == 200


def test_no_other_link_leads_to_a_chat(line: Line) -> None:
    with pytest.raises(LookupError):
        line.fakes.arrive("https://kvitka.example/m/1")


def test_what_fails_after_it_was_taken_is_told_to_nobody(line: Line) -> None:
    line.fakes.set_mode(line.channel, Mode.REJECT)
    before = len(line.emitted)
    assert line.sends()[0] == 200
    assert (line.fakes.shown, len(line.emitted)) == ([], before)
