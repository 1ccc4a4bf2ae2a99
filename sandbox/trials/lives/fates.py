"""The oracle's other half: what must have been said, or have one end with a reason that can be true. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from aftercart.domain.consent import Channel, Purpose
from aftercart.domain.message import Urgency
from sandbox.fakes import FakeCall, FakeMessage, Mode
from sandbox.trials.lives.facts import Choice, Fate, Told
from sandbox.trials.lives.offers import quiet_ahead
from sandbox.trials.lives.oracle import Oracle, Seen
from sandbox.trials.lives.routes import ILL
from sandbox.trials.lives.ways import Thing

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
NIGHT = timedelta(hours=25)  # no customer's hours are closed for longer, the spread of a morning included
CAPPED = timedelta(hours=50)
A_MONTH = timedelta(days=33)
A_TALK = timedelta(days=3)
UNTOUCHED = (Mode.OK, Mode.DUPLICATES)
CONSENT = ("no_marketing_consent", "stopped_here", "no_opt_in", "no_address")


@dataclass(slots=True)
class Ends:
    """How all things ended, when all is quiet. `fates`: by message id, what the product says of each."""

    oracle: Oracle
    fates: Mapping[str, Sequence[Fate]]
    calls: Sequence[FakeCall]
    shown: Sequence[FakeMessage]

    def wrongs(self) -> Iterator[str]:
        """Silent losses, ends without a true reason, ends of what nobody brought about."""
        things = self.oracle.book.things(self.oracle.facts)
        seen = self.oracle.seen(self.calls, self.shown)
        for thing in things.values():
            assert thing.order is not None
            if self.oracle.facts.erased(thing.order):
                continue
            fates = self.fates.get(thing.id, ())
            if thing.must and not fates:
                yield f"{self.oracle.name(thing)}: silently lost"
            if len(fates) > 1:
                yield f"{self.oracle.name(thing)}: ended as {', '.join(fate.reason for fate in fates)}"
            for fate in fates:
                yield from self._of(thing, fate, seen.get(thing.id, Seen()))
        for order in self.oracle.facts.orders.values():
            scans = [
                told for each in order.parcels.values() for said in each.scans.values() for _, told in said
            ]
            if any(told.first and not told.taken for told in (*(news.told for news in order.news), *scans)):
                yield f"{order.bought.number}: a post of the shop's was never taken"
        for identifier in sorted(self.fates.keys() - things.keys()):
            yield f"{identifier} ended as {self.fates[identifier]}, and nothing that happened calls for it"

    def _of(self, thing: Thing, fate: Fate, seen: Seen) -> Iterator[str]:
        possible = REASONS.get(fate.reason, _never)
        if not possible(self, thing, fate, seen):
            yield f"{self.oracle.name(thing)}: {fate.reason or 'no end'} at {fate.at}, which cannot be"
        now = thing.purpose is Purpose.TRANSACTIONAL and thing.step.urgency is Urgency.NOW
        due = thing.called_for if now and fate.reason == "delivered" else None
        if due is None or seen.calls[0].at <= due + MINUTE:
            return
        if not self._touched(thing, fate, seen) and not self._ill(thing, due):
            yield f"{self.oracle.name(thing)}: said at {seen.calls[0].at}, long after {due}"

    def _touched(self, thing: Thing, fate: Fate, seen: Seen) -> bool:
        """Was anything broken on its way: a call that crashed, a channel, a receipt that was lost or late?"""
        late = [told for told in thing.told if told.first and told.taken and told.taken - told.first > MINUTE]
        broken = [call for call in seen.calls if call.mode not in UNTOUCHED]
        silent = [
            call for call in seen.calls if not self.oracle.told(call, "delivered").surely(call.at + MINUTE)
        ]
        return bool(late or broken or silent) or self._faulty(thing.opens - MINUTE, fate.at + MINUTE)

    def _ill(self, thing: Thing, at: datetime) -> bool:
        """Had a provider of its route just failed, for whomever? Then it is left alone for a while."""
        assert thing.order is not None
        route = self.oracle.book.brand.route(thing.step.route, thing.order.bought.home.country)
        channels = {leg.channel for leg in route}
        near = (call for call in self.calls if timedelta() <= at - call.at < ILL)
        return any(call.channel in channels and call.answer != "accepted" for call in near)

    def _faulty(self, since: datetime, until: datetime) -> bool:
        return any(since <= at <= until for at, _ in self.oracle.facts.faults)

    def _faulty_sending(self, thing: Thing) -> bool:
        return any(message == thing.id for _, message in self.oracle.facts.faults)

    # The reasons, and when each can be true

    def _delivered(self, thing: Thing, fate: Fate, seen: Seen) -> bool:
        return any(self._was_told(call, "delivered") for call in seen.calls) and bool(seen.shown)

    def _was_told(self, call: FakeCall, kind: str) -> bool:
        return self.oracle.told(call, kind).first is not None

    def _sent(self, thing: Thing, fate: Fate, seen: Seen) -> bool:
        """Taken by a provider that never said a word of it again."""
        hopeful = [c for c in seen.calls if self._taken(c) and not self._surely_told(c, "failed")]
        return bool(hopeful) and not any(self._surely_told(call, "delivered") for call in seen.calls)

    def _taken(self, call: FakeCall) -> bool:
        """Its provider said so: at once, or by a receipt after an answer that was lost."""
        return call.answer == "accepted" or (call.answer == "504" and self._was_told(call, "sent"))

    def _surely_told(self, call: FakeCall, kind: str) -> bool:
        return self.oracle.told(call, kind).taken is not None

    def _unknown(self, thing: Thing, fate: Fate, seen: Seen) -> bool:
        doubtful = any(call.answer == "504" for call in seen.calls) or self._faulty_sending(thing)
        return doubtful and not any(self._surely_told(call, "delivered") for call in seen.calls)

    def _exhausted(self, thing: Thing, fate: Fate, seen: Seen) -> bool:
        """Every channel that was open was tried, and nobody can say that one of them was shown."""
        failed = [c for c in seen.calls if c.answer not in ("accepted", "504") or self._was_told(c, "failed")]
        if self._faulty_sending(thing):
            return True
        tried = {call.channel for call in seen.calls} | self._unreachable(thing, fate)
        all_tried = not self._leg_left(thing, fate, tried)
        one_only = thing.answer is not None
        return bool(seen.calls) and len(failed) == len(seen.calls) and (all_tried or one_only)

    def _unreachable(self, thing: Thing, fate: Fate) -> set[Channel]:
        """Channels of theirs on which a provider has said of an address that nobody is reached there."""
        customer = thing.id.split("-")[0]
        theirs = (call for call in self.calls if call.reference.startswith(customer) and call.at <= fate.at)
        return {call.channel for call in theirs if self._was_told(call, "failed")}

    def _nobody_there(self, thing: Thing, fate: Fate, seen: Seen) -> bool:
        return bool(self._unreachable(thing, fate))

    def _leg_left(self, thing: Thing, fate: Fate, but: set[Channel]) -> bool:
        """Is a leg open for sure, besides some? Wherever they may live, and where the order went."""
        order, brand = thing.order, self.oracle.book.brand
        assert order is not None
        homes = [order.bought, *self.oracle.facts.newest(order.bought.buyer, fate.at)]
        routes = [brand.route(thing.step.route, of.home.country) for of in homes]
        return all(
            any(
                self.oracle.must(order, leg.channel, thing.purpose, fate.at)
                for leg in route
                if leg.channel not in but
            )
            for route in routes
        )

    def _expired(self, thing: Thing, fate: Fate, seen: Seen) -> bool:
        return fate.at >= thing.ends[0] and (self._touched(thing, fate, seen) or self._late(thing))

    def _late(self, thing: Thing) -> bool:
        """Somebody told us of it when its time was over, or nearly."""
        return any(told.first and told.first >= thing.ends[0] - NIGHT for told in thing.told)

    def _too_late(self, thing: Thing, fate: Fate, seen: Seen) -> bool:
        heard = any(told.taken and told.taken >= thing.ends[0] for told in thing.told)
        return heard or self._faulty(thing.opens - MINUTE, fate.at + MINUTE)

    def _cancelled(self, thing: Thing, fate: Fate, seen: Seen) -> bool:
        return thing.order is not None and any(told.perhaps(fate.at) for told in thing.order.cancelled)

    def _returned(self, thing: Thing, fate: Fate, seen: Seen) -> bool:
        return self.oracle.went_back(thing, fate.at, surely=False)

    def _bought_again(self, thing: Thing, fate: Fate, seen: Seen) -> bool:
        return self.oracle.bought_again(thing, fate.at, surely=False)

    def _overtaken(self, thing: Thing, fate: Fate, seen: Seen) -> bool:
        return bool(thing.parcel) and self.oracle.overtaken(thing, fate.at, surely=False)

    def _condition(self, thing: Thing, fate: Fate, seen: Seen) -> bool:
        return bool(thing.step.when) and thing.holds is not True

    def _held_out(self, thing: Thing, fate: Fate, seen: Seen) -> bool:
        return thing.held_out

    def _human_talking(self, thing: Thing, fate: Fate, seen: Seen) -> bool:
        """They have written something, and a person may be at it."""
        assert thing.order is not None
        phones = {order.bought.phone for order in self.oracle.facts.of_buyer(thing.order.bought.buyer)}
        wrote = [each.told for each in self.oracle.facts.answers if each.phone in phones]
        return any(told.perhaps(fate.at) and not _long_before(told, fate.at - A_TALK) for told in wrote)

    def _no_common_hours(self, thing: Thing, fate: Fate, seen: Seen) -> bool:
        """Their address leaves several zones open, which may share none."""
        assert thing.order is not None
        homes = [thing.order.bought, *self.oracle.facts.newest(thing.order.bought.buyer, fate.at)]
        return not all(of.home.certain for of in homes)

    def _too_long(self, thing: Thing, fate: Fate, seen: Seen) -> bool:
        """For an SMS; no other channel was open."""
        return not self._leg_left(thing, fate, {Channel.SMS, *self._unreachable(thing, fate)})

    def _barred(self, thing: Thing, fate: Fate, seen: Seen) -> bool:
        return not self._leg_left(thing, fate, self._unreachable(thing, fate))

    def _no_channel(self, thing: Thing, fate: Fate, seen: Seen) -> bool:
        """Of one that may take a single channel, such as an answer, also where nobody was reached there."""
        return self._barred(thing, fate, seen) or self._nobody_there(thing, fate, seen)

    def _daily_cap(self, thing: Thing, fate: Fate, seen: Seen) -> bool:
        """So many others had been claimed that day; a claim whose sender died is not seen outside."""
        assert thing.order is not None
        faults = sum(fate.at - DAY <= at <= fate.at for at, _ in self.oracle.facts.faults)
        brand = self.oracle.book.brand
        return len(self._said_that_day(thing, fate)) + faults >= brand.messages_a_day

    def _said_that_day(self, thing: Thing, fate: Fate) -> set[str]:
        """What was said on the same date in any of their homes: who moves takes along what counted there."""
        assert thing.order is not None
        customer = thing.id.split("-")[0]
        homes = [order.bought.home for order in self.oracle.facts.of_buyer(thing.order.bought.buyer)]
        certain = all(home.certain for home in homes)
        days = {home.local(fate.at).date() for home in homes}
        near = [c for c in self.calls if c.reference.startswith(customer) and abs(c.at - fate.at) < 2 * DAY]
        return {c.reference for c in near if not certain or any(h.local(c.at).date() in days for h in homes)}

    def _held(self, thing: Thing, fate: Fate, seen: Seen) -> bool:
        """Its time ends before the hours open again."""
        held = CAPPED if fate.reason == "marketing_cap" else NIGHT
        return fate.at >= thing.ends[0] - held - self._quiet_ahead(thing, fate)

    def _quiet_ahead(self, thing: Thing, fate: Fate) -> timedelta:
        assert thing.order is not None
        country = self.oracle.book.brand.country(thing.order.bought.home.country)
        return quiet_ahead(country, self._chosen(thing, fate), fate.at)

    def _chosen(self, thing: Thing, fate: Fate) -> list[Choice | None]:
        return self.oracle.facts.chosen(thing.id.split("-")[0], fate.at)

    def _own_hours(self, thing: Thing, fate: Fate, seen: Seen) -> bool:
        """Their own hours and days: near its end, or where they leave none of the plausible zones' hours."""
        own = any(c and (c.not_before or c.not_after or c.days) for c in self._chosen(thing, fate))
        return own and (self._held(thing, fate, seen) or self._no_common_hours(thing, fate, seen))

    def _frequency(self, thing: Thing, fate: Fate, seen: Seen) -> bool:
        """They chose so, and something went before; a claim whose sender died is not seen outside."""
        chosen = {choice.frequency for choice in self._chosen(thing, fate) if choice} - {"any"}
        customer = thing.id.split("-")[0]
        near = [c for c in self.calls if c.reference.startswith(customer) and c.at > fate.at - A_MONTH]
        faults = any(fate.at - A_MONTH <= at <= fate.at for at, _ in self.oracle.facts.faults)
        return "only_orders" in chosen or (bool(chosen) and bool(near or faults))

    def _outranked(self, thing: Thing, fate: Fate, seen: Seen) -> bool:
        """Something else of theirs wanted the same turn."""
        customer = thing.id.split("-")[0]
        things = self.oracle.book.things(self.oracle.facts, customer).values()
        others = [other for other in things if other.id != thing.id and other.opens <= fate.at]
        return any(other.purpose is Purpose.MARKETING or other.step.offer for other in others)


def _long_before(told: Told, at: datetime) -> bool:
    return told.taken is not None and told.taken < at


def _never(ends: Ends, thing: Thing, fate: Fate, seen: Seen) -> bool:
    return False


Possible = Callable[[Ends, Thing, Fate, Seen], bool]
REASONS: Mapping[str, Possible] = {
    "delivered": Ends._delivered,
    "sent": Ends._sent,
    "unknown": Ends._unknown,
    "exhausted": Ends._exhausted,
    "expired": Ends._expired,
    "too_late": Ends._too_late,
    "cancelled": Ends._cancelled,
    "returned": Ends._returned,
    "bought_again": Ends._bought_again,
    "overtaken": Ends._overtaken,
    "bad_address": Ends._nobody_there,
    "condition": Ends._condition,
    "held_out": Ends._held_out,
    "human_talking": Ends._human_talking,
    "no_common_hours": Ends._no_common_hours,
    "too_long": Ends._too_long,
    "daily_cap": Ends._daily_cap,
    "marketing_cap": Ends._held,
    "quiet_hours": Ends._held,
    "quiet_day": Ends._held,
    "own_hours": Ends._own_hours,
    "frequency": Ends._frequency,
    "outranked": Ends._outranked,
    "asleep": Ends._held,
    **dict.fromkeys(CONSENT, Ends._barred),
    "no_channel": Ends._no_channel,
}
