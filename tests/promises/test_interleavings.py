"""Two to four invocations at once, switched at every call: whatever a seed says, every promise is kept.

Each seed is one way in which they take turns, with up to two faults and one that stands still meanwhile.
"""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.shop_settings import SECRETS
from sandbox.trials import interleavings, routes
from sandbox.trials.baton import Baton
from sandbox.trials.interleavings import Ended, trials, tried
from sandbox.trials.turns import errands, ladder
from sandbox.trials.turns.backstage import Backstage
from sandbox.trials.turns.goods import goods
from sandbox.trials.turns.handsets import ALL_WELL
from sandbox.trials.turns.luck import Luck
from sandbox.trials.turns.meetings import MEETINGS
from sandbox.trials.turns.prologues import BEGINS
from sandbox.trials.turns.witness import Witness

ROOT = Path(__file__).parents[2]
SCENES = sorted(MEETINGS)
SEEDS = 67  # of each scene: 2,077 in all; the long run has 100,000
ON_MOTO = 30  # besides: one of each
PARTS = 15


@pytest.mark.parametrize("scene", SCENES)
def test_every_promise_is_kept_however_invocations_take_turns(scene: str) -> None:
    wrong = [ended for seed in range(SEEDS) if (ended := tried(scene, seed)).breaches]
    assert wrong == []


@pytest.mark.parametrize("part", range(PARTS))
def test_every_promise_is_kept_on_motos_dynamodb_too_in_the_same_story(part: int) -> None:
    some = trials(range(part, ON_MOTO, PARTS), SCENES)
    on_moto = interleavings.batch(some, on_moto=True, story=True)
    assert [each for each in on_moto if each.breaches] == []
    assert on_moto == interleavings.batch(some, story=True)


@pytest.mark.parametrize("scene", SCENES)
def test_the_same_seed_is_the_same_story_to_the_byte(scene: str) -> None:
    for seed in (1, 2):
        story = tried(scene, seed, story=True).story
        assert tried(scene, seed, story=True).story == story


def test_meetings_take_routes_of_every_length_over_every_provider() -> None:
    ended = [tried("claim and claim", seed) for seed in range(SEEDS)]
    assert {provider for each in ended for provider in each.asked} == {*routes.PROVIDERS}
    assert {each.route.count(",") + 1 for each in ended} == {*routes.LENGTHS}


def test_seeds_differ() -> None:
    stories = {tried("claim and STOP", seed, story=True).story for seed in range(20)}
    assert len(stories) == 20


def test_exactly_one_runs_at_a_time_and_only_when_let_on() -> None:
    said: list[str] = []
    baton = Baton()

    def speaks(name: str) -> None:
        for number in range(3):
            said.append(f"{name}{number}")
            baton.pause("a call")

    one, other = (baton.begin(name, lambda name=name: speaks(name)) for name in "ab")  # type: ignore[misc]
    for runner in (one, other, other, one, one, other):
        baton.step(runner)
    assert said == ["a0", "b0", "b1", "a1", "a2", "b2"]
    assert [runner.done for runner in (one, other)] == [False, False]
    baton.close()
    assert [runner.done for runner in (one, other)] == [True, True]


def test_the_ladder_waits_and_tries_again_as_the_state_machine_does() -> None:
    states = yaml.safe_load((ROOT / "statemachines/send_with_fallback.asl.yaml").read_text())["States"]
    assert len(states) == ladder.RUNGS
    for state in states.values():
        never, always = state["Retry"]
        assert ladder.NOT_DELIVERED in never["ErrorEquals"]
        assert (always["MaxAttempts"], always["BackoffRate"]) == (ladder.RETRIES, ladder.BACKOFF)
        assert timedelta(seconds=always["IntervalSeconds"]) == ladder.PAUSE


def test_no_invocation_takes_longer_than_the_template_lets_its_function() -> None:
    text = (ROOT / "template.yaml").read_text()
    found = {}
    for name in ("Globals", "LifecycleRemindersFunction", "SendMessageFunction"):
        block = text[text.index(f"{name}:") :]
        found[name] = timedelta(seconds=int(block.split(" Timeout: ")[1].split()[0]))
    longest = {errands.LONGEST["order"], errands.LONGEST["reply"], errands.LONGEST["page"]}
    assert longest == {found["Globals"]}
    assert errands.LONGEST["sweep"] == found["LifecycleRemindersFunction"]
    assert errands.LONGEST["rung"] == found["SendMessageFunction"]


def test_what_was_tried_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert interleavings.main(["--seeds", "2", "--scene", "claim and STOP"]) == 0
    assert capsys.readouterr().out.startswith("2 seeds, ")


def test_a_broken_promise_is_told_with_the_seed_that_plays_it_again(
    capsys: pytest.CaptureFixture[str],
) -> None:
    broken = Ended("claim and STOP", 17, ("claimed after a STOP",), 20, route="push/web, sms/aws")
    kept = Ended("claim and STOP", 18, (), 20)
    assert interleavings.told([[kept, broken]], 2) == 3
    said = capsys.readouterr().out
    assert "--scene 'claim and STOP' --first 17 --seeds 1 --show\n    over push/web, sms/aws" in said
    assert "\n    claimed after a STOP" in said
    assert "2 seeds, 40 calls taken in turns: 1 broke a promise" in said


def test_a_meeting_notices_what_is_missing() -> None:
    meeting = MEETINGS["double tap"]
    kept, _ = interleavings.beginning(meeting.name)
    behind = Backstage(kept, goods(), Luck(1), ALL_WELL, None)
    assert list(meeting.wrong(behind)) == []
    assert list(replace(meeting, told={"confirm": (2, 2)}).wrong(behind)) == [
        "1 messages of confirm, not 2 to 2"
    ]


def _witness_of_a_confirmed_order() -> tuple[Witness, dict[str, Any]]:
    kept, _ = interleavings.beginning("double tap")
    message = next(item for (_, sk), item in kept.dynamo.items.items() if sk.startswith("M#"))
    return Witness(kept.dynamo.items, SECRETS["address_key"].encode()), dict(message)


def test_the_witness_notices_a_write_over_what_was_not_seen() -> None:
    witness, message = _witness_of_a_confirmed_order()
    witness.saw("PutItem", {"Item": message | {"tx": {"S": "another"}}}, {}, BEGINS)
    assert [each for each in witness.breaches if "was written over" in each]


def test_the_witness_notices_a_receipt_that_is_lost() -> None:
    witness, message = _witness_of_a_confirmed_order()
    revision = {"rev": {"N": str(int(message["rev"]["N"]) + 1)}, "tx": {"S": "another"}}
    without = {name: value for name, value in message.items() if name != "r1"}
    witness.saw("PutItem", {"Item": without | revision}, {}, BEGINS)
    assert [each for each in witness.breaches if "lost receipt r1" in each]


def test_the_witness_notices_an_execution_of_a_run_that_is_not() -> None:
    witness, message = _witness_of_a_confirmed_order()
    witness.started(message["sk"]["S"][2:], 1)
    assert witness.breaches == []
    witness.started(message["sk"]["S"][2:], 2)
    assert len(witness.breaches) == 1
