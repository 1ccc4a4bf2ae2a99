"""`aftercart pause`: one journey waits, all of them, or one provider; `--resume`: it goes on."""

import json
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

from sandbox.commands.remote import Remote
from sandbox.commands.terminal import UserError

Json = dict[str, Any]


def in_sandbox(remote: Remote, journey: str, paused: bool) -> Json:
    """In a running sandbox. Raises UserError."""
    said = remote.post("/sandbox/pause", {"journey": journey, "paused": paused})
    return {"journey": journey, "done": "paused" if said["paused"] else "resumed"}


def deployed(stack: str, journey: str, paused: bool) -> Json:
    """In an AWS account, by the credentials and the region of the environment. Raises UserError."""
    said = asked_of(stack, {"v": 1, "kind": "pause", "journey": journey, "paused": paused})
    if said["done"] == "unknown":
        raise UserError(f"{stack} has no journey or provider {journey!r}")
    return {"journey": journey, "done": said["done"]}


def asked_of(stack: str, event: Json) -> Json:
    """What the stack's lifecycle_reminders answers. Raises UserError."""
    try:
        client: Any = Session().create_client("lambda")
        answer = client.invoke(
            FunctionName=f"{stack}-lifecycle-reminders", Qualifier="live", Payload=json.dumps(event).encode()
        )
    except (BotoCoreError, ClientError) as error:
        raise UserError(f"{stack}: {error}") from None
    said: Json = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise UserError(f"{stack}: {said.get('errorMessage', 'the function failed')}")
    return said


def written(found: Json, paused: bool) -> str:
    """One line. `paused`: what was asked for; one journey cannot go on while all wait."""
    which = "every journey" if found["journey"] == "*" else found["journey"]
    if found["done"] == "paused" and not paused:
        return f"{which}: still paused, as every journey is; all go on with: aftercart pause --all --resume"
    return f"{which}: {found['done']}"
