"""A brand whose SMS goes through Twilio and whose Viber goes through TurboSMS, lived in both worlds."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from aftercart.domain.consent import Channel, Purpose
from sandbox.control import views
from sandbox.fakes import Mode
from sandbox.player import Json, Player
from sandbox.sandbox import Sandbox
from sandbox.trials.crashes.prepared import OLENA
from sandbox.trials.invariants import breaches
from sandbox.trials.routes import made, route

NOON = datetime(2026, 11, 23, 10, tzinfo=UTC)
ROUTE = route("whatsapp/meta", "viber/turbosms", "sms/twilio")


@pytest.fixture(params=(True, False), ids=("in memory", "on moto"))
def player(request: pytest.FixtureRequest) -> Iterator[Player]:
    with Sandbox(NOON, memory=request.param, made=made(ROUTE)).open() as sandbox:
        sandbox.break_channel(Channel.WHATSAPP, Mode.DOWN)
        yield Player(sandbox)
        assert breaches(sandbox) == []


def shown(player: Player) -> list[tuple[str, str]]:
    return [(each["provider"], each["step"]) for each in player.shown()]


def attempts(player: Player) -> list[Json]:
    records = player.sandbox.records()
    return [each for message in records.messages.values() for each in views.attempts(player.sandbox, message)]


def refused(player: Player, channel: Channel) -> set[Purpose]:
    (customer,) = player.sandbox.records().customers.values()
    return {purpose for purpose in Purpose if customer.addresses[channel].refused(purpose)}


def test_an_sms_goes_out_and_its_callback_says_that_it_was_delivered(player: Player) -> None:
    player.sandbox.break_channel(Channel.VIBER, Mode.DOWN)
    player.orders(OLENA, 1001, ["ZIRVO-A1"])
    assert shown(player) == [("twilio", "confirm")]
    (sms,) = [each for each in attempts(player) if each["channel"] == "sms"]
    assert (sms["outcome"], sms["receipt"]) == ("accepted", "delivered")
    player.wait(days=1)
    assert shown(player) == [("twilio", "confirm")]


def test_an_sms_that_does_not_arrive_is_known_not_to_have(player: Player) -> None:
    player.sandbox.break_channel(Channel.VIBER, Mode.DOWN)
    player.sandbox.break_channel(Channel.SMS, Mode.REJECT)
    player.orders(OLENA, 1001, ["ZIRVO-A1"])
    (sms,) = [each for each in attempts(player) if each["channel"] == "sms"]
    assert (sms["receipt"], sms["reason"]) == ("failed", "unreachable 30003")
    assert shown(player) == []


def test_a_viber_message_that_nobody_confirms_is_followed_by_the_sms_after_its_wait(player: Player) -> None:
    player.orders(OLENA, 1001, ["ZIRVO-A1"])
    assert shown(player) == [("turbosms", "confirm")]
    (viber,) = [each for each in attempts(player) if each["channel"] == "viber"]
    assert (viber["outcome"], viber["receipt"]) == ("accepted", None)
    player.wait(minutes=14)
    assert len(shown(player)) == 1
    player.wait(minutes=2)
    assert shown(player) == [("turbosms", "confirm"), ("twilio", "confirm")]


def test_an_answer_comes_through_twilios_signed_webhook_and_is_answered_there(player: Player) -> None:
    player.sandbox.break_channel(Channel.VIBER, Mode.DOWN)
    player.orders(OLENA, 1001, ["ZIRVO-A1"])
    player.replies(OLENA, Channel.SMS, "Коли приїде?")
    assert shown(player) == [("twilio", "confirm"), ("twilio", "help")]
    (customer,) = player.sandbox.records().customers.values()
    assert customer.written_at == {Channel.SMS: NOON}


@pytest.mark.parametrize("word", ("STOP", "Стоп"))
def test_stop_stops(player: Player, word: str) -> None:
    player.sandbox.break_channel(Channel.VIBER, Mode.DOWN)
    order = player.orders(OLENA, 1001, ["ZIRVO-A1"])
    player.replies(OLENA, Channel.SMS, word)
    assert refused(player, Channel.SMS) == {*Purpose}
    assert Purpose.MARKETING in refused(player, Channel.WHATSAPP)
    player.parcel(order, "delivered")
    player.wait(days=4)  # the survey would come after three
    assert shown(player) == [("twilio", "confirm")]


def test_a_stop_that_only_twilio_knows_becomes_ours(player: Player) -> None:
    player.sandbox.break_channel(Channel.VIBER, Mode.DOWN)
    order = player.orders(OLENA, 1001, ["ZIRVO-A1"])
    player.sandbox.providers.reply(Channel.SMS, OLENA.phone, "STOP")  # and its webhook is lost
    player.parcel(order, "in_transit")
    player.wait(hours=2)
    assert "opted_out 21610" in [each["reason"] for each in attempts(player)]
    assert refused(player, Channel.SMS) == {*Purpose}
