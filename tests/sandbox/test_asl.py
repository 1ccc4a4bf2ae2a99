from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.states.asl import check, load, substituted
from sandbox.states.node import DefinitionError

LADDER = Path(__file__).parents[2] / "statemachines" / "send_with_fallback.asl.yaml"
FUNCTION = "arn:aws:lambda:eu-central-1:123456789012:function:send-message"


def ladder_with(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    definition: dict[str, Any] = substituted(
        yaml.safe_load(LADDER.read_text(encoding="utf-8")), {"SendMessageFunctionArn": FUNCTION}
    )
    change(definition["States"])
    return definition


WRONG: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "a target that is not there": (
        lambda states: states["Try first channel"]["Catch"][0].update(Next="Try secnd channel"),
        r"state 'Try first channel': Catch: field Next: no state is named 'Try secnd channel'; "
        r"did you mean 'Try second channel'\?",
    ),
    "a field that nobody knows": (
        lambda states: states["Try first channel"].update(TimeoutSecond=5),
        r"field TimeoutSecond: is not known here; did you mean 'TimeoutSeconds'\?",
    ),
    "a field that the sandbox does not run": (
        lambda states: states["Try first channel"].update(HeartbeatSeconds=5),
        "field HeartbeatSeconds: is not run by the sandbox",
    ),
    "a state that nothing leads to": (
        lambda states: states.update({"Try sixth channel": {"Type": "Succeed"}}),
        "state 'Try sixth channel': nothing leads to it",
    ),
    "a wait for a token without an end": (
        lambda states: states["Try third channel"].pop("TimeoutSecondsPath"),
        "state 'Try third channel': waits for a token without TimeoutSeconds or TimeoutSecondsPath",
    ),
    "a token that nobody is told": (
        lambda states: states["Try third channel"]["Parameters"]["Payload"].pop("token.$"),
        r"state 'Try third channel': field Parameters: nobody is told \$\$.Task.Token",
    ),
    "both Next and End": (
        lambda states: states["Try fifth channel"].update(Next="Try first channel"),
        "state 'Try fifth channel': expected one of Next and End",
    ),
    "neither Next nor End": (
        lambda states: states["Try fifth channel"].pop("End"),
        "state 'Try fifth channel': expected one of Next and End",
    ),
    "two timeouts": (
        lambda states: states["Try fifth channel"].update(TimeoutSeconds=5),
        "expected one of TimeoutSeconds and TimeoutSecondsPath",
    ),
    "a timeout of no seconds": (
        lambda states: states.update(
            {"Try fifth channel": states["Try fifth channel"] | {"TimeoutSeconds": 0}},
        ),
        "field TimeoutSeconds: expected 1 to 99999999, found 0",
    ),
    "a type of state that is not one": (
        lambda states: states["Try fifth channel"].update(Type="Tusk"),
        r"field Type: 'Tusk' is not a type of state; did you mean 'Task'\?",
    ),
    "a type of state that the sandbox does not run": (
        lambda states: states["Try fifth channel"].update(Type="Parallel"),
        "field Type: 'Parallel' is not run by the sandbox",
    ),
    "another resource": (
        lambda states: states["Try fifth channel"].update(Resource="arn:aws:states:::sqs:sendMessage"),
        "field Resource: expected arn:aws:states:::lambda:invoke",
    ),
    "a parameter that lambda:invoke does not have": (
        lambda states: states["Try fifth channel"]["Parameters"].update(Paylaod={}),
        "field Parameters: the sandbox gives lambda:invoke no Paylaod; did you mean 'Payload'",
    ),
    "no function": (
        lambda states: states["Try fifth channel"]["Parameters"].pop("FunctionName"),
        "field Parameters: expected FunctionName",
    ),
    "States.ALL before another": (
        lambda states: states["Try fifth channel"]["Retry"].reverse(),
        "Retry: field ErrorEquals: States.ALL stands alone and last",
    ),
    "States.ALL in company": (
        lambda states: states["Try first channel"]["Catch"][0]["ErrorEquals"].append("States.ALL"),
        "Catch: field ErrorEquals: States.ALL stands alone and last",
    ),
    "a retry of no error": (
        lambda states: states["Try first channel"]["Retry"][0].update(ErrorEquals=[]),
        "Retry: field ErrorEquals: expected names of errors",
    ),
    "a backoff that shrinks": (
        lambda states: states["Try first channel"]["Retry"][1].update(BackoffRate=0.5),
        "Retry: field BackoffRate: expected 1 or more, found 0.5",
    ),
    "a path that is none": (
        lambda states: states["Try first channel"]["Parameters"]["Payload"].update({"run.$": "run"}),
        "field Parameters: run.\\$: 'run' is not a reference path",
    ),
    "an intrinsic function": (
        lambda states: states["Try first channel"]["Parameters"]["Payload"].update(
            {"run.$": "States.UUID()"}
        ),
        "intrinsic functions are not run by the sandbox",
    ),
    "a path with a wildcard": (
        lambda states: states["Try first channel"].update(TimeoutSecondsPath="$.waits[*]"),
        "field TimeoutSecondsPath: .* is not a reference path",
    ),
    "a result written into the context": (
        lambda states: states["Try first channel"].update(ResultPath="$$.Task"),
        "field ResultPath: the context object cannot be written",
    ),
    "JSONata": (
        lambda states: states["Try first channel"].update(QueryLanguage="JSONata"),
        "field QueryLanguage: the sandbox runs JSONPath only",
    ),
    "a name of 81 characters": (
        lambda states: (
            states["Try fifth channel"].update(Next="x" * 81, End=None)
            or states["Try fifth channel"].pop("End")
            or states.update({"x" * 81: {"Type": "Succeed"}})
        ),
        "a name has at most 80 characters",
    ),
    "a choice without rules": (
        lambda states: states.update({"Try fifth channel": {"Type": "Choice", "Choices": []}}),
        "field Choices: expected at least one rule",
    ),
    "a comparison that is none": (
        lambda states: states.update(
            {
                "Try fifth channel": {
                    "Type": "Choice",
                    "Choices": [{"Variable": "$.run", "NumericEqual": 1, "Next": "Try first channel"}],
                }
            }
        ),
        "NumericEqual is not a comparison that the sandbox knows",
    ),
    "a wait of two kinds": (
        lambda states: states.update(
            {"Try fifth channel": {"Type": "Wait", "Seconds": 1, "SecondsPath": "$.run", "End": True}}
        ),
        "expected one of Seconds, SecondsPath, Timestamp, TimestampPath",
    ),
}


class TestADefinition:
    @pytest.mark.parametrize("name", WRONG)
    def test_is_refused_with_state_and_field_named(self, name: str) -> None:
        change, message = WRONG[name]
        with pytest.raises(DefinitionError, match=message):
            check(ladder_with(change))

    def test_without_a_first_state_is_refused(self) -> None:
        definition = ladder_with(lambda states: None) | {"StartAt": "Try frist channel"}
        with pytest.raises(DefinitionError, match=r"field StartAt: .* did you mean 'Try first channel'"):
            check(definition)

    @pytest.mark.parametrize(
        "definition", (None, [], "text", {}, {"StartAt": "A"}, {"StartAt": "A", "States": {}})
    )
    def test_of_another_shape_is_refused(self, definition: Any) -> None:
        with pytest.raises(DefinitionError):
            check(definition)

    def test_in_a_file_is_refused_with_line_and_column(self, tmp_path: Path) -> None:
        text = LADDER.read_text(encoding="utf-8").replace("TimeoutSecondsPath: $.waits[1]", "Timeout: 5")
        path = tmp_path / "machine.asl.yaml"
        path.write_text(text, encoding="utf-8")
        line = text[: text.index("Timeout: 5")].count("\n") + 1
        with pytest.raises(DefinitionError, match=f"^machine.asl.yaml:{line}:5: state 'Try second channel'"):
            load(path, {"SendMessageFunctionArn": FUNCTION})

    def test_that_is_no_yaml_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "machine.asl.yaml"
        path.write_text("StartAt: [", encoding="utf-8")
        with pytest.raises(DefinitionError, match=r"machine\.asl\.yaml"):
            load(path, {})

    def test_with_a_name_that_nobody_gives_is_refused(self) -> None:
        with pytest.raises(DefinitionError, match="SendMessageFunctionArn} is not among the substitutions"):
            load(LADDER, {"SendMessageFunction": FUNCTION})
