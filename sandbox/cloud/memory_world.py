"""The memory world: the same template, handlers, schedules and state machine, with a store in memory.

For rehearsing whole populations: no botocore, no moto, and a clock that no library sees.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError

from aftercart import wiring
from aftercart.aws.items import Item
from aftercart.aws.schedule import EventBridgeSchedules
from aftercart.aws.settings import Settings
from aftercart.aws.workflow import StepFunctionsWorkflow
from aftercart.ports import Http, World
from aftercart.texts.compiled import load_brand, load_catalogue, load_journeys
from sandbox.cloud import operations as aws_operations
from sandbox.cloud import template
from sandbox.cloud.account import ENVIRONMENT
from sandbox.cloud.aws import ROOT
from sandbox.cloud.calls import Operation
from sandbox.cloud.engine import Engine, NextUseful
from sandbox.cloud.faults import Faults
from sandbox.cloud.functions import Functions
from sandbox.cloud.http_api import HttpApi, Response
from sandbox.cloud.memory import FixedSecrets, MemoryStore
from sandbox.cloud.operations import SmsSender
from sandbox.cloud.provision import Provisioned, Provisioner
from sandbox.cloud.refused import Refused
from sandbox.cloud.scheduler import Scheduler
from sandbox.cloud.template import Stack
from sandbox.fakes import FakeAwsError, FakePublish
from sandbox.states.machine import StateMachines


class MemoryWorld:
    """`AwsWorld`'s twin. `sms` answers SendTextMessage, `line` every other request to a provider."""

    def __init__(
        self,
        start: datetime,
        secret: Mapping[str, str],
        sms: SmsSender,
        line: Http,
        *,
        seed: int,
        parameters: Mapping[str, str],
        configure: Callable[[str], object] = lambda name: None,
        root: Path = ROOT,
    ) -> None:
        self.engine = Engine(start, seed)
        self.store = MemoryStore()
        self.faults = Faults()
        self.functions = Functions(self.engine, lambda queue, body, attributes: None, configure)
        self.machines = StateMachines(self.engine, self.functions.call_for_task)
        self.scheduler = Scheduler(self.engine, _Targets(self))
        self._secrets, self._sms, self._line, self._root = FixedSecrets(secret), sms, line, root
        self._parameters = {"SecretArn": SECRET_ARN, **parameters}

    stack: Stack
    made: Provisioned
    http: HttpApi

    def open(self) -> "MemoryWorld":
        """Makes the stack, and has every handler find this world."""
        self.stack = _stack(self._root, tuple(sorted(self._parameters.items())))
        self.made = Provisioner(
            self.stack,
            self._root,
            lambda service: _NOWHERE,
            self.functions,
            self.machines,
            self.scheduler,
            ENVIRONMENT,
        ).make_all()
        self.http = HttpApi(self.engine, self.functions, self.made.domain, self.made.routes)
        wiring.other_world = cache(self._world)
        return self

    def close(self) -> None:
        """Handlers find AWS again."""
        wiring.other_world = None

    def request(self, method: str, target: str, headers: Mapping[str, str], body: bytes = b"") -> Response:
        """A request to the stack's API, answered before anything else settles."""
        return self.http.request(method, target, headers, body)

    def publish(self, topic: str, message: str) -> None:
        """Somebody (a provider) publishes on a topic, by logical name."""
        arn, identifier = self.stack.resources[topic].arn, self.engine.new_id("notice")
        event = FakePublish(message=message, message_id=identifier, at=self.engine.now()).event(arn)
        for function in self.made.topics.get(arn, []):
            self.functions.invoke_async(function, event)

    def items(self) -> Iterator[Item]:
        """Each item as it is stored."""
        return iter(list(self.store.items.values()))

    def _world(self, settings: Settings) -> World:
        operations = {
            **aws_operations.workflow_operations(self.machines),
            **aws_operations.schedule_operations(self.scheduler),
            **aws_operations.sms_operations(self._sms),
        }
        workflow = DirectClient("stepfunctions", operations)
        plain = World(
            clock=self.engine,
            store=self.store,
            schedules=EventBridgeSchedules(DirectClient("scheduler", operations), settings),
            workflow=StepFunctionsWorkflow(workflow, settings.state_machine_arn),
            secrets=self._secrets,
            brand=load_brand(),
            journeys=load_journeys(),
            catalogue=load_catalogue(),
            link_base=settings.link_base_url,
            shop=settings.shop_domain,
        )
        sms = DirectClient("pinpoint-sms-voice-v2", operations)
        return wiring.with_senders(plain, settings, self._line, sms)


class DirectClient:
    """A botocore client's methods on our own service, without botocore between."""

    def __init__(self, service: str, operations: Mapping[tuple[str, str], Operation]) -> None:
        self._service, self._operations = service, operations

    def __getattr__(self, method: str) -> Callable[..., Any]:
        name = method.title().replace("_", "")
        operation = self._operations[self._service, name]

        def call(**parameters: Any) -> Any:
            try:
                return operation(parameters)
            except Refused as refusal:
                raise ClientError(_response(refusal), name) from None

        return call


def _response(refusal: Refused) -> Any:
    own = refusal.extra if isinstance(refusal, FakeAwsError) else {}
    error = {"Code": refusal.code, "Message": refusal.message}
    return {"Error": error, "ResponseMetadata": {"HTTPStatusCode": refusal.status}, **own}


class _Targets:
    """What the scheduler does to the world."""

    def __init__(self, world: MemoryWorld) -> None:
        self._world = world

    def invoke_async(self, function: str, event: Any) -> None:
        self._world.functions.invoke_async(function, event)

    def dead_letter(self, source: str, queue: str | None, body: str, attributes: Mapping[str, str]) -> None:
        self._world.functions.dead_letter(source, queue, body, attributes)

    def next_useful(self, event: Any) -> NextUseful | None:
        sweeps = isinstance(event, dict) and event.get("kind") == "sweep"
        return (lambda now: self._world.store.next_todo()) if sweeps else None


class _Nowhere:
    """Takes the making of tables, queues and topics: here they are Python objects already."""

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        return lambda **parameters: SimpleNamespace()


SECRET_ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:aftercart/sandbox-000000"
_NOWHERE = _Nowhere()


@cache
def _stack(root: Path, parameters: tuple[tuple[str, str], ...]) -> Stack:
    # The transform takes a third of a second, and its result is only read.
    return template.read(root / "template.yaml", dict(parameters))
