"""The AWS world: the template's resources on moto and services of ours, real handlers, virtual time."""

import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import time_machine
from moto import mock_aws
from moto.moto_api._internal import mock_random

from sandbox.cloud import moto_mended, template
from sandbox.cloud import operations as aws_operations
from sandbox.cloud.account import ENVIRONMENT, chance_of, client, cold_start, environment, hooked
from sandbox.cloud.calls import HOOKS, Call, Calls
from sandbox.cloud.engine import Engine, NextUseful
from sandbox.cloud.faults import Faults
from sandbox.cloud.functions import Functions
from sandbox.cloud.http_api import HttpApi, Response
from sandbox.cloud.operations import AwsSends
from sandbox.cloud.provision import Provisioned, Provisioner
from sandbox.cloud.queues import Queues
from sandbox.cloud.refused import Refused
from sandbox.cloud.scheduler import Scheduler
from sandbox.cloud.template import REGION, Stack
from sandbox.fakes.carrier import AWS_SENDS
from sandbox.states.machine import StateMachines

ROOT = Path(__file__).resolve().parents[2]
OURS = frozenset({"lambda", "scheduler", "sqs", "stepfunctions", *(service for service, _ in AWS_SENDS)}) - {
    "sns"
}


class AwsWorld:
    """One stack in one account, alive from `open` to `close`; one at a time in a process.

    `secret` is the stack's one secret, `parameters` are the template's (SecretArn is given by the world).
    `send` answers AWS_SENDS. `configure` is told a function's name before each run of its handler,
    inside its environment. Not for threads: one thread owns it.
    """

    def __init__(
        self,
        start: datetime,
        secret: Mapping[str, str],
        send: AwsSends,
        *,
        parameters: Mapping[str, str],
        seed: int = 1,
        configure: Callable[[str], object] = lambda name: None,
        root: Path = ROOT,
    ) -> None:
        self._start, self._secret, self._send, self._seed = start, dict(secret), send, seed
        self._parameters = dict(parameters)
        self._root = root
        self._configure = configure
        self._left = ExitStack()

    engine: Engine
    queues: Queues
    functions: Functions
    machines: StateMachines
    scheduler: Scheduler
    calls: Calls
    stack: Stack
    made: Provisioned
    http: HttpApi
    # When a sweep may find what no item tells yet: a campaign that begins.
    next_beginning: NextUseful = staticmethod(lambda now: None)

    @property
    def faults(self) -> Faults:
        """What is going to fail on purpose; providers may ask it too."""
        return self.calls.faults

    def open(self) -> "AwsWorld":
        """Builds everything. Whatever fails on the way is taken down again."""
        if HOOKS.calls:
            raise RuntimeError("another AWS world is open in this process")
        try:
            self._build()
        except BaseException:
            self.close()
            raise
        return self

    def close(self) -> None:
        """Gives the process back its clock, its environment and its network."""
        self._left.close()

    def __enter__(self) -> "AwsWorld":
        return self.open()

    def __exit__(self, *_: object) -> None:
        self.close()

    def _build(self) -> None:
        enter = self._left.enter_context
        enter(environment())
        clock = enter(time_machine.travel(self._start, tick=False))
        enter(mock_aws())
        enter(moto_mended.mended())
        self.engine = Engine(self._start, self._seed, on_move=clock.move_to)
        enter(chance_of(self.engine))
        self.queues = Queues(self.engine)
        self.functions = Functions(self.engine, self.queues.put, self._configure)
        self.queues.deleted = self.functions.dead_letter_deleted
        self.machines = StateMachines(self.engine, self.functions.call_for_task)
        self.scheduler = Scheduler(self.engine, _Targets(self))
        self.calls = Calls(self.engine, self.functions, self._operations(), OURS, after=self._after)
        enter(hooked(self.calls))
        cold_start()
        self._provision()

    def _operations(self) -> dict[tuple[str, str], Any]:
        return {
            **aws_operations.workflow_operations(self.machines),
            **aws_operations.schedule_operations(self.scheduler),
            **aws_operations.lambda_operations(self.functions),
            **aws_operations.send_operations(self._send),
            **self.queues.operations(),
        }

    def _provision(self) -> None:
        # The same ARN for each seed: the template's transform, which holds it, is then made once a process.
        mock_random.seed(0)
        secret = client("secretsmanager").create_secret(
            Name="aftercart/sandbox", SecretString=json.dumps(self._secret)
        )
        mock_random.seed(self.engine.seed)
        given = {"SecretArn": str(secret["ARN"]), **self._parameters}
        self.stack = template.read(self._root / "template.yaml", given)
        provisioner = Provisioner(
            self.stack, self._root, client, self.functions, self.machines, self.scheduler, ENVIRONMENT
        )
        self.made = provisioner.make_all()
        self.http = HttpApi(self.engine, self.functions, self.made.domain, self.made.routes)

    def request(self, method: str, target: str, headers: Mapping[str, str], body: bytes = b"") -> Response:
        """A request to the stack's API, answered before anything else settles."""
        return self.http.request(method, target, headers, body)

    def publish(self, topic: str, message: str, subject: str | None = None) -> str:
        """Somebody (a provider) publishes on a topic, by logical name; gives the MessageId."""
        arn = self.stack.resources[topic].arn
        event = self._notice({"TopicArn": arn, "Message": message, "Subject": subject})
        for function in self.made.topics.get(arn, []):
            self.functions.invoke_async(function, event)
        return str(event["Records"][0]["Sns"]["MessageId"])

    def change_secret(self, secret: Mapping[str, str]) -> None:
        """Rotates keys: functions see it when they next read the secret."""
        client("secretsmanager").put_secret_value(
            SecretId="aftercart/sandbox", SecretString=json.dumps(dict(secret))
        )

    def items(self, table: str = "Table") -> Iterator[Mapping[str, Any]]:
        """Each item of a table (by logical name) as DynamoDB JSON."""
        return moto_mended.table_items(self.made.tables[table], REGION)

    def pending(self) -> dict[str, Any]:
        """What is still to come, and what could not be done; ready for JSON."""
        return {
            "schedules": [
                {"name": each.name, "due": each.next.isoformat(), "input": each.spec["Target"].get("Input")}
                for each in sorted(self.scheduler.live(), key=lambda each: (str(each.next), each.name))
                if each.next
            ],
            "executions": [
                {"name": each.name, "state": each.state, "wakes": _iso(each.wakes())}
                for each in self.machines.executions("RUNNING")
            ],
            "todo": sorted(
                ({name: item[name]["S"] for name in ("pk", "sk", "todo_at")} for item in self._todo()),
                key=lambda item: (item["todo_at"], item["pk"], item["sk"]),
            ),
            "dead": [
                {"at": _iso(each.at), "source": each.source, "queue": each.queue, "error": each.error}
                for each in self.functions.dead
            ],
        }

    def _todo(self) -> Iterator[Mapping[str, Any]]:
        for table in self.made.tables:
            yield from (item for item in self.items(table) if {"todo", "todo_at"} <= item.keys())

    def next_todo(self, now: datetime) -> datetime | None:
        """When the sweeper could first find something: the head of the `todo` index, or a campaign."""
        names = self.made.tables.values()
        found = [moto_mended.earliest(name, REGION, "todo", "todo_at") for name in names]
        times = [datetime.fromisoformat(each) for each in found if each]
        return min([*times, *filter(None, (self.next_beginning(now),))], default=None)

    def _after(self, call: Call) -> None:
        if call.name == "sns.Publish":
            for function in self.made.topics.get(call.params.get("TopicArn", ""), []):
                self.functions.invoke_async(function, self._notice(call.params))

    def _notice(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The event in which SNS brings one message to a function."""
        topic = given["TopicArn"]
        now = self.engine.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        notice = {
            "Type": "Notification",
            "MessageId": self.engine.new_id("notice"),
            "TopicArn": topic,
            "Subject": given.get("Subject"),
            "Message": given["Message"],
            "Timestamp": now,
            "SignatureVersion": "1",
            "Signature": "sandbox",
            "SigningCertUrl": "https://sns.eu-central-1.amazonaws.com/sandbox.pem",
            "UnsubscribeUrl": "https://sns.eu-central-1.amazonaws.com/?Action=Unsubscribe",
            "MessageAttributes": {},
        }
        subscription = f"{topic}:{uuid.UUID(int=0)}"
        record = {"EventSource": "aws:sns", "EventVersion": "1.0", "EventSubscriptionArn": subscription}
        return {"Records": [record | {"Sns": notice}]}


class _Targets:
    """What the scheduler does to the world."""

    def __init__(self, world: AwsWorld) -> None:
        self._world = world

    def invoke_async(self, function: str, event: Any) -> None:
        if ":lambda:" not in function:
            raise Refused("InvalidTarget", f"the sandbox's schedules reach functions only, not {function}")
        self._world.functions.invoke_async(function, event)

    def dead_letter(self, source: str, queue: str | None, body: str, attributes: Mapping[str, str]) -> None:
        self._world.functions.dead_letter(source, queue, body, attributes)

    def next_useful(self, event: Any) -> NextUseful | None:
        sweeps = isinstance(event, dict) and event.get("kind") == "sweep"
        return self._world.next_todo if sweeps else None


def _iso(time: datetime | None) -> str | None:
    return time.isoformat() if time else None
