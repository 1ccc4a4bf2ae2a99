"""A campaign: who is begun, when, once; and what becomes of them where there is no order."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from aftercart import ports
from aftercart.domain import ids
from aftercart.domain.campaign import Campaign, Launch, Segment
from aftercart.domain.consent import Channel
from aftercart.domain.customer import Address, Customer
from aftercart.domain.experiment import held_out
from aftercart.domain.journey import About, After, Enrolment, Journey
from aftercart.domain.message import ReceiptStatus
from aftercart.flows.campaigns import on_walk
from aftercart.flows.erase import on_erase
from aftercart.flows.lifecycle_reminders import on_step_due, sweep
from aftercart.flows.opt_out import stop_at_provider
from aftercart.flows.pages import show
from aftercart.flows.pause import on_pause
from aftercart.flows.receipts import on_receipt
from aftercart.ports import Put, Snapshot
from sandbox.control.records import Records
from tests.builders import KYIV, NEWS, SHOP, HandClock, SmallWorld, a_step, marketing

DAY = date(2027, 3, 1)
NEAR = datetime(2027, 2, 28, 9, tzinfo=UTC)  # 26 hours before the hour in UTC
AT_KYIV = datetime(2027, 3, 1, 9, tzinfo=UTC)
A_QUARTER = timedelta(minutes=15)


def a_campaign(name: str = "spring", **facts: Any) -> Journey:
    known: dict[str, Any] = {
        "launch": Launch(day=DAY, hour=time(11), over=Segment(country="UA")),
        "steps": (
            a_step("opening", purpose="marketing", after=After(event="started", wait=timedelta(0))),
            a_step(
                "last_call",
                purpose="marketing",
                after=After(event="started", wait=timedelta(days=3), at=time(12)),
                when={"owns_not": "phone_case"},
            ),
        ),
    }
    return Journey(name=name, about=About.CUSTOMER, starts="started", **known | facts)


def someone(number: int, **facts: Any) -> Customer:
    phone = f"+38067{number:07}"
    addresses = {
        channel: Address(channel=channel, value=phone, at=NEAR).with_consent(marketing()) for channel in NEWS
    }
    known: dict[str, Any] = {"country": "UA", "zones": KYIV, "addresses": addresses, "orders": (str(number),)}
    return Customer(id=ids.customer_id(SHOP, "buyer", str(number)), **known | facts)


def put(small: SmallWorld, *customers: Customer) -> None:
    for customer in customers:
        known = Put(ref=ports.customer(customer.id), value=customer, blind=True)
        small.store.commit(Snapshot(), [known])


def a_world(*customers: Customer, at: datetime = NEAR, journey: Journey | None = None) -> SmallWorld:
    small = SmallWorld(clock=HandClock(at), journeys=(journey or a_campaign(),))
    put(small, *customers)
    return small


def fire(small: SmallWorld, kind: str = "campaign") -> None:
    """Every schedule of a kind whose time has come, and those of old too: they are no-ops."""
    for when, payload in sorted(small.schedules.armed.values(), key=lambda each: each[0]):
        if payload["kind"] == kind and when <= small.clock.time:
            if kind == "campaign":
                on_walk(payload["journey"], payload["arm"], small.world)
            else:
                on_step_due(payload["enrolment"], payload["arm"], small.world)


def campaign(small: SmallWorld, name: str = "spring") -> Campaign | None:
    ref = ports.campaign(SHOP, name)
    return small.store.read(ref).get(ref)


def until_walked(small: SmallWorld, most: int = 40) -> None:
    """Minutes pass; each quarter of an hour there is a sweep."""
    for minute in range(most * 15):
        small.clock.forward(minutes=1)
        fire(small)
        if minute % 15 == 0:
            sweep(small.world)
        known = campaign(small)
        if known is not None and known.ended:
            return
    pytest.fail("the walk has no end")


def begun(small: SmallWorld) -> list[Enrolment]:
    return sorted(small.everything(Enrolment), key=lambda each: each.customer)


def well_armed(small: SmallWorld) -> bool:
    """Each waits for its hour, by a schedule under its live arm."""
    names = {ids.schedule_name(each.id, each.arm) for each in begun(small)}
    return names <= set(small.schedules.armed) and len(names) == len(begun(small))


def test_a_sweep_begins_it_a_day_before_and_everyone_of_the_segment_has_a_way_with_its_time() -> None:
    inside, outside = [someone(n) for n in range(30)], [someone(n, country="PL") for n in range(30, 40)]
    small = a_world(*inside, *outside)
    small.clock.time = NEAR - timedelta(seconds=1)
    sweep(small.world)
    assert campaign(small) is None
    small.clock.time = NEAR
    sweep(small.world)
    assert begun(small) == []
    until_walked(small)
    ways = begun(small)
    assert [each.customer for each in ways] == sorted(each.id for each in inside)
    for way in ways:
        opening, last_call = (record.due_at for record in way.steps)
        assert opening is not None
        assert last_call is not None
        assert timedelta(0) <= opening - AT_KYIV < timedelta(minutes=50)
        assert last_call - opening == timedelta(days=3, hours=1)
        assert (way.order, way.subject, way.armed_for) == ("", "customer", opening)
    assert well_armed(small)
    small.clock.forward(minutes=20)
    sweep(small.world)
    assert small.store.overdue(small.clock.now(), 100) == []


def test_each_customer_is_told_at_their_own_hour() -> None:
    zones = ("Asia/Almaty", "Europe/Kyiv", "Europe/Lisbon")
    everyone = a_campaign(launch=Launch(day=DAY, hour=time(11)))
    small = a_world(*(someone(n, zones=(zone,)) for n, zone in enumerate(zones)), journey=everyone)
    sweep(small.world)
    until_walked(small)
    hours = {way.zones[0]: way.events["started"].hour for way in begun(small)}
    assert hours == {"Asia/Almaty": 6, "Europe/Kyiv": 9, "Europe/Lisbon": 11}


def test_where_nobody_knows_the_zone_nothing_is_said_and_the_reason_is_kept() -> None:
    small = a_world(someone(1, zones=()))
    sweep(small.world)
    until_walked(small)
    small.clock.time = AT_KYIV + timedelta(hours=3)
    fire(small, "step")
    small.rung(small.message("opening"))
    assert small.message("opening").final == "no_common_hours"
    assert small.shown() == []


def told(small: SmallWorld) -> None:
    """The hour comes, and the first rung is tried."""
    small.clock.time = AT_KYIV + timedelta(minutes=50)
    fire(small, "step")
    for message in small.messages():
        small.rung(message)


def test_it_is_said_without_an_order_and_what_follows_it_goes_by_its_own_conditions() -> None:
    small = a_world(someone(1))
    sweep(small.world)
    until_walked(small)
    told(small)
    assert small.shown() == ["whatsapp opening/plain"]
    message = small.message("opening")
    assert (message.order, message.purpose) == ("", "marketing")
    assert show(message.id, "", small.world).found
    on_receipt(small.receipt(message, 1, ReceiptStatus.DELIVERED), small.world)
    small.clock.time = AT_KYIV + timedelta(days=3, hours=2)
    fire(small, "step")
    assert small.message("last_call").journey == "spring"


def test_consent_hold_out_and_caps_are_as_everywhere_and_why_tells_each_silence() -> None:
    mute = someone(1, addresses={})
    out = next(someone(n) for n in range(2, 99) if held_out(someone(n).id, "spring", 0.5))
    stopped = next(someone(n) for n in range(100, 199) if not held_out(someone(n).id, "spring", 0.5))
    small = a_world(out, stopped, mute, journey=a_campaign(holdout=0.5))
    sweep(small.world)
    until_walked(small)
    stop_at_provider(stopped.id, Channel.WHATSAPP, small.world)
    told(small)
    assert small.shown() == []
    decisions = Records.of(small.store.items.values()).decisions(small.journeys)
    reasons = {each.customer: each.logged.reason for each in decisions if each.logged.step == "opening"}
    assert reasons[out.id] == "held_out"
    assert reasons[stopped.id] in ("no_marketing_consent", "stopped_here")
    assert reasons[mute.id] in ("no_channel", "held_out")


def test_a_second_campaign_of_one_day_is_put_off_by_the_cap_of_marketing() -> None:
    more = [a_campaign(name) for name in ("april", "may")]
    small = a_world(someone(1))
    small.journeys = (*small.journeys, *more)
    sweep(small.world)
    small.clock.forward(minutes=2)
    fire(small)
    told(small)
    waiting = [m for m in small.messages() if m.due_at]
    assert len(waiting) == 2  # one has gone; for the day's last turn they gather
    small.clock.forward(minutes=16)
    for message in sorted(waiting, key=lambda m: m.id):
        small.rung(message)
    assert len(small.shown()) == small.brand.marketing_a_day == 2
    (left,) = (m for m in small.messages() if m.due_at)
    assert left.log[-1].reason == "outranked"


def test_one_that_is_told_to_wait_waits() -> None:
    small = a_world(someone(1))
    sweep(small.world)
    until_walked(small)
    assert on_pause("spring", True, small.world) == "paused"
    told(small)
    assert small.shown() == []
    assert small.message("opening").due_at is not None


def test_who_is_erased_is_not_in_it_and_who_is_erased_meanwhile_leaves_it() -> None:
    gone, going, staying = someone(1), someone(2), someone(3)
    small = a_world(gone, going, staying)
    on_erase(gone.id, small.world)
    sweep(small.world)
    until_walked(small)
    assert {each.customer for each in begun(small)} == {going.id, staying.id}
    on_erase(going.id, small.world)
    told(small)
    assert {each.customer for each in begun(small)} == {staying.id}
    assert len(small.shown()) == 1


def test_who_comes_after_the_walk_is_not_in_it() -> None:
    small = a_world(someone(1))
    sweep(small.world)
    until_walked(small)
    put(small, someone(2))
    for _ in range(200):
        small.clock.forward(minutes=15)
        sweep(small.world)
        fire(small)
    assert [each.customer for each in begun(small)] == [someone(1).id]


@pytest.mark.parametrize(("late", "begins"), ((timedelta(hours=24), True), (timedelta(hours=25), False)))
def test_one_whose_hour_passed_more_than_a_day_before_it_was_first_seen_never_begins(
    late: timedelta, begins: bool
) -> None:
    small = a_world(someone(1), at=AT_KYIV + late - A_QUARTER)
    for _ in range(4 * 72):
        sweep(small.world)
        small.clock.forward(minutes=15)
        fire(small)
    assert bool(begun(small)) is begins


def test_one_that_was_long_over_makes_no_call_at_all() -> None:
    small = a_world(someone(1), at=AT_KYIV + timedelta(days=9))
    before = small.store.calls
    sweep(small.world)
    assert small.store.calls - before == 8  # of the index's shards
    assert campaign(small) is None


def test_one_that_is_retired_begins_nobody_and_a_walk_on_its_way_ends() -> None:
    small = a_world(someone(1), journey=a_campaign(retired=True))
    sweep(small.world)
    assert campaign(small) is None
    small.journeys = (a_campaign(),)
    sweep(small.world)
    small.journeys = (a_campaign(retired=True),)
    assert on_walk("spring", 1, small.world) == "removed"
    assert begun(small) == []


def test_one_that_is_taken_away_before_its_day_does_not_begin_and_comes_back_where_it_is_put_back() -> None:
    small = a_world(someone(1), someone(2))
    sweep(small.world)
    small.journeys = ()
    small.clock.forward(minutes=1)
    fire(small)
    known = campaign(small)
    assert known is not None
    assert (known.ended, begun(small)) == ("removed", [])
    small.journeys = (a_campaign(),)
    sweep(small.world)
    until_walked(small)
    assert len(begun(small)) == 2


def test_who_has_begun_is_told_though_it_is_taken_away() -> None:
    small = a_world(someone(1))
    sweep(small.world)
    until_walked(small)
    small.journeys = ()
    told(small)
    assert len(small.shown()) == 1


def test_another_day_is_walked_anew_and_nobody_begins_twice() -> None:
    small = a_world(someone(1))
    sweep(small.world)
    until_walked(small)
    later = Launch(day=date(2027, 3, 8), hour=time(11), over=Segment(country="UA"))
    small.journeys = (a_campaign(launch=later),)
    put(small, someone(2))
    small.clock.time = later.walk_from
    sweep(small.world)
    until_walked(small)
    starts = {each.customer: each.events["started"].date() for each in begun(small)}
    assert starts == {someone(1).id: DAY, someone(2).id: later.day}
    arms = [p["arm"] for _, p in small.schedules.armed.values() if p["kind"] == "campaign"]
    assert arms == [1, 2]  # a firing of the first walk's that comes late is none of the second's
