"""The campaign of docs/journeys.md: it stands there as it is, and is lived through in both worlds."""

from datetime import timedelta
from pathlib import Path

import pytest

from aftercart import ports
from aftercart.domain.campaign import Campaign
from aftercart.domain.consent import Channel
from sandbox.control import views
from sandbox.player import Player
from sandbox.sandbox import Sandbox
from sandbox.shop_settings import SHOP
from sandbox.trials.crashes import changed
from sandbox.trials.crashes.prepared import BEGINS, MARKO, OLENA
from sandbox.trials.invariants import breaches
from tests.test_policies import NEEDS, allowed

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_shows_the_folder_that_it_names() -> None:
    journey = (DOCS / "tutorial" / "spring_cases" / "journey.yaml").read_text(encoding="utf-8")
    page = (DOCS / "journeys.md").read_text(encoding="utf-8")
    assert journey in page
    assert "(tutorial/spring_cases)" in page


def campaign(sandbox: Sandbox) -> Campaign | None:
    ref = ports.campaign(SHOP, "spring_cases")
    return sandbox.store.read(ref).get(ref)


@pytest.mark.parametrize("memory", (True, False), ids=("in memory", "on moto"))
def test_it_is_told_once_to_whom_it_is_for_at_their_hour_by_calls_that_the_role_allows(memory: bool) -> None:
    with Sandbox(BEGINS, memory=memory, made=changed.with_campaign()).open() as sandbox:
        player = Player(sandbox)
        player.orders(OLENA, 1001, ["ZIRVO-A1"])
        player.orders(MARKO, 1002, ["CASE-A1"])  # who has no phone of ours is not in it
        sandbox.advance(changed.NEAR - timedelta(minutes=1))
        assert campaign(sandbox) is None
        player.wait(hours=1)
        walked = campaign(sandbox)
        assert walked is not None
        assert walked.ended == "done"
        (walk,) = (run for run in sandbox.functions.invocations if "dynamodb.Scan" in run.calls)
        assert {need for call in walk.calls for need in NEEDS[call]} <= allowed()[walk.function]
        player.until(10, 59, days=1)
        before = len(player.shown())
        player.until(11, 51)
        (opening,) = player.shown()[before:]
        assert opening["step"] == "opening"
        assert "чохли" in opening["text"]
        (why,) = (each for each in views.decisions(sandbox) if each["step"] == "opening")
        assert (why["decision"], why["order"]) == ("send", "")
        player.wait(days=5)
        assert [each["step"] for each in player.shown()[before:]] == ["opening", "last_call"]
        assert breaches(sandbox) == []


def test_who_buys_a_case_meanwhile_is_not_told_of_the_last_days() -> None:
    with Sandbox(BEGINS, memory=True, made=changed.with_campaign()).open() as sandbox:
        player = Player(sandbox)
        player.orders(OLENA, 1001, ["ZIRVO-A1"])
        sandbox.advance(changed.NEAR)
        player.until(15, 0, days=2)
        player.orders(OLENA, 1002, ["CASE-A1"])
        player.wait(days=5)
        decided = {each["step"]: each["reason"] for each in views.decisions(sandbox)}
        assert decided["last_call"] == "condition"


def test_a_stop_to_its_first_message_ends_it() -> None:
    with Sandbox(BEGINS, memory=True, made=changed.with_campaign()).open() as sandbox:
        player = Player(sandbox)
        player.orders(OLENA, 1001, ["ZIRVO-A1"])
        sandbox.advance(changed.NEAR)
        player.until(12, 0, days=1)
        player.replies(OLENA, Channel.WHATSAPP, "СТОП")
        told = len(player.shown())
        player.wait(days=6)
        assert len(player.shown()) == told
        assert breaches(sandbox) == []
