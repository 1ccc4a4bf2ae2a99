"""What a text may name."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from aftercart.domain.brand import Brand
from aftercart.domain.catalogue import Catalogue, Item
from aftercart.domain.order import Line, Order
from aftercart.ports import Telling
from aftercart.texts.clean import Cleaner

MOST_ITEMS = 10


def variables(
    telling: Telling, brand: Brand, catalogue: Catalogue, language: str, clean: Cleaner
) -> dict[str, object]:
    """All of them, each None where it is not known: `{% if shipment.url %}` and `| default:` serve then."""
    message, order = telling.message, telling.order
    return {
        "brand": {"name": brand.name},
        "support": {"phone": brand.support.phone or None, "hours": brand.support.hours.get(language)},
        "customer": {"first_name": clean.name(telling.customer.first_name)},
        "order": _order(order, catalogue, language, clean),
        "product": _product(telling, catalogue, language, clean),
        "offer": _offer(telling, catalogue, language, clean),
        "shipment": _shipment(order, message.shipment, clean),
        "rating": clean.words(message.values.get("rating", "")),
        "link": telling.link,
        "can_answer": telling.can_answer,
    }


def _order(order: Order | None, catalogue: Catalogue, language: str, clean: Cleaner) -> Mapping[str, object]:
    lines = [line for line in order.lines if line.quantity > 0] if order else []
    return {
        "number": clean.words(order.number) if order else None,
        "placed_at": _placed_at(order) if order else None,
        "total": order.total if order else None,
        "status_url": clean.url(order.status_url) if order else None,
        "count": sum(line.quantity for line in lines),
        "items": [
            {**_line(line, catalogue, language, clean), "quantity": line.quantity}
            for line in lines[:MOST_ITEMS]
        ],
    }


def _placed_at(order: Order) -> datetime:
    """As the calendar said where it was delivered."""
    return order.placed_at.astimezone(ZoneInfo(order.zones[0])) if order.zones else order.placed_at


Facts = dict[str, object]


def _line(line: Line, catalogue: Catalogue, language: str, clean: Cleaner) -> Facts:
    item = catalogue.find(line)
    if item is None:
        return {"title": clean.title(line.title), "image": None}
    return _item(item, language, clean)


def _item(item: Item | None, language: str, clean: Cleaner) -> Facts:
    """What a lock screen must not name has neither title nor image."""
    if item is None or item.sensitive:
        return {"title": None, "image": None}
    return {"title": clean.title(item.title(language)), "image": clean.image(item.image)}


def _product(telling: Telling, catalogue: Catalogue, language: str, clean: Cleaner) -> Facts:
    message, order = telling.message, telling.order
    line = order.line(message.line) if order else None
    if line is not None:
        return _line(line, catalogue, language, clean)
    return _item(catalogue.by_sku.get(message.sku), language, clean)


def _offer(telling: Telling, catalogue: Catalogue, language: str, clean: Cleaner) -> Facts:
    offer = telling.message.offer
    sku, for_sku = (offer.sku, offer.for_sku) if offer else ("", "")
    return {
        **_item(catalogue.by_sku.get(sku), language, clean),
        "for_title": _item(catalogue.by_sku.get(for_sku), language, clean)["title"],
        "price": offer.price if offer else None,
    }


def _shipment(order: Order | None, shipment: str, clean: Cleaner) -> Mapping[str, object]:
    parcel = order.shipments.get(shipment) if order else None
    return {
        "tracking_number": clean.words(parcel.tracking_number) if parcel else None,
        "url": clean.url(parcel.tracking_url) if parcel else None,
        "carrier": clean.words(parcel.carrier) if parcel else None,
    }
