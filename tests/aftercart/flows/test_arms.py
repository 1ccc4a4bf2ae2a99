"""Arms: one schedule for each, and an old one does nothing."""

from datetime import timedelta

from aftercart.domain.order import Stage
from aftercart.flows.delivery_tracking import on_shipment
from aftercart.flows.lifecycle_reminders import on_step_due
from aftercart.flows.order_confirmation import on_order
from tests.builders import SmallWorld, moved, placed


def test_each_arm_has_a_schedule_of_its_own() -> None:
    small = SmallWorld()
    on_order(placed(), small.world)
    on_shipment(moved(Stage.DELIVERED), small.world)
    for _ in range(3):
        care = small.enrolment("phone_care")
        assert care.armed_for is not None
        small.clock.time = care.armed_for
        on_step_due(care.id, care.arm, small.world)
    armed = list(small.schedules.armed.values())
    assert [payload["arm"] for _, payload in armed] == [1, 2, 3, 4]
    assert {payload["enrolment"] for _, payload in armed} == {care.id}
    times = [when for when, _ in armed]
    assert times == sorted(times)
    assert times[2] - times[1] == timedelta(days=360)  # as far as a schedule reaches
