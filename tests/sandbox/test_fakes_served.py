"""The fake providers over HTTP: every provider of the registry is there, as its own client calls it."""

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

import boto3
import pytest
from botocore.config import Config

from aftercart.channels import registry
from aftercart.channels.entry import Means, Sender
from aftercart.channels.http import Urllib3Http
from aftercart.domain.consent import Channel
from aftercart.domain.message import Outcome
from aftercart.ports import Outgoing, Sent
from sandbox.fakes.browser import Browser
from sandbox.fakes.serve import FakeServer, serve
from sandbox.fakes.sns import app_of
from tests.aftercart.channels.kit import Given, held

# Where the fakes know another address than the kit's samples.
ADDRESSES = {"push/web": Browser.of("Olena").address, "push/sns": app_of("Olena")}


class ByItsName:
    """`ports.Http`, for which every name leads to one server."""

    def __init__(self, url: str) -> None:
        self.url = url

    def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, timeout: float
    ) -> tuple[int, bytes]:
        called = urlsplit(url)
        there = called._replace(scheme="http", netloc=urlsplit(self.url).netloc).geturl()
        return Urllib3Http().request(method, there, {**headers, "Host": called.netloc}, body, timeout)


class Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with serve(0) as served:
        thread = threading.Thread(target=served.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield served
        finally:
            served.shutdown()
            thread.join()


def client(server: FakeServer, service: Any) -> Any:
    return boto3.client(
        service,
        endpoint_url=server.url,
        region_name="eu-central-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
        config=Config(retries={"total_max_attempts": 1}, proxies={}),
    )


def sender(server: FakeServer, provider: str) -> Sender:
    """Set as its sample says, but to be reached at the server."""
    sample = held(provider).sample
    bases = {name: server.url for name in sample.settings if name.endswith("_base_url")}
    given = Given(dict(sample.secrets), {**sample.settings, **bases})
    means = Means(
        http=ByItsName(server.url),
        secrets=given,
        setting=given.setting,
        client=lambda service: client(server, service),
        clock=Clock(),
    )
    return registry.entry(provider).sender(means)


def message(provider: str) -> Outgoing:
    plain = held(provider).plain
    return replace(plain, to=ADDRESSES.get(provider, plain.to))


def shown(server: FakeServer) -> list[dict[str, Any]]:
    with urlopen(f"{server.url}/shown") as answer:
        return list(json.load(answer))


def sent(server: FakeServer, provider: str, **other: Any) -> Sent:
    return sender(server, provider).send(replace(message(provider), **other))


@pytest.mark.parametrize("provider", registry.FILES)
def test_every_provider_s_messages_are_taken_and_shown(server: FakeServer, provider: str) -> None:
    channel, _, name = provider.partition("/")
    if channel in (Channel.MESSENGER, Channel.INSTAGRAM, Channel.WHATSAPP):  # nobody can write there first
        server.providers.reply(Channel(channel), message(provider).to, "Коли приїде?")
    assert sent(server, provider).outcome is Outcome.ACCEPTED
    (found,) = shown(server)
    assert (found["channel"], found["provider"], found["address"]) == (channel, name, message(provider).to)


@pytest.mark.parametrize(
    ("provider", "reason"),
    (
        ("sms/aws", "bad_number INVALID_PARAMETER"),
        ("whatsapp/aws", "parameter_refused InvalidParametersException"),
        ("email/ses", "parameter_refused BadRequestException"),
        ("push/sns", "parameter_refused InvalidParameter"),
    ),
)
def test_a_refusal_of_aws_s_reaches_its_client(server: FakeServer, provider: str, reason: str) -> None:
    assert sent(server, provider, to="nobody").reason == reason
    assert shown(server) == []


def test_a_chat_in_which_nobody_has_written_is_closed(server: FakeServer) -> None:
    assert sent(server, "messenger/meta").reason.startswith("window_closed")


@pytest.mark.parametrize("headers", ({}, {"X-Amz-Target": "DynamoDB_20120810.PutItem"}))
def test_nobody_else_is_there(server: FakeServer, headers: Mapping[str, str]) -> None:
    assert Urllib3Http().request("POST", f"{server.url}/", headers, b"{}", 5)[0] == 404
    with pytest.raises(HTTPError) as refusal:
        urlopen(f"{server.url}/v25.0/1/messages")
    assert refusal.value.code == 404
    refusal.value.close()
