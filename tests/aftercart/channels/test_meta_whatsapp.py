import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftercart.channels import meta_whatsapp
from aftercart.channels.meta_whatsapp import MetaWhatsApp
from aftercart.channels.reading import PartlyUnreadable
from aftercart.channels.whatsapp import OUTCOMES
from aftercart.domain.consent import Channel
from aftercart.domain.content import Button, Template
from aftercart.domain.message import Outcome, Receipt, ReceiptStatus
from aftercart.ports import MaybeSent, Refused, Reply, Sent, Unreadable
from tests.aftercart.channels.standins import REFERENCE, AnsweringHttp, KnownSecrets, outgoing

ACCEPTED = (200, b'{"messaging_product":"whatsapp","contacts":[],"messages":[{"id":"wamid.A1"}]}')
SECRETS = KnownSecrets({"meta_token": b"EAAtoken"})
AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
STAMP = str(int(AT.timestamp()))
ADD = Button(title="Додати", reply="add")
SHOW = Button(title="Відкрити", url="https://m.example/t/abc")


def send(http: AnsweringHttp, **what: Any) -> Sent:
    return MetaWhatsApp(http, SECRETS, "https://graph.facebook.com/", "1234567").send(outgoing(**what))


def body_of(**what: Any) -> Any:
    http = AnsweringHttp(ACCEPTED)
    send(http, **what)
    return http.body


def webhook(*values: dict[str, Any], field: str = "messages") -> bytes:
    entries = [{"id": "102290129340398", "changes": [{"field": field, "value": value}]} for value in values]
    return json.dumps({"object": "whatsapp_business_account", "entry": entries}).encode()


def status(name: str = "delivered", **more: Any) -> dict[str, Any]:
    found = {
        "id": "wamid.A1",
        "status": name,
        "timestamp": STAMP,
        "recipient_id": "380671234567",
        "biz_opaque_callback_data": REFERENCE,
    }
    return {**found, **more}


def message(kind: str = "text", **more: Any) -> dict[str, Any]:
    return {"from": "380671234567", "id": "wamid.B2", "timestamp": STAMP, "type": kind, **more}


def contact(**more: str) -> dict[str, Any]:
    return {"profile": {"name": "Олена"}, **more}


def test_one_call_goes_to_the_numbers_messages_with_the_token_and_our_reference() -> None:
    http = AnsweringHttp(ACCEPTED)
    sent = send(http, window_open=True)
    ((method, url, headers, body),) = http.asked
    assert (method, url) == ("POST", "https://graph.facebook.com/v23.0/1234567/messages")
    assert headers["Authorization"] == "Bearer EAAtoken"
    assert (body["to"], body["recipient_type"], body["messaging_product"]) == (
        "380671234567",
        "individual",
        "whatsapp",
    )
    assert body["biz_opaque_callback_data"] == REFERENCE
    assert sent == Sent(outcome=Outcome.ACCEPTED, provider_id="wamid.A1")


def test_someone_without_a_number_is_written_to_by_user_id() -> None:
    body = body_of(to="UA.13491208655302741918", window_open=True)
    assert body["recipient"] == "UA.13491208655302741918"
    assert "to" not in body


def test_outside_the_24_hours_the_template_goes_with_its_parameters_and_button_payloads() -> None:
    template = Template(
        name="order_offer_v2",
        language="uk",
        category="marketing",
        parameters=("Олено", "№1001"),
        button_parameters=("abc",),
    )
    assert body_of(template=template, buttons=(ADD, SHOW))["template"] == {
        "name": "order_offer_v2",
        "language": {"code": "uk"},
        "components": [
            {
                "type": "body",
                "parameters": [{"type": "text", "text": "Олено"}, {"type": "text", "text": "№1001"}],
            },
            {
                "type": "button",
                "sub_type": "quick_reply",
                "index": "0",
                "parameters": [{"type": "payload", "payload": "add"}],
            },
            {
                "type": "button",
                "sub_type": "url",
                "index": "1",
                "parameters": [{"type": "text", "text": "abc"}],
            },
        ],
    }


def test_a_template_without_parameters_has_no_components() -> None:
    template = Template(name="thanks", language="uk", category="utility")
    assert body_of(template=template)["template"] == {"name": "thanks", "language": {"code": "uk"}}


def test_inside_the_24_hours_the_text_goes_free_form() -> None:
    body = body_of(template=Template(name="t", language="uk", category="utility"), window_open=True)
    assert (body["type"], body["text"]["body"]) == ("text", "Олено, замовлення №1001 прийнято.")


def test_reply_buttons_are_pressed_and_the_link_beside_them_is_read() -> None:
    body = body_of(buttons=(ADD, SHOW), window_open=True)
    assert body["interactive"] == {
        "type": "button",
        "body": {"text": "Олено, замовлення №1001 прийнято.\nВідкрити: https://m.example/t/abc"},
        "action": {"buttons": [{"type": "reply", "reply": {"id": "add", "title": "Додати"}}]},
    }


def test_no_more_than_three_reply_buttons_are_sent() -> None:
    buttons = tuple(Button(title=str(n), reply=str(n)) for n in range(1, 6))
    sent = body_of(buttons=buttons, window_open=True)["interactive"]["action"]["buttons"]
    assert [each["reply"]["id"] for each in sent] == ["1", "2", "3"]


def test_a_single_link_is_a_button_of_its_own() -> None:
    assert body_of(buttons=(SHOW,), window_open=True)["interactive"] == {
        "type": "cta_url",
        "body": {"text": "Олено, замовлення №1001 прийнято."},
        "action": {
            "name": "cta_url",
            "parameters": {"display_text": "Відкрити", "url": "https://m.example/t/abc"},
        },
    }


@pytest.mark.parametrize("buttons", ((ADD,), (SHOW,)))
def test_a_text_too_long_for_buttons_goes_as_text(buttons: tuple[Button, ...]) -> None:
    body = body_of(text="а" * 1100, buttons=buttons, window_open=True)
    assert body["type"] == "text"
    assert all(button.url in body["text"]["body"] for button in buttons)


@pytest.mark.parametrize(
    ("status_code", "code", "outcome", "advice"),
    (
        (400, 131049, Outcome.REJECTED, "plain"),
        (400, 131050, Outcome.REJECTED, "plain"),
        (400, 130472, Outcome.REJECTED, "plain"),
        (400, 131047, Outcome.REJECTED, ""),
        (400, 131026, Outcome.REJECTED, "bad_address"),
        (401, 190, Outcome.REJECTED, "alarm"),
        (500, 3, Outcome.REJECTED, "alarm"),
        (403, 299, Outcome.REJECTED, "alarm"),
        (404, 132001, Outcome.REJECTED, "alarm"),
        (400, 132015, Outcome.REJECTED, "alarm"),
        (400, 132068, Outcome.REJECTED, "alarm"),
        (429, 130429, Outcome.REJECTED, "later"),
        (400, 131056, Outcome.REJECTED, "later"),
        (500, 131000, Outcome.UNKNOWN, ""),
        (400, 131016, Outcome.UNKNOWN, ""),
        (503, 2, Outcome.UNKNOWN, ""),
        (400, 999999, Outcome.REJECTED, ""),
        (502, 999999, Outcome.UNKNOWN, ""),
    ),
)
def test_an_error_code_says_whether_it_was_sent_and_what_to_do(
    status_code: int, code: int, outcome: Outcome, advice: str
) -> None:
    answer = json.dumps({"error": {"message": "(#1) x", "type": "OAuthException", "code": code}}).encode()
    sent = send(AnsweringHttp((status_code, answer)))
    assert (sent.outcome, sent.advice) == (outcome, advice)
    assert sent.reason.endswith(str(code))


def test_every_code_that_asks_for_a_person_is_an_alarm() -> None:
    assert {code for code, row in OUTCOMES.items() if row.advice == "alarm"} >= {
        0, 3, 10, 190, 368, 131005, 131008, 131009, 131030, 131031, 131037, 131042, 131045, 131048, 131063,
        131064, 130497, *range(200, 300), *range(132000, 132017),
    }  # fmt: skip


@pytest.mark.parametrize("status_code", (500, 502, 504))
@pytest.mark.parametrize(
    "answer", (b"", b"<html>Bad gateway</html>", b'{"error":[]}', b'{"error":{"code":"x"}}')
)
def test_a_fault_of_the_server_leaves_the_outcome_unknown(status_code: int, answer: bytes) -> None:
    assert send(AnsweringHttp((status_code, answer))).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(("status_code", "advice"), ((400, ""), (401, "alarm"), (429, "later"), (302, "")))
def test_a_refusal_without_a_code_was_not_sent(status_code: int, advice: str) -> None:
    sent = send(AnsweringHttp((status_code, b"no")))
    assert (sent.outcome, sent.advice) == (Outcome.REJECTED, advice)


def test_a_success_that_cannot_be_read_is_accepted_all_the_same() -> None:
    assert send(AnsweringHttp((200, b"?"))) == Sent(outcome=Outcome.ACCEPTED)


@pytest.mark.parametrize(
    ("error", "outcome"), ((Refused("x"), Outcome.REJECTED), (MaybeSent("x"), Outcome.UNKNOWN))
)
def test_no_answer_is_rejected_only_where_no_byte_left(error: Exception, outcome: Outcome) -> None:
    assert send(AnsweringHttp(error)).outcome is outcome


def test_without_a_token_nothing_is_sent_and_somebody_is_called() -> None:
    http = AnsweringHttp(ACCEPTED)
    sent = MetaWhatsApp(http, KnownSecrets({}), "https://graph.facebook.com", "1").send(outgoing())
    assert (sent.outcome, sent.advice, http.asked) == (Outcome.REJECTED, "alarm", [])


@pytest.mark.parametrize(
    ("name", "expected"),
    (
        ("sent", ReceiptStatus.SENT),
        ("delivered", ReceiptStatus.DELIVERED),
        ("read", ReceiptStatus.READ),
        ("played", ReceiptStatus.READ),
    ),
)
def test_a_status_is_a_receipt_of_the_attempt_that_it_names(name: str, expected: ReceiptStatus) -> None:
    receipt = Receipt(reference=REFERENCE, status=expected, at=AT)
    assert meta_whatsapp.read(webhook({"statuses": [status(name)]})) == [receipt]


def test_a_receipt_tells_what_the_message_was_charged_as() -> None:
    priced = status("delivered", pricing={"billable": True, "pricing_model": "PMP", "category": "utility"})
    (receipt,) = meta_whatsapp.read(webhook({"statuses": [priced]}))
    assert isinstance(receipt, Receipt)
    assert receipt.category == "utility"


@pytest.mark.parametrize(
    ("code", "reason", "advice"),
    (
        (131049, "barred_as_marketing 131049", "plain"),
        (131026, "not_on_whatsapp 131026", "bad_address"),
        (424242, "failed 424242", ""),
    ),
)
def test_a_failed_receipt_carries_its_reason_and_advice(code: int, reason: str, advice: str) -> None:
    (receipt,) = meta_whatsapp.read(webhook({"statuses": [status("failed", errors=[{"code": code}])]}))
    assert receipt == Receipt(
        reference=REFERENCE, status=ReceiptStatus.FAILED, at=AT, reason=reason, advice=advice
    )


def test_errors_beside_the_statuses_are_found_too() -> None:
    (receipt,) = meta_whatsapp.read(webhook({"statuses": [status("failed")], "errors": [{"code": 131026}]}))
    assert isinstance(receipt, Receipt)
    assert receipt.advice == "bad_address"


@pytest.mark.parametrize(
    "foreign",
    (
        status("warned"),
        status(biz_opaque_callback_data="campaign-7"),
        {"id": "wamid.Z", "status": "delivered", "timestamp": STAMP},
    ),
)
def test_what_is_new_to_us_or_not_ours_is_left_out(foreign: dict[str, Any]) -> None:
    assert meta_whatsapp.read(webhook({"statuses": [foreign]})) == []


def test_batches_of_entries_changes_and_items_are_read_in_order() -> None:
    body = webhook(
        {"statuses": [status("sent"), status("delivered")]},
        {"messages": [message(text={"body": "СТОП"})]},
    )
    events = meta_whatsapp.read(body)
    assert [type(event) for event in events] == [Receipt, Receipt, Reply]


def test_a_text_is_a_reply_from_an_e164_number() -> None:
    (reply,) = meta_whatsapp.read(
        webhook({"contacts": [contact(wa_id="380671234567")], "messages": [message(text={"body": "Дякую"})]})
    )
    assert reply == Reply(
        id="wamid.B2", channel=Channel.WHATSAPP, sender="+380671234567", text="Дякую", at=AT
    )


@pytest.mark.parametrize(
    ("pressed", "text", "button"),
    (
        (message("button", button={"text": "Додати", "payload": "add"}), "Додати", "add"),
        (
            message(
                "interactive", interactive={"type": "button_reply", "button_reply": {"id": "4", "title": "4"}}
            ),
            "4",
            "4",
        ),
        (
            message(
                "interactive",
                interactive={"type": "list_reply", "list_reply": {"id": "help", "title": "Допомога"}},
            ),
            "Допомога",
            "help",
        ),
        (message("interactive", interactive={"type": "nfm_reply", "nfm_reply": {"name": "flow"}}), "", ""),
    ),
)
def test_a_pressed_button_gives_its_id_and_its_words(pressed: dict[str, Any], text: str, button: str) -> None:
    pressed["context"] = {"from": "15550783881", "id": "wamid.A1"}
    (reply,) = meta_whatsapp.read(webhook({"messages": [pressed]}))
    assert isinstance(reply, Reply)
    assert (reply.text, reply.button, reply.answers) == (text, button, "wamid.A1")


@pytest.mark.parametrize(
    ("said", "text"),
    (
        (message("image", image={"id": "1", "caption": "стоп"}), "стоп"),
        (message("audio", audio={"id": "1"}), ""),
        (message("unsupported", errors=[{"code": 131051}]), ""),
        (message("hologram"), ""),
    ),
)
def test_other_kinds_of_message_are_replies_with_what_text_they_have(said: dict[str, Any], text: str) -> None:
    (reply,) = meta_whatsapp.read(webhook({"messages": [said]}))
    assert isinstance(reply, Reply)
    assert reply.text == text


@pytest.mark.parametrize("kind", ("system", "reaction", "request_welcome"))
def test_what_says_nothing_to_us_is_no_reply(kind: str) -> None:
    assert meta_whatsapp.read(webhook({"messages": [message(kind)]})) == []


def test_someone_who_hides_the_number_is_known_by_user_id() -> None:
    hidden = {key: value for key, value in message(text={"body": "1"}).items() if key != "from"}
    (reply,) = meta_whatsapp.read(
        webhook({"contacts": [contact(user_id="UA.13491208655302741918")], "messages": [hidden]})
    )
    assert isinstance(reply, Reply)
    assert reply.sender == "UA.13491208655302741918"


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


def test_news_about_templates_and_accounts_is_left_out() -> None:
    news = {"event": "REJECTED", "message_template_name": "order_v1"}
    assert meta_whatsapp.read(webhook(news, field="message_template_status_update")) == []


@pytest.mark.parametrize(
    "body",
    (
        b"",
        b"[]",
        b'{"object":"page","entry":[]}',
        b'{"object":"whatsapp_business_account"}',
        b"\xff",
        b"[" * 9999,
    ),
)
def test_a_body_of_another_shape_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        meta_whatsapp.read(body)


@pytest.mark.parametrize(
    "strange",
    (message(id=""), message(**{"from": ""}), message(timestamp="yesterday"), message(timestamp="9" * 30)),
)
def test_one_strange_message_does_not_cost_the_stop_beside_it(strange: dict[str, Any]) -> None:
    with pytest.raises(PartlyUnreadable) as fault:
        meta_whatsapp.read(webhook({"messages": [strange, message(text={"body": "СТОП"})]}))
    (reply,) = fault.value.events
    assert isinstance(reply, Reply)
    assert reply.text == "СТОП"
    assert "380671234567" not in str(fault.value)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


ITEM_FIELDS = ("id", "from", "timestamp", "text", "interactive", "button", "status", "errors", "context")
KINDS = st.sampled_from(["text", "button", "interactive", "image"])
ITEMS = st.lists(
    st.fixed_dictionaries({"type": KINDS | JSON_VALUES}, optional=dict.fromkeys(ITEM_FIELDS, JSON_VALUES)),
    max_size=2,
)
BATCHES = ("messages", "statuses", "contacts", "user_preferences", "errors")


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(BATCHES, ITEMS | JSON_VALUES)))
def test_any_value_is_read_or_unreadable_and_never_anything_else(value: dict[str, Any]) -> None:
    try:
        events = meta_whatsapp.read(webhook(value))
    except Unreadable:
        return
    assert all(isinstance(event, Receipt | Reply) for event in events)


def signature(body: bytes, secret: bytes) -> str:
    return "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()


def test_a_body_signed_with_a_live_secret_is_authentic_whatever_the_headers_case() -> None:
    headers = {"x-hub-SIGNATURE-256": signature(b"{}", b"previous")}
    assert meta_whatsapp.verify(headers, b"{}", (b"current", b"previous"))


def test_the_signature_is_the_hex_of_hmac_sha256() -> None:
    value = "sha256=09eceea024af6e6343b760cc9bd3ae7c056938dd636e24e92109eb8219500384"
    body = b'{"object":"whatsapp_business_account","entry":[]}'
    assert meta_whatsapp.verify({"X-Hub-Signature-256": value}, body, (b"appsecret",))


@pytest.mark.parametrize(
    "received",
    ("", "sha256=", "sha256=zz", "sha1=0", "підпис", "sha256=" + "0" * 64, "\udcff", "sha256=" + "é" * 64),
)
def test_any_other_header_is_not(received: str) -> None:
    assert not meta_whatsapp.verify({"X-Hub-Signature-256": received}, b"{}", (b"current",))


def test_a_changed_byte_a_missing_header_or_an_empty_secret_is_not_authentic() -> None:
    good = {"X-Hub-Signature-256": signature(b"{}", b"current")}
    assert not meta_whatsapp.verify(good, b"{ }", (b"current",))
    assert not meta_whatsapp.verify({}, b"{}", (b"current",))
    assert not meta_whatsapp.verify({"X-Hub-Signature-256": signature(b"{}", b"")}, b"{}", (b"",))


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
