"""A key that is missing from the secret is known before anything is sent."""

from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from aftercart.aws.settings import Misconfigured, SecretStore
from aftercart.channels.meta_whatsapp import MetaWhatsApp
from aftercart.domain.consent import Purpose
from aftercart.domain.content import Content
from aftercart.domain.message import Outcome
from aftercart.ports import Outgoing, Transient
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


class Service:
    """Secrets Manager with one secret that changes, and that may be out of reach."""

    def __init__(self, secret: str) -> None:
        self.secret, self.asked, self.away = secret, 0, False

    def get_secret_value(self, SecretId: str) -> dict[str, str]:
        self.asked += 1
        if self.away:
            raise EndpointConnectionError(endpoint_url="https://secrets.example")
        return {"SecretString": self.secret}


def a_live_store() -> tuple[SecretStore, Service, HandClock]:
    service, clock = Service('{"shopify": "old"}'), HandClock()
    return SecretStore(service, "arn", clock), service, clock


def test_a_key_is_read_again_after_five_minutes() -> None:
    store, service, clock = a_live_store()
    assert store.get("shopify") == (b"old",)
    service.secret = '{"shopify": "new", "shopify_previous": "old"}'
    clock.forward(minutes=4, seconds=59)
    assert store.get("shopify") == (b"old",)
    assert service.asked == 1
    clock.forward(seconds=1)
    assert store.get("shopify") == (b"new", b"old")


def test_a_mismatch_asks_again_once_a_minute() -> None:
    store, service, clock = a_live_store()
    store.get("shopify")
    service.secret = '{"shopify": "new"}'
    assert [store.refresh() for _ in range(50)] == [False] * 50
    assert service.asked == 1
    clock.forward(minutes=1)
    assert [store.refresh() for _ in range(50)] == [True] + [False] * 49
    assert service.asked == 2
    assert store.get("shopify") == (b"new",)


def test_a_key_at_hand_serves_on_while_the_service_is_out_of_reach() -> None:
    store, service, clock = a_live_store()
    store.get("shopify")
    service.away = True
    clock.forward(minutes=6)
    assert store.get("shopify") == (b"old",)


def test_without_any_key_at_hand_it_is_for_the_caller_to_try_again() -> None:
    store, service, _ = a_live_store()
    service.away = True
    with pytest.raises(Transient):
        store.get("shopify")
