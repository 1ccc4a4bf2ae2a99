"""Moto's DynamoDB in place of the one in memory: another reading of the same conditions and transactions."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import botocore.session
from botocore.exceptions import ClientError
from moto import mock_aws

from sandbox.cloud import moto_mended
from sandbox.cloud.account import environment
from sandbox.cloud.calls import Operation
from sandbox.cloud.dynamo import Dynamo
from sandbox.cloud.refused import Refused
from sandbox.cloud.template import REGION
from sandbox.trials.turns.backstage import TABLE

METHODS = {
    "BatchGetItem": "batch_get_item",
    "DeleteItem": "delete_item",
    "GetItem": "get_item",
    "PutItem": "put_item",
    "Query": "query",
    "TransactWriteItems": "transact_write_items",
    "UpdateItem": "update_item",
}
MOST_IN_BATCH = 25
NAMES = ("pk", "sk", "todo", "todo_at")


class MotoShelf:
    """One table of moto's. `client`: botocore's, while moto is on."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._tokens: set[str] = set()

    def holding(self, dynamo: Dynamo) -> "MotoShelf":
        """A new table with these items."""
        self._tokens.clear()
        if TABLE in self._client.list_tables()["TableNames"]:
            self._client.delete_table(TableName=TABLE)
        self._client.create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in NAMES],
            KeySchema=_keys("pk", "sk"),
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "todo",
                    "KeySchema": _keys("todo", "todo_at"),
                    "Projection": {"ProjectionType": "KEYS_ONLY"},
                }
            ],
        )
        puts = [{"PutRequest": {"Item": item}} for item in dynamo.items.values()]
        for start in range(0, len(puts), MOST_IN_BATCH):
            self._client.batch_write_item(RequestItems={TABLE: puts[start : start + MOST_IN_BATCH]})
        return self

    @property
    def items(self) -> dict[tuple[str, str], Any]:
        found = moto_mended.table_items(TABLE, REGION)
        return {(item["pk"]["S"], item["sk"]["S"]): item for item in found}

    def operations(self) -> dict[tuple[str, str], Operation]:
        return {("dynamodb", name): self._operation(method) for name, method in METHODS.items()}

    def earliest_todo(self) -> str | None:
        return moto_mended.earliest(TABLE, REGION, "todo", "todo_at")

    def _operation(self, method: str) -> Operation:
        def call(given: Any) -> Any:
            # moto applies the same ClientRequestToken twice. DynamoDB: idempotent for ten minutes.
            if (token := given.get("ClientRequestToken", "")) in self._tokens:
                return {}
            try:
                answer = getattr(self._client, method)(**given)
                self._tokens |= {token} - {""}
                return answer
            except ClientError as error:
                raise _refused(error) from None

        return call


@contextmanager
def moto() -> Iterator[MotoShelf]:
    """Moto is on, and holds one table."""
    with environment(), mock_aws():
        yield MotoShelf(botocore.session.Session().create_client("dynamodb", REGION))


def _keys(hashed: str, ranged: str) -> list[dict[str, str]]:
    return [
        {"AttributeName": hashed, "KeyType": "HASH"},
        {"AttributeName": ranged, "KeyType": "RANGE"},
    ]


def _refused(error: ClientError) -> Refused:
    told: Any = error.response
    known = ("Error", "ResponseMetadata")
    extra = {name: value for name, value in told.items() if name not in known}
    return Refused(told["Error"]["Code"], told["Error"].get("Message", ""), extra=extra)
