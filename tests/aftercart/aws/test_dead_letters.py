"""Dead letters are looked through, and only those that concern somebody go. The queues are the sandbox's."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aftercart.aws.dead_letters import HIDDEN, MOST_CALLS, SqsDeadLetters
from aftercart.ports import Transient
from sandbox.cloud.engine import Engine
from sandbox.cloud.memory import DirectClient
from sandbox.cloud.queues import Queues
from sandbox.cloud.refused import Refused

NAMES = ("invocation-dead-letters", "sms-events-dead-letters", "email-events-dead-letters")
ARN = "arn:aws:sqs:eu-central-1:123456789012:"


class Bench:
    """Two queues with letters, and what looks through them. `refusing`: so many calls SQS turns away."""

    def __init__(self) -> None:
        self.engine = Engine(datetime(2026, 11, 23, tzinfo=UTC), 1)
        self.queues = Queues(self.engine)
        self.urls = [self.queues.create({"QueueName": name})["QueueUrl"] for name in NAMES]
        self.calls: list[str] = []
        self.refusing = 0
        self.clients = 0
        self.letters = SqsDeadLetters(self._client, self.urls)

    def put(self, *bodies: str, queue: str = NAMES[0]) -> None:
        for body in bodies:
            self.queues.put(f"{ARN}{queue}", body, {})

    def _client(self) -> DirectClient:
        self.clients += 1
        return DirectClient(self._answered)

    def _answered(self, operation: str, parameters: Any) -> Any:
        self.calls.append(operation)
        if self.refusing:
            self.refusing -= 1
            raise Refused("RequestThrottled", "slow down")
        return self.queues.operations()["sqs", operation](parameters)


def about(name: str) -> Callable[[bytes], bool]:
    return lambda body: name.encode() in body


def test_of_every_queue_only_what_concerns_somebody_goes() -> None:
    bench = Bench()
    bench.put("olena 1", "taras 1", "olena 2")
    bench.put("taras 2", "olena 3", queue=NAMES[1])
    assert bench.letters.drop(about("olena")) == 3
    assert bench.queues.bodies() == ["taras 1", "taras 2"]


def test_what_is_only_looked_at_is_there_again_before_an_erasure_is_tried_again() -> None:
    bench = Bench()
    bench.put("taras")
    bench.letters.drop(about("olena"))
    bench.engine.advance(bench.engine.now() + timedelta(seconds=HIDDEN))
    assert bench.letters.drop(about("taras")) == 1


def test_more_than_one_handful_is_looked_through_to_the_end() -> None:
    bench = Bench()
    bench.put(*(f"taras {n}" for n in range(57)), "olena")
    assert bench.letters.drop(about("olena")) == 1
    assert len(bench.queues.bodies()) == 57


def test_where_there_are_too_many_to_see_the_erasure_is_not_done() -> None:
    bench = Bench()
    bench.put(*(f"taras {n}" for n in range(MOST_CALLS * 10 + 1)))
    with pytest.raises(Transient, match="dead_letters"):
        bench.letters.drop(about("olena"))
    assert len(bench.calls) == MOST_CALLS


def test_what_sqs_turns_away_is_tried_again_by_the_caller() -> None:
    bench = Bench()
    bench.put("olena")
    bench.refusing = 1
    with pytest.raises(Transient, match="RequestThrottled"):
        bench.letters.drop(about("olena"))
    assert bench.letters.drop(about("olena")) == 1


def test_no_client_is_made_before_there_is_somebody_to_erase() -> None:
    bench = Bench()
    assert bench.clients == 0
    assert SqsDeadLetters(bench._client, ()).drop(about("olena")) == 0
    assert bench.clients == 0
