import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sandbox.cloud.engine import Engine
from sandbox.cloud.refused import Refused
from sandbox.states.asl import INVOKE, INVOKE_AND_WAIT, check, load
from sandbox.states.machine import StateMachines
from sandbox.states.task import TaskFailed

LADDER = Path(__file__).parents[2] / "statemachines" / "send_with_fallback.asl.yaml"
START = datetime(2026, 3, 1, 9, tzinfo=UTC)
FUNCTION = "arn:aws:lambda:eu-central-1:123456789012:function:send-message"
GIVEN = {"v": 1, "message": "abcdefghijklmn-2345672345", "run": 1, "waits": [900, 900, 900, 3600, 3600]}


def task(**fields: Any) -> dict[str, Any]:
    parameters = {"FunctionName": FUNCTION, "Payload": {"token.$": "$$.Task.Token"}}
    return {"Type": "Task", "Resource": INVOKE_AND_WAIT, "Parameters": parameters} | fields


def one(**fields: Any) -> dict[str, Any]:
    return {"StartAt": "Ask", "States": {"Ask": task(TimeoutSeconds=60, End=True) | fields}}


@dataclass
class Bench:
    """An engine, machines, and a function that keeps what it is given and does as told."""

    engine: Engine = field(default_factory=lambda: Engine(START))
    told: Callable[[Any], Any] = lambda payload: None
    given: list[Any] = field(default_factory=list)
    machines: StateMachines = field(init=False)

    def __post_init__(self) -> None:
        self.machines = StateMachines(self.engine, self.invoke)

    def invoke(self, function: str, payload: Any) -> Any:
        assert function == FUNCTION
        self.given.append(payload)
        return self.told(payload)

    def machine(self, definition: Any) -> str:
        return self.machines.create("machine", check(definition))

    def ladder(self) -> str:
        return self.machines.create("ladder", load(LADDER, {"SendMessageFunctionArn": FUNCTION}))

    def forward(self, **time: float) -> None:
        self.engine.advance(self.engine.now() + timedelta(**time))


def refused(code: str) -> Any:
    return pytest.raises(Refused, match=f"^{code}:")


class TestAnExecution:
    def test_waits_for_its_token_for_as_long_as_its_input_says(self) -> None:
        bench = Bench()
        execution = bench.machines.start(bench.ladder(), json.dumps(GIVEN), "one")
        bench.engine.settle()
        assert execution.wakes() == START + timedelta(seconds=900)
        bench.forward(seconds=899)
        assert execution.state == "Try first channel"
        bench.forward(seconds=1)
        assert execution.state == "Try second channel"

    def test_gives_each_try_a_token_of_its_own(self) -> None:
        bench = Bench()
        bench.machines.start(bench.ladder(), json.dumps(GIVEN), "one")
        bench.forward(hours=1)
        tokens = [payload["token"] for payload in bench.given]
        assert len(tokens) == len(set(tokens)) == 4
        assert [payload["rung"] for payload in bench.given] == [1, 2, 3, 4]

    def test_ends_when_its_own_handler_brings_the_token_before_it_is_done(self) -> None:
        bench = Bench()
        bench.told = lambda payload: bench.machines.succeed(payload["token"], "{}")
        execution = bench.machines.start(bench.ladder(), json.dumps(GIVEN), "one")
        bench.engine.settle()
        assert execution.status == "SUCCEEDED"
        assert execution.entered() == ["Try first channel"]

    def test_takes_a_token_that_came_back_before_its_handler_broke(self) -> None:
        bench = Bench()

        def told(payload: Any) -> None:
            bench.machines.succeed(payload["token"], "{}")
            raise TaskFailed("KeyError")

        bench.told = told
        execution = bench.machines.start(bench.ladder(), json.dumps(GIVEN), "one")
        bench.forward(days=1)
        assert execution.status == "SUCCEEDED"
        assert len(bench.given) == 1

    def test_tries_a_broken_handler_again_with_growing_pauses_and_then_fails_with_its_error(self) -> None:
        bench, at = Bench(), list[float]()

        def told(payload: Any) -> None:
            at.append((bench.engine.now() - START).total_seconds())
            raise TaskFailed("KeyError", "'message'")

        bench.told = told
        machine = one(
            Retry=[{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 2, "MaxAttempts": 4, "BackoffRate": 3}]
        )
        execution = bench.machines.start(bench.machine(machine), "{}", "one")
        bench.forward(days=1)
        assert at == [0, 2, 8, 26, 80]
        assert (execution.status, execution.error, execution.cause) == ("FAILED", "KeyError", "'message'")

    def test_pauses_no_longer_than_the_longest_delay(self) -> None:
        bench, at = Bench(), list[float]()

        def told(payload: Any) -> None:
            at.append((bench.engine.now() - START).total_seconds())
            raise TaskFailed("KeyError")

        bench.told = told
        retry = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 2, "BackoffRate": 10, "MaxDelaySeconds": 5}
        bench.machines.start(bench.machine(one(Retry=[retry])), "{}", "one")
        bench.forward(days=1)
        assert at == [0, 2, 7, 12]

    def test_keeps_its_history_in_the_words_of_aws(self) -> None:
        bench = Bench()
        execution = bench.machines.start(bench.machine(one()), "{}", "one")
        bench.engine.settle()
        bench.machines.succeed(bench.given[0]["token"], "{}")
        bench.engine.settle()
        assert [event.type for event in execution.history] == [
            "ExecutionStarted",
            "TaskStateEntered",
            "TaskScheduled",
            "TaskStarted",
            "TaskSubmitted",
            "TaskSucceeded",
            "TaskStateExited",
            "ExecutionSucceeded",
        ]

    def test_fails_for_good_where_a_path_finds_nothing(self) -> None:
        bench = Bench()
        caught = [{"ErrorEquals": ["States.ALL"], "Next": "Mended"}]
        machine = one(Catch=caught, TimeoutSecondsPath="$.wait")
        del machine["States"]["Ask"]["TimeoutSeconds"]
        machine["States"]["Mended"] = {"Type": "Succeed"}
        execution = bench.machines.start(bench.machine(machine), "{}", "one")
        bench.engine.settle()
        assert (execution.status, execution.error) == ("FAILED", "States.Runtime")
        assert "$.wait is not there" in execution.cause

    @pytest.mark.parametrize("seconds", (0, -1, 1.5, "60", True, None))
    def test_refuses_a_timeout_that_is_no_positive_whole_number(self, seconds: Any) -> None:
        bench = Bench()
        machine = one(TimeoutSecondsPath="$.wait")
        del machine["States"]["Ask"]["TimeoutSeconds"]
        execution = bench.machines.start(bench.machine(machine), json.dumps({"wait": seconds}), "one")
        bench.engine.settle()
        assert (execution.status, execution.error) == ("FAILED", "States.Runtime")
        assert bench.given == []

    def test_does_not_let_more_than_256_kib_leave_a_state(self) -> None:
        bench = Bench()
        bench.told = lambda payload: {"text": "x" * 262_144}
        parameters = {"FunctionName": FUNCTION, "Payload": {}}
        machine = one(Resource=INVOKE, Parameters=parameters)
        execution = bench.machines.start(bench.machine(machine), "{}", "one")
        bench.engine.settle()
        assert (execution.status, execution.error) == ("FAILED", "States.DataLimitExceeded")

    def test_is_cut_off_by_the_time_limit_of_its_machine(self) -> None:
        bench = Bench()
        execution = bench.machines.start(bench.machine(one() | {"TimeoutSeconds": 30}), "{}", "one")
        bench.forward(minutes=2)
        assert (execution.status, execution.stopped) == ("TIMED_OUT", START + timedelta(seconds=30))
        with refused("TaskTimedOut"):
            bench.machines.succeed(bench.given[0]["token"], "{}")

    def test_can_be_stopped_while_it_waits_and_before_it_begins(self) -> None:
        bench = Bench()
        arn = bench.machine(one())
        waiting, new = bench.machines.start(arn, "{}", "one"), None
        bench.engine.settle()
        new = bench.machines.start(arn, "{}", "two")
        for execution in (waiting, new):
            execution.abort("Stopped", "by hand")
        bench.forward(hours=1)
        assert (waiting.status, new.status) == ("ABORTED", "ABORTED")
        assert len(bench.given) == 1

    def test_that_is_stopped_while_its_handler_runs_stays_stopped_however_that_ends(self) -> None:
        bench = Bench()

        def told(payload: Any) -> None:
            execution.abort("Stopped", "by hand")
            raise TaskFailed("KeyError")

        bench.told = told
        retry = [{"ErrorEquals": ["States.ALL"]}]
        execution = bench.machines.start(bench.machine(one(Retry=retry)), "{}", "one")
        bench.forward(hours=1)
        assert (execution.status, execution.error, len(bench.given)) == ("ABORTED", "Stopped", 1)

    def test_tells_states_about_themselves(self) -> None:
        bench = Bench()
        about = {"name.$": "$$.Execution.Name", "state.$": "$$.State.Name", "at.$": "$$.State.EnteredTime"}
        machine = {"StartAt": "Say", "States": {"Say": {"Type": "Pass", "Parameters": about, "End": True}}}
        execution = bench.machines.start(bench.machine(machine), "{}", "one")
        bench.engine.settle()
        assert execution.output == {"name": "one", "state": "Say", "at": "2026-03-01T09:00:00.000Z"}

    def test_waits_until_a_time_of_its_input(self) -> None:
        bench = Bench()
        wait = {"Type": "Wait", "TimestampPath": "$.at", "End": True}
        arn = bench.machine({"StartAt": "Wait", "States": {"Wait": wait}})
        fine = bench.machines.start(arn, '{"at": "2026-03-01T12:00:00+02:00"}', "one")
        naive = bench.machines.start(arn, '{"at": "2026-03-01T12:00:00"}', "two")
        bench.forward(days=1)
        assert (fine.status, fine.stopped) == ("SUCCEEDED", START + timedelta(hours=1))
        assert (naive.status, naive.error) == ("FAILED", "States.Runtime")


class TestStarting:
    def test_the_same_name_and_input_while_it_runs_is_the_same_execution(self) -> None:
        bench = Bench()
        arn = bench.machine(one())
        assert bench.machines.start(arn, "{}", "one") is bench.machines.start(arn, "{}", "one")
        bench.engine.settle()
        assert len(bench.given) == 1

    def test_the_same_name_with_another_input_is_refused(self) -> None:
        bench = Bench()
        arn = bench.machine(one())
        bench.machines.start(arn, "{}", "one")
        with refused("ExecutionAlreadyExists"):
            bench.machines.start(arn, '{"other": 1}', "one")

    def test_a_name_is_taken_for_ninety_days_after_its_execution_closed(self) -> None:
        bench = Bench()
        arn = bench.machine(one())
        first = bench.machines.start(arn, "{}", "one")
        bench.forward(days=90)
        assert first.status == "FAILED"
        with refused("ExecutionAlreadyExists"):
            bench.machines.start(arn, "{}", "one")
        bench.forward(days=1)
        assert bench.machines.start(arn, "{}", "one") is not first

    @pytest.mark.parametrize("name", ("a" * 81, "two words", "a/b", "a:b", "a#b", "100%", "a\u0007b"))
    def test_a_name_that_aws_refuses_is_refused(self, name: str) -> None:
        bench = Bench()
        with refused("InvalidName"):
            bench.machines.start(bench.machine(one()), "{}", name)

    @pytest.mark.parametrize("name", ("a" * 80, "abcdefghijklmn-2345672345-1", "a_b.c", "(a)=b+c@d!"))
    def test_a_name_that_aws_takes_is_taken(self, name: str) -> None:
        bench = Bench()
        assert bench.machines.start(bench.machine(one()), "{}", name).arn.endswith(f":machine:{name}")

    @pytest.mark.parametrize("text", ("", "{", "nothing", json.dumps("x" * 262_143)))
    def test_an_input_that_is_no_json_or_too_large_is_refused(self, text: str) -> None:
        bench = Bench()
        with refused("InvalidExecutionInput"):
            bench.machines.start(bench.machine(one()), text, "one")

    def test_an_input_of_exactly_256_kib_is_taken(self) -> None:
        bench = Bench()
        assert bench.machines.start(bench.machine(one()), json.dumps("x" * 262_142), "one").name == "one"

    def test_an_unknown_machine_is_refused(self) -> None:
        with refused("StateMachineDoesNotExist"):
            Bench().machines.start("arn:aws:states:eu-central-1:123456789012:stateMachine:other")

    def test_names_given_by_the_service_are_the_same_in_each_run(self) -> None:
        names = []
        for _ in range(2):
            bench = Bench()
            names.append(bench.machines.start(bench.machine(one())).name)
        assert names[0] == names[1]


class TestTokens:
    def waiting(self) -> tuple[Bench, str]:
        bench = Bench()
        bench.machines.start(bench.machine(one()), "{}", "one")
        bench.engine.settle()
        return bench, bench.given[0]["token"]

    def test_a_second_completion_is_too_late(self) -> None:
        bench, token = self.waiting()
        bench.machines.fail(token, "NotDelivered")
        with refused("TaskTimedOut"):
            bench.machines.succeed(token, "{}")
        bench.engine.settle()
        with refused("TaskTimedOut"):
            bench.machines.succeed(token, "{}")
        assert [each.error for each in bench.machines.executions("FAILED")] == ["NotDelivered"]

    def test_a_completion_after_the_timeout_is_too_late(self) -> None:
        bench, token = self.waiting()
        bench.forward(seconds=60)
        with refused("TaskTimedOut"):
            bench.machines.succeed(token, "{}")

    @pytest.mark.parametrize("token", ("", "nonsense", "AAAAAAABAAAA", "жетон"))
    def test_a_token_that_was_never_made_here_is_invalid(self, token: str) -> None:
        bench, _ = self.waiting()
        with refused("InvalidToken"):
            bench.machines.succeed(token, "{}")

    def test_a_changed_token_is_invalid(self) -> None:
        bench, token = self.waiting()
        with refused("InvalidToken"):
            bench.machines.succeed(token[:-1] + ("A" if token[-1] != "A" else "B"), "{}")

    def test_a_token_of_an_earlier_life_of_the_sandbox_has_no_task(self) -> None:
        _, token = self.waiting()
        with refused("TaskDoesNotExist"):
            Bench().machines.succeed(token, "{}")

    def test_an_output_that_is_no_json_is_refused_and_the_task_still_waits(self) -> None:
        bench, token = self.waiting()
        with refused("InvalidOutput"):
            bench.machines.succeed(token, "fine")
        bench.machines.succeed(token, '"fine"')
        bench.engine.settle()
        assert [each.output for each in bench.machines.executions("SUCCEEDED")] == ["fine"]

    def test_tokens_are_opaque_and_the_same_in_each_run(self) -> None:
        (_, first), (_, second) = self.waiting(), self.waiting()
        assert first == second
        assert len(first) == 600
        assert "one" not in first
