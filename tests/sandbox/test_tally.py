"""What lives are counted by: also what an erasure has deleted since was said and paid for."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from sandbox.control.records import Records
from sandbox.sandbox import Sandbox
from sandbox.trials.lives.outside import Outside
from sandbox.trials.lives.people import drawn
from sandbox.trials.lives.tally import Tally, keep, tallied, with_erased

NOON = datetime(2027, 3, 31, 12, 0, tzinfo=UTC)
CONFIRM = ("order_confirmation", "whatsapp")


@pytest.fixture
def outside() -> Iterator[Outside]:
    """Somebody in Kyiv has bought a phone; its parcel is at the door when a late scan comes."""
    with Sandbox(NOON, memory=True).open() as sandbox:
        outside = Outside(sandbox, random.Random(1))
        (somebody,) = drawn(random.Random(4), 1)
        person = replace(somebody.person, marketing=True)
        items = [sandbox.catalogue.by_sku["ZIRVO-A1"]]
        body = outside.buys("buyer 0", person, somebody.home, 1001, items, guest=False)
        sandbox.settle()
        for stage in ("out_for_delivery", "in_transit"):
            outside.moves(body, stage)
            sandbox.settle()
        yield outside


def counted(outside: Outside, erased: Records | None = None) -> Tally:
    sandbox = outside.sandbox
    records = with_erased(sandbox.records(), erased or Records())
    return tallied(records, sandbox.shown(), sandbox.journeys.values())


def test_messages_are_counted_by_journey_channel_and_month(outside: Outside) -> None:
    assert counted(outside).messages == {(*CONFIRM, "2027-03"): 1, ("delivery", "whatsapp", "2027-03"): 1}


def test_costs_are_those_of_the_attempts(outside: Outside) -> None:
    attempts = [a for each in outside.sandbox.records().messages.values() for a in each.attempts]
    told = counted(outside)
    assert sum(told.costs.values()) == sum(Decimal(each.cost.split()[0]) for each in attempts) > 0
    assert {currency for *_, currency in told.costs} == {"USD"}


def test_a_silence_is_counted_with_its_reason(outside: Outside) -> None:
    assert counted(outside).skips["delivery", "in_transit", "overtaken"] == 1


def test_what_was_erased_since_is_counted_all_the_same(outside: Outside) -> None:
    erased, before = Records(), counted(outside)
    outside.on_erasing = lambda customer: keep(erased, customer, outside.sandbox.items())
    outside.sandbox.advance(NOON + timedelta(minutes=1))
    outside.erases("buyer 0")
    outside.sandbox.settle()
    assert outside.sandbox.records().messages == {}
    assert counted(outside, erased) == before
    assert counted(outside).messages == {("unknown", "whatsapp", "2027-03"): 2}


def test_tallies_add_up(outside: Outside) -> None:
    once, twice = counted(outside), Tally()
    twice.add(once)
    twice.add(once)
    assert twice.messages == {key: 2 * count for key, count in once.messages.items()}
    assert twice.costs == {key: 2 * amount for key, amount in once.costs.items()}
    in_json = {(row["journey"], row["channel"]): row["amount"] for row in twice.as_json()["costs"]}
    assert in_json[CONFIRM] == format(2 * once.costs[*CONFIRM, "USD"], "f")
