"""What must wait for its hour waits once: it is released within hours, with its spread too, in every zone."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from aftercart.domain.brand import Brand, Hours
from aftercart.domain.consent import Consent, Purpose
from aftercart.domain.customer import Address, Customer, DayCount
from aftercart.domain.decision import Defer, Skip
from aftercart.domain.message import Message, Urgency
from aftercart.domain.time_of_day import local_date
from aftercart.flows.rung import Move, Task, Try, decide
from aftercart.flows.view import View
from tests.builders import NEWS, a_brand, a_country
from tests.promises import clock_changes
from tests.promises.clock_changes import BEGINS, DAY, HOUR, MINUTE, due_times, shard

SHARDS = 4
DAYTIME, EVENING = Hours(start=time(9, 5), end=time(20)), Hours(start=time(21), end=time(0, 30))
SHORT = Hours(start=time(9), end=time(9, 20))  # shorter than the spread
SPREAD = timedelta(minutes=50)
OWNER = "a" * 14
shards = pytest.mark.parametrize("number", tuple(range(SHARDS)))
tables = pytest.fixture(autouse=True)(clock_changes.of_the_package)


def a_view(zones: tuple[str, ...], hours: Hours, purpose: Purpose, number: int = 0) -> View:
    """A message that may be told at any hour but the customer's quiet ones."""
    country = a_country(marketing_hours=hours, awake_hours=hours, spread=SPREAD)
    granted = Consent(purpose=Purpose.MARKETING, granted=True, at=BEGINS, source="a test", explicit=True)
    addresses = {
        channel: Address(channel=channel, value="+380671234567", at=BEGINS, said={Purpose.MARKETING: granted})
        for channel in NEWS
    }
    message = Message(
        id=f"{OWNER}-{number:010d}",
        journey="a journey",
        step="a step",
        text="a text",
        purpose=purpose,
        urgency=Urgency.BY_MORNING,
        created_at=BEGINS,
        not_after=BEGINS + 9999 * DAY,
    )
    return View(
        message=message,
        customer=Customer(id=OWNER, country="UA", zones=zones, addresses=addresses),
        enrolment=None,
        order=None,
        brand=a_brand(countries={"UA": country, "*": country}),
        carried=dict.fromkeys(NEWS, ("handset",)),
    )


def moved(view: View, now: datetime) -> Move:
    return decide(view, Task(message=view.message.id, run=1, rung=1, wait=900, token="a token"), now)


def shown(zone: str, at: datetime, hours: Hours) -> bool:
    wall = at.astimezone(ZoneInfo(zone)).time()
    if hours.start < hours.end:
        return hours.start <= wall < hours.end
    return wall >= hours.start or wall < hours.end


@shards
@pytest.mark.parametrize("hours", (DAYTIME, EVENING, SHORT))
def test_a_deferred_message_goes_when_it_is_released_and_not_in_quiet_hours(
    number: int, hours: Hours
) -> None:
    for turn, change in enumerate(shard(number, SHARDS)):
        purpose = tuple(Purpose)[turn % 2]
        view = a_view((change.zone,), hours, purpose, turn)
        for now in due_times(change, 70 * MINUTE if change.first else 23 * HOUR):
            move = moved(view, now)
            if isinstance(move, Defer):
                assert not shown(change.zone, now, hours) or _is_doubled(change.zone, now), (change, now)
                assert timedelta() < move.until - now < 26 * HOUR, (change, now)
                now = move.until  # noqa: PLW2901
                move = moved(view, now)
            assert isinstance(move, Try), (change, now, move)
            assert shown(change.zone, now, hours), (change, now)


def _is_doubled(zone: str, now: datetime) -> bool:
    """The hour that comes twice is within hours in its shorter reading alone."""
    wall = now.astimezone(ZoneInfo(zone))
    return wall.utcoffset() != wall.replace(fold=1 - wall.fold).utcoffset()


@shards
@pytest.mark.parametrize("hours", (DAYTIME, EVENING))
def test_what_the_days_cap_puts_off_goes_on_the_next_local_day_within_hours(
    number: int, hours: Hours
) -> None:
    """Also late in the hours, where a whole spread would end in the night."""
    for turn, change in enumerate(shard(number, SHARDS)):
        view = a_view((change.zone,), hours, Purpose.MARKETING, turn)
        for now in due_times(change, 70 * MINUTE if change.first else 23 * HOUR):
            if not isinstance(moved(view, now), Try):
                continue
            today = local_date(now, (change.zone,))
            move = moved(_capped(view, DayCount(day=today, messages=2, marketing=2)), now)
            assert isinstance(move, Defer), (change, now, move)
            assert move.reason == "marketing_cap"
            assert local_date(move.until, (change.zone,)) > today, (change, now)
            later = moved(_capped(view, DayCount(day=today, messages=2, marketing=2)), move.until)
            assert isinstance(later, Try), (change, now, later)
            assert shown(change.zone, move.until, hours), (change, now)


def _capped(view: View, count: DayCount) -> View:
    assert view.customer is not None
    return replace(view, customer=replace(view.customer, today=count))


def test_releases_are_spread_and_none_comes_after_the_hours() -> None:
    """A thousand that wait for the same hour: over the whole spread, or over the hours where shorter."""
    for hours, over in ((DAYTIME, SPREAD), (SHORT, timedelta(minutes=20))):
        moves = [moved(a_view(("Europe/Kyiv",), hours, Purpose.MARKETING, n), BEGINS) for n in range(1000)]
        walls = [m.until.astimezone(ZoneInfo("Europe/Kyiv")) for m in moves if isinstance(m, Defer)]
        opens = datetime.combine(walls[0].date(), hours.start, walls[0].tzinfo)
        waits = [wall - opens for wall in walls]
        assert len(waits) == 1000
        assert all(timedelta() <= wait < over for wait in waits)
        assert min(waits) < over / 20
        assert max(waits) > over * 19 / 20


@pytest.mark.parametrize("zones", ((), ("Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Kyiv")))
def test_marketing_without_a_common_hour_is_not_sent_and_news_goes_at_once(zones: tuple[str, ...]) -> None:
    for n in range(48):
        now = BEGINS + n * HOUR
        move = moved(a_view(zones, DAYTIME, Purpose.MARKETING), now)
        assert isinstance(move, Skip)
        assert move.reason == "no_common_hours"
        assert isinstance(moved(a_view(zones, DAYTIME, Purpose.TRANSACTIONAL), now), Try)


def test_nothing_is_put_off_beyond_its_use() -> None:
    view = a_view(("Europe/Kyiv",), DAYTIME, Purpose.MARKETING)
    night = datetime(2027, 3, 28, 0, 30, tzinfo=BEGINS.tzinfo)  # the hour before clocks are set forward
    until = moved(view, night)
    assert isinstance(until, Defer)
    for spare, expected in ((timedelta(), Skip), (timedelta(seconds=1), Defer)):
        short = replace(view, message=replace(view.message, not_after=until.until + spare))
        assert isinstance(moved(short, night), expected)


def test_the_sample_brand_starts_nothing_in_ukraines_minute_of_silence() -> None:
    """Daily at 09:00 in Kyiv, over both changes of a year."""
    brand: Brand = a_brand()
    hours = brand.country("UA").marketing_hours
    for day in range(366):
        move = moved(a_view(("Europe/Kyiv",), hours, Purpose.MARKETING, day), BEGINS + day * DAY)
        assert isinstance(move, Defer)
        assert move.until.astimezone(ZoneInfo("Europe/Kyiv")).time() >= time(9, 5)
