"""How long receipts take is counted where a brand's waits are learned, and told to whoever asks."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from aftercart import ports
from aftercart.domain.message import Attempt
from aftercart.domain.timings import Timings
from aftercart.ports import Conflict, Put, Transient, World

AT_ONCE = 100  # items that one read takes


def observed(attempt: Attempt, world: World) -> None:
    """Its receipt has come. Nothing hangs on one count: where it collides or fails it is left out."""
    now, ref = world.clock.now(), ports.timings(world.shop, attempt.times)
    with suppress(Conflict, Transient):
        snapshot = world.store.read(ref)
        known = snapshot.get(ref) or Timings(since=now)
        counted = known.with_one(now - attempt.claimed_at, now)
        world.store.commit(snapshot, [Put(ref=ref, value=counted)])


def told(world: World) -> list[Mapping[str, Any]]:
    """What has been learned so far, by channel and country."""
    refs = {name: ports.timings(world.shop, name) for name in world.brand.all_times()}
    names, now, found = list(refs), world.clock.now(), []
    for start in range(0, len(names), AT_ONCE):
        part = names[start : start + AT_ONCE]
        snapshot = world.store.read(*(refs[name] for name in part))
        found += [row(name, known, now) for name in part if (known := snapshot.get(refs[name]))]
    return found


def row(name: str, timings: Timings, now: datetime) -> Mapping[str, Any]:
    """`seconds`: within which 95 of 100 receipts come; None: too few have come to say."""
    aged = timings.aged(now)
    usual = aged.usual
    return {
        "times": name,
        "receipts": aged.receipts,
        "seconds": int(usual.total_seconds()) if usual else None,
    }
