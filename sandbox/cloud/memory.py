"""The store in memory: the real one, over a table in memory, without AWS or botocore between."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from aftercart.aws.items import Item, plain
from aftercart.aws.table import Table
from sandbox.cloud.calls import Params
from sandbox.cloud.dynamo import Dynamo
from sandbox.cloud.refused import Refused

Answering = Callable[[str, Params], Any]
"""Given an operation of one service (`PutItem`) and its parameters: the output. Raises Refused."""


class DirectClient:
    """A botocore client's methods without botocore: `answer` is all there is behind them."""

    def __init__(self, answer: Answering) -> None:
        self._answer = answer

    def __getattr__(self, method: str) -> Callable[..., Any]:
        name = method.title().replace("_", "").replace("Whatsapp", "WhatsApp")  # as botocore writes it

        def call(**parameters: Any) -> Any:
            try:
                return self._answer(name, parameters)
            except Refused as refusal:
                raise ClientError(_response(refusal), name) from None

        return call


def _response(refusal: Refused) -> Any:
    error = {"Code": refusal.code, "Message": refusal.message}
    return {"Error": error, "ResponseMetadata": {"HTTPStatusCode": refusal.status}, **refusal.extra}


class MemoryStore(Table):
    """ports.Store for tests of flows: no clock, no faults. `calls` counts requests to the table."""

    def __init__(self) -> None:
        self.dynamo = Dynamo()
        self.requests = Counter[str]()
        self._operations = self.dynamo.operations()
        numbers = iter(range(2**62))
        super().__init__(DirectClient(self._answered), "memory", nonce=lambda: f"commit-{next(numbers)}")

    @property
    def items(self) -> Mapping[tuple[str, str], Item]:
        """Each item as `items.encode` makes it, by its key."""
        bare = {key: plain(item) for key, item in self.dynamo.items.items()}
        return {key: {n: v for n, v in item.items() if n != "tx"} for key, item in bare.items()}

    @property
    def calls(self) -> int:
        return self.requests.total()

    def _answered(self, operation: str, parameters: Params) -> Any:
        self.requests[operation] += 1
        return self._operations["dynamodb", operation](parameters)


@dataclass(frozen=True)
class FixedSecrets:
    """ports.Secrets over fixed, public values."""

    values: Mapping[str, str]

    def get(self, name: str) -> tuple[bytes, ...]:
        found = (self.values.get(name), self.values.get(f"{name}_previous"))
        return tuple(value.encode() for value in found if value)

    def refresh(self) -> bool:
        return False
