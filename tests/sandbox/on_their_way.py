"""Customers on their way, and a folder of journeys that somebody changes meanwhile."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sandbox.commands.demo import DARYNA, OLENA
from sandbox.player import Player
from sandbox.sandbox import Sandbox

Json = Any
AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
CARE = "phone_care/journey.yaml"


def play(sandbox: Sandbox) -> None:
    """Two phones arrive. Olena is asked how it is; Daryna's survey waits for the morning of the third day."""
    player = Player(sandbox)
    order = player.orders(OLENA, 1001, ["ZIRVO-A1"])
    player.parcel(order, "delivered")
    player.wait(days=4)
    order = player.orders(DARYNA, 1002, ["ZIRVO-A1"])
    player.parcel(order, "delivered")


def change(source: Path, file: str, old: str, new: str) -> None:
    path = source / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def without(source: Path, file: str, start: str, end: str) -> None:
    """Cut out of a file, from here until there."""
    text = (source / file).read_text("utf-8")
    change(source, file, text[text.index(start) : text.index(end) if end else len(text)], "")


def the(found: Json, what: str, name: str, **more: str) -> Json:
    changes = [c for c in found["changes"] if (c["what"], c["name"]) == (what, name)]
    (one,) = [c for c in changes if all(c[key] == value for key, value in more.items())]
    return one
