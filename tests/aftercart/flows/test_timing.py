"""Where waits are learned each first delivery is counted by channel and country; elsewhere nothing is."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from aftercart import ports
from aftercart.domain.consent import Channel
from aftercart.domain.message import ReceiptStatus
from aftercart.domain.timings import BOUNDS, LEAST, Timings
from aftercart.flows.order_confirmation import on_order
from aftercart.flows.receipts import on_receipt
from aftercart.flows.timing import told
from aftercart.ports import Conflict, Put, Snapshot, World
from sandbox.cloud.memory import MemoryStore
from tests.builders import SHOP, SmallWorld, a_brand, placed

SENT, DELIVERED, READ = ReceiptStatus.SENT, ReceiptStatus.DELIVERED, ReceiptStatus.READ


def sent(*, learned: bool = True, **facts: Any) -> SmallWorld:
    """A confirmation over WhatsApp, half a minute ago."""
    small = SmallWorld(brand=a_brand(learned_waits=learned), **facts)
    on_order(placed(), small.world)
    small.rung(small.message("confirm"))
    small.clock.forward(seconds=30)
    return small


def hears(small: SmallWorld, *statuses: ReceiptStatus) -> None:
    for status in statuses:
        on_receipt(small.receipt(small.message("confirm"), 1, status), small.world)


def calls_of_a_delivery(small: SmallWorld) -> int:
    """How many times the table is asked."""
    receipt = small.receipt(small.message("confirm"), 1, DELIVERED)
    before = small.store.calls
    on_receipt(receipt, small.world)
    return small.store.calls - before


def counted(small: SmallWorld) -> dict[int, int]:
    """So many receipts within so many seconds, of WhatsApp in Ukraine."""
    ref = ports.timings(SHOP, "whatsapp/UA")
    timings = small.store.read(ref).get(ref)
    counts = timings.counts if timings else ()
    return {bound: n for bound, n in zip(BOUNDS, counts, strict=False) if n}


def test_a_delivery_is_counted_once_with_how_long_it_took() -> None:
    small = sent()
    hears(small, SENT, DELIVERED, DELIVERED, READ)
    assert counted(small) == {32: 1}


def test_a_receipt_that_says_only_that_it_was_sent_or_failed_is_not_counted() -> None:
    small = sent()
    hears(small, SENT, ReceiptStatus.FAILED)
    assert counted(small) == {}


def test_where_waits_are_not_learned_nothing_is_counted_and_no_call_is_made() -> None:
    small = sent(learned=False)
    assert calls_of_a_delivery(small) == 1
    assert small.everything(Timings) == []


def test_a_count_costs_two_calls() -> None:
    assert calls_of_a_delivery(sent()) == 3


class Contended(MemoryStore):
    """Whoever counts finds that another was faster."""

    def commit(self, snapshot: Snapshot, changes: Any) -> Snapshot:
        if any(isinstance(change.ref, ports.Ref) and change.ref.kind is Timings for change in changes):
            raise Conflict("ConditionalCheckFailed")
        return super().commit(snapshot, changes)


def test_a_count_that_collides_is_left_out_and_the_receipt_holds() -> None:
    small = sent(store=Contended())
    hears(small, DELIVERED)
    assert counted(small) == {}
    assert small.message("confirm").final == "delivered"


def world_of(small: SmallWorld) -> World:
    carried = {Channel.WHATSAPP: ("meta",), Channel.SMS: ("aws",)}
    return replace(small.world, brand=replace(small.brand, providers=carried))


def test_what_was_learned_is_told_by_channel_and_country() -> None:
    small = sent()
    hears(small, DELIVERED)
    ref = ports.timings(SHOP, "sms/*")
    timings = Timings(since=small.clock.now())
    for _ in range(LEAST):
        timings = timings.with_one(timedelta(seconds=5), small.clock.now())
    small.store.commit(small.store.read(ref), [Put(ref=ref, value=timings)])
    assert told(world_of(small)) == [
        {"times": "whatsapp/UA", "receipts": 1, "seconds": None},
        {"times": "sms/*", "receipts": LEAST, "seconds": 6},
    ]


def test_where_nothing_is_learned_there_is_nothing_to_tell() -> None:
    assert told(world_of(sent(learned=False))) == []
