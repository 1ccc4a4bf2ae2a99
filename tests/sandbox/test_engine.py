import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.cloud.engine import Engine

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def note(story: list[str], word: str) -> Callable[[], None]:
    return lambda: story.append(word)


def test_due_things_run_in_order_of_time_and_ties_in_the_order_asked_for() -> None:
    engine, story = Engine(START), list[str]()
    engine.after(timedelta(hours=2), note(story, "third"))
    engine.after(timedelta(hours=1), note(story, "first"))
    engine.after(timedelta(hours=1), note(story, "second"))
    assert engine.advance(START + timedelta(hours=3)) == 3
    assert story == ["first", "second", "third"]


def test_settling_runs_what_is_due_now_and_what_follows_from_it_but_does_not_move_the_clock() -> None:
    engine, story = Engine(START), list[str]()
    engine.at(START, lambda: engine.at(START, note(story, "follows")))
    engine.after(timedelta(seconds=1), note(story, "later"))
    assert engine.settle() == 2
    assert story == ["follows"]
    assert engine.now() == START


def test_the_clock_stands_at_the_due_time_while_a_callback_runs_and_settles_before_it_goes_on() -> None:
    engine = Engine(START)
    seen = list[tuple[str, datetime]]()

    def first() -> None:
        seen.append(("first", engine.now()))
        engine.at(engine.now(), lambda: seen.append(("effect", engine.now())))

    engine.after(timedelta(minutes=1), first)
    engine.after(timedelta(minutes=2), lambda: seen.append(("second", engine.now())))
    engine.advance(START + timedelta(minutes=5))
    one, two = START + timedelta(minutes=1), START + timedelta(minutes=2)
    assert seen == [("first", one), ("effect", one), ("second", two)]
    assert engine.now() == START + timedelta(minutes=5)


def test_each_move_of_the_clock_is_told_and_only_moves_are() -> None:
    moves = list[datetime]()
    engine = Engine(START, on_move=moves.append)
    engine.after(timedelta(hours=1), lambda: None)
    engine.after(timedelta(hours=1), lambda: None)
    engine.advance(START + timedelta(hours=2))
    assert moves == [START, START + timedelta(hours=1), START + timedelta(hours=2)]


def test_what_is_asked_for_in_the_past_runs_as_soon_as_things_settle() -> None:
    engine, story = Engine(START), list[str]()
    engine.at(START - timedelta(days=1), note(story, "late"))
    assert engine.next_due() == START
    engine.settle()
    assert story == ["late"]
    assert engine.now() == START


def test_a_cancelled_thing_does_not_run_and_is_not_due() -> None:
    engine, story = Engine(START), list[str]()
    engine.after(timedelta(hours=1), note(story, "never")).cancel()
    assert engine.next_due() is None
    engine.advance(START + timedelta(days=1))
    assert story == []


def test_the_clock_does_not_go_back() -> None:
    engine = Engine(START)
    with pytest.raises(ValueError, match="does not go back"):
        engine.advance(START - timedelta(seconds=1))


def test_a_start_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="a time with a zone"):
        Engine(START.replace(tzinfo=None))


def test_an_error_of_a_callback_comes_out_and_the_rest_stays_due() -> None:
    engine, story = Engine(START), list[str]()

    def broken() -> None:
        raise LookupError("a mistake in the sandbox")

    engine.at(START, broken)
    engine.at(START, note(story, "still here"))
    with pytest.raises(LookupError):
        engine.settle()
    engine.settle()
    assert story == ["still here"]


def test_a_callback_cannot_move_the_clock_under_the_feet_of_the_engine() -> None:
    engine = Engine(START)
    engine.at(START, engine.settle)
    with pytest.raises(RuntimeError, match="already running"):
        engine.settle()


def test_a_periodic_thing_with_nothing_to_find_costs_nothing_in_three_years() -> None:
    engine, story = Engine(START), list[str]()
    engine.every(START + QUARTER, QUARTER, note(story, "sweep"), lambda now: None)
    assert engine.advance(START + timedelta(days=3 * 365)) == 0
    assert story == []


def test_a_periodic_thing_runs_at_the_first_tick_at_or_after_it_is_of_use() -> None:
    engine = Engine(START)
    todo = [START + timedelta(days=100, minutes=20), START + timedelta(days=200)]
    ran = list[datetime]()

    def sweep() -> None:
        ran.append(engine.now())
        todo[:] = [each for each in todo if each > engine.now()]

    engine.every(START + QUARTER, QUARTER, sweep, lambda now: min(todo, default=None))
    engine.advance(START + timedelta(days=300))
    assert ran == [START + timedelta(days=100, minutes=30), START + timedelta(days=200)]


def test_what_stays_undone_is_swept_at_each_tick() -> None:
    engine, story = Engine(START), list[str]()
    engine.every(START + QUARTER, QUARTER, note(story, "sweep"), lambda now: START)
    engine.advance(START + timedelta(hours=1))
    assert len(story) == 4


def test_a_tick_made_useful_by_what_ran_before_it_is_not_missed() -> None:
    engine, todo = Engine(START), list[datetime]()
    ran = list[datetime]()

    def sweep() -> None:
        ran.append(engine.now())
        todo.clear()

    engine.every(START + QUARTER, QUARTER, sweep, lambda now: min(todo, default=None))
    engine.after(timedelta(hours=5, minutes=1), lambda: todo.append(engine.now()))
    engine.advance(START + timedelta(days=1))
    assert ran == [START + timedelta(hours=5, minutes=15)]


def test_the_probe_is_not_asked_where_no_tick_could_come_first() -> None:
    engine, asked = Engine(START), list[datetime]()

    def probe(now: datetime) -> datetime | None:
        asked.append(now)
        return None

    engine.every(START + QUARTER, QUARTER, lambda: None, probe)
    for _ in range(50):
        engine.at(START, lambda: None)
    engine.settle()
    assert len(asked) == 1


def test_a_cancelled_periodic_thing_stops() -> None:
    engine, story = Engine(START), list[str]()
    periodic = engine.every(START + QUARTER, QUARTER, note(story, "sweep"), lambda now: START)
    engine.advance(START + QUARTER)
    periodic.cancel()
    engine.advance(START + timedelta(days=1))
    assert story == ["sweep"]


def test_the_same_seed_gives_the_same_chances() -> None:
    assert Engine(START, seed=7).random.random() == Engine(START, seed=7).random.random()
    assert Engine(START, seed=7).random.random() != Engine(START, seed=8).random.random()


def test_ids_look_random_and_are_the_same_in_each_run() -> None:
    first, again, other = Engine(START, seed=7), Engine(START, seed=7), Engine(START, seed=8)
    ids = [first.new_id("request"), first.new_id("request"), first.new_id("execution")]
    assert ids == [again.new_id("request"), again.new_id("request"), again.new_id("execution")]
    assert len({*ids, other.new_id("request")}) == 4
    assert [(str(uuid.UUID(each)), uuid.UUID(each).version) for each in ids] == [(each, 4) for each in ids]
