"""An order and its parcels, in every order of events."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from aftercart import ports
from aftercart.domain import ids, suppression
from aftercart.domain.consent import Channel, Purpose
from aftercart.domain.customer import Customer
from aftercart.domain.journey import Enrolment
from aftercart.domain.message import Message
from aftercart.domain.order import OrderNews, ShipmentNews, Stage
from aftercart.flows.delivery_tracking import on_shipment
from aftercart.flows.erase import on_erase
from aftercart.flows.lifecycle_reminders import sweep
from aftercart.flows.order_confirmation import on_order
from aftercart.flows.parcels import CHUNK
from aftercart.flows.replies import on_reply
from aftercart.ports import LedgerEntry
from tests.builders import (
    CASE,
    INK,
    NOW,
    OLENA_PHONE,
    PHONE,
    SECRETS,
    SHOP,
    SmallWorld,
    a_buyer,
    a_line,
    an_order,
    marketing,
    moved,
    placed,
    said,
)

HOUR = timedelta(hours=1)


def play(small: SmallWorld, *events: OrderNews | ShipmentNews) -> list[str]:
    return [
        on_order(event, small.world) if isinstance(event, OrderNews) else on_shipment(event, small.world)
        for event in events
    ]


def end_state(small: SmallWorld) -> Any:
    """All that was stored, without what says when and how often it was written."""
    untimed = {
        key: {name: value for name, value in item.items() if name not in ("rev", "data", "todo_at", "tx")}
        for key, item in small.store.items.items()
    }
    order = small.store.read(ports.order(SHOP, "1001")).get(ports.order(SHOP, "1001"))
    assert order is not None
    facts = replace(
        order, log=(), enrolled=tuple(sorted(order.enrolled)), shipments=dict(sorted(order.shipments.items()))
    )
    messages = [(m.id, m.step, m.offer) for m in small.messages()]
    return sorted(untimed), facts, small.customer(), sorted(messages, key=str)


def test_an_order_makes_one_message_with_the_case_that_fits_the_phone() -> None:
    small = SmallWorld()
    assert play(small, placed()) == ["told"]
    message = small.message("confirm")
    assert message.offer is not None
    assert (message.offer.sku, message.offer.for_sku) == (CASE, PHONE)
    assert small.workflow.started == [f"{message.id}/1"]


def test_the_same_order_three_times_is_told_once() -> None:
    small = SmallWorld()
    assert play(small, placed(), placed(), placed()) == ["told", "duplicate", "duplicate"]
    assert len(small.messages()) == 1


def test_a_duplicate_costs_one_read() -> None:
    small = SmallWorld()
    play(small, placed())
    calls = small.store.calls
    play(small, placed())
    assert small.store.calls - calls == 1


def test_an_order_already_cancelled_is_kept_and_not_told() -> None:
    small = SmallWorld()
    assert play(small, placed(an_order(cancelled_at=NOW))) == ["kept"]
    assert small.messages() == []
    assert [log.reason for log in small.enrolment("order_confirmation").log] == ["cancelled"]


def test_news_older_than_its_use_is_stored_and_not_told() -> None:
    small = SmallWorld()
    old = an_order(at=NOW - timedelta(days=3))
    assert play(small, placed(old)) == ["kept"]
    (log,) = small.enrolment("order_confirmation").log
    assert (log.decision, log.reason) == ("skip", "too_late")


def test_fresher_news_says_what_older_news_came_too_late_for_and_says_it_once() -> None:
    stale, fresh = (
        placed(an_order(at=NOW - timedelta(days=9))),
        placed(replace(an_order(at=NOW - timedelta(days=9)), updated_at=NOW)),
    )
    for way in permutations((stale, fresh, fresh)):
        small = SmallWorld()
        play(small, *way)
        assert len(small.messages("confirm")) == 1


def test_fresher_news_of_a_parcel_is_told_also_after_older_and_told_once() -> None:
    stale, fresh = moved(Stage.DELIVERED, at=NOW - timedelta(days=9)), moved(Stage.DELIVERED)
    for way in permutations((stale, fresh, fresh)):
        small = SmallWorld()
        play(small, placed(), *way)
        assert len(small.messages("delivered")) == 1


def test_an_old_order_first_heard_of_by_a_change_is_no_news() -> None:
    small = SmallWorld()
    order = an_order(at=NOW - timedelta(days=200))
    play(small, placed(replace(order, updated_at=NOW), is_new=False))
    assert small.messages() == []
    assert [log.reason for log in small.enrolment("order_confirmation").log] == ["too_late"]


def test_an_old_order_that_is_said_to_be_new_is_told_also_after_its_update() -> None:
    small = SmallWorld()
    order = replace(an_order(at=NOW - timedelta(days=200)), updated_at=NOW)
    assert play(small, placed(order, is_new=False), placed(order), placed(order)) == [
        "kept",
        "told",
        "duplicate",
    ]


def test_an_order_whose_update_comes_first_is_told_once() -> None:
    small = SmallWorld()
    update = placed(an_order(updated_at=NOW + timedelta(seconds=1)), is_new=False)
    assert play(small, update, placed()) == ["told", "duplicate"]


def test_what_is_owned_already_is_not_offered() -> None:
    small = SmallWorld()
    play(small, placed(an_order("1", lines=(a_line(), a_line(CASE)))))
    offer = small.message("confirm").offer
    assert offer is not None
    assert offer.sku != CASE


def test_an_order_of_things_that_nothing_fits_has_no_offer() -> None:
    small = SmallWorld()
    play(small, placed(an_order(lines=(a_line(INK),))))
    assert small.message("confirm").offer is None


LIFE: tuple[OrderNews | ShipmentNews, ...] = (
    placed(),
    placed(an_order(updated_at=NOW + HOUR, total=None), is_new=False),
    moved(Stage.IN_TRANSIT, at=NOW + HOUR),
    moved(Stage.OUT_FOR_DELIVERY, at=NOW + 2 * HOUR),
    moved(Stage.DELIVERED, at=NOW + 3 * HOUR),
)


@pytest.mark.parametrize("first", range(len(LIFE)))
def test_a_life_ends_the_same_whatever_order_its_events_come_in(first: int) -> None:
    ends = []
    for way in permutations(LIFE):
        if way[0] is LIFE[first]:
            small = SmallWorld()
            small.clock.time = NOW + 4 * HOUR
            play(small, *way, *way[::2])
            state = end_state(small)
            told = {m.step for m in small.messages()}
            assert "confirm" in told
            assert "delivered" in told
            ends.append((state[1], state[2]))
    assert all(end == ends[0] for end in ends)


def test_a_parcel_before_its_order_ends_as_after_it() -> None:
    parcel, order = moved(Stage.DELIVERED), placed()
    before, after = SmallWorld(), SmallWorld()
    assert play(before, parcel, order) == ["kept", "told"]
    assert play(after, order, parcel) == ["told", "told"]
    assert end_state(before) == end_state(after)


def test_shipped_never_follows_delivered() -> None:
    small = SmallWorld()
    play(small, placed(), moved(Stage.DELIVERED), moved(Stage.IN_TRANSIT, at=NOW - HOUR))
    assert {m.step for m in small.messages()} == {"confirm", "delivered"}


def test_a_message_that_the_parcel_has_overtaken_is_not_sent() -> None:
    small = SmallWorld()
    play(small, placed(), moved(Stage.IN_TRANSIT), moved(Stage.DELIVERED))
    assert small.rung(small.message("in_transit")) == "overtaken"
    assert small.rung(small.message("delivered")) == "waiting"


def test_each_thing_worth_knowing_is_told_once_and_the_rest_not_at_all() -> None:
    small = SmallWorld()
    stages = (Stage.LABEL_CREATED, Stage.IN_TRANSIT, Stage.IN_TRANSIT, Stage.DELAYED, Stage.READY_FOR_PICKUP)
    play(small, placed(), *(moved(stage, at=NOW + n * HOUR / 60) for n, stage in enumerate(stages)))
    assert {m.step for m in small.messages()} == {"confirm", "in_transit", "ready_for_pickup"}


def test_two_parcels_are_told_apart() -> None:
    small = SmallWorld()
    play(small, placed(), moved(Stage.DELIVERED), moved(Stage.DELIVERED, shipment="9002"))
    assert len(small.messages("delivered")) == 2


def test_a_plain_movement_costs_one_read_and_one_write() -> None:
    small = SmallWorld()
    play(small, placed())
    calls = small.store.calls
    play(small, moved(Stage.IN_TRANSIT))
    assert small.store.calls - calls == 2


def test_a_delivered_phone_begins_its_care_and_arms_one_schedule() -> None:
    small = SmallWorld()
    play(small, placed(), moved(Stage.DELIVERED))
    care = small.enrolment("phone_care")
    survey, trade_in = care.record("survey"), care.record("trade_in")
    assert survey is not None
    assert trade_in is not None
    assert survey.due_at is not None
    assert (survey.due_at - NOW).days in (2, 3)
    assert survey.due_at.hour == 9  # 11:00 in Kyiv
    assert trade_in.facts["median_days"] == 900.0
    ((when, payload),) = small.schedules.armed.values()
    assert (when, payload["kind"], payload["arm"]) == (survey.due_at, "step", care.arm)


def test_lines_beyond_a_chunk_are_enrolled_by_the_sweeper() -> None:
    small = SmallWorld()
    lines = tuple(a_line(id=f"line-{n}") for n in range(CHUNK * 2 + 3))
    play(small, placed(an_order(lines=lines)), moved(Stage.DELIVERED))
    for _ in range(3):
        small.clock.forward(minutes=15)
        sweep(small.world)
    order = small.store.read(ports.order(SHOP, "1001")).get(ports.order(SHOP, "1001"))
    assert order is not None
    assert len(order.enrolled) == len(lines)
    assert len(small.schedules.armed) == len(lines)


def test_only_the_lines_that_arrived_are_cared_for() -> None:
    small = SmallWorld()
    lines = (a_line(id="here"), a_line(id="elsewhere"), a_line(INK))
    play(small, placed(an_order(lines=lines)), moved(Stage.DELIVERED, lines=("here",)))
    assert small.enrolment("phone_care").line == "here"


def test_an_address_is_known_outside_its_customer_by_its_keyed_hash_alone() -> None:
    small = SmallWorld()
    play(small, placed())
    outside = [item for (pk, _), item in small.store.items.items() if not pk.startswith("C#")]
    assert OLENA_PHONE not in str(outside)
    assert "Олена" not in str(outside)
    key = suppression.keyed_hash(OLENA_PHONE, SECRETS["address_key"].encode())
    book = small.store.read(ports.address(key)).get(ports.address(key))
    assert book is not None
    assert book.customers == (small.customer().id,)


def test_keys_schedules_and_executions_carry_ids_only() -> None:
    small = SmallWorld()
    play(small, placed(), moved(Stage.DELIVERED))
    for personal in (OLENA_PHONE, "380671234567", "Олена", "olena"):
        assert personal not in str(list(small.store.items))
        assert personal not in str(small.schedules.armed)
        assert personal not in str(small.workflow.started)


def test_after_an_erasure_nothing_names_the_person_and_no_late_event_brings_them_back() -> None:
    small = SmallWorld()
    play(small, placed(), moved(Stage.DELIVERED))
    customer = small.customer().id
    assert on_erase(customer, small.world) == "erased"
    play(small, placed(), moved(Stage.RETURNING, at=NOW + HOUR), placed(an_order(updated_at=NOW + HOUR)))
    kept = str([{**item, "data": ""} for item in small.store.items.values()])
    values = str([small.store.read(ref).get(ref) for ref in small._refs()])
    for personal in (OLENA_PHONE, "Олена", "olena@"):
        assert personal not in kept
        assert personal not in values
    assert small.everything(Message) == []


def test_a_stop_outlives_the_erasure_of_who_said_it() -> None:
    small = SmallWorld()
    play(small, placed())
    on_reply(said("СТОП"), small.world)
    on_erase(small.customer().id, small.world)
    play(small, placed(an_order("2002"), a_buyer(reference="another")))
    living = small.customer_of("another")
    assert not any(address.granted(Purpose.MARKETING) for address in living.addresses.values())


def test_a_new_order_after_an_erasure_starts_a_new_customer() -> None:
    small = SmallWorld()
    play(small, placed())
    before = small.customer().id
    on_erase(before, small.world)
    assert play(small, placed(an_order("2002"))) == ["told"]
    living = [c for c in small.everything(Customer) if not c.erased]
    assert [c.id != before for c in living] == [True]


def test_a_guest_is_known_by_email_and_never_by_phone() -> None:
    small = SmallWorld()
    guest = a_buyer(reference="")
    other = a_buyer(reference="", email="someone.else@customer.example")
    play(small, placed(an_order("1"), guest), placed(an_order("2"), guest), placed(an_order("3"), other))
    customers = small.everything(Customer)
    assert sorted(len(c.orders) for c in customers) == [1, 2]
    assert len({c.addresses[Channel.SMS].value for c in customers}) == 1


def trade_ins(small: SmallWorld) -> set[datetime]:
    records = [each.record("trade_in") for each in small.everything(Enrolment)]
    return {record.due_at for record in records if record is not None and record.due_at is not None}


def test_a_trade_in_is_timed_by_every_purchase_whatever_order_they_are_heard_of_in() -> None:
    older, newer = placed(an_order("1", at=NOW - timedelta(days=40))), placed(an_order("2"))
    life: list[OrderNews | ShipmentNews] = [older, newer, moved(Stage.DELIVERED, order="2")]
    ends = set()
    for way in permutations(life):
        small = SmallWorld()
        play(small, *way)
        (due_at,) = trade_ins(small)
        ends.add(due_at)
        care = small.enrolment("phone_care")
        assert small.schedules.armed[ids.schedule_name(care.id, care.arm)][0] == care.armed_for
    assert len(ends) == 1
    assert (ends.pop() - NOW).days < 400


def test_a_journey_that_has_begun_follows_its_order_to_another_zone() -> None:
    change = placed(an_order(updated_at=NOW + HOUR, country="PL", zones=("Europe/Warsaw",)), is_new=False)
    life: list[OrderNews | ShipmentNews] = [placed(), moved(Stage.DELIVERED), change]
    ends = []
    for way in permutations(life):
        small = SmallWorld()
        play(small, *way)
        care = small.enrolment("phone_care")
        ends.append((care.country, care.zones, [record.due_at for record in care.steps]))
    assert all(end == ends[0] for end in ends)
    assert ends[0][:2] == ("PL", ("Europe/Warsaw",))


def test_a_silence_about_a_stage_that_came_too_late_has_its_reason() -> None:
    small = SmallWorld()
    play(small, placed(), moved(Stage.DELIVERED), moved(Stage.IN_TRANSIT, at=NOW - HOUR))
    order = small.store.read(ports.order(SHOP, "1001")).get(ports.order(SHOP, "1001"))
    assert order is not None
    assert [(e.step, e.decision, e.reason) for e in order.log if e.decision != "send"] == [
        ("in_transit", "skip", "overtaken")
    ]


def test_older_news_of_consent_are_in_the_ledger_though_they_change_nothing() -> None:
    no, yes = marketing(False, NOW), marketing(True, NOW - timedelta(days=9))
    old = placed(buyer=a_buyer(phone_consents=(yes,)))
    new = placed(an_order(updated_at=NOW + HOUR), a_buyer(phone_consents=(no,)), is_new=False)
    for way in permutations((old, new)):
        small = SmallWorld()
        play(small, *way)
        said = {entry.consent.granted for entry in small.everything(LedgerEntry)}
        assert said == {True, False}
