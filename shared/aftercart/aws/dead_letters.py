"""The dead letters that may name somebody: an event no function could do holds what its sender wrote."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from aftercart.ports import Transient

AT_ONCE = 10  # SQS gives no more
MOST_CALLS = 300  # of a queue: three thousand letters
# What is only looked at is back in the queue by then: before Lambda tries a failed erasure again.
HIDDEN = 30


class SqsDeadLetters:
    """ports.DeadLetters on SQS queues. `make_client` is called when one is needed: for erasures alone."""

    def __init__(self, make_client: Callable[[], Any], urls: Sequence[str]) -> None:
        self._make_client = make_client
        self._urls = urls

    def drop(self, concern: Callable[[bytes], bool]) -> int:
        dropped = 0
        for url in self._urls:
            for letter in self._letters(url):
                if concern(letter["Body"].encode("utf-8", "surrogatepass")):
                    self._call("delete_message", QueueUrl=url, ReceiptHandle=letter["ReceiptHandle"])
                    dropped += 1
        return dropped

    def _letters(self, url: str) -> Iterator[Mapping[str, Any]]:
        """Each once: those that come back while we look have been seen."""
        seen: set[str] = set()
        for _ in range(MOST_CALLS):
            answer = self._call(
                "receive_message",
                QueueUrl=url,
                MaxNumberOfMessages=AT_ONCE,
                VisibilityTimeout=HIDDEN,
                WaitTimeSeconds=1,  # without a wait SQS asks some of its servers only
            )
            fresh = [letter for letter in answer.get("Messages", []) if letter["MessageId"] not in seen]
            if not fresh:
                return
            seen |= {letter["MessageId"] for letter in fresh}
            yield from fresh
        raise Transient("dead_letters")

    def _call(self, operation: str, **request: Any) -> Any:
        try:
            return getattr(self._make_client(), operation)(**request)
        except ClientError as error:
            raise Transient(error.response["Error"]["Code"]) from None
        except BotoCoreError as error:
            raise Transient(type(error).__name__) from None
