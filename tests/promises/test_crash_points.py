"""Wherever a Lambda dies, and a call is throttled, lost, answered late or sent twice: every promise holds.

Each call of each flow is a point (`sandbox.trials.crashes.points`). In memory it is the real table with the
real adapters and handlers over a DynamoDB of ours, which is held to moto elsewhere; one flow runs on moto
besides. Here a fault is one of those that differ to the caller (`brief`); the long run plays every mode of
every pair, and every flow on moto.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from sandbox.trials.crashes.points import Findings, explore, modes_of, told, unreached
from sandbox.trials.crashes.scenes import SCENES

# The sweeper's index lags behind the table: it may name what needs nothing any more. Ours does not lag, and
# tests of the flow itself come to this.
LAGGING = {"lifecycle_reminders.py store.owe"}
ON_MOTO = ("STOP",)
PAIRS = ("order in", "claim and send", "receipt", "STOP", "step due", "erase")
# Its second look comes seven hours later: pairs with a fault in that are the long run's.
WATCHED_FOR = {"erase": timedelta(hours=1)}
FLOWS = {
    "order_confirmation",
    "delivery_tracking",
    "lifecycle_reminders",
    "inbound_replies",
    "send_message",
    "customer_pages",
}


def found(*scenes: str, depth: int = 1, memory: bool = True, brief: bool = False) -> Findings:
    findings = Findings()
    for name in scenes:
        scene = SCENES[name]
        if depth > 1:
            scene = replace(scene, then=WATCHED_FOR.get(name, scene.then))
        for run in explore(scene, depth, memory=memory, brief=brief):
            findings.add(run)
    return findings


def wrong(findings: Findings) -> list[str]:
    return [told(run) for run in findings.wrong[:20]]


def test_each_fault_at_each_call_of_each_flow_breaks_no_promise_and_no_call_is_left_out() -> None:
    findings = found(*SCENES, brief=True)
    assert wrong(findings) == []
    assert findings.runs > 750
    without_line = {f"{site.split(':')[0]} {site.split()[1]}" for site in unreached(findings)}
    assert without_line <= LAGGING


@pytest.mark.parametrize("scene", ON_MOTO)
def test_each_fault_at_each_call_breaks_no_promise_on_moto_either(scene: str) -> None:
    findings = found(scene, memory=False)
    assert wrong(findings) == []
    assert findings.runs > 35


@pytest.mark.parametrize("scene", PAIRS)
def test_no_two_faults_one_after_the_other_break_a_promise(scene: str) -> None:
    findings = found(scene, depth=2, brief=True)
    assert wrong(findings) == []
    assert findings.runs > 80


def test_each_flow_whose_pairs_are_tried_says_so() -> None:
    with_pairs = {name for name, scene in SCENES.items() if scene.pairs}
    assert with_pairs == set(PAIRS)


def test_every_function_has_a_flow_whose_calls_fail() -> None:
    assert {function for scene in SCENES.values() for function in scene.functions} == FLOWS


def test_a_call_fails_in_every_way_in_which_it_can() -> None:
    assert len(modes_of("dynamodb.TransactWriteItems")) == 7
    assert len(modes_of("dynamodb.BatchGetItem")) == 6
    assert len(modes_of("meta.send")) == 5
    assert set(modes_of("dynamodb.BatchGetItem", brief=True)) <= set(modes_of("dynamodb.BatchGetItem"))
