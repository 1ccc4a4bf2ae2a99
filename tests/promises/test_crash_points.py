"""Wherever a Lambda dies, and a call is throttled, lost, answered late or sent twice: every promise holds.

Each call of each flow is a point; `sandbox.trials.crashes.points` forks at each. In memory it is the real
table with the real adapters and handlers over a DynamoDB of ours, which is held to moto elsewhere; a few
flows run on moto besides. The long run plays all pairs of all faults, and every flow on moto.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sandbox.trials.crashes.points import modes_of
from sandbox.trials.crashes.scenes import SCENES

ROOT = Path(__file__).resolve().parents[2]
# The sweeper's index lags behind the table: it may name what needs nothing any more. Ours does not lag, and
# tests of the flow itself come to these.
# And nobody shares an address in these flows: that is played where invocations take turns.
LAGGING = {"lifecycle_reminders.py store.owe", "opt_out.py store.read"}
ON_MOTO = ("STOP",)
PAIRS = ("order in", "claim and send", "receipt", "STOP")  # of the others: in the long run
FLOWS = {
    "order_confirmation",
    "delivery_tracking",
    "lifecycle_reminders",
    "inbound_replies",
    "send_message",
    "customer_pages",
}


def found(*arguments: str) -> Any:
    """What the runs found. In a process of their own: one that forks may have no threads."""
    command = [sys.executable, "-m", "sandbox.trials.crashes.points", "--json", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 3), done.stderr[-3000:]
    return json.loads(done.stdout)


def told(findings: Any) -> str:
    return "\n".join(f"{run['scene']}: {run['path']}: {run['wrong']}" for run in findings["wrong"][:20])


def test_each_fault_at_each_call_of_each_flow_breaks_no_promise_and_no_call_is_left_out() -> None:
    findings = found("--memory", "--brief")
    assert findings["wrong"] == [], told(findings)
    assert findings["runs"] > 300
    without_line = {f"{site.split(':')[0]} {site.split()[1]}" for site in findings["unreached"]}
    assert without_line <= LAGGING


@pytest.mark.parametrize("scene", ON_MOTO)
def test_each_fault_at_each_call_breaks_no_promise_on_moto_either(scene: str) -> None:
    findings = found("--scene", scene)
    assert findings["wrong"] == [], told(findings)
    assert findings["runs"] > 20


@pytest.mark.parametrize("scene", PAIRS)
def test_no_two_faults_one_after_the_other_break_a_promise(scene: str) -> None:
    findings = found("--memory", "--pairs", "--brief", "--scene", scene)
    assert findings["wrong"] == [], told(findings)
    assert findings["runs"] > 50


def test_each_flow_whose_pairs_are_tried_says_so() -> None:
    with_pairs = {name for name, scene in SCENES.items() if scene.pairs}
    assert with_pairs == {*PAIRS, "step due", "erase"}


def test_every_function_has_a_flow_whose_calls_fail() -> None:
    assert {function for scene in SCENES.values() for function in scene.functions} == FLOWS


def test_a_call_fails_in_every_way_in_which_it_can() -> None:
    assert len(modes_of("dynamodb.TransactWriteItems")) == 7
    assert len(modes_of("dynamodb.BatchGetItem")) == 6
    assert len(modes_of("meta.send")) == 5
    assert set(modes_of("dynamodb.BatchGetItem", brief=True)) <= set(modes_of("dynamodb.BatchGetItem"))
