"""A provider says: the customer answered, what became of an attempt, or of a template."""

from collections.abc import Sequence
from typing import Any

from aftercart import wiring
from aftercart.aws.http_api import Answer, Request, answer, parked, serve, unauthorized
from aftercart.aws.telemetry import count, guarded
from aftercart.aws.watched import told
from aftercart.channels import registry
from aftercart.channels.entry import Entry, Received, Webhook
from aftercart.channels.reading import Event, PartlyUnreadable
from aftercart.domain.message import Receipt
from aftercart.flows.authentic import authentic
from aftercart.flows.park import park
from aftercart.flows.receipts import on_receipt
from aftercart.flows.replies import on_reply
from aftercart.flows.template_news import on_template_news
from aftercart.ports import Reply, Unreadable, World
from aftercart.texts.compiled import load_templates


@guarded
def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return _from_topic(event) if "Records" in event else serve(event, _take)


def _take(request: Request) -> Answer:
    entry = registry.at_path(request.path)
    if entry is None or entry.webhook is None:
        return answer(404)
    if request.method == "GET":
        return _challenge(request, entry, entry.webhook)
    return _webhook(request, entry, entry.webhook)


def _challenge(request: Request, entry: Entry, webhook: Webhook) -> Answer:
    """Asked once, when the webhook is registered."""
    if webhook.challenge is None:
        return answer(404)
    echo = webhook.challenge(request.query, wiring.world().secrets.get(webhook.challenge_key))
    return unauthorized(entry.name, "verify_token") if echo is None else answer(200, echo)


def _webhook(request: Request, entry: Entry, webhook: Webhook) -> Answer:
    world = wiring.world()
    received = Received(
        body=request.body, headers=request.headers, query=request.query, url=request.url, at=request.at
    )
    if not authentic(world.secrets, webhook.key, lambda keys: webhook.verify(received, keys)):
        return unauthorized(entry.name)
    try:
        _act(entry.read(received), world)
    except PartlyUnreadable as fault:
        _act(fault.events, world)
        return parked(entry.name, fault, request.body, world)
    except Unreadable as fault:
        return parked(entry.name, fault, request.body, world)
    return answer(200)


def _from_topic(event: dict[str, Any]) -> dict[str, Any]:
    """What AWS's own channels say. Only their topics may invoke us: IAM is the signature."""
    world = wiring.world()
    for record in event["Records"]:
        notice = record["Sns"]
        entry = registry.on_topic(notice["TopicArn"])
        source = entry.channel if entry else "topic"
        body = notice["Message"].encode("utf-8", "surrogatepass")
        try:
            if entry is None:
                raise Unreadable("unknown_topic")
            _act(entry.read(Received(body=body, id=notice["MessageId"], at=notice["Timestamp"])), world)
        except Unreadable as fault:
            if isinstance(fault, PartlyUnreadable):
                _act(fault.events, world)
            park(source, str(fault), body, world)
            count("Parked", source=source)
    return {}


def _act(events: Sequence[Event], world: World) -> None:
    """All of a batch, then the failure: the sender repeats the batch, and what was done is a duplicate."""
    faults: list[Exception] = []
    for event in events:
        try:
            kind, done = _done(event, world)
            count(kind, result=done)
        except Exception as fault:  # also what a later version wrote: the next event may be a STOP
            faults.append(fault)
    if faults:
        raise faults[0]


def _done(event: Event, world: World) -> tuple[str, str]:
    """What kind of event it was, and what became of it."""
    if isinstance(event, Reply):
        return "Replies", on_reply(event, world)
    if isinstance(event, Receipt):
        if event.advice == "alarm":
            told("receipt", event.reason)
        return "Receipts", on_receipt(event, world)
    done = on_template_news(event, load_templates(), world)
    if event.advice == "alarm" and done != "unused":
        told("template", event.reason)
    return "TemplateNews", done


def _ready() -> World:
    """The brand's providers are loaded with the world; another's late receipt loads its own."""
    world = wiring.world()
    for provider in world.brand.carried_by():
        registry.entry(provider)
    return world


wiring.prepare(_ready)
