"""A provider takes so many messages a second: what is more waits for it, and the news goes first."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from aftercart import ports
from aftercart.domain.consent import Channel, Purpose
from aftercart.domain.message import Message
from aftercart.flows.deferral import on_message_due
from aftercart.flows.order_confirmation import on_order
from aftercart.flows.rung import Task
from aftercart.flows.send_message import on_rung
from aftercart.ports import Put
from tests.builders import NOW, REJECTED, Phone, SmallWorld, a_brand, a_buyer, an_order, placed

NEWS = (Channel.WHATSAPP, Channel.VIBER, Channel.SMS)


def a_world(rates: Mapping[str, str]) -> SmallWorld:
    names = dict.fromkeys(NEWS, ("handset",))
    brand = a_brand(providers=names, rates={name: Decimal(rate) for name, rate in rates.items()})
    return SmallWorld(brand=brand, phones={each: Phone(each, name="handset") for each in NEWS})


def confirmed(small: SmallWorld, number: int) -> Message:
    """The confirmation of another customer's order, about to be tried."""
    buyer = a_buyer(
        reference=f"70{number}", phone=f"+3806712345{number}", email=f"b{number}@customer.example"
    )
    on_order(placed(an_order(f"10{number}"), buyer), small.world)
    (message,) = (each for each in small.messages("confirm") if each.order == f"10{number}")
    return message


def known(small: SmallWorld, message: Message) -> Message:
    return next(each for each in small.messages() if each.id == message.id)


def next_run(small: SmallWorld, message: Message) -> str:
    waiting = known(small, message)
    assert waiting.due_at is not None
    small.clock.time = waiting.due_at
    assert on_message_due(waiting.id, waiting.arm, small.world) == "started"
    return rung(small, waiting)


def rung(small: SmallWorld, message: Message) -> str:
    return small.rung(known(small, message))


def make_marketing(small: SmallWorld, message: Message) -> None:
    ref = ports.message(message.id)
    snapshot = small.store.read(ref)
    changed = replace(message, purpose=Purpose.MARKETING)
    small.store.commit(snapshot, [Put(ref=ref, value=changed)])


@pytest.fixture
def limited() -> SmallWorld:
    return a_world({"whatsapp/handset": "1"})


def test_what_is_too_much_waits_for_its_channel_and_takes_no_other(limited: SmallWorld) -> None:
    first, second = confirmed(limited, 11), confirmed(limited, 12)
    assert (rung(limited, first), rung(limited, second)) == ("waiting", "provider_rate")
    assert known(limited, second).attempts == ()
    assert limited.shown() == ["whatsapp confirm/offer"]
    assert next_run(limited, second) == "waiting"
    assert limited.shown() == ["whatsapp confirm/offer"] * 2


def test_it_says_why_and_until_when(limited: SmallWorld) -> None:
    first, second = confirmed(limited, 11), confirmed(limited, 12)
    rung(limited, first)
    rung(limited, second)
    entry = known(limited, second).log[-1]
    assert (entry.decision, entry.reason) == ("defer", "provider_rate")
    assert entry.facts["whatsapp.offer"] == "provider_rate"
    due_at = known(limited, second).due_at
    assert due_at is not None
    assert timedelta(minutes=1) <= due_at - NOW <= timedelta(minutes=6, seconds=1)


def test_another_provider_of_the_same_channel_takes_what_the_first_has_no_room_for(
    limited: SmallWorld,
) -> None:
    other = Phone(Channel.WHATSAPP, name="other")
    limited.brand = replace(
        limited.brand, providers={**limited.brand.providers, Channel.WHATSAPP: ("handset", "other")}
    )
    first, second = confirmed(limited, 11), confirmed(limited, 12)
    rung(limited, first)
    world = replace(limited.world, providers=(*limited.world.providers, other))
    task = Task(message=second.id, run=1, rung=1, wait=900, token="second")
    assert on_rung(task, world) == "waiting"
    assert [each.provider for each in known(limited, second).attempts] == ["other"]


def test_the_channel_that_follows_a_proved_failure_waits_for_its_own_rate() -> None:
    small = a_world({"viber/handset": "1"})
    small.phones[Channel.WHATSAPP].answers = [REJECTED] * 2
    first, second = confirmed(small, 11), confirmed(small, 12)
    assert (rung(small, first), rung(small, second)) == ("waiting", "provider_rate")
    assert next_run(small, second) == "waiting"
    assert [shown.partition(" ")[0] for shown in small.shown()] == ["viber", "viber"]


def test_marketing_leaves_room_for_the_news(limited: SmallWorld) -> None:
    limited.brand = replace(limited.brand, rates={"whatsapp/handset": Decimal(4)})
    sold = [confirmed(limited, number) for number in range(11, 16)]
    for message in sold:
        make_marketing(limited, message)
    assert [rung(limited, message) for message in sold] == ["waiting"] * 2 + ["provider_rate"] * 3
    news = [confirmed(limited, number) for number in range(21, 24)]
    assert [rung(limited, message) for message in news] == ["waiting"] * 2 + ["provider_rate"]


def test_who_would_be_too_late_takes_the_next_channel(limited: SmallWorld) -> None:
    limited.brand = replace(limited.brand, rates={"whatsapp/handset": Decimal("0.000001")})
    first, second = confirmed(limited, 11), confirmed(limited, 12)
    assert (rung(limited, first), rung(limited, second)) == ("waiting", "waiting")
    assert limited.shown() == ["whatsapp confirm/offer", "viber confirm/offer"]


def test_a_provider_without_a_rate_costs_no_call_more() -> None:
    calls = []
    for rates in ({}, {"sms/handset": "1"}, {"whatsapp/handset": "1"}):
        small = a_world(rates)
        message = confirmed(small, 11)
        before = small.store.calls
        rung(small, message)
        calls.append(small.store.calls - before)
    assert calls == [calls[0], calls[0], calls[0] + 1]
