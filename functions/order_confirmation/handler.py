"""A shop says: an order was placed, paid, changed, cancelled or refunded."""

from typing import Any

from aftercart import wiring
from aftercart.aws.http_api import Answer, Request, answer, parked, serve, unauthorized
from aftercart.flows.authentic import authentic
from aftercart.flows.order_confirmation import on_order
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
    topic = shopify.topic_of(request.headers)
    if topic not in shopify.ORDER_TOPICS:
        return answer(200)
    try:
        news = shopify.read_order(request.body, topic, world.shop)
        return answer(200, on_order(news, world))
    except Unreadable as fault:
        return parked("shopify", fault, request.body, world)


wiring.prepare(wiring.world)
