import json
import os
import socket
import sys
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from sandbox.cloud import faults
from sandbox.cloud.account import client
from sandbox.cloud.aws import AwsWorld
from sandbox.cloud.refused import Refused
from tests.sandbox import small_stack
from tests.sandbox.small_stack import START

Calls = list[list[Any]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    before = sys.path.copy()
    folder = tmp_path_factory.mktemp("small-stack")
    small_stack.write(folder)
    yield folder
    sys.path[:] = before
    for module in ("small_keeper", "small_worker"):
        sys.modules.pop(module, None)


@pytest.fixture
def world(folder: Path) -> Iterator[AwsWorld]:
    with small_stack.world(folder) as world:
        yield world


def post(world: AwsWorld, *calls: list[Any], **order: Any) -> Any:
    """Lets the keeper make these calls; gives its whole answer."""
    body = json.dumps({"calls": calls, **order}).encode()
    response = world.request("POST", "/keep/a", {"content-type": "application/json"}, body)
    return json.loads(response.body)


def answers(world: AwsWorld, *calls: list[Any]) -> Any:
    return post(world, *calls)["answers"]


def put(world: AwsWorld, key: str = "one", **more: Any) -> list[Any]:
    item = {"pk": {"S": key}, "sk": {"S": "a"}}
    return ["dynamodb", "put_item", {"TableName": world.made.tables["Table"], "Item": item, **more}]


def put_new(world: AwsWorld, key: str = "one") -> list[Any]:
    return put(world, key, ConditionExpression="attribute_not_exists(pk)")


def transact(world: AwsWorld, *keys: str, **more: Any) -> list[Any]:
    items = [{"Put": put_new(world, key)[2]} for key in keys]
    return ["dynamodb", "transact_write_items", {"TransactItems": items, **more}]


def schedule(world: AwsWorld, at: str = "2026-03-05T10:00:00", **payload: Any) -> list[Any]:
    told = world.functions.find("aftercart-keeper").environment
    target = {"Arn": told["KEEPER"], "RoleArn": told["ROLE"], "Input": json.dumps(payload)}
    params = {
        "Name": "step",
        "GroupName": "small",
        "ScheduleExpression": f"at({at})",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "ActionAfterCompletion": "DELETE",
        "Target": target,
    }
    return ["scheduler", "create_schedule", params]


def start(world: AwsWorld, name: str = "one", todo: str = "work") -> list[Any]:
    machine = world.functions.find("aftercart-keeper").environment["MACHINE"]
    params = {"stateMachineArn": machine, "name": name, "input": json.dumps({"todo": todo})}
    return ["stepfunctions", "start_execution", params]


def keys(world: AwsWorld) -> list[str]:
    return sorted(item["pk"]["S"] for item in world.items())


def failed_calls(world: AwsWorld) -> list[str]:
    return [invocation.error for invocation in world.functions.invocations if invocation.error]


class TestAHandler:
    def test_lives_in_virtual_time(self, world: AwsWorld) -> None:
        world.engine.advance(START + timedelta(days=1000))
        assert post(world)["now"] == (START + timedelta(days=1000)).isoformat()
        assert datetime.now(UTC) == START + timedelta(days=1000)

    def test_is_given_the_request_and_the_templates_environment(self, world: AwsWorld) -> None:
        answer = post(world)
        assert answer["event"]["pathParameters"] == {"name": "a"}
        assert answer["environment"]["WORD"] == "fine"
        assert answer["environment"]["AWS_LAMBDA_FUNCTION_NAME"] == "aftercart-keeper"
        assert answer["environment"]["AWS_REGION"] == "eu-central-1"

    def test_has_its_aws_calls_counted(self, world: AwsWorld) -> None:
        post(world, put(world), schedule(world), start(world))
        assert world.functions.invocations[-1].calls == [
            "dynamodb.PutItem",
            "scheduler.CreateSchedule",
            "stepfunctions.StartExecution",
        ]

    def test_that_breaks_is_an_internal_error_to_whoever_asked(self, world: AwsWorld) -> None:
        response = world.request("POST", "/keep/a", {"content-type": "application/json"}, b'{"fail": "x"}')
        assert (response.status, json.loads(response.body)) == (500, {"message": "Internal Server Error"})

    def test_reads_the_secret_and_its_rotation(self, world: AwsWorld) -> None:
        arn = world.functions.find("aftercart-keeper").environment["SECRET_ARN"]
        call: list[Any] = ["secretsmanager", "get_secret_value", {"SecretId": arn}]
        assert json.loads(answers(world, call)[0]["SecretString"]) == {"key": "value"}
        world.change_secret({"key": "new"})
        assert json.loads(answers(world, call)[0]["SecretString"]) == {"key": "new"}

    def test_may_send_an_sms_to_the_sandboxs_provider(self, world: AwsWorld) -> None:
        message = {"DestinationPhoneNumber": "+380671234567", "MessageBody": "Доброго дня"}
        call = ["pinpoint-sms-voice-v2", "send_text_message", message]
        assert answers(world, call) == [{"MessageId": "sms-to-+380671234567"}]

    def test_meets_the_providers_refusal_as_an_error_of_the_service(self, folder: Path) -> None:
        def refuses(*_call: object) -> dict[str, Any]:
            raise Refused(
                "ConflictException", "opted out", 409, {"Reason": "DESTINATION_PHONE_NUMBER_OPTED_OUT"}
            )

        message = {"DestinationPhoneNumber": "+380671234567", "MessageBody": "Доброго дня"}
        with small_stack.world(folder, send=refuses) as world:
            call = ["pinpoint-sms-voice-v2", "send_text_message", message]
            assert answers(world, call) == ["ConflictException"]
            with pytest.raises(ClientError) as refused:
                client("pinpoint-sms-voice-v2").send_text_message(**message)
            response: Any = refused.value.response
            assert response["Reason"] == "DESTINATION_PHONE_NUMBER_OPTED_OUT"

    def test_may_invoke_another_function(self, world: AwsWorld) -> None:
        told = world.functions.find("aftercart-keeper").environment
        call = [
            "lambda",
            "invoke",
            {"FunctionName": told["KEEPER"], "InvocationType": "Event", "Payload": "{}"},
        ]
        assert answers(world, call)[0]["StatusCode"] == 202
        world.engine.settle()
        assert len(world.functions.invocations) == 2


class TestSchedules:
    def test_fire_into_the_function_at_their_time(self, world: AwsWorld) -> None:
        post(world, schedule(world, calls=[put(world, "fired")]))
        assert [each["name"] for each in world.pending()["schedules"]] == ["step"]
        world.engine.advance(START + timedelta(days=30))
        assert world.functions.invocations[-1].at == datetime(2026, 3, 5, 10, tzinfo=UTC)
        assert keys(world) == ["fired"]
        assert world.pending()["schedules"] == []

    def test_are_refused_as_aws_refuses_them(self, world: AwsWorld) -> None:
        assert answers(world, schedule(world, at="2026-02-28T10:00:00")) == ["ValidationException"]
        assert answers(world, schedule(world), schedule(world))[1] == "ConflictException"

    def test_can_be_read_and_deleted(self, world: AwsWorld) -> None:
        named = {"Name": "step", "GroupName": "small"}
        _, read, listed, _, gone = answers(
            world,
            schedule(world),
            ["scheduler", "get_schedule", named],
            ["scheduler", "list_schedules", {"GroupName": "small", "NamePrefix": "st"}],
            ["scheduler", "delete_schedule", named],
            ["scheduler", "get_schedule", named],
        )
        assert (read["Name"], read["State"]) == ("step", "ENABLED")
        assert read["CreationDate"].startswith("2026-03-01 09:00:00")
        assert [each["Name"] for each in listed["Schedules"]] == ["step"]
        assert gone == "ResourceNotFoundException"

    def test_whose_handler_fails_end_in_the_functions_dead_letters(self, world: AwsWorld) -> None:
        post(world, schedule(world, fail="nothing"))
        world.engine.advance(datetime(2026, 3, 5, 11, tzinfo=UTC))
        assert len(failed_calls(world)) == 3
        [letter] = world.pending()["dead"]
        assert (letter["source"], letter["error"]) == ("aftercart-keeper", "KeyError: 'nothing'")
        queue = world.stack.resources["Dead"].ref
        [message] = client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=0)["Messages"]
        assert json.loads(message["Body"])["requestPayload"] == {"fail": "nothing"}

    def test_sweep_only_where_the_index_has_something_to_do(self, world: AwsWorld) -> None:
        world.engine.advance(START + timedelta(days=365))
        assert len(world.functions.invocations) == 0
        todo = {"todo": {"S": "todo#0"}, "todo_at": {"S": "2027-06-01T12:01:00.000000+00:00"}}
        call = put(world)
        call[2]["Item"] |= todo
        post(world, call)
        assert [each["pk"] for each in world.pending()["todo"]] == ["one"]
        world.engine.advance(datetime(2027, 6, 1, 12, 20, tzinfo=UTC))
        [_, sweep] = world.functions.invocations
        assert (sweep.event, sweep.at) == ({"kind": "sweep"}, datetime(2027, 6, 1, 12, 15, tzinfo=UTC))


class TestTheStateMachine:
    def test_runs_its_function_until_the_token_comes_back(self, world: AwsWorld) -> None:
        arn = answers(world, start(world))[0]["executionArn"]
        world.engine.settle()
        [described, history] = answers(
            world,
            ["stepfunctions", "describe_execution", {"executionArn": arn}],
            ["stepfunctions", "get_execution_history", {"executionArn": arn}],
        )
        assert described["status"] == "SUCCEEDED"
        entered = [each for each in history["events"] if each["type"] == "TaskStateEntered"]
        assert [each["stateEnteredEventDetails"]["name"] for each in entered] == ["Work"]

    def test_tries_a_broken_handler_again_and_then_fails(self, world: AwsWorld) -> None:
        answers(world, start(world, todo="fail"))
        assert [each["name"] for each in world.pending()["executions"]] == ["one"]
        world.engine.advance(START + timedelta(hours=1))
        [execution] = world.machines.executions()
        assert (execution.status, execution.error) == ("FAILED", "KeyError")
        assert len(failed_calls(world)) == 3

    def test_is_refused_as_aws_refuses_it(self, world: AwsWorld) -> None:
        again = start(world, todo="another")
        assert answers(world, start(world), again)[1] == "ExecutionAlreadyExists"
        missing = ["stepfunctions", "send_task_success", {"taskToken": "nonsense", "output": "{}"}]
        assert answers(world, missing) == ["InvalidToken"]


class TestATopic:
    def test_tells_its_function_in_the_shape_of_sns(self, world: AwsWorld) -> None:
        world.publish("Topic", json.dumps({"eventType": "TEXT_DELIVERED"}), subject="SMS")
        world.engine.settle()
        [invocation] = world.functions.invocations
        [record] = invocation.event["Records"]
        assert record["EventSource"] == "aws:sns"
        assert record["Sns"]["TopicArn"] == world.stack.resources["Topic"].arn
        assert json.loads(record["Sns"]["Message"]) == {"eventType": "TEXT_DELIVERED"}
        assert record["Sns"]["Timestamp"] == "2026-03-01T09:00:00.000Z"
        assert record["Sns"]["Subject"] == "SMS"

    def test_tells_it_also_what_a_function_publishes(self, world: AwsWorld) -> None:
        topic = world.functions.find("aftercart-keeper").environment["TOPIC"]
        [published] = answers(world, ["sns", "publish", {"TopicArn": topic, "Message": "hello"}])
        assert published["MessageId"]
        world.engine.settle()
        assert world.functions.invocations[-1].event["Records"][0]["Sns"]["Message"] == "hello"


class TestAFault:
    def fault(self, world: AwsWorld, mode: str, call: str = "dynamodb.PutItem", nth: int = 1) -> None:
        world.faults.plan(call, nth, mode)

    def test_crash_before_leaves_nothing_behind(self, world: AwsWorld) -> None:
        self.fault(world, faults.CRASH_BEFORE)
        assert post(world, put(world)) == {"message": "Internal Server Error"}
        assert keys(world) == []
        assert world.functions.invocations[-1].crashed

    def test_crash_after_leaves_the_write_behind(self, world: AwsWorld) -> None:
        self.fault(world, faults.CRASH_AFTER)
        assert post(world, put(world)) == {"message": "Internal Server Error"}
        assert keys(world) == ["one"]

    def test_hits_the_nth_call_and_no_other(self, world: AwsWorld) -> None:
        self.fault(world, faults.CRASH_BEFORE, nth=2)
        post(world, put(world, "one"), put(world, "two"), put(world, "three"))
        assert keys(world) == ["one"]
        post(world, put(world, "four"), put(world, "five"))
        assert keys(world) == ["five", "four", "one"]

    def test_throttled_lasts_through_the_sdks_own_tries_which_cost_no_time(self, world: AwsWorld) -> None:
        self.fault(world, faults.THROTTLED)
        before = time.perf_counter()
        assert answers(world, put(world)) == ["ProvisionedThroughputExceededException"]
        assert time.perf_counter() - before < 1
        assert world.calls.slept > 0
        assert keys(world) == []

    def test_timed_out_and_lost_was_not_applied(self, world: AwsWorld) -> None:
        self.fault(world, faults.LOST)
        assert answers(world, put(world)) == ["ReadTimeoutError"]
        assert keys(world) == []

    def test_timed_out_though_applied_was(self, world: AwsWorld) -> None:
        self.fault(world, faults.APPLIED)
        assert answers(world, put(world)) == ["ReadTimeoutError"]
        assert keys(world) == ["one"]

    def test_applied_and_retried_tells_a_condition_of_its_own_write(self, world: AwsWorld) -> None:
        self.fault(world, faults.TWICE)
        assert answers(world, put_new(world)) == ["ConditionalCheckFailedException"]
        assert keys(world) == ["one"]

    def test_applied_and_retried_does_no_harm_to_a_transaction(self, world: AwsWorld) -> None:
        self.fault(world, faults.TWICE, "dynamodb.TransactWriteItems")
        assert isinstance(answers(world, transact(world, "one", "two"))[0], dict)
        assert keys(world) == ["one", "two"]

    def test_cancelled_by_a_conflict_changes_nothing(self, world: AwsWorld) -> None:
        self.fault(world, faults.TRANSACTION_CONFLICT, "dynamodb.TransactWriteItems")
        assert answers(world, transact(world, "one", "two")) == ["TransactionCanceledException"]
        assert keys(world) == []

    def test_meets_the_services_that_are_ours_as_well(self, world: AwsWorld) -> None:
        self.fault(world, faults.APPLIED, "stepfunctions.StartExecution")
        assert answers(world, start(world)) == ["ReadTimeoutError"]
        world.engine.settle()
        assert [each.status for each in world.machines.executions()] == ["SUCCEEDED"]
        self.fault(world, faults.THROTTLED, "scheduler.CreateSchedule")
        assert answers(world, schedule(world)) == ["ThrottlingException"]
        assert world.pending()["schedules"] == []

    def test_that_kills_a_task_is_retried_by_the_state_machine(self, world: AwsWorld) -> None:
        self.fault(world, faults.CRASH_BEFORE, "stepfunctions.SendTaskSuccess")
        answers(world, start(world))
        world.engine.advance(START + timedelta(minutes=1))
        [execution] = world.machines.executions()
        assert execution.status == "SUCCEEDED"
        assert [event.error for event in execution.history if event.error] == ["Lambda.Unknown"]

    def test_that_kills_an_asynchronous_invocation_is_retried_by_lambda(self, world: AwsWorld) -> None:
        post(world, schedule(world, calls=[put(world, "fired")]))
        self.fault(world, faults.CRASH_AFTER)
        world.engine.advance(START + timedelta(days=30))
        assert [each.crashed for each in world.functions.invocations] == [False, True, False]
        assert world.pending()["dead"] == []

    @pytest.mark.parametrize(
        ("call", "nth", "mode"),
        (
            ("dynamodb.PutItem", 1, "melted"),
            ("dynamodb.PutItem", 0, faults.THROTTLED),
            ("scheduler.CreateSchedule", 1, faults.TRANSACTION_CONFLICT),
        ),
    )
    def test_that_cannot_be_is_refused(self, world: AwsWorld, call: str, nth: int, mode: str) -> None:
        with pytest.raises(ValueError, match=r"none of|counts from 1|only a write"):
            world.faults.plan(call, nth, mode)


class TestATransaction:
    def test_with_the_same_token_within_ten_minutes_is_the_same(self, world: AwsWorld) -> None:
        same = transact(world, "one", ClientRequestToken="token")
        first, again = answers(world, same, same)
        assert isinstance(first, dict)
        assert again == first
        world.engine.advance(START + timedelta(minutes=11))
        assert answers(world, same) == ["TransactionCanceledException"]

    def test_with_the_same_token_and_other_items_is_refused(self, world: AwsWorld) -> None:
        first, other = (transact(world, key, ClientRequestToken="token") for key in ("one", "two"))
        assert answers(world, first, other)[1] == "IdempotentParameterMismatchException"

    def test_that_fails_in_part_changes_nothing(self, world: AwsWorld) -> None:
        table, key = world.made.tables["Table"], {"pk": {"S": "kept"}, "sk": {"S": "a"}}
        update = {"TableName": table, "Key": key, "UpdateExpression": "SET n = n + :n"}
        change = {"Update": update | {"ExpressionAttributeValues": {":n": {"N": "1"}}}}
        gone = {"Delete": {"TableName": table, "Key": {"pk": {"S": "gone"}, "sk": {"S": "a"}}}}
        kept = put(world, "kept")
        kept[2]["Item"]["n"] = {"N": "1"}
        new, taken = {"Put": put_new(world, "new")[2]}, {"Put": put_new(world, "taken")[2]}
        transaction = ["dynamodb", "transact_write_items", {"TransactItems": [change, gone, new, taken]}]
        answers(world, kept, put(world, "gone"), put(world, "taken"))
        assert answers(world, transaction) == ["TransactionCanceledException"]
        assert keys(world) == ["gone", "kept", "taken"]
        assert [item["n"] for item in world.items() if item["pk"]["S"] == "kept"] == [{"N": "1"}]


def query(world: AwsWorld, **params: Any) -> list[str]:
    table = world.made.tables["Table"]
    found = client("dynamodb").query(TableName=table, **params)
    return [item["pk"]["S"] + item["sk"]["S"] for item in found["Items"]]


def test_queries_find_one_partition_and_an_index_its_own_items_in_order(world: AwsWorld) -> None:
    table = world.made.tables["Table"]
    for n, (pk, sk) in enumerate((("one", "a"), ("one", "b"), ("two", "a"), ("three", "c"))):
        item = {"pk": {"S": pk}, "sk": {"S": sk}}
        todo = {"todo": {"S": f"todo#{n % 2}"}, "todo_at": {"S": f"2026-03-0{9 - n}"}} if n else {}
        client("dynamodb").put_item(TableName=table, Item=item | todo)
    in_one = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": {"S": "one"}}}
    assert query(world, **in_one) == ["onea", "oneb"]
    assert query(world, **in_one, ScanIndexForward=False, Limit=1) == ["oneb"]
    nobody = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": {"S": "none"}}}
    assert query(world, **nobody) == []
    due = {
        "IndexName": "todo",
        "KeyConditionExpression": "todo = :todo AND todo_at <= :now",
        "ExpressionAttributeValues": {":todo": {"S": "todo#1"}, ":now": {"S": "2026-03-08"}},
    }
    assert query(world, **due) == ["threec", "oneb"]


class TestTheMachine:
    def test_sends_nothing_beyond_itself(self, world: AwsWorld, monkeypatch: pytest.MonkeyPatch) -> None:
        def connect(*_: object) -> None:
            pytest.fail("a connection was tried")

        monkeypatch.setattr(socket.socket, "connect", connect)
        request = {"DestinationPhoneNumber": "+380671234567", "ContactFlowId": "a", "InstanceId": "b"}
        with pytest.raises(RuntimeError, match=r"nothing leaves the sandbox"):
            boto3.client("connect").start_outbound_voice_contact(**request)
        with pytest.raises(RuntimeError, match=r"the sandbox has no stepfunctions\.RedriveExecution"):
            boto3.client("stepfunctions").redrive_execution(executionArn="arn")

    def test_has_its_own_clock_chance_and_environment_back_afterwards(self, folder: Path) -> None:
        environment = dict(os.environ)
        with small_stack.world(folder):
            inside = uuid.uuid4()
            assert os.environ["AWS_CONFIG_FILE"] == os.devnull
        assert dict(os.environ) == environment
        assert datetime.now(UTC) > START + timedelta(days=60) or datetime.now(UTC) < START
        assert uuid.uuid4() != inside

    def test_holds_one_world_at_a_time(self, world: AwsWorld, folder: Path) -> None:
        with pytest.raises(RuntimeError, match="another AWS world is open"):
            small_stack.world(folder).open()
        assert answers(world, put(world)) == [{}]

    def test_tells_the_same_story_with_the_same_seed(self, folder: Path) -> None:
        assert self.story(folder, seed=7) == self.story(folder, seed=7)
        assert self.story(folder, seed=7) != self.story(folder, seed=8)

    def story(self, folder: Path, seed: int) -> str:
        with small_stack.world(folder, seed=seed) as world:
            world.publish("Topic", "hello")
            told = [post(world, put(world), schedule(world, fail="x"), start(world))]
            world.engine.advance(START + timedelta(days=30))
            told += [vars_of(each) for each in world.functions.invocations]
            told += [world.pending(), list(world.items()), str(uuid.uuid4())]
            told += [(each.arn, each.history) for each in world.machines.executions()]
            return json.dumps(told, default=str)

    def test_starts_each_world_empty(self, folder: Path) -> None:
        for _ in range(2):
            with small_stack.world(folder) as world:
                assert keys(world) == []
                answers(world, put(world))

    def test_answers_others_as_moto_would_when_no_world_is_open(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from moto import mock_aws  # noqa: PLC0415

        with small_stack.world(folder):
            pass
        monkeypatch.setenv("AWS_ACCOUNT_ID_ENDPOINT_MODE", "disabled")
        with mock_aws():
            plain = boto3.client("dynamodb", region_name="eu-central-1")
            assert plain.list_tables()["TableNames"] == []
            with pytest.raises(ClientError):
                plain.describe_table(TableName="none")


def vars_of(invocation: Any) -> list[Any]:
    return [invocation.id, invocation.function, invocation.at, invocation.event, invocation.calls]
