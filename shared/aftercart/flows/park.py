"""What is authentic but cannot be read is kept thirty days for a human."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from aftercart import ports
from aftercart.domain.ids import digest
from aftercart.flows.again import until_settled
from aftercart.ports import Delete, Parked, Put, Ref, World

KEPT = timedelta(days=30)
MOST = 250_000  # bytes of the body that are kept
ERASED = "erased"


def park(source: str, reason: str, body: bytes, world: World) -> None:
    """The same body is one parked item, however often it comes; one that was erased does not come back."""
    now = world.clock.now()
    ref = ports.parked(digest(26, source, hashlib.sha256(body).hexdigest()))
    kept = Parked(source=source, reason=reason, at=now, body=base64.b64encode(body[:MOST]).decode())

    def write() -> None:
        snapshot = world.store.read(ref)
        known = snapshot.get(ref)
        if known is None or known.reason != ERASED or now >= known.at + KEPT:
            world.store.commit(snapshot, [Put(ref=ref, value=kept, expires_at=now + KEPT)])

    until_settled(write)


def forget(concern: Callable[[bytes], bool], world: World) -> None:
    """Every parked body that concerns somebody goes, also one whose time is over."""
    for some in world.store.all_parked():
        for ref, stored in some.records.items():
            if concern(base64.b64decode(stored.value.body)):
                until_settled(lambda ref=ref: _emptied(ref, world))  # type: ignore[misc]


def _emptied(ref: Ref[Any], world: World) -> None:
    """Its digest stays for as long as the body would have: the sender may send it again."""
    snapshot = world.store.read(ref)
    known = snapshot.get(ref)
    if known is None:
        return
    if world.clock.now() >= known.at + KEPT:
        world.store.commit(snapshot, [Delete(ref=ref)])
        return
    emptied = replace(known, reason=ERASED, body="")
    world.store.commit(snapshot, [Put(ref=ref, value=emptied, expires_at=known.at + KEPT)])
