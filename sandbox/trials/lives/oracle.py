"""The oracle: what phones may show, judged by what happened outside alone. Pure; our tables are not asked.

A claim and its request happen in one instant, so the times at which providers were asked are the times of the
claims. Whatever happened at that same instant may have come before or after.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from aftercart.domain import ids
from aftercart.domain.brand import Hours, Leg, Success
from aftercart.domain.consent import PHONE_CHANNELS, Channel, Purpose
from aftercart.domain.message import Urgency
from aftercart.domain.order import RANK, Stage
from sandbox.fakes import FakeCall, FakeMessage
from sandbox.trials.lives.facts import Bought, Device, Facts, Home, Order, Told, Word
from sandbox.trials.lives.offers import is_closed, suits, too_often
from sandbox.trials.lives.things import Book
from sandbox.trials.lives.ways import Thing

SPREE = timedelta(days=1)  # what is bought so soon after is the same purchase
NUMBER, WORD = re.compile(r"#\d+"), re.compile(r"\w+")


@dataclass(slots=True)
class Seen:
    """What providers were asked and phones showed of one message."""

    calls: list[FakeCall] = field(default_factory=list)
    shown: list[FakeMessage] = field(default_factory=list)


@dataclass(slots=True)
class Oracle:
    """Judges a world by its `facts`."""

    book: Book
    facts: Facts = field(default_factory=Facts)

    def seen(self, calls: Sequence[FakeCall], shown: Sequence[FakeMessage]) -> dict[str, Seen]:
        """By message."""
        found: defaultdict[str, Seen] = defaultdict(Seen)
        for call in calls:
            found[_message(call.reference)].calls.append(call)
        for each in shown:
            found[_message(each.reference)].shown.append(each)
        return found

    def wrongs(self, calls: Sequence[FakeCall], shown: Sequence[FakeMessage]) -> Iterator[str]:
        """What no phone may show, and nobody may have been asked to show."""
        things = self.book.things(self.facts)
        seen = self.seen(calls, shown)
        for identifier, of_message in seen.items():
            thing = things.get(identifier)
            if thing is None:
                yield f"{identifier} is said, and nothing that happened calls for it"
                continue
            name = self.name(thing)
            yield from (f"{name}: {each}" for each in self._of_message(thing, of_message))
        yield from self._over_caps(things, seen)
        yield from too_often(self._offers_said(things, seen), self.facts)

    def name(self, thing: Thing) -> str:
        """For a person to read."""
        about = f"{thing.order.bought.number} {thing.order.bought.name}" if thing.order else ""
        return f"{thing.step.name} of {about} ({thing.id})"

    def doubles(self, calls: Sequence[FakeCall], shown: Sequence[FakeMessage]) -> int:
        """Messages shown by two attempts, because no word of the first had come when its time was over."""
        return sum(len(each.shown) > 1 for each in self.seen(calls, shown).values())

    def moved(self) -> set[str]:
        """Who, by our ids, has had more than one home or phone."""
        homes: defaultdict[str, set[tuple[Home, str]]] = defaultdict(set)
        for order in self.facts.orders.values():
            homes[self.book.customer(order, self.facts.life(order))].add(
                (order.bought.home, order.bought.phone)
            )
        return {customer for customer, known in homes.items() if len(known) > 1}

    # One message

    def _of_message(self, thing: Thing, seen: Seen) -> Iterator[str]:
        for call in seen.calls:
            yield from self._of_call(thing, call, seen)
        for n, call in enumerate(seen.calls):
            yield from self._after_others(thing, call, seen.calls[:n])
        times = Counter(each.reference for each in seen.shown)
        yield from (f"attempt {ref} was shown {n} times" for ref, n in times.items() if n > 1)
        for each in seen.shown:
            if each.reference not in [call.reference for call in seen.calls]:
                yield f"{each.reference} is shown, though nobody was asked to"
            yield from self._of_text(thing, each)

    def _of_call(self, thing: Thing, call: FakeCall, seen: Seen) -> Iterator[str]:
        assert thing.order is not None
        homes = self.facts.newest(thing.order.bought.buyer, call.at)
        if not thing.opens <= call.at < thing.ends[1]:
            yield f"said at {call.at}, outside {thing.opens} to {thing.ends[1]}"
        if call.address not in self._addresses(thing.order.bought.buyer, call.channel, call.at):
            yield f"sent to {call.address}, which is not theirs"
        if not any(self._carries(call, thing, home) for home in homes):
            yield f"sent over {call.channel} by {call.provider}, who is not on its route"
        if not self.may(thing.order.bought.buyer, call.address, call.channel, Purpose.TRANSACTIONAL, call.at):
            yield f"sent over {call.channel} at {call.at} after a STOP there"
        marketing = self._sells(thing, call, seen)
        if marketing and not self.may(
            thing.order.bought.buyer, call.address, call.channel, Purpose.MARKETING, call.at
        ):
            yield f"marketing over {call.channel} at {call.at} without consent"
        if not any(self._in_hours(thing, call, home, marketing=marketing) for home in homes):
            yield f"said at {call.at}, in quiet hours"
        if marketing:
            yield from self._against_choice(call, homes)
        if thing.held_out or thing.holds is False:
            why = "they are held out" if thing.held_out else "what it depends on does not hold"
            yield f"said at {call.at}, and {why}"
        yield from self._stopped(thing, call.at)
        if thing.answer is not None and call.channel is not thing.answer.channel:
            yield f"answered over {call.channel}, and asked over {thing.answer.channel}"

    def _addresses(self, buyer: str, channel: Channel, at: datetime) -> list[str]:
        """Theirs, on a channel."""
        if channel is Channel.PUSH:
            return [device.address for device in self.facts.devices_of(buyer, at)]
        homes = self.facts.newest(buyer, at)
        return [home.phone if channel in PHONE_CHANNELS else home.email for home in homes]

    def _carries(self, call: FakeCall, thing: Thing, of: Bought) -> bool:
        """Is it a leg of the route there? What is answered goes wherever it was asked."""
        brand, country = self.book.brand, of.home.country
        on_route = thing.answer is not None or bool(self.leg(thing, call.channel, of))
        return on_route and call.provider in brand.carrying(call.channel, country)

    def leg(self, thing: Thing, channel: Channel, of: Bought) -> Leg | None:
        """Of the thing's route, where they live."""
        legs = self.book.brand.route(thing.step.route, of.home.country)
        return next((leg for leg in legs if leg.channel is channel), None)

    def _in_hours(self, thing: Thing, call: FakeCall, of: Bought, *, marketing: bool) -> bool:
        country, local = self.book.brand.country(of.home.country), of.home.local(call.at)
        clock = local.time()
        if marketing:
            return _within(clock, country.marketing_hours) and not is_closed(country, local.date())
        return thing.step.urgency is not Urgency.BY_MORNING or _within(clock, country.awake_hours)

    def _against_choice(self, call: FakeCall, homes: Sequence[Bought]) -> Iterator[str]:
        """What they chose on their page."""
        chosen = self.facts.chosen(ids.customer_of(call.reference), call.at)
        if not any(suits(choice, of.home.local(call.at)) for choice in chosen for of in homes):
            yield f"an offer at {call.at}, outside their own hours and days"
        if all(choice is not None and choice.frequency == "only_orders" for choice in chosen):
            yield f"an offer at {call.at} to somebody who wants none"

    def _stopped(self, thing: Thing, at: datetime) -> Iterator[str]:
        """What should have stopped it."""
        order = thing.order
        assert order is not None
        gone = self.facts.erased(order)
        if gone and gone.surely(at):
            yield f"said at {at} to somebody who was erased"
        if "cancelled" in thing.step.stops and any(each.surely(at) for each in order.cancelled):
            yield f"said at {at} of an order that is cancelled"
        if "returned" in thing.step.stops and self.went_back(thing, at, surely=True):
            yield f"said at {at} of what went back"
        if "bought_again" in thing.step.stops and self.bought_again(thing, at, surely=True):
            yield f"said at {at}, and the next one is bought already"
        if thing.parcel and self.overtaken(thing, at, surely=True):
            yield f"said at {at}, when the parcel was further"

    def went_back(self, thing: Thing, at: datetime, *, surely: bool) -> bool:
        """The line that it is about, or else all of the order."""
        order = thing.order
        assert order is not None
        told = [order.returned.get(line, []) for line in ([thing.line] if thing.line else order.bought.lines)]
        return all(
            any(each.surely(at) if surely else each.perhaps(at) for each in of_line) for of_line in told
        )

    def bought_again(self, thing: Thing, at: datetime, *, surely: bool) -> bool:
        """Another of the line's kind, later, that is still theirs."""
        order = thing.order
        assert order is not None
        if not thing.line:
            return False
        category = order.bought.lines[thing.line].category
        for other in self.facts.of_buyer(order.bought.buyer):
            known = other.known.surely(at) if surely else other.known.perhaps(at)
            later = other.bought.placed_at > order.bought.placed_at + SPREE
            if not (known and later) or self.facts.life(other) != self.facts.life(order):
                continue
            kept = [line for line, item in other.bought.lines.items() if item.category == category]
            if surely:
                kept = [line for line in kept if not _any_first(other.returned.get(line, []), at)]
                kept = [] if _any_first(other.cancelled, at) else kept
            if kept:
                return True
        return False

    def overtaken(self, thing: Thing, at: datetime, *, surely: bool) -> bool:
        """The parcel is further than the thing would say."""
        assert thing.order is not None
        parcel = thing.order.parcels[thing.parcel]
        return any(
            RANK[Stage(stage)] > thing.rank and (told.surely(at) if surely else told.perhaps(at))
            for stage, scans in parcel.scans.items()
            for _, told in scans
        )

    # Consent

    def may(self, buyer: str, address: str, channel: Channel, purpose: Purpose, at: datetime) -> bool:
        """Whether it can be that this purpose was allowed there: no STOP that must hold, and a yes."""
        words = [w for w in self.facts.words if w.buyer in ("", buyer)]
        theirs = {address, *self._surely_theirs(buyer, at)}
        stops = [
            word
            for word in words
            if not word.granted and word.told.surely(at) and _bars(word, address, channel, purpose, theirs)
        ]
        here = [word for word in words if word.granted and (word.address, word.channel) == (address, channel)]
        starts = [word for word in here if word.told.perhaps(at)]
        if stops:
            newest = max(w.told.first for w in stops if w.told.first)
            return any(w.told.first and w.told.first >= newest for w in starts)
        by_record = channel is not Channel.PUSH and self._agreed(buyer, at)
        return purpose is Purpose.TRANSACTIONAL or bool(starts) or by_record

    def _surely_theirs(self, buyer: str, at: datetime) -> set[str]:
        """Addresses that orders name, whichever of them is the newest."""
        named = [{bought.phone, bought.email} for bought in self.facts.newest(buyer, at)]
        return set.intersection(*named) if named else set()

    def _agreed(self, buyer: str, at: datetime) -> bool:
        """By the shop's newest record, or by one that is on its way."""
        said = [order for order in self.facts.of_buyer(buyer) if order.bought.agreed is not None]
        sure = [order.bought.said_at for order in said if order.known.surely(at)]
        newest = max(sure, default=None)
        return any(
            order.bought.agreed
            and order.known.perhaps(at)
            and (newest is None or order.bought.said_at >= newest)
            for order in said
        )

    def must(self, order: Order, channel: Channel, purpose: Purpose, at: datetime) -> bool:
        """Whether a channel was open for sure: an address, nobody ever said no, a yes where one is needed."""
        buyer = order.bought.buyer
        orders = [each for each in self.facts.of_buyer(buyer) if each.known.perhaps(at)]
        devices = self.facts.devices_of(buyer, at)
        theirs = {each.address for each in devices}
        theirs |= {each for known in orders for each in (known.bought.phone, known.bought.email)}
        said_no = (word.told for word in self.facts.words if not word.granted and word.address in theirs)
        if any(told.perhaps(at) for told in said_no):
            return False
        if channel is Channel.PUSH:
            return any(self._reaches(each, order, purpose, at) for each in devices)
        return purpose is Purpose.TRANSACTIONAL or all(each.bought.agreed for each in orders)

    def _reaches(self, device: Device, order: Order, purpose: Purpose, at: datetime) -> bool:
        """For sure: wherever they live somebody carries to it, and they were not erased since."""
        brand, homes = self.book.brand, self.facts.newest(device.buyer, at)
        carried = all(device.provider in brand.carrying(Channel.PUSH, of.home.country) for of in homes)
        of_now = device.life == self.facts.life(order) and device.told.surely(at)
        return carried and of_now and (device.sells or purpose is Purpose.TRANSACTIONAL)

    # Several attempts

    def _after_others(self, thing: Thing, call: FakeCall, before: Sequence[FakeCall]) -> Iterator[str]:
        for earlier in before:
            if earlier.reference == call.reference:
                yield f"a provider was asked twice for {call.reference}"
            elif earlier.channel is call.channel and earlier.answer != "down":
                yield f"{call.channel} was asked again at {call.at}"
            if any(self.told(earlier, kind).surely(call.at) for kind in self._enough(thing, earlier)):
                yield f"went on to {call.channel} at {call.at}, though {earlier.channel} had shown it"
            failed = self.told(earlier, "failed").perhaps(call.at)
            if self._ends(thing, earlier) and call.channel is not earlier.channel and not failed:
                yield f"went on to {call.channel} at {call.at}, though {earlier.channel} had taken it"
            proved = failed or earlier.answer not in ("accepted", "504")
            if not proved and call.at < earlier.at + self.wait(thing):
                yield f"went on to {call.channel} at {call.at}, too soon after {earlier.channel}"
            if not proved and earlier.answer == "504" and thing.purpose is Purpose.MARKETING:
                yield f"marketing went on to {call.channel} after an unknown outcome"

    def _enough(self, thing: Thing, call: FakeCall) -> set[str]:
        """Which receipts of an attempt would certainly be enough."""
        return {"read"} if Success.READ in self.successes(thing, call) else {"delivered", "read"}

    def _ends(self, thing: Thing, call: FakeCall) -> bool:
        """Is it certainly enough that its provider has taken it?"""
        faulty = any(message == thing.id for _, message in self.facts.faults)  # its answer may have been lost
        return call.answer == "accepted" and not faulty and self.successes(thing, call) == {Success.ACCEPTED}

    def successes(self, thing: Thing, call: FakeCall) -> set[Success]:
        """What is enough on that leg, wherever they may live."""
        assert thing.order is not None
        homes = self.facts.newest(thing.order.bought.buyer, call.at)
        return {leg.success for home in homes if (leg := self.leg(thing, call.channel, home))}

    def told(self, call: FakeCall, kind: str) -> Told:
        """When we were told of an attempt that it was so: 'sent', 'failed', 'delivered' or 'read'."""
        return self.facts.receipts.get((call.reference, kind), Told())

    def wait(self, thing: Thing) -> timedelta:
        """How long an attempt's receipt is waited for, at the shortest: what is learned may be a quarter."""
        assert thing.order is not None
        if thing.step.receipt_within is not None:
            return thing.step.receipt_within
        country = self.book.brand.country(thing.order.bought.home.country)
        said = min(leg.wait for leg in country.routes[thing.step.route])
        return said / 4 if self.book.brand.learned_waits else said

    # Texts and caps

    def _of_text(self, thing: Thing, shown: FakeMessage) -> Iterator[str]:
        """Nobody reads what concerns another."""
        assert thing.order is not None
        own = thing.order.bought
        for number in set(NUMBER.findall(shown.text)) - {own.number}:
            yield f"names order {number}"
        words = set(WORD.findall(shown.text)) - {own.name}
        for name in words & {order.bought.name for order in self.facts.orders.values()}:
            yield f"names {name}"

    def _offers_said(
        self, things: dict[str, Thing], seen: dict[str, Seen]
    ) -> dict[str, list[tuple[datetime, date]]]:
        """By customer: when each message first came with an offer, and the date there if that is certain."""
        found: defaultdict[str, list[tuple[datetime, date]]] = defaultdict(list)
        for identifier, of_message in seen.items():
            thing = things.get(identifier)
            calls = [c for c in of_message.calls if thing and self._sells(thing, c, of_message)]
            if not calls or thing is None or thing.order is None:
                continue
            homes = {each.home for each in self.facts.newest(thing.order.bought.buyer, calls[0].at)}
            if len(homes) == 1 and (home := homes.pop()).certain:
                day = home.local(calls[0].at).date()
                found[ids.customer_of(identifier)].append((calls[0].at, day))
        return found

    def _sells(self, thing: Thing, call: FakeCall, seen: Seen) -> bool:
        return thing.purpose is Purpose.MARKETING or self._offers(thing, call, seen)

    def _offers(self, thing: Thing, call: FakeCall, seen: Seen) -> bool:
        """Does it carry an offer, as its reader sees it: a button, a category, or something to buy?"""
        shown = _of(call, seen)
        named = thing.step.offer and any(self.book.names_goods(each.text) for each in shown)
        return named or any(map(_is_for_sale, shown))

    def _over_caps(self, things: dict[str, Thing], seen: dict[str, Seen]) -> Iterator[str]:
        days: defaultdict[tuple[str, str], list[bool]] = defaultdict(list)
        for identifier, of_message in seen.items():
            thing = things.get(identifier)
            if thing is None or thing.order is None or not of_message.calls:
                continue
            first = of_message.calls[0]
            homes = self.facts.newest(thing.order.bought.buyer, first.at)
            if len({each.home for each in homes}) == 1 and homes[0].home.certain:
                customer = ids.customer_of(identifier)
                day = homes[0].home.local(first.at).date().isoformat()
                offers = self._offers(thing, first, of_message)
                days[customer, day].append(thing.purpose is Purpose.MARKETING or offers)
        brand = self.book.brand
        for (customer, day), said in days.items():
            if len(said) > brand.messages_a_day or sum(said) > brand.marketing_a_day:
                yield f"{customer} got {len(said)} messages on {day}, {sum(said)} of them marketing"


def _message(reference: str) -> str:
    split = ids.split_attempt_id(reference)
    return split[0] if split else reference


def _of(call: FakeCall, seen: Seen) -> list[FakeMessage]:
    return [each for each in seen.shown if each.reference == call.reference]


def _is_for_sale(shown: FakeMessage) -> bool:
    buttons = any(button.reply.startswith("offer") for button in shown.buttons)
    return buttons or shown.category in ("marketing", "promotional")


def _bars(word: Word, address: str, channel: Channel, purpose: Purpose, theirs: set[str]) -> bool:
    """STOP: marketing on every address of theirs, all else on the channel it came on."""
    if purpose is Purpose.MARKETING:
        return word.address in theirs
    return (word.address, word.channel) == (address, channel)


def _any_first(told: Sequence[Told], at: datetime) -> bool:
    return any(each.perhaps(at) for each in told)


def _within(clock: time, hours: Hours) -> bool:
    if hours.start <= hours.end:
        return hours.start == hours.end or hours.start <= clock < hours.end
    return clock >= hours.start or clock < hours.end
