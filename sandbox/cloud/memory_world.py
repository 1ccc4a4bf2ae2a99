"""The memory world: the same template, handlers, schedules and state machine, on a table in memory.

For rehearsing whole populations: no botocore, no moto, and a clock that no library sees. Calls, their faults
and the SDK's retries are those of the AWS world.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from aftercart import wiring
from aftercart.aws.clients import SEND, SENDERS, STATE
from aftercart.aws.dead_letters import SqsDeadLetters
from aftercart.aws.humans import AlarmedHumans
from aftercart.aws.items import Item, plain
from aftercart.aws.schedule import EventBridgeSchedules
from aftercart.aws.settings import SecretStore, Settings
from aftercart.aws.table import Table
from aftercart.aws.workflow import StepFunctionsWorkflow
from aftercart.domain.brand import Brand
from aftercart.domain.catalogue import Catalogue
from aftercart.domain.journey import Journey
from aftercart.ports import Http, World
from aftercart.texts.compiled import compiled_dir, load_brand, load_catalogue, load_journeys, load_texts
from aftercart.texts.render import LiquidTexts
from sandbox.cloud import operations as aws_operations
from sandbox.cloud import template
from sandbox.cloud.account import ENVIRONMENT
from sandbox.cloud.aws import ROOT
from sandbox.cloud.calls import Calls, Operation
from sandbox.cloud.dynamo import Dynamo
from sandbox.cloud.engine import Engine, NextUseful
from sandbox.cloud.faults import Faults
from sandbox.cloud.functions import Functions
from sandbox.cloud.http_api import HttpApi, Response
from sandbox.cloud.memory import DirectClient
from sandbox.cloud.operations import AwsSends
from sandbox.cloud.provision import Provisioned, Provisioner
from sandbox.cloud.queues import Queues
from sandbox.cloud.scheduler import Scheduler
from sandbox.cloud.template import Stack
from sandbox.control.records import Records
from sandbox.fakes import FakePublish
from sandbox.states.machine import StateMachines


class MemoryWorld:
    """`AwsWorld`'s twin. `send` answers AWS_SENDS, `line` every other request to a provider."""

    def __init__(
        self,
        start: datetime,
        secret: Mapping[str, str],
        send: AwsSends,
        line: Http,
        *,
        seed: int,
        parameters: Mapping[str, str],
        configure: Callable[[str], object] = lambda name: None,
        root: Path = ROOT,
    ) -> None:
        self.engine = Engine(start, seed)
        self.dynamo = Dynamo()
        self.queues = Queues(self.engine)
        self.functions = Functions(self.engine, self.queues.put, configure)
        self.queues.deleted = self.functions.dead_letter_deleted
        self.machines = StateMachines(self.engine, self.functions.call_for_task)
        self.scheduler = Scheduler(self.engine, _Targets(self))
        self.secret = dict(secret)
        self._send, self._line, self._root = send, line, root
        operations = self._operations()
        services = frozenset(service for service, _ in operations)
        self.calls = Calls(self.engine, self.functions, operations, services)
        self._records: tuple[int, Records] | None = None
        self._parameters = {"SecretArn": SECRET_ARN, **parameters}

    stack: Stack
    made: Provisioned
    http: HttpApi
    # When a sweep may find what no item tells yet: a campaign that begins.
    next_beginning: NextUseful = staticmethod(lambda now: None)

    @property
    def faults(self) -> Faults:
        """What is going to fail on purpose; providers may ask it too."""
        return self.calls.faults

    def open(self) -> "MemoryWorld":
        """Makes the stack, and has every handler find this world."""
        self.stack = _stack(self._root, tuple(sorted(self._parameters.items())))
        self.made = Provisioner(
            self.stack,
            self._root,
            lambda service: self._client(service) if service == "sqs" else _NOWHERE,
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
        return iter([plain(item) for item in self.dynamo.items.values()])

    def records(self) -> Records:
        """Everything that is stored, as nouns; the same as before where nothing was written since."""
        if self._records is None or self._records[0] != self.dynamo.writes:
            self._records = self.dynamo.writes, Records.of(self.items())
        return self._records[1]

    def store(self) -> Table:
        """The store, for what a person at the controls records: no function's call, and no fault's."""
        return Table(self._client("dynamodb"), "memory", self._nonce)

    def _operations(self) -> dict[tuple[str, str], Operation]:
        return {
            **self.dynamo.operations(),
            **aws_operations.workflow_operations(self.machines),
            **aws_operations.schedule_operations(self.scheduler),
            **aws_operations.send_operations(self._send),
            **self.queues.operations(),
            ("secretsmanager", "GetSecretValue"): lambda given: {"SecretString": json.dumps(self.secret)},
        }

    def _world(self, settings: Settings) -> World:
        content = _content(compiled_dir())
        plain_world = World(
            clock=self.engine,
            store=Table(self._client("dynamodb"), settings.table_name, self._nonce),
            schedules=EventBridgeSchedules(self._client("scheduler"), settings),
            workflow=StepFunctionsWorkflow(self._client("stepfunctions"), settings.state_machine_arn),
            secrets=SecretStore(self._client("secretsmanager"), settings.secret_arn, self.engine),
            brand=content.brand,
            journeys=content.journeys,
            catalogue=content.catalogue,
            link_base=settings.link_base_url,
            chats=settings.chats,
            shop=settings.shop_domain,
            dead_letters=SqsDeadLetters(lambda: self._client("sqs"), settings.dead_letter_queues.split()),
            humans=AlarmedHumans(),
        )
        learning = wiring.as_it_learns(plain_world)
        return wiring.with_senders(learning, self._line, settings.sending, self._client, content.texts)

    def _client(self, service: str) -> DirectClient:
        config: Any = SEND if service in SENDERS else STATE
        tries = config.retries["total_max_attempts"]
        return DirectClient(lambda operation, given: self.calls.direct(service, operation, given, tries))

    def _nonce(self) -> str:
        return self.engine.new_id("commit")


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
        return self._next_todo if sweeps else None

    def _next_todo(self, now: datetime) -> datetime | None:
        head = self._world.dynamo.earliest_todo()
        beginning = self._world.next_beginning(now)
        return min((t for t in (head and datetime.fromisoformat(head), beginning) if t), default=None)


class _Nowhere:
    """Takes the making of tables, queues and topics: here they are Python objects already."""

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        return lambda **parameters: SimpleNamespace()


SECRET_ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:aftercart/sandbox-000000"
_NOWHERE = _Nowhere()


@dataclass(frozen=True)
class _Content:
    """What the build made of `journeys/`. To read it costs as much as a dozen orders."""

    brand: Brand
    journeys: Mapping[str, Journey]
    catalogue: Catalogue
    texts: LiquidTexts


@cache
def _content(directory: Path) -> _Content:
    brand, catalogue = load_brand(directory), load_catalogue(directory)
    texts = LiquidTexts(load_texts(directory), brand, catalogue)
    return _Content(brand, load_journeys(directory), catalogue, texts)


@cache
def _stack(root: Path, parameters: tuple[tuple[str, str], ...]) -> Stack:
    # The transform takes a third of a second, and its result is only read.
    return template.read(root / "template.yaml", dict(parameters))
