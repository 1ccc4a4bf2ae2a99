"""Which provider may be asked now: none that somebody has stopped, that is down, or that just put us off."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from aftercart import ports
from aftercart.domain.circuit import Circuit
from aftercart.domain.clockwork import SOONEST, look_again_at
from aftercart.domain.consent import Channel
from aftercart.domain.message import Attempt, Message, Outcome
from aftercart.domain.pace import pace
from aftercart.domain.time_of_day import spread
from aftercart.flows.view import View
from aftercart.ports import Conflict, Pause, Put, Sent, World

MOST_PUT_OFF = 60  # tries of one message with one provider that could not take it
SOON, LATER, PATIENT = timedelta(minutes=1), timedelta(minutes=15), timedelta(hours=1)
DRAIN = timedelta(minutes=5)  # what waited for one provider goes out over this time, not at once
RATE = "provider_rate"
WIDER, MOST_WIDER = 1.5, 9  # how much longer is waited each time that a provider's rate is used up; how often


@dataclass(frozen=True, slots=True, kw_only=True)
class NotNow:
    reason: str
    until: datetime


def way(view: View, channel: Channel, now: datetime) -> str | NotNow | None:
    """The name of the first provider of the channel that may be asked now, or when one may; None: no more."""
    found = [_way(view, channel, name, now) for name in view.carried.get(channel, ())]
    free = next((each for each in found if isinstance(each, str)), None)
    waits = [each for each in found if isinstance(each, NotNow)]
    return free or min(waits, key=lambda wait: wait.until, default=None)


def _way(view: View, channel: Channel, name: str, now: datetime) -> str | NotNow | None:
    stopped = view.pause.since.get(f"{channel}/{name}")
    if stopped is not None:
        return NotNow(reason="provider_stopped", until=_drained(view, look_again_at(stopped, now)))
    shut = circuit(view.pause, channel, name).shut_until(now)
    if shut is not None:
        return NotNow(reason="provider_down", until=_drained(view, shut))
    put_off = [a for a in view.message.attempts if a.put_off and (a.channel, a.provider) == (channel, name)]
    if len(put_off) >= MOST_PUT_OFF:
        return None
    again = _again_at(put_off)
    if again is not None and now < again:
        return NotNow(reason="provider_busy", until=_drained(view, again))
    room_at = view.learned.full.get(f"{channel}/{name}")
    if room_at is not None:
        # No schedule is sooner than in a minute: what came out before that would meet there.
        return NotNow(reason=RATE, until=_in_turn(view, max(room_at, now + SOONEST)))
    return name


def circuit(pause: Pause, channel: Channel, name: str) -> Circuit:
    return pause.circuits.get(f"{channel}/{name}") or Circuit()


def _again_at(put_off: list[Attempt]) -> datetime | None:
    """The more often in vain, the more rarely."""
    if not put_off:
        return None
    times = len(put_off) - 1
    wait = min(LATER, SOON * 2 ** min(times, 10)) if times < MOST_PUT_OFF / 2 else PATIENT
    return put_off[-1].claimed_at + wait


def _drained(view: View, at: datetime) -> datetime:
    return spread(at, view.message.id, DRAIN)


def _in_turn(view: View, room_at: datetime) -> datetime:
    """Over half as long again whenever it was in vain: so what waits meets the rate, however much it is."""
    times = sum(entry.reason == RATE for entry in view.message.log)
    return spread(room_at, f"{view.message.id}/{times}", DRAIN * WIDER ** min(times, MOST_WIDER))


def room_at(message: Message, channel: Channel, name: str, world: World) -> datetime | None:
    """Takes this message's part of a provider's rate. None: it may go; else when there is room again.

    A provider without a rate costs no call.
    """
    rate = world.brand.rates.get(f"{channel}/{name}")
    if rate is None:
        return None
    return world.store.take_turn(f"{channel}/{name}", pace(rate, message.purpose), world.clock.now())


def probing(pause: Pause, channel: Channel, name: str, now: datetime) -> Pause | None:
    """What the claim writes where the call is the one that finds out whether the provider is well again."""
    known = circuit(pause, channel, name)
    return _with(pause, f"{channel}/{name}", known.probed(now)) if known.tripped else None


def felt(attempt: Attempt, sent: Sent, pause: Pause, world: World) -> None:
    """How the provider does. `pause`: as it was before the call.

    While all is well nothing is read or written. Nothing hangs on one count: where it collides with another
    it is left out, and the next failure comes.
    """
    name, ill = f"{attempt.channel}/{attempt.provider}", _is_ill(sent)
    if not ill and name not in pause.circuits:
        return
    ref = ports.pause(world.shop)
    snapshot = world.store.read(ref)
    known = snapshot.get(ref) or Pause()
    after = circuit(known, attempt.channel, attempt.provider).failed(world.clock.now()) if ill else None
    with suppress(Conflict):
        world.store.commit(snapshot, [Put(ref=ref, value=_with(known, name, after))])


def _is_ill(sent: Sent) -> bool:
    """It could not take what it was given, or did not answer: that says nothing of the message."""
    return sent.outcome is Outcome.UNKNOWN or sent.advice == "later"


def _with(pause: Pause, name: str, known: Circuit | None) -> Pause:
    others = {each: found for each, found in pause.circuits.items() if each != name}
    return replace(pause, circuits={**others, name: known} if known else others)
