"""What is told of a parcel, what is passed over in silence and why, and whose care begins."""

from datetime import UTC, datetime, timedelta
from typing import Any

from aftercart.domain.customer import Customer
from aftercart.domain.decision import Send, Skip
from aftercart.domain.order import Line, Order, Shipment, Stage
from aftercart.flows import enrol, parcels
from tests.builders import (
    DELIVERY,
    INK,
    NOW,
    PHONE_CARE,
    a_brand,
    a_catalogue,
    a_line,
    a_step,
    an_item,
    an_order,
)

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
SINCE = "2026-11-23T12:00:00+00:00"
JOURNEYS = (DELIVERY, PHONE_CARE)


def a_parcel(
    *stages: Stage, at: datetime = NOW, number: str = "9001", lines: tuple[str, ...] = ()
) -> Shipment:
    reached = dict.fromkeys(stages, at)
    return Shipment(id=number, stages=reached, updated_at=at, lines=lines)


def an_order_with(*shipments: Shipment, **facts: Any) -> Order:
    by_id = {each.id: each for each in shipments}
    return an_order(**{"customer": "c" * 14, "shipments": by_id} | facts)


def told(order: Order, now: datetime = NOW, catalogue: Any = None) -> parcels.Parcels:
    known = enrol.Rules(
        brand=a_brand(),
        catalogue=catalogue or a_catalogue(),
        customer=Customer(id="c" * 14),
        order=order,
    )
    return parcels.tell(order, known, JOURNEYS, now)


def test_news_of_a_parcel_is_useful_until_its_time_and_no_longer() -> None:
    step, parcel = a_step("s", on="in_transit", useful_for=HOUR), a_parcel(Stage.IN_TRANSIT)
    order, facts = an_order_with(parcel), {"shipment": "9001", "since": SINCE}
    in_time = parcels.decide_parcel(order, step, parcel, NOW + HOUR - SECOND)
    assert in_time == Send(facts={"why": "in_transit", **facts})
    assert parcels.decide_parcel(order, step, parcel, NOW + HOUR) == Skip(reason="too_late", facts=facts)


def test_a_cancelled_orders_parcel_is_told_only_where_its_step_says_so() -> None:
    parcel = a_parcel(Stage.DELIVERED)
    order, facts = an_order_with(parcel, cancelled_at=NOW), {"shipment": "9001", "since": SINCE}
    stopped = a_step("s", on="delivered", stops=("cancelled",))
    assert parcels.decide_parcel(order, stopped, parcel, NOW) == Skip(reason="cancelled", facts=facts)
    kept_on = a_step("s", on="delivered", stops=("returned",))
    assert isinstance(parcels.decide_parcel(order, kept_on, parcel, NOW), Send)


def test_a_message_is_about_its_parcel_and_counts_from_when_its_stage_was_said() -> None:
    found = told(an_order_with(a_parcel(Stage.OUT_FOR_DELIVERY, at=NOW - HOUR)))
    (message,) = found.messages
    assert (message.step, message.shipment, message.order, message.journey) == (
        "out_for_delivery",
        "9001",
        "1001",
        "delivery",
    )
    assert message.not_after == NOW - HOUR + timedelta(hours=12)
    assert found.order.told == {"9001": Stage.OUT_FOR_DELIVERY}
    ahead = told(an_order_with(a_parcel(Stage.OUT_FOR_DELIVERY, at=NOW + HOUR)))
    assert ahead.messages[0].not_after == NOW + timedelta(hours=12)  # a carrier's clock may run ahead


def test_a_stage_that_was_passed_is_a_silence_said_once() -> None:
    found = told(an_order_with(a_parcel(Stage.IN_TRANSIT, Stage.LABEL_CREATED, Stage.OUT_FOR_DELIVERY)))
    reasons = [(entry.step, entry.decision, entry.reason) for entry in found.order.log]
    assert sorted(reasons) == [
        ("in_transit", "skip", "overtaken"),
        ("out_for_delivery", "send", "out_for_delivery"),
    ]
    assert told(found.order).order == found.order
    assert told(found.order).messages == ()


def test_fifty_decisions_are_kept_and_twenty_parcels_told_at_once() -> None:
    many = [a_parcel(Stage.OUT_FOR_DELIVERY, number=str(number)) for number in range(60)]
    first = told(an_order_with(*many))
    assert (len(first.messages), len(first.order.told), first.more) == (20, 20, True)
    second = told(first.order)
    third = told(second.order)
    assert (len(third.messages), len(third.order.log), third.more) == (20, 50, False)


def lines(*ids: str, **facts: Any) -> tuple[Line, ...]:
    return tuple(a_line(id=each, **facts) for each in ids)


def cared_for(order: Order, catalogue: Any = None) -> list[str]:
    return sorted(each.line for each in told(order, catalogue=catalogue).enrolments)


def test_care_begins_for_the_lines_that_arrived_and_are_still_there() -> None:
    arrived = a_parcel(Stage.DELIVERED)
    assert cared_for(an_order_with(arrived, lines=lines("1", "2"))) == ["1", "2"]
    assert cared_for(an_order_with(a_parcel(Stage.DELIVERED, lines=("2",)), lines=lines("1", "2"))) == ["2"]
    assert cared_for(an_order_with(a_parcel(Stage.IN_TRANSIT), lines=lines("1"))) == []
    assert cared_for(an_order_with(arrived, lines=lines("1", quantity=0))) == []
    assert cared_for(an_order_with(arrived, lines=lines("1"), cancelled_at=NOW)) == []
    assert cared_for(an_order_with(arrived, lines=(a_line(INK, id="1"), a_line("UNKNOWN", id="2")))) == []
    begun = told(an_order_with(arrived, lines=lines("1", "2"))).order
    assert begun.enrolled == ("phone_care/1", "phone_care/2")
    assert cared_for(begun) == []


def test_nothing_is_told_or_begun_about_a_stub() -> None:
    stub = an_order_with(a_parcel(Stage.DELIVERED), customer="")
    assert not parcels.begins_journeys(stub, JOURNEYS, a_catalogue())
    assert parcels.begins_journeys(an_order_with(a_parcel(Stage.DELIVERED)), JOURNEYS, a_catalogue())


def test_a_sensitive_thing_is_not_cared_for() -> None:
    sensitive = type(a_catalogue())((an_item("S", "phone", "1", sensitive=True), an_item("P", "phone", "1")))
    order = an_order_with(a_parcel(Stage.DELIVERED), lines=(a_line("S", id="1"), a_line("P", id="2")))
    assert cared_for(order, sensitive) == ["2"]


def test_care_counts_from_the_first_parcel_that_brought_the_line_and_never_from_later_than_now() -> None:
    early, late = datetime(2026, 11, 20, 9, tzinfo=UTC), NOW + HOUR
    parts = (
        a_parcel(Stage.DELIVERED, at=early, number="1", lines=("1",)),
        a_parcel(Stage.DELIVERED, at=early + HOUR, number="2", lines=("1", "2")),
        a_parcel(Stage.DELIVERED, at=late, number="3", lines=("3",)),
    )
    found = told(an_order_with(*parts, lines=lines("1", "2", "3"))).enrolments
    assert {each.line: each.events["delivered"] for each in found} == {
        "1": early,
        "2": early + HOUR,
        "3": NOW,
    }
