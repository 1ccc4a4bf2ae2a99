"""What a provider refuses for our fault is counted for a person; what it refuses for the customer is not."""

import json

import pytest

from aftercart.aws.watched import Watched
from aftercart.channels import registry
from aftercart.domain.consent import Channel, Purpose
from aftercart.domain.content import Content
from aftercart.domain.message import Outcome
from aftercart.ports import Outgoing, Sent
from tests.builders import Phone

OUTGOING = Outgoing(
    to="+380671234567",
    content=Content(text="Дякуємо, Олено", language="uk"),
    reference="aaaaaaaaaaaaaa-bbbbbbbbbb-1",
    purpose=Purpose.TRANSACTIONAL,
    country="UA",
    valid_for=900,
)


def counted(printed: str) -> list[str]:
    lines = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
    return [line["provider"] for line in lines if "ProviderFaults" in line]


@pytest.mark.parametrize(("advice", "told"), (("alarm", ["meta"]), ("bad_address", [])))
def test_only_a_fault_of_ours_wakes_a_person_and_nobody_is_named(
    advice: str, told: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "aftercart")
    refused = Sent(outcome=Outcome.REJECTED, reason="not_authorised 190", advice=advice)
    provider = Watched(registry.entry("whatsapp/meta"), Phone(Channel.WHATSAPP, answers=[refused]))
    assert provider.send(OUTGOING) == refused
    printed = capsys.readouterr()
    assert counted(printed.out) == told
    for personal in ("380671234567", "Олено"):
        assert personal not in printed.out + printed.err


def test_it_is_the_provider_that_it_watches() -> None:
    phone = Phone(Channel.VIBER)
    provider = Watched(registry.entry("viber/infobip"), phone)
    assert (provider.channel, provider.name) == (Channel.VIBER, "infobip")
    assert provider.send(OUTGOING).outcome is Outcome.ACCEPTED
    assert phone.shown == [OUTGOING]
