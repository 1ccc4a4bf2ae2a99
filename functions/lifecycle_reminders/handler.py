"""The scheduler says: a step is due, a deferred message may go, it is time to sweep."""

import json
from typing import Any

from aftercart import wiring
from aftercart.aws.telemetry import count, guarded, log
from aftercart.flows.campaigns import on_walk
from aftercart.flows.deferral import on_message_due
from aftercart.flows.erase import on_erase
from aftercart.flows.lifecycle_reminders import on_step_due, sweep
from aftercart.flows.park import park
from aftercart.flows.pause import on_pause
from aftercart.flows.timing import told
from aftercart.ports import World


@guarded
def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    world = wiring.world()
    if event == {"v": 1, "kind": "waits"}:  # asked by a person
        return {"waits": told(world)}
    return {"done": _due(event, world)}


def _due(event: dict[str, Any], world: World) -> str:
    match event:
        case {"v": 1, "kind": "step", "enrolment": str(enrolment), "arm": int(arm)}:
            return on_step_due(enrolment, arm, world)
        case {"v": 1, "kind": "message", "message": str(message), "arm": int(arm)}:
            return on_message_due(message, arm, world)
        case {"v": 1, "kind": "campaign", "journey": str(journey), "arm": int(arm)}:
            return on_walk(journey, arm, world)
        case {"v": 1, "kind": "sweep"}:
            return _swept(world)
        case {"v": 1, "kind": "erase", "customer": str(customer)}:
            return on_erase(customer, world)
        case {"v": 1, "kind": "pause", "journey": str(journey), "paused": bool(paused)}:
            return on_pause(journey, paused, world)
    park("schedule", "unknown payload", json.dumps(event).encode(), world)
    count("Parked", source="schedule")
    log.error("parked", extra={"source": "schedule"})
    return "parked"


def _swept(world: World) -> str:
    looked_at = sweep(world)
    count("Swept", looked_at)  # an alarm wakes where this is missing
    return f"swept {looked_at}"


wiring.prepare(wiring.world)
