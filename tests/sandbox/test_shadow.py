"""A whole stack in shadow: live webhooks come in, every decision is taken, and no provider is called."""

from sandbox.player import Player
from sandbox.sandbox import Sandbox
from sandbox.story import BEGINS, people


def test_an_order_and_its_parcel_are_decided_and_nothing_is_sent() -> None:
    with Sandbox(BEGINS, memory=True, parameters={"Sending": "shadow"}).open() as sandbox:
        player = Player(sandbox)
        order = player.orders(people()[0], 1001, ["ZIRVO-A1"])
        player.parcel(order, "delivered")
        player.wait(days=5)
        _, decisions = player.call("GET", "/sandbox/decisions")
        assert {each["step"] for each in decisions} >= {"confirm", "delivered", "survey"}
        _, attempts = player.call("GET", "/sandbox/attempts")
        assert [each["reason"] for each in attempts] == ["rehearsed"] * 3  # and no other channel
        assert sandbox.providers.calls == []
        assert player.shown() == []
