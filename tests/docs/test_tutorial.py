"""The tutorial of docs/journeys.md, as a reader does it: the folder is copied, checked, and lived through."""

import re
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from aftercart.domain.message import ReceiptStatus
from aftercart.domain.order import Stage
from aftercart.flows.delivery_tracking import on_shipment
from aftercart.flows.lifecycle_reminders import on_step_due
from aftercart.flows.order_confirmation import on_order
from aftercart.flows.receipts import on_receipt
from aftercart.flows.replies import on_reply
from aftercart.texts.compiled import load_brand, load_catalogue, load_journeys, load_texts
from aftercart.texts.render import LiquidTexts
from sandbox.commands import check
from sandbox.commands.terminal import Ink
from sandbox.journeys.compile import JOURNEYS, compile_journeys
from tests.builders import SmallWorld, a_line, an_order, moved, placed, said

DOCS = Path(__file__).parents[2] / "docs"
FOLDER = DOCS / "tutorial" / "coffee_care"
PAGE = (DOCS / "journeys.md").read_text(encoding="utf-8")


@pytest.fixture
def journeys(tmp_path: Path) -> Path:
    source = Path(shutil.copytree(JOURNEYS, tmp_path / "journeys"))
    shutil.copytree(FOLDER, source / "coffee_care")
    return source


@pytest.fixture
def small(journeys: Path, tmp_path: Path) -> SmallWorld:
    made = tmp_path / "made"
    compile_journeys(journeys).write(made)
    brand = replace(load_brand(made), providers={})  # the phones of the small world carry
    catalogue = load_catalogue(made)
    return SmallWorld(
        brand=brand,
        journeys=tuple(load_journeys(made).values()),
        catalogue=catalogue,
        texts=LiquidTexts(load_texts(made), brand, catalogue),  # type: ignore[arg-type]
    )


def due(small: SmallWorld) -> None:
    care = small.enrolment("coffee_care")
    assert care.armed_for is not None
    small.clock.time = care.armed_for
    on_step_due(care.id, care.arm, small.world)


def told(small: SmallWorld, step: str) -> str:
    """It is sent and arrives; what the phone shows."""
    message = small.message(step)
    small.rung(message)
    on_receipt(small.receipt(message, 1, ReceiptStatus.DELIVERED), small.world)
    (attempt,) = small.message(step).attempts
    return small.phones[attempt.channel].shown[-1].content.text


def test_what_the_page_shows_is_what_stands_in_the_folder() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    journey, words = (
        next(block for block in blocks if key in block) for key in ("steps:", "put_it_right:\n  w")
    )
    assert journey in (FOLDER / "journey.yaml").read_text("utf-8")
    assert words in (FOLDER / "en.yaml").read_text("utf-8")


def test_it_has_five_steps_in_at_most_25_lines(journeys: Path) -> None:
    assert len(compile_journeys(journeys).journeys["coffee_care"].steps) == 5
    assert len((FOLDER / "journey.yaml").read_text("utf-8").splitlines()) <= 25


def test_check_says_of_it_what_the_page_says(journeys: Path) -> None:
    assert check.written(check.checked(journeys), Ink(False)) in PAGE


def test_it_is_lived_through(small: SmallWorld) -> None:
    sku = next(item.sku for item in small.catalogue.items if item.category == "coffee_machine")
    on_order(placed(an_order(lines=(a_line(sku=sku),))), small.world)
    told(small, "confirm")
    on_shipment(moved(Stage.DELIVERED), small.world)
    told(small, "delivered")
    due(small)
    assert "уже кілька днів із вами" in told(small, "how_is_it")
    on_reply(said("2", at=small.clock.time), small.world)
    assert "Допоможемо обміняти або повернути" in told(small, "put_it_right")
    due(small)
    assert "Чесний відгук" in told(small, "tell_others")
    arrived = small.enrolment("coffee_care").events["delivered"]
    for step, days in (("descale", 90), ("a_year_on", 365)):
        due(small)
        assert small.clock.time.date() == (arrived + timedelta(days=days)).date()
        assert "THING" not in told(small, step)
