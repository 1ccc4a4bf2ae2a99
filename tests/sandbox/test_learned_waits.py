"""Waits that receipts have taught, in both worlds: how long the next channel is left waiting."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from aftercart import ports
from aftercart.domain.consent import Channel
from aftercart.domain.timings import LEAST, Timings
from aftercart.ports import Put
from sandbox.control import views
from sandbox.fakes import Mode
from sandbox.player import Player
from sandbox.sandbox import Sandbox
from sandbox.shop_settings import SHOP
from sandbox.trials.crashes.changed import that_learns
from sandbox.trials.crashes.prepared import OLENA

NOON = datetime(2026, 11, 23, 10, tzinfo=UTC)


@pytest.fixture(params=["aws", "memory"])
def either(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with Sandbox(NOON, memory=request.param == "memory", made=that_learns()).open() as sandbox:
        yield sandbox


def has_seen(sandbox: Sandbox, name: str, seconds: int) -> None:
    """So many receipts that each took so long."""
    timings = Timings(since=sandbox.engine.now())
    for _ in range(LEAST):
        timings = timings.with_one(timedelta(seconds=seconds), sandbox.engine.now())
    ref = ports.timings(SHOP, name)
    sandbox.store.commit(sandbox.store.read(ref), [Put(ref=ref, value=timings)])


def test_the_next_channel_comes_when_nearly_every_receipt_would_have(either: Sandbox) -> None:
    has_seen(either, "whatsapp/UA", 300)  # within 384, and the minute for the rung to begin
    either.break_channel(Channel.WHATSAPP, Mode.SILENT)
    Player(either).orders(OLENA, 1001, ["ZIRVO-A1"])
    either.advance(NOON + timedelta(hours=1))
    assert [(shown.channel, shown.at - NOON) for shown in either.shown()] == [
        (Channel.VIBER, timedelta(seconds=444))
    ]


def test_deliveries_are_counted_where_the_customer_is(either: Sandbox) -> None:
    Player(either).orders(OLENA, 1001, ["ZIRVO-A1"])
    assert views.waits(either) == [{"times": "whatsapp/UA", "receipts": 1, "seconds": None}]


def test_too_few_receipts_leave_the_brands_wait(either: Sandbox) -> None:
    Player(either).orders(OLENA, 1001, ["ZIRVO-A1"])
    either.break_channel(Channel.WHATSAPP, Mode.SILENT)
    either.advance(NOON + timedelta(hours=1))
    Player(either).orders(OLENA, 1002, ["ZIRVO-X2"])
    either.advance(NOON + timedelta(hours=2))
    last = either.shown()[-1]
    assert (last.channel, last.at) == (Channel.VIBER, NOON + timedelta(hours=1, minutes=15))
