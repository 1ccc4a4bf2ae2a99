"""The deployed ladder keeps its rules, each rule sees a planted fault, and no wait is too long."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml

from aftercart.domain.route import rungs
from aftercart.texts.compiled import load_brand
from sandbox.sandbox import compiled
from sandbox.states.asl import load
from tests.template import ladder
from tests.template.ladder import Definition
from tests.template.stack import ROOT

FILE = ROOT / "statemachines" / "send_with_fallback.asl.yaml"
FIRST, SECOND, LAST = "Try first channel", "Try second channel", "Try fifth channel"
Rule = Callable[[Definition], Iterator[str]]
RULES: tuple[Rule, ...] = (
    ladder.waits_end,
    ladder.transitions_lead_somewhere,
    ladder.only_what_is_proved_leads_on,
    ladder.rungs_carry_ids_only,
)


def definition() -> Definition:
    read: Definition = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return read


def sets(state: str, **facts: Any) -> Callable[[Definition], object]:
    return lambda machine: machine["States"][state].update(facts)


def takes(state: str, name: str) -> Callable[[Definition], object]:
    return lambda machine: machine["States"][state].pop(name)


PLANTED: tuple[tuple[Rule, Callable[[Definition], object], str], ...] = (
    (ladder.waits_end, takes(SECOND, "TimeoutSecondsPath"), "Try second channel waits for ever"),
    (ladder.waits_end, sets(SECOND, TimeoutSeconds=86_401), "Try second channel waits 86401 seconds"),
    (ladder.waits_end, sets(SECOND, Type="Wait", Resource=""), "Try second channel is no task"),
    (
        ladder.transitions_lead_somewhere,
        lambda machine: machine["States"][FIRST]["Catch"][0].update(Next="Try thrid channel"),
        "leads to Try thrid channel, which is not there",
    ),
    (
        ladder.transitions_lead_somewhere,
        lambda machine: machine["States"][FIRST]["Catch"][0].update(Next="Try third channel"),
        "nothing leads to Try second channel",
    ),
    (ladder.transitions_lead_somewhere, takes(LAST, "End"), "neither leads on nor ends"),
    (ladder.transitions_lead_somewhere, sets(LAST, End=None, Next="Try sixth channel"), "is not there"),
    (ladder.only_what_is_proved_leads_on, takes(SECOND, "Retry"), "tries a proved failure again"),
    (
        ladder.only_what_is_proved_leads_on,
        lambda machine: machine["States"][SECOND]["Retry"].pop(),
        "gives up at the first fault",
    ),
    (
        ladder.only_what_is_proved_leads_on,
        lambda machine: machine["States"][SECOND]["Retry"][0].update(MaxAttempts=1),
        "tries a proved failure again",
    ),
    (
        ladder.only_what_is_proved_leads_on,
        lambda machine: machine["States"][SECOND]["Catch"][0].update(ErrorEquals=["States.ALL"]),
        "Try second channel catches",
    ),
    (ladder.only_what_is_proved_leads_on, takes(SECOND, "Catch"), "Try second channel catches"),
    (
        ladder.only_what_is_proved_leads_on,
        lambda machine: machine["States"][SECOND]["Catch"][0].update(Next=LAST),
        "Try second channel catches",
    ),
    (
        ladder.rungs_carry_ids_only,
        lambda machine: machine["States"][FIRST]["Parameters"]["Payload"].update({"name.$": "$.name"}),
        "Try first channel carries name.$",
    ),
    (ladder.rungs_carry_ids_only, takes(FIRST, "ResultPath"), "keeps what the sender answers"),
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_deployed_ladder_keeps_the_rule(rule: Rule) -> None:
    assert list(rule(definition())) == []


@pytest.mark.parametrize(
    ("rule", "edit", "said"), PLANTED, ids=[f"{n}-{p[0].__name__}" for n, p in enumerate(PLANTED)]
)
def test_the_rule_sees_a_planted_fault(rule: Rule, edit: Callable[[Definition], object], said: str) -> None:
    machine = copy.deepcopy(definition())
    edit(machine)
    faults = list(rule(machine))
    assert any(said in fault for fault in faults), faults


def test_every_rule_has_seen_a_fault() -> None:
    assert {rule for rule, _, _ in PLANTED} == set(RULES)


def test_no_message_of_the_brand_waits_more_than_a_day_on_a_rung() -> None:
    brand = load_brand(compiled())
    routes = [route for country in brand.countries.values() for route in country.routes.values()]
    given = [rungs([leg.wait for leg in route]) for route in routes]
    assert given
    assert list(ladder.waits_end(definition(), given)) == []


def test_a_wait_of_more_than_a_day_is_seen() -> None:
    assert list(ladder.waits_end(definition(), [(60, 60, 86_401, 60, 60)])) == [
        "Try third channel waits 86401 seconds"
    ]


def test_what_is_checked_is_what_the_sandbox_runs() -> None:
    machine = load(FILE, {"SendMessageFunctionArn": "arn:aws:lambda:::function:some"})
    assert list(machine.states) == list(definition()["States"])
