"""The hands at the controls: a shop that posts, customers who answer, a clock that is moved."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from aftercart.domain.consent import Channel
from sandbox import shop
from sandbox.control import api as control
from sandbox.control import views
from sandbox.fakes.browser import Browser
from sandbox.sandbox import Sandbox
from sandbox.shop import Person

Json = Any


@dataclass(slots=True)
class Player:
    """Plays on a sandbox. Everything settles before a method returns."""

    sandbox: Sandbox

    def now(self) -> datetime:
        return self.sandbox.engine.now()

    def wait(self, **time: float) -> None:
        """So many minutes, hours, days."""
        self.sandbox.advance(self.now() + timedelta(**time))

    def until(self, hour: int, minute: int, days: int = 0) -> None:
        """To a time of day in Kyiv, so many days on."""
        self.sandbox.advance(self.today(hour, minute) + timedelta(days=days))

    def today(self, hour: int, minute: int) -> datetime:
        """A time of this day in Kyiv, be it past."""
        return self.now().astimezone(shop.KYIV).replace(hour=hour, minute=minute, second=0, microsecond=0)

    def post(self, topic: str, body: Json) -> int:
        """The shop tells us, as it would: signed, in its own shape. Gives the status."""
        path, headers, raw = shop.webhook(topic, body, self.now())
        answer = self.sandbox.request("POST", path, headers, raw)
        self.sandbox.settle()
        return answer.status

    def orders(self, person: Person, number: int, skus: Sequence[str]) -> Json:
        """Somebody buys; gives the order's body."""
        items = [self.sandbox.catalogue.by_sku[sku] for sku in skus]
        body = shop.order(person, number, self.now(), items)
        self.post("orders/create", body)
        return body

    def parcel(self, order: Json, status: str | None) -> None:
        """The first parcel of an order moves; without a status it is handed over."""
        topic = "fulfillments/update" if status else "fulfillments/create"
        self.post(topic, shop.fulfillment(order, self.now(), status))

    def replies(self, person: Person, channel: Channel, text: str) -> None:
        """Somebody writes to us."""
        self.sandbox.providers.push(self.sandbox.providers.reply(channel, person.phone, text))
        self.sandbox.settle()

    def subscribes(self, order: Json, browser: Browser, **more: Any) -> int:
        """Somebody presses the shop's button for notifications on the page of an order. Gives the status."""
        headers, body = shop.subscription(order, browser.subscription(), self.now(), **more)
        answer = self.sandbox.request("POST", shop.SUBSCRIPTIONS, headers, body)
        self.sandbox.settle()
        return answer.status

    def call(self, method: str, target: str, body: bytes = b"") -> tuple[int, Json]:
        """The control API, as over HTTP."""
        return control.answer(self.sandbox, method, target, body)

    def shown(self) -> list[Json]:
        return views.messages(self.sandbox)
