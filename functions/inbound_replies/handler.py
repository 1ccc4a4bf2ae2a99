"""A provider says: the customer answered, or what became of an attempt."""

from collections.abc import Callable, Sequence
from typing import Any

from aftercart import wiring
from aftercart.aws.http_api import Answer, Request, answer, parked, serve, unauthorized
from aftercart.aws.telemetry import count, guarded
from aftercart.aws.watched import told
from aftercart.channels import aws_sms, infobip_viber, meta_whatsapp
from aftercart.channels.reading import Event, PartlyUnreadable
from aftercart.domain.message import Receipt
from aftercart.flows.authentic import authentic
from aftercart.flows.park import park
from aftercart.flows.receipts import on_receipt
from aftercart.flows.replies import on_reply
from aftercart.ports import Unreadable, World


@guarded
def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return _from_topic(event) if "Records" in event else serve(event, _take)


def _take(request: Request) -> Answer:
    if request.path.endswith("/infobip/viber"):
        return _webhook(request, "infobip", "infobip_webhook", infobip_viber.verify, infobip_viber.read)
    if request.method == "GET":
        return _challenge(request)
    return _webhook(request, "meta", "meta_app", meta_whatsapp.verify, meta_whatsapp.read)


def _challenge(request: Request) -> Answer:
    """Meta asks once, when the webhook is registered."""
    echo = meta_whatsapp.challenge(request.query, wiring.world().secrets.get("meta_verify"))
    return unauthorized("meta", "verify_token") if echo is None else answer(200, echo)


def _webhook(
    request: Request,
    source: str,
    key: str,
    verify: Callable[..., bool],
    read: Callable[[bytes], list[Event]],
) -> Answer:
    world = wiring.world()
    if not authentic(world.secrets, key, lambda keys: verify(request.headers, request.body, keys)):
        return unauthorized(source)
    try:
        _act(read(request.body), world)
    except PartlyUnreadable as fault:
        _act(fault.events, world)
        return parked(source, fault, request.body, world)
    except Unreadable as fault:
        return parked(source, fault, request.body, world)
    return answer(200)


def _from_topic(event: dict[str, Any]) -> dict[str, Any]:
    """SMS events and two-way messages of AWS. Only the topic may invoke us: IAM is the signature."""
    world = wiring.world()
    for record in event["Records"]:
        notice = record["Sns"]
        try:
            _act(aws_sms.read(notice["Message"], notice["Timestamp"], notice["MessageId"]), world)
        except Unreadable as fault:
            park("sms", str(fault), notice["Message"].encode(), world)
            count("Parked", source="sms")
    return {}


def _act(events: Sequence[Event], world: World) -> None:
    """All of a batch, then the failure: the sender repeats the batch, and what was done is a duplicate."""
    faults: list[Exception] = []
    for event in events:
        try:
            if isinstance(event, Receipt) and event.advice == "alarm":
                told("receipt", event.reason)
            done = on_receipt(event, world) if isinstance(event, Receipt) else on_reply(event, world)
            count("Receipts" if isinstance(event, Receipt) else "Replies", result=done)
        except Exception as fault:  # also what a later version wrote: the next event may be a STOP
            faults.append(fault)
    if faults:
        raise faults[0]


wiring.prepare(wiring.world)
