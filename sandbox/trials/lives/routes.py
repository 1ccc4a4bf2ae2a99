"""Where a message must go first, by the oracle's facts: there where its customer wants to hear from us."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from aftercart.domain import ids
from aftercart.domain.consent import Channel
from sandbox.fakes import FakeCall
from sandbox.trials.lives.oracle import Oracle
from sandbox.trials.lives.ways import Thing

ILL = timedelta(hours=2)  # longer than anybody leaves a provider alone that has failed


@dataclass(slots=True)
class Routes:
    """The channel on which each message began."""

    oracle: Oracle
    calls: Sequence[FakeCall]

    def wrongs(self) -> Iterator[str]:
        """Messages that began elsewhere, though nothing was in the way."""
        things = self.oracle.book.things(self.oracle.facts)
        begun: set[str] = set()
        for call in self.calls:
            thing = things.get(call.reference.rpartition("-")[0])
            if thing is None or thing.id in begun:
                continue
            begun.add(thing.id)
            wanted = self._wanted(thing, call.at)
            if wanted and call.channel is not wanted and self._is_free(thing, wanted, call.at):
                yield f"{self.oracle.name(thing)}: began on {call.channel}, and they want it on {wanted}"

    def _wanted(self, thing: Thing, at: datetime) -> Channel | None:
        """Where they want it for sure, if its route goes there, wherever they may live.

        An answer goes where they wrote.
        """
        chosen = {choice.channel if choice else "" for choice in self.oracle.facts.chosen(_owner(thing), at)}
        if thing.order is None or thing.answer is not None or len(chosen) != 1:
            return None
        homes = self.oracle.facts.newest(thing.order.bought.buyer, at)
        (wanted,) = chosen
        found = next((channel for channel in Channel if channel == wanted), None)
        there = found and all(self.oracle.leg(thing, found, of) for of in homes)
        return found if there else None

    def _is_free(self, thing: Thing, channel: Channel, at: datetime) -> bool:
        """Nobody ever said no, the address was never bad, its provider was well, and no function died."""
        assert thing.order is not None
        before = [call for call in self.calls if call.channel is channel and call.at <= at]
        theirs = (call for call in before if call.reference.startswith(_owner(thing)))
        bad = any(self.oracle.told(call, "failed").first for call in theirs)
        ill = any(call.answer != "accepted" and at - call.at < ILL for call in before)
        died = any(message == thing.id for _, message in self.oracle.facts.faults)
        allowed = self.oracle.must(thing.order, channel, thing.purpose, at)
        return allowed and not (bad or ill or died)


def _owner(thing: Thing) -> str:
    return ids.customer_of(thing.id)
