"""A shop or a carrier says: the parcel moved."""

from typing import Any

from aftercart import wiring
from aftercart.aws import shop_webhook
from aftercart.aws.http_api import Answer, Request, serve
from aftercart.flows.delivery_tracking import on_shipment
from aftercart.ports import World
from aftercart.shops import shopify


def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return serve(event, _take)


def _take(request: Request) -> Answer:
    return shop_webhook.taken(request, shopify.SHIPMENT_TOPICS, _act, wiring.world())


def _act(body: bytes, _topic: str, world: World) -> str:
    return on_shipment(shopify.read_shipment(body, world.shop), world)


wiring.prepare(wiring.world)
