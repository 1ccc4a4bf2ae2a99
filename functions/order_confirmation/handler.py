"""A shop says: an order was placed, paid, changed, cancelled or refunded."""

from typing import Any

from aftercart import wiring
from aftercart.aws import shop_webhook
from aftercart.aws.http_api import Answer, Request, serve
from aftercart.flows.order_confirmation import on_order
from aftercart.ports import World
from aftercart.shops import shopify


def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return serve(event, _take)


def _take(request: Request) -> Answer:
    return shop_webhook.taken(request, shopify.ORDER_TOPICS, _act, wiring.world())


def _act(body: bytes, topic: str, world: World) -> str:
    return on_order(shopify.read_order(body, topic, world.shop), world)


wiring.prepare(wiring.world)
