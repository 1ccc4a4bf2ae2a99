"""What stands behind invocations that take turns: table, workflow, schedules, providers, and what is due.

The clients of table, workflow and scheduler are the real ones, over a DynamoDB in memory or moto's.
"""

import heapq
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from aftercart.aws.items import decode, plain
from aftercart.aws.schedule import EventBridgeSchedules
from aftercart.aws.settings import Settings
from aftercart.aws.table import Table
from aftercart.aws.workflow import StepFunctionsWorkflow
from aftercart.domain.brand import Brand
from aftercart.domain.consent import Channel
from aftercart.flows.lifecycle_reminders import SETTLING
from aftercart.ports import Outgoing, Sent, World
from sandbox.cloud.calls import Calls, Operation
from sandbox.cloud.dynamo import Dynamo
from sandbox.cloud.engine import Engine
from sandbox.cloud.functions import Functions
from sandbox.cloud.memory import DirectClient, FixedSecrets
from sandbox.cloud.refused import Refused
from sandbox.control.records import Records
from sandbox.fakes import FakeCall, FakeMessage
from sandbox.shop_settings import LINK_BASE, SECRETS, SHOP
from sandbox.trials.invariants import promised, unarmed
from sandbox.trials.routes import CHANNELS, PROVIDERS, channel_of
from sandbox.trials.turns.errands import Errand, scheduled
from sandbox.trials.turns.goods import Goods
from sandbox.trials.turns.handsets import Carrier, Handsets, PlainTexts, Way
from sandbox.trials.turns.ladder import RUNNING, Ladder
from sandbox.trials.turns.luck import Luck
from sandbox.trials.turns.witness import Witness

TABLE = "table"
SETTINGS = Settings(
    table_name=TABLE,
    secret_arn="arn:aws:secretsmanager:eu-central-1:123456789012:secret:unused",
    shop_domain=SHOP,
    state_machine_arn="arn:aws:states:eu-central-1:123456789012:stateMachine:unused",
)
SWEEPS = timedelta(minutes=15)
TRIES = 3  # as the SDK makes of a call that is throttled or has no answer
Due = tuple[datetime, int, Any]


class Shelf(Protocol):
    """A table with what it holds: the one in memory, or moto's."""

    @property
    def items(self) -> Mapping[tuple[str, str], Any]: ...

    def operations(self) -> dict[tuple[str, str], Operation]: ...

    def earliest_todo(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Fires:
    """A schedule's time has come."""

    name: str
    errand: Errand


@dataclass(slots=True, kw_only=True)
class Kept:
    """All that lasts between two meetings: what a trial begins with, and any number may."""

    now: datetime
    dynamo: Dynamo = field(default_factory=Dynamo)
    due: list[Due] = field(default_factory=list)
    ladder: Ladder = field(default_factory=lambda: Ladder(lambda wait, what: None))
    armed: dict[str, datetime] = field(default_factory=dict)
    shown: list[FakeMessage] = field(default_factory=list)
    asked: list[FakeCall] = field(default_factory=list)


class Backstage:
    """`shelf`: in place of the table in memory, and with the same in it."""

    def __init__(
        self, kept: Kept, goods: Goods, luck: Luck, fares: Mapping[Channel, Way], shelf: Shelf | None
    ) -> None:
        self.goods, self.luck = goods, luck
        self.engine = Engine(kept.now, luck.seed)
        self.dynamo = copied(kept.dynamo)
        self.shelf: Shelf = shelf or self.dynamo
        self.armed, self.due = dict(kept.armed), list(kept.due)
        self.ladder = kept.ladder.copied(self.later)
        self.handsets = Handsets(
            self.now, self.later, luck.dice, dict(fares), list(kept.shown), list(kept.asked)
        )
        self.witness = Witness(self.dynamo.items, SECRETS["address_key"].encode())
        self.functions = Functions(self.engine, lambda queue, body, attributes: None)
        self.calls = Calls(self.engine, self.functions, self._operations(), frozenset())
        self.world = self._world()
        self.swept = kept.now
        self._records: Records | None = None

    @property
    def brand(self) -> Brand:
        return self.goods.brand

    def now(self) -> datetime:
        return self.engine.now()

    def later(self, wait: timedelta, what: object) -> None:
        """Something is due after a while: an invocation, or the workflow's own."""
        heapq.heappush(self.due, (self.now() + wait, self.luck.number(), what))

    def taken(self) -> Any:
        """What is due by now, or None."""
        return heapq.heappop(self.due)[2] if self.due and self.due[0][0] <= self.now() else None

    def move(self, to: datetime) -> None:
        if to > self.now():
            self.engine.advance(to)

    def next_sweep(self) -> datetime | None:
        """The first tick, not yet run, that would find something: the others change nothing."""
        head = self.shelf.earliest_todo()
        if head is None:
            return None
        useful = datetime.fromisoformat(head) + SETTLING
        ticks = max(1, -((self.swept - useful) // SWEEPS))
        return self.swept + ticks * SWEEPS

    def kept(self) -> Kept:
        """For others to begin with."""
        return Kept(
            now=self.now(),
            dynamo=copied(self.dynamo),
            due=list(self.due),
            ladder=self.ladder.copied(lambda wait, what: None),
            armed=dict(self.armed),
            shown=list(self.handsets.shown),
            asked=list(self.handsets.asked),
        )

    def lose_what_is_due(self) -> None:
        """As if nobody had ever asked for it."""
        self.due.clear()
        self.ladder.executions.clear()

    def nouns(self) -> list[Any]:
        """Everything that is stored."""
        return [decode(plain(item)).value for item in self.shelf.items.values()]

    def records(self) -> Records:
        """Read once between two writes."""
        if self._records is None:
            self._records = Records.of(plain(item) for item in self.shelf.items.values())
        return self._records

    def shown(self) -> list[FakeMessage]:
        return self.handsets.shown

    def provider_calls(self) -> list[FakeCall]:
        return self.handsets.asked

    def breaches(self) -> list[str]:
        """Every promise that was broken, in words, once all has settled."""
        records = self.records()
        undone = [m for m in records.messages.values() if not m.final and m.due_at is None]
        running = [each for each in self.ladder.executions.values() if each.status == RUNNING]
        return [
            *self.witness.breaches,
            *promised(self),
            *unarmed(records, self.armed),
            *(f"{message.id} ({message.step}) has no end" for message in undone),
            *(f"{ref.id} is owed since {at}" for at, ref in records.owed if at <= self.now()),
            *(f"{execution.name} runs for ever" for execution in running),
        ]

    def _operations(self) -> dict[tuple[str, str], Operation]:
        return {
            **{key: self._witnessed(key[1], made) for key, made in self.shelf.operations().items()},
            ("stepfunctions", "StartExecution"): self._start,
            ("stepfunctions", "SendTaskSuccess"): self.ladder.succeed,
            ("stepfunctions", "SendTaskFailure"): self.ladder.fail,
            ("scheduler", "CreateSchedule"): self._arm,
            **{(channel.value, "Send"): self._carry for channel in CHANNELS},
        }

    def _witnessed(self, name: str, operation: Operation) -> Operation:
        def call(given: Any) -> Any:
            self._records = None
            answer = operation(given)
            self.witness.saw(name, given, answer, self.now())
            return answer

        return call

    def _start(self, given: Any) -> Any:
        asked = json.loads(given["input"])
        self.witness.started(asked["message"], asked["run"])
        return self.ladder.start(given)

    def _arm(self, given: Any) -> Any:
        name, text = given["Name"], given["ScheduleExpression"]
        if name in self.armed:
            raise Refused("ConflictException", name)
        at = datetime.fromisoformat(text[len("at(") : -1]).replace(tzinfo=UTC)
        self.armed[name] = at
        self.later(at - self.now(), Fires(name, scheduled(json.loads(given["Target"]["Input"]))))
        return {}

    def _carry(self, given: Any) -> Sent:
        return self.handsets.take(given["channel"], given["provider"], given["outgoing"])

    def _ask(self, channel: Channel, provider: str, outgoing: Outgoing) -> Sent:
        client = self._client(channel.value, 1)
        answer: Sent = client.send(channel=channel, provider=provider, outgoing=outgoing)
        return answer

    def _client(self, service: str, tries: int = TRIES) -> DirectClient:
        return DirectClient(lambda operation, given: self.calls.direct(service, operation, given, tries))

    def _world(self) -> World:
        return World(
            clock=self.engine,
            store=Table(self._client("dynamodb"), TABLE, lambda: self.engine.new_id("commit")),
            schedules=EventBridgeSchedules(self._client("scheduler"), SETTINGS),
            workflow=StepFunctionsWorkflow(self._client("stepfunctions"), SETTINGS.state_machine_arn),
            secrets=FixedSecrets(SECRETS),
            brand=self.goods.brand,
            journeys=self.goods.journeys,
            catalogue=self.goods.catalogue,
            link_base=LINK_BASE,
            shop=SHOP,
            texts=PlainTexts(),
            providers=[Carrier(channel_of(each), each.partition("/")[2], self._ask) for each in PROVIDERS],
        )


def copied(dynamo: Dynamo) -> Dynamo:
    """Items are written anew and never changed, so they may be shared."""
    return Dynamo(
        items=dict(dynamo.items),
        partitions={pk: list(sks) for pk, sks in dynamo.partitions.items()},
        todos={shard: list(entries) for shard, entries in dynamo.todos.items()},
    )
