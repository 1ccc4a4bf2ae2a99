"""What a parcel's movement begins: one message for each thing worth knowing, and the journeys of its lines.

A parcel has no enrolment: its order's item holds where it is and what was decided on it, and its stages are a
lattice, so that only the furthest is told, once.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from aftercart.domain import conditions
from aftercart.domain.brand import Brand
from aftercart.domain.catalogue import Catalogue
from aftercart.domain.decision import Decision, Send, Skip, logged
from aftercart.domain.journey import About, Enrolment, Journey, Step
from aftercart.domain.message import Message
from aftercart.domain.order import RANK, Line, Order, Shipment, Stage
from aftercart.flows import choosing, enrol
from aftercart.flows.enrol import TOO_LATE
from aftercart.flows.telling import Subject, message_for

CHUNK = 25  # lines enrolled in one transaction
PARCELS = 20  # parcels told in one transaction
MOVED = "shipment_moved"
DELIVERED = "delivered"
ABOUT_PARCELS = frozenset({Stage.IN_TRANSIT.value, DELIVERED})
LOG = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcels:
    order: Order
    messages: tuple[Message, ...] = ()
    enrolments: tuple[Enrolment, ...] = ()
    more: bool = False


def tell(order: Order, rules: enrol.Rules, journeys: Iterable[Journey], now: datetime) -> Parcels:
    """Everything that is not told or begun yet, up to a chunk of each; `more` where something is left."""
    journeys = tuple(journey for journey in journeys if not journey.retired)
    untold = [s for s in order.shipments.values() if _untold(order, s)]
    messages: list[Message] = []
    for shipment in untold[:PARCELS]:
        order = _told(order, shipment, rules.brand, journeys, messages, now)
    order = _passed_over(order, journeys, now)
    waiting = _not_begun(order, journeys, rules.catalogue)
    lines = [line for line in order.lines if line in waiting][:CHUNK]
    begun: list[enrol.Progress] = []
    for line in lines:
        order = _line_begun(order, line, waiting[line], rules, now, begun)
    return Parcels(
        order=order,
        messages=(*messages, *(m for progress in begun for m in progress.messages)),
        enrolments=tuple(progress.enrolment for progress in begun),
        more=len(untold) > PARCELS or len(waiting) > len(lines),
    )


def heard(order: Order, before: enrol.Progress, rules: enrol.Rules, now: datetime) -> enrol.Progress:
    """What a way about the order hears of it: its first parcel is under way, all of it has arrived."""
    progress = before
    for event, at in _events(order).items():
        if any(event in record.spec.hears for record in progress.enrolment.steps):
            following = enrol.happened(progress.enrolment, event, min(at, now), rules, now)
            messages = (*progress.messages, *following.messages)
            progress = enrol.Progress(enrolment=following.enrolment, messages=messages)
    return progress


def hearing(journeys: Iterable[Journey]) -> list[Journey]:
    """The journeys about an order that hear of its parcels."""
    return [j for j in journeys if j.about is About.ORDER and any(ABOUT_PARCELS & s.hears for s in j.steps)]


def _events(order: Order) -> dict[str, datetime]:
    reached = [
        min(at for stage, at in shipment.stages.items() if RANK[stage] >= RANK[Stage.IN_TRANSIT])
        for shipment in order.shipments.values()
        if RANK[shipment.stage] >= RANK[Stage.IN_TRANSIT] and shipment.stage is not Stage.CANCELLED
    ]
    events = {Stage.IN_TRANSIT.value: min(reached)} if reached else {}
    wanted = {line.id for line in order.lines if line.quantity > 0}
    if wanted and wanted <= _arrived(order):
        there = [s.stages[Stage.DELIVERED] for s in order.shipments.values() if Stage.DELIVERED in s.stages]
        events[DELIVERED] = max(there)
    return events


def _arrived(order: Order) -> set[str]:
    """The lines of delivered parcels; a parcel that names none holds them all."""
    delivered = [s for s in order.shipments.values() if Stage.DELIVERED in s.stages]
    return {line for s in delivered for line in (s.lines or tuple(each.id for each in order.lines))}


def begins_journeys(order: Order, journeys: Iterable[Journey], catalogue: Catalogue) -> bool:
    """A delivered parcel begins journeys of its lines, and those look at the customer's history."""
    return bool(_not_begun(order, journeys, catalogue))


def _untold(order: Order, shipment: Shipment) -> bool:
    """Its stage is not decided on, or was decided on as too late and has been heard of again since."""
    if order.told.get(shipment.id) != shipment.stage:
        return True
    about = [e for e in order.log if e.step == shipment.stage and e.facts.get("shipment") == shipment.id]
    return bool(about) and about[-1].reason == TOO_LATE and str(about[-1].facts["since"]) < _since(shipment)


def _since(shipment: Shipment) -> str:
    return shipment.said_at(shipment.stage).astimezone(UTC).isoformat()


def _told(
    order: Order,
    shipment: Shipment,
    brand: Brand,
    journeys: tuple[Journey, ...],
    messages: list[Message],
    now: datetime,
) -> Order:
    stage, at = shipment.stage, min(shipment.said_at(shipment.stage), now)
    log = list(order.log)
    for journey in journeys:
        step = next((s for s in journey.steps if s.on == stage), None) if journey.starts == MOVED else None
        if step is None:
            continue
        decision = decide_parcel(order, step, shipment, now)
        log.append(logged(decision, step.name, now))
        if isinstance(decision, Send):
            subject = _subject(order, shipment, journey)
            messages.append(message_for(step, subject, brand, now, at, decision.facts))
    return replace(order, told={**order.told, shipment.id: stage}, log=tuple(log)[-LOG:])


def _passed_over(order: Order, journeys: tuple[Journey, ...], now: datetime) -> Order:
    """What we heard of too late, because the parcel was further already, is a silence with its reason."""
    steps = {step.on: step for j in journeys if j.starts == MOVED for step in j.steps}
    decided = {(entry.facts.get("shipment"), entry.step) for entry in order.log}
    silences = [
        logged(Skip(reason="overtaken", facts={"shipment": shipment.id}), steps[stage].name, now)
        for shipment in order.shipments.values()
        for stage in sorted(shipment.stages, key=RANK.__getitem__)
        if stage is not shipment.stage and stage in steps
        if (shipment.id, steps[stage].name) not in decided
    ]
    return replace(order, log=(*order.log, *silences[: max(0, LOG - len(order.log))]))


def decide_parcel(order: Order, step: Step, shipment: Shipment, now: datetime) -> Decision:
    """News older than its use is stored and not told."""
    facts = {"shipment": shipment.id, "since": _since(shipment)}
    if order.cancelled and "cancelled" in step.stops:
        return Skip(reason="cancelled", facts=facts)
    if now >= shipment.said_at(shipment.stage) + step.useful_for:
        return Skip(reason=TOO_LATE, facts=facts)
    return Send(facts={"why": step.on, **facts})


def cause(order: str, shipment: str) -> str:
    """What a parcel's messages are caused by: part of their ids."""
    return f"shipment:{order}/{shipment}"


def _subject(order: Order, shipment: Shipment, journey: Journey) -> Subject:
    return Subject(
        customer=order.customer,
        journey=journey.name,
        cause=cause(order.id, shipment.id),
        country=order.country,
        order=order,
        shipment=shipment.id,
    )


def _not_begun(order: Order, journeys: Iterable[Journey], catalogue: Catalogue) -> dict[Line, list[Journey]]:
    """The lines of delivered parcels, each with the journeys about it that are not decided on."""
    if not order.known or order.cancelled:
        return {}
    arrived = _arrived(order)
    begun = set(order.enrolled)
    about_lines = [j for j in journeys if j.about is About.LINE and j.starts == DELIVERED and not j.retired]
    waiting = {
        line: [
            journey
            for journey in about_lines
            if _begun_key(journey, line) not in begun and _concerns(journey, line, catalogue)
        ]
        for line in order.lines
        if line.id in arrived and line.quantity > 0
    }
    return {line: of_line for line, of_line in waiting.items() if of_line}


def _begun_key(journey: Journey, line: Line) -> str:
    return f"{journey.name}/{line.id}"


def _line_begun(
    order: Order,
    line: Line,
    journeys: list[Journey],
    rules: enrol.Rules,
    now: datetime,
    begun: list[enrol.Progress],
) -> Order:
    """Decides once which of them begin; why the others do not stands in the order's log."""
    decided = choosing.chosen(journeys, conditions.Known(None, rules.customer, order))
    silences = choosing.silences(decided, now, line.id)
    begun += [_begun(order, each, line, rules, now) for each in decided if each.begins]
    enrolled = (*order.enrolled, *(_begun_key(journey, line) for journey in journeys))
    return replace(order, enrolled=enrolled, log=(*order.log, *silences)[-LOG:])


def _concerns(journey: Journey, line: Line, catalogue: Catalogue) -> bool:
    item = catalogue.find(line)
    return item is not None and not item.sensitive and journey.category in ("", item.category)


def _begun(
    order: Order, chosen: choosing.Chosen, line: Line, rules: enrol.Rules, now: datetime
) -> enrol.Progress:
    enrolment = enrol.begin(chosen.journey, rules, now, line, chosen.why)
    return enrol.happened(enrolment, DELIVERED, _delivered_at(order, line, now), rules, now)


def _delivered_at(order: Order, line: Line, now: datetime) -> datetime:
    times = [
        shipment.stages[Stage.DELIVERED]
        for shipment in order.shipments.values()
        if Stage.DELIVERED in shipment.stages and (not shipment.lines or line.id in shipment.lines)
    ]
    return min(*times, now)
