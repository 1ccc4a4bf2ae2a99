"""Where a customer wants to hear from us, how often and when: chosen on the page, held at the claim."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from aftercart import ports
from aftercart.domain.consent import Purpose
from aftercart.domain.customer import DayCount
from aftercart.domain.message import Message
from aftercart.domain.wishes import Frequency, Wishes
from aftercart.flows import erase, pages
from aftercart.flows.order_confirmation import on_order
from aftercart.flows.replies import on_reply
from aftercart.ports import Put
from tests.builders import NEWS, NOW, REJECTED, SmallWorld, a_brand, a_country, an_order, placed, said

WHATSAPP, VIBER, _ = NEWS


def a_world(orders: int = 1, **facts: Any) -> SmallWorld:
    """With so many orders, whose messages wait for their first rung."""
    small = SmallWorld(**facts)
    for number in range(orders):
        on_order(placed(an_order(str(1001 + number))), small.world)
    return small


def chooses(small: SmallWorld, **fields: str | Sequence[str]) -> str:
    form: Mapping[str, Sequence[str]] = {
        name.rstrip("_"): [value] if isinstance(value, str) else list(value)
        for name, value in {"frequency": "any", **fields}.items()
    }
    return pages.act(small.messages("confirm")[0].id, "wishes", small.world, form)


def sells(small: SmallWorld, message: Message, lasting: timedelta = timedelta(days=9)) -> Message:
    """It is marketing and nothing else."""
    ref = ports.message(message.id)
    read = small.store.read(ref)
    value = replace(message, purpose=Purpose.MARKETING, offer=None, not_after=small.clock.now() + lasting)
    small.store.commit(read, [Put(ref=ref, value=value, todo_at=read.todo_at(ref))])
    return value


def due_at(small: SmallWorld, message: Message) -> datetime | None:
    return next(known.due_at for known in small.messages("confirm") if known.id == message.id)


def closed(small: SmallWorld, message: Message) -> str:
    return next(known.final for known in small.messages("confirm") if known.id == message.id)


def takes_its_turn(small: SmallWorld, message: Message) -> None:
    """The only one of the week waits for others that may be due."""
    assert small.rung(message) == "gathering"
    small.clock.forward(minutes=15)
    assert small.rung(message) == "waiting"


def went_on(small: SmallWorld) -> date | None:
    """When the newest offer went."""
    turn = small.customer().turn
    return turn.on if turn else None


# What the page takes


def test_a_choice_is_kept_with_when_it_was_made() -> None:
    small = a_world()
    assert (
        chooses(small, frequency="weekly", from_="10:00", until="18:00", day=("sunday", "monday")) == "saved"
    )
    assert small.customer().wishes == Wishes(
        at=NOW,
        frequency=Frequency.WEEKLY,
        not_before=time(10),
        not_after=time(18),
        quiet_days=("monday", "sunday"),
    )
    assert pages.show(small.message("confirm").id, "", small.world).wishes == small.customer().wishes


def test_a_choice_that_is_sent_again_writes_nothing() -> None:
    small = a_world()
    chooses(small, frequency="weekly")
    before = dict(small.store.items)
    small.clock.forward(minutes=5)
    assert chooses(small, frequency="weekly") == "saved"
    assert small.store.items == before


def test_a_later_choice_holds() -> None:
    small = a_world()
    chooses(small, frequency="only_orders", day=("sunday",))
    small.clock.forward(minutes=5)
    chooses(small)
    assert small.customer().wishes == Wishes(at=NOW + timedelta(minutes=5))


def test_hours_that_end_before_they_begin_are_refused_and_said() -> None:
    small = a_world()
    assert chooses(small, from_="18:00", until="10:00") == "no_such_hours"
    assert chooses(small, from_="18:00", until="18:00") == "no_such_hours"
    assert small.customer().wishes is None


def chooses_channel(small: SmallWorld, channel: str) -> str:
    form = {"channel": [channel]}
    return pages.act(small.messages("confirm")[0].id, "wishes", small.world, form)


def test_where_they_want_to_hear_from_us_their_messages_go_first() -> None:
    small = a_world()
    assert pages.show(small.message("confirm").id, "", small.world).channels == NEWS
    assert chooses_channel(small, "sms") == "saved"
    small.rung(small.message("confirm"))
    assert small.shown() == ["sms confirm/offer"]
    facts = small.message("confirm").log[-1].facts
    assert facts["route"] == "sms: chosen, whatsapp: order, viber: order"


def test_a_form_that_asks_for_the_channel_alone_leaves_the_rest_as_it_was_chosen() -> None:
    small = a_world()
    chooses(small, frequency="weekly", from_="10:00")
    small.clock.forward(minutes=5)
    chooses_channel(small, "viber")
    later = NOW + timedelta(minutes=5)
    chosen = Wishes(at=later, frequency=Frequency.WEEKLY, not_before=time(10), channel=VIBER)
    assert small.customer().wishes == chosen
    small.clock.forward(minutes=5)
    chooses(small, frequency="monthly")
    assert small.customer().wishes == Wishes(
        at=later + timedelta(minutes=5), frequency=Frequency.MONTHLY, channel=VIBER
    )


def test_as_usual_takes_the_chosen_channel_back() -> None:
    small = a_world()
    chooses_channel(small, "viber")
    small.clock.forward(minutes=5)
    assert chooses_channel(small, "any") == "saved"
    assert small.customer().wishes == Wishes(at=NOW + timedelta(minutes=5))


def test_a_chosen_channel_with_a_stop_on_it_is_passed_over() -> None:
    small = a_world()
    chooses_channel(small, "viber")
    on_reply(said("STOP", channel=VIBER), small.world)
    small.rung(small.message("confirm"))
    assert small.shown() == ["whatsapp confirm/plain"]
    facts = small.message("confirm").log[-1].facts
    assert facts["route"] == "viber: chosen, whatsapp: order, sms: order"
    assert facts["viber.plain"] == "stopped_here"


@pytest.mark.parametrize(
    "fields",
    (
        {"channel": "pigeon"},
        {"channel": ""},
        {"frequency": "hourly"},
        {"frequency": ""},
        {"from_": "25:00"},
        {"until": "9"},
        {"day": ("someday",)},
        {"from_": "10:00:00.000001"},
    ),
)
def test_what_no_page_of_ours_posts_does_nothing(fields: dict[str, Any]) -> None:
    small = a_world()
    assert chooses(small, **fields) == ""
    assert small.customer().wishes is None


def test_a_link_that_names_no_message_chooses_for_nobody() -> None:
    small = a_world()
    strange = f"{small.customer().id}-{'z' * 10}"
    assert pages.act(strange, "wishes", small.world, {"frequency": ["weekly"]}) == ""
    assert small.customer().wishes is None


def test_an_erasure_forgets_the_choice_and_none_can_be_made_after_it() -> None:
    small = a_world()
    message = small.message("confirm").id
    chooses(small, frequency="weekly")
    erase.on_erase(small.customer().id, small.world)
    assert small.customer().wishes is None
    assert pages.act(message, "wishes", small.world, {"frequency": ["weekly"]}) == ""
    assert small.customer().wishes is None


# How often


def test_who_wants_one_a_week_gets_the_next_one_seven_local_days_later() -> None:
    small = a_world(2)
    chooses(small, frequency="weekly")
    one, two = (sells(small, each) for each in small.messages("confirm"))
    takes_its_turn(small, one)
    assert small.rung(two) == "frequency"
    until = due_at(small, two)
    assert until is not None
    opens = datetime(2026, 11, 30, 7, 5, tzinfo=UTC)  # the next Monday at 09:05 in Kyiv
    assert opens <= until <= opens + timedelta(minutes=50)
    small.clock.time = until
    assert small.rung(two) == "waiting"
    assert went_on(small) == date(2026, 11, 30)


def test_who_wants_one_a_month_gets_the_next_one_in_the_next_calendar_month() -> None:
    small = a_world(2)
    one, two = (sells(small, each) for each in small.messages("confirm"))
    small.rung(one)  # before they chose: it counts
    chooses(small, frequency="monthly")
    assert small.rung(two) == "frequency"
    assert due_at(small, two).date() == date(2026, 12, 1)  # type: ignore[union-attr]


def test_what_its_turn_would_find_expired_ends_with_that_reason_and_says_what_was_chosen() -> None:
    small = a_world(2)
    one, two = small.messages("confirm")
    one, two = sells(small, one), sells(small, two, timedelta(days=2))
    chooses(small, frequency="weekly")
    takes_its_turn(small, one)
    assert small.rung(two) == "frequency"
    assert closed(small, two) == "frequency"
    (message,) = (known for known in small.messages("confirm") if known.id == two.id)
    winner = {"by": "order_confirmation.confirm", "message": one.id}
    assert message.log[-1].facts == {"chosen": "weekly", "last_on": "2026-11-23"} | winner


def test_who_wants_news_of_orders_alone_gets_no_offer_and_all_the_news() -> None:
    small = a_world(2)
    offer, news = small.messages("confirm")
    offer = sells(small, offer)
    chooses(small, frequency="only_orders")
    assert small.rung(offer) == "frequency"
    assert closed(small, offer) == "frequency"
    small.rung(news)
    assert small.shown() == ["whatsapp confirm/plain"]


def test_an_offer_in_a_confirmation_takes_the_turn_and_without_one_the_plain_twin_goes_at_once() -> None:
    small = a_world(2)
    chooses(small, frequency="weekly")
    one, two = small.messages("confirm")
    small.rung(one)
    small.rung(two)
    assert small.shown() == ["whatsapp confirm/offer", "whatsapp confirm/plain"]
    log = next(known.log for known in small.messages("confirm") if known.id == two.id)
    assert log[-1].facts["whatsapp.offer"] == "frequency"


def test_only_orders_also_ends_what_has_tried_one_channel() -> None:
    small = a_world()
    message = sells(small, small.message("confirm"))
    small.phones[WHATSAPP].answers = [lambda outgoing: chosen_meanwhile(small)]
    assert small.rung(message) == "frequency"
    assert closed(small, message) == "frequency"
    assert small.shown() == []


def chosen_meanwhile(small: SmallWorld) -> Any:
    chooses(small, frequency="only_orders")
    return REJECTED


def test_a_second_channel_is_not_held_by_the_turn_that_the_first_one_took() -> None:
    small = a_world()
    chooses(small, frequency="weekly")
    small.phones[WHATSAPP].answers = [REJECTED]
    small.rung(small.message("confirm"))
    assert small.shown() == ["viber confirm/offer"]


def test_an_offer_that_the_cap_has_barred_on_the_first_channel_is_barred_on_the_second_too() -> None:
    small = a_world()
    ref = ports.customer(small.customer().id)
    read = small.store.read(ref)
    capped = replace(small.customer(), today=DayCount(day=NOW.date(), messages=2, marketing=2))
    small.store.commit(read, [Put(ref=ref, value=capped)])
    small.phones[WHATSAPP].answers = [REJECTED]
    small.rung(small.message("confirm"))
    assert small.shown() == ["viber confirm/plain"]
    assert small.customer().today == DayCount(day=NOW.date(), messages=3, marketing=2)


def test_an_offer_that_goes_only_with_the_second_channel_counts_when_it_goes() -> None:
    """By night the plain twin goes first; in the morning the offer may."""
    small = a_world()
    chooses(small, frequency="weekly")
    small.clock.time = datetime(2026, 11, 24, 1, 40, tzinfo=UTC)
    small.rung(small.message("confirm"))
    assert went_on(small) is None
    small.clock.time = datetime(2026, 11, 24, 9, tzinfo=UTC)
    small.rung(small.message("confirm"), 2)
    assert small.shown() == ["whatsapp confirm/plain", "viber confirm/offer"]
    assert small.customer().today == DayCount(day=date(2026, 11, 24), messages=2, marketing=1)
    assert went_on(small) == date(2026, 11, 24)


# At what hours, on which days


def test_own_hours_hold_what_the_country_would_let_go() -> None:
    small = a_world()
    chooses(small, from_="16:00")  # it is 14:00 in Kyiv
    message = sells(small, small.message("confirm"))
    assert small.rung(message) == "own_hours"
    until = due_at(small, message)
    assert until is not None
    assert NOW + timedelta(hours=2) <= until <= NOW + timedelta(hours=2, minutes=50)


def test_own_quiet_days_and_the_countrys_are_passed_over_together() -> None:
    holidays = a_country(holidays=("2026-11-25",), quiet_days=("thursday",))
    small = a_world(brand=a_brand(countries={"UA": holidays, "*": holidays}))
    chooses(small, day=("monday", "tuesday"))
    message = sells(small, small.message("confirm"))
    assert small.rung(message) == "own_hours"
    assert due_at(small, message).date() == date(2026, 11, 27)  # type: ignore[union-attr]


def test_a_holiday_holds_marketing_and_no_news() -> None:
    monday = a_country(holidays=("11-23",))
    small = a_world(2, brand=a_brand(countries={"UA": monday, "*": monday}))
    offer, news = small.messages("confirm")
    offer = sells(small, offer)
    assert small.rung(offer) == "quiet_day"
    assert due_at(small, offer).date() == date(2026, 11, 24)  # type: ignore[union-attr]
    small.rung(news)
    assert small.shown() == ["whatsapp confirm/plain"]


def test_hours_that_leave_nothing_of_the_countrys_let_no_offer_go_and_all_news() -> None:
    small = a_world(2)
    chooses(small, from_="20:00")
    offer, news = small.messages("confirm")
    offer = sells(small, offer)
    assert small.rung(offer) == "own_hours"
    assert closed(small, offer) == "own_hours"
    small.rung(news)
    assert small.shown() == ["whatsapp confirm/plain"]


def test_hours_that_leave_nothing_are_named_as_theirs_by_night_too() -> None:
    small = a_world()
    chooses(small, from_="20:00")
    small.clock.time = datetime(2026, 11, 24, 1, 40, tzinfo=UTC)
    offer = sells(small, small.message("confirm"))
    assert small.rung(offer) == "own_hours"
    assert closed(small, offer) == "own_hours"


FROM_NEW_YORK_TO_HAWAII = ("America/New_York", "Pacific/Honolulu")


def lives_in(small: SmallWorld, zones: tuple[str, ...]) -> None:
    ref = ports.customer(small.customer().id)
    read = small.store.read(ref)
    small.store.commit(read, [Put(ref=ref, value=replace(small.customer(), zones=zones))])


@pytest.mark.parametrize("days", ((), ("saturday", "sunday")))
def test_hours_that_no_two_of_the_zones_share_before_clocks_change_are_named_as_theirs(
    days: Sequence[str],
) -> None:
    """Six hours apart in summer, five in winter: from November on they share one hour of these six."""
    small = a_world()
    chooses(small, from_="11:00", until="17:00", day=days)
    lives_in(small, FROM_NEW_YORK_TO_HAWAII)
    small.clock.time = datetime(2027, 9, 28, 15, tzinfo=UTC)  # five in the morning in Hawaii
    offer = sells(small, small.message("confirm"), timedelta(days=7))
    assert small.rung(offer) == "own_hours"
    assert closed(small, offer) == "own_hours"


def test_the_countrys_hours_are_named_where_they_alone_would_have_come_too_late() -> None:
    small = a_world()
    chooses(small, from_="11:00")
    small.clock.time = datetime(2026, 11, 24, 1, 40, tzinfo=UTC)  # hours before any may be said
    offer = sells(small, small.message("confirm"), timedelta(hours=2))
    assert small.rung(offer) == "quiet_hours"


def test_their_own_hours_are_named_where_the_countrys_alone_would_have_been_in_time() -> None:
    small = a_world()
    chooses(small, from_="16:00")
    small.clock.time = datetime(2026, 11, 24, 1, 40, tzinfo=UTC)
    offer = sells(small, small.message("confirm"), timedelta(hours=8))
    assert small.rung(offer) == "own_hours"
