"""`aftercart waits`: how long receipts take, by channel and country, where `brand.yaml` has waits learned."""

from collections.abc import Sequence
from typing import Any

from sandbox.commands.pause import asked_of
from sandbox.commands.remote import Remote

Json = dict[str, Any]


def in_sandbox(remote: Remote) -> list[Json]:
    """In a running sandbox. Raises UserError."""
    found: list[Json] = remote.get("/sandbox/waits")
    return found


def deployed(stack: str) -> list[Json]:
    """In an AWS account, by the credentials and the region of the environment. Raises UserError."""
    found: list[Json] = asked_of(stack, {"v": 1, "kind": "waits"})["waits"]
    return found


def written(found: Sequence[Json]) -> str:
    """A line each."""
    return "\n".join(map(_line, found)) or "No receipt was timed (learned_waits in brand.yaml)."


def _line(row: Json) -> str:
    if row["seconds"] is None:
        return f"{row['times']}: too few receipts to learn from ({row['receipts']})"
    return f"{row['times']}: 95 of 100 receipts within {row['seconds']} s (of {row['receipts']})"
