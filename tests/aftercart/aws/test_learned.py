"""Executions start with the waits that receipts have taught, and with the brand's own where nothing has."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from aftercart import ports
from aftercart.aws.items import key
from aftercart.aws.learned import LearnedWorkflow
from aftercart.domain.message import Message
from aftercart.domain.timings import LEAST, Timings
from aftercart.ports import Put, Ref, Snapshot, Transient
from sandbox.cloud.memory import MemoryStore
from tests.builders import NOW, SHOP, HandClock

VIBER, SMS = "viber/UA", "sms/UA"


@dataclass
class Waits:
    """ports.Workflow that notes with which waits a message starts."""

    started: list[tuple[int, ...]] = field(default_factory=list)
    completed: list[str] = field(default_factory=list)

    def start(self, message: Message) -> None:
        self.started.append(message.waits)

    def succeed(self, token: str) -> None:
        self.completed.append(token)

    def not_delivered(self, token: str) -> None:
        self.completed.append(f"not {token}")


class Unwell(MemoryStore):
    def read(self, *refs: Ref[Any]) -> Snapshot:
        raise Transient("throttled")


@dataclass
class Learning:
    store: MemoryStore = field(default_factory=MemoryStore)
    clock: HandClock = field(default_factory=HandClock)
    waits: Waits = field(default_factory=Waits)

    def __post_init__(self) -> None:
        self.workflow = LearnedWorkflow(self.waits, self.store, self.clock, SHOP)

    def has_seen(self, name: str, seconds: int) -> None:
        timings = Timings(since=NOW)
        for _ in range(LEAST):
            timings = timings.with_one(timedelta(seconds=seconds), NOW)
        ref = ports.timings(SHOP, name)
        self.store.commit(self.store.read(ref), [Put(ref=ref, value=timings)])

    def start(self, *names: str) -> tuple[int, ...]:
        self.workflow.start(replace(MESSAGE, learns=names))
        return self.waits.started[-1]


MESSAGE = Message(
    id="c" * 14 + "-" + "m" * 10,
    journey="j",
    step="s",
    text="s",
    created_at=NOW,
    not_after=NOW,
    waits=(900, 600, 600, 600, 600),
)


def test_each_rung_waits_as_its_channels_receipts_teach_and_those_beyond_as_the_last() -> None:
    learning = Learning()
    learning.has_seen(VIBER, 500)
    learning.has_seen(SMS, 250)
    assert learning.start(VIBER, SMS) == (572, 316, 316, 316, 316)


def test_of_what_nothing_is_known_the_brands_wait_holds() -> None:
    learning = Learning()
    learning.has_seen(SMS, 250)
    assert learning.start(VIBER, SMS) == (900, 316, 316, 316, 316)
    assert learning.start(VIBER) == MESSAGE.waits


def test_a_message_that_learns_nothing_reads_nothing() -> None:
    learning = Learning()
    assert learning.start() == MESSAGE.waits
    assert learning.store.calls == 0


def test_what_was_read_serves_for_a_quarter_of_an_hour() -> None:
    learning = Learning()
    learning.start(VIBER, SMS)
    assert learning.store.calls == 1
    learning.has_seen(VIBER, 500)
    before = learning.store.calls
    learning.clock.forward(minutes=14, seconds=59)
    assert learning.start(VIBER, SMS)[0] == 900
    assert learning.store.calls == before
    learning.clock.forward(seconds=1)
    assert learning.start(VIBER, SMS)[0] == 572
    assert learning.store.calls == before + 1


def test_no_news_is_late_where_the_table_is_throttled() -> None:
    assert Learning(store=Unwell()).start(VIBER) == MESSAGE.waits


def test_what_a_later_version_has_counted_is_left_alone() -> None:
    learning = Learning()
    learning.has_seen(VIBER, 500)
    item = learning.store.dynamo.items[key(ports.timings(SHOP, VIBER))]
    item["v"] = {"N": "2"}
    assert learning.start(VIBER) == MESSAGE.waits


def test_tokens_are_completed_as_ever() -> None:
    learning = Learning()
    learning.workflow.succeed("t")
    learning.workflow.not_delivered("t")
    assert learning.waits.completed == ["t", "not t"]
