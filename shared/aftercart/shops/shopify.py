"""Shopify: is a webhook authentic, and what does it say of an order or of a parcel.

The topic stands in a header, which Shopify does not sign: a body must look like what the topic calls it, and
what became of an order is read from the body alone. Who the buyer is stands in `shopify_buyer`.
"""

import base64
import hashlib
import hmac
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from aftercart.domain.money import Money
from aftercart.domain.order import Line, Order, OrderNews, Shipment, ShipmentNews, Stage
from aftercart.domain.zones import plausible_zones
from aftercart.ports import Unreadable
from aftercart.shops.bodies import parse
from aftercart.shops.shopify_buyer import buyer_of, delivered_to
from aftercart.shops.shopify_shapes import FulfillmentShape, LineShape, OrderShape

PLACED = "orders/create"
ORDER_TOPICS = frozenset({PLACED, "orders/updated", "orders/cancelled"})
SHIPMENT_TOPICS = frozenset({"fulfillments/create", "fulfillments/update"})

# Where the carrier says it is (formats.md B). What is not here is told by the fulfilment's own status.
BY_SHIPMENT_STATUS: Mapping[str, Stage] = {
    "label_purchased": Stage.LABEL_CREATED,
    "label_printed": Stage.LABEL_CREATED,
    "confirmed": Stage.LABEL_CREATED,
    "carrier_picked_up": Stage.IN_TRANSIT,
    "in_transit": Stage.IN_TRANSIT,
    "delayed": Stage.DELAYED,
    "out_for_delivery": Stage.OUT_FOR_DELIVERY,
    "attempted_delivery": Stage.ATTEMPT_FAILED,
    "ready_for_pickup": Stage.READY_FOR_PICKUP,
    "ready_for_recipient_pickup": Stage.READY_FOR_PICKUP,
    "buyer_action_required": Stage.EXCEPTION,
    "failure": Stage.EXCEPTION,
    "delivered": Stage.DELIVERED,
    "picked_up": Stage.DELIVERED,
    "returning_to_sender": Stage.RETURNING,
}
BY_STATUS: Mapping[str, Stage] = {
    "pending": Stage.LABEL_CREATED,
    "open": Stage.LABEL_CREATED,
    "success": Stage.IN_TRANSIT,  # handed over: most shops mark it so and have no carrier's scans
    "cancelled": Stage.CANCELLED,
    "error": Stage.CANCELLED,
    "failure": Stage.CANCELLED,
}
NO_CARRIER = frozenset({"null-company", "null", "none", "other"})  # the first is what real bodies say
MOST_NUMBERS = 5


def verify(headers: Mapping[str, str], body: bytes, secrets: Sequence[bytes]) -> bool:
    """X-Shopify-Hmac-SHA256 over the raw bytes, under any live secret: while one is rotated there are two."""
    given = _header(headers, "x-shopify-hmac-sha256").encode("utf-8", "replace")
    digests = [hmac.digest(secret, body, hashlib.sha256) for secret in secrets if secret]
    matches = [hmac.compare_digest(base64.b64encode(digest), given) for digest in digests]
    return any(matches)


def is_of(headers: Mapping[str, str], shop: str) -> bool:
    """Whether the webhook is of this shop, or does not say: an app's one secret signs for all its shops.

    The header is not signed: this keeps out what was sent here by mistake, not who forges it. A proxy may
    drop it; what is authentic is not lost for that.
    """
    return _header(headers, "x-shopify-shop-domain").lower() in ("", shop.lower())


def topic_of(headers: Mapping[str, str]) -> str:
    """What the webhook says that happened; unsigned, so it may choose a parser and nothing else."""
    return _header(headers, "x-shopify-topic").lower()


def read_order(body: bytes, topic: str, shop: str) -> OrderNews:
    """An `orders/*` body. Unreadable: it is no order, has no id, or no time."""
    shape, placed_at = _order(body)
    updated_at = shape.updated_at or placed_at
    country, province = delivered_to(shape)
    order = Order(
        shop=shop,
        id=shape.id,
        number=shape.name or (f"#{shape.order_number}" if shape.order_number else ""),
        placed_at=placed_at,
        updated_at=updated_at,
        cancelled_at=shape.cancelled_at,
        total=_total(shape),
        lines=_lines(shape),
        status_url=shape.order_status_url,
        country=country,
        zones=plausible_zones(country, province),
        shipments={each.id: _shipment(each, updated_at) for each in shape.fulfillments if each.id},
    )
    return OrderNews(order=order, buyer=buyer_of(shape), is_new=topic == PLACED)


def read_shipment(body: bytes, shop: str) -> ShipmentNews:
    """A `fulfillments/*` body. Unreadable: it is no fulfilment, lacks its or its order's id, or a time."""
    bare = parse(FulfillmentShape, body)
    shape = bare if bare.id or bare.fulfillment is None else bare.fulfillment
    if not shape.id or not shape.order_id:
        raise Unreadable("no_fulfillment_id" if not shape.id else "no_order_id")
    if shape.fulfillment_id or not (shape.status or shape.shipment_status):
        raise Unreadable("not_a_fulfillment")
    if (at := shape.updated_at or shape.created_at) is None:
        raise Unreadable("no_time")
    return ShipmentNews(shop=shop, order=shape.order_id, shipment=_shipment(shape, at))


def _header(headers: Mapping[str, str], name: str) -> str:
    """Header names come in any case: `...Sha256` and `...SHA256` both occur."""
    return next((value for key, value in headers.items() if key.lower() == name), "").strip()


def _order(body: bytes) -> tuple[OrderShape, datetime]:
    """With the time it was placed."""
    bare = parse(OrderShape, body)
    shape = bare if bare.id or bare.order is None else bare.order
    if not shape.id:
        raise Unreadable("no_order_id")
    is_another_thing = shape.order_id or shape.abandoned_checkout_url or shape.invoice_url
    if is_another_thing or not (shape.order_number or (shape.name and shape.total_price is not None)):
        raise Unreadable("not_an_order")
    placed_at = shape.created_at or shape.processed_at or shape.updated_at
    if placed_at is None:
        raise Unreadable("no_time")
    return shape, placed_at


def _total(shape: OrderShape) -> Money | None:
    """What the customer saw at the checkout; None where the body names no sane amount."""
    shown = shape.total_price_set.presentment_money if shape.total_price_set else None
    if shown and shown.amount is not None and shown.currency_code:
        return Money(shown.amount, shown.currency_code)
    if shape.total_price is not None and shape.currency:
        return Money(shape.total_price, shape.currency)
    return None


def _lines(shape: OrderShape) -> tuple[Line, ...]:
    refunded: Counter[str] = Counter()
    for refund in shape.refunds:
        for returned in refund.refund_line_items:
            refunded[returned.line_item_id] += returned.quantity or 0
    lines = enumerate(shape.line_items, start=1)
    return tuple(_line(line, place, refunded[line.id], shape.currency) for place, line in lines)


def _line(shape: LineShape, place: int, refunded: int, currency: str) -> Line:
    """Its price is in the shop's currency, as the catalogue's are. Old API versions lack current_quantity."""
    ordered = 1 if shape.quantity is None else shape.quantity
    left = max(ordered - refunded, 0)
    return Line(
        id=shape.id or f"line-{place}",
        sku=shape.sku,
        product=shape.product_id,
        title=shape.title or shape.name,
        quantity=left if shape.current_quantity is None else shape.current_quantity,
        price=Money(shape.price or Decimal(0), currency),
    )


def _shipment(shape: FulfillmentShape, otherwise_at: datetime) -> Shipment:
    """A fulfilment with several tracking numbers is one shipment that names them all."""
    at = shape.updated_at or shape.created_at or otherwise_at
    numbers = [number for number in shape.tracking_numbers if number] or [shape.tracking_number]
    links = [link for link in (*shape.tracking_urls, shape.tracking_url) if link]
    carrier = shape.tracking_company
    return Shipment(
        id=shape.id,
        stages={_stage(shape): at},
        updated_at=at,
        tracking_number=", ".join(dict.fromkeys(numbers[:MOST_NUMBERS])),
        tracking_url=links[0] if links else "",
        carrier="" if carrier.casefold() in NO_CARRIER else carrier,
        lines=tuple(line.id for line in shape.line_items if line.id),
    )


def _stage(shape: FulfillmentShape) -> Stage:
    by_status = BY_STATUS.get(shape.status.lower(), Stage.LABEL_CREATED)
    if by_status is Stage.CANCELLED:
        return by_status  # the shop took it back, whatever a carrier still says
    return BY_SHIPMENT_STATUS.get(shape.shipment_status.lower(), by_status)
