"""`aftercart send`: events in a fresh sandbox, or to a running one; what phones show and what was decided."""

import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aftercart.shops import shopify
from sandbox import shop
from sandbox.commands import why
from sandbox.commands.brought_up_to_date import moved
from sandbox.commands.explain import explained
from sandbox.commands.remote import Remote
from sandbox.commands.terminal import UserError
from sandbox.control import views
from sandbox.control.moments import read_time
from sandbox.sandbox import Sandbox
from sandbox.sign_events import EVENTS, SIGNATURES, body_of, signed, target_of

Json = Any
PROVIDERS = {
    "meta": ("x-hub-signature-256", "/meta/whatsapp"),
    "infobip": ("x-hub-signature", "/infobip/viber"),
}
RAW = (*PROVIDERS, *sorted(shopify.ORDER_TOPICS | shopify.SHIPMENT_TOPICS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event. `method`: '' where it is no HTTP request, and `given` is what `function` gets."""

    name: str
    at: datetime | None
    method: str = ""
    target: str = ""
    headers: Mapping[str, str]
    body: bytes = b""
    function: str = ""
    given: Json = None


def read(name: str, topic: str = "") -> Event:
    """A file, or the name of one of `events/`. With a topic it is a provider's raw body, to be signed."""
    path = _path(name)
    raw = path.read_bytes()
    if topic:
        return _raw(path.name, raw, topic)
    try:
        found = json.loads(raw)
    except ValueError as error:
        raise UserError(f"{path}: not JSON: {error}") from None
    if not isinstance(found, dict):
        raise UserError(f"{path}: expected a JSON object")
    if "requestContext" in found:
        return _request(path.name, found)
    if "Records" in found or "v" in found:
        return Event(name=path.name, at=None, headers={}, function=path.parent.name, given=found)
    raise UserError(
        f"{path}: no Lambda event; for a provider's raw body say --topic, one of {', '.join(RAW)}"
    )


def _path(name: str) -> Path:
    path = Path(name)
    if path.is_file():
        return path
    ours = {each.stem: each for each in sorted(EVENTS.glob("*/*.json"))}
    if name.removesuffix(".json") in ours:
        return ours[name.removesuffix(".json")]
    close = difflib.get_close_matches(path.stem, ours, 1)
    hint = f"did you mean {close[0]}?" if close else f"known names: {', '.join(ours)}"
    raise UserError(f"there is no event {name!r}; {hint}")


def _request(name: str, event: Json) -> Event:
    """A whole Lambda event of the HTTP API; its signature is made anew, as its body may have been edited."""
    event = signed(event)
    http = event["requestContext"]["http"]
    epoch = event["requestContext"].get("timeEpoch")
    return Event(
        name=name,
        at=datetime.fromtimestamp(epoch / 1000, UTC) if epoch else None,
        method=http["method"],
        target=target_of(event),
        headers={
            key: value for key, value in event["headers"].items() if key not in ("host", "content-length")
        },
        body=body_of(event),
    )


def _raw(name: str, body: bytes, topic: str) -> Event:
    if topic not in RAW:
        close = difflib.get_close_matches(topic, RAW, 1)
        hint = f"did you mean {close[0]}?" if close else f"expected one of {', '.join(RAW)}"
        raise UserError(f"--topic {topic!r} is not known; {hint}")
    header, path = PROVIDERS.get(topic) or ("x-shopify-hmac-sha256", shop.PATHS[topic.partition("/")[0]])
    headers = {"content-type": "application/json", header: SIGNATURES[header](body, path)}
    if topic not in PROVIDERS:
        headers["x-shopify-topic"] = topic
    return Event(name=name, at=_told_at(body), method="POST", target=path, headers=headers, body=body)


def _told_at(body: bytes) -> datetime | None:
    """When it happened, so that it is news when it is played."""
    try:
        found = json.loads(body)
        return read_time(found.get("updated_at") or found["created_at"])
    except (ValueError, AttributeError, KeyError, TypeError):
        return None


def played(events: Sequence[Event], start: datetime, seed: int) -> Json:
    """In a fresh sandbox, each at its own time; then what phones show, and why."""
    with Sandbox(start, seed).open() as sandbox:
        answers = [_play(sandbox, event) for event in events]
        tried = [
            each
            for message in sandbox.records().messages.values()
            for each in views.attempts(sandbox, message)
        ]
        messages = views.messages(sandbox)
        zones = {customer["id"]: customer["zone"] for customer in views.state(sandbox)["customers"]}
        told = explained(views.decisions(sandbox), messages, tried)
    return {
        "events": answers,
        "messages": messages,
        "decisions": [{**each, "zone": zones.get(each["customer"], "")} for each in told],
    }


def sent(events: Sequence[Event], remote: Remote, as_is: bool = False) -> Json:
    """To a running sandbox, brought up to its date, as its clock stays where it is; what is new there."""
    before = (len(remote.get("/sandbox/messages")), why.asked(remote))
    now = read_time(remote.get("/sandbox/state")["now"])
    answers = [_send(remote, event if as_is else _at(event, now)) for event in events]
    messages = remote.get("/sandbox/messages")[before[0] :]
    return {
        "events": answers,
        "messages": messages,
        "decisions": [each for each in why.asked(remote) if each not in before[1]],
    }


def _at(event: Event, now: datetime) -> Event:
    if event.at is None:
        return event
    body = moved(event.body, now - event.at)
    headers = {
        name: SIGNATURES[name](body, event.target) if name in SIGNATURES else value
        for name, value in event.headers.items()
    }
    return replace(event, body=body, headers=headers)


def _send(remote: Remote, event: Event) -> Json:
    if not event.method:
        raise UserError(f"{event.name} is no HTTP request: a running sandbox takes webhooks and pages only")
    status, body = remote.send(event.method, event.target, dict(event.headers), event.body)
    return _answered(event, status, body)


def _play(sandbox: Sandbox, event: Event) -> Json:
    if event.at and event.at > sandbox.engine.now():
        sandbox.advance(event.at)
    if not event.method:
        sandbox.invoke(event.function, event.given)
        sandbox.settle()
        return {"event": event.name, "status": 202, "answer": ""}
    response = sandbox.request(event.method, event.target, event.headers, event.body)
    sandbox.settle()
    return _answered(event, response.status, response.body)


def _answered(event: Event, status: int, body: bytes) -> Json:
    text = body.decode("utf-8", "replace")
    return {
        "event": event.name,
        "status": status,
        "answer": text if len(text) < 200 else f"{len(text)} bytes",
    }
