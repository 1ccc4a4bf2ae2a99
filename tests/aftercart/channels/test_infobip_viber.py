"""What Infobip has beyond what the kit asks of every provider."""

import base64
from typing import Any

import pytest

from aftercart.channels import infobip_viber
from aftercart.channels.reading import PartlyUnreadable
from aftercart.domain.consent import Purpose
from aftercart.domain.content import Card
from aftercart.domain.message import Outcome, Receipt, ReceiptStatus
from aftercart.ports import Reply, Sent, Unreadable
from tests.aftercart.channels.kit import held
from tests.aftercart.channels.samples.infobip_viber import OPEN, inbound, posted, report, signed
from tests.aftercart.channels.standins import CARDS, IMAGE, REFERENCE, outgoing
from tests.aftercart.channels.wire import Answer, Wire

VIBER = held("viber/infobip")
SHORT = Card(title="N", image=IMAGE)  # a character too few


def heard(**more: Any) -> Any:
    return {**inbound({"type": "TEXT", "text": "1"}), **more}


def test_a_link_that_the_text_names_is_not_said_twice() -> None:
    text, wire = "Деталі: https://m.example/t/abc", Wire(VIBER.sample.accepted)
    VIBER.sender(wire).send(outgoing(text, buttons=(OPEN,)))
    assert wire.asked[0].said["messages"][0]["content"]["text"] == text


def sent(*cards: Card) -> Any:
    wire = Wire(VIBER.sample.accepted)
    VIBER.sender(wire).send(outgoing(cards=cards, buttons=(OPEN,), purpose=Purpose.MARKETING))
    return wire.asked[0].said["messages"][0]["content"]


@pytest.mark.parametrize(
    ("title", "shown"),
    (("а" * 38, "а" * 38), ("а" * 39, f"{'а' * 37}…"), (f"{'а' * 36} б в", f"{'а' * 36}…")),
)
def test_a_cards_title_is_cut_to_what_viber_takes(title: str, shown: str) -> None:
    assert sent(Card(title=title, image=IMAGE), *CARDS)["cards"][0]["text"] == shown


@pytest.mark.parametrize(
    "cards", (CARDS[:1], (*CARDS, *(Card(title=f"№ {n}", image=IMAGE) for n in range(4))), (*CARDS, SHORT))
)
def test_what_viber_takes_as_no_carousel_is_named_below_the_text(cards: tuple[Card, ...]) -> None:
    content = sent(*cards)
    assert (content["type"], content["text"].splitlines()[1:]) == (
        "TEXT",
        [f"- {each.title}" for each in cards],
    )


@pytest.mark.parametrize("body", (b"", b"?", b'{"messages":[]}', b'{"messages":[1]}'))
def test_a_success_that_cannot_be_read_is_accepted_all_the_same(body: bytes) -> None:
    sent = VIBER.sender(Wire(Answer(status=200, body=body))).send(outgoing())
    assert sent == Sent(outcome=Outcome.ACCEPTED)


def test_the_groups_number_will_do_and_so_will_our_message_id() -> None:
    (receipt,) = VIBER.read([report("", "", callbackData="", status={"groupId": 3})])
    assert isinstance(receipt, Receipt)
    assert receipt.status is ReceiptStatus.DELIVERED


@pytest.mark.parametrize(
    "foreign", ({"messageId": "MESSAGE-ID-123-xyz", "seenAt": "2026-11-22T10:00:00Z"}, {"event": "CLICK"})
)
def test_what_is_not_ours_is_left_out(foreign: dict[str, Any]) -> None:
    assert VIBER.read([foreign]) == []


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
        ({"sender": None, "from": "380671234567"}, "1", REFERENCE),
    ),
)
def test_holes_in_an_inbound_message_are_forgiven(more: dict[str, Any], text: str, answers: str) -> None:
    (reply,) = VIBER.read([heard(**more)])
    assert isinstance(reply, Reply)
    assert (reply.text, reply.answers, reply.sender) == (text, answers, "+380671234567")


@pytest.mark.parametrize("strange", (heard(messageId=None), heard(sender=""), heard(receivedAt="soon")))
def test_a_message_that_cannot_be_told_from_another_is_parked(strange: dict[str, Any]) -> None:
    with pytest.raises(PartlyUnreadable):
        VIBER.read([strange])


@pytest.mark.parametrize("body", (b"{}", b'{"results":{}}'))
def test_a_body_without_results_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        infobip_viber.read(body)


def basic(pair: bytes) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(pair).decode()}


@pytest.mark.parametrize("headers", (basic(b"infobip:previous"), basic(b":current")))
def test_the_password_of_a_live_secret_is_authentic_too(headers: dict[str, str]) -> None:
    assert infobip_viber.verify(headers, b"{}", (b"current", b"previous"))


@pytest.mark.parametrize(
    "headers",
    (
        basic(b"infobip:wrong"),
        basic(b"infobip:"),
        basic(b"current"),
        basic(b"infobip:\xff"),
        {"Authorization": "Basic *"},
        {"Authorization": "Basic"},
        {"Authorization": "Bearer current"},
        {"Authorization": "Basic пароль"},
        {**signed(posted([]), b"wrong").headers, **basic(b"infobip:current")},
    ),
)
def test_another_password_or_one_beside_a_wrong_signature_is_not(headers: dict[str, str]) -> None:
    assert not infobip_viber.verify(headers, posted([]).body, (b"current", b""))
