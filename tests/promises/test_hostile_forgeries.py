"""Forged requests, each route by the hundred thousand: none is taken, none leads to a call.

What is no forgery is left out where it is made (`sandbox.trials.hostile.genuine`): another spelling of the
same bytes, a header's name in other letters, another user's name beside the right password.
"""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from itertools import islice
from typing import Any

import pytest

from sandbox.cloud.lambda_environment import LOGS
from sandbox.shop_settings import SECRETS
from sandbox.sign_events import body_of
from sandbox.trials.forgeries import forgeries, tried
from sandbox.trials.hostile.genuine import INFOBIP, PASSWORD, Event, Route, in_base64, routes, signature
from sandbox.trials.hostile.sealed import handler, sealed

EACH = 25_000
# A hundred thousand a path, however it may be called: Viber has two schemes, WhatsApp a GET, a page a POST.
PARTS = {
    "orders": 4,
    "fulfillments": 4,
    "whatsapp": 4,
    "whatsapp verification": 1,
    "messenger": 4,
    "instagram": 4,
    "sms": 4,
    "viber by hmac": 2,
    "viber by password": 2,
    "web push": 4,
    "push subscription": 4,
    "page": 2,
    "page's buttons": 2,
}
GENUINE = [(name, n) for name, route in routes().items() for n in range(len(route.events))]
KEYS = {
    "order_confirmation": "shopify",
    "delivery_tracking": "shopify",
    "customer_pages": "link_key",
}


OWN_KEYS = {
    "whatsapp": "meta_app",
    "whatsapp verification": "meta_verify",
    "messenger": "meta_app",
    "instagram": "instagram_app",
    "sms": "twilio_token",
    "web push": "link_key",
    "push subscription": "push_subscribe_key",
}


def key_of(route: Route) -> str:
    return OWN_KEYS.get(route.name) or KEYS.get(route.function, "infobip_webhook")


@pytest.mark.parametrize(("name", "part"), [(name, n) for name, most in PARTS.items() for n in range(most)])
def test_no_forgery_is_taken_and_none_leads_to_a_call(name: str, part: int) -> None:
    result = tried(routes()[name], seed=part, count=EACH)
    assert result.statuses == {routes()[name].refusal: EACH}, result.strayed
    assert result.touched == []
    # Of the key, once: the mismatch that might mean a rotation asks again a minute later at the earliest.
    assert result.asked == 1


@pytest.mark.parametrize(("name", "n"), GENUINE)
def test_the_genuine_request_that_was_forged_is_taken(name: str, n: int) -> None:
    """Or the forgeries would show nothing: it gets as far as the store, or to its answer."""
    route = routes()[name]
    assert route.is_genuine(route.events[n])
    with sealed() as world:
        answer = handler(route.function)(route.events[n], None)
    assert world.touched or (answer["statusCode"], answer["body"]) == (200, "1158201444")


def recased(event: Event) -> Event:
    return {**event, "headers": {name.upper(): value for name, value in event["headers"].items()}}


def padded(event: Event) -> Event:
    """A proxy may leave the blanks that HTTP allows round a value."""
    headers = event["headers"]
    return {
        **event,
        "headers": {n: f" {v}\t" if n.startswith("x-shopify") else v for n, v in headers.items()},
    }


def with_more_headers(event: Event) -> Event:
    return {**event, "headers": {**event["headers"], "x-other": "1", "x-hub-signature-1": "sha256=0"}}


@pytest.mark.parametrize("change", (recased, padded, with_more_headers, in_base64))
@pytest.mark.parametrize(
    "name", ("orders", "fulfillments", "whatsapp", "sms", "viber by hmac", "viber by password")
)
def test_another_wrapping_of_a_genuine_request_is_no_forgery(
    name: str, change: Callable[[Event], Event]
) -> None:
    route = routes()[name]
    with sealed() as world:
        handler(route.function)(change(route.events[0]), None)
    assert world.touched


@pytest.mark.parametrize("missing", ("", None))
@pytest.mark.parametrize("name", routes())
def test_without_a_key_nobody_is_believed_and_the_sender_may_try_again(
    name: str, missing: str | None
) -> None:
    route = routes()[name]
    without: dict[str, str | None] = {**SECRETS, key_of(route): missing, f"{key_of(route)}_previous": missing}
    with sealed(without) as world:
        statuses = {
            handler(route.function)(event, None)["statusCode"] for event in signed_with_nothing(route)
        }
    assert (statuses, world.touched) == ({503}, [])


def signed_with_nothing(route: Route) -> list[Event]:
    """The genuine one, and those an attacker makes who guesses that the key is empty, or the text of None."""
    made = list(route.events)
    for event in route.events:
        for key in (b"", b"None", b"null") if route.proof else ():
            proof = signature(route.proof, key, body_of(event))
            if route.proof == PASSWORD:
                proof = f"Basic {base64.b64encode(b':' + key).decode()}"
            made.append({**event, "headers": {**event["headers"], route.proof: proof}})
    return made


def test_a_wrong_signature_is_not_made_good_by_a_password() -> None:
    event = routes()["viber by password"].events[0]
    both = {**event, "headers": {**event["headers"], INFOBIP: "sha256=" + "0" * 64}}
    with sealed() as world:
        assert handler("inbound_replies")(both, None)["statusCode"] == 401
    assert world.touched == []


@pytest.mark.parametrize("name", routes())
def test_a_flood_of_forgeries_asks_for_the_key_once_a_minute_at_most(name: str) -> None:
    route = routes()[name]
    with sealed() as world:
        for event in forgeries(route, seed=77, count=600):
            handler(route.function)(event, None)
            world.clock.at += timedelta(seconds=1)
        assert 1 <= world.secrets.asked <= 11


@pytest.mark.parametrize("name", routes())
def test_what_is_logged_of_a_forgery_names_its_source_and_nothing_that_came_with_it(name: str) -> None:
    route = routes()[name]
    LOGS.lines.clear()
    with sealed(loud=True):
        for event in forgeries(route, seed=78, count=300):
            handler(route.function)(event, None)
    lines = [json.loads(line) for line in LOGS.lines]
    source = {"orders": "shopify", "fulfillments": "shopify"}.get(name, name.partition(" ")[0])
    of_meta = dict.fromkeys(("whatsapp", "messenger", "instagram"), "meta")
    source = {"viber": "infobip", "sms": "twilio", **of_meta}.get(source, source)
    assert {said(line) for line in lines} <= {("refused", source, reason(name)), ("metric", source, "")}
    assert len(lines) == (600 if route.refusal == 401 else 0)


def said(line: dict[str, Any]) -> tuple[str, ...]:
    """All that a line tells, but for the time; an unknown field is told too, and so fails the test."""
    if "_aws" in line:
        known = {"_aws", "RequestRefused", "source", "service"}
        assert line["RequestRefused"] == [1.0]
        return ("metric", line["source"], *sorted(map(str, line.keys() - known)), "")
    known = {"level", "location", "message", "timestamp", "service", "source", "reason"}
    more = sorted(map(str, line.keys() - known))
    return (line["message"], line["source"], line["reason"], *more)


def reason(name: str) -> str:
    return "verify_token" if name == "whatsapp verification" else "signature"


@pytest.mark.parametrize("name", routes())
def test_the_same_seed_forges_the_same(name: str) -> None:
    first, second = ([*islice(forgeries(routes()[name], 5, 50), 50)] for _ in range(2))
    assert first == second
    assert first != [*islice(forgeries(routes()[name], 6, 50), 50)]
