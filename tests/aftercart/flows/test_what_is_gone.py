"""Nobody on their way hangs for a release: where a route, a text or a journey has gone, it ends with that."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from aftercart.domain.consent import Channel
from aftercart.domain.content import Content
from aftercart.domain.journey import About, Enrolment, Journey, StepState
from aftercart.domain.message import Variant
from aftercart.domain.order import Stage
from aftercart.flows.delivery_tracking import on_shipment
from aftercart.flows.lifecycle_reminders import on_step_due, sweep
from aftercart.flows.order_confirmation import on_order
from aftercart.flows.replies import on_reply
from aftercart.ports import Telling, TextMissing
from tests.builders import (
    CONFIRMATION,
    DELIVERY,
    NEWS,
    PHONE_CARE,
    PlainTexts,
    SmallWorld,
    a_brand,
    a_country,
    a_step,
    an_order,
    legs,
    moved,
    placed,
    said,
)

WHATSAPP, VIBER, SMS = NEWS


def on_their_way() -> SmallWorld:
    """The phone is delivered, so that its survey waits."""
    small = SmallWorld()
    on_order(placed(), small.world)
    on_shipment(moved(Stage.DELIVERED), small.world)
    return small


def without_route(small: SmallWorld, name: str) -> None:
    """The next release has no such route in any country."""
    countries = {
        code: replace(country, routes={n: route for n, route in country.routes.items() if n != name})
        for code, country in small.brand.countries.items()
    }
    small.brand = a_brand(countries=countries)


def due(small: SmallWorld) -> str:
    care = small.enrolment("phone_care")
    assert care.armed_for is not None
    small.clock.time = care.armed_for
    return on_step_due(care.id, care.arm, small.world)


def test_a_step_whose_route_has_gone_ends_with_that_reason_and_the_next_ones_go_on() -> None:
    small = on_their_way()
    without_route(small, "care")
    assert due(small) == "decided"
    care = small.enrolment("phone_care")
    survey = care.record("survey")
    assert survey is not None
    assert survey.state is StepState.SKIPPED
    assert [(entry.step, entry.reason) for entry in care.log] == [("survey", "no_route")]
    assert small.messages("survey") == []
    assert care.next_due is not None  # the trade-in's time


def test_a_waiting_message_whose_route_has_gone_is_closed_and_its_task_is_done() -> None:
    small = on_their_way()
    due(small)
    without_route(small, "care")
    assert small.rung(small.message("survey"), token="waiting") == "no_route"
    assert small.message("survey").final == "no_route"
    assert small.workflow.succeeded == ["waiting"]
    assert small.shown() == []


def test_where_a_route_has_gone_after_an_attempt_the_attempt_says_how_it_ended() -> None:
    small = on_their_way()
    due(small)
    assert small.rung(small.message("survey"), wait=900) == "waiting"
    without_route(small, "care")
    small.clock.forward(hours=5)
    assert small.rung(small.message("survey"), 2) == "sent"


def test_a_route_that_one_country_alone_has_is_no_route_elsewhere() -> None:
    own = a_country(routes={"news": legs(*NEWS), "care": legs(*NEWS), "alerts": legs(SMS)})
    brand = a_brand(countries={"UA": own, "*": a_country(language="en")})
    (step, *rest) = DELIVERY.steps
    alerts = replace(DELIVERY, steps=(replace(step, route="alerts"), *rest))
    small = SmallWorld(brand=brand, journeys=(CONFIRMATION, alerts))
    on_order(placed(an_order(country="PL", zones=("Europe/Warsaw",))), small.world)
    on_shipment(moved(Stage.IN_TRANSIT), small.world)
    message = small.message("in_transit")
    assert small.rung(message) == "no_route"


def test_an_answer_is_taken_also_where_it_can_be_answered_over_no_route() -> None:
    small = on_their_way()
    due(small)
    small.rung(small.message("survey"))
    without_route(small, "news")
    assert on_reply(said("5"), small.world) == "rating"
    assert small.enrolment("phone_care").rating == "5"
    assert small.rung(small.message("thanks")) == "no_route"


@pytest.mark.parametrize("journeys", ((CONFIRMATION, DELIVERY, PHONE_CARE), (CONFIRMATION, DELIVERY)))
def test_a_step_whose_text_or_whole_journey_has_gone_ends_for_want_of_words(journeys: Any) -> None:
    small = on_their_way()
    small.journeys = journeys
    small.texts.missing = {(step.text, variant) for step in PHONE_CARE.steps for variant in Variant}
    assert due(small) == "told"
    assert small.rung(small.message("survey"), token="waiting") == "no_text"
    survey = small.message("survey")
    assert (survey.final, survey.due_at) == ("no_text", None)
    against = {why for name, why in survey.log[-1].facts.items() if name != "route"}
    assert against == {"no_text"}
    assert small.workflow.succeeded == ["waiting"]
    for _ in range(4):  # years later the trade-in, whose time is beyond a schedule's reach
        if small.enrolment("phone_care").next_due:
            due(small)
    assert small.enrolment("phone_care").next_due is None
    assert small.rung(small.message("trade_in")) == "no_text"
    small.workflow.started.clear()
    small.clock.forward(days=30)
    sweep(small.world)
    over = {small.message(step).id for step in ("survey", "trade_in")}
    assert not [name for name in small.workflow.started if name.partition("/")[0] in over]


class WordsFor(PlainTexts):
    """Some channels have words; the others' are gone."""

    def __init__(self, channels: Iterable[Channel]) -> None:
        super().__init__()
        self._channels = tuple(channels)

    def render(self, telling: Telling) -> Content:
        if telling.channel not in self._channels:
            raise TextMissing(telling.message.text)
        return super().render(telling)


def test_where_one_channels_words_have_gone_the_next_one_says_it() -> None:
    small = on_their_way()
    due(small)
    small.texts = WordsFor([SMS])
    assert small.rung(small.message("survey")) == "sent"
    assert small.shown() == ["sms survey/plain"]
    facts = small.message("survey").log[-1].facts
    assert (facts["whatsapp.plain"], facts["viber.plain"]) == ("no_text", "no_text")


def test_words_that_are_gone_are_not_the_reason_where_nobody_could_be_reached() -> None:
    small = on_their_way()
    due(small)
    small.texts = WordsFor([])
    small.phones.clear()
    assert small.rung(small.message("survey")) == "no_channel"


def test_a_purpose_and_a_country_that_have_gone_are_the_stricter_one_and_everywhere_else() -> None:
    small = SmallWorld()
    on_order(placed(an_order(), replace(placed().buyer, phone_consents=())), small.world)
    on_shipment(moved(Stage.DELIVERED), small.world)
    small.brand = a_brand(countries={"*": a_country(language="en", purposes={})})
    assert due(small) == "decided"
    (entry,) = small.enrolment("phone_care").log
    assert (entry.step, entry.reason) == ("survey", "no_marketing_consent")


THANKS = Journey(
    name="thanks",
    about=About.ORDER,
    starts="order_placed",
    steps=(a_step("all_there", on="delivered", stops=("cancelled",)),),
)


def test_a_retired_journey_begins_for_nobody_and_its_own_still_hear_what_they_wait_for() -> None:
    small = SmallWorld(journeys=(CONFIRMATION, DELIVERY, PHONE_CARE, THANKS))
    on_order(placed(), small.world)
    small.journeys = tuple(replace(each, retired=True) for each in small.journeys)
    small.clock.forward(hours=1)
    on_order(placed(an_order("1002", at=small.clock.now())), small.world)
    assert {(each.journey, each.order) for each in small.everything(Enrolment)} == {
        ("order_confirmation", "1001"),
        ("thanks", "1001"),
    }
    for order in ("1001", "1002"):
        on_shipment(moved(Stage.DELIVERED, order=order, shipment=order, at=small.clock.now()), small.world)
    assert [message.order for message in small.messages("all_there")] == ["1001"]
    assert small.messages("delivered") == small.messages("survey") == []
    assert not [each for each in small.everything(Enrolment) if each.journey == "phone_care"]
