"""Reads and checks a state machine in Amazon States Language, plain JSONPath.

What is wrong is refused before anything runs, with the state and the field by name: AWS checks most of this
when the machine is created, moto none of it. Map, Parallel, JSONata, heartbeats and intrinsic functions are
refused too: the sandbox does not run them.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from sandbox.states.choice import check_rule, is_timestamp
from sandbox.states.node import NOT_RUN, DefinitionError, Node, dynamic, nearest

INVOKE = "arn:aws:states:::lambda:invoke"
INVOKE_AND_WAIT = f"{INVOKE}.waitForTaskToken"

LONGEST = 99_999_999
COMMON = {"Type", "Comment", "QueryLanguage"}
DATA = COMMON | {"InputPath", "OutputPath"}
STEP = DATA | {"Next", "End"}
WAITS = ("Seconds", "SecondsPath", "Timestamp", "TimestampPath")
TIMEOUTS = ("TimeoutSeconds", "TimeoutSecondsPath")
FIELDS: Mapping[str, set[str]] = {
    "Task": STEP | {"Resource", "Parameters", "ResultSelector", "ResultPath", *TIMEOUTS, "Retry", "Catch"},
    "Pass": STEP | {"Result", "Parameters", "ResultPath"},
    "Wait": STEP | {*WAITS},
    "Choice": DATA | {"Choices", "Default"},
    "Succeed": DATA,
    "Fail": COMMON | {"Error", "ErrorPath", "Cause", "CausePath"},
}
TOP = {"Comment", "StartAt", "States", "TimeoutSeconds", "Version", "QueryLanguage"}
RETRY = {"ErrorEquals", "IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds", "JitterStrategy"}
CATCH = {"ErrorEquals", "Next", "ResultPath", "Comment"}
LAMBDA = {"FunctionName", "Payload", "Qualifier"}


@dataclass(frozen=True, slots=True)
class Machine:
    """A checked definition."""

    start_at: str
    states: Mapping[str, Mapping[str, Any]]
    timeout_seconds: int | None = None


def load(path: Path, substitutions: Mapping[str, str]) -> Machine:
    """Reads a machine from YAML (JSON is YAML), each `${Name}` replaced.

    A DefinitionError names file, line and column.
    """
    text = path.read_text(encoding="utf-8")
    try:
        return check(substituted(_parsed(text), substitutions))
    except yaml.YAMLError as error:
        raise DefinitionError(f"{path.name}: {error}") from error
    except DefinitionError as error:
        line, column = _place(yaml.compose(text), error.at)
        raise DefinitionError(f"{path.name}:{line}:{column}: {error}", *error.at) from None


@cache
def _parsed(text: str) -> Any:
    # YAML takes ten times as long as all else that opens a sandbox, and what it gives is only read.
    return yaml.safe_load(text)


def substituted(definition: Any, substitutions: Mapping[str, str]) -> Any:
    """The definition with SAM's `${Name}` filled in; a name that is not given is an error."""
    if isinstance(definition, dict):
        return {name: substituted(value, substitutions) for name, value in definition.items()}
    if isinstance(definition, list):
        return [substituted(each, substitutions) for each in definition]
    if not isinstance(definition, str):
        return definition
    return re.sub(r"\$\{(\w+)\}", lambda found: _value(found[1], substitutions), definition)


def _value(name: str, substitutions: Mapping[str, str]) -> str:
    if name not in substitutions:
        raise DefinitionError(f"${{{name}}} is not among the substitutions{nearest(name, substitutions)}")
    return substitutions[name]


def _place(node: yaml.Node | None, at: Iterable[str | int]) -> tuple[int, int]:
    """Line and column, from 1, of the deepest part of `at` that the file has."""
    mark = node.start_mark if node else None
    for step in at:
        if isinstance(node, yaml.MappingNode):
            pairs = {key.value: (key, value) for key, value in node.value}
            if step not in pairs:
                break
            mark, node = pairs[step][0].start_mark, pairs[step][1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            node = node.value[step]
            mark = node.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def check(definition: Any) -> Machine:
    """The machine, or a DefinitionError that says what is wrong and where."""
    if not isinstance(definition, dict):
        raise DefinitionError("a state machine is an object with StartAt and States")
    machine = Node("the state machine", definition)
    machine.only(TOP, "StartAt", "States")
    states = definition["States"]
    if not isinstance(states, dict) or not states:
        machine.wrong("expected at least one state", "States")
    machine.target("StartAt", states)
    machine.whole("TimeoutSeconds", 1, LONGEST)
    _plain_jsonpath(machine)
    for name, state in states.items():
        _state(Node(f"state {name!r}", state if isinstance(state, dict) else {}, ("States", name)), states)
    _all_reachable(definition["StartAt"], states)
    return Machine(definition["StartAt"], states, definition.get("TimeoutSeconds"))


def _plain_jsonpath(node: Node) -> None:
    if node.value.get("QueryLanguage", "JSONPath") != "JSONPath":
        node.wrong("the sandbox runs JSONPath only", "QueryLanguage")


def _state(state: Node, states: Mapping[str, Any]) -> None:
    if len(str(state.at[-1])) > 80:
        state.wrong("a name has at most 80 characters")
    kind = str(state.value.get("Type"))
    if kind not in FIELDS:
        reason = "is not run by the sandbox" if kind in NOT_RUN else "is not a type of state"
        state.wrong(f"{kind!r} {reason}{nearest(kind, FIELDS)}", "Type")
    state.only(FIELDS[kind])
    _plain_jsonpath(state)
    _paths(state)
    if "Next" in FIELDS[kind]:
        _way_on(state, states)
    if kind in CHECKS:
        CHECKS[kind](state, states)


def _way_on(state: Node, states: Mapping[str, Any]) -> None:
    if len(state.has("Next", "End")) != 1:
        state.wrong("expected one of Next and End")
    state.target("Next", states)
    if state.value.get("End", True) is not True:
        state.wrong("expected true", "End")


def _paths(state: Node) -> None:
    for field in state.has("InputPath", "OutputPath", "ResultPath"):
        if state.value[field] is not None:
            state.path(field)
    if str(state.value.get("ResultPath")).startswith("$$"):
        state.wrong("the context object cannot be written", "ResultPath")
    for field in ("TimeoutSecondsPath", "SecondsPath", "TimestampPath", "ErrorPath", "CausePath"):
        state.path(field)
    state.template("Parameters")
    state.template("ResultSelector")


def _task(task: Node, states: Mapping[str, Any]) -> None:
    if task.value.get("Resource") not in (INVOKE, INVOKE_AND_WAIT):
        task.wrong(f"expected {INVOKE} or {INVOKE_AND_WAIT}", "Resource")
    _parameters(task)
    task.whole("TimeoutSeconds", 1, LONGEST)
    if len(task.has(*TIMEOUTS)) > 1:
        task.wrong("expected one of TimeoutSeconds and TimeoutSecondsPath")
    if task.value["Resource"] == INVOKE_AND_WAIT:
        _waits_safely(task)
    retriers, catchers = task.objects("Retry"), task.objects("Catch")
    for retrier in retriers:
        _retrier(retrier, last=retrier is retriers[-1])
    for catcher in catchers:
        _catcher(catcher, states, last=catcher is catchers[-1])


def _parameters(task: Node) -> None:
    given = task.value.get("Parameters")
    names = [name.removesuffix(".$") for name in given] if isinstance(given, dict) else []
    if "FunctionName" not in names:
        task.wrong("expected FunctionName", "Parameters")
    for name in names:
        if name not in LAMBDA:
            task.wrong(f"the sandbox gives lambda:invoke no {name}{nearest(name, LAMBDA)}", "Parameters")


def _waits_safely(task: Node) -> None:
    if not task.has(*TIMEOUTS):
        task.wrong("waits for a token without TimeoutSeconds or TimeoutSecondsPath: it could hang for a year")
    if "$$.Task.Token" not in [path for _, path in dynamic(task.value["Parameters"])]:
        task.wrong("nobody is told $$.Task.Token", "Parameters")


def _retrier(retrier: Node, last: bool) -> None:
    retrier.only(RETRY, "ErrorEquals")
    _errors(retrier, last)
    retrier.whole("IntervalSeconds", 1, LONGEST)
    retrier.whole("MaxAttempts", 0, LONGEST)
    retrier.whole("MaxDelaySeconds", 1, 31_622_400)
    rate = retrier.value.get("BackoffRate", 2)
    if isinstance(rate, bool) or not isinstance(rate, int | float) or rate < 1:
        retrier.wrong(f"expected 1 or more, found {rate!r}", "BackoffRate")
    if retrier.value.get("JitterStrategy", "NONE") != "NONE":
        retrier.wrong("the sandbox runs NONE only: the same seed, the same story", "JitterStrategy")


def _catcher(catcher: Node, states: Mapping[str, Any], last: bool) -> None:
    catcher.only(CATCH, "ErrorEquals", "Next")
    _errors(catcher, last)
    catcher.target("Next", states)
    if catcher.value.get("ResultPath") is not None:
        catcher.path("ResultPath")


def _errors(node: Node, last: bool) -> None:
    errors = node.value["ErrorEquals"]
    if not isinstance(errors, list) or not errors or not all(isinstance(each, str) for each in errors):
        node.wrong("expected names of errors", "ErrorEquals")
    if "States.ALL" in errors and (len(errors) > 1 or not last):
        node.wrong("States.ALL stands alone and last", "ErrorEquals")


def _pass(state: Node, states: Mapping[str, Any]) -> None:
    if len(state.has("Result", "Parameters")) > 1:
        state.wrong("hides what Parameters makes", "Result")


def _wait(state: Node, states: Mapping[str, Any]) -> None:
    if len(state.has(*WAITS)) != 1:
        state.wrong(f"expected one of {', '.join(WAITS)}")
    state.whole("Seconds", 0, LONGEST)
    if "Timestamp" in state.value and not is_timestamp(state.value["Timestamp"]):
        state.wrong("expected a timestamp with a zone", "Timestamp")


def _choice(state: Node, states: Mapping[str, Any]) -> None:
    rules = state.objects("Choices")
    if not rules:
        state.wrong("expected at least one rule", "Choices")
    for rule in rules:
        if problem := check_rule(rule.value, top=True):
            rule.wrong(problem)
        rule.target("Next", states)
    state.target("Default", states)


CHECKS: Mapping[str, Callable[[Node, Mapping[str, Any]], None]] = {
    "Task": _task,
    "Pass": _pass,
    "Wait": _wait,
    "Choice": _choice,
}


def _all_reachable(start: str, states: Mapping[str, Mapping[str, Any]]) -> None:
    seen, ahead = set[str](), [start]
    while ahead:
        name = ahead.pop()
        if name not in seen:
            seen.add(name)
            ahead += _leads_to(states[name])
    for name in states:
        if name not in seen:
            raise DefinitionError(f"state {name!r}: nothing leads to it", "States", name)


def _leads_to(state: Mapping[str, Any]) -> list[str]:
    ways = [state[field] for field in ("Next", "Default") if field in state]
    return ways + [each["Next"] for field in ("Catch", "Choices") for each in state.get(field, [])]
