"""The memory world: the same ports without AWS, for rehearsing whole populations.

It stores the same serialised items as the table, and insists on revisions in the same way.
"""

import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aftercart.aws.items import Item, decode, encode, key, receipt_field, ref_of, todo_fields
from aftercart.domain import ids
from aftercart.domain.message import Message, Receipt, ReceiptStatus
from aftercart.ports import Change, Check, Conflict, Put, Ref, Snapshot, Stored, message


@dataclass
class MemoryStore:
    """ports.Store. `calls` counts as the table would: one a read, a commit, a receipt, a todo."""

    items: dict[tuple[str, str], Item] = field(default_factory=dict)
    partitions: dict[str, set[str]] = field(default_factory=dict)
    todos: list[tuple[str, str, str]] = field(default_factory=list)
    calls: int = 0

    def read(self, *refs: Ref[Any]) -> Snapshot:
        self.calls += 1
        found = {ref: self.items.get(key(ref)) for ref in refs}
        return Snapshot({ref: decode(item) for ref, item in found.items() if item is not None})

    def commit(self, snapshot: Snapshot, changes: Sequence[Change]) -> Snapshot:
        self.calls += 1
        for change in changes:
            blind = isinstance(change, Put) and change.blind
            if not blind and self._revision(change.ref) != snapshot.revision(change.ref):
                raise Conflict(change.ref.kind.__name__)
        records = dict(snapshot.records)
        for change in changes:
            if isinstance(change, Put):
                revision = snapshot.revision(change.ref) + 1
                self._write(encode(change, revision))
                records[change.ref] = Stored(value=change.value, revision=revision, todo_at=change.todo_at)
            elif not isinstance(change, Check):
                self._delete(key(change.ref))
                records.pop(change.ref, None)
        return Snapshot(records)

    def take_receipt(self, receipt: Receipt) -> tuple[Message, bool] | None:
        self.calls += 1
        ordinal, text = receipt_field(receipt)
        split = ids.split_attempt_id(receipt.reference)
        item = self.items.get(key(message(split[0] if split else "")))
        if item is None or item["tried"] < ordinal:
            return None
        known = item.get(f"r{ordinal}")
        if known is not None and known >= f"{receipt.status:d}":
            return decode(item).value, False
        joined = item | {f"r{ordinal}": text, "rev": item["rev"] + 1}
        if receipt.status >= ReceiptStatus.DELIVERED:
            joined = {name: value for name, value in joined.items() if name not in ("todo", "todo_at")}
        self._write(joined)
        return decode(joined).value, True

    def owe(self, ref: Ref[Any], snapshot: Snapshot, at: datetime | None) -> None:
        self.calls += 1
        item = self.items.get(key(ref))
        if item is not None and item["rev"] == snapshot.revision(ref):
            plain = {name: value for name, value in item.items() if name not in ("todo", "todo_at")}
            self._write(plain | todo_fields(item["pk"], at))

    def of_customer(self, customer_id: str) -> Snapshot:
        self.calls += 1
        pk = f"C#{customer_id}"
        keys = [(pk, sk) for sk in sorted(self.partitions.get(pk, ()))]
        return Snapshot({ref_of(*each): decode(self.items[each]) for each in keys})

    def overdue(self, now: datetime, most: int) -> list[Ref[Any]]:
        self.calls += 1
        end = bisect.bisect_right(self.todos, (now.isoformat(timespec="microseconds"), "~", "~"))
        return [ref_of(pk, sk) for _, pk, sk in self.todos[: min(end, most)]]

    def next_todo(self) -> datetime | None:
        """When the sweeper has something to look at."""
        return datetime.fromisoformat(self.todos[0][0]) if self.todos else None

    def _revision(self, ref: Ref[Any]) -> int:
        item = self.items.get(key(ref))
        return item["rev"] if item else 0

    def _write(self, item: Item) -> None:
        self._delete((item["pk"], item["sk"]))
        self.items[item["pk"], item["sk"]] = item
        self.partitions.setdefault(item["pk"], set()).add(item["sk"])
        if "todo_at" in item:
            bisect.insort(self.todos, (item["todo_at"], item["pk"], item["sk"]))

    def _delete(self, at: tuple[str, str]) -> None:
        item = self.items.pop(at, None)
        if item is None:
            return
        self.partitions[at[0]].discard(at[1])
        if "todo_at" in item:
            entry = (item["todo_at"], *at)
            del self.todos[bisect.bisect_left(self.todos, entry)]


@dataclass(frozen=True)
class FixedSecrets:
    """ports.Secrets over fixed, public values."""

    values: Mapping[str, str]

    def get(self, name: str) -> tuple[bytes, ...]:
        found = (self.values.get(name), self.values.get(f"{name}_previous"))
        return tuple(value.encode() for value in found if value)

    def refresh(self) -> bool:
        return False
