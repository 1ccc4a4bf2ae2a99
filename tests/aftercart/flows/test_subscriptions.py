"""A push subscription joins whom it belongs to, whenever and however often it comes."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from aftercart import ports
from aftercart.domain.consent import Channel, Purpose
from aftercart.domain.customer import Customer
from aftercart.domain.suppression import keyed_hash
from aftercart.flows import opt_out
from aftercart.flows.bad_address import found as found_bad
from aftercart.flows.erase import on_erase
from aftercart.flows.order_confirmation import on_order
from aftercart.flows.people import SHARED_BY_MOST
from aftercart.flows.subscriptions import Subscribing, decide, on_subscription
from aftercart.ports import AddressBook, LedgerEntry, Put
from tests.builders import NOW, SECRETS, SmallWorld, an_order, placed

CHROME, FIREFOX = '{"endpoint":"https://fcm.example/1"}', '{"endpoint":"https://moz.example/2"}'
ASKED = Subscribing(address=CHROME, at=NOW, version="push-2026-01")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def small() -> SmallWorld:
    small = SmallWorld()
    on_order(placed(), small.world)
    return small


def subscribe(small: SmallWorld, asked: Subscribing = ASKED) -> str:
    return on_subscription(asked, small.world, order=an_order().id)


def book(small: SmallWorld, address: str = CHROME) -> AddressBook:
    ref = ports.address(keyed_hash(address, SECRETS["address_key"].encode()))
    return small.store.read(ref).get(ref) or AddressBook()


def granted(customer: Customer) -> set[Purpose]:
    return {purpose for purpose in Purpose if customer.addresses[Channel.PUSH].granted(purpose)}


def test_who_ordered_is_told_of_it_there_and_is_sold_nothing(small: SmallWorld) -> None:
    assert subscribe(small) == "subscribed"
    address = small.customer().addresses[Channel.PUSH]
    consent = address.consent(Purpose.TRANSACTIONAL)
    assert (address.value, granted(small.customer())) == (CHROME, {Purpose.TRANSACTIONAL})
    assert consent is not None
    assert (consent.source, consent.version, consent.explicit) == ("push subscription", "push-2026-01", True)
    lines = [e for e in small.everything(LedgerEntry) if e.channel is Channel.PUSH]
    assert [line.consent for line in lines] == [consent]


def test_only_who_ticked_it_is_sold_something(small: SmallWorld) -> None:
    subscribe(small, replace(ASKED, marketing=True))
    assert granted(small.customer()) == {*Purpose}


def test_the_address_remembers_whose_it_is_and_what_was_said(small: SmallWorld) -> None:
    subscribe(small)
    assert book(small).customers == (small.customer().id,)
    assert [(channel, each.granted) for channel, each in book(small).consents] == [(Channel.PUSH, True)]


def test_whoever_got_a_message_may_subscribe_by_its_link(small: SmallWorld) -> None:
    message = small.message("confirm")
    assert on_subscription(ASKED, small.world, message=message.id) == "subscribed"
    assert on_subscription(ASKED, small.world, message=f"{message.id[:-2]}zz") == "unknown"


def test_an_order_that_is_not_here_yet_is_unknown(small: SmallWorld) -> None:
    assert on_subscription(ASKED, small.world, order="another") == "unknown"


def test_what_comes_twice_is_known_and_leaves_one_line(small: SmallWorld) -> None:
    assert [subscribe(small) for _ in range(3)] == ["subscribed", "known", "known"]
    assert len([e for e in small.everything(LedgerEntry) if e.channel is Channel.PUSH]) == 1


def test_the_newest_holds_in_whatever_order_they_come() -> None:
    asked = [
        ASKED,
        replace(ASKED, address=FIREFOX, at=NOW + MINUTE, marketing=True),
        replace(ASKED, at=NOW - MINUTE, marketing=True),
    ]
    ways = []
    for way in permutations(asked):
        customer = Customer(id="aaaaaaaaaaaaaa")
        for each in way:
            said = each.consents(NOW + 2 * MINUTE)
            customer = (
                decide(customer, AddressBook(), each.address, said, frozenset({each.address})) or customer
            )
        ways.append(customer)
    assert all(way == ways[0] for way in ways)
    assert ways[0].addresses[Channel.PUSH].value == FIREFOX
    assert [each.value for each in ways[0].former] == [CHROME]
    assert ways[0].known_by == tuple(sorted((CHROME, FIREFOX)))


def test_a_repetition_does_not_undo_a_stop_and_a_new_press_does(small: SmallWorld) -> None:
    subscribe(small, replace(ASKED, marketing=True))
    small.clock.time = NOW + MINUTE
    opt_out.stop_at_provider(small.customer().id, Channel.PUSH, small.world)
    subscribe(small, replace(ASKED, marketing=True))
    assert granted(small.customer()) == set()
    small.clock.time = NOW + 2 * MINUTE
    subscribe(small, replace(ASKED, at=NOW + 2 * MINUTE))
    assert granted(small.customer()) == {Purpose.TRANSACTIONAL}


def test_a_clock_that_runs_ahead_outranks_no_later_stop(small: SmallWorld) -> None:
    subscribe(small, replace(ASKED, at=NOW + timedelta(days=400)))
    small.clock.time = NOW + MINUTE
    opt_out.stop_at_provider(small.customer().id, Channel.PUSH, small.world)
    assert granted(small.customer()) == set()


def test_a_stop_that_was_said_from_the_browser_meets_its_next_owner(small: SmallWorld) -> None:
    subscribe(small)
    small.clock.time = NOW + MINUTE
    opt_out.stop_at_provider(small.customer().id, Channel.PUSH, small.world)
    other = decide(Customer(id="bbbbbbbbbbbbbb"), book(small), CHROME, ASKED.consents(NOW), frozenset())
    assert other is not None
    assert granted(other) == set()


def test_an_address_of_more_than_a_household_is_nobodys(small: SmallWorld) -> None:
    many = AddressBook(customers=tuple(f"{n:014d}" for n in range(SHARED_BY_MOST)))
    ref = ports.address(keyed_hash(CHROME, SECRETS["address_key"].encode()))
    small.store.commit(small.store.read(ref), [Put(ref=ref, value=many)])
    assert subscribe(small) == "shared"
    assert (book(small), Channel.PUSH in small.customer().addresses) == (many, False)


def test_a_dropped_subscription_comes_back_with_a_new_press(small: SmallWorld) -> None:
    subscribe(small)
    message = small.message("confirm")
    small.rung(message)
    attempt = replace(small.message("confirm").attempts[0], channel=Channel.PUSH)
    found_bad(small.customer().id, attempt, small.world)
    assert small.customer().addresses[Channel.PUSH].bad
    small.clock.time = NOW + MINUTE
    subscribe(small, replace(ASKED, at=NOW + MINUTE))
    assert not small.customer().addresses[Channel.PUSH].bad


def test_an_erased_customer_is_refused_and_nothing_leads_to_the_browser(small: SmallWorld) -> None:
    subscribe(small)
    message = small.message("confirm").id
    on_erase(small.customer().id, small.world)
    assert book(small) == AddressBook()
    assert subscribe(small) == "erased"
    assert on_subscription(ASKED, small.world, message=message) == "erased"
    assert book(small) == AddressBook()
    assert small.customer().addresses == {}
