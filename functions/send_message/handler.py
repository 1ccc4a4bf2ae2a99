"""The workflow says: try this rung now."""

import json
from typing import Any

from aftercart import wiring
from aftercart.aws.telemetry import count, guarded, log
from aftercart.flows.park import park
from aftercart.flows.rung import Task
from aftercart.flows.send_message import on_rung
from aftercart.ports import World


class UnknownPayload(Exception):
    """A rung that another version asks for. The workflow asks again: a deployment may be under way.

    Where that does not help, the execution fails, with an alarm, and the sweep starts the message's next run.
    """


@guarded
def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    world = wiring.sending_world()
    result = on_rung(_task(event, world), world)
    count("Rungs", result=result)
    return {"result": result}


def _task(event: dict[str, Any], world: World) -> Task:
    match event:
        case {
            "v": 1,
            "message": str(message),
            "run": int(run),
            "rung": int(rung),
            "wait": int(wait),
            "token": str(token),
        }:
            return Task(message=message, run=run, rung=rung, wait=wait, token=token)
    # Without its token: whoever holds that may end the rung.
    kept = {name: value for name, value in event.items() if name != "token"}
    park("workflow", "unknown payload", json.dumps(kept).encode(), world)
    count("Parked", source="workflow")
    log.error("parked", extra={"source": "workflow"})
    raise UnknownPayload


wiring.prepare(wiring.sending_world)
