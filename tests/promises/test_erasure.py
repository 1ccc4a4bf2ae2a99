"""Who asks to be erased is gone from every place that keeps anything, and nothing brings them back.

At each call of the erasure it is made to fail in each way in which calls fail; then whatever AWS would do is
done: it is delivered again, swept, looked after once more.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import cache

import pytest

from aftercart.aws.items import decode
from aftercart.domain.consent import Channel, Purpose
from aftercart.domain.customer import FORMER, Customer
from aftercart.domain.message import Outcome, ReceiptStatus
from aftercart.flows.erase import on_erase
from aftercart.flows.order_confirmation import on_order
from aftercart.flows.receipts import on_receipt
from aftercart.ports import AddressBook, Outgoing, Sent
from sandbox import shop
from sandbox.cloud import faults
from sandbox.cloud.functions import Invocation
from sandbox.fakes import Mode
from sandbox.sandbox import Sandbox
from tests.builders import NOW, SmallWorld, a_buyer, an_order, placed
from tests.promises.canaries import (
    BEGINS,
    CANARY,
    CUSTOMER,
    MARKS,
    OTHER,
    TOPIC,
    Life,
    found,
    notice,
    text_of,
)

Point = tuple[str, int]  # a call by name, and which of that name
WAYS = (faults.CRASH_BEFORE, faults.CRASH_AFTER, faults.THROTTLED, faults.LOST, faults.APPLIED)
LATE_AFTER = (faults.CRASH_AFTER, faults.APPLIED)  # after these, all that may come late does
PARTS = 4


@contextmanager
def a_life(*, memory: bool = True, silent: bool = False) -> Iterator[Life]:
    with Sandbox(BEGINS, memory=memory).open() as sandbox:
        life = Life(sandbox)
        life.play(silent=silent)
        yield life


@pytest.fixture(params=("memory", "moto"))
def life(request: pytest.FixtureRequest) -> Iterator[Life]:
    with a_life(memory=request.param == "memory") as lived:
        yield lived


def erasures(life: Life, kind: str = "erase") -> list[Invocation]:
    return [each for each in life.sandbox.functions.invocations if _kind(each) == kind]


def _kind(invocation: Invocation) -> str:
    return str(invocation.event.get("kind", "")) if isinstance(invocation.event, dict) else ""


@cache
def points(look: str) -> tuple[Point, ...]:
    """Every call of the first look, or of the second: that of the sweep seven hours later."""
    with a_life(silent=True) as life:
        life.erase()
        if look == "second":
            life.quiet()
            return _numbered(erasures(life, "sweep")[-1].calls)
        return _numbered(erasures(life)[-1].calls)


def _numbered(calls: Sequence[str]) -> tuple[Point, ...]:
    counted = Counter[str]()
    numbered = []
    for call in calls:
        counted[call] += 1
        numbered.append((call, counted[call]))
    return tuple(numbered)


def is_erased(life: Life) -> None:
    """Nothing names them; of them there is a tombstone, and nobody else has lost anything."""
    assert found(life) == set()
    records = life.sandbox.records()
    tombstone = records.customers[CUSTOMER]
    assert tombstone == Customer(id=CUSTOMER, erased=True, erased_at=tombstone.erased_at)
    assert [ref.id for _, ref in records.owed if CUSTOMER in ref.id] == []
    own = [item["sk"] for item in life.sandbox.items() if item["pk"] == f"C#{CUSTOMER}"]
    assert own == ["CUSTOMER"], "not even a line of the ledger"
    assert all(order.customer != CUSTOMER for order in records.orders.values())
    assert all(message.customer != CUSTOMER for message in records.messages.values())
    books = [value for value in _stored(life) if isinstance(value, AddressBook)]
    assert [book for book in books if CUSTOMER in repr(book)] == []
    (other,) = (each for each in records.customers.values() if each.first_name == OTHER.first_name)
    assert len(other.orders) == 1
    assert len(life.sandbox.queues.bodies()) == 2, "another's dead letters are another's"
    assert [each.source for each in records.parked.values() if each.body] == ["sms"], "as is what is parked"


def _stored(life: Life) -> list[object]:
    return [decode(item).value for item in life.sandbox.items()]


def test_the_life_before_leaves_each_mark_where_it_is_looked_for() -> None:
    with a_life() as life:
        before = found(life)
    assert {each.split(" in ")[0] for each in before} == set(MARKS)
    assert {each.split(" in ")[1] for each in before} == {"an item", "a queue", "the control API"}


def test_an_erasure_leaves_nothing_that_names_the_person_and_nothing_late_brings_them_back(
    life: Life,
) -> None:
    life.erase()
    assert found(life) == set(), "at once, not when all is looked at again"
    life.quiet()
    is_erased(life)
    life.comes_late()
    assert found(life) == set()
    living = [each for each in life.sandbox.records().customers.values() if not each.erased]
    assert [each.first_name for each in living] == [OTHER.first_name]
    assert [each.source for each in life.sandbox.functions.dead] == ["aftercart-inbound-replies"]
    life.wait(days=40)
    assert found(life) == set()


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("way", WAYS)
def test_an_erasure_that_fails_at_any_of_its_calls_is_complete_in_the_end(way: str, part: int) -> None:
    for call, nth in points("first")[part::PARTS]:
        with a_life(silent=True) as life:
            life.sandbox.faults.plan(call, nth, way)
            life.erase()
            assert list(life.sandbox.faults) == [], f"{call} {nth} was never reached"
            life.quiet()
            is_erased(life)
            if way in LATE_AFTER:
                life.comes_late()
                assert found(life) == set(), (call, nth)


@pytest.mark.parametrize("part", range(2))
def test_a_second_look_that_fails_at_any_of_its_calls_is_taken_again(part: int) -> None:
    for call, nth in points("second")[part::2]:
        with a_life(silent=True) as life:
            life.erase()
            life.wait(hours=6, minutes=55)
            life.sandbox.faults.plan(call, nth, faults.CRASH_AFTER)
            life.quiet()
            assert list(life.sandbox.faults) == [], f"{call} {nth} was never reached"
            is_erased(life)


def test_every_kind_of_call_is_among_the_points() -> None:
    assert {call for call, _ in points("first")} == {
        "dynamodb.BatchGetItem",
        "dynamodb.PutItem",
        "dynamodb.Query",
        "dynamodb.TransactWriteItems",
        "dynamodb.UpdateItem",
        "sqs.DeleteMessage",
        "sqs.ReceiveMessage",
    }
    assert len(points("first")) >= 30
    assert len(points("second")) >= 20


@pytest.mark.parametrize("nth", (1, 2, 3, 4))
def test_dead_letters_that_a_lost_answer_has_hidden_go_with_the_second_look(nth: int) -> None:
    with a_life() as life:
        life.sandbox.faults.plan("sqs.ReceiveMessage", nth, faults.TWICE)
        life.erase()
        life.quiet()
        is_erased(life)


def test_an_erasure_asked_for_twice_at_once_and_once_more_later_is_one_erasure() -> None:
    with a_life() as life:
        life.sandbox.wake({"v": 1, "kind": "erase", "customer": CUSTOMER})
        life.erase()
        life.quiet()
        life.erase()
        life.quiet()
        is_erased(life)


def test_an_erasure_that_lambda_has_given_up_on_is_finished_by_the_sweep() -> None:
    with a_life(silent=True) as life:
        for nth in (1, 2, 3):
            life.sandbox.faults.plan("dynamodb.TransactWriteItems", nth, faults.CRASH_BEFORE)
        life.erase()
        life.wait(minutes=4)
        assert "aftercart-lifecycle-reminders" in [each.source for each in life.sandbox.functions.dead]
        life.quiet()
        is_erased(life)


def test_what_was_on_its_way_and_became_a_dead_letter_later_goes_with_the_second_look() -> None:
    with a_life() as life:
        life.sandbox.faults.plan("dynamodb.BatchGetItem", 1, faults.CRASH_BEFORE)
        life.sandbox.invoke("inbound_replies", notice(text_of(CANARY), "on its way").event(TOPIC))
        life.sandbox.settle()
        life.erase()
        for pause in (1, 2):  # Lambda's, before it tries again and once more
            life.sandbox.faults.plan("dynamodb.BatchGetItem", 1, faults.CRASH_BEFORE)
            life.wait(minutes=pause)
        assert "words in a queue" in found(life), "it did not come late"
        life.quiet()
        is_erased(life)


def test_what_is_parked_after_the_first_look_goes_with_the_second() -> None:
    with a_life() as life:
        life.erase()
        life.wait(minutes=10)
        life.sandbox.invoke("inbound_replies", notice(f"{text_of(CANARY)}}}", "a new one").event(TOPIC))
        life.sandbox.settle()
        assert "words in an item" in found(life), "it was not parked"
        life.quiet()
        is_erased(life)


def test_a_parked_body_whose_time_is_over_and_that_still_lies_there_goes_too() -> None:
    with a_life() as life:
        life.wait(days=45)
        life.erase()
        assert found(life) == set()


def test_executions_and_schedules_carry_ids_only_all_the_way() -> None:
    with a_life() as life:
        places = {each.split(" in ")[1] for each in found(life)}
        assert list(life.sandbox.scheduler.live())
        assert list(life.sandbox.machines.executions())
    assert not places & {"a schedule", "an execution", "the logs and metrics"}


@pytest.mark.parametrize("call", ("meta.send", "dynamodb.PutItem"))
def test_an_erasure_that_lands_between_a_send_and_its_record_leaves_nothing(call: str) -> None:
    """The sender dies with its message shown and not recorded; the workflow asks again when all is gone."""
    with a_life() as life:
        life.sandbox.break_channel(Channel.WHATSAPP, Mode.OK)
        life.sandbox.faults.plan(call, 1, faults.CRASH_AFTER if call == "meta.send" else faults.CRASH_BEFORE)
        path, headers, raw = shop.webhook(
            "fulfillments/update",
            shop.fulfillment(life.placed[1], life.now(), "ready_for_pickup"),
            life.now(),
        )
        assert life.sandbox.request("POST", path, headers, raw).status == 200
        life.erase()
        assert list(life.sandbox.faults) == [], "the sender did not die"
        life.quiet()
        is_erased(life)
        assert list(life.sandbox.machines.executions("RUNNING")) == []


def test_an_erasure_between_the_claim_and_the_providers_answer_leaves_nothing_and_ends_the_rung() -> None:
    small = SmallWorld()
    on_order(placed(), small.world)
    message = small.message("confirm")

    def meanwhile(outgoing: Outgoing) -> Sent:
        on_erase(small.customer().id, small.world)
        return Sent(outcome=Outcome.ACCEPTED, provider_id="p1")

    small.phones[Channel.WHATSAPP].answers.append(meanwhile)
    assert small.rung(message, token="waiting") == "erased"
    assert small.workflow.succeeded == ["waiting"]
    receipt = small.receipt(message, 1, ReceiptStatus.DELIVERED)
    assert on_receipt(receipt, small.world) == "unknown"
    assert [pk for pk, sk in small.store.items if pk.startswith("C#")] == [f"C#{small.customer().id}"]
    assert small.customer().addresses == {}


def test_whoever_had_more_addresses_than_are_remembered_is_forgotten_at_each() -> None:
    small = SmallWorld()
    for number in range(FORMER + 3):
        buyer = a_buyer(phone=f"+3806712345{number:02}", email=f"olena{number}@customer.example")
        on_order(placed(an_order(f"{1001 + number}", at=NOW + timedelta(minutes=number)), buyer), small.world)
        small.clock.forward(minutes=1)
    assert [pk for pk, _ in small.store.items if pk.startswith("A#")]
    on_erase(small.customer().id, small.world)
    assert [pk for pk, _ in small.store.items if pk.startswith("A#")] == []


def test_what_a_later_version_wrote_of_somebody_is_erased_all_the_same() -> None:
    small = SmallWorld()
    on_order(placed(), small.world)
    own = small.customer().id
    for (pk, sk), item in small.store.dynamo.items.items():
        if pk == f"C#{own}" and sk != "CUSTOMER":
            item["v"] = {"N": "99"}
    on_erase(own, small.world)
    assert [sk for pk, sk in small.store.items if pk == f"C#{own}"] == ["CUSTOMER"]


def test_a_stop_from_before_holds_for_whoever_has_the_phone_after() -> None:
    with a_life() as life:
        life.replies(CANARY, Channel.VIBER, "СТОП")
        life.erase()
        life.quiet()
        is_erased_but_for_what_suppresses(life)
        heir = shop.Person(
            id=7_455_000_000_003, first_name="Ірина", last_name="Нова", phone=CANARY.phone, email=""
        )
        life.orders(heir, 1010, ("ZIRVO-A1",))
        (customer,) = (
            each for each in life.sandbox.records().customers.values() if each.first_name == "Ірина"
        )
        assert all(each.refused(Purpose.MARKETING) for each in customer.addresses.values())
        assert customer.addresses[Channel.VIBER].refused(Purpose.TRANSACTIONAL)


def is_erased_but_for_what_suppresses(life: Life) -> None:
    """The keyed hash of the phone stays, and whose it was does not."""
    assert found(life) == set()
    books = [value for value in _stored(life) if isinstance(value, AddressBook) and value.consents]
    assert [book.customers for book in books] == [()]
    assert not any(consent.granted for book in books for _, consent in book.consents)


def test_a_stop_that_only_the_provider_heard_outlives_the_erasure_too() -> None:
    with a_life() as life:
        for channel in (Channel.WHATSAPP, Channel.VIBER):
            life.sandbox.break_channel(channel, Mode.REJECT)
        life.sandbox.providers.reply(Channel.SMS, CANARY.phone, "STOP")  # AWS keeps it, and does not tell us
        life.parcel(life.placed[1], "ready_for_pickup")
        life.wait(days=1)
        life.erase()
        life.quiet()
        is_erased_but_for_what_suppresses(life)


def test_a_new_order_starts_a_new_customer_without_history() -> None:
    with a_life() as life:
        life.erase()
        life.quiet()
        life.orders(CANARY, 1011, ("INK-J-BLACK",))
        living = {each.id: each for each in life.sandbox.records().customers.values() if not each.erased}
        (anew,) = (each for each in living.values() if each.first_name == CANARY.first_name)
        assert anew.id != CUSTOMER
        assert (anew.life, len(anew.orders), len(anew.purchases)) == (1, 1, 1)
        assert (anew.asked, anew.written_at, anew.answered_at, anew.read_at) == ((), {}, {}, {})
        life.wait(hours=1)
        told = {each["order"] for each in life.shown() if each["customer"] == anew.id}
        assert told == {anew.orders[0]}
        assert life.sandbox.records().customers[CUSTOMER].erased
