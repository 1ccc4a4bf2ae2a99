"""The control API in process: what an outside tool may ask of a sandbox, and do to it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from aftercart.domain.consent import Channel
from sandbox import shop
from sandbox.commands.demo import DARYNA, OLENA, TARAS
from sandbox.player import Player
from sandbox.sandbox import Sandbox
from sandbox.sign_events import EVENTS, body_of, signed, target_of

Json = Any
NOON = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)  # a Monday, 12:00 in Kyiv
CHANNELS = ("whatsapp", "viber", "sms")


class Control(Player):
    """The control API with bodies as Python values."""

    def get(self, target: str) -> Json:
        status, found = self.call("GET", target)
        assert status == 200, found
        return found

    def do(self, path: str, **body: Json) -> Json:
        status, found = self.call("POST", path, json.dumps(body).encode())
        assert status == 200, found
        return found

    def wrong(self, path: str, body: Json = None, method: str = "POST") -> str:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        status, found = self.call(method, path, b"" if method == "GET" else raw)
        assert status == 400
        return str(found["error"])

    def customer(self, name: str = "Олена") -> str:
        found = [each["id"] for each in self.get("/sandbox/state")["customers"] if each["name"] == name]
        return str(found[0])

    def messages(self, step: str = "") -> list[Json]:
        return [each for each in self.get("/sandbox/messages") if step in ("", each["step"])]


@pytest.fixture(params=["aws", "memory"])
def either(request: pytest.FixtureRequest) -> Iterator[Control]:
    with Sandbox(NOON, memory=request.param == "memory").open() as sandbox:
        yield Control(sandbox)


@pytest.fixture
def control() -> Iterator[Control]:
    with Sandbox(NOON, memory=True).open() as sandbox:
        yield Control(sandbox)


@pytest.fixture
def aws() -> Iterator[Control]:
    with Sandbox(NOON).open() as sandbox:
        yield Control(sandbox)


def test_what_can_be_posted_is_told_with_the_secret_that_signs_it(control: Control) -> None:
    found = control.get("/sandbox/webhooks")
    keys = {"provider", "topics", "method", "path", "scheme", "headers", "secret"}
    assert all(keys <= each.keys() for each in found)
    paths = {each["path"] for each in found}
    meta = {"/meta/whatsapp", "/meta/messenger", "/meta/instagram"}
    providers = {*meta, "/infobip/viber", "/twilio/sms", "/web/push"}
    assert paths == {"/shopify/orders", "/shopify/fulfillments"} | providers
    (orders,) = [each for each in found if "orders/create" in each["topics"]]
    body = shop.order(OLENA, 1001, NOON, [control.sandbox.catalogue.by_sku["ZIRVO-A1"]])
    raw = json.dumps(body).encode()
    filled = {"{signature}": shop.signature(raw, orders["secret"]), "{topic}": "orders/create"}
    headers = {name: filled.get(value, value) for name, value in orders["headers"].items()}
    assert control.sandbox.request(orders["method"], orders["path"], headers, raw).status == 200
    assert control.messages("confirm")


def test_an_order_makes_a_customer_who_can_be_seen(either: Control) -> None:
    assert either.get("/sandbox/state")["customers"] == []
    either.orders(OLENA, 1001, ["ZIRVO-A1"])
    state = either.get("/sandbox/state")
    (olena,) = state["customers"]
    assert state["now"] == "2026-11-23T10:00:00Z"
    assert state["seed"] == 1
    others = ("email", "push", "messenger", "instagram")
    assert state["channels"] == dict.fromkeys((*CHANNELS, *others), "ok")
    assert (olena["name"], olena["language"], olena["zone"]) == ("Олена", "uk", "Europe/Kyiv")
    assert olena["addresses"] == {**dict.fromkeys(CHANNELS, OLENA.phone), "email": OLENA.email}
    assert olena["consents"]["viber"] == {"transactional": True, "marketing": True}
    assert olena["stage"] == "ordered"


def test_a_message_is_shown_with_all_that_belongs_to_it(either: Control) -> None:
    order = either.orders(OLENA, 1001, ["ZIRVO-A1"])
    (message,) = either.get(f"/sandbox/messages?customer={either.customer()}")
    assert message["customer"] == either.customer()
    assert (message["channel"], message["provider"], message["receipt"]) == ("whatsapp", "meta", "delivered")
    assert (message["journey"], message["step"]) == ("order_confirmation", "confirm")
    assert (message["purpose"], message["order"]) == ("transactional", str(order["id"]))
    assert message["at"] == "2026-11-23T10:00:00Z"
    assert "#1001" in message["text"]
    assert message["offer"] == "CASE-A1"
    assert {"title": "Додати до посилки", "reply": "offer:yes"} in message["buttons"]
    assert message["links"][0].startswith("https://kram.example/m/")


def test_silence_and_rejection_lead_to_exactly_one_sms(either: Control) -> None:
    either.do("/sandbox/channels/whatsapp", mode="silent")
    either.do("/sandbox/channels/viber", mode="reject")
    either.orders(OLENA, 1001, ["ZIRVO-A1"])
    assert either.messages() == []
    moved = either.do("/sandbox/clock", advance="PT16M")
    assert moved == {"now": "2026-11-23T10:16:00Z", "fired": 0, "sent": 1}
    (message,) = either.messages()
    assert (message["channel"], message["at"]) == ("sms", "2026-11-23T10:15:00Z")
    assert len(message["text"]) <= 134  # two parts in Cyrillic
    tried = either.get(f"/sandbox/attempts?message={message['id']}")
    assert [(each["channel"], each["outcome"], each["receipt"]) for each in tried] == [
        ("whatsapp", "accepted", None),
        ("viber", "accepted", "failed"),
        ("sms", "accepted", "delivered"),
    ]
    assert [each["ordinal"] for each in tried] == [1, 2, 3]
    assert tried[0]["reason"] == "no_receipt"
    assert all(each["calls"] == 1 for each in tried)


def test_a_channel_that_is_down_is_passed_at_once_and_mends_after_n_calls(either: Control) -> None:
    either.do("/sandbox/channels/whatsapp", mode="down", next=1)
    either.orders(OLENA, 1001, ["ZIRVO-A1"])
    either.orders(TARAS, 1002, ["ZIRVO-A1"])
    assert [each["channel"] for each in either.messages("confirm")] == ["viber", "whatsapp"]
    first = either.get("/sandbox/attempts")[0]
    assert (first["outcome"], first["calls"]) == ("rejected", 1)


@pytest.mark.parametrize("press", (True, "accept"))
def test_the_offer_is_taken_once_however_often_she_presses(either: Control, press: Json) -> None:
    either.do("/sandbox/channels/whatsapp", mode="down")
    either.orders(OLENA, 1001, ["ZIRVO-A1"])
    link = either.messages()[0]["links"][0]
    page = either.do("/sandbox/open", link=link)
    assert page["status"] == 200
    assert [each["action"] for each in page["buttons"]] == ["accept", "stop"]
    assert either.messages()[0]["answer"] is None  # a page that was only opened has done nothing
    for _ in range(3):
        done = either.do("/sandbox/open", link=link, press=press)
        assert done["pressed"]["status"] == 200
        either.wait(minutes=1)
    answer = either.messages()[0]["answer"]
    assert answer == {"kind": "accepted", "value": "", "at": "2026-11-23T10:00:00Z", "via": "page"}
    consents = either.get("/sandbox/state")["customers"][0]["consents"]
    assert consents["sms"]["marketing"] is True


def test_where_she_wants_to_hear_from_us_the_next_message_goes_and_the_decision_says_so(
    either: Control,
) -> None:
    either.orders(OLENA, 1001, ["ZIRVO-A1"])
    link = either.messages()[0]["links"][0]
    done = either.do("/sandbox/open", link=link, press={"channel": "viber"})
    assert '<option value="viber" selected>' in done["pressed"]["html"]
    either.orders(OLENA, 1002, ["ZIRVO-X2"])
    assert [each["channel"] for each in either.messages("confirm")] == ["whatsapp", "viber"]
    routes = [each["facts"]["route"] for each in either.get("/sandbox/decisions")]
    usual = "whatsapp: order, viber: order, sms: order"
    assert routes == [usual, "viber: chosen, whatsapp: order, sms: order"]


def test_where_she_answered_the_next_message_goes(either: Control) -> None:
    either.do("/sandbox/channels/whatsapp", mode="reject")
    either.orders(OLENA, 1001, ["ZIRVO-A1"])
    either.do("/sandbox/reply", customer=either.customer(), channel="viber", text="1")
    either.do("/sandbox/channels/whatsapp", mode="ok")
    either.orders(OLENA, 1002, ["ZIRVO-X2"])
    assert either.messages("confirm")[-1]["channel"] == "viber"
    told = [each for each in either.get("/sandbox/decisions") if each["step"] == "confirm"]
    assert told[-1]["facts"]["route"] == "viber: answered_before, whatsapp: order, sms: order"


def test_a_link_that_leads_elsewhere_is_not_opened(control: Control) -> None:
    assert "begins with https://kram.example/m/" in control.wrong(
        "/sandbox/open", {"link": "https://elsewhere.example/m/x"}
    )


def test_she_answers_one_and_is_answered(either: Control) -> None:
    either.orders(OLENA, 1001, ["ZIRVO-A1"])
    answer = either.do("/sandbox/reply", customer=either.customer(), channel="whatsapp", text="1")
    assert answer["sent"] == 1
    assert either.messages("confirm")[0]["answer"]["via"] == "whatsapp"
    either.do("/sandbox/reply", customer=either.customer(), channel="whatsapp", button="Додати до посилки")
    assert either.messages("confirm")[0]["answer"]["at"] == "2026-11-23T10:00:00Z"


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("word", ("СТОП", "stop"))
def test_after_stop_on_any_channel_no_marketing_follows_on_any(
    control: Control, channel: str, word: str
) -> None:
    order = control.orders(OLENA, 1001, ["ZIRVO-A1"])
    control.parcel(order, "delivered")
    control.do("/sandbox/reply", customer=control.customer(), channel=channel, text=word)
    consents = control.get("/sandbox/state")["customers"][0]["consents"]
    assert all(consents[each]["marketing"] is False for each in CHANNELS)
    assert [each for each in CHANNELS if consents[each]["transactional"] is False] == [channel]
    before = len(control.messages())
    control.orders(OLENA, 1002, ["ZIRVO-X2"])
    control.do("/sandbox/clock", advance="P3Y")
    later = control.messages()[before:]
    assert later  # the news goes on
    assert all(each["purpose"] != "marketing" and each["offer"] is None for each in later)
    assert all(each["channel"] != channel for each in later)
    silences = {
        each["step"]: each for each in control.get("/sandbox/decisions") if each["decision"] == "skip"
    }
    assert {"tips", "trade_in"} <= silences.keys()


def test_three_years_fire_each_step_once_and_in_daytime(either: Control) -> None:
    order = either.orders(OLENA, 1001, ["ZIRVO-A1"])
    either.parcel(order, "delivered")
    either.do("/sandbox/clock", advance="P3D")
    either.do("/sandbox/clock", to="2026-11-26T12:00:00Z")
    either.do("/sandbox/reply", customer=either.customer(), channel="whatsapp", text="2")
    moved = either.do("/sandbox/clock", advance="P3Y")
    assert moved["fired"] > 0
    steps = [each["step"] for each in either.messages()]
    assert sorted(steps) == sorted(
        ["confirm", "delivered", "survey", "help_with_return", "review_request", "tips", "trade_in"]
    )
    hours = [int(each["at"][11:13]) + 2 for each in either.messages()]  # Kyiv is two or three hours ahead
    assert all(9 <= hour < 20 for hour in hours)
    (trade_in,) = either.messages("trade_in")
    assert trade_in["at"].startswith("2029-05-11")
    why_now = next(each for each in either.get("/sandbox/decisions") if each["step"] == "trade_in")["facts"]
    assert why_now["gap_days"] == 900
    pending = either.get("/sandbox/pending")
    assert all(pending[each] == [] for each in ("executions", "todo", "parked", "dead"))


def test_an_order_posted_three_times_is_told_once(either: Control) -> None:
    body = either.orders(OLENA, 1001, ["ZIRVO-A1"])
    for _ in range(2):
        either.post("orders/create", body)
        either.wait(minutes=1)
    assert [each["step"] for each in either.messages()] == ["confirm"]


def test_a_parcel_before_its_order_ends_as_after_it(control: Control) -> None:
    item = control.sandbox.catalogue.by_sku["ZIRVO-A1"]
    order = shop.order(OLENA, 1001, NOON, [item])
    parcel = shop.fulfillment(order, NOON, "out_for_delivery")
    control.post("orders/create", order)
    control.post("fulfillments/update", parcel)
    after = (control.get("/sandbox/state"), sorted(each["step"] for each in control.messages()))
    control.sandbox.close()
    with Sandbox(NOON, memory=True).open() as sandbox:
        other = Control(sandbox)
        other.post("fulfillments/update", parcel)
        assert other.messages() == []
        other.post("orders/create", order)
        assert (other.get("/sandbox/state"), sorted(each["step"] for each in other.messages())) == after


def test_who_has_not_agreed_to_marketing_gets_the_plain_confirmation(either: Control) -> None:
    either.orders(DARYNA, 1003, ["ZIRVO-A1"])
    (message,) = either.messages()
    assert "#1003" in message["text"]
    assert message["offer"] is None
    assert "Чохол" not in message["text"]
    (tried,) = either.get("/sandbox/attempts")
    assert tried["against"]["whatsapp.offer"] == "no_marketing_consent"


def test_each_changed_byte_of_our_own_events_is_refused_and_none_is_a_fault_of_ours(aws: Control) -> None:
    forged = ("whatsapp_forged", "messenger_forged", "viber_forged", "twilio_forged")
    refused = dict.fromkeys((*forged, "order_unsigned"), 401)
    for path in sorted(EVENTS.glob("*/*.json")):
        event = json.loads(path.read_text(encoding="utf-8"))
        if (
            event.get("requestContext", {}).get("http", {}).get("method") != "POST"
            or any(each in event["rawPath"] for each in ("/m/", "push"))  # proved, but not to the byte
        ):
            continue
        event = signed(event)
        body, headers = body_of(event), event["headers"]
        target = target_of(event)
        answer = aws.sandbox.request("POST", target, headers, body)
        assert answer.status == refused.get(path.stem, 200), path.name
        assert aws.sandbox.request("POST", target, headers, body + b" ").status == 401
        aws.sandbox.settle()
    assert aws.get("/sandbox/pending")["dead"] == []


def test_consent_given_at_a_desk_is_the_customers_own_word(either: Control) -> None:
    either.orders(DARYNA, 1003, ["ZIRVO-A1"])
    daryna = either.customer("Дарина")
    said = either.do(
        "/sandbox/consent", customer=daryna, channel="viber", purpose="marketing", state="granted"
    )
    assert said["consents"]["viber"]["marketing"] is True
    assert said["consents"]["sms"]["marketing"] is None
    either.do("/sandbox/channels/whatsapp", mode="down")
    either.wait(days=1)
    either.orders(DARYNA, 1004, ["ZIRVO-X2"])
    assert either.messages("confirm")[-1]["offer"] is not None


def test_consent_taken_back_for_news_moves_the_news_and_for_marketing_ends_it_everywhere(
    either: Control,
) -> None:
    either.orders(OLENA, 1001, ["ZIRVO-A1"])
    olena = either.customer()
    either.wait(minutes=1)
    either.do("/sandbox/consent", customer=olena, channel="whatsapp", purpose="transactional", state=False)
    said = either.do("/sandbox/consent", customer=olena, channel="sms", purpose="marketing", state="refused")
    assert said["consents"]["whatsapp"] == {"transactional": False, "marketing": False}
    assert said["consents"]["viber"] == {"transactional": True, "marketing": False}
    either.orders(OLENA, 1002, ["ZIRVO-X2"])
    newest = either.messages("confirm")[-1]
    assert (newest["channel"], newest["offer"]) == ("viber", None)


def test_an_erased_customer_is_named_nowhere_and_a_new_order_is_a_new_customer(either: Control) -> None:
    order = either.orders(OLENA, 1001, ["ZIRVO-A1"])
    before = either.customer()
    either.do("/sandbox/erase", customer=before)
    (erased,) = either.get("/sandbox/state")["customers"]
    assert (erased["name"], erased["addresses"], erased["stage"]) == ("", {}, "erased")
    assert either.get("/sandbox/attempts") == []
    either.parcel(order, "delivered")
    either.wait(days=5)
    assert [each["step"] for each in either.get("/sandbox/messages")] == [
        ""
    ]  # the phone still shows the first
    either.orders(OLENA, 1002, ["ZIRVO-X2"])
    assert either.customer() != before


def test_a_journey_that_is_told_to_wait_says_nothing_until_it_goes_on(either: Control) -> None:
    order = either.orders(OLENA, 1001, ["ZIRVO-A1"])
    either.do("/sandbox/pause", journey="phone_care")
    either.parcel(order, "delivered")
    either.wait(days=4)
    assert either.messages("survey") == []
    assert len(either.messages("delivered")) == 1
    either.do("/sandbox/pause", journey="phone_care", paused=False)
    either.wait(hours=6)
    assert len(either.messages("survey")) == 1


def test_one_that_goes_on_while_all_wait_waits_with_them(either: Control) -> None:
    either.do("/sandbox/pause", journey="*")
    assert either.do("/sandbox/pause", journey="phone_care", paused=False)["paused"]
    assert not either.do("/sandbox/pause", journey="sms/aws", paused=False)["paused"]
    assert not either.do("/sandbox/pause", journey="*", paused=False)["paused"]


def test_a_schedule_that_fires_once_more_says_nothing_twice(either: Control) -> None:
    order = either.orders(OLENA, 1001, ["ZIRVO-A1"])
    either.parcel(order, "delivered")
    (survey,) = either.get("/sandbox/pending")["schedules"]
    assert survey["payload"]["kind"] == "step"
    assert survey["at"].startswith("2026-11-26T09:00:00")
    early = either.do("/sandbox/fire", schedule=survey["name"])
    assert (early["fired"], early["sent"]) == (1, 0)
    either.do("/sandbox/clock", advance="P4D")
    either.do("/sandbox/fire", schedule=survey["name"])
    assert len(either.messages("survey")) == 1


def test_the_clock_goes_to_the_next_thing_that_is_due(control: Control) -> None:
    order = control.orders(OLENA, 1001, ["ZIRVO-A1"])
    control.parcel(order, "delivered")
    moved = control.do("/sandbox/clock", next=True)
    assert (moved["now"], moved["fired"], moved["sent"]) == ("2026-11-26T09:00:00Z", 1, 1)


@pytest.mark.parametrize("mode", ("crash before", "crash-after", "throttled", "timed out though applied"))
def test_a_fault_on_the_way_loses_nothing_and_doubles_nothing(aws: Control, mode: str) -> None:
    aws.do("/sandbox/faults", call="dynamodb.TransactWriteItems", nth=2, mode=mode)
    aws.orders(OLENA, 1001, ["ZIRVO-A1"])
    aws.do("/sandbox/clock", advance="PT2H")
    assert [each["step"] for each in aws.messages()] == ["confirm"]
    assert aws.get("/sandbox/pending")["todo"] == []


@pytest.mark.parametrize("mode", ("crash before", "timed out and lost", "throttled"))
def test_a_provider_that_fails_is_followed_by_another(either: Control, mode: str) -> None:
    either.do("/sandbox/faults", call="whatsapp", nth=1, mode=mode)
    either.orders(OLENA, 1001, ["ZIRVO-A1"])
    either.do("/sandbox/clock", advance="PT2H")
    assert [each["channel"] for each in either.messages("confirm")] == ["viber"]


@pytest.mark.parametrize(
    "call", ("TransactWriteItems", "dynamodb:TransactWriteItems", "dynamodb.transact_write_items", "viber")
)
def test_a_call_may_be_named_as_people_name_it(control: Control, call: str) -> None:
    (waiting,) = control.do("/sandbox/faults", call=call, mode="throttled")["waiting"]
    assert waiting["call"] in ("dynamodb.TransactWriteItems", "infobip.send")
    assert (waiting["nth"], waiting["mode"]) == (1, "throttled")


def test_an_sms_that_aws_refuses_because_the_number_opted_out_is_an_opt_out_here(either: Control) -> None:
    either.orders(OLENA, 1001, ["ZIRVO-A1"])
    either.do("/sandbox/channels/whatsapp", mode="down")
    either.do("/sandbox/channels/viber", mode="down")
    either.sandbox.providers.reply(Channel.SMS, OLENA.phone, "STOP")
    either.orders(OLENA, 1002, ["ZIRVO-X2"])
    assert either.get("/sandbox/state")["customers"][0]["consents"]["sms"]["transactional"] is False


@pytest.mark.parametrize(
    ("path", "body", "says"),
    (
        ("/sandbox/clock", {}, "expected one of"),
        ("/sandbox/clock", {"advance": "3 days"}, "'3 days' is not an ISO 8601 duration"),
        ("/sandbox/clock", {"to": "yesterday"}, "'yesterday' is not an ISO 8601 time"),
        ("/sandbox/clock", {"to": "2020-01-01T00:00:00Z"}, "the clock does not go back"),
        ("/sandbox/clock", {"next": False, "advance": "P1D"}, "expected one of"),
        ("/sandbox/clock", {"advance": "P99999Y"}, "beyond the last year"),
        ("/sandbox/clock", {"to": "9999-12-31T23:59:59-02:00"}, "is not a time of the years"),
        ("/sandbox/clock", b"{", "not JSON"),
        ("/sandbox/clock", [], "a JSON list: expected an object"),
        ("/sandbox/channels/whatsapp", {"mode": "sillent"}, "did you mean 'silent'?"),
        ("/sandbox/channels/whatsapp", {"mode": "ok", "next": 0}, "a whole number from 1 on"),
        ("/sandbox/reply", {"customer": "nobody", "channel": "sms", "text": "1"}, "whom nobody knows"),
        ("/sandbox/erase", {}, "customer is missing"),
        ("/sandbox/pause", {"journey": "phone_cure"}, "did you mean 'phone_care'?"),
        ("/sandbox/pause", {"journey": "*", "paused": "no"}, 'paused is "no": expected true or false'),
        ("/sandbox/fire", {"schedule": "none"}, "there is no schedule 'none'"),
        ("/sandbox/faults", {"call": "dynamodb.PutItems", "mode": "throttled"}, "'dynamodb.PutItem'"),
        ("/sandbox/faults", {"call": "meta.send", "mode": "cancelled by TransactionConflict"}, "no AWS call"),
        ("/sandbox/open", {"link": 3}, "link is 3: expected a string"),
    ),
)
def test_each_mistake_is_named(control: Control, path: str, body: Json, says: str) -> None:
    assert says in control.wrong(path, body)


def test_a_field_that_is_not_known_is_named_with_the_one_that_was_meant(control: Control) -> None:
    control.orders(OLENA, 1001, ["ZIRVO-A1"])
    said = {"customer": control.customer(), "channel": "whatsapp", "text": "1"}
    assert "did you mean 'text'?" in control.wrong("/sandbox/reply", {**said, "txt": "1"})
    assert "either" in control.wrong("/sandbox/reply", {**said, "button": "1"})
    assert "no address on instagram" in control.wrong("/sandbox/reply", {**said, "channel": "instagram"})
    assert "no button 'Nein'" in control.wrong(
        "/sandbox/reply", {"customer": control.customer(), "channel": "whatsapp", "button": "Nein"}
    )
    assert "/sandbox/reply: text: nobody hears what is answered to an e-mail" in control.wrong(
        "/sandbox/reply", {**said, "channel": "email"}
    )
    assert "is not known" in control.wrong("/sandbox/decisions?order=9", method="GET")
    assert "did you mean 'customer'?" in control.wrong("/sandbox/messages?custmer=x", method="GET")


def test_what_is_not_there_is_404_and_what_is_asked_wrongly_405(control: Control) -> None:
    assert control.call("GET", "/sandbox/stat")[0] == 404
    assert control.call("POST", "/sandbox/channels/telegram", b"{}")[0] == 404
    assert control.call("POST", "/sandbox/state", b"{}")[0] == 405
    assert control.call("GET", "/sandbox/clock")[0] == 405
    assert control.call("GET", "/sandbox/channels/sms")[0] == 405
    assert "did you mean '/sandbox/state'?" in control.call("GET", "/sandbox/stat")[1]["error"]


def test_decisions_are_found_by_customer_by_order_and_by_its_number(control: Control) -> None:
    order = control.orders(OLENA, 1001, ["ZIRVO-A1"])
    control.orders(TARAS, 1002, ["ZIRVO-A1"])
    by_customer = control.get(f"/sandbox/decisions?customer={control.customer()}")
    assert by_customer == control.get(f"/sandbox/decisions?order={order['id']}")
    assert by_customer == control.get("/sandbox/decisions?order=%231001")
    (decision,) = by_customer
    assert decision["facts"]["offer"] == "CASE-A1"
    assert {"at", "journey", "step", "decision", "reason", "facts"} <= decision.keys()
