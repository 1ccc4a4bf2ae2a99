"""Every order of the five events of a life, times many lives, each event twice: one end, one set of words.

In a burst all five come before anything is carried out. Spaced, executions run after each. The sizes are the
gate's; `LIVES=5000 FIRST_LIFE=50` in the environment makes it a long run over other lives.
"""

import os
import random
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import permutations

import pytest

from aftercart.aws.items import decode, plain
from aftercart.domain.message import Message
from aftercart.domain.order import RANK, Stage
from aftercart.ports import Reply
from tests.promises.endings import Ending, ending
from tests.promises.expected_words import Expected, Words, expected
from tests.promises.lives import SHARED_PHONE, Life, draw
from tests.promises.walked import Look, Shown, Walk, Walked, Way, begun, catalogue

LIVES = int(os.environ.get("LIVES", "50"))
FIRST = int(os.environ.get("FIRST_LIFE", "0"))
GROUP = 5  # lives a test
FAR = timedelta(days=1500)  # after it nothing is left to say
EVENTS = 5
MARKETING = ("tips", "trade_in")

groups = pytest.mark.parametrize("first", tuple(range(FIRST, FIRST + LIVES, GROUP)))


def lives(first: int) -> Iterator[Life]:
    return (draw(seed, catalogue()) for seed in range(first, min(first + GROUP, FIRST + LIVES)))


def names(life: Life, way: Way) -> str:
    return f"life {life.seed}, {[life.events[n].name for n in way]}, {'erased' if life.erased else ''}"


@groups
def test_a_life_ends_the_same_in_every_order_of_its_events_and_as_it_has_to(first: int) -> None:
    for life in lives(first):
        walked = begun(life)
        before = len(walked.shown)
        walk = Walk(walked, [event.news for event in life.events])
        one: tuple[Way, Ending] | None = None
        for way in walk.ends():
            _everything_again(life, walked, way)
            walked.run_until(life.now + FAR)
            end = ending(walked, strangers=has_strangers(life))
            one = one or (way, end)
            assert not one[1].against(end), (names(life, one[0]), names(life, way), one[1].against(end))
            _is_as_it_has_to(life, walked, walked.shown[before:], way)


def _everything_again(life: Life, walked: Walked, way: Way) -> None:
    """Each of the five once more, shuffled, before anything was carried out and after."""
    dice = random.Random(life.seed)
    for settled in (False, True):
        if settled:
            walked.run()
        state = seen(life, walked)
        for event in dice.sample(life.events, EVENTS):
            walked.hear(event.news)
        assert seen(life, walked) == state, names(life, way)


def seen(life: Life, walked: Walked) -> object:
    """All of it; of a world that strangers wrote to, what counts: said again, they are strangers no more."""
    if has_strangers(life):
        return ending(walked, strangers=True), list(walked.workflow.started)
    return walked.state()


def has_strangers(life: Life) -> bool:
    """Nobody has the phone until an order comes."""
    return not life.before or life.erased


def _is_as_it_has_to(life: Life, walked: Walked, shown: list[Shown], way: Way) -> None:
    wanted = expected(life, walked.world.brand, tuple(walked.world.journeys.values()))
    words = _words(walked, shown, wanted)
    assert len(set(words)) == len(words), names(life, way)
    assert wanted.must <= set(words) <= wanted.must | wanted.may, (
        names(life, way),
        wanted.must - set(words),
        set(words) - wanted.must - wanted.may,
    )
    assert not _advertised(walked, shown, wanted), names(life, way)


def _words(walked: Walked, shown: list[Shown], wanted: Expected) -> list[Words]:
    """What the phones showed of the orders and steps that the oracle speaks of, as they showed it."""
    of = _messages(walked)
    told = [of[each.message] for each in shown if each.message in of]
    known = [m for m in told if m.order in wanted.orders]
    steps = {"confirm", "survey", *Stage}
    return [(m.order, m.step, m.shipment or m.line) for m in known if m.step in steps]


def _advertised(walked: Walked, shown: list[Shown], wanted: Expected) -> list[Shown]:
    """Offers and the like, to whom there must be none."""
    of = _messages(walked)
    return [
        each
        for each in shown
        if (message := of.get(each.message)) is not None
        and message.order in wanted.without_marketing
        and (each.text.endswith("/offer") or message.step in MARKETING)
    ]


def _messages(walked: Walked) -> dict[str, Message]:
    values = [decode(plain(item)).value for item in walked.store.dynamo.items.values()]
    return {value.id: value for value in values if isinstance(value, Message)}


@groups
def test_where_executions_run_between_events_the_end_is_the_same_and_no_word_is_lost_doubled_or_stale(
    first: int,
) -> None:
    for life in lives(first):
        walked = begun(life)
        before = len(walked.shown)
        walk = Walk(
            walked, [event.news for event in life.events], walked.run, _no_word_after_stop(life, walked)
        )
        one: tuple[Way, Ending] | None = None
        for way in walk.ends():
            walked.run_until(life.now + FAR)
            end = ending(walked, strangers=has_strangers(life), spaced=True)
            one = one or (way, end)
            assert not one[1].against(end), (names(life, one[0]), names(life, way), one[1].against(end))
            _lost_nothing(life, walked, walked.shown[before:], way)


def _lost_nothing(life: Life, walked: Walked, shown: list[Shown], way: Way) -> None:
    wanted = expected(life, walked.world.brand, tuple(walked.world.journeys.values()))
    words = _words(walked, shown, wanted)
    assert len(set(words)) == len(words), names(life, way)
    assert wanted.must <= set(words), (names(life, way), wanted.must - set(words))
    assert set(words) <= wanted.must | wanted.may | wanted.might, names(life, way)
    for parcel in {about for _, _, about in words}:
        ranks = [RANK[Stage(step)] for _, step, about in words if about == parcel and step in set(Stage)]
        assert ranks == sorted(ranks), names(life, way)


def _no_word_after_stop(life: Life, walked: Walked) -> Look:
    """From a STOP on its phone gets no offer, and nothing at all where it came; a START may change that."""

    def look(way: Way, shown_before: int) -> None:
        heard = [life.events[n] for n in way]
        if any(event.kind == "start" for event in life.events):
            return
        stopped = [
            event.news.channel for event in heard if isinstance(event.news, Reply) and event.kind == "stop"
        ]
        for each in walked.shown[shown_before:]:
            if stopped and each.to == SHARED_PHONE:
                assert not each.text.endswith("/offer"), names(life, way)
                assert each.channel not in stopped, names(life, way)

    return look


def test_merging_equal_states_leaves_no_order_out() -> None:
    """The same ends, walked plainly: each of the 120 orders from the beginning to its end."""
    life = draw(FIRST + 2, catalogue())
    walked = begun(life)
    restore = walked.keep()
    events = [event.news for event in life.events]
    merged = {walked.state() for _ in Walk(walked, events).ends()}
    plainly = set()
    for way in permutations(events):
        restore()
        for news in way:
            walked.hear(news)
        plainly.add(walked.state())
    assert plainly == merged


def test_the_lives_have_everything_that_can_happen_in_them() -> None:
    drawn = [draw(seed, catalogue()) for seed in range(LIVES)]
    kinds = Counter(event.kind for life in drawn for event in life.events)
    assert len(drawn) < 50 or kinds.keys() >= {
        *("created", "paid", "address", "phone", "consent", "name", "refund", "part_refund", "cancelled"),
        *("parcel", "stop", "start", "offer", "rating"),
    }
    assert any(life.erased for life in drawn)
    assert all(len(life.events) == EVENTS for life in drawn)
