"""A key that is missing from the secret is known before anything is sent."""

from types import SimpleNamespace
from typing import Any

import pytest

from aftercart.aws.settings import Misconfigured, SecretStore
from aftercart.channels.meta_whatsapp import MetaWhatsApp
from aftercart.domain.consent import Purpose
from aftercart.domain.content import Content
from aftercart.domain.message import Outcome
from aftercart.ports import Outgoing
from tests.builders import HandClock


def a_store(secret: str) -> SecretStore:
    return SecretStore(
        SimpleNamespace(get_secret_value=lambda SecretId: {"SecretString": secret}), "arn", HandClock()
    )


def test_a_missing_key_is_named_and_its_neighbours_are_not_told() -> None:
    with pytest.raises(Misconfigured, match="meta_token") as raised:
        a_store('{"shopify": "hush"}').get("meta_token")
    assert "hush" not in str(raised.value)


def test_a_provider_without_its_key_has_proved_that_nothing_was_sent() -> None:
    class Line:
        def request(self, *_: Any) -> tuple[int, bytes]:
            raise AssertionError("a call without a key")

    provider = MetaWhatsApp(Line(), a_store("{}"), "https://graph.example", "1")
    outgoing = Outgoing(
        to="+380671234567",
        content=Content(text="Вітаємо", language="uk"),
        reference="aaaaaaaaaaaaaa-bbbbbbbbbb-1",
        purpose=Purpose.TRANSACTIONAL,
        country="UA",
        valid_for=60,
    )
    assert provider.send(outgoing).outcome is Outcome.REJECTED
