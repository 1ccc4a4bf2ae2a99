"""Every handler with each of its sample events, on the template's own resources."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from aftercart import ports
from aftercart.domain.consent import Channel, Purpose
from aftercart.domain.links import page_token
from sandbox.cloud.account import client
from sandbox.cloud.functions import HandlerFailed
from sandbox.cloud.lambda_environment import LOGS
from sandbox.sandbox import Sandbox
from sandbox.shop_settings import SECRETS, SHOP
from sandbox.sign_events import body_of, signed

ROOT = Path(__file__).parents[2]
EVENTS = sorted(ROOT.glob("events/*/*.json"))
KEY = "secretsmanager.GetSecretValue"
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
REFUSED = {
    "order_unsigned": 401,
    "whatsapp_forged": 401,
    "messenger_forged": 401,
    "viber_forged": 401,
    "twilio_forged": 401,
    "push_forged": 401,
    "push_subscribed": 404,  # nobody has placed that order
    "forged": 404,
    "open": 410,
    "press": 410,
    "one_click": 410,
}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(NOW).open() as opened:
        yield opened


def call(sandbox: Sandbox, folder: str, event: Any) -> Any:
    name = next(n for n in sandbox.functions.named() if n.endswith(folder.replace("_", "-")))
    return sandbox.functions.call(name, event)


def an_event(path: str) -> Any:
    return json.loads((ROOT / "events" / f"{path}.json").read_text(encoding="utf-8"))


def changed(event: dict[str, Any], **facts: Any) -> Any:
    """The same event with other facts in its body, signed."""
    body = json.loads(body_of(event)) | facts
    return signed({**event, "body": json.dumps(body, ensure_ascii=False), "isBase64Encoded": False})


def current(path: str, **facts: Any) -> Any:
    now = NOW.isoformat()
    return changed(an_event(path), created_at=now, updated_at=now, processed_at=now, **facts)


def test_every_function_has_sample_events_and_every_folder_of_events_its_function() -> None:
    functions = {path.parent.name for path in ROOT.glob("functions/*/handler.py")}
    assert {path.parent.name for path in EVENTS} == functions


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_sample_event_has_its_declared_answer(sandbox: Sandbox, path: Path) -> None:
    answer = call(sandbox, path.parent.name, json.loads(path.read_text(encoding="utf-8")))
    sandbox.settle()
    assert sandbox.functions.dead == []
    if "statusCode" in answer:
        assert answer["statusCode"] == REFUSED.get(path.stem, 200)


def test_a_bad_signature_costs_no_call_but_that_of_the_key(sandbox: Sandbox) -> None:
    for path in ("order_confirmation/order_unsigned", "inbound_replies/whatsapp_forged"):
        call(sandbox, path.split("/")[0], an_event(path))
    assert {each for run in sandbox.functions.invocations for each in run.calls} == {KEY}


def test_a_changed_byte_is_refused(sandbox: Sandbox) -> None:
    event = current("order_confirmation/order_placed")
    event["body"] = event["body"].replace("1001", "1002", 1)
    assert call(sandbox, "order_confirmation", event)["statusCode"] == 401


def test_the_previous_key_is_good_while_keys_are_rotated(sandbox: Sandbox) -> None:
    event = current("order_confirmation/order_placed")
    digest = hmac.digest(SECRETS["shopify_previous"].encode(), body_of(event), hashlib.sha256)
    event["headers"]["x-shopify-hmac-sha256"] = base64.b64encode(digest).decode()
    assert call(sandbox, "order_confirmation", event)["statusCode"] == 200


def test_an_unknown_topic_is_answered_and_nothing_else(sandbox: Sandbox) -> None:
    event = current("order_confirmation/order_placed")
    event["headers"]["x-shopify-topic"] = "orders/risk_assessment_changed"
    assert call(sandbox, "order_confirmation", event)["statusCode"] == 200
    assert {each for run in sandbox.functions.invocations for each in run.calls} == {KEY}


def test_an_authentic_body_that_cannot_be_read_is_parked_and_answered(sandbox: Sandbox) -> None:
    event = signed(
        {**an_event("order_confirmation/order_placed"), "body": '{"a": 1}', "isBase64Encoded": False}
    )
    assert call(sandbox, "order_confirmation", event)["statusCode"] == 200
    (parked,) = sandbox.records().parked.values()
    assert (parked.source, parked.at) == ("shopify", NOW)
    assert base64.b64decode(parked.body) == b'{"a": 1}'


@pytest.mark.parametrize("mode", ("throttled", "timed out and lost"))
def test_a_passing_fault_is_answered_so_that_the_shop_tries_again(sandbox: Sandbox, mode: str) -> None:
    for nth in (1, 2, 3):
        sandbox.faults.plan("dynamodb.TransactWriteItems", nth, mode)
    event = current("order_confirmation/order_placed")
    assert call(sandbox, "order_confirmation", event)["statusCode"] == 503
    sandbox.faults.clear()
    assert call(sandbox, "order_confirmation", event)["statusCode"] == 200
    sandbox.settle()
    assert len(sandbox.shown()) == 1


def test_logs_name_nobody(
    sandbox: Sandbox, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    call(sandbox, "order_confirmation", current("order_confirmation/order_placed"))
    sandbox.settle()
    printed = capsys.readouterr()
    logged = [str(vars(record)) for record in caplog.records]
    for personal in ("380671234567", "Олена", "Шевченко"):
        assert personal not in "".join((printed.out, printed.err, *logged))


def test_an_event_that_cannot_be_taken_does_not_stand_in_the_way_of_a_stop_in_the_same_batch(
    sandbox: Sandbox,
) -> None:
    call(sandbox, "order_confirmation", current("order_confirmation/order_placed"))
    sandbox.settle()
    (known,) = sandbox.records().customers
    receipt, stop = (an_event(f"inbound_replies/{name}") for name in ("whatsapp_delivered", "whatsapp_stop"))
    of_a_later_version = {
        "pk": {"S": "C#aaaaaaaaaaaaaa"},
        "sk": {"S": "M#aaaaaaaaaaaaaa-bbbbbbbbbb"},
        "kind": {"S": "message"},
        "v": {"N": "2"},
    }
    client("dynamodb").put_item(TableName="aftercart-Table", Item=of_a_later_version)
    both = [json.loads(body_of(each))["entry"][0] for each in (receipt, stop)]
    assert call(sandbox, "inbound_replies", changed(stop, entry=both))["statusCode"] == 500
    customer = sandbox.store.read(ports.customer(known)).get(ports.customer(known))
    assert customer is not None
    assert customer.addresses[Channel.WHATSAPP].refused(Purpose.TRANSACTIONAL)


def test_a_rung_of_a_later_version_is_kept_and_asked_for_again(sandbox: Sandbox) -> None:
    rung = {**an_event("send_message/first_rung"), "v": 2, "message": {"id": "aaaaaaaaaaaaaa-bbbbbbbbbb"}}
    with pytest.raises(HandlerFailed, match="UnknownPayload"):
        call(sandbox, "send_message", rung)
    (parked,) = sandbox.records().parked.values()
    assert parked.source == "workflow"
    assert json.loads(base64.b64decode(parked.body)) == {n: v for n, v in rung.items() if n != "token"}


def test_a_schedule_of_a_later_version_is_kept(sandbox: Sandbox) -> None:
    due = {"v": 2, "kind": "step", "enrolment": "aaaaaaaaaaaaaa-bbbbbbbbbb", "arm": 1}
    assert call(sandbox, "lifecycle_reminders", due) == {"done": "parked"}
    (parked,) = sandbox.records().parked.values()
    assert json.loads(base64.b64decode(parked.body)) == due


def test_a_schedule_of_a_later_version_is_parked(sandbox: Sandbox) -> None:
    event = an_event("lifecycle_reminders/of_a_later_version")
    assert call(sandbox, "lifecycle_reminders", event) == {"done": "parked"}
    (parked,) = sandbox.records().parked.values()
    assert json.loads(base64.b64decode(parked.body)) == event


def test_who_asks_what_was_learned_of_waits_is_told(sandbox: Sandbox) -> None:
    assert call(sandbox, "lifecycle_reminders", an_event("lifecycle_reminders/waits")) == {"waits": []}


def test_a_journey_waits_and_goes_on_as_people_say(sandbox: Sandbox) -> None:
    event = an_event("lifecycle_reminders/pause")
    assert call(sandbox, "lifecycle_reminders", event) == {"done": "paused"}
    assert call(sandbox, "lifecycle_reminders", {**event, "paused": False}) == {"done": "resumed"}
    assert call(sandbox, "lifecycle_reminders", {**event, "journey": "none"}) == {"done": "unknown"}
    assert call(sandbox, "lifecycle_reminders", {**event, "paused": "yes"}) == {"done": "parked"}


def told() -> list[str]:
    lines = [json.loads(line) for line in LOGS.lines if line.startswith("{")]
    return [line["reason"] for line in lines if line.get("message") == "provider_fault"]


def standing(sandbox: Sandbox) -> dict[str, tuple[str, str]]:
    ref = ports.pause(SHOP)
    known = sandbox.store.read(ref).get(ref)
    return {name: (each.barred, each.category) for name, each in known.templates.items()} if known else {}


def test_what_is_said_of_a_template_of_ours_is_kept_and_somebody_is_told(sandbox: Sandbox) -> None:
    LOGS.lines.clear()
    for name in ("template_paused", "template_recategorised", "aws_template_rejected", "template_liked_less"):
        call(sandbox, "inbound_replies", an_event(f"inbound_replies/whatsapp_{name}"))
    assert standing(sandbox) == {"order_confirmed_v1/uk": ("rejected", "marketing")}
    assert told() == [
        "template_paused FIRST_PAUSE order_confirmed_v1/uk",
        "template_recategorised order_confirmed_v1/uk",
        "template_rejected INVALID_FORMAT order_confirmed_v1/uk",
        "template_quality_red order_confirmed_v1/uk",
    ]


def test_what_is_said_of_a_template_that_no_text_has_wakes_nobody(sandbox: Sandbox) -> None:
    LOGS.lines.clear()
    event = an_event("inbound_replies/whatsapp_template_paused")
    body = body_of(event).decode().replace("order_confirmed_v1", "somebody_elses_v1")
    assert call(sandbox, "inbound_replies", changed(event, **json.loads(body)))["statusCode"] == 200
    assert standing(sandbox) == {}
    assert told() == []


def test_a_page_that_is_only_opened_does_nothing_whatever_its_address_says(sandbox: Sandbox) -> None:
    """Scanners follow links, and what they follow may have been written by anyone."""
    call(sandbox, "order_confirmation", current("order_confirmation/order_placed"))
    sandbox.settle()
    (message,) = sandbox.records().messages.values()
    before = sandbox.records().customers
    for action in ("stop", "accept", "rate:1"):
        event = an_event("customer_pages/open")
        event["pathParameters"]["token"] = page_token(message.id, SECRETS["link_key"].encode())
        event["queryStringParameters"] = {"action": action}
        assert call(sandbox, "customer_pages", event)["statusCode"] == 200
    assert sandbox.records().customers == before
    assert list(sandbox.records().messages.values()) == [message]
