"""What was once authentic, sent again months later; what AWS's topic may bring; others' clocks gone wrong."""

import json
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from aftercart.domain.consent import Channel, Purpose
from aftercart.domain.customer import Customer
from aftercart.ports import Delete, Inbox
from sandbox import shop
from sandbox.player import Player
from sandbox.shop_settings import SECRETS
from sandbox.trials.hostile.genuine import META, sample, signature
from sandbox.trials.hostile.parsers import mutated
from tests.promises.hostile.shop_floor import (
    NOW,
    a_parcel,
    all_is_well,
    an_order,
    buyer,
    links,
    post_raw,
    raw,
    shop_floor,
    texts,
)

INBOUND = ("order-confirmation", "delivery-tracking", "inbound-replies", "customer-pages")
Order = Callable[[list[Any]], list[Any]]


def a_life(player: Player) -> None:
    """An order and its parcel, and a customer who asks, accepts, stops, starts and stops again."""
    person = buyer()
    order = an_order(player, person)
    post_raw(player, "orders/create", raw(order))
    player.replies(person, Channel.WHATSAPP, "hello?")
    player.replies(person, Channel.WHATSAPP, "1")
    for status in ("in_transit", "out_for_delivery", "delivered"):
        player.wait(hours=5)
        post_raw(player, "fulfillments/update", raw(a_parcel(player, order, status)))
    post_raw(player, "orders/updated", raw({**order, "updated_at": shop.stamp(player.now())}))
    for word in ("СТАРТ", "STOP", "СТАРТ", "стоп"):
        player.wait(days=2)
        player.replies(person, Channel.WHATSAPP, word)
    player.wait(days=1)
    (page,) = links(player.sandbox.shown()[:1])
    path = page.removeprefix("https://kram.example")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    player.sandbox.request("POST", path, form, b"action=accept")
    player.sandbox.settle()


def months_later(player: Player) -> None:
    """All that is kept for a time is gone by then: as DynamoDB's expiry would have it."""
    player.wait(days=200)
    store = player.sandbox.store
    for customer in player.sandbox.records().customers:
        gone = [ref for ref in store.of_customer(customer) if ref.kind is Inbox]
        assert gone
        store.commit(store.read(*gone), [Delete(ref=ref) for ref in gone])


def outcome(player: Player) -> tuple[list[str], dict[Any, Any]]:
    """What phones have shown, and what may be sent where."""
    (customer,) = player.sandbox.records().customers.values()
    return texts(player), consents(customer)


def consents(customer: Customer) -> dict[Any, Any]:
    return {
        (channel, purpose): address.granted(purpose)
        for channel, address in customer.addresses.items()
        for purpose in Purpose
    }


@pytest.mark.parametrize("order", (list, lambda each: each[::-1]), ids=("in order", "backwards"))
def test_everything_that_ever_came_in_comes_again_months_later_and_nothing_follows(order: Order) -> None:
    with shop_floor() as player:
        a_life(player)
        months_later(player)
        player.wait(days=3)
        without = outcome(player)
    with shop_floor() as player:
        a_life(player)
        came = [
            (each.function, each.event)
            for each in player.sandbox.functions.invocations
            if each.function.endswith(INBOUND)
        ]
        assert len(came) > 20
        months_later(player)
        for function, event in order(came):
            player.sandbox.functions.call(function, event)
            player.sandbox.settle()
        player.wait(days=3)
        assert outcome(player) == without
        assert all_is_well(player)


def say(player: Player, text: str, at: object, identifier: str = "wamid.1") -> int:
    """Over WhatsApp, signed, at whatever time the body says."""
    message = {
        "from": "380671234567",
        "id": identifier,
        "timestamp": at,
        "type": "text",
        "text": {"body": text},
    }
    value = {"messaging_product": "whatsapp", "messages": [message]}
    body = raw({"object": "whatsapp_business_account", "entry": [{"changes": [{"value": value}]}]})
    proof = {"X-Hub-Signature-256": signature(META, SECRETS["meta_app"].encode(), body)}
    answer = player.sandbox.request(
        "POST", "/meta/whatsapp", {"Content-Type": "application/json", **proof}, body
    )
    player.sandbox.settle()
    return answer.status


@pytest.mark.parametrize("at", ("9999999999", 253402300799))
def test_a_time_still_to_come_is_not_believed(at: object) -> None:
    """A provider's clock gone wrong for a moment must not outweigh all that the customer says later."""
    with shop_floor() as player:
        post_raw(player, "orders/create", raw(an_order(player)))
        assert say(player, "STOP", at) == 200
        assert not whatsapp(player).granted(Purpose.TRANSACTIONAL)
        player.wait(hours=1)
        assert say(player, "START", str(int(player.now().timestamp())), "wamid.2") == 200
        assert whatsapp(player).granted(Purpose.TRANSACTIONAL)
        (customer,) = player.sandbox.records().customers.values()
        assert max(customer.written_at.values()) <= player.now()


def whatsapp(player: Player) -> Any:
    (customer,) = player.sandbox.records().customers.values()
    return customer.addresses[Channel.WHATSAPP]


@pytest.mark.parametrize(
    "at", ("253402300800", "1e9", "9" * 5_000, "1795435320.5", True, None, {}, [], "", "NaN", -(10**30))
)
def test_what_has_no_time_is_kept_for_a_human(at: object) -> None:
    with shop_floor() as player:
        post_raw(player, "orders/create", raw(an_order(player)))
        assert say(player, "hello", at) == 200
        assert [each.reason for each in player.sandbox.records().parked.values()] in (
            ["no_time_in_timestamp"],
            ["not_json"],
        )
        assert not player.sandbox.functions.dead
        assert len(texts(player)) == 1


@pytest.mark.parametrize("at", ("0", "-1", "-62135596800"))
def test_a_time_long_ago_harms_nobody(at: str) -> None:
    with shop_floor() as player:
        order = an_order(player)
        post_raw(player, "orders/create", raw(order))
        assert say(player, "hello", at) == 200
        assert post_raw(player, "fulfillments/update", raw(a_parcel(player, order))) == 200
        assert all_is_well(player)


NOTICES = 2_500  # a part
CALLS_AT_MOST = 12  # of AWS, for one notification


@pytest.mark.parametrize("part", range(3))
@pytest.mark.parametrize("name", ("sms_stop", "sms_delivered"))
def test_whatever_the_topic_brings_is_taken_parked_or_nothing_and_never_dies(name: str, part: int) -> None:
    """Only the topic may invoke us, so nothing is forged here; it may bring any text all the same."""
    dice = random.Random(f"{name}/{part}")
    event = sample("inbound_replies", name)
    genuine = event["Records"][0]["Sns"]["Message"].encode()
    with shop_floor() as player:
        function = next(each for each in player.sandbox.functions.named() if each.endswith("inbound-replies"))
        for n in range(NOTICES // 20):
            messages = [mutated(genuine, dice).decode("utf-8", "replace") for _ in range(20)]
            assert player.sandbox.functions.call(function, notices(event, messages, f"{part}-{n}")) == {}
            calls = player.sandbox.functions.invocations[-1].calls
            assert len(calls) <= CALLS_AT_MOST * 20
        player.sandbox.settle()
        assert not player.sandbox.functions.dead
        assert texts(player) == []
        assert {each.reason for each in player.sandbox.records().parked.values()} <= {
            "neither_event_nor_text", "no_time_in_eventTimestamp", "no_time_in_Timestamp", "not_an_object",
            "not_a_number", "not_json", "text_without_sender", "too_deep_or_unbalanced", "unknown_status",
        }  # fmt: skip


def notices(event: Any, messages: list[str], identifier: str) -> dict[str, Any]:
    (record,) = event["Records"]
    return {
        "Records": [
            {**record, "Sns": {**record["Sns"], "Message": message, "MessageId": f"{identifier}-{n}"}}
            for n, message in enumerate(messages)
        ]
    }


def test_a_stop_beside_rubbish_is_taken() -> None:
    """One notification that nobody can read does not cost the next one."""
    with shop_floor() as player:
        post_raw(player, "orders/create", raw(an_order(player)))
        event = sample("inbound_replies", "sms_stop")
        stop = json.loads(event["Records"][0]["Sns"]["Message"])
        messages = ["{", "\x00", "[" * 100_000, json.dumps(stop)]
        function = next(each for each in player.sandbox.functions.named() if each.endswith("inbound-replies"))
        player.sandbox.functions.call(function, notices(event, messages, "n"))
        player.sandbox.settle()
        (customer,) = player.sandbox.records().customers.values()
        assert not customer.addresses[Channel.SMS].granted(Purpose.TRANSACTIONAL)
        assert len(player.sandbox.records().parked) == 3


def test_the_day_of_these_trials_is_an_hour_at_which_everything_may_be_said() -> None:
    assert (
        timedelta(hours=9)
        <= NOW.astimezone(shop.KYIV) - midnight(NOW.astimezone(shop.KYIV))
        < timedelta(hours=20)
    )


def midnight(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)
