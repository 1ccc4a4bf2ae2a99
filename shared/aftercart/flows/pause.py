"""Somebody tells a journey, all of them, or a provider to wait: from now on no message of it is claimed.

What is due meanwhile is made and waits, or takes another provider or channel; it looks again now and then,
and expires by its own rule.
"""

from dataclasses import replace

from aftercart import ports
from aftercart.flows.again import until_settled
from aftercart.ports import EVERY, Pause, Put, World, is_provider


def on_pause(what: str, paused: bool, world: World) -> str:
    """`what`: a journey, EVERY, or a provider ("sms/aws"); to resume EVERY resumes each journey. Answers how
    it stands: 'paused' (also where all are), 'resumed', or 'unknown' (there is no such thing)."""
    if what != EVERY and what not in world.journeys and what not in world.brand.carried_by():
        return "unknown"
    return until_settled(lambda: _write(what, paused, world))


def _write(what: str, paused: bool, world: World) -> str:
    ref = ports.pause(world.shop)
    snapshot = world.store.read(ref)
    known = snapshot.get(ref) or Pause()
    if paused:
        now = replace(known, since={what: world.clock.now(), **known.since})
    else:
        now = replace(known, since={n: at for n, at in known.since.items() if not _covers(what, n)})
    if now != known:
        world.store.commit(snapshot, [Put(ref=ref, value=now)])
    return "paused" if now.of(what) else "resumed"


def _covers(what: str, name: str) -> bool:
    return what == name or (what == EVERY and not is_provider(name))
