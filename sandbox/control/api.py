"""The control API: what may be asked of a sandbox, and done to it. Every call settles before it answers."""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from aftercart.domain.consent import Channel, Purpose
from aftercart.domain.customer import Address, Customer
from aftercart.ports import EVERY
from sandbox.control import consent, page_opened, planned_faults, records, views, webhooks
from sandbox.control.given import Given, Wrong, near, none, shown
from sandbox.control.moments import iso, later, read_time
from sandbox.fakes import Mode, templates
from sandbox.plan import carried, waiting
from sandbox.sandbox import Moved, Sandbox, compiled

Json = Any
PREFIX = "/sandbox/"
GRANTED = {"granted": True, "subscribed": True, "on": True, "true": True, "yes": True}
REFUSED = {"refused": False, "denied": False, "withdrawn": False, "unsubscribed": False}
STATES = {**GRANTED, **REFUSED, "revoked": False, "off": False, "false": False, "no": False}


def answer(sandbox: Sandbox, method: str, target: str, body: bytes = b"") -> tuple[int, Json]:
    """(status, JSON) of one request to the control API; mistakes of the caller are 400, 404 and 405."""
    parts = urlsplit(target)
    path, query = parts.path.rstrip("/"), dict(parse_qsl(parts.query, keep_blank_values=True))
    found = _find(method, path)
    if isinstance(found, tuple):
        return found
    try:
        sandbox.settle()
        given = Given(query) if method == "GET" else Given.of(body)
        result = found(sandbox, given)
        sandbox.settle()
    except Wrong as wrong:
        return 400, {"error": f"{method} {path}: {wrong}"}
    return 200, result


Call = Callable[[Sandbox, Given], Json]


def _find(method: str, path: str) -> Call | tuple[int, Json]:
    calls = {name: call for (verb, name), call in CALLS.items() if verb == method}
    if path in calls:
        return calls[path]
    if path.startswith(CHANNELS):
        name = path.removeprefix(CHANNELS)
        if name not in set(Channel):
            return 404, {
                "error": f"there is no channel {name!r}{near(name, [each.value for each in Channel])}"
            }
        return _channel_call(method, Channel(name))
    others = sorted(verb for verb, name in CALLS if name == path)
    if others:
        return 405, {"error": f"{path} takes {' and '.join(others)}, not {method}"}
    known = [name for _, name in CALLS]
    return 404, {"error": f"there is no {path}{near(path, known)}"}


def _channel_call(method: str, channel: Channel) -> Call | tuple[int, Json]:
    if method != "POST":
        return 405, {"error": f"{CHANNELS}{channel} takes POST, not {method}"}
    return lambda sandbox, given: break_channel(sandbox, channel, given)


def get_webhooks(sandbox: Sandbox, given: Given) -> Json:
    given.no_more()
    return webhooks.described()


def get_state(sandbox: Sandbox, given: Given) -> Json:
    given.no_more()
    return views.state(sandbox)


def get_messages(sandbox: Sandbox, given: Given) -> Json:
    wanted = _wanted_customer(sandbox, given)
    given.no_more()
    return views.messages(sandbox, wanted)


def get_attempts(sandbox: Sandbox, given: Given) -> Json:
    wanted = given.text("message") if given.has("message") else ""
    given.no_more()
    known = sandbox.records().messages
    if wanted and wanted not in known:
        none(f"message is {wanted!r}, which is not known", wanted, known)
    some = [known[wanted]] if wanted else sorted(known.values(), key=lambda each: (each.created_at, each.id))
    return [tried for message in some for tried in views.attempts(sandbox, message)]


def get_decisions(sandbox: Sandbox, given: Given) -> Json:
    customer = _wanted_customer(sandbox, given)
    wanted = given.text("order") if given.has("order") else ""
    given.no_more()
    order = sandbox.records().order(wanted) if wanted else None
    if wanted and order is None:
        raise Wrong(f"order is {wanted!r}, which is not known: expected the shop's id or number")
    return views.decisions(sandbox, customer, order.id if order else "")


def get_pending(sandbox: Sandbox, given: Given) -> Json:
    given.no_more()
    return views.pending(sandbox)


def get_waiting(sandbox: Sandbox, given: Given) -> Json:
    """What waits to be said, in kinds and numbers: it names nobody."""
    given.no_more()
    return waiting.counted(sandbox.items(), sandbox.engine.now()).as_json()


def get_waits(sandbox: Sandbox, given: Given) -> list[Mapping[str, Any]]:
    """What has been learned of how long receipts take: where brand.yaml says `learned_waits`."""
    given.no_more()
    return views.waits(sandbox)


def get_journeys(sandbox: Sandbox, given: Given) -> Json:
    """What this sandbox carries, as it was compiled: by the names of the files."""
    given.no_more()
    return carried.parts(compiled())


def move_clock(sandbox: Sandbox, given: Given) -> Json:
    """{"advance": duration}, {"to": time} or {"next": true}."""
    ways = [name for name in ("advance", "to", "next") if given.has(name)]
    if len(ways) != 1:
        raise Wrong('expected one of {"advance": "P3D"}, {"to": "2027-03-01T09:30:00Z"}, {"next": true}')
    try:
        to = _time_wanted(sandbox, given, ways[0])
    except ValueError as error:
        raise Wrong(f"{ways[0]}: {error}") from None
    given.no_more()
    now = sandbox.engine.now()
    if to < now:
        raise Wrong(f"{ways[0]}: the clock does not go back: it is {iso(now)}, asked for {iso(to)}")
    return moved(sandbox.advance(to))


def _time_wanted(sandbox: Sandbox, given: Given, way: str) -> Any:
    now = sandbox.engine.now()
    if way == "next":
        if given.take("next") is not True:
            raise ValueError("expected true")
        return sandbox.engine.next_due() or now
    return later(now, given.text(way)) if way == "advance" else read_time(given.text(way))


def moved(result: Moved) -> Json:
    return {"now": iso(result.now), "fired": result.fired, "sent": result.sent}


def break_channel(sandbox: Sandbox, channel: Channel, given: Given) -> Json:
    mode = Mode(given.one_of("mode", [mode.value for mode in Mode]))
    count = given.count("next")
    given.no_more()
    sandbox.break_channel(channel, mode, count)
    return {"channel": channel.value, "mode": mode.value, "next": count}


def reply(sandbox: Sandbox, given: Given) -> Json:
    """The customer writes, or presses a button of a message."""
    _, address = _reached(sandbox, given)
    if given.has("text") == given.has("button"):
        raise Wrong('expected either "text" or "button"')
    text = given.text("text") if given.has("text") else ""
    button = given.text("button") if given.has("button") else ""
    given.no_more()
    before = len(sandbox.shown())
    try:
        said = sandbox.providers.reply(address.channel, address.value, text, button)
    except LookupError as error:
        raise Wrong(f"{'button' if button else 'text'}: {error}") from None
    sandbox.providers.push(said)
    return _since(sandbox, before)


def open_link(sandbox: Sandbox, given: Given) -> Json:
    """The customer opens a message's link, and may press a button of the page."""
    link, press = given.text("link"), given.take("press")
    given.no_more()
    return page_opened.opened(sandbox, link, press)


def say_consent(sandbox: Sandbox, given: Given) -> Json:
    """The customer's own word on one address and purpose. Marketing refused is refused everywhere."""
    customer, address = _reached(sandbox, given)
    purpose = Purpose(given.one_of("purpose", [purpose.value for purpose in Purpose]))
    said = given.take("state")
    granted = said if isinstance(said, bool) else STATES[given.one_of("state", STATES)]
    given.no_more()
    consent.record(customer.id, address, purpose, granted, sandbox.store, sandbox.secrets, sandbox.engine)
    return {"customer": customer.id, "consents": records.consents(sandbox.records().customers[customer.id])}


def erase(sandbox: Sandbox, given: Given) -> Json:
    customer = _customer(sandbox, given.text("customer"))
    given.no_more()
    sandbox.wake({"v": 1, "kind": "erase", "customer": customer.id})
    return {"customer": customer.id, "now": iso(sandbox.engine.now())}


def pause(sandbox: Sandbox, given: Given) -> Json:
    """One journey waits, `*` all, or a provider ("sms/aws"); `paused` false: it goes on.

    The answer's `paused` is how it stands: one that goes on while all wait still waits with them.
    """
    journey = given.one_of("journey", [*sandbox.journeys, *sandbox.brand.carried_by(), EVERY])
    paused = given.take("paused", True)
    given.no_more()
    if not isinstance(paused, bool):
        raise Wrong(f"paused is {shown(paused)}: expected true or false")
    sandbox.wake({"v": 1, "kind": "pause", "journey": journey, "paused": paused})
    sandbox.settle()
    return {
        "journey": journey,
        "paused": views.is_paused(sandbox, journey),
        "now": iso(sandbox.engine.now()),
    }


def change_template(sandbox: Sandbox, given: Given) -> Json:
    """Meta has a template paused, refused or approved, counts it otherwise, or likes it otherwise."""
    name, language = given.text("name"), given.text("language")
    wanted = [each for each in TEMPLATE_FACTS if given.has(each)]
    if not wanted:
        raise Wrong(f"expected one of {', '.join(TEMPLATE_FACTS)}")
    facts = {each: given.one_of(each, TEMPLATE_FACTS[each]) for each in wanted}
    given.no_more()
    try:
        told = sandbox.providers.change_template(name, language, **facts)
    except LookupError:
        raise Wrong(f"there is no template {name!r} in {language!r}") from None
    for each in told:
        sandbox.providers.push(each)
    return {"name": name, "language": language, **facts, "now": iso(sandbox.engine.now())}


def fire(sandbox: Sandbox, given: Given) -> Json:
    """A schedule fires once more, be it still to come or long gone."""
    name = given.text("schedule")
    given.no_more()
    try:
        return moved(sandbox.fire(name))
    except LookupError as error:
        raise Wrong(f"schedule: {error}") from None


def plan_fault(sandbox: Sandbox, given: Given) -> Json:
    call, nth, mode = given.text("call"), given.count("nth") or 1, given.text("mode")
    given.no_more()
    planned_faults.plan(sandbox.faults, call, nth, mode)
    return {"waiting": [{"call": f.call, "nth": f.left, "mode": f.mode} for f in sandbox.faults]}


def _since(sandbox: Sandbox, before: int) -> Json:
    sandbox.settle()
    return {"now": iso(sandbox.engine.now()), "sent": len(sandbox.shown()) - before}


def _reached(sandbox: Sandbox, given: Given) -> tuple[Customer, Address]:
    customer = _customer(sandbox, given.text("customer"))
    channel = Channel(given.one_of("channel", [channel.value for channel in Channel]))
    address = customer.address(channel)
    if address is None:
        has = ", ".join(sorted(customer.addresses)) or "none"
        raise Wrong(f"channel: the customer has no address on {channel}; known: {has}")
    return customer, address


def _wanted_customer(sandbox: Sandbox, given: Given) -> str:
    return _customer(sandbox, given.text("customer")).id if given.has("customer") else ""


def _customer(sandbox: Sandbox, wanted: str) -> Customer:
    known = sandbox.records().customers
    if wanted not in known:
        none(f"customer is {wanted!r}, whom nobody knows", wanted, known)
    return known[wanted]


CHANNELS = "/sandbox/channels/"
TEMPLATE_FACTS = {
    "status": templates.STATUSES,
    "category": templates.CATEGORIES,
    "quality": templates.QUALITIES,
}
CALLS: Mapping[tuple[str, str], Call] = {
    ("GET", "/sandbox/webhooks"): get_webhooks,
    ("GET", "/sandbox/state"): get_state,
    ("GET", "/sandbox/messages"): get_messages,
    ("GET", "/sandbox/attempts"): get_attempts,
    ("GET", "/sandbox/decisions"): get_decisions,
    ("GET", "/sandbox/pending"): get_pending,
    ("GET", "/sandbox/waiting"): get_waiting,
    ("GET", "/sandbox/waits"): get_waits,
    ("GET", "/sandbox/journeys"): get_journeys,
    ("POST", "/sandbox/clock"): move_clock,
    ("POST", "/sandbox/reply"): reply,
    ("POST", "/sandbox/open"): open_link,
    ("POST", "/sandbox/consent"): say_consent,
    ("POST", "/sandbox/erase"): erase,
    ("POST", "/sandbox/pause"): pause,
    ("POST", "/sandbox/templates"): change_template,
    ("POST", "/sandbox/fire"): fire,
    ("POST", "/sandbox/faults"): plan_fault,
}


def written(found: Json) -> bytes:
    """As it goes over the wire."""
    return (json.dumps(found, ensure_ascii=False) + "\n").encode()
