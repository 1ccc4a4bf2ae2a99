"""The workflow says: try this rung now."""

from typing import Any

from aftercart import wiring
from aftercart.aws.telemetry import count, guarded
from aftercart.flows.rung import Task
from aftercart.flows.send_message import on_rung


@guarded
def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    task = Task(
        message=event["message"],
        run=event["run"],
        rung=event["rung"],
        wait=event["wait"],
        token=event["token"],
    )
    result = on_rung(task, wiring.sending_world())
    count("Rungs", result=result)
    return {"result": result}


wiring.prepare(wiring.sending_world)
