"""The kit: what every provider says to us, receipts and replies, and how it proves itself."""

import json
import random
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from aftercart.channels.entry import Received, Webhook
from aftercart.channels.reading import PartlyUnreadable
from aftercart.domain.message import Receipt, ReceiptStatus
from aftercart.ports import Reply, Unreadable
from tests.aftercart.channels.kit import Held, receipts, replies
from tests.aftercart.channels.sample import AT
from tests.aftercart.channels.standins import REFERENCE

STRANGE: tuple[Any, ...] = (None, True, -1, 10**30, 1.5, "", "x", "\u0000", [], [None], {}, {"x": [{}]})


def test_each_receipt_says_what_the_sample_says(telling: Held) -> None:
    for told in telling.sample.receipts:
        (receipt,) = receipts(telling.read([told.item]))
        found = (receipt.reference, receipt.status, receipt.advice, receipt.at)
        assert found == (REFERENCE, told.status, told.advice, AT), told.item
        assert receipt.reason or told.status is not ReceiptStatus.FAILED, told.item
        assert receipt.reason.startswith(told.reason)


def test_the_best_that_receipts_say_is_what_the_entry_says(provider: Held) -> None:
    best = max((told.status for told in provider.sample.receipts), default=ReceiptStatus.SENT)
    assert best is provider.entry.best


@pytest.mark.parametrize("seed", range(20))
def test_receipts_in_any_order_and_number_come_to_the_same(telling: Held, seed: int) -> None:
    chance = random.Random(seed)
    told = chance.sample(telling.sample.receipts, chance.randint(1, len(telling.sample.receipts)))
    shuffled = chance.choices(told, k=2 * len(told)) + told
    chance.shuffle(shuffled)
    found = receipts(telling.events([each.item for each in shuffled]))
    assert max(receipt.status for receipt in found) is max(each.status for each in told)
    assert len(found) == len(shuffled)


def test_what_comes_twice_is_read_the_same_twice(telling: Held) -> None:
    for item in telling.items:
        assert telling.read([item]) == telling.read([deepcopy(item)])


def with_more(received: Received) -> Received:
    """With a field that nobody knows, in every object."""
    try:
        found = json.loads(received.body)
    except ValueError:
        return replace(received, body=received.body + b"&ZzNew=1")
    return replace(received, body=json.dumps(_with_more(found)).encode())


def _with_more(found: Any) -> Any:
    if isinstance(found, dict):
        return {**{name: _with_more(each) for name, each in found.items()}, "zz_new": {"a": [1]}}
    return [_with_more(each) for each in found] if isinstance(found, list) else found


def test_fields_that_are_new_to_us_change_nothing(telling: Held) -> None:
    for item in telling.items:
        received = telling.wrap([item])
        assert telling.entry.read(with_more(received)) == telling.entry.read(received)


def test_a_status_that_is_new_to_us_is_parked_and_its_neighbours_are_kept(telling: Held) -> None:
    unknown = telling.sample.unknown_status
    with pytest.raises(Unreadable):
        telling.read([unknown])
    if telling.sample.batches:
        with pytest.raises(PartlyUnreadable) as fault:
            telling.read([unknown, *telling.items])
        assert list(fault.value.events) == telling.read(telling.items)


def test_a_receipt_of_somebody_elses_message_is_left_out(telling: Held) -> None:
    assert telling.read([telling.sample.foreign]) == []


@pytest.mark.parametrize(
    "body", (b"", b"[]", b"\xff", b"?", b"[" * 9_999), ids=("", "list", "ff", "?", "deep")
)
def test_a_body_of_another_shape_is_parked(telling: Held, body: bytes) -> None:
    received = replace(telling.wrap([telling.sample.foreign]), body=body)
    with pytest.raises(Unreadable):
        telling.entry.read(received)


def spoiled(received: Received) -> Iterator[Received]:
    """Each value of the body in its turn is something else; and the body breaks off anywhere."""
    for end in range(0, len(received.body), 7):
        yield replace(received, body=received.body[:end])
    try:
        found = json.loads(received.body)
    except ValueError:
        return
    yield from (replace(received, body=json.dumps(each).encode()) for each in strange_ones(found))


def strange_ones(found: Any) -> Iterator[Any]:
    """Each value in it in its turn is something else."""
    for path in places(found):
        for strange in STRANGE:
            copy = deepcopy(found)
            inner = copy
            for step in path[:-1]:
                inner = inner[step]
            inner[path[-1]] = strange
            yield copy


def places(found: Any) -> Iterator[list[Any]]:
    steps = found.items() if isinstance(found, dict) else enumerate(found) if isinstance(found, list) else ()
    for step, inner in steps:
        yield [step]
        yield from ([step, *deeper] for deeper in places(inner))


def test_whatever_is_spoiled_is_read_or_parked_and_never_anything_else(telling: Held) -> None:
    for item in telling.items:
        for received in spoiled(telling.wrap([item])):
            events, why = telling.heard(received)
            assert all(isinstance(event, Receipt | Reply) for event in events)
            assert telling.plain.to.removeprefix("+") not in why


def test_a_strange_item_does_not_cost_the_stop_beside_it(hearing: Held) -> None:
    if hearing.sample.batches:
        stop = hearing.sample.replies["text"].item
        (alone,) = hearing.read([stop])
        for item in hearing.items:
            for strange in strange_ones(item):
                events, _ = hearing.heard(hearing.wrap([strange, stop]))
                assert alone in events, strange


def test_the_sample_has_a_text_and_something_unsupported_where_customers_can_answer(provider: Held) -> None:
    kinds = set(provider.sample.replies)
    assert kinds >= {"text", "unsupported"} if provider.entry.hears else not kinds


def test_each_reply_is_heard_as_the_sample_says(hearing: Held) -> None:
    for kind, expected in hearing.sample.replies.items():
        events, why_parked = hearing.heard(hearing.wrap([expected.item]))
        if kind == "unsupported" and why_parked:
            continue
        (reply,) = replies(events)
        found = (reply.text, reply.button, reply.answers, reply.sender)
        assert found == (expected.text, expected.button, expected.answers, expected.sender), kind
        assert (reply.channel, reply.at) == (hearing.entry.channel, AT)
        assert reply.id


def webhook(poster: Held) -> Webhook:
    assert poster.entry.webhook
    return poster.entry.webhook


def signed(poster: Held, key: bytes, received: Received | None = None) -> Received:
    assert poster.sample.sign
    return poster.sample.sign(received or poster.wrap(poster.items[:1]), key)


def test_what_is_signed_with_a_live_key_is_authentic_whatever_the_headers_case(poster: Held) -> None:
    verify, good = webhook(poster).verify, signed(poster, b"current")
    assert verify(good, (b"current",))
    assert verify(good, (b"the next", b"current"))
    for change in (str.lower, str.upper):
        headers = {change(name): value for name, value in good.headers.items()}
        assert verify(replace(good, headers=headers), (b"current",))


def test_another_key_an_empty_one_or_none_authenticates_nobody(poster: Held) -> None:
    verify = webhook(poster).verify
    assert not verify(signed(poster, b"current"), (b"another",))
    assert not verify(signed(poster, b"current"), ())
    assert not verify(signed(poster, b""), (b"",))
    assert not verify(signed(poster, b""), ())


def test_without_its_proof_a_request_is_nobodys(poster: Held) -> None:
    verify, good = webhook(poster).verify, signed(poster, b"current")
    bare = poster.wrap(poster.items[:1])
    assert not verify(replace(good, body=bare.body, headers={}, query={}), (b"current", b""))


def changed(text: bytes) -> Iterator[bytes]:
    """Each byte in its turn is another."""
    for at, byte in enumerate(text):
        yield text[:at] + bytes([byte ^ 1]) + text[at + 1 :]


def test_no_byte_of_the_body_nor_of_its_proof_can_be_another(poster: Held) -> None:
    verify, good = webhook(poster).verify, signed(poster, b"current")
    for body in changed(good.body):
        assert not verify(replace(good, body=body), (b"current",)), body
    bare = poster.wrap(poster.items[:1])
    for name in good.headers.keys() - bare.headers.keys():
        for value in changed(good.headers[name].encode()):
            headers = {**good.headers, name: value.decode("latin-1")}
            assert not verify(replace(good, headers=headers), (b"current",)), value


@pytest.mark.parametrize("value", ("", "=", "sha256=", "підпис", "\udcff", "0" * 64, "a.b.c", "Basic *"))
def test_a_proof_of_another_shape_is_none(poster: Held, value: str) -> None:
    verify, good = webhook(poster).verify, signed(poster, b"current")
    assert not verify(poster.sample.proving(good, value), (b"current",))


def test_what_the_vendor_signed_is_authentic_under_its_key_alone(poster: Held) -> None:
    for received, key in poster.sample.vectors:
        assert webhook(poster).verify(received, (key,))
        assert not webhook(poster).verify(received, (key + b"x",))
