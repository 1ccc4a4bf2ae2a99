"""A way that has begun keeps its texts by name, and so the version of each template that it began with."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from aftercart.domain.consent import Channel
from aftercart.domain.journey import Enrolment
from aftercart.domain.order import Stage
from aftercart.flows.delivery_tracking import on_shipment
from aftercart.flows.lifecycle_reminders import on_step_due
from aftercart.flows.order_confirmation import on_order
from aftercart.texts.render import LiquidTexts
from sandbox.journeys.compile import JOURNEYS, Compiled, compile_journeys
from tests.builders import Phone, SmallWorld, a_buyer, a_catalogue, an_order, moved, placed

LANGUAGES = ("uk", "ru", "en")


def edited(into: Path, change: Callable[[Any], None], journey: Callable[[str], str] = str) -> Compiled:
    """The project's own journeys with another text of the survey."""
    shutil.copytree(JOURNEYS, into)
    for language in LANGUAGES:
        path = into / "phone_care" / f"{language}.yaml"
        texts = yaml.safe_load(path.read_text("utf-8"))
        change(texts)
        path.write_text(yaml.safe_dump(texts, allow_unicode=True, sort_keys=False), "utf-8")
    path = into / "phone_care" / "journey.yaml"
    path.write_text(journey(path.read_text("utf-8")), "utf-8")
    return compile_journeys(into)


def beside_the_old_one(texts: Any) -> None:
    texts["survey_2"] = {**texts["survey"], "whatsapp": in_version_2(texts["survey"]["whatsapp"])}


def for_who_begins_now(journey: str) -> str:
    """They hear `survey_2`; the text of before is kept for those on their way."""
    assert "  - survey:\n" in journey
    return "keeps: [survey]\n" + journey.replace("  - survey:\n", "  - survey:\n      text: survey_2\n")


def in_its_place(texts: Any) -> None:
    texts["survey"]["whatsapp"] = in_version_2(texts["survey"]["whatsapp"])


def in_version_2(whatsapp: Any) -> Any:
    return {**whatsapp, "template": "phone_survey_v2"}


def with_journeys(small: SmallWorld, made: Compiled) -> SmallWorld:
    """As a deployment leaves it: the same table, other journeys."""
    small.brand, small.journeys = made.brand, tuple(made.journeys.values())
    small.texts = LiquidTexts(made.texts, made.brand, a_catalogue())  # type: ignore[assignment]
    return small


def begun(small: SmallWorld, number: str, person: str) -> str:
    """A phone is bought and delivered; which template its survey is to be said with is not yet asked."""
    buyer = a_buyer(reference=person, phone=f"+3806712345{person[-2:]}")
    on_order(placed(an_order(number, at=small.clock.time), buyer), small.world)
    on_shipment(moved(Stage.DELIVERED, order=number, at=small.clock.time), small.world)
    return small.customer_of(person).id


def ways_of_care(small: SmallWorld) -> list[Enrolment]:
    return [each for each in small.everything(Enrolment) if each.journey == "phone_care"]


def surveyed(small: SmallWorld, customer: str) -> str:
    """The survey's time has come: the template with which WhatsApp shows it."""
    (way,) = [e for e in ways_of_care(small) if e.customer == customer]
    assert way.armed_for is not None
    small.clock.time = max(small.clock.time, way.armed_for)
    on_step_due(way.id, way.arm, small.world)
    (message,) = [each for each in small.messages("survey") if each.customer == customer]
    small.rung(message)
    template = small.phones[Channel.WHATSAPP].shown[-1].content.template
    assert template is not None
    return template.name


@pytest.fixture
def small() -> SmallWorld:
    phones = {Channel.WHATSAPP: Phone(Channel.WHATSAPP, name="meta")}
    return with_journeys(SmallWorld(phones=phones), compile_journeys())


def test_who_began_with_a_version_keeps_it_and_who_begins_later_has_the_next(
    small: SmallWorld, tmp_path: Path
) -> None:
    before = begun(small, "1001", "7001")
    with_journeys(small, edited(tmp_path / "journeys", beside_the_old_one, for_who_begins_now))
    after = begun(small, "1002", "7002")
    assert surveyed(small, before) == "phone_survey_v1"
    assert surveyed(small, after) == "phone_survey_v2"


def test_a_version_raised_in_its_place_is_for_everybody(small: SmallWorld, tmp_path: Path) -> None:
    before = begun(small, "1001", "7001")
    with_journeys(small, edited(tmp_path / "journeys", in_its_place))
    assert surveyed(small, before) == "phone_survey_v2"
