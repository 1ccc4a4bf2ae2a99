"""An order's parcels never go backwards."""

from datetime import timedelta
from typing import Any

import pytest

from aftercart.domain.order import Shipment, Stage
from tests.builders import NOW, a_line, an_order

HOUR = timedelta(hours=1)


def a_parcel(stage: Stage, at: int) -> Shipment:
    return Shipment(id="1", stages={stage: NOW + at * HOUR}, updated_at=NOW + at * HOUR)


def test_a_parcel_is_where_it_came_furthest_whenever_we_hear_of_less() -> None:
    arrived, left = a_parcel(Stage.DELIVERED, 1), a_parcel(Stage.IN_TRANSIT, 2)
    for joined in (arrived.joined(left), left.joined(arrived)):
        assert joined.stage is Stage.DELIVERED
        assert joined.updated_at == NOW + 2 * HOUR
        assert joined.stages == {Stage.DELIVERED: NOW + HOUR, Stage.IN_TRANSIT: NOW + 2 * HOUR}


def test_a_stage_was_reached_when_it_was_first_said_and_counts_from_when_it_was_last_said() -> None:
    first, again = a_parcel(Stage.IN_TRANSIT, 1), a_parcel(Stage.IN_TRANSIT, 3)
    for joined in (first.joined(again), again.joined(first), first.joined(again).joined(first)):
        assert joined.stages == {Stage.IN_TRANSIT: NOW + HOUR}
        assert joined.said_at(Stage.IN_TRANSIT) == NOW + 3 * HOUR


def parcels(**stages: Stage) -> dict[str, Shipment]:
    return {name: Shipment(id=name, stages={stage: NOW}, updated_at=NOW) for name, stage in stages.items()}


@pytest.mark.parametrize(
    ("facts", "told"),
    (
        ({}, "ordered"),
        ({"shipments": parcels(a=Stage.LABEL_CREATED)}, "ordered"),
        ({"shipments": parcels(a=Stage.IN_TRANSIT, b=Stage.LABEL_CREATED)}, "shipped"),
        ({"shipments": parcels(a=Stage.DELIVERED, b=Stage.OUT_FOR_DELIVERY)}, "shipped"),
        ({"shipments": parcels(a=Stage.DELIVERED, b=Stage.CANCELLED)}, "delivered"),
        ({"shipments": parcels(a=Stage.DELIVERED, b=Stage.RETURNING)}, "delivered"),
        ({"shipments": parcels(a=Stage.RETURNING)}, "returned"),
        ({"lines": (a_line(quantity=0),)}, "returned"),
        ({"cancelled_at": NOW, "shipments": parcels(a=Stage.DELIVERED)}, "cancelled"),
    ),
)
def test_how_far_an_order_is_is_one_word(facts: dict[str, Any], told: str) -> None:
    assert an_order(**facts).progress == told
