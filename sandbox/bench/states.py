"""States that the workflow enters for one message, for each way in which it can end.

States entered = rungs tried, plus at most one that ends it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aftercart.domain.consent import Channel
from aftercart.domain.ids import execution_name
from sandbox import shop
from sandbox.bench.table import Row, Section
from sandbox.cloud import faults
from sandbox.fakes import Mode
from sandbox.player import Player
from sandbox.sandbox import Sandbox
from sandbox.trials.crashes import changed

NOON = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
OLENA = shop.Person(
    id=700_001,
    first_name="Олена",
    last_name="Шевченко",
    phone="+380671234567",
    email="olena@kram.example",
)
SILENT, REJECT, DOWN = Mode.SILENT, Mode.REJECT, Mode.DOWN
LADDER = (Channel.WHATSAPP, Channel.VIBER, Channel.SMS, Channel.EMAIL)


@dataclass(frozen=True, slots=True)
class Ending:
    """`act` brings a message about and lets it end; `ends`: how its first run must have ended."""

    name: str
    act: Callable[[Player], None]
    ends: str
    starts: datetime = NOON


def _ordered(player: Player) -> shop.Json:
    order: shop.Json = player.orders(OLENA, 1001, [player.sandbox.catalogue.items[0].sku])
    return order


def _over(*modes: Mode) -> Callable[[Player], None]:
    """An order, where the channels fare so, from the first on."""

    def act(player: Player) -> None:
        for channel, mode in zip(LADDER, modes, strict=False):
            player.sandbox.break_channel(channel, mode)
        _ordered(player)

    return act


def _barred_and(*modes: Mode) -> Callable[[Player], None]:
    """WhatsApp holds the offer back: its plain twin takes a rung of its own."""

    def act(player: Player) -> None:
        player.sandbox.providers.prefer(OLENA.phone, "stop")
        _over(*modes)(player)

    return act


def _answer_lost(player: Player) -> None:
    """On the last channel, and nothing is heard of it again."""
    player.sandbox.faults.plan("sesv2.SendEmail", 1, faults.LOST)
    _over(REJECT, REJECT, REJECT)(player)


def _by_night(player: Player) -> None:
    order = _ordered(player)
    player.wait(minutes=1)
    player.parcel(order, "in_transit")


def _cancelled_meanwhile(player: Player) -> None:
    player.sandbox.break_channel(LADDER[0], Mode.SILENT)
    order = _ordered(player)
    player.wait(minutes=5)
    player.post("orders/cancelled", shop.cancelled(order, player.now()))


def _cancelled_at_once(player: Player) -> None:
    order = shop.order(OLENA, 1001, player.now(), player.sandbox.catalogue.items[:1])
    for topic, body in (("orders/create", order), ("orders/cancelled", shop.cancelled(order, player.now()))):
        player.sandbox.request("POST", *shop.webhook(topic, body, player.now()))
    player.sandbox.settle()


def _word_of_it_lost(player: Player) -> None:
    """The receipt is taken, and what it says to the workflow is lost."""
    player.sandbox.faults.plan("stepfunctions.SendTaskSuccess", 1, faults.CRASH_BEFORE)
    _ordered(player)


ENDINGS = (
    Ending("delivered on the first channel", _over(), "delivered"),
    Ending("delivered on the second channel", _over(SILENT), "delivered"),
    Ending("delivered on the third channel", _over(SILENT, REJECT), "delivered"),
    Ending("delivered on the fourth channel", _over(SILENT, REJECT, SILENT), "delivered"),
    Ending("delivered on the fifth rung", _barred_and(REJECT, SILENT, REJECT), "delivered"),
    Ending("accepted on the last channel, unconfirmed", _over(SILENT, SILENT, SILENT, SILENT), "sent"),
    Ending("exhausted: the last one fails too, later", _over(REJECT, REJECT, REJECT, REJECT), "exhausted"),
    Ending("unknown on the last channel", _answer_lost, "unknown"),
    Ending("nobody can be asked: deferred", _over(DOWN, DOWN, DOWN, DOWN), "deferred"),
    Ending("one fails, then nobody can be asked: deferred", _over(REJECT, DOWN, DOWN, DOWN), "deferred"),
    Ending("asleep: deferred", _by_night, "deferred", NIGHT),
    Ending("nothing to send: cancelled before", _cancelled_at_once, "cancelled"),
    Ending("nothing more to send: cancelled meanwhile", _cancelled_meanwhile, "cancelled"),
    Ending("delivered, and the workflow never heard of it", _word_of_it_lost, "delivered"),
)


def states() -> Section:
    made = changed.with_four_channels()
    rows = [_row(ending, made) for ending in ENDINGS]
    how = "the deployed state machine, run by the sandbox's interpreter; the aim is one more than rungs tried"
    return Section("States entered in one run of a message's workflow", how, ("states", "rungs tried"), rows)


def _row(ending: Ending, made: Path) -> Row:
    with Sandbox(ending.starts, memory=True, made=made).open() as sandbox:
        ending.act(Player(sandbox))
        sandbox.advance(ending.starts + timedelta(hours=10))
        message = max(sandbox.records().messages.values(), key=lambda each: each.created_at)
        name = execution_name(message.id, 1)
        (run,) = (each for each in sandbox.machines.executions() if each.name == name)
        entered = run.entered()
    ended = "deferred" if any(entry.decision == "defer" for entry in message.log) else message.final
    assert ended == ending.ends, f"{ending.name}: {ended}"
    rungs = len({attempt.rung for attempt in message.attempts if attempt.run == 1})
    return Row(ending.name, (len(entered), rungs), rungs + 1, ", ".join(entered))
