"""A stack in shadow sends nothing, one for staff sends to staff alone, and the log of it names nobody."""

import json

import pytest

from aftercart.aws.rehearsed import rehearsed
from aftercart.aws.settings import Misconfigured
from aftercart.domain.consent import Channel, Purpose
from aftercart.domain.content import Content
from aftercart.domain.message import Outcome
from aftercart.ports import Outgoing
from sandbox.cloud.memory import FixedSecrets
from tests.builders import Phone

STAFF = FixedSecrets({"staff_addresses": "+380501112233, Ops@kram.example"})
NOBODY = FixedSecrets({})


@pytest.fixture(autouse=True)
def _a_place_for_metrics(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "aftercart")


def to(address: str) -> Outgoing:
    return Outgoing(
        to=address,
        content=Content(text="Дякуємо, Олено", language="uk"),
        reference="aaaaaaaaaaaaaa-bbbbbbbbbb-1",
        purpose=Purpose.TRANSACTIONAL,
        country="UA",
        valid_for=900,
    )


def test_live_is_the_provider_itself() -> None:
    phone = Phone(Channel.SMS)
    assert rehearsed(phone, "live", NOBODY) is phone


def test_in_shadow_nobody_is_sent_anything_and_the_log_names_no_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    phone = Phone(Channel.SMS)
    sent = rehearsed(phone, "shadow", STAFF).send(to("+380501112233"))
    assert (sent.outcome, sent.advice) == (Outcome.ACCEPTED, "rehearsed")
    assert phone.calls == 0
    printed = capsys.readouterr()
    told = [json.loads(line) for line in (printed.out + printed.err).splitlines() if line.startswith("{")]
    assert [line["WouldSend"] for line in told if "WouldSend" in line] == [[1.0]]
    for personal in ("380501112233", "Олено"):
        assert personal not in printed.out + printed.err


@pytest.mark.parametrize(
    ("address", "reached"),
    (("+380501112233", True), ("ops@KRAM.example", True), ("+380671234567", False), ("", False)),
)
def test_for_staff_only_their_own_addresses_are_reached(address: str, reached: bool) -> None:
    phone = Phone(Channel.SMS)
    rehearsed(phone, "staff", STAFF).send(to(address))
    assert bool(phone.calls) is reached


def test_without_a_list_of_staff_nobody_is_reached() -> None:
    phone = Phone(Channel.SMS)
    rehearsed(phone, "staff", NOBODY).send(to("+380501112233"))
    assert phone.calls == 0


@pytest.mark.parametrize("sending", ("", "Live", "everyone"))
def test_a_word_that_is_none_of_the_three_sends_nothing_at_all(sending: str) -> None:
    with pytest.raises(Misconfigured, match="live, shadow, staff"):
        rehearsed(Phone(Channel.SMS), sending, STAFF)
