"""A payload that some version wrote, with what was stored then, handed to today's code: what does it do?

The items are DynamoDB's JSON, bytes as base64, as the release stored them. What is told of the outcome are
ids, states and channels, never texts: those are read when a message is sent, and may change.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from aftercart.domain.consent import Channel, Purpose
from sandbox.cloud.functions import HandlerFailed
from sandbox.cloud.memory_world import MemoryWorld
from sandbox.fakes import Mode
from sandbox.sandbox import Sandbox

Json = Any
AFTER = timedelta(days=2)  # what follows from a payload within days is its doing; later comes other news
Wire = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Case:
    """`event` is the payload, `items` what it finds, `does` what the version that wrote it did with it.

    `broken`: how channels fare meanwhile, where they do not work.
    """

    name: str
    at: str
    event: Json
    items: Sequence[Json]
    broken: Mapping[str, str] = field(default_factory=dict)
    does: Json = None

    @classmethod
    def read(cls, line: str, items: Mapping[str, Json]) -> "Case":
        """From a line of the corpus, where items stand once, under their digests."""
        found = json.loads(line)
        return cls(**{**found, "items": [items[name] for name in found["items"]]})

    def line(self) -> str:
        written = {**asdict(self), "items": [digest(item) for item in self.items]}
        return json.dumps(written, ensure_ascii=False, sort_keys=True)


def digest(item: Json) -> str:
    """What an item of the corpus is called."""
    return hashlib.sha256(json.dumps(item, sort_keys=True).encode()).hexdigest()[:12]


def to_json(item: Wire) -> Json:
    """Bytes as base64, as the AWS command line shows them."""
    return {
        name: {kind: base64.b64encode(value).decode() if kind == "B" else value}
        for name, typed in item.items()
        for kind, value in typed.items()
        if name != "tx"
    }


def from_json(item: Json) -> dict[str, dict[str, Any]]:
    return {
        name: {kind: base64.b64decode(value) if kind == "B" else value}
        for name, typed in item.items()
        for kind, value in typed.items()
    }


def fired(case: Case) -> Json:
    """A schedule's payload comes to lifecycle_reminders."""
    return _played(case, lambda sandbox: _called(sandbox, "lifecycle-reminders", case.event))


def tried(case: Case) -> Json:
    """The workflow asks the sender for a rung. The workflow itself is not there: the token is of nobody's."""
    return _played(case, lambda sandbox: _called(sandbox, "send-message", case.event))


def told(case: Case) -> Json:
    """What a topic brings comes to inbound_replies."""
    return _played(case, lambda sandbox: _called(sandbox, "inbound-replies", case.event))


def opened(case: Case) -> Json:
    """A customer opens a link."""
    return _played(case, lambda sandbox: sandbox.request("GET", f"/m/{case.event['token']}", {}).status)


def executed(case: Case) -> Json:
    """The state machine begins with an input: the states that it enters, and how it ends."""

    def start(sandbox: Sandbox) -> Json:
        (machine,) = sandbox.machines.machines
        execution = sandbox.machines.start(machine, json.dumps(case.event["input"]), case.event["name"])
        sandbox.settle()
        sandbox.advance(sandbox.engine.now() + AFTER)
        return [*execution.entered(), execution.status]

    return _played(case, start)


PLAYS: Mapping[str, Callable[[Case], Json]] = {
    "schedules": fired,
    "executions": executed,
    "tasks": tried,
    "topic": told,
    "links": opened,
}


def _played(case: Case, act: Callable[[Sandbox], Json]) -> Json:
    with Sandbox(datetime.fromisoformat(case.at), memory=True).open() as sandbox:
        world = sandbox._world
        assert isinstance(world, MemoryWorld)
        for item in case.items:
            world.dynamo.put({"Item": from_json(item)})
        for channel, mode in case.broken.items():
            sandbox.break_channel(Channel(channel), Mode(mode))
        answer = act(sandbox)
        sandbox.settle()
        sandbox.advance(sandbox.engine.now() + AFTER)
        return {"answer": answer, **_outcome(sandbox)}


def _called(sandbox: Sandbox, function: str, event: Json) -> Json:
    name = next(each for each in sandbox.functions.named() if each.endswith(function))
    try:
        return sandbox.functions.call(name, event)
    except HandlerFailed as failure:
        return failure.error


def _outcome(sandbox: Sandbox) -> Json:
    records = sandbox.records()
    return {
        "shown": [f"{each.channel} {each.reference}" for each in sandbox.shown()],
        "messages": {
            each.id: [each.final, each.run, *(f"{a.channel} {a.variant} {a.outcome}" for a in each.attempts)]
            for each in records.messages.values()
        },
        "steps": {
            each.id: [each.arm, each.ended, *(f"{step.spec.name} {step.state}" for step in each.steps)]
            for each in records.enrolments.values()
        },
        "agreed": {
            each.id: sorted(
                f"{channel} {purpose}"
                for channel, address in each.addresses.items()
                for purpose in Purpose
                if address.granted(purpose)
            )
            for each in records.customers.values()
        },
        "armed": sorted(each.name for each in sandbox.scheduler.live("aftercart") if each.next),
        "started": sorted(each.name for each in sandbox.machines.executions()),
        "parked": len(records.parked),
        "dead": len(sandbox.functions.dead),
    }
