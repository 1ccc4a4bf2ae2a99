import json
from pathlib import Path
from typing import Any

import pytest

from aftercart.domain.order import OrderNews, Stage
from aftercart.shops import shopify
from sandbox.shop_settings import SECRETS, SHOP
from sandbox.sign_events import EVENTS, SIGNATURES, body_of, signed

FILES = sorted(EVENTS.glob("*/*.json"))
SHOPS = [path for path in FILES if path.parent.name in ("order_confirmation", "delivery_tracking")]
SECRET = SECRETS["shopify"].encode()


def load(path: Path) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return event


def named(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def order(name: str) -> OrderNews:
    event = load(EVENTS / "order_confirmation" / f"{name}.json")
    return shopify.read_order(body_of(event), shopify.topic_of(event["headers"]), SHOP)


@pytest.mark.parametrize("path", FILES, ids=named)
def test_each_signature_is_that_of_the_body(path: Path) -> None:
    event = load(path)
    assert signed(event) == event, "run: python -m sandbox.sign_events"


@pytest.mark.parametrize("path", SHOPS, ids=named)
def test_the_shop_is_believed_unless_its_event_is_unsigned_or_changed(path: Path) -> None:
    event = load(path)
    headers, body = event["headers"], body_of(event)
    assert shopify.verify(headers, body, [SECRET]) is ("unsigned" not in path.stem)
    assert not shopify.verify(headers, body.replace(b"1", b"2", 1), [SECRET])
    assert headers["x-shopify-shop-domain"] == SHOP


def test_an_edited_body_is_signed_anew_and_an_unsigned_one_stays_so() -> None:
    event = load(EVENTS / "order_confirmation" / "order_placed.json")
    edited = {**event, "body": event["body"].replace("Олена", "Ольга")}
    again = signed(edited)
    assert shopify.verify(again["headers"], body_of(again), [SECRET])
    assert again["headers"]["content-length"] == str(len(body_of(edited)))
    unsigned = load(EVENTS / "order_confirmation" / "order_unsigned.json")
    assert not SIGNATURES.keys() & signed(unsigned)["headers"].keys()


def test_some_bodies_come_as_text_and_some_in_base64() -> None:
    assert {load(path)["isBase64Encoded"] for path in SHOPS} == {True, False}


def test_each_topic_goes_to_the_function_that_takes_it() -> None:
    for path in SHOPS:
        topics = shopify.ORDER_TOPICS if path.parent.name == "order_confirmation" else shopify.SHIPMENT_TOPICS
        assert shopify.topic_of(load(path)["headers"]) in topics


def test_an_order_is_placed_by_olena_who_agreed_to_marketing() -> None:
    news = order("order_placed")
    assert news.is_new
    assert (news.buyer.phone, news.buyer.language) == ("+380671234567", "uk")
    assert [consent.granted for consent in news.buyer.phone_consents] == [True]
    assert [line.sku for line in news.order.lines] == ["ZIRVO-A1"]


def test_a_guest_is_reached_though_the_body_is_full_of_holes() -> None:
    news = order("order_placed_by_guest")
    assert (news.buyer.reference, news.buyer.phone, news.buyer.language) == ("", "+380507654321", "")
    assert (news.order.lines[0].sku, news.order.lines[0].product) == ("", "8100000000024")


def test_a_cancelled_order_has_nothing_left() -> None:
    news = order("order_cancelled")
    assert news.order.cancelled
    assert not news.is_new
    assert [line.quantity for line in news.order.lines] == [0]
    assert news.buyer.phone_consents == ()


def test_the_parcel_of_olenas_order_is_sent_and_arrives() -> None:
    stages = []
    for name in ("parcel_sent", "parcel_delivered"):
        news = shopify.read_shipment(body_of(load(EVENTS / "delivery_tracking" / f"{name}.json")), SHOP)
        assert news.order == order("order_placed").order.id
        assert news.shipment.tracking_number == "20450123456789"
        stages.append(news.shipment.stage)
    assert stages == [Stage.IN_TRANSIT, Stage.DELIVERED]
