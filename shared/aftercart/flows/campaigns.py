"""A campaign begins on its day: all customers are walked once, and those whom it is for go their way.

The walk goes in parts. After each its cursor is written, and after some seconds a schedule goes on with it a
minute later. Who is met twice is begun once: a customer has one enrolment of a campaign.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from aftercart import ports
from aftercart.domain import ids
from aftercart.domain.campaign import A_DAY, SUBJECT, Campaign, Launch, holds, own_hour
from aftercart.domain.clockwork import GRACE, arm_time
from aftercart.domain.customer import Customer
from aftercart.domain.journey import Journey
from aftercart.flows import effects, enrol
from aftercart.flows.again import until_settled
from aftercart.ports import Check, Conflict, Put, Ref, Snapshot, SomeCustomers, World

# So many stored things are looked at at once: all of them customers at worst, forty milliseconds each.
PART = 200
PARTS = 100  # an invocation, if they take no time: most parts hold a few customers
WALKS_FOR = timedelta(seconds=30)  # then no new part is begun: the invocation has a minute


@dataclass(frozen=True, slots=True)
class _Walk:
    """What one invocation works on."""

    journey: Journey
    launch: Launch
    begun_at: datetime
    world: World


def begin_near(world: World) -> None:
    """Each campaign whose hour is near anywhere. One that is over when it is first seen never begins."""
    now = world.clock.now()
    for journey in world.journeys.values():
        launch = None if journey.retired else journey.launch
        if launch is not None and launch.walk_from <= now <= launch.walk_until:
            until_settled(lambda one=journey, at=launch: _begin(one, at, world))  # type: ignore[misc]


def _begin(journey: Journey, launch: Launch, world: World) -> None:
    ref = ports.campaign(world.shop, journey.name)
    snapshot = world.store.read(ref)
    known = snapshot.get(ref)
    if known is not None and known.is_of(launch) and known.ended != "removed":
        return
    now = world.clock.now()
    begun = Campaign(
        journey=journey.name,
        day=launch.day,
        hour=launch.hour,
        begun_at=now,
        arm=known.arm if known else 0,  # it only rises: an older arm is a no-op
    )
    _go_on(begun, snapshot, world)


def on_walk(name: str, arm: int, world: World) -> str:
    """Answers 'walked' (there is more), 'done', 'removed' or 'nothing_due'."""
    ref = ports.campaign(world.shop, name)
    snapshot = world.store.read(ref)
    campaign = snapshot.get(ref)
    if campaign is None or campaign.ended or campaign.arm != arm:
        return "nothing_due"
    journey = world.journeys.get(name)
    try:
        if journey is None or journey.retired or journey.launch is None or not campaign.is_of(journey.launch):
            return _end(campaign, "removed", snapshot, world)
        return _parts(campaign, _Walk(journey, journey.launch, campaign.begun_at, world), snapshot)
    except Conflict:  # another invocation walks too, and is further
        return "nothing_due"


def _parts(campaign: Campaign, walk: _Walk, snapshot: Snapshot) -> str:
    """As many as fit. What cannot be read stands in nobody's way: it is raised when the others are done."""
    world, unread = walk.world, list[Exception]()
    until = world.clock.now() + WALKS_FOR
    for left in reversed(range(PARTS)):
        some = world.store.some_customers(campaign.cursor, PART)
        for each in some.snapshot.records:
            _take_in(each, some, walk)
        unread += some.unread
        campaign = replace(campaign, cursor=some.cursor)
        if not campaign.cursor or not left or world.clock.now() >= until:
            break
        snapshot = _written(campaign, snapshot, world)
    done = _go_on(campaign, snapshot, world) if campaign.cursor else _end(campaign, "done", snapshot, world)
    if unread:
        raise unread[0]
    return done


def _take_in(ref: Ref[Customer], some: SomeCustomers, walk: _Walk) -> None:
    """Begins a customer's way, where it is for them: first as they were seen, then as they are."""
    world = walk.world
    own = ports.enrolment(ids.enrolment_id(ref.id, walk.journey.name, SUBJECT))
    seen = [some.snapshot]

    def take() -> None:
        snapshot = seen.pop() if seen else world.store.read(ref, own)
        customer = snapshot.get(ref)
        starts_at = _starts_at(customer, walk)
        if customer is None or starts_at is None or snapshot.get(own) is not None:
            return
        now = world.clock.now()
        rules = enrol.Rules(brand=world.brand, catalogue=world.catalogue, customer=customer, order=None)
        enrolment = enrol.begin_campaign(walk.journey, rules, starts_at, now)
        changes: list[Any] = [effects.put_enrolment(enrolment, now), Check(ref=ref)]
        after = world.store.commit(snapshot, changes)
        effects.carry_out((), [enrolment], after, world)

    until_settled(take)


def _starts_at(customer: Customer | None, walk: _Walk) -> datetime | None:
    """None: it is not for them, or their hour was over for a day when it began."""
    if customer is None or customer.erased:
        return None
    if not holds(walk.launch.over, customer, walk.world.brand, walk.begun_at):
        return None
    starts_at = own_hour(walk.launch, customer, walk.world.brand.country(customer.country))
    return starts_at if walk.begun_at <= starts_at + A_DAY else None


def _go_on(campaign: Campaign, snapshot: Snapshot, world: World) -> str:
    """In a minute, by a schedule; should that be lost, by the sweep."""
    now = world.clock.now()
    armed = replace(campaign, arm=campaign.arm + 1, armed_for=arm_time(now, now))
    _arm(armed, _written(armed, snapshot, world), world)
    return "walked"


def _written(campaign: Campaign, snapshot: Snapshot, world: World) -> Snapshot:
    """It owes that it goes on, until it has ended."""
    todo_at = None if campaign.ended else world.clock.now()
    ref = ports.campaign(world.shop, campaign.journey)
    return world.store.commit(snapshot, [Put(ref=ref, value=campaign, todo_at=todo_at)])


def _arm(campaign: Campaign, snapshot: Snapshot, world: World) -> None:
    assert campaign.armed_for is not None  # noqa: S101
    ref = ports.campaign(world.shop, campaign.journey)
    payload = {"v": 1, "kind": "campaign", "journey": campaign.journey, "arm": campaign.arm}
    name = ids.schedule_name(f"campaign/{ref.id}", campaign.arm)
    world.schedules.arm(name, campaign.armed_for, payload)
    world.store.owe(ref, snapshot, campaign.armed_for + GRACE)


def _end(campaign: Campaign, how: str, snapshot: Snapshot, world: World) -> str:
    """Nothing is owed any more, and no cursor names anybody."""
    _written(replace(campaign, cursor="", armed_for=None, ended=how), snapshot, world)
    return how


def look_after(campaign: Campaign, snapshot: Snapshot, world: World) -> None:
    """For the sweep: it is armed again, or its walk goes on with the next arm."""
    if campaign.ended:  # the index lags behind: nothing is owed
        return
    if campaign.armed_for is not None and world.clock.now() < campaign.armed_for + GRACE / 2:
        _arm(campaign, snapshot, world)
    else:
        _go_on(campaign, snapshot, world)
