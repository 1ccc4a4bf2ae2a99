"""A campaign's walk through all customers: in parts, over invocations, whoever dies or is faster."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from aftercart import ports
from aftercart.aws.items import UnknownVersion, key
from aftercart.flows.campaigns import on_walk
from aftercart.flows.erase import on_erase
from aftercart.flows.lifecycle_reminders import sweep
from aftercart.ports import Conflict, Put, Snapshot, World
from tests.aftercart.flows.test_campaigns import (
    NEAR,
    a_world,
    begun,
    campaign,
    someone,
    until_walked,
    well_armed,
)
from tests.aftercart.flows.test_crashes import Died, Fuse, fused, points
from tests.builders import SHOP, HandClock, SmallWorld

MUCH = 450  # other things in the table: a walk of several parts


def other_things(small: SmallWorld, number: int) -> None:
    """Items before the customers and behind them, wherever the table puts them."""
    for n in range(number):
        for ref in (ports.address(f"hash {n}"), ports.parked(f"body {n}")):
            value: Any = ports.AddressBook()
            if ref.kind is ports.Parked:
                value = ports.Parked(source="meta", reason="odd", at=NEAR, body="{}")
            small.store.commit(Snapshot(), [Put(ref=ref, value=value, blind=True)])


@dataclass
class ErasesAfterScan:
    """A store that lets something happen between the look at some customers and what follows from it."""

    store: Any
    happens: Callable[[], object]

    def some_customers(self, cursor: str, most: int) -> Any:
        found = self.store.some_customers(cursor, most)
        self.happens()
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


@dataclass
class SweepsBetween:
    """A store in which somebody else is faster, once, between a read and its commit."""

    store: Any
    happens: Callable[[], object]
    done: bool = False

    def commit(self, *given: Any) -> Any:
        if not self.done:
            self.done = True
            self.happens()
        return self.store.commit(*given)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


@dataclass
class TickingClock(HandClock):
    """So slow is the table that each look at the clock finds a second gone."""

    seconds: int = 1

    def now(self) -> datetime:
        return self.forward(seconds=self.seconds)


def test_who_is_erased_between_the_look_and_the_write_is_not_in_it() -> None:
    small = a_world(someone(1), someone(2))
    sweep(small.world)
    small.clock.forward(minutes=1)
    (first, *_) = small.store.some_customers("", 9).snapshot.records
    world = small.world
    erasing = ErasesAfterScan(small.store, lambda: on_erase(first.id, world))
    on_walk("spring", 1, replace(world, store=erasing))
    assert [each.customer for each in begun(small)] != [first.id]
    assert len(begun(small)) == 1
    assert small.store.of_customer(first.id) == [first]


def test_a_thousand_customers_are_begun_once_each_though_sweeps_and_walks_overlap() -> None:
    small = a_world(*(someone(n) for n in range(1000)))
    other_things(small, MUCH)
    sweep(small.world)
    sweep(small.world)
    small.clock.forward(minutes=1)
    world = small.world
    again = ErasesAfterScan(small.store, lambda: on_walk("spring", 1, world))
    assert on_walk("spring", 1, replace(world, store=again)) == "nothing_due"
    assert len(begun(small)) == 1000
    until_walked(small)
    assert len({each.customer for each in begun(small)}) == 1000
    assert well_armed(small)
    assert small.store.requests["Scan"] >= (1000 + 2 * MUCH) // 200


def test_an_invocation_ends_in_time_and_the_next_goes_on_where_it_stood() -> None:
    small = a_world(*(someone(n) for n in range(60)))
    other_things(small, MUCH)
    small.clock = TickingClock(NEAR)
    sweep(small.world)
    results = []
    for _ in range(20):
        small.clock.time += timedelta(minutes=1)
        known = campaign(small)
        assert known is not None
        if known.ended:
            break
        results.append(on_walk("spring", known.arm, small.world))
    assert results[-1] == "done"
    assert set(results[:-1]) == {"walked"}
    assert len(begun(small)) == 60
    assert well_armed(small)


def test_what_the_walk_keeps_names_nobody_once_it_is_over() -> None:
    small = a_world(*(someone(n) for n in range(3)))
    sweep(small.world)
    until_walked(small)
    item = small.store.items[key(ports.campaign(SHOP, "spring"))]
    assert not any(someone(n).id in str(item) for n in range(3))
    payloads = [p for _, p in small.schedules.armed.values() if p["kind"] == "campaign"]
    assert [set(payload) for payload in payloads] == [{"v", "kind", "journey", "arm"}] * len(payloads)


def test_whom_this_version_cannot_read_stands_in_nobodys_way_and_is_told_loudly() -> None:
    small = a_world(*(someone(n) for n in range(3)))
    small.store.dynamo.items[key(ports.customer(someone(1).id))]["v"] = {"N": "2"}
    sweep(small.world)
    small.clock.forward(minutes=1)
    with pytest.raises(UnknownVersion):
        on_walk("spring", 1, small.world)
    assert {each.customer for each in begun(small)} == {someone(0).id, someone(2).id}
    known = campaign(small)
    assert known is not None
    assert known.ended == "done"


def test_a_campaign_that_cannot_be_begun_does_not_stand_in_the_sweeps_way() -> None:
    small = a_world(someone(1))
    sweep(small.world)
    small.store.dynamo.items[key(ports.campaign(SHOP, "spring"))]["v"] = {"N": "2"}
    small.clock.forward(minutes=20)
    with pytest.raises(UnknownVersion):
        sweep(small.world)


def test_it_begins_and_is_walked_once_wherever_its_lambda_dies() -> None:
    """Both the sweep that begins it and the walk, in parts and over several invocations."""

    def sweeping() -> tuple[SmallWorld, Callable[[World], object]]:
        small = a_world(someone(1), someone(2))
        return small, sweep

    def walking() -> tuple[SmallWorld, Callable[[World], object]]:
        small = a_world(*(someone(n) for n in range(6)))
        other_things(small, MUCH // 2)
        small.clock = TickingClock(NEAR, seconds=4)
        sweep(small.world)
        small.clock.time += timedelta(minutes=1)
        return small, lambda world: on_walk("spring", 1, world)

    for prepare, number in ((sweeping, 2), (walking, 6)):
        for small in points(prepare):
            until_walked(small)
            small.clock.forward(minutes=20)
            sweep(small.world)
            assert len(begun(small)) == number
            assert well_armed(small)
            assert small.store.overdue(small.clock.now(), 9) == []


def test_a_walk_that_dies_and_is_never_called_again_goes_on_by_the_sweep() -> None:
    for at in range(1, 20):
        small = a_world(*(someone(n) for n in range(4)))
        sweep(small.world)
        small.clock.forward(minutes=1)
        with suppress(Died):
            on_walk("spring", 1, fused(small.world, Fuse(at, after=True)))
        for _ in range(8):
            small.clock.forward(minutes=15)
            sweep(small.world)
            newest = campaign(small)
            if newest is not None and not newest.ended and newest.arm > 1:
                on_walk("spring", newest.arm, small.world)
        assert len(begun(small)) == 4
        assert well_armed(small)


def test_two_who_begin_it_at_once_are_one() -> None:
    small = a_world(someone(1))
    world = small.world
    both = replace(world, store=SweepsBetween(small.store, lambda: sweep(world)))
    sweep(both)
    assert [payload["arm"] for _, payload in small.schedules.armed.values()] == [1]
    until_walked(small)
    assert len(begun(small)) == 1


def test_an_old_arm_is_a_no_op() -> None:
    small = a_world(someone(1))
    assert on_walk("spring", 1, small.world) == "nothing_due"
    sweep(small.world)
    assert on_walk("spring", 0, small.world) == "nothing_due"
    assert on_walk("spring", 1, small.world) == "done"
    assert on_walk("spring", 1, small.world) == "nothing_due"


def test_a_commit_that_meets_another_walker_gives_way() -> None:
    small = a_world(someone(1))
    sweep(small.world)
    ref = ports.campaign(SHOP, "spring")

    @dataclass
    class Faster:
        store: Any

        def commit(self, snapshot: Snapshot, changes: Any) -> Any:
            if any(change.ref == ref for change in changes):
                raise Conflict
            return self.store.commit(snapshot, changes)

        def __getattr__(self, name: str) -> Any:
            return getattr(self.store, name)

    assert on_walk("spring", 1, replace(small.world, store=Faster(small.store))) == "nothing_due"
    assert len(begun(small)) == 1
