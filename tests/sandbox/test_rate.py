"""A provider with a rate: what is too much waits, and goes out as fast as the rate says and no faster."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from aftercart.domain.consent import Channel
from sandbox import shop
from sandbox.fakes import FakeMessage
from sandbox.sandbox import Sandbox
from sandbox.trials.crashes import changed
from sandbox.trials.crashes.prepared import BEGINS, OLENA
from sandbox.trials.invariants import breaches

SECOND = timedelta(seconds=1)


@contextmanager
def ordered_at_once(number: int, rate: str) -> Iterator[Sandbox]:
    """So many people buy at one moment."""
    with Sandbox(BEGINS, memory=True, made=changed.with_rate(rate)).open() as sandbox:
        for n in range(number):
            email, phone = f"buyer{n}@customer.example", f"+38067{2_000_000 + n}"
            person = replace(OLENA, id=OLENA.id + n, email=email, phone=phone)
            order = shop.order(person, 2000 + n, BEGINS, [sandbox.catalogue.by_sku["ZIRVO-A1"]])
            path, headers, body = shop.webhook("orders/create", order, BEGINS)
            assert sandbox.request("POST", path, headers, body).status == 200
        yield sandbox


def most_in_a_second(shown: list[FakeMessage]) -> int:
    times = sorted(each.at for each in shown)
    return max(sum(at <= other < at + SECOND for other in times[n : n + 100]) for n, at in enumerate(times))


def last(shown: list[FakeMessage]) -> datetime:
    return max(each.at for each in shown)


def test_a_thousand_messages_due_at_once_all_go_as_fast_as_the_rate_lets_them() -> None:
    rate = 2
    with ordered_at_once(1000, str(rate)) as sandbox:
        sandbox.advance(BEGINS + timedelta(hours=3))
        shown = sandbox.shown()
        messages = sandbox.records().messages
        assert len({each.reference for each in shown}) == len(shown) == len(messages) == 1000
        assert {each.channel for each in shown} == {Channel.WHATSAPP}
        assert most_in_a_second(shown) <= 2 * rate
        assert last(shown) - BEGINS <= 4 * timedelta(seconds=1000 / rate)
        assert all(each.attempts[0].claimed_at < each.not_after for each in messages.values())
        assert breaches(sandbox) == []


def test_who_would_wait_beyond_its_use_takes_the_next_channel() -> None:
    with ordered_at_once(60, "0.0001") as sandbox:  # one in three hours
        sandbox.advance(BEGINS + timedelta(days=4))
        shown = sandbox.shown()
        assert len(shown) == 60
        assert {each.channel for each in shown} == {Channel.WHATSAPP, Channel.VIBER}
        assert breaches(sandbox) == []
