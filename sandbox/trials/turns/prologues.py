"""What came before a meeting: played once, one invocation after the other."""

from datetime import UTC, datetime, timedelta
from functools import cache

from aftercart.domain.consent import Channel
from sandbox.shop import Person
from sandbox.trials.turns import goods
from sandbox.trials.turns.errands import Errand
from sandbox.trials.turns.goods import MARKO, OLENA, Json
from sandbox.trials.turns.handsets import Way
from sandbox.trials.turns.stage import Stage

BEGINS = datetime(2026, 11, 23, 8, 12, tzinfo=UTC)  # a Monday, 10:12 in Kyiv
A_MOMENT = timedelta(milliseconds=300)


@cache
def body(number: int = 1001, person: Person = OLENA) -> Json:
    """The shop's words."""
    return goods.bought(person, number, BEGINS)


@cache
def order(number: int = 1001, person: Person = OLENA) -> Errand:
    """An order is placed."""
    return goods.ordered(body(number, person))


@cache
def device(number: int = 1001, person: Person = OLENA) -> Errand:
    """And whoever placed it may be pushed to."""
    return goods.subscribed(body(number, person), BEGINS)


def nothing(stage: Stage) -> None:
    """Nobody knows anybody."""


def placed(stage: Stage) -> None:
    """An order is taken, and its workflow has just been started."""
    stage.play(order(), device())


def both_placed(stage: Stage) -> None:
    """Two people with one phone."""
    stage.play(order(), order(1002, MARKO), device(1002, MARKO))


def start_lost(stage: Stage) -> None:
    """An order is taken, and nobody started its workflow."""
    stage.play(order(), device())
    stage.behind.lose_what_is_due()
    stage.behind.move(BEGINS + timedelta(minutes=14, seconds=58))


def confirmed(stage: Stage) -> None:
    placed(stage)
    stage.settle(minutes=30)


def on_its_way(stage: Stage) -> None:
    """The parcel's first news is about to be told."""
    confirmed(stage)
    stage.play(goods.moved(body(), "in_transit", stage.behind.now()))


def arrived(stage: Stage) -> None:
    confirmed(stage)
    stage.play(goods.moved(body(), "delivered", stage.behind.now()))
    stage.settle(hours=2)


def survey_due(stage: Stage) -> None:
    """The question of the third day is about to be asked."""
    arrived(stage)
    _until_armed(stage)


def asked(stage: Stage) -> None:
    """And it has been asked."""
    survey_due(stage)
    stage.settle(hours=1)


def tips_due(stage: Stage) -> None:
    """Marketing, a month later."""
    asked(stage)
    stage.settle(days=20)
    _until_armed(stage)


def two_tips_due(stage: Stage) -> None:
    """She bought two phones: after a month both journeys have something to sell, at eleven."""
    two = goods.bought(OLENA, 1001, BEGINS, ("ZIRVO-A1", "ZIRVO-X2"))
    stage.play(goods.ordered(two), device())
    stage.settle(minutes=30)
    stage.play(goods.moved(two, "delivered", stage.behind.now()))
    stage.settle(hours=2)
    stage.settle(days=23)
    _until_armed(stage)


def deferred(stage: Stage) -> None:
    """A scan at night, and now it is almost morning."""
    confirmed(stage)
    stage.settle(hours=11, minutes=10)
    stage.play(goods.moved(body(), "in_transit", stage.behind.now()))
    stage.settle(minutes=20)
    _until_armed(stage)


def timed_out(stage: Stage) -> None:
    """The first channel has been silent for almost as long as it may be."""
    stage.behind.handsets.fares[Channel.WHATSAPP] = Way.SILENT
    placed(stage)
    stage.settle(minutes=1)
    stage.settle(seconds=(15 * 60 - 60) - A_MOMENT.total_seconds())


def _until_armed(stage: Stage) -> None:
    at = min(stage.behind.armed.values())
    stage.settle(seconds=(at - stage.behind.now() - A_MOMENT).total_seconds())
