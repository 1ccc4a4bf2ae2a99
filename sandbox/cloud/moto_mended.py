"""moto, mended where it is slow or not DynamoDB: for as long as a sandbox is open."""

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from moto.dynamodb.models import DynamoDBBackend, dynamodb_backends
from moto.dynamodb.models.table import Table

Items = dict[Any, dict[Any, Any]]
ACCOUNT = "123456789012"

_query = Table.query
_transact = DynamoDBBackend.transact_write_items


@contextmanager
def mended() -> Iterator[None]:
    """Inside, a query reads one partition and a transaction copies what it touches, not the table."""
    with (
        patch.object(Table, "query", _query_one_partition),
        patch.object(DynamoDBBackend, "transact_write_items", _transact_touched_items),
    ):
        yield


def _query_one_partition(table: Any, hash_key: Any, *rest: Any, **named: Any) -> Any:
    # moto sorts and scans the whole table for each query: 37 ms at 5,000 items, 158 ms on an index.
    index = named.get("index_name") or (rest[6] if len(rest) > 6 else None)
    every = table.items
    table.items = _indexed(table, named) if index else {hash_key: every.get(hash_key, {})}
    try:
        return _query(table, hash_key, *rest, **named)
    finally:
        table.items = every


def _indexed(table: Any, named: Mapping[str, Any]) -> Items:
    """The items that have each hash key of the index, and no others."""
    wanted = [(name, value.value) for name, value in named.get("hash_key_conditions") or ()]
    found: Items = {}
    for hash_key, partition in table.items.items():
        for range_key, item in partition.items():
            attributes = item.attrs
            if all(name in attributes and attributes[name].value == value for name, value in wanted):
                found.setdefault(hash_key, {})[range_key] = item
    return found


def _transact_touched_items(backend: Any, transact_items: list[dict[str, Any]]) -> None:
    # moto deep-copies each table of a transaction, to have it back if one part fails: 600 ms at 5,000 items.
    touched = [found for part in transact_items for op in part.values() if (found := _touched(backend, op))]
    before = [(table, keys, copy.deepcopy(table.get_item(*keys))) for table, keys in touched]
    with patch.object(Table, "__deepcopy__", lambda table, memo: table, create=True):
        try:
            _transact(backend, transact_items)
        except Exception:
            for table, (hash_key, range_key), item in before:
                _restore(table.items, hash_key, range_key, item)
            raise


def _touched(backend: Any, operation: Mapping[str, Any]) -> tuple[Any, tuple[Any, Any]] | None:
    """The table and key of one part of a transaction; None where moto will refuse it anyway."""
    table = backend.tables.get(operation.get("TableName"))
    attributes = operation.get("Key") or operation.get("Item") or {}
    names = {table.hash_key_attr, table.range_key_attr} if table else set()
    if not names or not names <= attributes.keys():
        return None
    return table, backend.get_keys_value(table, attributes)


def _restore(items: Items, hash_key: Any, range_key: Any, item: Any) -> None:
    if item is None:
        items[hash_key].pop(range_key, None)
    else:
        items[hash_key][range_key] = item


def table_items(name: str, region: str) -> Iterator[Mapping[str, Any]]:
    """Each item of a table as DynamoDB JSON, read past the API: for probes and for tests."""
    table = dynamodb_backends[ACCOUNT][region].tables[name]
    for partition in table.items.values():
        for item in partition.values():
            yield item.to_json()["Attributes"]


def earliest(name: str, region: str, present: str, attribute: str) -> str | None:
    """The least value of a string attribute among the items that have both: the head of a sparse index."""
    table = dynamodb_backends[ACCOUNT][region].tables[name]
    found = (
        item.attrs[attribute].value
        for partition in table.items.values()
        for item in partition.values()
        if present in item.attrs and attribute in item.attrs
    )
    return min(found, default=None)
