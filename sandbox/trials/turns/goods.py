"""The sample brand as it is built, its buyers, and what its shop says of them, read as handlers read it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from aftercart.domain.brand import Brand
from aftercart.domain.catalogue import Catalogue
from aftercart.domain.journey import Journey
from aftercart.flows.subscriptions import Subscribing
from aftercart.shops import shopify
from aftercart.texts.compiled import load_brand, load_catalogue, load_journeys
from sandbox import shop
from sandbox.fakes.browser import Browser
from sandbox.sandbox import compiled
from sandbox.shop import Person
from sandbox.shop_settings import SHOP
from sandbox.trials import routes
from sandbox.trials.routes import Route
from sandbox.trials.turns.errands import Errand

Json = dict[str, Any]
OLENA = Person(
    id=7_311_000_000_001,
    first_name="Олена",
    last_name="Шевченко",
    phone="+380671234567",
    email="olena@customer.example",
)
MARKO = replace(OLENA, id=7_311_000_000_002, first_name="Марко", email="marko@customer.example")
DARYNA = replace(
    OLENA, id=7_311_000_000_003, first_name="Дарина", phone="+380631234567", email="daryna@customer.example"
)


@dataclass(frozen=True, slots=True)
class Goods:
    """What the build makes of `journeys/`, once a process."""

    brand: Brand
    journeys: Mapping[str, Journey]
    catalogue: Catalogue

    def over(self, way: Route) -> "Goods":
        """Whatever is said from now on takes this route, in every country."""
        return replace(self, brand=routes.brand_over(self.brand, way))


@cache
def goods() -> Goods:
    brand = replace(load_brand(compiled()), providers={})  # the handsets carry
    return Goods(brand, load_journeys(compiled()), load_catalogue(compiled()))


def bought(person: Person, number: int, at: datetime, skus: Sequence[str] = ("ZIRVO-A1",)) -> Json:
    """The shop's body of an order."""
    return shop.order(person, number, at, [goods().catalogue.by_sku[sku] for sku in skus])


def subscribed(body: Json, at: datetime) -> Errand:
    """Whoever placed the order may be pushed to."""
    address = _browser(body["customer"]["first_name"])
    return Errand("device", (Subscribing(address=address, at=at, marketing=True), str(body["id"])))


@cache
def _browser(owner: str) -> str:
    return Browser.of(owner).address


def ordered(body: Json, topic: str = "orders/create") -> Errand:
    return Errand("order", (shopify.read_order(_raw(body), topic, SHOP),))


def cancelled(body: Json, at: datetime) -> Errand:
    return ordered(shop.cancelled(body, at), "orders/cancelled")


def moved(body: Json, status: str | None, at: datetime, parcel: int = 1) -> Errand:
    """A parcel of an order, as its carrier says."""
    return Errand("parcel", (shopify.read_shipment(_raw(shop.fulfillment(body, at, status, parcel)), SHOP),))


def _raw(body: Json) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()
