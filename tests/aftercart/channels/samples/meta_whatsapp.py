"""WhatsApp through Meta's Cloud API, after its documentation and pywa 4.5.0."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from aftercart.channels.entry import Received
from aftercart.domain.content import Button, Template
from aftercart.domain.message import Outcome, ReceiptStatus
from aftercart.ports import Outgoing
from tests.aftercart.channels.sample import AT, PHONE, Heard, Item, Message, Row, Sample, Told
from tests.aftercart.channels.standins import CARDS, IMAGE, NAMED, REFERENCE, outgoing
from tests.aftercart.channels.wire import Answer, json_answer

TEXT = "Олено, замовлення №1001 прийнято."
ADD = Button(title="Додати", reply="add")
SHOW = Button(title="Відкрити", url="https://m.example/t/abc")
USER_ID = "UA.13491208655302741918"
OFFER = Template(
    name="order_offer_v2",
    language="uk",
    category="marketing",
    parameters=("Олено", "№1001"),
    button_parameters=("abc",),
)
THANKS = Template(name="thanks", language="uk", category="utility")
PICTURE = {"type": "image", "image": {"link": IMAGE}}
OPENS = {
    "name": "cta_url",
    "parameters": {"display_text": "Відкрити", "url": "https://m.example/t/abc"},
}
STAMP = str(int(AT.timestamp()))


def message(sends: Outgoing, content: dict[str, Any], **recipient: str) -> Message:
    return Message(
        outgoing=sends,
        url="https://graph.facebook.com/v23.0/1234567/messages",
        headers={"Authorization": "Bearer EAAtoken"},
        body={
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            **(recipient or {"to": "380671234567"}),
            **content,
            "biz_opaque_callback_data": REFERENCE,
        },
    )


def interactive(kind: str, text: str, action: dict[str, Any], **header: Any) -> dict[str, Any]:
    said = {"type": kind, **header, "body": {"text": text}, "action": action}
    return {"type": "interactive", "interactive": said}


def card(index: int) -> dict[str, Any]:
    return {
        "card_index": index,
        "type": "cta_url",
        "header": {"type": "image", "image": {"link": CARDS[index].image}},
        "body": {"text": CARDS[index].title},
        "action": OPENS,
    }


def parameter(text: str) -> dict[str, str]:
    return {"type": "text", "text": text}


def button(kind: str, index: str, given: dict[str, str]) -> dict[str, Any]:
    return {"type": "button", "sub_type": kind, "index": index, "parameters": [given]}


FREE = {"type": "text", "text": {"body": TEXT, "preview_url": False}}
OFFERED = {
    "name": "order_offer_v2",
    "language": {"code": "uk"},
    "components": [
        {"type": "body", "parameters": [parameter("Олено"), parameter("№1001")]},
        button("quick_reply", "0", {"type": "payload", "payload": "add"}),
        button("url", "1", parameter("abc")),
    ],
}


def error(code: int, status: int = 400) -> Answer:
    found = {"message": f"(#{code}) Not for {PHONE}", "type": "OAuthException", "code": code}
    return json_answer(status, {"error": found})


BARRED = (130472, 131049, 131050)
NOT_REACHED = (131021, 131026)
NOT_SENT = (131047, 131051, 131052, 131053, 131062, 137000, 999999)
LATER = (4, 80007, 130429, 131056, 133016)
OURS = (0, 3, 10, 33, 100, 190, 368, 130497, *range(131005, 131006), 131008, 131009, 131030, 131031, 131037)
OURS_TOO = (131042, 131045, 131048, 131063, 131064, 133010, *range(200, 300), *range(132000, 132017), 132068)


def status(name: str, **more: Any) -> Item:
    found = {
        "id": "wamid.A1",
        "status": name,
        "timestamp": STAMP,
        "recipient_id": "380671234567",
        "biz_opaque_callback_data": REFERENCE,
        **more,
    }
    return {"statuses": found}


def failed(code: int) -> Item:
    return status("failed", errors=[{"code": code, "title": f"Not to {PHONE}"}])


def said(kind: str, **more: Any) -> Item:
    context = {"from": "15550783881", "id": "wamid.A1"}
    message = {"from": "380671234567", "id": "wamid.B2", "timestamp": STAMP, "type": kind, "context": context}
    return {"messages": {**message, **more}}


def posted(items: Sequence[Item]) -> Received:
    """One change each, as Meta's batches may have them."""
    changes = [
        {"field": "messages", "value": {name: [found]}} for item in items for name, found in item.items()
    ]
    entry = {"id": "102290129340398", "changes": changes}
    return Received(body=json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode())


def signed(received: Received, key: bytes) -> Received:
    digest = hmac.new(key, received.body, hashlib.sha256).hexdigest()
    return replace(received, headers={"X-Hub-Signature-256": f"sha256={digest}"})


SAMPLE = Sample(
    settings={"meta_base_url": "https://graph.facebook.com/", "meta_phone_number_id": "1234567"},
    secrets={"meta_token": b"EAAtoken", "meta_app": b"the app's secret", "meta_verify": b"a word"},
    messages=(
        message(outgoing(window_open=True), FREE),
        message(outgoing(window_open=True, template=OFFER), FREE),
        message(outgoing(window_open=True, to=USER_ID), FREE, recipient=USER_ID),
        message(outgoing(template=OFFER, buttons=(ADD, SHOW)), {"type": "template", "template": OFFERED}),
        message(
            outgoing(template=THANKS),
            {"type": "template", "template": {"name": "thanks", "language": {"code": "uk"}}},
        ),
        message(
            outgoing(buttons=(ADD, SHOW), window_open=True),
            interactive(
                "button",
                f"{TEXT}\nВідкрити: https://m.example/t/abc",
                {"buttons": [{"type": "reply", "reply": {"id": "add", "title": "Додати"}}]},
            ),
        ),
        message(
            outgoing(buttons=(SHOW,), window_open=True),
            interactive("cta_url", TEXT, OPENS),
        ),
        message(
            outgoing(template=THANKS, image=IMAGE),
            {
                "type": "template",
                "template": {
                    "name": "thanks",
                    "language": {"code": "uk"},
                    "components": [{"type": "header", "parameters": [PICTURE]}],
                },
            },
        ),
        message(
            outgoing(image=IMAGE, buttons=(ADD,), window_open=True),
            interactive(
                "button",
                TEXT,
                {"buttons": [{"type": "reply", "reply": {"id": "add", "title": "Додати"}}]},
                header=PICTURE,
            ),
        ),
        message(
            outgoing(image=IMAGE, window_open=True),
            {"type": "image", "image": {"link": IMAGE, "caption": TEXT}},
        ),
        message(
            outgoing(text="а" * 1025, image=IMAGE, window_open=True),
            {"type": "text", "text": {"body": "а" * 1025, "preview_url": False}},
        ),
        message(
            outgoing(cards=CARDS, window_open=True),
            {"type": "text", "text": {"body": f"{TEXT}\n{NAMED}", "preview_url": False}},
        ),
        message(
            outgoing(cards=CARDS, buttons=(SHOW,), image=IMAGE, template=THANKS, window_open=True),
            interactive("carousel", TEXT, {"cards": [card(0), card(1)]}),
        ),
        message(
            outgoing(cards=CARDS, template=THANKS),
            {"type": "template", "template": {"name": "thanks", "language": {"code": "uk"}}},
        ),
    ),
    accepted=json_answer(
        200, {"messaging_product": "whatsapp", "contacts": [], "messages": [{"id": "wamid.A1"}]}
    ),
    provider_id="wamid.A1",
    outcomes=(
        *(Row(answer=error(code), advice="plain") for code in BARRED),
        *(Row(answer=error(code), advice="bad_address") for code in NOT_REACHED),
        *(Row(answer=error(code)) for code in NOT_SENT),
        *(Row(answer=error(code, 429), advice="later") for code in LATER),
        *(Row(answer=error(code, 403), advice="alarm") for code in (*OURS, *OURS_TOO)),
        Row(answer=error(3, 500), advice="alarm"),
        *(
            Row(answer=error(code), outcome=Outcome.UNKNOWN)
            for code in (1, 2, 131000, 131016, 131057, 135000)
        ),
        Row(answer=error(999999, 502), outcome=Outcome.UNKNOWN, reason="provider_fault 999999"),
        Row(answer=Answer(status=400), reason="refused 400"),
        Row(answer=Answer(status=401), advice="alarm", reason="not_authorised 401"),
        Row(answer=Answer(status=429), advice="later", reason="provider_busy 429"),
    ),
    too_long=error(132005),
    wrap=posted,
    batches=True,
    receipts=(
        Told(item=status("sent"), status=ReceiptStatus.SENT),
        Told(item=status("delivered"), status=ReceiptStatus.DELIVERED),
        Told(item=status("read"), status=ReceiptStatus.READ),
        Told(item=status("played"), status=ReceiptStatus.READ),
        Told(
            item=failed(131049),
            status=ReceiptStatus.FAILED,
            advice="plain",
            reason="barred_as_marketing 131049",
        ),
        Told(item=failed(131026), status=ReceiptStatus.FAILED, advice="bad_address"),
        Told(item=failed(424242), status=ReceiptStatus.FAILED, reason="failed 424242"),
    ),
    unknown_status=status("warned"),
    foreign=status("delivered", biz_opaque_callback_data="campaign-7"),
    replies={
        "text": Heard(item=said("text", text={"body": "СТОП"}), text="СТОП", answers="wamid.A1"),
        "button": Heard(
            item=said("button", button={"text": "Додати", "payload": "add"}),
            text="Додати",
            button="add",
            answers="wamid.A1",
        ),
        "button in the 24 hours": Heard(
            item=said(
                "interactive", interactive={"type": "button_reply", "button_reply": {"id": "4", "title": "4"}}
            ),
            text="4",
            button="4",
            answers="wamid.A1",
        ),
        "list": Heard(
            item=said(
                "interactive",
                interactive={"type": "list_reply", "list_reply": {"id": "help", "title": "Допомога"}},
            ),
            text="Допомога",
            button="help",
            answers="wamid.A1",
        ),
        "image": Heard(
            item=said("image", image={"id": "1", "caption": "стоп"}), text="стоп", answers="wamid.A1"
        ),
        "voice": Heard(item=said("audio", audio={"id": "1"}), answers="wamid.A1"),
        "flow": Heard(
            item=said("interactive", interactive={"type": "nfm_reply", "nfm_reply": {"name": "flow"}}),
            answers="wamid.A1",
        ),
        "unsupported": Heard(item=said("hologram"), answers="wamid.A1"),
        "text by user id": Heard(
            item=said("text", text={"body": "1"}, **{"from": None, "from_user_id": USER_ID}),
            text="1",
            answers="wamid.A1",
            sender=USER_ID,
        ),
    },
    sign=signed,
    vectors=(
        (
            Received(
                body=b'{"object":"whatsapp_business_account","entry":[]}',
                headers={
                    "X-Hub-Signature-256": "sha256=09eceea024af6e6343b760cc9bd3ae7c"
                    "056938dd636e24e92109eb8219500384"
                },
            ),
            b"appsecret",
        ),
    ),
    reaches=(PHONE, USER_ID),
)
