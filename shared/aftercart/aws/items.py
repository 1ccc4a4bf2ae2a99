"""How a noun becomes an item of the table and comes back. Both worlds store exactly this.

An item is `{pk, sk, kind, v, rev, data}`: the noun as JSON in `data` (packed where long), its revision in
`rev`, and beside them only what the table itself must see: `todo`/`todo_at` (the sweeper's index),
`expires_at` (TTL) and, on a message, `tried` (number of attempts), `r1`, `r2` … (a receipt an attempt) and
`c1`, `c2` … (what it was charged as, where a receipt said so: a later one may not repeat it).
Receipts lie outside `data` so that one UpdateItem can join one without a read.

What this version does not know (a version, a field, a word) is refused and left as it is: to write such an
item would drop it. A field with its default value is not written, so that a version that does not know the
field still reads what makes no use of it. So no default ever changes (tests/promises/test_old_payloads.py).
"""

import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass, replace
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, get_args, get_type_hints

from pydantic import ConfigDict, TypeAdapter

from aftercart.domain import ids
from aftercart.domain.campaign import Campaign
from aftercart.domain.customer import Customer
from aftercart.domain.journey import Enrolment
from aftercart.domain.message import Message, Receipt, ReceiptStatus
from aftercart.domain.order import Order
from aftercart.domain.timings import Timings
from aftercart.ports import (
    AddressBook,
    HumanTask,
    Inbox,
    LedgerEntry,
    Parked,
    Pause,
    Put,
    Ref,
    Stored,
    Unreadable,
)

VERSION = 1
SHARDS = 8
RATE = "RATE"
PACK_OVER = 900  # bytes: a write unit is 1 KB
KEPT_READ = 512  # values: a rehearsal reads one many times, a warm environment now and then
MOST_BYTES = 380_000  # of DynamoDB's 400 KB, leaving room for keys and receipts
Item = dict[str, Any]
ATTRIBUTES = frozenset(
    ("pk", "sk", "kind", "v", "rev", "tx", "data", "tried", "todo", "todo_at", "expires_at")
)
RECEIPT = re.compile(r"[cr]\d{1,3}")


class UnknownVersion(Exception):
    """An item, or a part of one, that a later version wrote. It is left as it is."""


class TooLarge(Unreadable):
    """A noun that no item can hold: what it came from is parked, since no second try makes it smaller."""


KINDS: Mapping[str, type[Any]] = {
    "customer": Customer,
    "order": Order,
    "enrolment": Enrolment,
    "message": Message,
    "address": AddressBook,
    "ledger": LedgerEntry,
    "inbox": Inbox,
    "parked": Parked,
    "task": HumanTask,
    "pause": Pause,
    "campaign": Campaign,
    "timings": Timings,
}
NAMES = {kind: name for name, kind in KINDS.items()}


def key(ref: Ref[Any]) -> tuple[str, str]:
    """(pk, sk): see the key design in table.py."""
    if ref.kind is Customer:
        return f"C#{ref.id}", "CUSTOMER"
    if ref.kind is Enrolment:
        return f"C#{ids.customer_of(ref.id)}", f"E#{ref.id}"
    if ref.kind in (Message, HumanTask):
        return f"C#{ids.customer_of(ref.id)}", f"{'M' if ref.kind is Message else 'T'}#{ref.id}"
    if ref.kind in (LedgerEntry, Inbox):
        owner, entry = ref.id.split("/", 1)
        return f"C#{owner}", f"{'L' if ref.kind is LedgerEntry else 'I'}#{entry}"
    if ref.kind is Parked:
        return parked_shard(zlib.crc32(ref.id.encode()) % SHARDS), f"P#{ref.id}"
    if ref.kind is Timings:
        return f"W#{ref.id}", "TIMINGS"  # a task has its letter
    if ref.kind is Campaign:  # a customer has its letter
        return f"J#{ref.id}", "CAMPAIGN"
    return f"{NAMES[ref.kind][0].upper()}#{ref.id}", NAMES[ref.kind].upper()


def ref_of(pk: str, sk: str) -> Ref[Any]:
    """The inverse of `key`."""
    owner = pk.split("#", 1)[1]
    if sk in ("CUSTOMER", "ORDER", "ADDRESS", "PAUSE", "CAMPAIGN", "TIMINGS"):
        return Ref(KINDS[sk.lower()], owner)
    letter, entry = sk.split("#", 1)
    if letter == "P":
        return Ref(Parked, entry)
    if letter in "LI":
        return Ref(LedgerEntry if letter == "L" else Inbox, f"{owner}/{entry}")
    return Ref({"E": Enrolment, "M": Message, "T": HumanTask}[letter], entry)


def rate_key(provider: str) -> tuple[str, str]:
    """Of what is no noun: see table.py."""
    return f"R#{provider}", RATE


def parked_shard(number: int) -> str:
    """Parked bodies lie where all can be looked through, in several places, for they may be many."""
    return f"P#{number}"


def shard(pk: str) -> str:
    return f"todo#{zlib.crc32(pk.encode()) % SHARDS}"


def todo_fields(pk: str, todo_at: datetime | None) -> Item:
    return {"todo": shard(pk), "todo_at": todo_at.isoformat(timespec="microseconds")} if todo_at else {}


def encode(put: Put[Any], revision: int) -> Item:
    pk, sk = key(put.ref)
    value = put.value
    item: Item = {"pk": pk, "sk": sk, "kind": NAMES[put.ref.kind], "v": VERSION, "rev": revision}
    if isinstance(value, Message):
        item |= {"tried": len(value.attempts)} | _receipts(value)
        value = _without_receipts(value)
    item["data"] = _packed(_adapter(NAMES[put.ref.kind]).dump_json(value, exclude_defaults=True))
    item |= todo_fields(pk, put.todo_at)
    if put.expires_at:
        item["expires_at"] = int(put.expires_at.timestamp())
    return item


def plain(item: Mapping[str, Any]) -> Item:
    """Without the types that DynamoDB writes on the wire."""
    return {
        name: int(typed["N"]) if "N" in typed else next(iter(typed.values())) for name, typed in item.items()
    }


def decode(item: Mapping[str, Any]) -> Stored[Any]:
    """The noun with its revision. Raises UnknownVersion."""
    kind = str(item.get("kind"))
    if item.get("v") != VERSION or kind not in KINDS:
        raise UnknownVersion(f"{kind} v{item.get('v')}")
    if not all(name in ATTRIBUTES or RECEIPT.fullmatch(name) for name in item):
        raise UnknownVersion(f"{kind} with an attribute")
    try:
        value = _value(kind, item)
    except (ValueError, zlib.error):  # pydantic's error too, which quotes what it is about
        raise UnknownVersion(f"{kind} with a field or a word") from None
    todo_at = item.get("todo_at")
    return Stored(
        value=value, revision=int(item["rev"]), todo_at=datetime.fromisoformat(todo_at) if todo_at else None
    )


def _value(kind: str, item: Mapping[str, Any]) -> Any:
    data = item["data"]
    value = _read(kind, data if isinstance(data, str) else bytes(data))
    return _with_receipts(value, item) if isinstance(value, Message) else value


@lru_cache(KEPT_READ)
def _read(kind: str, data: str | bytes) -> Any:
    return _adapter(kind).validate_json(data if isinstance(data, str) else zlib.decompress(data))


def receipt_field(receipt: Receipt) -> tuple[int, str]:
    """(ordinal, what is stored but for the category). By status first: the lattice is a string comparison."""
    split = ids.split_attempt_id(receipt.reference)
    if split is None:
        raise ValueError("not a reference of ours")
    return split[1], f"{receipt.status:d}|{receipt.at.isoformat()}|{receipt.advice}|{receipt.reason[:200]}"


def _receipts(message: Message) -> dict[str, str]:
    found: dict[str, str] = {}
    for receipt in (attempt.receipt for attempt in message.attempts if attempt.receipt):
        ordinal, text = receipt_field(receipt)
        found |= {f"r{ordinal}": text, **({f"c{ordinal}": receipt.category} if receipt.category else {})}
    return found


def _without_receipts(message: Message) -> Message:
    if not any(attempt.receipt for attempt in message.attempts):
        return message
    return replace(message, attempts=tuple(replace(each, receipt=None) for each in message.attempts))


def _with_receipts(message: Message, item: Mapping[str, Any]) -> Message:
    if not any(f"r{attempt.ordinal}" in item for attempt in message.attempts):
        return message
    attempts = (
        replace(attempt, receipt=_receipt(message.reference(attempt), attempt.ordinal, item))
        for attempt in message.attempts
    )
    return replace(message, attempts=tuple(attempts))


def _receipt(reference: str, ordinal: int, item: Mapping[str, Any]) -> Receipt | None:
    text = item.get(f"r{ordinal}")
    if text is None:
        return None
    status, at, advice, reason = text.split("|", 3)
    return Receipt(
        reference=reference,
        status=ReceiptStatus(int(status)),
        at=datetime.fromisoformat(at),
        advice=advice,
        reason=reason,
        category=item.get(f"c{ordinal}", ""),
    )


def _packed(data: bytes) -> str | bytes:
    packed = zlib.compress(data) if len(data) > PACK_OVER else data
    if len(packed) > MOST_BYTES:
        raise TooLarge("too_large_to_keep")
    return packed if packed is not data else data.decode()


@cache
def _adapter(name: str) -> TypeAdapter[Any]:
    for noun in nouns(KINDS[name]):
        # pydantic's own way for dataclasses of the standard library; the domain does not know pydantic.
        noun.__pydantic_config__ = ConfigDict(extra="forbid", hide_input_in_errors=True)
    return TypeAdapter(KINDS[name])


def nouns(kind: type[Any]) -> list[Any]:
    """The dataclasses that a stored one is made of, itself first."""
    return list(dict.fromkeys(_nouns(kind, set())))


def _nouns(hint: Any, met: set[Any]) -> Iterator[Any]:
    if is_dataclass(hint) and hint not in met:
        met.add(hint)
        yield hint
        for each in get_type_hints(hint).values():
            yield from _nouns(each, met)
    for part in get_args(hint):
        yield from _nouns(part, met)
