"""What the control API shows: the store and the fake providers, joined and ready for JSON."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from aftercart import ports
from aftercart.aws.items import decode, ref_of
from aftercart.domain import ids
from aftercart.domain.content import Button
from aftercart.domain.decision import Facts, Logged
from aftercart.domain.message import Attempt, Message, Outcome, Variant
from aftercart.flows import timing
from aftercart.flows.park import ERASED, KEPT
from aftercart.ports import Pause
from sandbox.cloud.scheduler import Schedule
from sandbox.control.moments import iso
from sandbox.control.records import Decided, Records, consents, language, zone
from sandbox.fakes.shown import FakeCall, FakeMessage, pictures_as_json
from sandbox.sandbox import Sandbox
from sandbox.shop_settings import SHOP

Json = dict[str, Any]


def state(sandbox: Sandbox) -> Json:
    """Who is known, and how each channel fares."""
    records = sandbox.records()
    customers = [
        {
            "id": customer.id,
            "name": customer.first_name,
            "language": language(customer, sandbox.brand),
            "zone": zone(customer),
            "addresses": {channel: a.value for channel, a in sorted(customer.addresses.items())},
            "consents": consents(customer),
            "stage": records.stage(customer),
            "orders": [
                {"id": order.id, "number": order.number}
                for order in (records.orders.get(each) for each in customer.orders)
                if order
            ],
        }
        for customer in sorted(records.customers.values(), key=lambda each: each.id)
    ]
    return {
        "now": iso(sandbox.engine.now()),
        "seed": sandbox.engine.seed,
        "customers": customers,
        "channels": sandbox.modes(),
    }


def messages(sandbox: Sandbox, customer: str = "") -> list[Json]:
    """What phones show, in order; of one customer, or of everyone."""
    records = sandbox.records()
    shown = [_message(each, records) for each in sandbox.shown()]
    return [each for each in shown if customer in ("", each["customer"])]


def _message(shown: FakeMessage, records: Records) -> Json:
    split = ids.split_attempt_id(shown.reference)
    message = records.messages.get(split[0]) if split else None
    attempt = _attempt(message, split[1]) if message and split else None
    order = records.orders.get(message.order) if message else None
    return {
        "id": split[0] if split else "",
        "at": iso(shown.at),
        "customer": ids.customer_of(shown.reference) if split else "",
        "channel": shown.channel.value,
        "provider": shown.provider,
        "title": shown.title,
        "text": shown.text,
        **pictures_as_json(shown.image, shown.cards),
        "buttons": [_button(button) for button in shown.buttons],
        "links": list(shown.links),
        "receipt": shown.receipt or None,
        "purpose": message.purpose.value if message else "",
        "journey": message.journey if message else "",
        "step": message.step if message else "",
        "order": message.order if message else "",
        "cost": (attempt.cost or None) if attempt else None,
        "number": order.number if order else "",
        "attempt": split[1] if split else 0,
        "offer": _offer(message, attempt),
        "answer": _answer(message),
        "address": shown.address,
        "template": shown.template,
    }


def _button(button: Button) -> Json:
    return {"title": button.title, **({"reply": button.reply} if button.reply else {"url": button.url})}


def _attempt(message: Message, ordinal: int) -> Attempt | None:
    return next((each for each in message.attempts if each.ordinal == ordinal), None)


def _offer(message: Message | None, attempt: Attempt | None) -> str | None:
    """The sku of the offer that this leg carried."""
    carried = attempt is not None and attempt.variant is Variant.OFFER
    return message.offer.sku if message and message.offer and carried else None


def _answer(message: Message | None) -> Json | None:
    """What the customer answered: an offer accepted, a rating. It is recorded once."""
    if message is None or message.answer is None:
        return None
    given = message.answer
    return {"kind": given.kind, "value": given.value, "at": iso(given.at), "via": given.via}


def attempts(sandbox: Sandbox, message: Message) -> list[Json]:
    """Every try of a message, also those that showed nothing."""
    calls = [call for call in sandbox.provider_calls() if call.reference.startswith(f"{message.id}-")]
    now = sandbox.engine.now()
    return [_tried(each, message, calls, now) for each in message.attempts]


def _tried(attempt: Attempt, message: Message, calls: Iterable[FakeCall], now: datetime) -> Json:
    receipt, facts = attempt.receipt, _claimed(attempt, message)
    return {
        "message": message.id,
        "channel": attempt.channel.value,
        "ordinal": attempt.ordinal,
        "outcome": attempt.outcome.value,
        "receipt": receipt.status.name.lower() if receipt else None,
        "at": iso(attempt.claimed_at),
        "reason": _why(attempt, now) or None,
        "cost": attempt.cost or None,
        "calls": sum(call.reference == message.reference(attempt) for call in calls),
        "variant": attempt.variant.value,
        "deadline": iso(attempt.deadline),
        "receipt_at": iso(receipt.at) if receipt else None,
        "category": (receipt.category or None) if receipt else None,
        "last": attempt.last,
        "against": {name: why for name, why in facts.items() if "." in name},
        "parts": facts.get("parts"),
        "forced_by": facts.get("forced_by"),
    }


def _claimed(attempt: Attempt, message: Message) -> Facts:
    """What was known when it was chosen: what spoke against other channels and the offer ("viber.offer"), and
    of an SMS its parts, and the character that makes it UCS-2."""
    chosen = (each for each in message.log[1:] if each.decision == "send" and each.at == attempt.claimed_at)
    return next((each.facts for each in chosen if each.facts.get("why") == attempt.channel), {})


def _why(attempt: Attempt, now: datetime) -> str:
    """Why an attempt ended as it did; '' where all went well."""
    if attempt.shown:
        return ""
    if attempt.receipt is not None and attempt.receipt.reason:
        return attempt.receipt.reason
    if attempt.reason or attempt.outcome is not Outcome.ACCEPTED:
        return attempt.reason
    return "no_receipt" if now >= attempt.deadline else "no_receipt_yet"


def decisions(sandbox: Sandbox, customer: str = "", order: str = "") -> list[Json]:
    """Every decision, in the order of time; of one customer, of one order, or all."""
    found = sandbox.records().decisions(sandbox.journeys.values())
    return [
        _decision(each) for each in found if customer in ("", each.customer) and order in ("", each.order)
    ]


def _decision(decided: Decided) -> Json:
    logged: Logged = decided.logged
    return {
        "at": iso(logged.at),
        "journey": decided.journey,
        "step": logged.step,
        "decision": logged.decision,
        "reason": logged.reason,
        "facts": dict(logged.facts),
        "customer": decided.customer,
        "order": decided.order,
        "message": decided.message,
    }


def pending(sandbox: Sandbox) -> Json:
    """What is still to come, what is owed and overdue, and what could not be done."""
    records, now = sandbox.records(), sandbox.engine.now()
    waiting = [each for each in sandbox.scheduler.live() if each.next]
    return {
        "schedules": [
            _schedule(each) for each in sorted(waiting, key=lambda each: (str(each.next), each.name))
        ],
        "executions": [
            {"name": each.name, "state": each.state, "since": iso(each.started), "wakes": iso(each.wakes())}
            for each in sandbox.machines.executions("RUNNING")
        ],
        # A todo in the future only watches over something that is armed or under way.
        "todo": [
            {"kind": ref.kind.__name__.lower(), "id": ref.id, "since": iso(at)}
            for at, ref in records.owed
            if at <= now
        ],
        "parked": [
            {"id": each, "source": parked.source, "reason": parked.reason, "at": iso(parked.at)}
            for each, parked in sorted(records.parked.items())
            if parked.reason != ERASED and now < parked.at + KEPT
        ],
        "tasks": [
            {**asdict(each), "at": iso(each.at), "tried": list(each.tried)}
            for _, each in sorted(records.tasks.items())
        ],
        "dead": [
            {"at": iso(each.at), "source": each.source, "error": each.error, "body": each.body}
            for each in sandbox.functions.dead
        ],
    }


def waits(sandbox: Sandbox) -> list[Mapping[str, Any]]:
    """What has been learned of how long receipts take, by channel and country."""
    now = sandbox.engine.now()
    items = [item for item in sandbox.items() if item["kind"] == "timings"]
    named = {ref_of(item["pk"], item["sk"]).id.partition("/")[2]: decode(item).value for item in items}
    return [timing.row(name, timings, now) for name, timings in sorted(named.items())]


def is_paused(sandbox: Sandbox, what: str) -> bool:
    """Does a journey wait, be it with all of them, or all, or a provider?"""
    ref = ports.pause(SHOP)
    return (sandbox.store.read(ref).get(ref) or Pause()).of(what) is not None


def _schedule(schedule: Schedule) -> Json:
    payload = json.loads(schedule.spec["Target"].get("Input") or "{}")
    return {"name": schedule.name, "at": iso(schedule.next), "payload": payload}
