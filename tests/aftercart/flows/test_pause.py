"""A journey that is told to wait: nothing of it is claimed or lost, and it expires by its own rule."""

from datetime import timedelta

import pytest

from aftercart import ports
from aftercart.domain.clockwork import look_again_at
from aftercart.flows.deferral import on_message_due
from aftercart.flows.order_confirmation import on_order
from aftercart.flows.pause import on_pause
from aftercart.ports import EVERY, Pause
from tests.builders import NOW, SmallWorld, placed

CONFIRMATION, CARE = "order_confirmation", "phone_care"


@pytest.fixture
def small() -> SmallWorld:
    small = SmallWorld()
    on_order(placed(), small.world)
    return small


def paused(small: SmallWorld) -> set[str]:
    ref = ports.pause(small.world.shop)
    return set((small.store.read(ref).get(ref) or Pause()).since)


def looked_again(small: SmallWorld) -> str:
    """Its schedule fires, and the new run's first rung is tried."""
    message = small.message("confirm")
    assert message.due_at is not None
    small.clock.time = message.due_at
    assert on_message_due(message.id, message.arm, small.world) == "started"
    return small.rung(message)


@pytest.mark.parametrize("told", (CONFIRMATION, EVERY))
def test_what_is_due_waits_and_goes_once_its_journey_goes_on(small: SmallWorld, told: str) -> None:
    assert on_pause(told, True, small.world) == "paused"
    assert small.rung(small.message("confirm")) == "paused"
    assert small.shown() == []
    message = small.message("confirm")
    assert (message.final, message.due_at) == ("", NOW + timedelta(minutes=15))
    assert looked_again(small) == "paused"
    assert on_pause(told, False, small.world) == "resumed"
    assert looked_again(small) == "waiting"
    assert len(small.shown()) == 1


def test_another_journey_does_not_wait(small: SmallWorld) -> None:
    on_pause(CARE, True, small.world)
    assert small.rung(small.message("confirm")) == "waiting"


def test_it_looks_a_last_time_before_it_expires_and_then_ends_with_the_reason(small: SmallWorld) -> None:
    on_pause(EVERY, True, small.world)
    small.rung(small.message("confirm"))
    not_after = small.message("confirm").not_after
    looks = 0
    while not small.message("confirm").final:
        looked_again(small)
        looks += 1
        assert small.clock.time < not_after
    assert small.message("confirm").final == "paused"
    assert not_after - small.clock.time == timedelta(minutes=2)
    assert looks < 40
    assert small.shown() == []


def test_who_has_been_shown_the_first_attempt_is_not_held_to_wait_for_the_pause(small: SmallWorld) -> None:
    small.rung(small.message("confirm"), token="t")
    on_pause(EVERY, True, small.world)
    assert small.rung(small.message("confirm"), 2, token="t") == "waiting"
    assert len(small.shown()) == 1


def test_the_fallback_waits_too(small: SmallWorld) -> None:
    small.rung(small.message("confirm"))
    small.clock.forward(minutes=15)
    on_pause(CONFIRMATION, True, small.world)
    assert small.rung(small.message("confirm"), 2) == "paused"
    assert len(small.shown()) == 1


def test_all_resumed_is_each_resumed_and_one_alone_still_waits_with_all(small: SmallWorld) -> None:
    on_pause(CARE, True, small.world)
    on_pause(EVERY, True, small.world)
    assert on_pause(CARE, False, small.world) == "paused"
    assert paused(small) == {EVERY}
    on_pause(CARE, True, small.world)
    assert on_pause(EVERY, False, small.world) == "resumed"
    assert paused(small) == set()


def test_a_pause_said_twice_counts_from_the_first_time(small: SmallWorld) -> None:
    on_pause(CARE, True, small.world)
    small.clock.forward(hours=3)
    on_pause(CARE, True, small.world)
    ref = ports.pause(small.world.shop)
    stored = small.store.read(ref)
    assert stored.revision(ref) == 1
    assert stored.records[ref].value.of(CARE) == NOW


def test_what_is_no_journey_cannot_wait(small: SmallWorld) -> None:
    assert on_pause("phone_cure", True, small.world) == "unknown"
    assert paused(small) == set()


def test_the_longer_it_waits_the_more_rarely_it_looks() -> None:
    waits = [look_again_at(NOW, NOW + timedelta(hours=h)) - NOW - timedelta(hours=h) for h in (0, 1, 4, 240)]
    assert waits == [timedelta(minutes=15), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=6)]
