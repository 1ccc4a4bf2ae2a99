"""EventBridge Scheduler on virtual time: schedules that fire, with what AWS would refuse."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from sandbox.cloud import schedule_rules
from sandbox.cloud.engine import Due, Engine, NextUseful, Periodic
from sandbox.cloud.refused import Refused
from sandbox.cloud.schedule_rules import Once, Rate


class Targets(Protocol):
    """Who carries out what a schedule says."""

    def invoke_async(self, function: str, event: Any) -> None:
        """Hands an event to a function. Raises Refused where there is none of that ARN."""
        ...

    def dead_letter(self, source: str, queue: str | None, body: str, attributes: Mapping[str, str]) -> None:
        """Keeps what could not be delivered, also where no queue is named for it."""
        ...

    def next_useful(self, event: Any) -> NextUseful | None:
        """Where a recurring event of this kind may find nothing to do: when it next could find something."""
        ...


@dataclass(slots=True, eq=False)
class Schedule:
    """One schedule, gone or not. `spec` is what CreateSchedule was given."""

    arn: str
    group: str
    spec: dict[str, Any]
    when: Once | Rate
    created: datetime
    modified: datetime
    due: Due | Periodic | None = None
    fired: list[datetime] = field(default_factory=list)
    gone: datetime | None = None

    @property
    def name(self) -> str:
        return str(self.spec["Name"])

    @property
    def next(self) -> datetime | None:
        """When a one-time schedule fires; None: it has, it is gone or off, or it recurs."""
        return self.when.at if isinstance(self.when, Once) and isinstance(self.due, Due) else None


@dataclass(slots=True)
class Scheduler:
    """All schedules of one account and region."""

    engine: Engine
    targets: Targets
    prefix: str = "arn:aws:scheduler:eu-central-1:123456789012"
    groups: set[str] = field(default_factory=lambda: {"default"})
    _live: dict[tuple[str, str], Schedule] = field(default_factory=dict)
    _past: dict[tuple[str, str], Schedule] = field(default_factory=dict)
    _tokens: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)

    def create_group(self, name: str) -> str:
        """Makes a group; gives its ARN."""
        schedule_rules.name(name)
        self.groups.add(name)
        return f"{self.prefix}:schedule-group/{name}"

    def create(self, spec: Mapping[str, Any]) -> Schedule:
        """CreateSchedule. The same ClientToken with the same request again: the same schedule."""
        group, now = self._group(spec), self.engine.now()
        key = (group, str(spec.get("Name")))
        token = (group, str(spec.get("ClientToken", "")))
        if key in self._live and spec.get("ClientToken") and self._tokens.get(token) == spec:
            return self._live[key]
        when = schedule_rules.check(spec, now)
        if key in self._live:
            raise Refused("ConflictException", f"Schedule {key[1]} already exists.", 409)
        schedule = Schedule(f"{self.prefix}:schedule/{group}/{key[1]}", group, dict(spec), when, now, now)
        self._live[key] = schedule
        self._tokens[token] = dict(spec)
        self._arm(schedule)
        return schedule

    def update(self, spec: Mapping[str, Any]) -> Schedule:
        """UpdateSchedule: everything that is not given goes back to its default."""
        when = schedule_rules.check(spec, self.engine.now())
        schedule = self.get(str(spec["Name"]), self._group(spec))
        self._disarm(schedule)
        schedule.spec, schedule.when, schedule.modified = dict(spec), when, self.engine.now()
        self._arm(schedule)
        return schedule

    def get(self, name: str, group: str = "default") -> Schedule:
        """GetSchedule."""
        self._group({"GroupName": group})
        found = self._live.get((group, name))
        if found is None:
            raise Refused("ResourceNotFoundException", f"Schedule {name} does not exist.", 404)
        return found

    def delete(self, name: str, group: str = "default") -> None:
        """DeleteSchedule."""
        self._retire(self.get(name, group))

    def live(self, group: str | None = None) -> Iterator[Schedule]:
        """Every schedule that is not gone, by name, perhaps of one group only."""
        return (self._live[key] for key in sorted(self._live) if group in (None, key[0]))

    def fire(self, name: str) -> None:
        """Fires a schedule now and once more, whether it is still there or gone. Raises LookupError."""
        for schedules in (self._live, self._past):
            for (_, known), schedule in schedules.items():
                if known == name:
                    self._invoke(schedule)
                    return
        raise LookupError(f"there is no schedule {name!r}, and there was none")

    def _group(self, spec: Mapping[str, Any]) -> str:
        group = str(spec.get("GroupName", "default"))
        if group not in self.groups:
            raise Refused("ResourceNotFoundException", f"Schedule group {group} does not exist.", 404)
        return group

    def _arm(self, schedule: Schedule) -> None:
        if schedule.spec.get("State") == "DISABLED":
            return
        if isinstance(schedule.when, Once):
            schedule.due = self.engine.at(schedule.when.at, lambda: self._due(schedule))
            return
        first = schedule.spec.get("StartDate") or self.engine.now() + schedule.when.every
        useful = self.targets.next_useful(self._event(schedule)) or (lambda now: now)
        schedule.due = self.engine.every(first, schedule.when.every, lambda: self._invoke(schedule), useful)

    def _disarm(self, schedule: Schedule) -> None:
        if schedule.due:
            schedule.due.cancel()
        schedule.due = None

    def _due(self, schedule: Schedule) -> None:
        schedule.due = None
        self._invoke(schedule)
        # "After the schedule completes invoking the target": not after the target's success.
        if schedule.spec.get("ActionAfterCompletion") == "DELETE":
            self._retire(schedule)

    def _retire(self, schedule: Schedule) -> None:
        self._disarm(schedule)
        schedule.gone = self.engine.now()
        key = (schedule.group, schedule.name)
        self._past[key] = self._live.pop(key)
        self._tokens.pop((schedule.group, str(schedule.spec.get("ClientToken", ""))), None)

    def _invoke(self, schedule: Schedule) -> None:
        schedule.fired.append(self.engine.now())
        target = schedule.spec["Target"]
        try:
            self.targets.invoke_async(target["Arn"], self._event(schedule))
        except Refused as refusal:
            queue = target.get("DeadLetterConfig", {}).get("Arn")
            attributes = {"ERROR_CODE": refusal.code, "ERROR_MESSAGE": refusal.message}
            self.targets.dead_letter(schedule.name, queue, target.get("Input", ""), attributes)

    def _event(self, schedule: Schedule) -> Any:
        """The target's Input, its context attributes filled in, or what Scheduler sends without one."""
        now = _stamp(self.engine.now())
        text = schedule.spec["Target"].get("Input")
        if text is None:
            return {
                "version": "0",
                "id": self.engine.new_id("event"),
                "detail-type": "Scheduled Event",
                "source": "aws.scheduler",
                "account": schedule.arn.split(":")[4],
                "time": now,
                "region": schedule.arn.split(":")[3],
                "resources": [schedule.arn],
                "detail": "{}",
            }
        text = text.replace("<aws.scheduler.schedule-arn>", schedule.arn)
        text = text.replace("<aws.scheduler.scheduled-time>", now)
        text = text.replace("<aws.scheduler.attempt-number>", "1")
        try:
            return json.loads(text)
        except ValueError:
            return text


def _stamp(time: datetime) -> str:
    return time.isoformat(timespec="seconds").replace("+00:00", "Z")
