"""A shop whose bodies say what we please, on a sandbox in memory, and what its customer's phone shows."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from aftercart.domain.consent import Channel
from sandbox import shop
from sandbox.fakes import FakeMessage, Mode
from sandbox.player import Player
from sandbox.sandbox import Sandbox
from sandbox.shop import Person
from sandbox.shop_settings import SHOP

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LINK = re.compile(r"[a-z]+://[^\s»)]+", re.IGNORECASE)
Json = dict[str, Any]


def buyer(**changed: Any) -> Person:
    olena = Person(
        id=7_400_000_000_001,
        first_name="Олена",
        last_name="Зразок",
        phone="+380671234567",
        email="buyer@customer.example",
    )
    return replace(olena, **changed)


@contextmanager
def shop_floor() -> Iterator[Player]:
    with Sandbox(NOW, memory=True).open() as sandbox:
        yield Player(sandbox)


def carried_by(player: Player, only: Channel) -> None:
    """The other channels refuse every message."""
    for channel in (Channel.WHATSAPP, Channel.VIBER, Channel.SMS):
        player.sandbox.break_channel(channel, Mode.OK if channel is only else Mode.DOWN)


def an_order(player: Player, person: Person | None = None, number: int = 1001, **changed: Any) -> Json:
    items = [player.sandbox.catalogue.by_sku[sku] for sku in ("ZIRVO-A1", "INK-J-BLACK")]
    return shop.order(person or buyer(), number, player.now(), items, **changed)


def a_parcel(player: Player, order: Json, status: str | None = "out_for_delivery", **changed: Any) -> Json:
    return shop.fulfillment(order, player.now(), status) | changed


def post_raw(player: Player, topic: str, raw: bytes, path: str = "", **headers: str) -> int:
    """These bytes, signed. Settles."""
    own_path, known, _ = shop.webhook(topic, {}, player.now())
    signed = {**known, "X-Shopify-Hmac-SHA256": shop.signature(raw), "X-Shopify-Shop-Domain": SHOP, **headers}
    answer = player.sandbox.request("POST", path or own_path, signed, raw)
    player.sandbox.settle()
    return answer.status


def raw(body: object) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")


def texts(player: Player) -> list[str]:
    return [message.text for message in player.sandbox.shown()]


def links(messages: list[FakeMessage]) -> set[str]:
    """Whatever a phone would open: in the texts and behind the buttons."""
    urls = {button.url for message in messages for button in message.buttons if button.url}
    return urls | {found for message in messages for found in LINK.findall(message.text)}


def all_is_well(player: Player) -> bool:
    """Nothing died of it, and nothing waits for a human."""
    return not player.sandbox.functions.dead and not player.sandbox.records().parked
