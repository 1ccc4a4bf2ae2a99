"""One DynamoDB table in memory: what our store asks of it, with what DynamoDB would refuse.

For rehearsals and for suites of many thousand runs, where moto's own machinery is most of the time. Each
operation is atomic. A differential test holds it to moto.
"""

import bisect
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.cloud.expressions import Attributes, Typed, condition, updated
from sandbox.cloud.refused import Refused

Params = Mapping[str, Any]
Key = tuple[str, str]
LARGEST_ITEM = 400 * 1024
LARGEST_PAGE = 1024 * 1024
MOST_KEYS = 100
MOST_IN_TRANSACTION = 100
TOKENS = 100  # as good as ten minutes: no caller holds more transactions open


@dataclass
class Dynamo:
    """`items` are attributes on the wire by (pk, sk). Index `todo` is sparse: (todo, todo_at), keys only."""

    items: dict[Key, dict[str, Typed]] = field(default_factory=dict)
    partitions: dict[str, list[str]] = field(default_factory=dict)
    todos: dict[str, list[tuple[str, str, str]]] = field(default_factory=dict)
    writes: int = 0
    _tokens: OrderedDict[str, Sequence[Any]] = field(default_factory=OrderedDict)

    def operations(self) -> dict[tuple[str, str], Callable[[Any], Any]]:
        """By service and operation, as the sandbox's calls are answered."""
        known = {
            "BatchGetItem": self.batch_get,
            "DeleteItem": self.delete,
            "GetItem": self.get,
            "PutItem": self.put,
            "Query": self.query,
            "Scan": self.scan,
            "TransactWriteItems": self.transact,
            "UpdateItem": self.update,
        }
        return {("dynamodb", name): operation for name, operation in known.items()}

    def earliest_todo(self) -> str | None:
        """The head of the index."""
        return min((entries[0][0] for entries in self.todos.values() if entries), default=None)

    def batch_get(self, given: Params) -> Any:
        found = {}
        for table, asked in given["RequestItems"].items():
            keys = [_key(key) for key in asked["Keys"]]
            if not 0 < len(keys) <= MOST_KEYS or len(set(keys)) < len(keys):
                raise Refused("ValidationException", "Too many items requested, none, or one twice")
            found[table] = [dict(self.items[key]) for key in keys if key in self.items]
        return {"Responses": found, "UnprocessedKeys": {}}

    def get(self, given: Params) -> Any:
        item = self.items.get(_key(given["Key"]))
        return {"Item": dict(item)} if item else {}

    def put(self, given: Params) -> Any:
        self._insist(_key_of(given["Item"]), given)
        self._write(given["Item"])
        return {}

    def delete(self, given: Params) -> Any:
        self._insist(_key(given["Key"]), given)
        self._remove(_key(given["Key"]))
        return {}

    def update(self, given: Params) -> Any:
        key = _key(given["Key"])
        self._insist(key, given)
        before: Attributes = self.items.get(key) or given["Key"]
        self._write(updated(before, given["UpdateExpression"], given.get("ExpressionAttributeValues", {})))
        return {"Attributes": dict(self.items[key])} if given.get("ReturnValues") == "ALL_NEW" else {}

    def transact(self, given: Params) -> Any:
        """All or nothing. The same ClientRequestToken again: done already."""
        parts = [(kind, part) for each in given["TransactItems"] for kind, part in each.items()]
        if self._done_before(given.get("ClientRequestToken", ""), given["TransactItems"]):
            return {}
        keys = [_key_of(part["Item"]) if kind == "Put" else _key(part["Key"]) for kind, part in parts]
        if not 0 < len(parts) <= MOST_IN_TRANSACTION or len(set(keys)) < len(keys):
            raise Refused("ValidationException", "Transaction of too many items, of none, or of one twice")
        reasons = [self._reason(key, part) for key, (_, part) in zip(keys, parts, strict=True)]
        if any(reasons):
            raise _cancelled(reasons)
        for key, (kind, part) in zip(keys, parts, strict=True):
            if kind == "Put":
                self._write(part["Item"])
            elif kind == "Delete":
                self._remove(key)
        if given.get("ClientRequestToken"):
            self._remember(given["ClientRequestToken"], given["TransactItems"])
        return {}

    def query(self, given: Params) -> Any:
        """By partition, or by the index; in pages of `Limit` items and of one megabyte."""
        held = condition(given["KeyConditionExpression"])
        values = given["ExpressionAttributeValues"]
        start = _key(given["ExclusiveStartKey"]) if "ExclusiveStartKey" in given else None
        page: list[dict[str, Typed]] = []
        size = 0
        for item in self._candidates(given, start):
            if not held(item, values):
                continue
            if len(page) == given.get("Limit") or size > LARGEST_PAGE:
                last = {name: page[-1][name] for name in ("pk", "sk")}
                return {"Items": page, "Count": len(page), "LastEvaluatedKey": last}
            page.append(dict(item))
            size += size_of(item)
        return {"Items": page, "Count": len(page)}

    def scan(self, given: Params) -> Any:
        """All items, in pages of `Limit` items looked at and of one megabyte; then they are filtered."""
        held = condition(given["FilterExpression"])
        start = _key(given["ExclusiveStartKey"]) if "ExclusiveStartKey" in given else ("", "")
        looked_at, size, last = 0, 0, start
        page: list[dict[str, Typed]] = []
        for key in self._keys_after(start):
            if looked_at == given.get("Limit") or size > LARGEST_PAGE:
                following = {"LastEvaluatedKey": {"pk": {"S": last[0]}, "sk": {"S": last[1]}}}
                return {"Items": page, "Count": len(page), "ScannedCount": looked_at, **following}
            item, last, looked_at = self.items[key], key, looked_at + 1
            size += size_of(item)
            if held(item, given["ExpressionAttributeValues"]):
                page.append(dict(item))
        return {"Items": page, "Count": len(page), "ScannedCount": looked_at}

    def _keys_after(self, start: Key) -> Iterator[Key]:
        """In an order that no write changes, as that of DynamoDB's hashes."""
        for pk in sorted(pk for pk in self.partitions if pk >= start[0]):
            yield from ((pk, sk) for sk in list(self.partitions[pk]) if (pk, sk) > start)

    def _candidates(self, given: Params, start: Key | None) -> Iterator[Attributes]:
        values = given["ExpressionAttributeValues"]
        if "IndexName" in given:
            if given["IndexName"] != "todo" or given.get("ConsistentRead") or start:
                raise Refused("ValidationException", "the sandbox's index is todo, read from its beginning")
            for at, pk, sk in list(self.todos.get(values[":todo"]["S"], ())):
                shown = {"todo_at": {"S": at}, "pk": {"S": pk}, "sk": {"S": sk}}
                yield {"todo": values[":todo"], **shown}
            return
        pk = values[":pk"]["S"]
        for sk in list(self.partitions.get(pk, ())):
            if start is None or sk > start[1]:
                yield self.items[pk, sk]

    def _done_before(self, token: str, parts: Sequence[Any]) -> bool:
        known = self._tokens.get(token)
        if known is not None and known != parts:
            message = "The provided client token was used with other parameters"
            raise Refused("IdempotentParameterMismatchException", message)
        return known is not None

    def _remember(self, token: str, parts: Sequence[Any]) -> None:
        self._tokens[token] = parts
        if len(self._tokens) > TOKENS:
            self._tokens.popitem(last=False)

    def _holds(self, key: Key, given: Params) -> bool:
        text = given.get("ConditionExpression")
        values = given.get("ExpressionAttributeValues", {})
        return text is None or condition(text)(self.items.get(key, {}), values)

    def _insist(self, key: Key, given: Params) -> None:
        if self._holds(key, given):
            return
        shown = given.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" and key in self.items
        extra = {"Item": dict(self.items[key])} if shown else {}
        raise Refused("ConditionalCheckFailedException", "The conditional request failed", extra=extra)

    def _reason(self, key: Key, part: Params) -> str:
        return "" if self._holds(key, part) else "ConditionalCheckFailed"

    def _write(self, item: Attributes) -> None:
        key = _key_of(item)
        if _may_be_too_large(item) and size_of(item) > LARGEST_ITEM:
            raise Refused("ValidationException", "Item size has exceeded the maximum allowed size")
        self._remove(key)
        self.items[key] = dict(item)
        bisect.insort(self.partitions.setdefault(key[0], []), key[1])
        if "todo" in item and "todo_at" in item:
            bisect.insort(self.todos.setdefault(item["todo"]["S"], []), (item["todo_at"]["S"], *key))

    def _remove(self, key: Key) -> None:
        self.writes += 1
        item = self.items.pop(key, None)
        if item is None:
            return
        partition = self.partitions[key[0]]
        del partition[bisect.bisect_left(partition, key[1])]
        if "todo" in item and "todo_at" in item:
            entries = self.todos[item["todo"]["S"]]
            del entries[bisect.bisect_left(entries, (item["todo_at"]["S"], *key))]


def _may_be_too_large(item: Attributes) -> bool:
    """Cheaper than to count: no letter has more than four bytes."""
    return sum(len(name) + len(next(iter(typed.values()))) for name, typed in item.items()) * 4 > LARGEST_ITEM


def size_of(item: Attributes) -> int:
    """Bytes, as DynamoDB counts an item: names and values."""
    return sum(len(name) + len(_bytes(value)) for name, value in item.items())


def _bytes(value: Typed) -> bytes:
    ((_, plain),) = value.items()
    return plain.encode() if isinstance(plain, str) else bytes(plain)


def _key(given: Attributes) -> Key:
    if given.keys() != {"pk", "sk"}:
        raise Refused("ValidationException", "The provided key element does not match the schema")
    return _key_of(given)


def _key_of(item: Attributes) -> Key:
    pk, sk = item.get("pk", {}).get("S", ""), item.get("sk", {}).get("S", "")
    if not (pk and sk and isinstance(pk, str) and isinstance(sk, str)):
        raise Refused(
            "ValidationException", "One or more parameter values were invalid: a key is missing or empty"
        )
    return pk, sk


def _cancelled(reasons: Sequence[str]) -> Refused:
    codes = ", ".join(reason or "None" for reason in reasons)
    message = f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
    shown = [{"Code": reason or "None"} for reason in reasons]
    return Refused("TransactionCanceledException", message, extra={"CancellationReasons": shown})
