"""The store port: the same tests over the table (on moto) and over memory."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ReadTimeoutError
from moto import mock_aws

from aftercart import ports
from aftercart.aws import items
from aftercart.aws.table import Table
from aftercart.domain.consent import Channel
from aftercart.domain.customer import Customer
from aftercart.domain.message import Attempt, Message, Receipt, ReceiptStatus, Variant
from aftercart.domain.money import Money
from aftercart.domain.order import Line, Order
from aftercart.domain.pace import Pace
from aftercart.ports import Check, Conflict, Delete, Put, Snapshot, Store, Transient
from sandbox.cloud.memory import MemoryStore

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
OLENA = "aaaaaaaaaaaaaa"
MESSAGE = f"{OLENA}-bbbbbbbbbb"


def a_client() -> Any:
    session = botocore.session.Session()
    session.set_credentials("testing", "testing")
    return session.create_client("dynamodb", region_name="eu-central-1")


def a_table(client: Any) -> Table:
    """As template.yaml has it; a test of the template holds the two together."""
    client.create_table(
        TableName="aftercart",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "todo", "todo_at")
        ],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "todo",
                "KeySchema": [
                    {"AttributeName": "todo", "KeyType": "HASH"},
                    {"AttributeName": "todo_at", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
    )
    return Table(client, "aftercart")


@pytest.fixture(params=("table on moto", "memory"))
def store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    if request.param == "memory":
        yield MemoryStore()
        return
    monkeypatch.setenv("AWS_ACCOUNT_ID_ENDPOINT_MODE", "disabled")
    with mock_aws():
        yield a_table(a_client())


def an_attempt(ordinal: int = 1) -> Attempt:
    return Attempt(
        ordinal=ordinal,
        channel=Channel.WHATSAPP,
        variant=Variant.PLAIN,
        run=1,
        rung=1,
        claimed_at=NOW,
        deadline=NOW + timedelta(minutes=15),
        token="token",
    )


def a_message(attempts: int = 1) -> Message:
    return Message(
        id=MESSAGE,
        journey="order_confirmation",
        step="confirm",
        text="confirm",
        created_at=NOW,
        not_after=NOW + timedelta(days=2),
        attempts=tuple(an_attempt(n + 1) for n in range(attempts)),
    )


def a_receipt(status: ReceiptStatus, ordinal: int = 1) -> Receipt:
    return Receipt(
        reference=f"{MESSAGE}-{ordinal}", status=status, at=NOW, reason="131026|odd", advice="plain"
    )


def test_what_was_never_written_is_absent(store: Store) -> None:
    assert store.read(ports.customer(OLENA)).get(ports.customer(OLENA)) is None


def test_what_is_written_comes_back_whole(store: Store) -> None:
    order = Order(
        shop="shop.example", id="1", number="#1", placed_at=NOW, updated_at=NOW, zones=("Europe/Kyiv",)
    )
    puts: list[Put[Any]] = [
        Put(ref=ports.customer(OLENA), value=Customer(id=OLENA, first_name="Дар'я")),
        Put(ref=ports.message(MESSAGE), value=a_message()),
        Put(ref=ports.order("shop.example", "1"), value=order),
    ]
    store.commit(Snapshot(), puts)
    read = store.read(*(put.ref for put in puts))
    assert [read.get(put.ref) for put in puts] == [put.value for put in puts]


def test_an_order_of_five_thousand_lines_fits_into_an_item(store: Store) -> None:
    price = Money(amount=Decimal("12345.67"), currency="UAH")
    lines = tuple(
        Line(
            id=f"{10**17 + n * 7919}",
            sku=f"SKU-{n * 31:06}",
            product=f"{10**12 + n * 104729}",
            title=f"Річ {n}",
            quantity=1,
            price=price,
        )
        for n in range(5000)
    )
    order = Order(shop="shop.example", id="1", number="#1", placed_at=NOW, updated_at=NOW, lines=lines)
    ref = ports.order("shop.example", "1")
    store.commit(Snapshot(), [Put(ref=ref, value=order)])
    read = store.read(ref).get(ref)
    assert read is not None
    assert len(read.lines) == 5000
    assert read.lines[4999].title == "Річ 4999"


def test_a_commit_insists_that_nothing_it_read_has_changed(store: Store) -> None:
    ref = ports.customer(OLENA)
    store.commit(Snapshot(), [Put(ref=ref, value=Customer(id=OLENA))])
    first, second = store.read(ref), store.read(ref)
    store.commit(first, [Put(ref=ref, value=Customer(id=OLENA, first_name="Олена"))])
    with pytest.raises(Conflict):
        store.commit(second, [Put(ref=ref, value=Customer(id=OLENA, first_name="Ольга"))])
    written = store.read(ref).get(ref)
    assert written is not None
    assert written.first_name == "Олена"


def test_a_commit_insists_on_what_it_only_checks_and_then_writes_nothing(store: Store) -> None:
    customer, message = ports.customer(OLENA), ports.message(MESSAGE)
    store.commit(Snapshot(), [Put(ref=customer, value=Customer(id=OLENA))])
    read = store.read(customer)
    store.commit(read, [Put(ref=customer, value=Customer(id=OLENA, erased=True))])
    with pytest.raises(Conflict):
        store.commit(read, [Put(ref=message, value=a_message()), Check(ref=customer)])
    assert store.read(message).get(message) is None


def test_what_was_absent_when_read_must_still_be_absent(store: Store) -> None:
    ref = ports.message(MESSAGE)
    store.commit(Snapshot(), [Put(ref=ref, value=a_message())])
    with pytest.raises(Conflict):
        store.commit(Snapshot(), [Put(ref=ref, value=a_message(2))])


def test_a_blind_write_lands_whatever_is_there(store: Store) -> None:
    ref = ports.customer(OLENA)
    for name in ("Олена", "Ольга"):
        store.commit(Snapshot(), [Put(ref=ref, value=Customer(id=OLENA, first_name=name), blind=True)])
    written = store.read(ref).get(ref)
    assert written is not None
    assert written.first_name == "Ольга"


def test_what_a_commit_answers_serves_the_next_commit(store: Store) -> None:
    ref = ports.customer(OLENA)
    after = store.commit(Snapshot(), [Put(ref=ref, value=Customer(id=OLENA))])
    store.commit(after, [Put(ref=ref, value=Customer(id=OLENA, first_name="Олена"))])
    assert store.read(ref).revision(ref) == 2


def test_a_delete_insists_too(store: Store) -> None:
    ref = ports.customer(OLENA)
    store.commit(Snapshot(), [Put(ref=ref, value=Customer(id=OLENA))])
    old = store.read(ref)
    store.commit(old, [Put(ref=ref, value=Customer(id=OLENA, erased=True))])
    with pytest.raises(Conflict):
        store.commit(old, [Delete(ref=ref)])
    store.commit(store.read(ref), [Delete(ref=ref)])
    assert store.read(ref).get(ref) is None


@pytest.mark.parametrize(
    "order",
    (
        (ReceiptStatus.SENT, ReceiptStatus.DELIVERED, ReceiptStatus.READ),
        (ReceiptStatus.READ, ReceiptStatus.DELIVERED, ReceiptStatus.SENT),
        (ReceiptStatus.DELIVERED, ReceiptStatus.READ, ReceiptStatus.READ, ReceiptStatus.FAILED),
    ),
)
def test_receipts_join_to_the_highest_whatever_their_order(
    store: Store, order: tuple[ReceiptStatus, ...]
) -> None:
    ref = ports.message(MESSAGE)
    store.commit(Snapshot(), [Put(ref=ref, value=a_message())])
    for status in order:
        store.take_receipt(a_receipt(status))
    message = store.read(ref).get(ref)
    assert message is not None
    assert message.attempts[0].receipt == a_receipt(ReceiptStatus.READ)


def test_what_a_message_was_charged_as_stays_though_later_receipts_do_not_say_it(store: Store) -> None:
    ref = ports.message(MESSAGE)
    store.commit(Snapshot(), [Put(ref=ref, value=a_message())])
    store.take_receipt(replace(a_receipt(ReceiptStatus.SENT), category="utility"))
    store.take_receipt(a_receipt(ReceiptStatus.READ))
    read = store.read(ref)
    message = read.get(ref)
    assert message is not None
    assert message.attempts[0].receipt == replace(a_receipt(ReceiptStatus.READ), category="utility")
    store.commit(read, [Put(ref=ref, value=replace(message, run=2))])
    again = store.read(ref).get(ref)
    assert again is not None
    assert again.attempts == message.attempts


def test_a_receipt_is_news_once(store: Store) -> None:
    store.commit(Snapshot(), [Put(ref=ports.message(MESSAGE), value=a_message())])
    first = store.take_receipt(a_receipt(ReceiptStatus.DELIVERED))
    again = store.take_receipt(a_receipt(ReceiptStatus.DELIVERED))
    assert first is not None
    assert again is not None
    assert (first[1], again[1]) == (True, False)
    assert first[0].shown
    assert again[0].shown


def test_a_receipt_raises_the_revision_so_that_a_decision_made_without_it_is_made_again(store: Store) -> None:
    ref = ports.message(MESSAGE)
    before = store.commit(Snapshot(), [Put(ref=ref, value=a_message())])
    store.take_receipt(a_receipt(ReceiptStatus.FAILED))
    with pytest.raises(Conflict):
        store.commit(before, [Put(ref=ref, value=a_message(2))])


def test_a_receipt_survives_a_later_write_of_the_message(store: Store) -> None:
    ref = ports.message(MESSAGE)
    store.commit(Snapshot(), [Put(ref=ref, value=a_message())])
    store.take_receipt(a_receipt(ReceiptStatus.SENT))
    read = store.read(ref)
    message = read.get(ref)
    assert message is not None
    store.commit(read, [Put(ref=ref, value=replace(message, run=2))])
    taken = store.take_receipt(a_receipt(ReceiptStatus.SENT))
    assert taken is not None
    assert taken[1] is False


@pytest.mark.parametrize("reference", (f"{MESSAGE}-2", f"{OLENA}-cccccccccc-1"))
def test_a_receipt_of_no_attempt_of_ours_is_refused(store: Store, reference: str) -> None:
    store.commit(Snapshot(), [Put(ref=ports.message(MESSAGE), value=a_message())])
    assert store.take_receipt(replace(a_receipt(ReceiptStatus.READ), reference=reference)) is None


def test_todos_are_found_when_their_time_has_passed_and_oldest_first(store: Store) -> None:
    early, late = ports.message(MESSAGE), ports.message(f"{OLENA}-dddddddddd")
    store.commit(Snapshot(), [Put(ref=late, value=a_message(), todo_at=NOW)])
    store.commit(Snapshot(), [Put(ref=early, value=a_message(), todo_at=NOW - timedelta(hours=1))])
    assert store.overdue(NOW, 10) == [early, late]
    assert store.overdue(NOW, 1) == [early]
    assert store.overdue(NOW - timedelta(minutes=1), 10) == [early]


def test_a_todo_moves_without_a_new_revision_and_only_while_the_item_is_as_it_was(store: Store) -> None:
    ref = ports.message(MESSAGE)
    after = store.commit(Snapshot(), [Put(ref=ref, value=a_message(), todo_at=NOW)])
    store.owe(ref, after, NOW + timedelta(days=1))
    read = store.read(ref)
    assert (read.todo_at(ref), read.revision(ref)) == (NOW + timedelta(days=1), 1)
    store.commit(read, [Put(ref=ref, value=a_message(2), todo_at=NOW)])
    store.owe(ref, after, None)
    assert store.read(ref).todo_at(ref) == NOW
    store.owe(ref, store.read(ref), None)
    assert store.overdue(NOW + timedelta(days=9), 10) == []


def test_a_delivered_receipt_leaves_nothing_to_look_after(store: Store) -> None:
    ref = ports.message(MESSAGE)
    store.commit(Snapshot(), [Put(ref=ref, value=a_message(), todo_at=NOW)])
    store.take_receipt(a_receipt(ReceiptStatus.SENT))
    assert store.overdue(NOW, 10) == [ref]
    store.take_receipt(a_receipt(ReceiptStatus.DELIVERED))
    assert store.overdue(NOW, 10) == []


def test_a_customers_partition_holds_their_messages_and_nobody_elses(store: Store) -> None:
    other = "zzzzzzzzzzzzzz"
    own = ports.customer(OLENA), ports.message(MESSAGE)
    store.commit(Snapshot(), [Put(ref=own[0], value=Customer(id=OLENA)), Put(ref=own[1], value=a_message())])
    store.commit(Snapshot(), [Put(ref=ports.customer(other), value=Customer(id=other))])
    assert set(store.of_customer(OLENA)) == set(own)


def turns(store: Store, pace: Pace, seconds: Iterable[float]) -> list[float | None]:
    """For each call, in seconds from NOW: None where it may go, else when the next may."""
    found = [store.take_turn("sms/aws", pace, NOW + timedelta(seconds=each)) for each in seconds]
    return [None if at is None else (at - NOW).total_seconds() for at in found]


TWO_A_SECOND = Pace(every=timedelta(seconds=0.5), ahead=timedelta(seconds=0.5))


def test_a_providers_rate_lets_a_seconds_worth_through_and_then_tells_when_there_is_room(
    store: Store,
) -> None:
    assert turns(store, TWO_A_SECOND, (0, 0, 0, 0.4, 0.5, 0.6)) == [None, None, 0.5, 0.5, None, 1.0]


def test_who_is_turned_away_takes_nothing(store: Store) -> None:
    assert turns(store, TWO_A_SECOND, [0, 0, *[0] * 20, 0.5]) == [None, None, *[0.5] * 20, None]


def test_what_was_not_used_is_not_saved_up(store: Store) -> None:
    assert turns(store, TWO_A_SECOND, (0, 3600, 3600, 3600)) == [None, None, None, 3600.5]


def test_who_may_not_go_ahead_waits_until_some_time_has_been_free(store: Store) -> None:
    modest = Pace(every=timedelta(seconds=1), ahead=timedelta(seconds=-0.5))
    assert turns(store, modest, (0, 1, 1.5, 2)) == [None, 1.5, None, 3.0]


def test_each_provider_has_its_own_rate(store: Store) -> None:
    one = Pace(every=timedelta(seconds=1), ahead=timedelta(0))
    assert [store.take_turn(name, one, NOW) for name in ("sms/aws", "sms/twilio")] == [None, None]
    assert store.take_turn("sms/aws", one, NOW) is not None


def test_a_turn_costs_one_call_and_a_second_only_while_time_is_taken() -> None:
    store = MemoryStore()
    assert turns(store, TWO_A_SECOND, [0]) == [None]
    assert store.calls == 1
    assert turns(store, TWO_A_SECOND, [0]) == [None]
    assert store.calls == 3
    assert turns(store, TWO_A_SECOND, [0]) == [0.5]
    assert store.calls == 4


def some_people(store: Store, number: int) -> set[ports.Ref[Customer]]:
    """Customers, each with a message, and an order and an address of somebody's."""
    refs = [ports.customer(f"{n:02}".rjust(14, "c")) for n in range(number)]
    for ref in refs:
        own = ports.message(f"{ref.id}-bbbbbbbbbb")
        puts: list[Put[Any]] = [
            Put(ref=ref, value=Customer(id=ref.id, first_name="Олена")),
            Put(ref=own, value=replace(a_message(), id=own.id)),
            Put(ref=ports.address(ref.id), value=ports.AddressBook(customers=(ref.id,))),
        ]
        store.commit(Snapshot(), puts)
    return set(refs)


@pytest.mark.parametrize("most", (1, 7, 100))
def test_all_customers_are_met_part_by_part_and_nobody_twice(store: Store, most: int) -> None:
    everyone = some_people(store, 9)
    met: list[ports.Ref[Any]] = []
    cursor, parts = "", 0
    while cursor or not parts:
        some = store.some_customers(cursor, most)
        met += some.snapshot.records
        cursor, parts = some.cursor, parts + 1
        assert len(some.snapshot.records) <= most
    assert (len(met), set(met)) == (9, everyone)
    assert parts >= 27 // most


def test_a_walk_goes_on_though_those_it_has_met_are_written_meanwhile(store: Store) -> None:
    everyone = some_people(store, 9)
    met: set[ports.Ref[Any]] = set()
    cursor = ""
    for _ in range(100):
        some = store.some_customers(cursor, 4)
        for ref in some.snapshot.records:
            store.commit(some.snapshot, [Put(ref=ref, value=Customer(id=ref.id, erased=True))])
            met.add(ref)
        cursor = some.cursor
        if not cursor:
            break
    assert met == everyone


def test_in_an_empty_table_nobody_is_met(store: Store) -> None:
    some = store.some_customers("", 10)
    assert (some.snapshot.records, some.cursor, some.unread) == ({}, "", [])


def test_whom_a_later_version_wrote_keeps_nobody_else_back() -> None:
    store = MemoryStore()
    everyone = some_people(store, 3)
    gone = min(everyone, key=lambda ref: ref.id)
    store.dynamo.items[items.key(gone)]["v"] = {"N": "2"}
    some = store.some_customers("", 100)
    assert set(some.snapshot.records) == everyone - {gone}
    assert [type(fault) for fault in some.unread] == [items.UnknownVersion]


def test_an_item_of_a_later_version_is_not_guessed_at() -> None:
    item = items.encode(Put(ref=ports.customer(OLENA), value=Customer(id=OLENA)), 1)
    with pytest.raises(items.UnknownVersion):
        items.decode(item | {"v": 2})


def test_every_reference_is_found_again_from_its_key() -> None:
    refs: list[ports.Ref[Any]] = [
        ports.customer(OLENA),
        ports.message(MESSAGE),
        ports.enrolment(f"{OLENA}-eeeeeeeeee"),
        ports.order("shop.example", "1"),
        ports.address("hash"),
        ports.parked("digest"),
        ports.ledger(OLENA, "2026#x"),
        ports.inbox(OLENA, "event"),
        ports.pause("shop.example"),
        ports.campaign("shop.example", "spring"),
    ]
    assert [items.ref_of(*items.key(ref)) for ref in refs] == refs


def test_no_item_outside_a_customers_own_is_keyed_by_an_address() -> None:
    assert "+380" not in str([items.key(ref) for ref in (ports.address("hash"), ports.order("s", "1"))])


@pytest.fixture
def flaky() -> Iterator[Callable[[Callable[[Callable[[], Any]], Any]], Table]]:
    """A table whose next write goes through what the test gives."""
    with mock_aws():
        client = a_client()
        table = a_table(client)

        def make(around: Callable[[Callable[[], Any]], Any]) -> Table:
            class Line:
                def __getattr__(self, name: str) -> Any:
                    real = getattr(client, name)
                    if name not in ("put_item", "transact_write_items"):
                        return real
                    return lambda **request: around(lambda: real(**request))

            return Table(Line(), "aftercart")

        _ = table
        yield make


def lost(*_: object) -> Any:
    raise ReadTimeoutError(endpoint_url="dynamodb")


def applied_then_lost(write: Callable[[], Any]) -> Any:
    write()
    return lost()


def applied_twice(write: Callable[[], Any]) -> Any:
    write()
    return write()


MakeTable = Callable[[Callable[[Callable[[], Any]], Any]], Table]


@pytest.mark.parametrize("fault", (applied_then_lost, applied_twice))
@pytest.mark.parametrize("changes", (1, 2))
def test_a_write_that_was_applied_is_known_as_our_own(flaky: MakeTable, fault: Any, changes: int) -> None:
    table = flaky(fault)
    puts: list[Put[Any]] = [
        Put(ref=ports.customer(OLENA), value=Customer(id=OLENA)),
        Put(ref=ports.message(MESSAGE), value=a_message()),
    ]
    after = table.commit(Snapshot(), puts[:changes])
    assert after.revision(puts[0].ref) == 1


def test_a_write_that_was_lost_is_tried_again_by_the_caller(flaky: MakeTable) -> None:
    with pytest.raises(Transient):
        flaky(lost).commit(Snapshot(), [Put(ref=ports.customer(OLENA), value=Customer(id=OLENA))])
