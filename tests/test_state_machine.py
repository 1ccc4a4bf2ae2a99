"""The ladder that is deployed: five rungs that can be read aloud, and a checker that sees what is wrong."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.states.asl import check, substituted
from sandbox.states.node import DefinitionError
from sandbox.states.transitions import machines, read_template, ways

FILE = Path(__file__).resolve().parent.parent / "statemachines" / "send_with_fallback.asl.yaml"
RUNGS = [f"Try {nth} channel" for nth in ("first", "second", "third", "fourth", "fifth")]
NEXT_RUNG = {"NotDelivered", "States.Timeout"}


def definition() -> dict[str, Any]:
    """The machine as Step Functions gets it."""
    read = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    found: dict[str, Any] = substituted(
        read, {"SendMessageFunctionArn": "arn:aws:lambda:::function:sender:live"}
    )
    return found


def test_the_rungs_follow_one_another_and_the_last_one_ends() -> None:
    (machine,) = machines(read_template())
    assert machine.start_at == RUNGS[0]
    assert list(machine.states) == RUNGS
    assert [list(ways(machine.states[rung])) for rung in RUNGS] == [
        [following] for following in RUNGS[1:]
    ] + [[]]


@pytest.mark.parametrize(("rung", "name"), list(enumerate(RUNGS, start=1)))
def test_a_rung_tells_the_sender_its_number_and_waits_as_long_as_the_message_says(
    rung: int, name: str
) -> None:
    state = definition()["States"][name]
    assert state["Resource"] == "arn:aws:states:::lambda:invoke.waitForTaskToken"
    assert state["TimeoutSecondsPath"] == f"$.waits[{rung - 1}]"
    assert state["Parameters"]["Payload"] == {
        "v.$": "$.v",
        "message.$": "$.message",
        "run.$": "$.run",
        "rung": rung,
        "wait.$": f"$.waits[{rung - 1}]",
        "token.$": "$$.Task.Token",
    }


@pytest.mark.parametrize("name", RUNGS)
def test_what_leads_to_the_next_rung_is_not_tried_again_on_this_one(name: str) -> None:
    first, second = definition()["States"][name]["Retry"]
    assert set(first["ErrorEquals"]) == NEXT_RUNG
    assert first["MaxAttempts"] == 0
    assert second["ErrorEquals"] == ["States.ALL"]
    assert second["MaxAttempts"] > 0


@pytest.mark.parametrize("name", RUNGS[:-1])
def test_only_a_proved_failure_or_the_deadline_leads_to_the_next_rung(name: str) -> None:
    (catcher,) = definition()["States"][name]["Catch"]
    assert set(catcher["ErrorEquals"]) == NEXT_RUNG


@pytest.mark.parametrize("name", RUNGS)
def test_a_rung_hands_its_own_input_on_so_that_the_next_one_knows_the_message(name: str) -> None:
    state = definition()["States"][name]
    assert state["ResultPath"] is None
    assert all(catcher["ResultPath"] is None for catcher in state.get("Catch", []))


def test_a_transition_to_nowhere_is_refused_by_the_gate() -> None:
    wrong = definition()
    wrong["States"][RUNGS[1]]["Catch"][0]["Next"] = "Try thrid channel"
    with pytest.raises(DefinitionError, match="Try third channel"):
        check(wrong)


def test_a_rung_that_nothing_leads_to_is_refused_by_the_gate() -> None:
    wrong = definition()
    wrong["States"][RUNGS[1]]["Catch"][0]["Next"] = RUNGS[3]
    with pytest.raises(DefinitionError, match=RUNGS[2]):
        check(wrong)


def test_every_name_that_the_file_leaves_open_is_given_by_the_template() -> None:
    given = read_template()["Resources"]["SendWithFallback"]["Properties"]["DefinitionSubstitutions"]
    assert set(given) == {"SendMessageFunctionArn"}
    with pytest.raises(DefinitionError, match="SendMessageFunctionArn"):
        substituted(yaml.safe_load(FILE.read_text(encoding="utf-8")), {})
