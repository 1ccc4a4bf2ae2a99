"""What an order's events leave behind, one by one: what is owed, what stays, what a duplicate does."""

from dataclasses import replace
from datetime import timedelta

import pytest

from aftercart.domain.customer import Customer
from aftercart.domain.order import Order, Stage
from aftercart.flows.delivery_tracking import on_shipment
from aftercart.flows.erase import on_erase
from aftercart.flows.lifecycle_reminders import sweep
from aftercart.flows.order_confirmation import on_order
from tests.builders import NOW, SmallWorld, an_order, moved, placed

HOUR = timedelta(hours=1)


def test_a_duplicate_starts_what_its_first_delivery_left_owing() -> None:
    small = SmallWorld()
    on_order(placed(), small.world)
    message = small.message("confirm")
    small.workflow.started.clear()  # the Lambda died after its transaction
    assert on_order(placed(), small.world) == "duplicate"
    assert small.workflow.started == [f"{message.id}/1"]
    small.workflow.started.clear()
    small.rung(message)
    assert on_order(placed(), small.world) == "duplicate"
    assert small.workflow.started == []


def test_cancelled_stays_cancelled_whatever_comes_later() -> None:
    small = SmallWorld()
    cancelled = an_order(cancelled_at=NOW + HOUR, updated_at=NOW + HOUR)
    on_order(placed(cancelled, is_new=False), small.world)
    on_order(placed(an_order(updated_at=NOW + 2 * HOUR), is_new=False), small.world)
    on_order(placed(), small.world)
    (order,) = small.everything(Order)
    assert order.cancelled_at == NOW + HOUR
    assert small.shown() == []


def test_a_parcel_of_an_erased_order_leaves_no_trace_on_its_tombstone() -> None:
    small = SmallWorld()
    on_order(placed(), small.world)
    on_erase(small.customer().id, small.world)
    before = small.everything(Order)
    assert on_shipment(moved(Stage.IN_TRANSIT), small.world) == "erased"
    assert small.everything(Order) == before


def test_an_erasure_that_dies_and_is_not_asked_for_again_is_ended_by_the_sweep() -> None:
    small = SmallWorld()
    on_order(placed(), small.world)
    customer = small.customer()

    class Gone:
        def drop(self, concern: object) -> int:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        on_erase(customer.id, replace(small.world, dead_letters=Gone()))
    small.clock.forward(hours=8)
    assert sweep(small.world) == 1
    assert small.customer() == Customer(id=customer.id, erased=True, erased_at=NOW)
