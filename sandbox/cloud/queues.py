"""SQS on virtual time: standard queues, for dead letters. A long poll ends at once: time stands still."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sandbox.cloud.engine import Engine
from sandbox.cloud.refused import Refused

Params = Mapping[str, Any]
HIDDEN = 30  # seconds, where nothing else is said
RETAINED = 345_600
LARGEST = 1_048_576


@dataclass(slots=True)
class Letter:
    """One message. `hidden_until`: somebody has received it and may yet delete it."""

    id: str
    body: str
    attributes: Mapping[str, Any]
    at: datetime
    hidden_until: datetime
    received: int = 0


@dataclass(slots=True)
class Queue:
    """`retained`: how long a letter lies here."""

    name: str
    url: str
    retained: timedelta
    letters: list[Letter] = field(default_factory=list)


@dataclass(slots=True)
class Queues:
    """All queues of one account and region. `deleted` is told a queue's ARN and the body that is gone."""

    engine: Engine
    deleted: Callable[[str, str], object] = lambda queue, body: None
    account: str = "123456789012"
    region: str = "eu-central-1"
    _queues: dict[str, Queue] = field(default_factory=dict)

    def operations(self) -> dict[tuple[str, str], Callable[[Any], Any]]:
        """By service and operation, as the sandbox's calls are answered."""
        known: dict[str, Callable[[Any], Any]] = {
            "CreateQueue": self.create,
            "DeleteMessage": self.delete,
            "GetQueueUrl": lambda given: {"QueueUrl": self._named(given["QueueName"]).url},
            "ReceiveMessage": self.receive,
            "SendMessage": self.send,
        }
        return {("sqs", name): operation for name, operation in known.items()}

    def create(self, given: Params) -> Any:
        name = given["QueueName"]
        retained = timedelta(seconds=int(given.get("Attributes", {}).get("MessageRetentionPeriod", RETAINED)))
        url = f"https://sqs.{self.region}.amazonaws.com/{self.account}/{name}"
        return {"QueueUrl": self._queues.setdefault(name, Queue(name, url, retained)).url}

    def put(self, arn: str, body: str, attributes: Mapping[str, str]) -> None:
        """What Lambda and Scheduler do by themselves: a dead letter, by the queue's ARN."""
        queue = self._named(arn.rpartition(":")[2])
        told = {
            name: {"DataType": "String", "StringValue": text} for name, text in attributes.items() if text
        }
        self.send({"QueueUrl": queue.url, "MessageBody": body or "{}", "MessageAttributes": told})

    def send(self, given: Params) -> Any:
        queue, now = self._at(given["QueueUrl"]), self.engine.now()
        body = given["MessageBody"]
        if not 0 < len(body.encode("utf-8", "surrogatepass")) <= LARGEST:
            raise Refused(
                "InvalidParameterValue", f"One or more parameters are invalid: 1 to {LARGEST} bytes"
            )
        letter = Letter(self.engine.new_id("letter"), body, given.get("MessageAttributes", {}), now, now)
        queue.letters.append(letter)
        return {"MessageId": letter.id}

    def receive(self, given: Params) -> Any:
        queue, now = self._at(given["QueueUrl"]), self.engine.now()
        most = given.get("MaxNumberOfMessages", 1)
        if not 1 <= most <= 10:
            raise Refused(
                "InvalidParameterValue", f"Value {most} for MaxNumberOfMessages is not between 1 and 10"
            )
        hidden = timedelta(seconds=given.get("VisibilityTimeout", HIDDEN))
        self._drop_old(queue)
        found = [letter for letter in queue.letters if letter.hidden_until <= now][:most]
        for letter in found:
            letter.hidden_until, letter.received = now + hidden, letter.received + 1
        return {"Messages": [_received(letter) for letter in found]} if found else {}

    def delete(self, given: Params) -> Any:
        """Of a letter that is gone: done."""
        queue = self._at(given["QueueUrl"])
        wanted = given["ReceiptHandle"].rpartition("/")[0]
        for letter in queue.letters:
            if letter.id == wanted:
                self._drop(queue, letter)
                break
        return {}

    def bodies(self) -> list[str]:
        """Everything that lies in the queues, hidden or not."""
        for queue in self._queues.values():
            self._drop_old(queue)
        return [letter.body for queue in self._queues.values() for letter in queue.letters]

    def _drop_old(self, queue: Queue) -> None:
        since = self.engine.now() - queue.retained
        for letter in [each for each in queue.letters if each.at <= since]:
            self._drop(queue, letter)

    def _drop(self, queue: Queue, letter: Letter) -> None:
        queue.letters.remove(letter)
        self.deleted(f"arn:aws:sqs:{self.region}:{self.account}:{queue.name}", letter.body)

    def _at(self, url: str) -> Queue:
        return self._named(url.rpartition("/")[2])

    def _named(self, name: str) -> Queue:
        if name not in self._queues:
            raise Refused("QueueDoesNotExist", "The specified queue does not exist.")
        return self._queues[name]


def _received(letter: Letter) -> dict[str, Any]:
    return {
        "MessageId": letter.id,
        "ReceiptHandle": f"{letter.id}/{letter.received}",
        "Body": letter.body,
        "MessageAttributes": dict(letter.attributes),
    }
