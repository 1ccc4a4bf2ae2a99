import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sandbox.cloud.engine import Engine
from sandbox.cloud.faults import Crashed
from sandbox.cloud.functions import Function, Functions, HandlerFailed
from sandbox.cloud.lambda_environment import LOGS, handler
from sandbox.cloud.refused import Refused
from sandbox.states.task import TaskFailed

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
ARN = "arn:aws:lambda:eu-central-1:123456789012:function:reminders"
QUEUE = "arn:aws:sqs:eu-central-1:123456789012:dead-letters"


@dataclass
class Bench:
    """An engine, functions, and a queue that keeps what is sent to it."""

    engine: Engine = field(default_factory=lambda: Engine(START))
    queued: list[tuple[str, str, Mapping[str, str]]] = field(default_factory=list)
    functions: Functions = field(init=False)

    def __post_init__(self) -> None:
        self.functions = Functions(self.engine, lambda *letter: self.queued.append(letter))

    def add(self, handle: Callable[[dict[str, Any], Any], Any], **fields: Any) -> None:
        self.functions.add(Function("reminders", ARN, handle, frozenset({"live"}), **fields))

    def forward(self, **time: float) -> None:
        self.engine.advance(self.engine.now() + timedelta(**time))


def broken(event: dict[str, Any], context: object) -> None:
    raise KeyError("message")


def test_a_call_gives_the_handlers_answer_as_json_would_carry_it() -> None:
    bench = Bench()
    bench.add(lambda event, context: {"got": event["n"], 1: (1, 2)})
    assert bench.functions.call(f"{ARN}:live", {"n": 5}) == {"got": 5, "1": [1, 2]}


def test_a_handler_cannot_change_what_its_caller_holds() -> None:
    bench = Bench()
    bench.add(lambda event, context: event["list"].append(1))
    event: dict[str, Any] = {"list": []}
    bench.functions.call(ARN, event)
    assert event == {"list": []}


def test_a_handler_gets_lambdas_context() -> None:
    bench, seen = Bench(), list[Any]()
    bench.add(lambda event, context: seen.append(context), memory=512, timeout=30)
    bench.functions.call(ARN, {})
    [context] = seen
    assert context.function_name == "reminders"
    assert context.invoked_function_arn == f"{ARN}:live"
    assert context.memory_limit_in_mb == 512
    assert context.get_remaining_time_in_millis() == 30_000
    assert context.log_group_name == "/aws/lambda/reminders"
    assert context.aws_request_id == bench.functions.invocations[0].id


def test_a_handler_sees_its_own_environment_and_nothing_of_the_machines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TABLE_NAME", "left in a shell")
    monkeypatch.setenv("AWS_PROFILE", "mine")
    bench = Bench()
    bench.add(lambda event, context: dict(os.environ), environment={"SECRET_ARN": "arn"})
    seen = bench.functions.call(ARN, {})
    assert seen["SECRET_ARN"] == "arn"
    assert not {"TABLE_NAME", "AWS_PROFILE"} & seen.keys()
    assert os.environ["TABLE_NAME"] == "left in a shell"


def test_each_run_is_told_of_before_inside_its_environment() -> None:
    bench, told = Bench(), list[tuple[str, str]]()
    bench.functions.configure = lambda name: told.append((name, os.environ["TABLE_NAME"]))
    bench.add(lambda event, context: None, environment={"TABLE_NAME": "table"})
    bench.functions.call(ARN, {})
    assert told == [("reminders", "table")]


def test_what_a_handler_prints_is_in_its_logs_and_not_on_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    bench = Bench()
    LOGS.lines.clear()
    bench.add(lambda event, context: sys.stdout.writelines(["a ", "line\n", "an", "other\n"]))
    bench.functions.call(ARN, {})
    assert list(LOGS.lines) == ["a line", "another"]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "arn", (f"{ARN}:blue", "arn:aws:lambda:eu-central-1:123456789012:function:other", "x")
)
def test_a_function_or_alias_that_is_not_there_is_refused(arn: str) -> None:
    bench = Bench()
    bench.add(lambda event, context: None)
    with pytest.raises(Refused, match="ResourceNotFoundException"):
        bench.functions.call(arn, {})


def test_an_answer_that_is_no_json_is_the_functions_error() -> None:
    bench = Bench()
    bench.add(lambda event, context: {1, 2})
    with pytest.raises(HandlerFailed, match=r"^Runtime\.MarshalError"):
        bench.functions.call(ARN, {})


def test_an_event_that_is_too_large_is_refused() -> None:
    bench = Bench()
    bench.add(lambda event, context: None)
    with pytest.raises(Refused, match="RequestTooLargeException"):
        bench.functions.invoke_async(ARN, {"text": "x" * 1_048_576})


@pytest.mark.parametrize(
    ("death", "error"),
    ((KeyError("x"), "KeyError"), (Crashed(), "Lambda.Unknown"), (SystemExit(1), "Lambda.Unknown")),
)
def test_a_state_machine_gets_the_name_of_the_error(death: BaseException, error: str) -> None:
    def dies(event: dict[str, Any], context: object) -> None:
        raise death

    bench = Bench()
    bench.add(dies)
    with pytest.raises(TaskFailed) as failure:
        bench.functions.call_for_task(ARN, {})
    assert failure.value.error == error
    assert json.loads(failure.value.cause)["errorType"] == error


class TestAnAsynchronousInvocation:
    def test_runs_when_the_engine_comes_to_it(self) -> None:
        bench, seen = Bench(), list[Any]()
        bench.add(lambda event, context: seen.append(event))
        bench.functions.invoke_async(ARN, {"n": 1})
        assert seen == []
        bench.engine.settle()
        assert seen == [{"n": 1}]

    def test_that_fails_is_tried_again_after_one_and_two_minutes_with_the_same_request_id(self) -> None:
        bench = Bench()
        bench.add(broken)
        bench.functions.invoke_async(ARN, {"n": 1})
        bench.forward(hours=1)
        times = [invocation.at - START for invocation in bench.functions.invocations]
        assert times == [timedelta(0), timedelta(minutes=1), timedelta(minutes=3)]
        assert len({invocation.id for invocation in bench.functions.invocations}) == 1

    def test_that_fails_thrice_goes_to_its_destination_with_a_record_of_it(self) -> None:
        bench = Bench()
        bench.add(broken, on_failure=QUEUE)
        bench.functions.invoke_async(ARN, {"n": 1})
        bench.forward(hours=1)
        [(queue, body, _)] = bench.queued
        record = json.loads(body)
        assert queue == QUEUE
        assert record["requestPayload"] == {"n": 1}
        assert record["requestContext"]["condition"] == "RetriesExhausted"
        assert record["requestContext"]["approximateInvokeCount"] == 3
        assert record["responsePayload"] == {"errorType": "KeyError", "errorMessage": "'message'"}
        assert [(dead.source, dead.queue) for dead in bench.functions.dead] == [("reminders", QUEUE)]

    def test_that_fails_thrice_goes_to_a_dead_letter_queue_as_it_came(self) -> None:
        bench = Bench()
        bench.add(broken, dead_letters=QUEUE)
        bench.functions.invoke_async(ARN, {"n": 1})
        bench.forward(hours=1)
        [(_, body, attributes)] = bench.queued
        assert json.loads(body) == {"n": 1}
        assert attributes["ErrorMessage"] == "KeyError: 'message'"

    def test_that_nobody_catches_is_seen_to_be_lost(self) -> None:
        bench = Bench()
        bench.add(broken)
        bench.functions.invoke_async(ARN, {"n": 1})
        bench.forward(hours=1)
        assert bench.queued == []
        assert [dead.queue for dead in bench.functions.dead] == [None]

    @pytest.mark.parametrize("retries", (0, 1))
    def test_is_tried_again_as_often_as_the_template_says(self, retries: int) -> None:
        bench = Bench()
        bench.add(broken, retries=retries)
        bench.functions.invoke_async(ARN, {})
        bench.forward(hours=1)
        assert len(bench.functions.invocations) == retries + 1

    def test_that_is_too_old_is_not_tried_again(self) -> None:
        bench = Bench()
        bench.add(broken, longest_age=timedelta(seconds=90), on_failure=QUEUE)
        bench.functions.invoke_async(ARN, {})
        bench.forward(hours=1)
        assert len(bench.functions.invocations) == 2
        assert json.loads(bench.queued[0][1])["requestContext"]["condition"] == "EventAgeExceeded"


class TestAHandlersModule:
    def test_is_imported_when_first_run(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "path", sys.path.copy())
        (tmp_path / "greeting_of_a_test.py").write_text("def handle(event, context): return 'hello'\n")
        handle = handler("greeting_of_a_test.handle", tmp_path)
        assert "greeting_of_a_test" not in sys.modules
        assert handle({}, None) == "hello"

    def test_that_cannot_be_imported_fails_its_own_invocations_only(self, tmp_path: Path) -> None:
        bench = Bench()
        bench.add(handler("no_such_module_of_a_test.handle", tmp_path))
        with pytest.raises(HandlerFailed, match="ModuleNotFoundError"):
            bench.functions.call(ARN, {})
