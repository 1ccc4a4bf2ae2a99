"""Messenger, after Meta's pages on the Send API, its error codes and its webhooks."""

import json
from collections.abc import Sequence
from typing import Any

from aftercart.channels.entry import Received
from aftercart.domain.content import Button
from aftercart.domain.message import Outcome, ReceiptStatus
from aftercart.ports import Outgoing
from tests.aftercart.channels.sample import AT, PHONE, Heard, Item, Message, Row, Sample, Told
from tests.aftercart.channels.samples.meta_whatsapp import signed
from tests.aftercart.channels.standins import CARDS, IMAGE, NAMED, REFERENCE, outgoing
from tests.aftercart.channels.wire import Answer, json_answer

TEXT = "Олено, замовлення №1001 прийнято."
PSID, PAGE = "7234519876543210", "102030405060708"
ADD = Button(title="Додати", reply="add")
SHOW = Button(title="Відкрити", url="https://m.example/t/abc")
TOLD = Button(title="Подивитися на сайті магазину", url="https://m.example/t/def")
STAMP = int(AT.timestamp() * 1000)
MID = "m_AG5Hz2Uq7tuwNEhXfYYKj8mJEM_QPpz5jdCK48PnKAjSdjfipqxqMvK8ma6AC8fplwlqLP_5cgXIbu7I3rBN0P"
TEMPLATE = {
    "attachment": {
        "type": "template",
        "payload": {
            "template_type": "button",
            "text": TEXT,
            "buttons": [
                {"type": "web_url", "url": "https://m.example/t/abc", "title": "Відкрити"},
                {"type": "web_url", "url": "https://m.example/t/def", "title": "Подивитися на сайті "},
            ],
        },
    }
}
PRESSED = {"content_type": "text", "title": "Додати", "payload": "add"}
ADDS = {"type": "postback", "payload": "add", "title": "Додати"}
SHOWS = {"type": "web_url", "url": "https://m.example/t/abc", "title": "Відкрити"}


def generic(*elements: dict[str, Any]) -> dict[str, Any]:
    payload = {"template_type": "generic", "elements": list(elements)}
    return {"attachment": {"type": "template", "payload": payload}}


CONTENTS: Sequence[tuple[Outgoing, dict[str, Any]]] = (
    (outgoing(to=PSID), {"text": TEXT}),
    (outgoing(to=PSID, buttons=(SHOW, TOLD)), TEMPLATE),
    (
        outgoing(to=PSID, buttons=(ADD, SHOW)),
        {"text": f"{TEXT}\nВідкрити: https://m.example/t/abc", "quick_replies": [PRESSED]},
    ),
    (
        outgoing(to=PSID, image=IMAGE, buttons=(ADD, SHOW)),
        generic({"title": TEXT, "image_url": IMAGE, "buttons": [ADDS, SHOWS]}),
    ),
    (
        outgoing(f"{TEXT} Ваші речі:", to=PSID, cards=CARDS),
        generic(
            {"title": TEXT, "subtitle": "Ваші речі:"},
            *({"title": card.title, "image_url": card.image} for card in CARDS),
        ),
    ),
    (outgoing(to=PSID, cards=CARDS), {"text": f"{TEXT}\n{NAMED}"}),
)


def message(sends: Outgoing, content: dict[str, Any]) -> Message:
    return Message(
        outgoing=sends,
        url=f"https://graph.facebook.com/v23.0/{PAGE}/messages",
        headers={"Authorization": "Bearer EAApage"},
        body={
            "recipient": {"id": PSID},
            "messaging_type": "RESPONSE",
            "message": {**content, "metadata": REFERENCE},
        },
    )


def error(code: int, subcode: int = 0, status: int = 400) -> Answer:
    found = {"message": f"(#{code}) Not for {PHONE}", "type": "OAuthException", "code": code}
    return json_answer(status, {"error": {**found, **({"error_subcode": subcode} if subcode else {})}})


OUTCOMES = (
    *(Row(answer=error(10, each), reason=f"window_closed 10/{each}") for each in (2018065, 2018278, 2534022)),
    *(Row(answer=error(code, 2018108), advice="opted_out", reason="blocked") for code in (10, 200)),
    *(Row(answer=error(551, each), reason="not_available") for each in (0, 1545041)),
    *(Row(answer=error(100, each), advice="alarm", reason="no_such_user") for each in (2018001, 2534014)),
    *(Row(answer=error(code, status=403), advice="later") for code in (4, 17, 32, 613, 80006)),
    *(
        Row(answer=error(code, status=403), advice="alarm")
        for code in (0, 3, 10, 100, 102, 190, 368, 2022, *range(200, 300))
    ),
    *(Row(answer=error(code, status=500), outcome=Outcome.UNKNOWN) for code in (1, 2, 1200, 999999)),
    Row(answer=error(999999), reason="refused 999999"),
    Row(answer=Answer(status=400), reason="refused 400"),
    Row(answer=Answer(status=401), advice="alarm", reason="not_authorised 401"),
    Row(answer=Answer(status=429), advice="later", reason="provider_busy 429"),
)


def event(**what: Any) -> Item:
    return {"sender": {"id": PSID}, "recipient": {"id": PAGE}, "timestamp": STAMP, **what}


def said(**what: Any) -> Item:
    return event(message={"mid": MID, **what})


def echo(metadata: str) -> Item:
    sent = {"is_echo": True, "app_id": 1517776481860111, "metadata": metadata, "mid": MID, "text": TEXT}
    return {**event(message=sent), "sender": {"id": PAGE}, "recipient": {"id": PSID}}


def heard(item: Item, text: str = "", button: str = "", answers: str = "") -> Heard:
    return Heard(item=item, text=text, button=button, answers=answers, sender=PSID)


REPLIES = {
    "text": heard(said(text="СТОП"), "СТОП"),
    "text below a message": heard(said(text="1", reply_to={"mid": "m_1"}), "1", answers="m_1"),
    "button": heard(said(text="Додати", quick_reply={"payload": "add"}), "Додати", "add"),
    "postback": heard(event(postback={"mid": MID, "title": "Так", "payload": "yes"}), "Так", "yes"),
    "postback without an id": heard(event(postback={"title": "Так", "payload": "yes"}), "Так", "yes"),
    "image": heard(said(attachments=[{"type": "image", "payload": {"url": "https://cdn.example/1"}}])),
    "begun by a link": heard(
        event(postback={"title": "Get Started", "payload": "begin", "referral": {"ref": "r"}})
    ),
    "come by a link": heard(event(referral={"ref": "r", "source": "SHORTLINK", "type": "OPEN_THREAD"})),
    "text by a link": heard(said(text="1", referral={"ref": "r"}), "1"),
    "unsupported": heard(said(is_unsupported=True)),
}


def posted(items: Sequence[Item], kind: str = "page") -> Received:
    entry = {"id": PAGE, "time": STAMP, "messaging": list(items)}
    return Received(body=json.dumps({"object": kind, "entry": [entry]}).encode())


SAMPLE = Sample(
    settings={"meta_base_url": "https://graph.facebook.com/", "messenger_page_id": PAGE},
    secrets={"messenger_token": b"EAApage", "meta_app": b"the app's secret", "meta_verify": b"a word"},
    messages=tuple(message(*each) for each in CONTENTS),
    accepted=json_answer(200, {"recipient_id": PSID, "message_id": MID}),
    provider_id=MID,
    outcomes=OUTCOMES,
    too_long=error(100),
    wrap=posted,
    batches=True,
    receipts=(Told(item=echo(REFERENCE), status=ReceiptStatus.SENT),),
    unknown_status=event(pondered={"mid": MID}),
    foreign=echo("campaign-7"),
    replies=REPLIES,
    sign=signed,
    reaches=(PSID,),
    does_not_reach=(PHONE, "olena@example.com"),
)
