"""The one table.

| what | pk | sk |
|---|---|---|
| customer (or the tombstone of one) | `C#<customer id>` | `CUSTOMER` |
| enrolment | `C#<customer id>` | `E#<enrolment id>` |
| message, with all its attempts | `C#<customer id>` | `M#<message id>` |
| consent ledger entry, append-only | `C#<customer id>` | `L#<time>#<digest>` |
| task for a person, of a message | `C#<customer id>` | `T#<message id>` |
| reply taken (the inbox) | `C#<customer id>` | `I#<digest of the provider's id>` |
| order with its lines and parcels | `O#<shop>/<order id>` | `ORDER` |
| whose an address is | `A#<keyed hash>` | `ADDRESS` |
| parked body | `P#<shard>` | `P#<digest>` |
| what people have told to wait | `P#<shop>` | `PAUSE` |
| how far a campaign has come | `J#<shop>/<journey>` | `CAMPAIGN` |
| how long receipts take, where waits are learned | `W#<shop>/<channel>/<country>` | `TIMINGS` |
| until when a provider's time is taken | `R#<channel>/<name>` | `RATE` |

A customer's partition holds everything about one person: `why` and erasure read one partition. Message and
enrolment ids begin with the customer's id, so an id alone is a key. An order is found by the shop's id alone,
because a parcel's event names nothing else. All customers are found by a scan, which campaigns alone do.

`rev` rises with every write; a commit insists on each revision it has read, so that a decision made on a
snapshot is written only while the snapshot holds. `tx` is the commit that wrote the item: after a lost answer
it tells our own write from another's. Index `todo` (sparse: `todo` shard, `todo_at`) is the sweeper's.

A provider's time is no noun and has no revision: `taken_until` is a number, microseconds since 1970, that one
conditional update moves on without a read. There is such an item only where brand.yaml gives a rate.
"""

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from botocore.exceptions import BotoCoreError, ClientError

from aftercart.aws.items import (
    SHARDS,
    VERSION,
    Item,
    UnknownVersion,
    decode,
    encode,
    key,
    parked_shard,
    plain,
    rate_key,
    receipt_field,
    ref_of,
    shard,
)
from aftercart.domain import ids
from aftercart.domain.message import Message, Receipt, ReceiptStatus
from aftercart.domain.pace import Pace
from aftercart.ports import (
    Change,
    Conflict,
    Delete,
    Put,
    Ref,
    Snapshot,
    SomeCustomers,
    Stored,
    Transient,
    message,
)

AGAIN = 4  # times for keys that BatchGetItem leaves unprocessed
# A body may be a quarter of a megabyte, and a thousand times smaller where it lies packed.
PARKED_AT_ONCE = 20
EPOCH, MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
BETWEEN = "\t"  # a cursor's two keys; no key has one


class Table:
    """ports.Store on DynamoDB. `client` is a botocore client."""

    def __init__(self, client: Any, name: str, nonce: Callable[[], str] = lambda: uuid.uuid4().hex) -> None:
        self._client = client
        self._name = name
        self._nonce = nonce

    def read(self, *refs: Ref[Any]) -> Snapshot:
        keys = [_wire_key(ref) for ref in dict.fromkeys(refs)]
        items: list[Mapping[str, Any]] = []
        for _ in range(AGAIN):
            request = {self._name: {"Keys": keys, "ConsistentRead": True}}
            answer = self._call("batch_get_item", RequestItems=request)
            items += answer["Responses"].get(self._name, [])
            keys = answer.get("UnprocessedKeys", {}).get(self._name, {}).get("Keys", [])
            if not keys:
                return _snapshot(items)
        raise Transient("unprocessed keys")

    def commit(self, snapshot: Snapshot, changes: Sequence[Change]) -> Snapshot:
        nonce = self._nonce()
        try:
            if len(changes) == 1 and isinstance(changes[0], Put):
                self._call("put_item", **self._put(changes[0], snapshot, nonce))
            else:
                self._call(
                    "transact_write_items",
                    TransactItems=[self._write(change, snapshot, nonce) for change in changes],
                    ClientRequestToken=nonce,
                )
        except (Conflict, Transient):
            # The answer may have been lost, or the SDK may have repeated a write that was applied.
            if not self._written_by(nonce, changes):
                raise
        return _after(snapshot, changes)

    def take_receipt(self, receipt: Receipt) -> tuple[Message, bool] | None:
        ordinal, text = receipt_field(receipt)
        split = ids.split_attempt_id(receipt.reference)
        shown = receipt.status >= ReceiptStatus.DELIVERED
        field = f"r{ordinal}"
        charged = {":c": {"S": receipt.category}} if receipt.category else {}
        update = f"SET {field} = :r, rev = rev + :one" + (f", c{ordinal} = :c" if charged else "")
        update += " REMOVE todo, todo_at" if shown else ""
        try:
            answer = self._client.update_item(
                TableName=self._name,
                Key=_wire_key(message(split[0] if split else "")),
                UpdateExpression=update,
                # A later version's message is left as it is, and read below, which says so.
                ConditionExpression="v = :v AND tried >= :n"
                f" AND (attribute_not_exists({field}) OR {field} < :rank)",
                ExpressionAttributeValues={
                    ":r": {"S": text},
                    ":rank": {"S": f"{receipt.status:d}"},
                    ":one": {"N": "1"},
                    ":n": {"N": str(ordinal)},
                    ":v": {"N": str(VERSION)},
                    **charged,
                },
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise _translated(error) from None
            return _known(cast("Item | None", error.response.get("Item")), ordinal)
        except BotoCoreError as error:
            raise Transient(type(error).__name__) from None
        return decode(plain(answer["Attributes"])).value, True

    def owe(self, ref: Ref[Any], snapshot: Snapshot, at: datetime | None) -> None:
        pk, _ = key(ref)
        values: Item = {":rev": {"N": str(snapshot.revision(ref))}}
        update = "REMOVE todo, todo_at"
        if at:
            update = "SET todo = :todo, todo_at = :at"
            values |= {":todo": {"S": shard(pk)}, ":at": {"S": at.isoformat(timespec="microseconds")}}
        try:
            self._call(
                "update_item",
                TableName=self._name,
                Key=_wire_key(ref),
                UpdateExpression=update,
                ConditionExpression="rev = :rev",
                ExpressionAttributeValues=values,
            )
        except Conflict:
            return  # somebody has written it since, and with it its todo

    def take_turn(self, provider: str, pace: Pace, now: datetime) -> datetime | None:
        moment, most = _micros(now), _micros(now + pace.ahead)
        every = pace.every // MICROSECOND
        # An update knows no maximum: where no time is taken it begins now, else after what is.
        anew = {":until": moment + every, ":v": VERSION}
        taken = self._take(provider, min(moment, most), "SET taken_until = :until, v = :v", anew)
        if taken is not None and taken <= most:
            more = {":every": every}
            taken = self._take(provider, most, "SET taken_until = taken_until + :every", more)
        return None if taken is None else EPOCH + taken * MICROSECOND - pace.ahead

    def _take(self, provider: str, most: int, update: str, values: Mapping[str, int]) -> int | None:
        """None: done. Else until when more than `most` is taken already."""
        pk, sk = rate_key(provider)
        try:
            self._client.update_item(
                TableName=self._name,
                Key=_wire_keys(pk, sk),
                UpdateExpression=update,
                ConditionExpression="attribute_not_exists(taken_until) OR taken_until <= :most",
                ExpressionAttributeValues=_wire({":most": most, **values}),
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise _translated(error) from None
            return int(plain(cast("Item", error.response)["Item"])["taken_until"])
        except BotoCoreError as error:
            raise Transient(type(error).__name__) from None
        return None

    def of_customer(self, customer_id: str) -> list[Ref[Any]]:
        pages = self._partition(f"C#{customer_id}")
        return [_ref_of(item["pk"]["S"], item["sk"]["S"]) for page in pages for item in page]

    def some_customers(self, cursor: str, most: int) -> SomeCustomers:
        start = {"ExclusiveStartKey": _wire_keys(*cursor.split(BETWEEN))} if cursor else {}
        answer = self._call(
            "scan",
            TableName=self._name,
            FilterExpression="sk = :customer",
            ExpressionAttributeValues={":customer": {"S": "CUSTOMER"}},
            Limit=most,
            **start,
        )
        last = answer.get("LastEvaluatedKey")
        found, unread = _readable(answer["Items"])
        cursor = BETWEEN.join((last["pk"]["S"], last["sk"]["S"])) if last else ""
        return SomeCustomers(snapshot=found, cursor=cursor, unread=unread)

    def all_parked(self) -> Iterator[Snapshot]:
        for number in range(SHARDS):
            for page in self._partition(parked_shard(number), Limit=PARKED_AT_ONCE):
                yield _snapshot(page)

    def _partition(self, pk: str, **more: Any) -> Iterator[list[Mapping[str, Any]]]:
        while True:
            answer = self._call(
                "query",
                TableName=self._name,
                ConsistentRead=True,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": {"S": pk}},
                **more,
            )
            yield answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            more["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def overdue(self, now: datetime, most: int) -> list[Ref[Any]]:
        found: list[tuple[str, str, str]] = []
        for number in range(SHARDS):
            answer = self._call(
                "query",
                TableName=self._name,
                IndexName="todo",
                KeyConditionExpression="todo = :todo AND todo_at <= :now",
                ExpressionAttributeValues={
                    ":todo": {"S": f"todo#{number}"},
                    ":now": {"S": now.isoformat(timespec="microseconds")},
                },
                Limit=most,
            )
            found += [(i["todo_at"]["S"], i["pk"]["S"], i["sk"]["S"]) for i in answer["Items"]]
        return [ref_of(pk, sk) for _, pk, sk in sorted(found)[:most]]

    def _write(self, change: Change, snapshot: Snapshot, nonce: str) -> Item:
        if isinstance(change, Put):
            return {"Put": self._put(change, snapshot, nonce)}
        operation = "Delete" if isinstance(change, Delete) else "ConditionCheck"
        blind = isinstance(change, Delete) and change.blind
        condition = {} if blind else _condition(snapshot.revision(change.ref))
        return {operation: {"TableName": self._name, "Key": _wire_key(change.ref), **condition}}

    def _put(self, put: Put[Any], snapshot: Snapshot, nonce: str) -> Item:
        revision = snapshot.revision(put.ref)
        item = encode(put, revision + 1) | {"tx": nonce}
        condition = {} if put.blind else _condition(revision)
        return {"TableName": self._name, "Item": _wire(item), **condition}

    def _written_by(self, nonce: str, changes: Sequence[Change]) -> bool:
        put = next((change for change in changes if isinstance(change, Put)), None)
        if put is None:
            return False
        answer = self._call("get_item", TableName=self._name, Key=_wire_key(put.ref), ConsistentRead=True)
        return bool(answer.get("Item", {}).get("tx", {}).get("S") == nonce)

    def _call(self, operation: str, **request: Any) -> Any:
        try:
            return getattr(self._client, operation)(**request)
        except ClientError as error:
            raise _translated(error) from None
        except BotoCoreError as error:
            raise Transient(type(error).__name__) from None


def _translated(error: ClientError) -> Exception:
    """Conflict: somebody was faster. A refusal that will not pass is left as it is; the rest is Transient."""
    code = error.response["Error"]["Code"]
    if code in (
        "ConditionalCheckFailedException",
        "TransactionConflictException",
        "TransactionInProgressException",
    ):
        return Conflict(code)
    if code == "TransactionCanceledException":
        reasons: list[Mapping[str, str]] = error.response.get("CancellationReasons", [])  # type: ignore[assignment]
        codes = {reason.get("Code") for reason in reasons}
        return (
            Conflict(code)
            if codes & {"ConditionalCheckFailed", "TransactionConflict"}
            else _refusal(codes, error)
        )
    return _refusal({code}, error)


def _refusal(codes: set[str | None], error: ClientError) -> Exception:
    lasting = {"ValidationException", "ValidationError", "AccessDeniedException", "ResourceNotFoundException"}
    return error if codes & lasting else Transient(error.response["Error"]["Code"])


def _condition(revision: int) -> Item:
    if revision == 0:
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    return {
        "ConditionExpression": "rev = :rev",
        "ExpressionAttributeValues": {":rev": {"N": str(revision)}},
    }


def _after(snapshot: Snapshot, changes: Sequence[Change]) -> Snapshot:
    """What is there now, so that the next commit needs no read."""
    records = dict(snapshot.records)
    for change in changes:
        if isinstance(change, Put):
            revision = snapshot.revision(change.ref) + 1
            records[change.ref] = Stored(value=change.value, revision=revision, todo_at=change.todo_at)
        elif isinstance(change, Delete):
            records.pop(change.ref, None)
    return Snapshot(records)


def _known(old: Mapping[str, Any] | None, ordinal: int) -> tuple[Message, bool] | None:
    """A receipt that was not news: the message as it is. None: no such message, or no such attempt."""
    if not old:
        return None
    known = decode(plain(old)).value
    return (known, False) if len(known.attempts) >= ordinal else None


def _snapshot(items: Sequence[Mapping[str, Any]]) -> Snapshot:
    return Snapshot({ref_of(item["pk"], item["sk"]): decode(item) for item in map(plain, items)})


def _readable(items: Sequence[Mapping[str, Any]]) -> tuple[Snapshot, list[Exception]]:
    """What can be read of it: one item of a later version does not keep the others back."""
    records: dict[Ref[Any], Stored[Any]] = {}
    unread: list[Exception] = []
    for item in map(plain, items):
        try:
            records[ref_of(item["pk"], item["sk"])] = decode(item)
        except UnknownVersion as fault:
            unread.append(fault)
    return Snapshot(records), unread


def _ref_of(pk: str, sk: str) -> Ref[Any]:
    """Only where it leads back: a key of a later version's must not be taken for one of ours."""
    ref = ref_of(pk, sk)
    if key(ref) != (pk, sk):
        raise UnknownVersion("key")
    return ref


def _wire_key(ref: Ref[Any]) -> Item:
    return _wire_keys(*key(ref))


def _wire_keys(pk: str, sk: str) -> Item:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def _micros(moment: datetime) -> int:
    return (moment - EPOCH) // MICROSECOND


def _wire(item: Item) -> Item:
    return {name: _wire_value(value) for name, value in item.items()}


def _wire_value(value: str | int | bytes) -> dict[str, Any]:
    if isinstance(value, int):
        return {"N": str(value)}
    return {"B": value} if isinstance(value, bytes) else {"S": value}
