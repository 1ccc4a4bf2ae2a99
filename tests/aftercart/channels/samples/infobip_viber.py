"""Viber Business Messages through Infobip, after infobip-api-python-client 6.0.0."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from aftercart.channels.entry import Received
from aftercart.domain.consent import Purpose
from aftercart.domain.content import Button
from aftercart.domain.message import Outcome, ReceiptStatus
from aftercart.ports import Outgoing
from tests.aftercart.channels.sample import AT, PHONE, Heard, Item, Message, Row, Sample, Told
from tests.aftercart.channels.standins import CARDS, IMAGE, NAMED, REFERENCE, outgoing
from tests.aftercart.channels.wire import Answer, json_answer

TEXT = "Олено, замовлення №1001 прийнято."
OPEN = Button(title="Відкрити", url="https://m.example/t/abc")
HELP = Button(title="Допомога", url="https://m.example/h")
LOOK = Button(title="Переглянути", url="https://m.example/t/abc")  # a character too many for a card
OPENS = {"title": "Відкрити", "action": "https://m.example/t/abc"}


def message(
    sends: Outgoing, content: dict[str, Any], label: str = "TRANSACTIONAL", lives: int = 900
) -> Message:
    body = {
        "sender": "Romashka",
        "destinations": [{"to": "380671234567", "messageId": REFERENCE}],
        "content": {"type": "TEXT", **content},
        "options": {
            "label": label,
            "validityPeriod": {"amount": lives, "timeUnit": "SECONDS"},
            "trackingData": REFERENCE,
        },
        "webhooks": {"callbackData": REFERENCE},
    }
    return Message(
        outgoing=sends,
        url="https://xyz.api.infobip.example/viber/2/messages",
        headers={"Authorization": "App 003026bbc133714df1834b8638bb496e"},
        body={"messages": [body]},
    )


def answer(group: str, name: str) -> Answer:
    status = {"groupName": group, "name": name, "description": f"{PHONE} is not reached"}
    found = {"messageId": REFERENCE, "status": status, "destination": "380671234567"}
    return json_answer(200, {"bulkId": "2034072219640523072", "messages": [found]})


def error(status: int, code: str) -> Answer:
    return json_answer(status, {"errorCode": code, "description": f"Not for {PHONE}", "violations": []})


def report(group: str, name: str, fault: str = "NO_ERROR", **more: Any) -> Item:
    return {
        "bulkId": "2034072219640523072",
        "messageId": REFERENCE,
        "to": "380671234567",
        "sender": "Romashka",
        "sentAt": "2026-11-22T09:59:58.000+0000",
        "doneAt": "2026-11-22T12:00:00.000+0200",
        "callbackData": REFERENCE,
        "status": {"groupName": group, "name": name},
        "error": {"groupName": "OK", "name": fault, "permanent": False},
        **more,
    }


SEEN = {"messageId": REFERENCE, "from": "Romashka", "to": "380671234567", "seenAt": AT.isoformat()}


def inbound(said: dict[str, Any]) -> Item:
    return {
        "sender": "380671234567",
        "to": "Romashka",
        "integrationType": "VIBER",
        "receivedAt": "2026-11-22T10:00:00.000+0000",
        "messageId": "6d2a9b3f",
        "pairedMessageId": REFERENCE,
        "message": {**said, "trackingData": REFERENCE},
        "price": {"pricePerMessage": 0, "currency": "EUR"},
    }


def posted(items: Sequence[Item]) -> Received:
    return Received(body=json.dumps({"results": items}).encode())


def signed(received: Received, key: bytes) -> Received:
    digest = hmac.new(key, received.body, hashlib.sha256).hexdigest()
    return replace(received, headers={"X-Hub-Signature": f"sha256={digest}"})


SAMPLE = Sample(
    settings={"infobip_base_url": "https://xyz.api.infobip.example/", "infobip_viber_sender": "Romashka"},
    secrets={"infobip_api_key": b"003026bbc133714df1834b8638bb496e", "infobip_webhook": b"a hook's secret"},
    messages=(
        message(outgoing(), {"text": TEXT}),
        message(
            outgoing(buttons=(OPEN, Button(title="Так", reply="1"))),
            {"text": f"{TEXT}\nВідкрити: https://m.example/t/abc"},
        ),
        message(
            outgoing(buttons=(OPEN, HELP), purpose=Purpose.MARKETING),
            {
                "text": f"{TEXT}\nДопомога: https://m.example/h",
                "button": {"title": "Відкрити", "action": "https://m.example/t/abc"},
            },
            label="PROMOTIONAL",
        ),
        message(
            outgoing(image=IMAGE, buttons=(OPEN, HELP), purpose=Purpose.MARKETING),
            {
                "type": "IMAGE",
                "text": f"{TEXT}\nДопомога: https://m.example/h",
                "mediaUrl": IMAGE,
                "button": OPENS,
            },
            label="PROMOTIONAL",
        ),
        message(
            outgoing(image=IMAGE, cards=CARDS, buttons=(OPEN, HELP), purpose=Purpose.MARKETING),
            {
                "type": "CAROUSEL",
                "text": f"{TEXT}\nДопомога: https://m.example/h",
                "cards": [{"text": each.title, "mediaUrl": each.image, "buttons": [OPENS]} for each in CARDS],
            },
            label="PROMOTIONAL",
        ),
        message(outgoing(image=IMAGE, purpose=Purpose.MARKETING), {"text": TEXT}, label="PROMOTIONAL"),
        message(
            outgoing(cards=CARDS, buttons=(LOOK,), purpose=Purpose.MARKETING),
            {"text": f"{TEXT}\n{NAMED}", "button": {"title": LOOK.title, "action": LOOK.url}},
            label="PROMOTIONAL",
        ),
        message(
            outgoing(image=IMAGE, cards=CARDS, buttons=(OPEN,)),
            {"text": f"{TEXT}\n{NAMED}\nВідкрити: https://m.example/t/abc"},
        ),
        message(outgoing(valid_for=1), {"text": TEXT}, lives=30),
        message(outgoing(valid_for=10**6), {"text": TEXT}, lives=172_800),
    ),
    accepted=answer("PENDING", "PENDING_ACCEPTED"),
    provider_id=REFERENCE,
    outcomes=(
        *(
            Row(answer=answer("REJECTED", name), advice=advice)
            for name, advice in (
                ("REJECTED_NOT_ENOUGH_CREDITS", "alarm"),
                ("REJECTED_PREPAID_PACKAGE_EXPIRED", "alarm"),
                ("REJECTED_SENDER", "alarm"),
                ("REJECTED_SOURCE", "alarm"),
                ("REJECTED_ROUTE_NOT_AVAILABLE", "alarm"),
                ("REJECTED_MESSAGE_TOO_LONG", "alarm"),
                ("REJECTED_DND", "opted_out"),
                ("REJECTED_DESTINATION", "bad_address"),
                ("REJECTED_INVALID_DESTINATION", "bad_address"),
                ("REJECTED_FLOODING_FILTER", "later"),
                ("REJECTED_SYSTEM_ERROR", "later"),
                ("REJECTED_TOMORROW", ""),
            )
        ),
        Row(answer=answer("UNDELIVERABLE", "UNDELIVERABLE_NOT_DELIVERED")),
        Row(answer=answer("REJECTED", "REJECTED_DUPLICATE_MESSAGE_ID"), outcome=Outcome.UNKNOWN),
        Row(answer=answer("ACCEPTED", "MESSAGE_ACCEPTED"), outcome=Outcome.ACCEPTED),
        Row(answer=error(400, "E400"), advice="alarm", reason="parameter_refused E400"),
        Row(answer=error(401, "E401"), advice="alarm", reason="not_authorised E401"),
        Row(
            answer=json_answer(403, {"requestError": {"serviceException": {"messageId": "FORBIDDEN"}}}),
            advice="alarm",
            reason="not_authorised FORBIDDEN",
        ),
        Row(answer=error(404, "E404"), advice="alarm"),
        Row(answer=Answer(status=429), advice="later", reason="provider_busy 429"),
        Row(answer=error(500, "E500"), outcome=Outcome.UNKNOWN),
    ),
    too_long=error(400, "E400"),
    wrap=posted,
    batches=True,
    receipts=(
        Told(item=report("PENDING", "PENDING_ENROUTE"), status=ReceiptStatus.SENT),
        Told(item=report("DELIVERED", "DELIVERED_TO_OPERATOR"), status=ReceiptStatus.SENT),
        Told(item=report("EXPIRED", "EXPIRED_DLR_UNKNOWN"), status=ReceiptStatus.SENT),
        Told(item=report("DELIVERED", "DELIVERED_TO_HANDSET"), status=ReceiptStatus.DELIVERED),
        Told(item=SEEN, status=ReceiptStatus.READ),
        *(
            Told(item=report(group, name, fault), status=ReceiptStatus.FAILED, advice=advice, reason=reason)
            for group, name, fault, reason, advice in (
                ("EXPIRED", "EXPIRED_EXPIRED", "NO_ERROR", "expired EXPIRED_EXPIRED", ""),
                ("UNDELIVERABLE", "UNDELIVERABLE_X", "EC_ABSENT", "undeliverable EC_ABSENT", ""),
                ("UNDELIVERABLE", "UNDELIVERABLE_X", "EC_NOT_VIBER_USER", "not_on_viber", "bad_address"),
                ("UNDELIVERABLE", "UNDELIVERABLE_X", "SRVC_USER_BLOCKED", "opted_out SRVC_", "opted_out"),
                ("REJECTED", "REJECTED_SENDER", "NO_ERROR", "account_restricted REJECTED_SENDER", "alarm"),
            )
        ),
    ),
    unknown_status=report("NEW_GROUP", "NEW_NAME"),
    foreign=report("DELIVERED", "DELIVERED_TO_HANDSET", messageId="MESSAGE-ID-123", callbackData="campaign"),
    replies={
        "text": Heard(item=inbound({"type": "TEXT", "text": "СТОП"}), text="СТОП", answers=REFERENCE),
        "image": Heard(item=inbound({"type": "IMAGE", "url": "https://f.example/1"}), answers=REFERENCE),
        "unsupported": Heard(item=inbound({"type": "HOLOGRAM"}), answers=REFERENCE),
    },
    sign=signed,
)
