"""The sweep: what should have happened by now is looked after, so much at a time."""

from aftercart.flows.lifecycle_reminders import SWEEP_MOST, sweep
from aftercart.flows.order_confirmation import on_order
from tests.builders import SmallWorld, an_order, placed


def test_a_sweep_looks_after_a_hundred_things_and_the_next_goes_on() -> None:
    small = SmallWorld()
    for number in range(SWEEP_MOST + 30):
        on_order(placed(an_order(str(number))), small.world)
    small.workflow.started.clear()
    small.clock.forward(minutes=20)
    assert sweep(small.world) == SWEEP_MOST == 100
    assert len(small.workflow.started) == SWEEP_MOST
    assert sweep(small.world) == 30
    assert len(small.workflow.started) == SWEEP_MOST + 30


def test_what_was_written_a_moment_ago_is_left_to_who_is_at_it() -> None:
    small = SmallWorld()
    on_order(placed(), small.world)
    small.clock.forward(seconds=119)
    assert sweep(small.world) == 0
    small.clock.forward(seconds=1)
    assert sweep(small.world) == 1
