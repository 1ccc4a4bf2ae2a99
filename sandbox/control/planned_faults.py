"""Which calls may be made to fail on purpose, and how each of them can."""

import re
from collections.abc import Mapping

from sandbox import line
from sandbox.cloud import faults
from sandbox.cloud.faults import Faults
from sandbox.control.given import Wrong, chosen, none

# What functions call. An operation's own name is enough, and so is a channel's; case and joints are free.
AWS = (
    "dynamodb.BatchGetItem",
    "dynamodb.GetItem",
    "dynamodb.PutItem",
    "dynamodb.Query",
    "dynamodb.Scan",
    "dynamodb.TransactWriteItems",
    "dynamodb.UpdateItem",
    "scheduler.CreateSchedule",
    "secretsmanager.GetSecretValue",
    "stepfunctions.SendTaskFailure",
    "stepfunctions.SendTaskSuccess",
    "stepfunctions.StartExecution",
    *line.AWS_CALLS,
)
CALLS = (*AWS, *line.CALLS)
ALSO: Mapping[str, str] = {
    **{name: name for name in CALLS},
    **{name.partition(".")[2]: name for name in AWS},
    "whatsapp": "meta.send",
    "meta": "meta.send",
    "viber": "infobip.send",
    "infobip": "infobip.send",
    "twilio": "twilio.send",
    "turbosms": "turbosms.send",
    "push": "web.send",
    "web": "web.send",
    "sms": line.AWS_CALLS[0],
    "aws.send": line.AWS_CALLS[0],
}


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold())


KNOWN = {_plain(name): call for name, call in ALSO.items()}


def plan(waiting: Faults, call: str, nth: int, mode: str) -> None:
    """The nth such call from now on fails so. Raises Wrong where it cannot."""
    name = KNOWN.get(_plain(call)) or KNOWN.get(_plain(re.split(r"[.:/]", call)[-1]))
    if name is None:
        none(f"call is {call!r}", call, CALLS)
    wanted = chosen(mode, "mode", faults.MODES)
    if name in line.CALLS and wanted not in line.MODES:
        raise Wrong(f"mode: {name} is no AWS call, so it fails in one of: {', '.join(line.MODES)}")
    try:
        waiting.plan(name, nth, wanted)
    except ValueError as error:
        raise Wrong(str(error)) from None
