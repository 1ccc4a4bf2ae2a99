from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.cloud.engine import Engine, NextUseful
from sandbox.cloud.refused import Refused
from sandbox.cloud.scheduler import Scheduler

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
FUNCTION = "arn:aws:lambda:eu-central-1:123456789012:function:aftercart-lifecycle-reminders:live"
QUEUE = "arn:aws:sqs:eu-central-1:123456789012:aftercart-schedule-dead-letters"


@dataclass
class Bench:
    """An engine, a scheduler, and targets that keep what they are sent."""

    engine: Engine = field(default_factory=lambda: Engine(START))
    sent: list[tuple[datetime, str, Any]] = field(default_factory=list)
    dead: list[tuple[str, str | None, str, Mapping[str, str]]] = field(default_factory=list)
    gone: bool = False
    scheduler: Scheduler = field(init=False)

    def __post_init__(self) -> None:
        self.scheduler = Scheduler(self.engine, self)
        self.scheduler.create_group("aftercart")

    def invoke_async(self, function: str, event: Any) -> None:
        if self.gone:
            raise Refused("ResourceNotFoundException", "Function not found", 404)
        self.sent.append((self.engine.now(), function, event))

    def dead_letter(self, source: str, queue: str | None, body: str, attributes: Mapping[str, str]) -> None:
        self.dead.append((source, queue, body, attributes))

    def next_useful(self, event: Any) -> NextUseful | None:
        return (lambda now: None) if event == {"kind": "sweep"} else None

    def forward(self, **time: float) -> None:
        self.engine.advance(self.engine.now() + timedelta(**time))


def spec(**fields: Any) -> dict[str, Any]:
    return {
        "Name": "step-1",
        "GroupName": "aftercart",
        "ScheduleExpression": "at(2026-03-03T10:00:00)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "ActionAfterCompletion": "DELETE",
        "Target": target(),
    } | fields


def target(**fields: Any) -> dict[str, Any]:
    role = "arn:aws:iam::123456789012:role/aftercart-schedules"
    return {"Arn": FUNCTION, "RoleArn": role, "Input": '{"v":1,"kind":"step"}'} | fields


def refused(code: str, message: str = "") -> Any:
    return pytest.raises(Refused, match=f"^{code}: .*{message}")


class TestASchedule:
    def test_fires_once_at_its_time_and_is_deleted_then(self) -> None:
        bench = Bench()
        bench.scheduler.create(spec())
        bench.forward(days=30)
        due = datetime(2026, 3, 3, 10, tzinfo=UTC)
        assert bench.sent == [(due, FUNCTION, {"v": 1, "kind": "step"})]
        with refused("ResourceNotFoundException"):
            bench.scheduler.get("step-1", "aftercart")

    def test_that_is_not_to_be_deleted_stays_and_does_not_fire_again(self) -> None:
        bench = Bench()
        bench.scheduler.create(spec(ActionAfterCompletion="NONE"))
        bench.forward(days=30)
        assert len(bench.sent) == 1
        assert bench.scheduler.get("step-1", "aftercart").next is None

    def test_is_due_by_the_clock_of_its_zone(self) -> None:
        bench = Bench()
        bench.scheduler.create(spec(ScheduleExpressionTimezone="Europe/Kyiv"))
        bench.forward(days=30)
        assert bench.sent[0][0] == datetime(2026, 3, 3, 8, tzinfo=UTC)

    def test_that_is_deleted_does_not_fire(self) -> None:
        bench = Bench()
        bench.scheduler.create(spec())
        bench.scheduler.delete("step-1", "aftercart")
        bench.forward(days=30)
        assert bench.sent == []

    def test_that_is_off_does_not_fire(self) -> None:
        bench = Bench()
        bench.scheduler.create(spec(State="DISABLED"))
        bench.forward(days=30)
        assert bench.sent == []

    def test_that_is_updated_fires_at_the_new_time_alone_and_forgets_what_is_not_given(self) -> None:
        bench = Bench()
        bench.scheduler.create(spec(Description="first"))
        bench.scheduler.update(spec(ScheduleExpression="at(2026-03-05T10:00:00)"))
        assert "Description" not in bench.scheduler.get("step-1", "aftercart").spec
        bench.forward(days=30)
        assert [at for at, _, _ in bench.sent] == [datetime(2026, 3, 5, 10, tzinfo=UTC)]

    def test_can_be_fired_by_hand_before_and_after_it_is_gone(self) -> None:
        bench = Bench()
        schedule = bench.scheduler.create(spec())
        bench.scheduler.fire("step-1")
        bench.forward(days=30)
        bench.scheduler.fire("step-1")
        assert len(bench.sent) == len(schedule.fired) == 3

    def test_that_never_was_cannot_be_fired(self) -> None:
        with pytest.raises(LookupError, match="no schedule 'step-9'"):
            Bench().scheduler.fire("step-9")

    def test_whose_function_is_gone_goes_to_its_dead_letters(self) -> None:
        bench = Bench(gone=True)
        bench.scheduler.create(spec(Target=target(DeadLetterConfig={"Arn": QUEUE})))
        bench.forward(days=30)
        [(source, queue, body, attributes)] = bench.dead
        assert (source, queue, body) == ("step-1", QUEUE, '{"v":1,"kind":"step"}')
        assert attributes["ERROR_CODE"] == "ResourceNotFoundException"

    def test_without_an_input_sends_what_the_service_sends(self) -> None:
        bench = Bench()
        without = {name: value for name, value in target().items() if name != "Input"}
        bench.scheduler.create(spec(Target=without))
        bench.forward(days=30)
        event = bench.sent[0][2]
        assert (event["source"], event["detail-type"]) == ("aws.scheduler", "Scheduled Event")
        assert event["time"] == "2026-03-03T10:00:00Z"

    def test_fills_in_the_services_own_words(self) -> None:
        bench = Bench()
        bench.scheduler.create(spec(Target=target(Input='{"at":"<aws.scheduler.scheduled-time>"}')))
        bench.forward(days=30)
        assert bench.sent[0][2] == {"at": "2026-03-03T10:00:00Z"}

    def test_of_a_rate_fires_again_and_again(self) -> None:
        bench = Bench()
        bench.scheduler.create(spec(ScheduleExpression="rate(6 hours)"))
        bench.forward(days=1)
        assert [at.hour for at, _, _ in bench.sent] == [15, 21, 3, 9]

    def test_of_a_rate_that_would_find_nothing_costs_nothing(self) -> None:
        bench = Bench()
        sweep = target(Input='{"kind":"sweep"}')
        bench.scheduler.create(spec(ScheduleExpression="rate(15 minutes)", Target=sweep))
        bench.forward(days=3 * 365)
        assert bench.sent == []


class TestCreating:
    def test_the_same_name_twice_is_a_conflict(self) -> None:
        bench = Bench()
        bench.scheduler.create(spec())
        with refused("ConflictException"):
            bench.scheduler.create(spec())

    def test_the_same_request_with_the_same_client_token_is_the_same_schedule(self) -> None:
        bench = Bench()
        first = bench.scheduler.create(spec(ClientToken="step-1"))
        assert bench.scheduler.create(spec(ClientToken="step-1")) is first
        with refused("ConflictException"):
            bench.scheduler.create(spec(ClientToken="step-1", Description="another"))

    def test_a_name_is_free_again_once_its_schedule_has_fired(self) -> None:
        bench = Bench()
        bench.scheduler.create(spec(ClientToken="step-1"))
        bench.forward(days=3)
        again = spec(ClientToken="step-1", ScheduleExpression="at(2026-04-01T10:00:00)")
        assert bench.scheduler.create(again).next == datetime(2026, 4, 1, 10, tzinfo=UTC)

    def test_the_same_name_in_another_group_is_another_schedule(self) -> None:
        bench = Bench()
        assert bench.scheduler.create(spec()) is not bench.scheduler.create(spec(GroupName="default"))

    @pytest.mark.parametrize("group", ("other", ""))
    def test_a_group_that_is_not_there_is_refused(self, group: str) -> None:
        with refused("ResourceNotFoundException"):
            Bench().scheduler.create(spec(GroupName=group))

    def test_the_limits_are_inclusive(self) -> None:
        bench = Bench()
        policy = {"MaximumEventAgeInSeconds": 60, "MaximumRetryAttempts": 185}
        largest = target(Input='"' + "x" * 262_142 + '"', RetryPolicy=policy)
        schedule = bench.scheduler.create(spec(Name="n" * 64, Target=largest))
        assert schedule.name == "n" * 64

    @pytest.mark.parametrize(
        ("change", "message"),
        (
            ({"Name": "n" * 65}, "name"),
            ({"Name": ""}, "name"),
            ({"Name": "step+1"}, "name"),
            ({"Name": "крок"}, "name"),
            ({"ScheduleExpression": "at(2026-03-01T08:59:59)"}, "in the past"),
            ({"ScheduleExpression": "at(2026-03-03T10:00:00Z)"}, "Invalid Schedule Expression"),
            ({"ScheduleExpression": "at(2026-03-03T10:00)"}, "Invalid Schedule Expression"),
            ({"ScheduleExpression": "at(2026-03-03 10:00:00)"}, "Invalid Schedule Expression"),
            ({"ScheduleExpression": "at(2029-02-29T10:00:00)"}, "Invalid Schedule Expression"),
            ({"ScheduleExpression": "rate(0 minutes)"}, "Invalid Schedule Expression"),
            ({"ScheduleExpression": "rate(15 seconds)"}, "Invalid Schedule Expression"),
            ({"ScheduleExpression": "cron(0 9 * * ? *)"}, "the sandbox runs at"),
            ({"ScheduleExpressionTimezone": "Mars/Olympus"}, "Timezone"),
            ({"ScheduleExpressionTimezone": ""}, "Timezone"),
            ({"ScheduleExpressionTimezone": "../../etc"}, "Timezone"),
            ({"FlexibleTimeWindow": None}, "FlexibleTimeWindow"),
            ({"FlexibleTimeWindow": {"Mode": "ON"}}, "FlexibleTimeWindow"),
            ({"FlexibleTimeWindow": {"Mode": "FLEXIBLE"}}, "MaximumWindowInMinutes"),
            ({"FlexibleTimeWindow": {"Mode": "OFF", "MaximumWindowInMinutes": 5}}, "MaximumWindow"),
            ({"FlexibleTimeWindow": {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 1441}}, "1 to 1440"),
            ({"ActionAfterCompletion": "STOP"}, "NONE or DELETE"),
            ({"State": "OFF"}, "ENABLED or DISABLED"),
            ({"Description": "x" * 513}, "512"),
            ({"ClientToken": "x" * 65}, "64"),
            ({"Target": None}, "Target"),
            ({"Target": target(Arn="aftercart-lifecycle-reminders")}, "Target.Arn"),
            ({"Target": target(RoleArn="arn:aws:iam::123456789012:user/a")}, "Target.RoleArn"),
            ({"Target": target(Input="x" * 262_145)}, "Target.Input"),
            ({"Target": target(Input="")}, "Target.Input"),
            ({"Target": target(DeadLetterConfig={"Arn": "arn:aws:sns:eu-central-1:123456789012:a"})}, "Dead"),
            ({"Target": target(RetryPolicy={"MaximumEventAgeInSeconds": 59})}, "60 to 86400"),
            ({"Target": target(RetryPolicy={"MaximumRetryAttempts": 186})}, "0 to 185"),
            ({"TimeZone": "UTC"}, "TimeZone is not a field"),
        ),
    )
    def test_what_aws_refuses_is_refused(self, change: dict[str, Any], message: str) -> None:
        bench = Bench()
        with refused("ValidationException", message):
            bench.scheduler.create(spec(**change))
        assert list(bench.scheduler.live()) == []
