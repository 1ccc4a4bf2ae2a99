"""Executions that start with the waits that receipts have taught, where the brand wants that."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from aftercart import ports
from aftercart.aws.items import UnknownVersion
from aftercart.domain.message import Message
from aftercart.domain.timings import Timings, learned
from aftercart.ports import Clock, Store, Transient, Workflow

KEPT = timedelta(minutes=15)  # what was read a moment ago teaches as well as what is read now


class LearnedWorkflow:
    """ports.Workflow over another."""

    def __init__(self, workflow: Workflow, store: Store, clock: Clock, shop: str) -> None:
        self._workflow, self._store, self._clock, self._shop = workflow, store, clock, shop
        self._known: dict[str, tuple[datetime, Timings | None]] = {}
        self.succeed, self.not_delivered = workflow.succeed, workflow.not_delivered

    def start(self, message: Message) -> None:
        waits = self._waits(message) if message.learns else message.waits
        self._workflow.start(replace(message, waits=waits))

    def _waits(self, message: Message) -> tuple[int, ...]:
        """Rungs beyond the channels wait as the last of them. No news is late for want of a number."""
        now = self._clock.now()
        try:
            self._look(message.learns, now)
        except (Transient, UnknownVersion):
            return message.waits
        last = len(message.learns) - 1
        timings = [self._known[message.learns[min(n, last)]][1] for n in range(len(message.waits))]
        waits = [learned(timedelta(seconds=s), t, now) for s, t in zip(message.waits, timings, strict=True)]
        return tuple(int(wait.total_seconds()) for wait in waits)

    def _look(self, names: Sequence[str], now: datetime) -> None:
        """One call for all that is not known, or no longer."""
        old = [n for n in names if n not in self._known or now - self._known[n][0] >= KEPT]
        if not old:
            return
        refs = {name: ports.timings(self._shop, name) for name in old}
        found = self._store.read(*refs.values())
        self._known |= {name: (now, found.get(ref)) for name, ref in refs.items()}
