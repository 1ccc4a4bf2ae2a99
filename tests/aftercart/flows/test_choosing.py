"""Which journeys begin, where several could; ways that wait for an event; texts that are compared."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from aftercart.domain import conditions
from aftercart.domain.customer import Customer, Purchase
from aftercart.domain.experiment import assigned
from aftercart.domain.journey import About, After, Enrolment, Journey, StepState
from aftercart.domain.message import Message
from aftercart.domain.order import Stage
from aftercart.flows import choosing
from aftercart.flows.delivery_tracking import on_shipment
from aftercart.flows.lifecycle_reminders import on_step_due
from aftercart.flows.order_confirmation import on_order
from aftercart.flows.pages import act, show
from aftercart.flows.replies import on_reply
from tests.builders import CASE, NOW, PHONE, SmallWorld, a_line, a_step, an_order, moved, placed, said

DAY = timedelta(days=1)


def a_journey(name: str, **facts: Any) -> Journey:
    known: dict[str, Any] = {
        "about": About.LINE,
        "starts": "delivered",
        "steps": (a_step("hello", on="delivered"),),
    }
    return Journey(name=name, **known | facts)


FIRST_PHONE = a_journey("first_phone", among="care", rank=1, when={"first_purchase": "true"})
ANY_PHONE = a_journey("any_phone", among="care")
OTHER = a_journey("other")


def begins(*journeys: Journey, customer: Customer | None = None) -> dict[str, bool]:
    known = conditions.Known(None, customer or Customer(id="c"), an_order())
    return {each.journey.name: each.begins for each in choosing.chosen(journeys, known)}


def who_bought_before() -> Customer:
    earlier = Purchase(order="1", line="1", sku=CASE, category="case", at=NOW - 90 * DAY)
    return Customer(id="c", purchases=(earlier,))


def test_among_several_the_first_begins_whose_conditions_hold_and_the_rest_do_not() -> None:
    assert begins(ANY_PHONE, FIRST_PHONE, OTHER) == {"first_phone": True, "any_phone": False, "other": True}
    after = begins(ANY_PHONE, FIRST_PHONE, OTHER, customer=who_bought_before())
    assert after == {"first_phone": False, "any_phone": True, "other": True}


def test_a_journey_that_is_among_none_begins_by_its_own_conditions() -> None:
    assert begins(replace(OTHER, when={"owns": CASE})) == {"other": False}
    assert begins(replace(OTHER, when={"owns": CASE}), customer=who_bought_before()) == {"other": True}


def test_of_one_rank_the_name_decides_so_that_every_machine_decides_alike() -> None:
    twins = (a_journey("b", among="x"), a_journey("a", among="x"))
    assert begins(*twins) == begins(*reversed(twins)) == {"a": True, "b": False}


@pytest.mark.parametrize("first", ("order", "parcel"))
def test_the_choice_is_made_once_and_its_reason_is_kept(first: str) -> None:
    small = SmallWorld(journeys=(ANY_PHONE, FIRST_PHONE))
    order, parcel = placed(an_order(lines=(a_line(PHONE),))), moved(Stage.DELIVERED)
    for _ in range(2):
        for kind in ("order", "parcel") if first == "order" else ("parcel", "order"):
            on_order(order, small.world) if kind == "order" else on_shipment(parcel, small.world)
    (enrolment,) = small.everything(Enrolment)
    assert enrolment.journey == "first_phone"
    assert (enrolment.log[0].step, enrolment.log[0].reason) == ("starts", "chosen")
    (stored,) = small.everything(type(order.order))
    (silence,) = [each for each in stored.log if each.step == "starts"]
    assert (silence.decision, silence.reason) == ("skip", "not_chosen")
    assert silence.facts == {
        "journey": "any_phone",
        "among": "care",
        "instead": "first_phone",
        "line": a_line(PHONE).id,
    }


def test_of_orders_too_only_one_of_several_begins_and_it_stays_with_it() -> None:
    greeting = {
        "about": About.ORDER,
        "starts": "order_placed",
        "steps": (a_step("hello", on="order_placed"),),
    }
    first = a_journey("welcome", among="hello", rank=1, when={"first_purchase": "true"}, **greeting)
    again = a_journey("welcome_back", among="hello", **greeting)
    small = SmallWorld(journeys=(first, again))
    on_order(placed(an_order("1001", lines=(a_line(PHONE),))), small.world)
    on_order(placed(an_order("1002", at=NOW + DAY, lines=(a_line(CASE),))), small.world)
    on_order(placed(an_order("1001", lines=(a_line(PHONE), a_line(CASE, id="9")))), small.world)
    begun = {each.order: each.journey for each in small.everything(Enrolment)}
    assert begun == {"1001": "welcome", "1002": "welcome_back"}


NOT_SHIPPED = a_journey(
    "late_parcel",
    about=About.ORDER,
    starts="order_placed",
    steps=(
        a_step("not_yet", on="in_transit", after=After(event="order_placed", wait=5 * DAY), useful_for=DAY),
    ),
)


def late(small: SmallWorld) -> Any:
    return small.enrolment("late_parcel").steps[0].state


@pytest.mark.parametrize("first", ("order", "parcel"))
def test_a_step_that_waits_for_an_event_is_due_when_it_comes(first: str) -> None:
    small = SmallWorld(journeys=(NOT_SHIPPED,))
    order, parcel = placed(), moved(Stage.OUT_FOR_DELIVERY)
    on_order(order, small.world) if first == "order" else on_shipment(parcel, small.world)
    assert first == "parcel" or late(small) is StepState.WAITING
    for _ in range(2):
        on_shipment(parcel, small.world)
        on_order(order, small.world)
    assert late(small) is StepState.SENT
    assert len(small.messages("not_yet")) == 1


def test_a_step_that_waits_for_an_event_is_due_at_the_latest_when_its_time_is_over() -> None:
    small = SmallWorld(journeys=(NOT_SHIPPED,))
    on_order(placed(), small.world)
    ((at, payload),) = small.schedules.armed.values()
    assert at == NOW + 5 * DAY
    small.clock.time = at
    assert on_step_due(payload["enrolment"], payload["arm"], small.world) == "told"
    on_shipment(moved(Stage.IN_TRANSIT, at=at), small.world)
    assert len(small.messages("not_yet")) == 1


def test_an_order_has_arrived_when_all_of_it_has() -> None:
    thanks = a_journey(
        "thanks", about=About.ORDER, starts="order_placed", steps=(a_step("all_there", on="delivered"),)
    )
    small = SmallWorld(journeys=(thanks,))
    on_order(placed(an_order(lines=(a_line(PHONE), a_line(CASE)))), small.world)
    on_shipment(moved(Stage.DELIVERED, shipment="1", lines=(a_line(PHONE).id,)), small.world)
    assert small.messages("all_there") == []
    on_shipment(moved(Stage.DELIVERED, shipment="2", lines=(a_line(CASE).id,)), small.world)
    assert len(small.messages("all_there")) == 1


FIT = a_journey(
    "fit",
    steps=(
        a_step("fit", on="delivered", asks="choice", options=("fits", "too_small", "too_big")),
        a_step("exchange", on="chose:fit", when={"answer": "fit=too_small|too_big"}),
        a_step("enjoy", on="chose:fit", when={"answer": "fit=fits"}),
    ),
)


def asked_how_it_fits() -> tuple[SmallWorld, Message]:
    small = SmallWorld(journeys=(FIT,))
    on_order(placed(an_order(lines=(a_line(PHONE),))), small.world)
    on_shipment(moved(Stage.DELIVERED), small.world)
    small.rung(small.message("fit"))
    return small, small.message("fit")


def test_a_choice_leads_to_its_step_and_the_first_answer_stands() -> None:
    small, _ = asked_how_it_fits()
    assert on_reply(said("3"), small.world) == "choice"
    assert on_reply(said("1", number=2), small.world) == "choice"
    assert small.enrolment("fit").answers == {"fit": "too_big"}
    states = {record.spec.name: record.state for record in small.enrolment("fit").steps}
    assert (states["exchange"], states["enjoy"]) == (StepState.SENT, StepState.SKIPPED)
    assert [message.answer and message.answer.value for message in small.messages("fit")] == ["too_big"]


def test_a_choice_is_made_on_the_page_too() -> None:
    small, message = asked_how_it_fits()
    assert show(message.id, "", small.world).options == ("fits", "too_small", "too_big")
    assert act(message.id, "answer:blue", small.world) == "answered"  # and nothing is written of it
    assert small.enrolment("fit").answers == {}
    assert act(message.id, "answer:fits", small.world) == "answered"
    assert show(message.id, "answered", small.world).options == ()
    assert len(small.messages("enjoy")) == 1


def test_a_customer_keeps_the_text_they_were_assigned_and_the_assignment_is_logged() -> None:
    step = a_step("tips", on="delivered", variants={"short": 1, "long": 1})
    small = SmallWorld(journeys=(a_journey("tips", steps=(step,)),))
    on_order(placed(an_order(lines=(a_line(PHONE), a_line(PHONE, id="2")))), small.world)
    on_shipment(moved(Stage.DELIVERED), small.world)
    assert len({message.text for message in small.messages("tips")}) == 1
    for message in small.messages("tips"):
        assert message.log[0].facts["variant"] == message.text
        assert message.text in step.variants


def test_each_variant_gets_its_share() -> None:
    weights = {"a": 1, "b": 3, "c": 6}
    counts = Counter(assigned(f"customer-{n}", "tips", weights) for n in range(10_000))
    assert {name: round(counts[name] / 1000) for name in weights} == weights
