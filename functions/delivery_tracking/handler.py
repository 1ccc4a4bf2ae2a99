"""A shop or a carrier says: the parcel moved."""

from typing import Any

from aftercart import wiring
from aftercart.aws.http_api import Answer, Request, answer, parked, serve, unauthorized
from aftercart.flows.authentic import authentic
from aftercart.flows.delivery_tracking import on_shipment
from aftercart.ports import Unreadable
from aftercart.shops import shopify


def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return serve(event, _take)


def _take(request: Request) -> Answer:
    world = wiring.world()
    if not authentic(
        world.secrets, "shopify", lambda keys: shopify.verify(request.headers, request.body, keys)
    ):
        return unauthorized("shopify")
    if not shopify.is_of(request.headers, world.shop):
        return unauthorized("shopify", "another_shop")
    if shopify.topic_of(request.headers) not in shopify.SHIPMENT_TOPICS:
        return answer(200)
    try:
        news = shopify.read_shipment(request.body, world.shop)
        return answer(200, on_shipment(news, world))
    except Unreadable as fault:
        return parked("shopify", fault, request.body, world)


wiring.prepare(wiring.world)
