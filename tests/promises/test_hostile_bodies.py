"""Authentic and hostile: each has its declared answer and its effect, in bounded memory and work."""

import base64
import json
import random
import subprocess
import sys
from typing import Any

import pytest

from aftercart.domain.consent import Channel, Purpose
from aftercart.shops import shopify
from sandbox import shop
from sandbox.player import Player
from sandbox.shop_settings import SECRETS, SHOP
from sandbox.trials.hostile.bombs import BOMBS, pairs
from sandbox.trials.hostile.genuine import INFOBIP, META, routes, sample, signature
from sandbox.trials.hostile.parsers import PARSERS, mutated
from sandbox.trials.hostile.sealed import handler, sealed
from tests.promises.hostile.shop_floor import (
    NOW,
    Json,
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

MEGABYTES, SECONDS = 64, 30.0
# What each reader makes of the bombs it can read; all other bombs are refused, and say why in one word.
READ = {
    ("a number beyond all", "shopify order"),
    ("backslashes", "shopify order"),
    ("blanks", "shopify order"),
    ("escaped quotes", "shopify order"),
    ("messages without end", "whatsapp"),
    ("one long name", "shopify order"),
    ("one long text", "shopify order"),
}


@pytest.fixture(scope="module")
def costs() -> list[dict[str, Any]]:
    """Of every bomb to every reader, in a process of its own, whose memory's peak can be asked."""
    run = [sys.executable, "-m", "sandbox.trials.hostile.bombs"]
    lines = subprocess.run(run, capture_output=True, text=True, check=True).stdout.splitlines()
    return [json.loads(line) for line in lines]


def test_a_bomb_costs_its_reader_little_memory_and_little_time(costs: list[dict[str, Any]]) -> None:
    assert [(each["bomb"], each["reader"]) for each in costs] == pairs()
    assert sum(each["megabytes"] for each in costs) < MEGABYTES
    assert max(each["seconds"] for each in costs) < SECONDS / 5
    assert sum(each["seconds"] for each in costs) < SECONDS * 2


def test_a_bomb_is_read_or_refused_for_a_reason_that_quotes_nothing(costs: list[dict[str, Any]]) -> None:
    assert {(each["bomb"], each["reader"]) for each in costs if each["became"] == "read"} == READ
    reasons = {each["became"] for each in costs} - {"read"}
    assert reasons <= {
        "json_invalid", "message_without_id_or_sender", "no_fulfillment_id", "no_order_id", "no_results",
        "no_time", "not_a_fulfillment", "not_a_number", "not_an_object", "not_an_order", "not_json",
        "not_whatsapp", "too_deep_or_unbalanced", "too_large", "too_many_parts",
    }  # fmt: skip


THROUGH_THE_HANDLERS = (
    "a hundred thousand deep", "braces", "empty strings", "five thousand digits", "half a letter",
    "no letters", "not a number", "nothing", "numbers for a parcel", "quotes", "results of nothing",
)  # fmt: skip


@pytest.mark.parametrize("bomb", THROUGH_THE_HANDLERS)
def test_a_signed_bomb_is_answered_and_kept_for_a_human_at_most(bomb: str) -> None:
    """Through the handlers: 200, one parked item a route at most, and no phone shows anything."""
    body = BOMBS[bomb]()[:4_000_000]
    with shop_floor() as player:
        for function, event in signed_everywhere(body):
            name = next(each for each in player.sandbox.functions.named() if each.endswith(function))
            assert player.sandbox.functions.call(name, event)["statusCode"] == 200
        player.sandbox.settle()
        records = player.sandbox.records()
        assert not player.sandbox.functions.dead
        assert len(records.parked) <= 3  # the shop's two routes keep one body once
        assert all(len(base64.b64decode(each.body)) <= 250_000 for each in records.parked.values())
        assert len(texts(player)) == 0


def signed_everywhere(body: bytes) -> list[tuple[str, Json]]:
    made = []
    for name, proof, key in (
        ("orders", "x-shopify-hmac-sha256", "shopify"),
        ("fulfillments", "x-shopify-hmac-sha256", "shopify"),
        ("whatsapp", META, "meta_app"),
        ("viber by hmac", INFOBIP, "infobip_webhook"),
    ):
        route = routes()[name]
        event = route.events[0]
        headers = event["headers"] | {proof: signature(proof, SECRETS[key].encode(), body)}
        packed = {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
        made.append((route.function.replace("_", "-"), {**event, "headers": headers, **packed}))
    return made


# (where it is posted, under which topic, what it is) -> (parked as, messages shown)
ORDERS, PARCELS = "/shopify/orders", "/shopify/fulfillments"
BODIES = ("order", "cancelled", "parcel")
SWAPS: dict[tuple[str, str, str], tuple[str, int]] = {
    **{(ORDERS, topic, "order"): ("", 1) for topic in shopify.ORDER_TOPICS},
    **{(ORDERS, topic, "parcel"): ("not_an_order", 0) for topic in shopify.ORDER_TOPICS},
    **{
        (PARCELS, topic, body): ("no_order_id", 0) for topic in shopify.SHIPMENT_TOPICS for body in BODIES[:2]
    },
}
TOPICS = (
    *sorted(shopify.ORDER_TOPICS | shopify.SHIPMENT_TOPICS),
    "orders/paid",
    "customers/redact",
    "",
    "é\x00",
)


@pytest.mark.parametrize("path", (ORDERS, PARCELS))
@pytest.mark.parametrize("topic", TOPICS)
def test_a_swapped_topic_is_no_news_or_what_the_body_says(path: str, topic: str) -> None:
    """The topic is not signed: whoever holds a body may post it under any. Not listed: nothing."""
    for kind in BODIES:
        parked, shown = SWAPS.get((path, topic, kind), ("", 0))
        with shop_floor() as player:
            order = an_order(player)
            body = {
                "order": order,
                "cancelled": shop.cancelled(order, NOW),
                "parcel": a_parcel(player, order),
            }[kind]
            answered = post_raw(player, "orders/create", raw(body), path, **{"X-Shopify-Topic": topic})
            reasons = [each.reason for each in player.sandbox.records().parked.values()]
            assert (answered, reasons, len(texts(player))) == (200, [parked] if parked else [], shown)
            assert not player.sandbox.functions.dead


@pytest.mark.parametrize(
    "domain", ("other.myshopify.com", f"{SHOP}.evil.example", f"x{SHOP}", f"{SHOP},{SHOP}")
)
@pytest.mark.parametrize("name", ("orders", "fulfillments"))
def test_another_shops_authentic_webhook_is_refused_before_any_call(name: str, domain: str) -> None:
    """One app, one secret, several shops: its header is all that tells them apart, and it must be ours."""
    route = routes()[name]
    with sealed() as world:
        for event in route.events:
            headers = {**event["headers"], "x-shopify-shop-domain": domain}
            assert handler(route.function)({**event, "headers": headers}, None)["statusCode"] == 401
    assert world.touched == []


# What a body says -> what becomes of it: (messages about the order, its total, quantities of its first line).
NUMBERS: tuple[tuple[str, Any, str | None, int], ...] = (
    ("total_price", "-8999.00", None, 1),
    ("total_price", "1e400", None, 1),
    ("total_price", "9" * 40, None, 1),
    ("total_price", "0", "0", 1),
    ("total_price", -1, None, 1),
    ("total_price", [], None, 1),
    ("quantity", -3, "8999.00", 0),
    ("quantity", 10**30, "8999.00", 1_000_000),
    ("quantity", "9" * 4_000, "8999.00", 1),
    ("quantity", 1.5, "8999.00", 1),
    ("quantity", True, "8999.00", 1),
    ("price", "-1", "8999.00", 1),
    ("price", "1,5", "8999.00", 1),
)


@pytest.mark.parametrize(("field", "value", "total", "quantity"), NUMBERS)
def test_an_absurd_number_costs_its_field_and_not_the_news(
    field: str, value: object, total: str | None, quantity: int
) -> None:
    with shop_floor() as player:
        order = an_order(player, total_price="8999.00", total_price_set=None)
        line = {**order["line_items"][0], field: value}
        line.pop("current_quantity")
        changed = {field: value} if field == "total_price" else {"line_items": [line]}
        assert post_raw(player, "orders/create", raw({**order, **changed})) == 200
        assert all_is_well(player)
        assert len(texts(player)) == 1
        (stored,) = player.sandbox.records().orders.values()
        assert (str(stored.total.amount) if stored.total else None) == total
        assert stored.lines[0].quantity == quantity
        assert stored.lines[0].price.amount >= 0


def test_of_a_name_that_stands_twice_the_last_counts_as_it_did_for_the_signer() -> None:
    with shop_floor() as player:
        body = raw(an_order(player)).replace(b'"name": "#1001"', b'"name": "#6666", "name": "#1001"', 1)
        assert post_raw(player, "orders/create", body) == 200
        assert "#1001" in texts(player)[0]
        assert len(player.sandbox.records().orders) == 1


def test_five_thousand_lines_are_taken_and_told_of() -> None:
    with shop_floor() as player:
        order = an_order(player)
        order["line_items"] = [{**order["line_items"][0], "id": 10**12 + n} for n in range(5_000)]
        assert post_raw(player, "orders/create", raw(order)) == 200
        assert post_raw(player, "fulfillments/update", raw(a_parcel(player, order))) == 200
        assert all_is_well(player)
        assert len(texts(player)) == 2


def test_lines_that_no_item_of_a_table_can_hold_are_kept_for_a_human_and_not_sent_again() -> None:
    """No second try makes them smaller: a 5xx would go on for hours, and then cost the subscription."""
    dice = random.Random(1)
    with shop_floor() as player:
        order = an_order(player)
        line = {name: order["line_items"][0][name] for name in ("quantity", "price", "sku")}
        titles = ["".join(map(chr, dice.choices(range(0x400, 0x4FF), k=255))) for _ in range(4_000)]
        order["line_items"] = [{**line, "id": 10**12 + n, "title": title} for n, title in enumerate(titles)]
        body = raw(order)
        assert post_raw(player, "orders/create", body) == 200
        assert [each.reason for each in player.sandbox.records().parked.values()] == ["too_large_to_keep"]
        assert not player.sandbox.functions.dead
        assert texts(player) == []


# A form that no button of the page posts: it does nothing, and the page is shown.
FORMS = {
    "six megabytes": b"action=stop&" + b"a" * 4_000_000,
    "a million fields": b"&" * 1_000_000 + b"action=stop",
    "six fields": b"a=1&b=2&c=3&d=4&e=5&action=nothing",
    "percent signs": b"action=" + b"%" * 200,
    "no letters": b"action=\xff\xfe%ff%fe",
    "JSON": b'{"action":"stop"}',
    "another rating": b"action=rate:6",
    "a rating in other digits": "action=rate:٣".encode(),
    "nothing": b"",
    "the wrong name": b"Action=stop",
    "a list": b"action[]=stop",
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_a_form_that_nobody_pressed_does_nothing(form: bytes) -> None:
    with shop_floor() as player:
        post_raw(player, "orders/create", raw(an_order(player)))
        (link,) = links(player.sandbox.shown())
        before = player.sandbox.records()
        answer = press(player, link, form)
        assert answer == (200, "text/html; charset=utf-8")
        after = player.sandbox.records()
        assert (after.customers, after.messages) == (before.customers, before.messages)


def press(player: Player, link: str, form: bytes, query: str = "") -> tuple[int, str]:
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = player.sandbox.request("POST", link.removeprefix("https://kram.example") + query, kind, form)
    player.sandbox.settle()
    return answer.status, answer.headers["content-type"]


def test_thousands_of_query_parameters_change_nothing_and_a_true_press_still_counts() -> None:
    with shop_floor() as player:
        post_raw(player, "orders/create", raw(an_order(player)))
        (link,) = links(player.sandbox.shown())
        query = "?" + "&".join(f"p{n}={n}" for n in range(3_000)) + "&action=stop&token=x"
        path = link.removeprefix("https://kram.example")
        assert player.sandbox.request("GET", path + query, {}).status == 200
        assert not any(refused(player))
        assert press(player, link, b"action=stop", query)[0] == 200
        assert all(refused(player))


def refused(player: Player) -> list[bool]:
    """Of each way to reach the customer, whether marketing is off there."""
    (customer,) = player.sandbox.records().customers.values()
    return [a.refused(Purpose.MARKETING) for c, a in customer.addresses.items() if c is not Channel.EMAIL]


STEPS = 1_500


@pytest.mark.parametrize("name", PARSERS)
def test_a_parser_keeps_its_word_for_any_input(name: str) -> None:
    """A share of what atheris does in the long run, from the same seeds, by the same rules."""
    dice, parser = random.Random(name), PARSERS[name]
    seeds = parser.seeds()
    for _ in range(STEPS):
        parser.target(mutated(dice.choice(seeds), dice))


def test_the_seeds_of_a_parser_are_what_it_can_read() -> None:
    """Or the mutations would begin from nothing."""
    for seed in PARSERS["order"].seeds():
        assert shopify.read_order(seed, shopify.PLACED, SHOP).order.id
    for seed in PARSERS["shipment"].seeds():
        assert shopify.read_shipment(seed, SHOP).shipment.id
    assert buyer().phone == "+380671234567"
    assert sample("inbound_replies", "sms_stop")["Records"]
