"""Somebody tells a journey, or all of them, to wait: from now on no message of it is claimed.

What is due meanwhile is made and waits; it looks again now and then, and expires by its own rule.
"""

from aftercart import ports
from aftercart.flows.again import until_settled
from aftercart.ports import EVERY, Pause, Put, World


def on_pause(journey: str, paused: bool, world: World) -> str:
    """`journey`: a name, or EVERY; to resume EVERY resumes each. Answers how it stands: 'paused' (also where
    all are), 'resumed', or 'unknown' (there is no such journey)."""
    if journey != EVERY and journey not in world.journeys:
        return "unknown"
    return until_settled(lambda: _write(journey, paused, world))


def _write(journey: str, paused: bool, world: World) -> str:
    ref = ports.pause(world.shop)
    snapshot = world.store.read(ref)
    known = snapshot.get(ref) or Pause()
    if paused:
        now = Pause(since={journey: world.clock.now(), **known.since})
    else:
        now = Pause(since={n: at for n, at in known.since.items() if journey not in (n, EVERY)})
    if now != known:
        world.store.commit(snapshot, [Put(ref=ref, value=now)])
    return "paused" if now.of(journey) else "resumed"
