"""What DynamoDB bills for a request: write units of 1 KB and read units of 4 KB, by the items' sizes.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html and
read-write-operations.html: at least one unit an item, the larger of an item's sizes before and after a write,
also where a condition fails; a transaction's parts, checks too, count twice. An index takes a unit for each
entry written and each deleted, in a transaction as well.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Key = tuple[str, str]
Items = Mapping[Key, Mapping[str, Any]]
"""Items by (pk, sk), each as name -> str, int or bytes."""

WRITES = ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems")
INDEX = ("todo", "todo_at", "pk", "sk")


def size(item: Mapping[str, Any] | None) -> int:
    """Bytes of an item's names and values; 0: there is none."""
    return sum(len(name.encode()) + _value(value) for name, value in (item or {}).items())


def _value(value: str | int | bytes) -> int:
    if isinstance(value, int):
        return (len(str(abs(value))) + 1) // 2 + 1
    return len(value if isinstance(value, bytes) else value.encode())


def write_units(operation: str, params: Mapping[str, Any], before: Items, after: Items) -> int:
    """Of one call, the index's writes among them."""
    if operation not in WRITES:
        return 0
    times = 2 if operation == "TransactWriteItems" else 1
    return sum(
        times * _units(max(size(before.get(key)), size(after.get(key))), 1024)
        + _index_units(before.get(key), after.get(key))
        for key in _written(operation, params)
    )


def read_units(operation: str, params: Mapping[str, Any], before: Items) -> int:
    """Of one strongly consistent read by key; queries are not counted."""
    asked = params.get("RequestItems", {}).values() if operation == "BatchGetItem" else ()
    keys = [_key(key) for table in asked for key in table["Keys"]]
    if operation == "GetItem":
        keys = [_key(params["Key"])]
    return sum(_units(size(before.get(key)), 4096) for key in keys)


def _written(operation: str, params: Mapping[str, Any]) -> Iterator[Key]:
    if operation == "TransactWriteItems":
        for part in params["TransactItems"]:
            [change] = part.values()
            yield _key(change.get("Key") or change["Item"])
    else:
        yield _key(params.get("Key") or params["Item"])


def _key(wire: Mapping[str, Any]) -> Key:
    return wire["pk"]["S"], wire["sk"]["S"]


def _index_units(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> int:
    old, new = _entry(before), _entry(after)
    return 0 if old == new else sum(_units(size(entry), 1024) for entry in (old, new) if entry)


def _entry(item: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    return {name: item[name] for name in INDEX} if item and "todo_at" in item else None


def _units(used: int, unit: int) -> int:
    return max(1, -(-used // unit))
