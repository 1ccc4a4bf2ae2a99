"""What WhatsApp has beyond what the kit asks of every provider."""

import json
from typing import Any

import pytest

from aftercart.channels import meta_whatsapp
from aftercart.channels.reading import PartlyUnreadable
from aftercart.domain.content import Button, Card
from aftercart.domain.message import Outcome, Receipt
from aftercart.ports import Reply, Sent, Unreadable
from tests.aftercart.channels.kit import held
from tests.aftercart.channels.sample import AT
from tests.aftercart.channels.samples.meta_whatsapp import ADD, SHOW, STAMP, TEXT, USER_ID, said, status
from tests.aftercart.channels.standins import CARDS, IMAGE, outgoing
from tests.aftercart.channels.wire import Answer, Wire

OTHER = Button(title="Інше", url="https://m.example/t/x")


def body_of(**what: Any) -> Any:
    meta = held("whatsapp/meta")
    wire = Wire(meta.sample.accepted)
    meta.sender(wire).send(outgoing(window_open=True, **what))
    return wire.asked[0].said


def webhook(*values: dict[str, Any], field: str = "messages") -> bytes:
    entries = [{"id": "102290129340398", "changes": [{"field": field, "value": value}]} for value in values]
    return json.dumps({"object": "whatsapp_business_account", "entry": entries}).encode()


def message(kind: str = "text", **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = said(kind, **more)["messages"]
    return found


def contact(**more: str) -> dict[str, Any]:
    return {"profile": {"name": "Олена"}, **more}


def test_no_more_than_three_reply_buttons_are_sent() -> None:
    buttons = tuple(Button(title=str(n), reply=str(n)) for n in range(1, 6))
    sent = body_of(buttons=buttons)["interactive"]["action"]["buttons"]
    assert [each["reply"]["id"] for each in sent] == ["1", "2", "3"]


@pytest.mark.parametrize("buttons", ((ADD,), (SHOW,)))
def test_a_text_too_long_for_buttons_goes_as_text(buttons: tuple[Button, ...]) -> None:
    body = body_of(text="а" * 1100, buttons=buttons)
    assert body["type"] == "text"
    assert all(button.url in body["text"]["body"] for button in buttons)


MANY = tuple(Card(title=f"Чохол {n}", image=IMAGE) for n in range(11))
LONG = Card(title="а" * 161, image=IMAGE)


@pytest.mark.parametrize("cards", (CARDS, MANY[:10], (*CARDS, Card(title="а" * 160, image=IMAGE))))
def test_cards_stand_side_by_side_with_the_first_link_below_each(cards: tuple[Card, ...]) -> None:
    sent = body_of(cards=cards, buttons=(SHOW, OTHER))["interactive"]
    assert (sent["type"], sent["body"]["text"]) == ("carousel", f"{TEXT}\nІнше: https://m.example/t/x")
    assert [(each["card_index"], each["body"]["text"]) for each in sent["action"]["cards"]] == [
        (index, card.title) for index, card in enumerate(cards)
    ]
    assert {each["action"]["parameters"]["url"] for each in sent["action"]["cards"]} == {SHOW.url}


@pytest.mark.parametrize(
    "what",
    (
        {"cards": CARDS[:1], "buttons": (SHOW,)},
        {"cards": MANY, "buttons": (SHOW,)},
        {"cards": (*CARDS, LONG), "buttons": (SHOW,)},
        {"cards": CARDS},
        {"cards": CARDS, "buttons": (ADD,)},
        {"cards": CARDS, "buttons": (SHOW, ADD)},
        {"cards": CARDS, "buttons": (SHOW, OTHER), "text": "а" * 1020},
    ),
)
def test_what_makes_no_carousel_loses_neither_an_answer_nor_a_link(what: dict[str, Any]) -> None:
    sent = json.dumps(body_of(**what), ensure_ascii=False)
    assert '"carousel"' not in sent
    assert what.get("text", TEXT) in sent
    assert all((each.url or f'"id": "{each.reply}"') in sent for each in what.get("buttons", ()))


def test_titles_of_a_template_are_cut_to_what_a_button_outside_templates_holds() -> None:
    long = "Подивитися замовлення там"
    for what in ({"reply": "1"}, {"url": SHOW.url}):
        action = body_of(buttons=(Button(title=long, **what),))["interactive"]["action"]
        assert f'"{long[:20]}"' in json.dumps(action, ensure_ascii=False)


def test_a_success_that_cannot_be_read_is_accepted_all_the_same() -> None:
    sent = held("whatsapp/meta").sender(Wire(Answer(status=200, body=b"?"))).send(outgoing())
    assert sent == Sent(outcome=Outcome.ACCEPTED)


def test_a_receipt_tells_what_the_message_was_charged_as() -> None:
    priced = status("delivered", pricing={"billable": True, "pricing_model": "PMP", "category": "utility"})
    (receipt,) = held("whatsapp/meta").read([priced])
    assert isinstance(receipt, Receipt)
    assert receipt.category == "utility"


def test_errors_beside_the_statuses_are_found_too() -> None:
    value = {"statuses": [status("failed")["statuses"]], "errors": [{"code": 131026}]}
    (receipt,) = meta_whatsapp.read(webhook(value))
    assert isinstance(receipt, Receipt)
    assert receipt.advice == "bad_address"


def test_batches_of_entries_changes_and_items_are_read_in_order() -> None:
    statuses = [status("sent")["statuses"], status("delivered")["statuses"]]
    events = meta_whatsapp.read(webhook({"statuses": statuses}, {"messages": [message()]}))
    assert [type(event) for event in events] == [Receipt, Receipt, Reply]


@pytest.mark.parametrize("kind", ("system", "reaction", "request_welcome"))
def test_what_says_nothing_to_us_is_no_reply(kind: str) -> None:
    assert meta_whatsapp.read(webhook({"messages": [message(kind)]})) == []


def test_the_user_id_of_someone_who_hides_the_number_may_stand_with_the_contact() -> None:
    hidden = {key: value for key, value in message().items() if key != "from"}
    (reply,) = meta_whatsapp.read(webhook({"contacts": [contact(user_id=USER_ID)], "messages": [hidden]}))
    assert isinstance(reply, Reply)
    assert reply.sender == USER_ID


@pytest.mark.parametrize(("value", "stopped"), (("stop", True), ("resume", False)))
def test_whatsapps_own_switch_stops_or_resumes_marketing(value: str, stopped: bool) -> None:
    preference = {
        "wa_id": "380671234567",
        "category": "marketing_messages",
        "value": value,
        "timestamp": int(STAMP),
    }
    body = webhook(
        {"contacts": [contact(user_id="UA.1")], "user_preferences": [preference]}, field="user_preferences"
    )
    (reply,) = meta_whatsapp.read(body)
    assert isinstance(reply, Reply)
    assert (reply.sender, reply.stop_marketing, reply.at) == ("+380671234567", stopped, AT)
    assert "380671234567" not in reply.id
    assert meta_whatsapp.read(body) == [reply]


def test_a_preference_that_is_neither_is_left_out() -> None:
    preference = {"wa_id": "1", "category": "marketing_messages", "value": "signup", "timestamp": 1}
    assert meta_whatsapp.read(webhook({"user_preferences": [preference]}, field="user_preferences")) == []


def test_news_about_accounts_is_left_out() -> None:
    news = {"event": "VERIFIED_ACCOUNT", "phone_number": "16505551111"}
    assert meta_whatsapp.read(webhook(news, field="account_update")) == []


@pytest.mark.parametrize("body", (b'{"object":"page","entry":[]}', b'{"object":"whatsapp_business_account"}'))
def test_what_is_not_whatsapps_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        meta_whatsapp.read(body)


@pytest.mark.parametrize(
    "strange",
    (message(id=""), message(**{"from": ""}), message(timestamp="yesterday"), message(timestamp="9" * 30)),
)
def test_a_message_that_cannot_be_told_from_another_is_parked(strange: dict[str, Any]) -> None:
    with pytest.raises(PartlyUnreadable):
        meta_whatsapp.read(webhook({"messages": [strange]}))


QUERY = {"hub.mode": "subscribe", "hub.verify_token": "mine", "hub.challenge": "1158201444"}


def test_meta_gets_its_challenge_back_for_our_verify_token() -> None:
    assert meta_whatsapp.challenge(QUERY, (b"other", b"mine")) == "1158201444"


@pytest.mark.parametrize(
    "query",
    (
        {},
        {**QUERY, "hub.verify_token": "theirs"},
        {**QUERY, "hub.mode": "unsubscribe"},
        {**QUERY, "hub.verify_token": ""},
    ),
)
def test_anyone_else_gets_nothing(query: dict[str, str]) -> None:
    assert meta_whatsapp.challenge(query, (b"mine", b"")) is None
