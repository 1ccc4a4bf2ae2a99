"""What the push services' fakes refuse, as the true ones do."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aftercart.channels import push_crypto, sns_push, web_push
from aftercart.channels.push_subscription import of_address
from sandbox.fakes import FakeAwsError, FakeProviders
from sandbox.fakes.browser import ORIGIN, Browser
from sandbox.shop_settings import SECRETS
from tests.aftercart.channels.samples.sns_push import a_push
from tests.aftercart.channels.standins import REFERENCE, outgoing

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
CHROME = Browser.of("Olena")
SENDS = outgoing(to=CHROME.address)
KEY = SECRETS["vapid_private_key"]


@pytest.fixture
def fakes() -> FakeProviders:
    return FakeProviders(
        now=lambda: NOW, deliver=lambda emitted: 200, after=lambda wait, then: then(), secrets=SECRETS
    )


def said(**other: Any) -> bytes:
    return json.dumps({**web_push.payload(SENDS, "https://kram.example", b"a key"), **other}).encode()


def sealed(plain: bytes, browser: Browser = CHROME) -> bytes:
    found = of_address(browser.address)
    assert found is not None
    return push_crypto.sealed(plain, found.point, found.auth)


def proved(key: str = KEY, origin: str = ORIGIN, subject: str = "mailto:a@b.example", **ago: int) -> str:
    return push_crypto.vapid(key, origin, subject, NOW - timedelta(**ago))


def asked(fakes: FakeProviders, body: bytes = b"", url: str = CHROME.endpoint) -> int:
    headers = {**web_push.headers(SENDS), "Authorization": proved()}
    status, _ = fakes.request("POST", url, headers, body or sealed(said()), 10)
    return status


def test_what_is_right_is_shown_and_told_of(fakes: FakeProviders) -> None:
    assert asked(fakes) == 201
    (shown,) = fakes.shown
    assert (shown.reference, shown.address, shown.receipt) == (REFERENCE, CHROME.address, "delivered")
    assert fakes.calls[0].reference == REFERENCE


@pytest.mark.parametrize(
    ("header", "value", "status"),
    (
        ("TTL", "", 400),
        ("TTL", "soon", 400),
        ("TTL", "2419201", 400),
        ("Urgency", "at once", 400),
        ("Topic", "x" * 33, 400),
        ("Topic", "a topic", 400),
        ("Content-Encoding", "aesgcm", 400),
        ("Authorization", "", 401),
        ("Authorization", "Bearer x", 401),
        ("Authorization", proved(origin="https://updates.push.services.mozilla.com"), 403),
        ("Authorization", proved(subject="Kram"), 403),
        ("Authorization", proved(hours=13), 403),
        ("Authorization", proved(hours=-13), 403),
        ("Authorization", proved(key=push_crypto.base64url(b"\x01" * 32)), 403),
        ("Authorization", proved().replace(".", "x.", 1), 403),
    ),
)
def test_a_header_that_is_wrong_is_refused(
    fakes: FakeProviders, header: str, value: str, status: int
) -> None:
    headers = {**web_push.headers(SENDS), "Authorization": proved(), header: value}
    assert fakes.request("POST", CHROME.endpoint, headers, sealed(said()), 10)[0] == status
    assert fakes.shown == []


@pytest.mark.parametrize(
    ("body", "status"),
    (
        (sealed(bytes(web_push.LARGEST + 1)), 413),
        (sealed(said(), Browser.of("Taras")), 400),
        (said(), 400),
        (sealed(said(silent=True)), 400),
        (sealed(said(buttons=[{"title": "a", "url": "https://a.example"}] * 3)), 400),
    ),
    ids=("too large", "another's", "not encrypted", "an unknown field", "three buttons"),
)
def test_a_body_that_is_wrong_is_refused(fakes: FakeProviders, body: bytes, status: int) -> None:
    assert asked(fakes, body) == status
    assert fakes.shown == []


def test_who_is_gone_or_never_was_there_is_told_of(fakes: FakeProviders) -> None:
    fakes.unsubscribe(CHROME.endpoint)
    assert asked(fakes) == 410
    assert asked(fakes, url=f"{ORIGIN}/other") == 404


def changed(**other: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda given: {**given, **other}


@pytest.mark.parametrize(
    "change",
    (
        changed(TargetArn="arn:aws:sns:eu-central-1:123456789012:a-topic"),
        changed(MessageStructure=""),
        changed(Message="no json"),
        changed(Message='{"APNS": "{}"}'),
        changed(Message='{"default": "x"}'),
        changed(Message='{"default": "x", "APNS": {}}'),
        changed(Message=json.dumps({"default": "x", "APNS": json.dumps({"aps": "x" * 4096})})),
        changed(MessageAttributes={"TTL": {"DataType": "String", "StringValue": "1"}}),
        changed(MessageAttributes={"AWS.SNS.MOBILE.FCM.TTL": {"DataType": "String", "StringValue": "1"}}),
        changed(MessageAttributes={"AWS.SNS.MOBILE.APNS.TTL": {"DataType": "String", "StringValue": "x"}}),
        changed(TopicArn="arn"),
    ),
)
def test_sns_refuses_what_is_wrong(
    fakes: FakeProviders, change: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    given = sns_push.parameters(a_push())
    with pytest.raises(FakeAwsError) as fault:
        fakes.call("sns", "Publish", change(given))
    assert fault.value.code == "InvalidParameter"
    assert fakes.call("sns", "Publish", given)["MessageId"]
    (shown,) = fakes.shown
    assert shown.reference == REFERENCE


def test_sns_sends_nothing_to_an_app_that_is_gone(fakes: FakeProviders) -> None:
    given = sns_push.parameters(a_push("GCM"))
    fakes.unsubscribe(given["TargetArn"])
    with pytest.raises(FakeAwsError) as fault:
        fakes.call("sns", "Publish", given)
    assert fault.value.code == "EndpointDisabled"
    assert fakes.calls[0].reference == REFERENCE
