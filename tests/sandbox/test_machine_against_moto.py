"""Our interpreter of state machines, held to moto's.

Each story gives the outcome of each invocation of the function, in order. Both interpreters run the real
machine file, or a small machine of the same kind, on the same story and must end alike: status, output, and
the states entered in their order. moto waits in real seconds, so waits are one second here, and stories few.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from moto import mock_aws
from moto.awslambda_simple.models import LambdaSimpleBackend
from moto.stepfunctions.parser.utils import TMP_THREADS

from sandbox.cloud.engine import Engine
from sandbox.states.asl import INVOKE, INVOKE_AND_WAIT, check, substituted
from sandbox.states.machine import StateMachines
from sandbox.states.task import TaskFailed

REPOSITORY = Path(__file__).parents[2]
FUNCTION = "arn:aws:lambda:eu-central-1:123456789012:function:send-message"
ROLE = "arn:aws:iam::123456789012:role/workflow"

DELIVERED, SILENT, NOT_DELIVERED, BROKEN = "delivered", "silent", "not delivered", "broken"

Machine = Mapping[str, Any]


@dataclass(frozen=True)
class End:
    status: str
    entered: list[str]
    invoked: list[Any]  # what the function was given, tokens left out
    output: Any = None
    error: str = ""


@dataclass
class Function:
    """The function of a story: does what its script says next."""

    script: list[str]
    succeed: Callable[[str, str], object]
    fail: Callable[[str, str], object]
    invoked: list[Any]

    def __call__(self, payload: Any) -> Any:
        token = payload.pop("token", "")
        self.invoked.append(payload)
        outcome = self.script[len(self.invoked) - 1]
        if outcome == BROKEN:
            raise TaskFailed("KeyError", "'message'")
        if token and outcome == DELIVERED:
            self.succeed(token, json.dumps({"channel": "viber"}))
        if token and outcome == NOT_DELIVERED:
            self.fail(token, "NotDelivered")
        return {"channel": "sms"}


def ours(machine: Machine, given: Any, script: list[str]) -> End:
    engine = Engine(datetime(2026, 3, 1, 9, tzinfo=UTC))

    def invoke(function: str, payload: Any) -> Any:
        return scripted(payload)

    machines = StateMachines(engine, invoke)
    scripted = Function(script, machines.succeed, machines.fail, [])
    arn = machines.create("send-with-fallback", check(machine))
    execution = machines.start(arn, json.dumps(given), "one")
    engine.advance(engine.now() + timedelta(days=1))
    return End(execution.status, execution.entered(), scripted.invoked, execution.output, execution.error)


@contextmanager
def lambda_answering(monkeypatch: pytest.MonkeyPatch, function: Function) -> Iterator[None]:
    def invoke(backend: LambdaSimpleBackend, *call: Any) -> bytes:
        _name, _qualifier, body, _headers, response_headers = call
        try:
            return json.dumps(function(json.loads(body))).encode()
        except TaskFailed as failure:
            response_headers["x-amz-function-error"] = "Unhandled"
            return json.dumps({"errorType": failure.error, "errorMessage": failure.cause}).encode()

    with monkeypatch.context() as patch:
        patch.setattr(LambdaSimpleBackend, "invoke", invoke)
        yield


@mock_aws(config={"stepfunctions": {"execute_state_machine": True}, "lambda": {"use_docker": False}})
def motos(machine: Machine, given: Any, script: list[str], monkeypatch: pytest.MonkeyPatch) -> End:
    client = boto3.client("stepfunctions", region_name="eu-central-1")
    function = Function(
        script,
        lambda token, output: client.send_task_success(taskToken=token, output=output),
        lambda token, error: client.send_task_failure(taskToken=token, error=error, cause=""),
        [],
    )
    with lambda_answering(monkeypatch, function):
        created = client.create_state_machine(name="one", definition=json.dumps(machine), roleArn=ROLE)
        threads = len(TMP_THREADS)
        started = client.start_execution(
            stateMachineArn=created["stateMachineArn"], name="one", input=json.dumps(given)
        )
        TMP_THREADS[threads].join(timeout=20)
    arn = started["executionArn"]
    end = client.describe_execution(executionArn=arn)
    events = client.get_execution_history(executionArn=arn, maxResults=1000)["events"]
    return End(
        end["status"],
        [
            event["stateEnteredEventDetails"]["name"]
            for event in events
            if "stateEnteredEventDetails" in event
        ],
        function.invoked,
        json.loads(end["output"]) if end["status"] == "SUCCEEDED" else None,
        end.get("error", ""),
    )


@pytest.fixture(autouse=True)
def _no_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCOUNT_ID_ENDPOINT_MODE", "disabled")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")


def ladder() -> dict[str, Any]:
    """The real machine file, its retries made as short as a real second allows."""
    text = (REPOSITORY / "statemachines" / "send_with_fallback.asl.yaml").read_text(encoding="utf-8")
    machine: dict[str, Any] = substituted(yaml.safe_load(text), {"SendMessageFunctionArn": FUNCTION})
    for state in machine["States"].values():
        for retrier in state["Retry"]:
            if retrier.get("MaxAttempts", 3):
                retrier |= {"IntervalSeconds": 1, "BackoffRate": 1, "MaxAttempts": 2}
    return machine


def climb(rungs: int) -> list[str]:
    return [f"Try {nth} channel" for nth in ("first", "second", "third", "fourth", "fifth")[:rungs]]


LADDER_STORIES = {
    "delivered on the first rung": ([DELIVERED], "SUCCEEDED", 1),
    "a timeout, a proved failure, then delivered": ([SILENT, NOT_DELIVERED, DELIVERED], "SUCCEEDED", 3),
    "a broken handler is tried again": ([NOT_DELIVERED, BROKEN, DELIVERED], "SUCCEEDED", 2),
    "retries spent": ([BROKEN, BROKEN, BROKEN], "FAILED", 1),
    "five proved failures": ([NOT_DELIVERED] * 5, "FAILED", 5),
    "silence on the last rung": ([*[NOT_DELIVERED] * 4, SILENT], "FAILED", 5),
}


@pytest.mark.parametrize("story", LADDER_STORIES)
def test_the_ladder_ends_as_in_moto(story: str, monkeypatch: pytest.MonkeyPatch) -> None:
    script, status, rungs = LADDER_STORIES[story]
    # Real seconds, in which moto's thread has to be given its turn: short only where they are waited for.
    waits = [1 if outcome == SILENT else 15 for outcome in script] + [15] * 5
    given = {"v": 1, "message": "abcdefghijklmn-2345672345", "run": 1, "waits": waits[:5]}
    end = ours(ladder(), given, script)
    assert (end.status, end.entered) == (status, climb(rungs))
    assert end == motos(ladder(), given, script, monkeypatch)


def task(resource: str, **fields: Any) -> dict[str, Any]:
    payload: dict[str, Any] = {"message.$": "$.message", "who.$": "$$.State.Name"}
    if resource == INVOKE_AND_WAIT:
        payload["token.$"] = "$$.Task.Token"
        fields.setdefault("TimeoutSeconds", 1)
    return {
        "Type": "Task",
        "Resource": resource,
        "Parameters": {"FunctionName": FUNCTION, "Payload": payload},
        **fields,
    }


def machine_of(**states: Any) -> dict[str, Any]:
    return {"StartAt": next(iter(states)), "States": states}


SMALL_MACHINES: dict[str, tuple[Machine, list[str]]] = {
    "a result goes where ResultPath says": (
        machine_of(Ask=task(INVOKE_AND_WAIT, ResultPath="$.found.answer", End=True)),
        [DELIVERED],
    ),
    "a direct call gives what its selector picks": (
        machine_of(
            Ask=task(
                INVOKE, ResultSelector={"by.$": "$.Payload.channel", "n": 1}, ResultPath="$.got", End=True
            )
        ),
        [DELIVERED],
    ),
    "a caught error lies where its catcher says": (
        machine_of(
            Ask=task(
                INVOKE_AND_WAIT,
                Catch=[{"ErrorEquals": ["NotDelivered"], "ResultPath": "$.why", "Next": "Settle"}],
                End=True,
            ),
            Settle={"Type": "Pass", "Parameters": {"error.$": "$.why.Error"}, "End": True},
        ),
        [NOT_DELIVERED],
    ),
    "TaskFailed does not catch a timeout": (
        machine_of(
            Ask=task(
                INVOKE_AND_WAIT,
                Catch=[
                    {"ErrorEquals": ["States.TaskFailed"], "ResultPath": None, "Next": "Wrong"},
                    {"ErrorEquals": ["States.ALL"], "ResultPath": None, "Next": "Right"},
                ],
                End=True,
            ),
            Wrong={"Type": "Fail", "Error": "Wrong"},
            Right={"Type": "Succeed"},
        ),
        [SILENT],
    ),
    "a timeout may be tried again": (
        machine_of(
            Ask=task(
                INVOKE_AND_WAIT,
                Retry=[{"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 1, "MaxAttempts": 1}],
                End=True,
            )
        ),
        [SILENT, DELIVERED],
    ),
    "a choice, a pause and an input path": (
        machine_of(
            Look={
                "Type": "Choice",
                "Choices": [
                    {"Variable": "$.waits[0]", "NumericGreaterThan": 5, "Next": "Wrong"},
                    {
                        "And": [
                            {"Variable": "$.message", "IsPresent": True},
                            {"Not": {"Variable": "$.message", "StringEquals": "other"}},
                        ],
                        "Next": "Pause",
                    },
                ],
                "Default": "Wrong",
            },
            Pause={"Type": "Wait", "SecondsPath": "$.waits[0]", "Next": "Shape"},
            Shape={
                "Type": "Pass",
                "InputPath": "$.waits",
                "Result": {"n": 2},
                "ResultPath": "$.r",
                "Next": "Cut",
            },
            Cut={"Type": "Pass", "OutputPath": "$.r", "Next": "Done"},
            Done={"Type": "Succeed"},
            Wrong={"Type": "Fail", "Error": "Wrong", "Cause": "another way was right"},
        ),
        [],
    ),
    "a failure says its error": (
        machine_of(Stop={"Type": "Fail", "Error": "Exhausted", "Cause": "no channel is left"}),
        [],
    ),
}


@pytest.mark.parametrize("name", SMALL_MACHINES)
def test_a_small_machine_ends_as_in_moto(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    machine, script = SMALL_MACHINES[name]
    given = {"message": "abcdefghijklmn-2345672345", "waits": [1]}
    end = ours(machine, given, script)
    assert end.entered
    # moto waits by the real clock: where the machine is busy a task may be timed out before it began.
    theirs = (motos(machine, given, script, monkeypatch) for _ in range(3))
    assert next((each for each in theirs if each == end), None) == end


WHERE_MOTO_IS_WRONG: dict[str, tuple[Machine, str]] = {
    # "The interpreter will raise a run-time States.NoChoiceMatched error if a Choice state fails to match a
    # Choice Rule and no Default transition was specified": moto says States.Runtime.
    "no rule is met": (
        machine_of(
            Look={
                "Type": "Choice",
                "Choices": [{"Variable": "$.message", "StringEquals": "other", "Next": "Done"}],
            },
            Done={"Type": "Succeed"},
        ),
        "States.NoChoiceMatched",
    ),
    # A Reference Path "can only identify a single node in a JSON structure"; where it identifies none there
    # is nothing to compare (IsPresent asks for that): moto takes the Default in silence.
    "a rule's variable is not there": (
        machine_of(
            Look={
                "Type": "Choice",
                "Choices": [{"Variable": "$.missing", "StringEquals": "other", "Next": "Done"}],
                "Default": "Done",
            },
            Done={"Type": "Succeed"},
        ),
        "States.Runtime",
    ),
}


@pytest.mark.parametrize("name", WHERE_MOTO_IS_WRONG)
def test_where_moto_is_wrong_ours_follows_the_specification(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine, error = WHERE_MOTO_IS_WRONG[name]
    given = {"message": "abcdefghijklmn-2345672345"}
    end = ours(machine, given, [])
    assert (end.status, end.error) == ("FAILED", error)
    assert end != motos(machine, given, [], monkeypatch), (
        "moto has mended this: it belongs to the stories above"
    )
