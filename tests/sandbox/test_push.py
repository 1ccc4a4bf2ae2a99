"""An order's news by web push: a browser subscribes on the shop's page, its worker says what it showed."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from aftercart.domain.consent import Channel, Purpose
from aftercart.domain.customer import Customer
from aftercart.domain.links import page_token
from aftercart.domain.message import Attempt, Outcome, ReceiptStatus
from sandbox import shop
from sandbox.commands.demo import OLENA
from sandbox.fakes import Mode
from sandbox.fakes.browser import Browser
from sandbox.player import Json, Player
from sandbox.sandbox import Sandbox, compiled
from sandbox.shop_settings import SECRETS
from sandbox.trials.invariants import breaches

NOON = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)  # a Monday, 12:00 in Kyiv
CHROME = Browser.of("Olena")


APP = "arn:aws:sns:eu-central-1:123456789012:endpoint/GCM/kram/5e3e9847-3183-3f18-a7e8-671c3a57d4b3"


@pytest.fixture(scope="module")
def by_push(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample brand, where news goes by push first, in the words of its SMS."""
    folder = tmp_path_factory.mktemp("by_push") / "journeys"
    shutil.copytree(compiled(), folder)
    edit(folder / "brand.json", _with_a_leg)
    edit(folder / "texts.json", _with_words)
    return folder


def edit(path: Path, change: Any) -> None:
    found = json.loads(path.read_bytes())
    change(found)
    path.write_text(json.dumps(found), encoding="utf-8")


def _with_a_leg(brand: Any) -> None:
    brand["providers"]["push"] = ["web", "sns"]
    for country in brand["countries"].values():
        country["senders"]["push"] = "Крам"
        country["one_way"].append("push")
        country["routes"]["news"].insert(0, {"channel": "push", "wait": "PT15M", "success": "delivered"})


def _with_words(texts: Any) -> None:
    wordings = (v for text in texts.values() for languages in text.values() for v in languages.values())
    for variants in wordings:
        for channels in variants.values():
            channels["push"] = channels["sms"]


@pytest.fixture(params=("aws", "memory"))
def player(request: pytest.FixtureRequest, by_push: Path) -> Iterator[Player]:
    with Sandbox(NOON, memory=request.param == "memory", made=by_push).open() as sandbox:
        yield Player(sandbox)
        assert breaches(sandbox) == []


def subscribed(player: Player, **more: Any) -> Json:
    """An order whose buyer has subscribed."""
    order = player.orders(OLENA, 1001, ["ZIRVO-A1"])
    assert player.subscribes(order, CHROME, **more) == 201
    return order


def customer(player: Player) -> Customer:
    (found,) = player.sandbox.records().customers.values()
    return found


def attempts(player: Player, step: str) -> list[Attempt]:
    messages = player.sandbox.records().messages.values()
    return [each for message in messages if message.step == step for each in message.attempts]


def went(player: Player, step: str) -> list[tuple[str, str]]:
    return [(each.channel.value, each.reason) for each in attempts(player, step)]


def test_the_parcels_news_is_shown_in_the_browser_whose_worker_says_so(player: Player) -> None:
    player.parcel(subscribed(player), "in_transit")
    (attempt,) = attempts(player, "in_transit")
    assert (attempt.channel, attempt.provider) == (Channel.PUSH, "web")
    assert attempt.receipt is not None
    assert attempt.receipt.status is ReceiptStatus.DELIVERED
    shown = player.sandbox.shown()[-1]
    assert (shown.address, shown.title) == (CHROME.address, "Крам")
    assert any("/m/" in link for link in shown.links)


def test_a_press_on_it_is_a_reading(player: Player) -> None:
    player.parcel(subscribed(player), "in_transit")
    player.sandbox.providers.mark_read(Channel.PUSH, CHROME.address)
    player.sandbox.settle()
    (attempt,) = attempts(player, "in_transit")
    assert attempt.receipt is not None
    assert attempt.receipt.status is ReceiptStatus.READ


def test_a_browser_that_wants_no_more_is_left_alone_from_then_on(player: Player) -> None:
    order = subscribed(player)
    player.sandbox.providers.unsubscribe(CHROME.endpoint)
    player.parcel(order, "in_transit")
    assert went(player, "in_transit") == [("push", "no_subscription 410"), ("whatsapp", "")]
    assert customer(player).addresses[Channel.PUSH].bad
    player.wait(hours=1)
    player.parcel(order, "delivered")
    assert went(player, "delivered") == [("whatsapp", "")]


@pytest.mark.parametrize(
    ("mode", "by_sms", "shown"),
    (
        (Mode.DOWN, True, 1),
        (Mode.SILENT, True, 1),
        (Mode.REJECT, True, 1),
        (Mode.TIMEOUT, False, 1),
        (Mode.DUPLICATES, False, 1),
        (Mode.SLOW, True, 2),  # a known double
    ),
)
def test_each_way_in_which_it_may_fare_ends_as_the_route_says(
    player: Player, mode: Mode, by_sms: bool, shown: int
) -> None:
    order = subscribed(player)
    player.sandbox.break_channel(Channel.PUSH, mode)
    before = len(player.shown())
    player.parcel(order, "in_transit")
    player.wait(hours=2)
    assert [channel for channel, _ in went(player, "in_transit")] == ["push", *["whatsapp"] * by_sms]
    assert len(player.shown()) - before == shown


def test_nothing_is_sold_there_to_who_did_not_tick_it(player: Player) -> None:
    subscribed(player)
    assert not customer(player).addresses[Channel.PUSH].granted(Purpose.MARKETING)


def test_who_ticked_it_is_asked_there(player: Player) -> None:
    subscribed(player, marketing=True)
    assert customer(player).addresses[Channel.PUSH].granted(Purpose.MARKETING)


def post(player: Player, said: Json | bytes) -> Any:
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    return player.sandbox.request("POST", shop.SUBSCRIPTIONS, {"Content-Type": "text/plain"}, body)


def said_by(order: Json, /, **more: Any) -> Json:
    _, body = shop.subscription(order, CHROME.subscription(), NOON)
    return {**json.loads(body), **more}


def test_the_link_of_a_message_proves_as_well_whose_browser_it_is(player: Player) -> None:
    player.orders(OLENA, 1001, ["ZIRVO-A1"])
    (message,) = player.sandbox.records().messages
    token = page_token(message, SECRETS["link_key"].encode())
    asked = {"page": token, "subscription": CHROME.subscription(), "at": NOON.isoformat()}
    answer = post(player, asked)
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (201, "*")
    assert customer(player).addresses[Channel.PUSH].value == CHROME.address


@pytest.mark.parametrize(
    "forged",
    (
        {"proof": "0" * 64},
        {"proof": ""},
        {"proof": None},
        {"order": "6120011221002"},
        {"order": None},
        {"order": None, "page": "aaaaaaaaaaaaaabbbbbbbbbbcccccccc"},
        {"padding": "x" * 9000},
    ),
    ids=("proof", "no proof", "null", "order", "no order", "page", "too long"),
)
def test_a_forged_one_is_refused_without_a_call(player: Player, forged: Json) -> None:
    order = player.orders(OLENA, 1001, ["ZIRVO-A1"])
    assert post(player, said_by(order, **forged)).status == 401
    assert {*player.sandbox.functions.invocations[-1].calls} <= {"secretsmanager.GetSecretValue"}
    assert Channel.PUSH not in customer(player).addresses


@pytest.mark.parametrize("body", (b"", b"[]", b"\xff", b"[" * 4000, b"{" * 9000))
def test_what_is_no_subscription_at_all_is_refused(player: Player, body: bytes) -> None:
    assert post(player, body).status == 401


@pytest.mark.parametrize(
    "wrong",
    (
        {"subscription": {"endpoint": "https://evil.example/", "keys": CHROME.subscription()["keys"]}},
        {"subscription": None},
        {"at": "yesterday"},
        {"version": "x" * 65},
    ),
    ids=("another host", "none", "no time", "a long version"),
)
def test_a_proved_one_that_leads_nowhere_is_refused(player: Player, wrong: Json) -> None:
    order = player.orders(OLENA, 1001, ["ZIRVO-A1"])
    assert post(player, said_by(order, **wrong)).status == 400
    assert Channel.PUSH not in customer(player).addresses


def test_before_its_order_is_here_the_page_is_told_to_try_again(player: Player) -> None:
    order = shop.order(OLENA, 1001, NOON, [player.sandbox.catalogue.by_sku["ZIRVO-A1"]])
    answer = post(player, said_by(order))
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (404, "*")
    player.post("orders/create", order)
    assert post(player, said_by(order)).status == 201


def test_whoever_was_erased_subscribes_no_more(player: Player) -> None:
    order = subscribed(player)
    player.sandbox.wake({"v": 1, "kind": "erase", "customer": customer(player).id})
    player.wait(hours=8)
    assert player.subscribes(order, CHROME) == 410
    assert all(CHROME.endpoint not in str(item) for item in player.sandbox.items())


def test_a_receipt_that_nobody_sent_is_refused(player: Player) -> None:
    player.sandbox.break_channel(Channel.PUSH, Mode.SILENT)
    player.parcel(subscribed(player), "in_transit")
    (message,) = (m for m in player.sandbox.records().messages.values() if m.step == "in_transit")
    said = {"reference": message.reference(message.attempts[0]), "status": "shown", "proof": "0" * 64}
    answer = player.sandbox.request("POST", "/web/push", {}, json.dumps(said).encode())
    assert answer.status == 401
    assert attempts(player, "in_transit")[0].receipt is None
    player.wait(hours=1)


def test_a_stop_ends_it_and_the_news_takes_another_way(player: Player) -> None:
    order = subscribed(player, marketing=True)
    asked = {"customer": customer(player).id, "channel": "push", "purpose": "transactional", "state": False}
    player.wait(minutes=1)
    assert player.call("POST", "/sandbox/consent", json.dumps(asked).encode())[0] == 200
    player.sandbox.advance(player.now() + timedelta(minutes=1))
    player.parcel(order, "in_transit")
    assert [channel for channel, _ in went(player, "in_transit")] == ["whatsapp"]


def with_the_app(player: Player) -> Json:
    """An order whose buyer's app has been given an endpoint, which the app's own server tells us."""
    order = player.orders(OLENA, 1001, ["ZIRVO-A1"])
    assert post(player, said_by(order, subscription=None, endpoint=APP)).status == 201
    return order


def test_who_has_the_app_is_told_there(player: Player) -> None:
    player.parcel(with_the_app(player), "in_transit")
    (attempt,) = attempts(player, "in_transit")
    assert (attempt.provider, attempt.outcome, attempt.receipt) == ("sns", Outcome.ACCEPTED, None)
    shown = player.sandbox.shown()[-1]
    assert (shown.address, shown.provider, shown.title) == (APP, "sns", "Крам")
    assert any("/m/" in link for link in shown.links)
    player.wait(hours=1)


def test_who_has_removed_the_app_is_told_elsewhere(player: Player) -> None:
    order = with_the_app(player)
    player.sandbox.providers.unsubscribe(APP)
    player.parcel(order, "in_transit")
    assert went(player, "in_transit") == [("push", "no_endpoint EndpointDisabled"), ("whatsapp", "")]
    assert customer(player).addresses[Channel.PUSH].bad


@pytest.mark.parametrize(
    ("mode", "outcome"), ((Mode.DOWN, Outcome.REJECTED), (Mode.TIMEOUT, Outcome.UNKNOWN))
)
def test_sns_may_fare_badly_too(player: Player, mode: Mode, outcome: Outcome) -> None:
    order = with_the_app(player)
    player.sandbox.break_channel(Channel.PUSH, mode)
    player.parcel(order, "in_transit")
    assert attempts(player, "in_transit")[0].outcome is outcome
    player.wait(hours=1)
    assert went(player, "in_transit")[-1][0] == "whatsapp"
