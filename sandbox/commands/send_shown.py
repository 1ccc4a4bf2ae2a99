"""What `aftercart send` prints: the answer to each event, and what came of them."""

from typing import Any

from sandbox.commands import why
from sandbox.commands.terminal import Ink

Json = Any


def written(found: Json, ink: Ink) -> str:
    """For people."""
    lines = [_answer(each, ink) for each in found["events"]]
    told = found["decisions"]
    lines += ["", why.written(told, ink) if told else "Nothing was to be said."]
    return "\n".join(lines)


def _answer(event: Json, ink: Ink) -> str:
    paint = ink.green if event["status"] < 400 else ink.red
    said = f": {event['answer']}" if event["answer"] else ""
    return f"{paint(str(event['status']))} {ink.bold(event['event'])}{said}"
