"""What a text may name, and how clean it is when it gets there.

Values come from shops and from customers: they are data, and stay it. They cannot break a line, turn the
writing round, format a messenger's text or smuggle a link in.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from aftercart.domain.brand import Brand
from aftercart.domain.catalogue import Catalogue, Item
from aftercart.domain.consent import Channel
from aftercart.domain.links import is_public
from aftercart.domain.order import Line, Order
from aftercart.ports import Telling

LONGEST_NAME = 40
LONGEST_TITLE = 80
LONGEST_WORD = 60  # numbers, carriers
LONGEST_URL = 500
LONGEST_SMS_URL = 60  # a longer one would fill the message by itself
MOST_ITEMS = 10

# A first name that a phone would turn into a link, or that holds a number to call, is no first name:
# an order can be placed in anyone's name, and the message bears the shop's.
NOT_A_NAME = re.compile(r"://|@|www\.|[a-z0-9-]\.[a-z]{2}|\.(?:укр|рф|бел|қаз)\b|\d{5}", re.IGNORECASE)
# WhatsApp and Viber format by these; the wide twins look alike and do nothing.
UNFORMATTED = str.maketrans("*_~`", "＊＿～｀")
JOINERS = "\u200c\u200d"  # the only invisible characters that spelling needs


@dataclass(frozen=True, slots=True)
class Cleaner:
    channel: Channel
    longest_title: int = LONGEST_TITLE

    def name(self, value: str) -> str | None:
        if NOT_A_NAME.search(value):
            return None
        return self.words(value, LONGEST_NAME)

    def title(self, value: str) -> str | None:
        return self.words(value, self.longest_title)

    def words(self, value: str, longest: int = LONGEST_WORD) -> str | None:
        """One line of visible characters, at most so long; None where nothing is left, or for a link."""
        line = shortened(one_line(value), longest)
        if "://" in line:
            return None
        return (line if self.channel is Channel.SMS else line.translate(UNFORMATTED)) or None

    def url(self, value: str) -> str | None:
        longest = LONGEST_SMS_URL if self.channel is Channel.SMS else LONGEST_URL
        return value if is_public(value) and len(value) <= longest else None

    def image(self, value: str) -> str | None:
        """Providers and mailboxes fetch it, and many of them over https alone."""
        return self.url(value) if value.startswith("https://") else None


def one_line(value: str) -> str:
    """Control characters are spaces, runs of spaces are one; what is not seen (bidi, zero width) goes."""
    kept = (c for c in value if c in JOINERS or unicodedata.category(c) not in ("Cf", "Cs"))
    return " ".join("".join(" " if unicodedata.category(c) == "Cc" else c for c in kept).split())


def shortened(value: str, longest: int) -> str:
    """Cut after a whole word where there is one."""
    if len(value) <= longest:
        return value
    cut = value[: longest - 1]
    whole, space, _ = cut.rpartition(" ")
    return f"{(whole if space and len(whole) > longest // 2 else cut).rstrip(' ,.;:-–—')}…"


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
