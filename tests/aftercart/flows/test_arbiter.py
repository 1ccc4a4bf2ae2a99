"""Several journeys want one turn of a customer: one goes, the others wait or expire, and say for whom."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from aftercart import ports
from aftercart.domain.brand import Brand
from aftercart.domain.consent import Purpose
from aftercart.domain.customer import Customer
from aftercart.domain.journey import About, Journey
from aftercart.domain.message import Closed, Message
from aftercart.domain.turns import MOST_WAITING, SETTLES, Contender
from aftercart.domain.wishes import Frequency, Wishes
from aftercart.flows import erase
from aftercart.flows.arbiter import GATHERING
from aftercart.flows.order_confirmation import on_order
from aftercart.flows.pause import on_pause
from aftercart.ports import Put
from tests.builders import CONFIRMATION, NOW, SmallWorld, a_brand, a_step, an_order, placed

LATER = timedelta(days=9)
NEXT_MONDAY = datetime(2026, 11, 30, tzinfo=UTC).date()


def a_journey(name: str, priority: int) -> Journey:
    step = a_step("confirm", on="order_placed")
    return Journey(name=name, about=About.ORDER, starts="elsewhere", steps=(step,), priority=priority)


def a_world(brand: Brand | None = None, frequency: Frequency = Frequency.WEEKLY) -> SmallWorld:
    """Whoever lives in it wants one offer a week."""
    journeys = (CONFIRMATION, *(a_journey(name, n) for name, n in (("weak", 9), ("usual", 5), ("strong", 1))))
    small = SmallWorld(journeys=journeys, brand=brand or a_brand())
    on_order(placed(an_order("1000")), small.world)
    changed(small, ports.customer(small.customer().id), wishes=Wishes(at=NOW, frequency=frequency))
    return small


def changed(small: SmallWorld, ref: ports.Ref[Any], **facts: Any) -> Any:
    read = small.store.read(ref)
    known: Any = read.get(ref)
    value = replace(known, **facts)
    small.store.commit(read, [Put(ref=ref, value=value, todo_at=read.todo_at(ref))])
    return value


def offers(small: SmallWorld, journey: str, number: int, lasting: timedelta = LATER) -> Message:
    """A journey has something to offer now, and for a while."""
    on_order(placed(an_order(str(number), at=small.clock.now())), small.world)
    (made,) = (m for m in small.messages("confirm") if m.order == str(number))
    facts = {"journey": journey, "purpose": Purpose.MARKETING, "offer": None}
    message = changed(small, ports.message(made.id), not_after=small.clock.now() + lasting, **facts)
    assert isinstance(message, Message)
    return message


def known(small: SmallWorld, message: Message) -> Message:
    return next(each for each in small.messages("confirm") if each.id == message.id)


def until_due(small: SmallWorld, message: Message) -> None:
    due_at = known(small, message).due_at
    assert due_at is not None
    small.clock.time = max(due_at, small.clock.time)


def rung(small: SmallWorld, message: Message) -> str:
    """When it is due."""
    until_due(small, message)
    return small.rung(message)


def both_look(*named: tuple[str, int, timedelta]) -> tuple[SmallWorld, list[Message]]:
    """Due at one time, they look one after the other, a minute apart."""
    small, messages = a_world(), []
    for journey, number, lasting in named:
        messages.append(offers(small, journey, number, lasting))
        assert small.rung(messages[-1]) in ("gathering", "outranked")
        small.clock.forward(minutes=1)
    return small, messages


def facts(small: SmallWorld, message: Message) -> dict[str, Any]:
    return dict(known(small, message).log[-1].facts)


def named(message: Message) -> dict[str, str]:
    return {"by": f"{message.journey}.{message.step}", "message": message.id}


def test_the_stronger_journey_goes_also_where_it_looked_later_and_the_weaker_waits_for_its_turn() -> None:
    small, (weak, strong) = both_look(("weak", 1, LATER), ("strong", 2, LATER))
    assert rung(small, weak) == "outranked"
    assert facts(small, weak).items() >= named(strong).items()
    assert rung(small, strong) == "waiting"
    assert len(small.shown()) == 1
    assert rung(small, weak) == "outranked"  # the turn is taken, by whom it was told to wait for
    assert facts(small, weak).items() >= (named(strong) | {"chosen": "weekly"}).items()
    assert known(small, weak).due_at.date() == NEXT_MONDAY  # type: ignore[union-attr]
    assert rung(small, weak) == "waiting"


def test_the_stronger_goes_at_its_time_where_it_looked_first() -> None:
    small, (strong, weak) = both_look(("strong", 1, LATER), ("weak", 2, LATER))
    assert known(small, weak).log[-1].reason == "outranked"  # at first sight
    assert rung(small, strong) == "waiting"
    assert rung(small, weak) == "outranked"
    assert facts(small, weak).items() >= named(strong).items()


def test_of_equal_journeys_the_one_that_expires_first_goes() -> None:
    small, (lasting, urgent) = both_look(("usual", 1, LATER), ("usual", 2, timedelta(days=2)))
    assert rung(small, lasting) == "outranked"
    assert rung(small, urgent) == "waiting"


def test_of_those_that_expire_together_the_older_goes() -> None:
    a_minute = timedelta(minutes=1)
    small, (older, younger) = both_look(("usual", 1, LATER), ("usual", 2, LATER - a_minute))
    assert older.not_after == younger.not_after
    assert rung(small, older) == "waiting"
    assert rung(small, younger) == "outranked"


def test_what_cannot_wait_so_long_ends_with_that_reason_and_says_for_whom() -> None:
    small, (weak, strong) = both_look(("weak", 1, timedelta(days=2)), ("strong", 2, LATER))
    assert rung(small, weak) == "outranked"
    assert rung(small, strong) == "waiting"
    assert rung(small, weak) == "outranked"
    assert known(small, weak).final == "outranked"
    assert facts(small, weak).items() >= named(strong).items()
    assert small.customer().waiting == ()


def test_a_winner_that_ends_unsaid_leaves_the_turn_to_who_waited_for_it() -> None:
    small, (weak, strong) = both_look(("weak", 1, LATER), ("strong", 2, LATER))
    rung(small, weak)
    changed(small, ports.message(strong.id), stops=("cancelled",))
    changed(small, ports.order("kram.example", "2"), cancelled_at=NOW)
    assert rung(small, strong) == "cancelled"
    assert [each.message for each in small.customer().waiting] == [weak.id]
    assert rung(small, weak) == "waiting"


def test_a_winner_that_is_never_heard_of_again_keeps_nobody_waiting() -> None:
    small, (weak, strong) = both_look(("weak", 1, LATER), ("strong", 2, LATER))
    lost = Closed(reason="lost", at=NOW)
    changed(small, ports.message(strong.id), closed=lost)
    assert rung(small, weak) == "outranked"
    assert known(small, weak).due_at == NOW + timedelta(minutes=1) + GATHERING + SETTLES
    assert rung(small, weak) == "waiting"
    assert small.customer().waiting == ()


def test_a_journey_that_is_told_to_wait_keeps_no_other_waiting() -> None:
    small, (weak, strong) = both_look(("weak", 1, LATER), ("strong", 2, LATER))
    on_pause("strong", True, small.world)
    assert rung(small, strong) == "paused"
    assert [each.message for each in small.customer().waiting] == [weak.id]
    assert rung(small, weak) == "waiting"


def test_who_waits_for_the_next_turn_is_known_to_who_comes_then() -> None:
    small, (first, strong) = both_look(("strong", 1, timedelta(days=1)), ("strong", 2, LATER))
    rung(small, first)
    assert rung(small, strong) == "outranked"
    until_due(small, strong)
    small.clock.forward(minutes=-1)
    weak = offers(small, "weak", 3)
    assert small.rung(weak) == "outranked"
    assert rung(small, strong) == "waiting"


def test_by_day_all_but_the_last_turn_are_given_at_first_sight() -> None:
    small = a_world(a_brand(marketing_a_day=2), Frequency.ANY)
    one, weak, strong = (offers(small, name, n) for n, name in enumerate(("weak", "weak", "strong"), 1))
    assert small.rung(one) == "waiting"
    assert [small.rung(each) for each in (weak, strong)] == ["gathering"] * 2
    assert rung(small, weak) == "outranked"
    assert rung(small, strong) == "waiting"
    assert rung(small, weak) == "outranked"
    assert known(small, weak).due_at.date() == NOW.date() + timedelta(days=1)  # type: ignore[union-attr]


def test_nothing_gathers_beyond_its_hours_or_its_time() -> None:
    for at, lasting in ((datetime(2026, 11, 23, 17, 50, tzinfo=UTC), LATER), (NOW, timedelta(minutes=14))):
        small = a_world()
        small.clock.time = at
        assert small.rung(offers(small, "usual", 1, lasting)) == "waiting"


def test_an_offer_in_a_confirmation_leaves_the_turn_to_a_stronger_one_and_the_news_goes_at_once() -> None:
    small = a_world()
    strong = offers(small, "strong", 1)
    assert small.rung(strong) == "gathering"
    (news,) = (m for m in small.messages("confirm") if m.order == "1000")
    assert small.rung(news) == "waiting"
    assert small.shown() == ["whatsapp confirm/plain"]
    assert facts(small, news)["whatsapp.offer"] == "outranked"


def test_an_offer_in_a_confirmation_takes_the_turn_of_a_weaker_one() -> None:
    small = a_world()
    weak = offers(small, "weak", 1)
    assert small.rung(weak) == "gathering"
    (news,) = (m for m in small.messages("confirm") if m.order == "1000")
    small.rung(news)
    assert small.shown() == ["whatsapp confirm/offer"]
    assert rung(small, weak) == "outranked"


def test_so_many_are_remembered_and_oneself_always() -> None:
    small = a_world()
    weak = offers(small, "weak", 1)
    strong = tuple(
        Contender(
            message=f"m{n:02}",
            journey="strong",
            step="confirm",
            priority=1,
            not_after=NOW + LATER,
            since=NOW,
            at=NOW + timedelta(hours=1),
        )
        for n in range(MOST_WAITING)
    )
    changed(small, ports.customer(small.customer().id), waiting=strong)
    assert small.rung(weak) == "outranked"
    waiting = [each.message for each in small.customer().waiting]
    assert waiting == [*(each.message for each in strong[:-1]), weak.id]


def test_a_claim_that_another_has_overtaken_meanwhile_is_decided_again() -> None:
    """Both find the turn free; the customer's item is written once for one of them."""
    small = a_world()
    weak, strong = offers(small, "weak", 1), offers(small, "strong", 2)
    for message in (weak, strong):
        small.rung(message)
    changed(small, ports.customer(small.customer().id), waiting=())  # neither knows of the other
    small.clock.forward(minutes=15)
    assert [rung(small, each) for each in (weak, strong)] == ["waiting", "frequency"]
    assert len(small.shown()) == 1


def test_an_erasure_forgets_who_waits() -> None:
    small, _ = both_look(("weak", 1, LATER))
    erase.on_erase(small.customer().id, small.world)
    assert small.customer() == Customer(
        id=small.customer().id,
        orders=small.customer().orders,
        known_by=small.customer().known_by,
        erased=True,
        erased_at=small.clock.now(),
    )
