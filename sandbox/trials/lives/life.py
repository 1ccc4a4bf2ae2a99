"""Lives of customers over years, drawn by seed and played on the memory world: a sandbox for some dozens."""

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aftercart.channels import registry
from aftercart.domain import ids
from aftercart.domain.consent import Channel
from aftercart.domain.journey import About, Step
from aftercart.flows.choosing import STEP
from sandbox.cloud.functions import DeadLetter
from sandbox.control.records import Records
from sandbox.fakes import FakeMessage, Mode
from sandbox.sandbox import Sandbox
from sandbox.trials import routes
from sandbox.trials.invariants import breaches
from sandbox.trials.lives.facts import Fate
from sandbox.trials.lives.fates import Ends
from sandbox.trials.lives.offers import DAYS
from sandbox.trials.lives.outside import Chances, Outside
from sandbox.trials.lives.people import PLACES, Somebody, drawn
from sandbox.trials.lives.routes import Routes
from sandbox.trials.lives.tally import Tally, keep, tallied, with_erased
from sandbox.trials.routes import CHANNELS

Json = dict[str, Any]
BEGINS = datetime(2026, 11, 23, 8, 12, tzinfo=UTC)
YEAR = timedelta(days=365.25)
AFTERWARDS = 6 * YEAR  # the last trade-in of the last order is due by then, of usual goods
BROKEN = (Mode.DOWN, Mode.REJECT, Mode.SILENT, Mode.SLOW, Mode.TIMEOUT, Mode.DUPLICATES)
STATUSES = ("label_printed", None, "in_transit", "delayed", "out_for_delivery", "attempted_delivery")
MOST_STEPS = 200_000


@dataclass(slots=True)
class Lived:
    """What came of some lives. `counts` of what happened and how it ended; `wrong`: each breach, in words."""

    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)


def lived(
    seed: str, customers: int, years: float, *, any_route: bool = False, made: Path | None = None
) -> Lived:
    """Plays so many lives in one sandbox, lets all run out, has the oracle judge. Same seed, same end.

    `any_route`: in place of the brand's own each country has one that the seed draws. `made`: compiled
    journeys, in place of the product's own.
    """
    with planned(seed, customers, years, any_route=any_route, made=made) as life:
        life.live()
        return life.judged()


@contextmanager
def planned(
    seed: str, customers: int, years: float, *, any_route: bool = False, made: Path | None = None
) -> Iterator["Life"]:
    """So many lives in one sandbox that is open, and none lived yet."""
    dice = random.Random(seed)
    with (
        _journeys(dice, any_route) as drawn_ways,
        Sandbox(BEGINS, dice.randrange(2**31), memory=True, made=made or drawn_ways).open() as sandbox,
    ):
        life = Life(Outside(sandbox, dice, Chances()), dice, BEGINS + years * YEAR)
        life.plan(customers)
        yield life


@contextmanager
def _journeys(dice: random.Random, any_route: bool) -> Iterator[Path | None]:
    """None: the product's own."""
    if not any_route:
        yield None
        return
    with TemporaryDirectory(prefix="aftercart-lives-") as directory:
        countries = ("*", *sorted({home.country for home, *_ in PLACES}))
        yield routes.made_by_country({each: routes.varied(dice) for each in countries}, Path(directory))


@dataclass(slots=True)
class Life:
    """Plans and plays the lives of one sandbox."""

    outside: Outside
    dice: random.Random
    until: datetime
    number: int = 1000
    people: list[Somebody] = field(default_factory=list)
    schedules: dict[str, None] = field(default_factory=dict)  # every name that was seen, in that order
    lived: Lived = field(default_factory=Lived)
    erased: Records = field(default_factory=Records)  # what was stored of whoever was erased

    def plan(self, customers: int) -> None:
        """Everybody's orders, each at its time."""
        self.people = drawn(self.dice, customers)
        self.outside.on_shown = self._reacts
        self.outside.on_erasing = lambda who: keep(self.erased, who, self.outside.sandbox.items())
        for _ in range(customers // 2):
            self._at(self._sometime(), self._fires_again)
        for somebody in self.people:
            for at in self._times():
                self._at(at, lambda who=somebody: self._orders(who))  # type: ignore[misc]
            if self.dice.random() < 0.04:
                self._at(self._sometime(), lambda who=somebody: self.outside.erases(who.key))  # type: ignore[misc]

    def live(self) -> None:
        """Until the end of the years, with all that breaks; then, mended, until nothing is left to happen."""
        sandbox = self.outside.sandbox
        sandbox.advance(self.until)
        self.outside.mends()
        end = self._end()
        for _ in range(MOST_STEPS):
            due = sandbox.engine.next_due()
            if due is None or due > end:
                break
            sandbox.advance(due)
            self._redrive()
        else:
            self.lived.wrong.append("it never becomes quiet")

    def _end(self) -> datetime:
        """What is due later than this is a fault."""
        journeys = self.outside.sandbox.journeys.values()
        launches = [journey.launch.walk_until for journey in journeys if journey.launch]
        waits = [step.after.wait for each in journeys for step in each.steps if step.after]
        uses = [step.useful_for for each in journeys for step in each.steps]
        afterwards = max(AFTERWARDS, self.outside.oracle.book.cycle) + sum((*waits, *uses), timedelta())
        return max([self.until, *launches]) + afterwards

    def _redrive(self) -> None:
        """What died thrice is given back by whoever the alarm wakes."""
        dead = self.outside.sandbox.functions.dead
        letters = list(dead)
        dead.clear()
        for letter in letters:
            self.lived.counts["happened: dead letters"] += 1
            self._give_back(letter)

    def _give_back(self, letter: DeadLetter) -> None:
        body = json.loads(letter.body)
        if letter.source in self.outside.sandbox.functions.named():
            self.outside.sandbox.functions.invoke_async(letter.source, body["requestPayload"])
        else:
            self.outside.sandbox.wake(body)

    def judged(self) -> Lived:
        """By the oracle, and by what must hold of any quiet world."""
        sandbox, oracle = self.outside.sandbox, self.outside.oracle
        records, calls, shown = sandbox.records(), sandbox.provider_calls(), sandbox.shown()
        fates = fates_of(records)
        self.lived.wrong += oracle.wrongs(calls, shown)
        self.lived.wrong += Ends(oracle, fates, calls, shown).wrongs()
        self.lived.wrong += Routes(oracle, calls).wrongs()
        self.lived.wrong += breaches(sandbox, moved=oracle.moved())
        counts = self.lived.counts
        happened = {"provider calls": len(calls), "messages shown": len(shown), **self.outside.counts}
        counts.update({n if n.startswith("broken: ") else f"happened: {n}": c for n, c in happened.items()})
        counts.update(f"end: {fate.reason}" for ends in fates.values() for fate in ends)
        counts["known doubles"] = oracle.doubles(calls, shown)
        everything = with_erased(records, self.erased)
        self.lived.tally = tallied(everything, shown, sandbox.journeys.values())
        return self.lived

    # Orders

    def _times(self) -> list[datetime]:
        """Mostly once or twice; now and then again on the same day."""
        many = self.dice.choices((1, 2, 3, 5), (60, 25, 11, 4))[0]
        times = [self._sometime() for _ in range(many)]
        if self.dice.random() < 0.08:
            times.append(times[0] + timedelta(minutes=self.dice.uniform(5, 600)))
        return sorted(times)

    def _sometime(self) -> datetime:
        return BEGINS + (self.until - BEGINS) * self.dice.random()

    def _at(self, at: datetime, do: Callable[[], object]) -> None:
        """Nothing happens any more when the years are over."""
        if at < self.until:
            self.outside.sandbox.engine.at(at, do)

    def _after(self, hours: float, do: Callable[[], object]) -> None:
        self._at(self.outside.now + timedelta(hours=hours), do)

    def _fires_again(self) -> None:
        """EventBridge may fire a schedule more than once: one that is gone does nothing any more."""
        scheduler = self.outside.sandbox.scheduler
        before = {each.name for each in scheduler.live()}
        gone = [name for name in self.schedules if name not in before]
        self.schedules.update(dict.fromkeys(sorted(before)))
        if not gone:
            return
        name = self.dice.choice(gone)
        self.lived.counts["happened: schedules fired again"] += 1
        scheduler.fire(name)
        # What runs at this instant runs in the order in which it was asked for: this after what was fired.
        self.outside.sandbox.engine.at(self.outside.now, lambda: self._unchanged(name, before))

    def _unchanged(self, name: str, before: set[str]) -> None:
        if more := {each.name for each in self.outside.sandbox.scheduler.live()} - before:
            self.lived.wrong.append(f"the old arm {name} fired again, and armed {', '.join(sorted(more))}")

    def _orders(self, who: Somebody) -> None:
        self._weather()
        self.number += 1
        who.changes(self.dice, self.outside.now)
        catalogue = self.outside.sandbox.catalogue.by_sku
        skus = self._basket()
        body = self.outside.buys(
            who.key, who.person, who.home, self.number, [catalogue[sku] for sku in skus], guest=who.guest
        )
        if self.dice.random() < 0.15:
            self._after(self.dice.choice((0.01, 0.3, 5, 70)), lambda: self.outside.changes(body))
        if self.dice.random() < 0.1:
            self._after(self.dice.uniform(0.1, 40), lambda: self.outside.cancels(body))
        if self.dice.random() < 0.4:
            wait, sells = self.dice.choice((0.0, 0.05, 30)), self.dice.random() < 0.6
            self._after(wait, lambda: self.outside.subscribes(who.key, body, app=who.app, sells=sells))
        split = len(skus) > 1 and self.dice.random() < 0.3
        lines = body["line_items"]
        for parcel, within in enumerate((lines[:1], lines[1:]) if split else (lines,), start=1):
            self._travels(body, parcel, within)

    def _basket(self) -> list[str]:
        """Mostly what a journey is about."""
        skus, kind = [*self.outside.sandbox.catalogue.by_sku], self.dice.random()
        wanted = self._wanted() or skus
        others = [sku for sku in skus if sku not in wanted] or skus
        if kind < 0.5:
            return [self.dice.choice(wanted)]
        if kind < 0.65:
            return [self.dice.choice(wanted), *self.dice.sample(others, 1)]
        return self.dice.sample(skus, min(len(skus), self.dice.choice((1, 1, 2, 3))))

    def _wanted(self) -> list[str]:
        sandbox = self.outside.sandbox
        about = {journey.category for journey in sandbox.journeys.values() if journey.about is About.LINE}
        return [item.sku for item in sandbox.catalogue.items if item.in_stock and item.category in about]

    def _travels(self, body: Json, parcel: int, lines: Sequence[Json]) -> None:
        """On its way to the door or the locker; seldom a trouble, seldom back."""
        express = self.dice.random() < 0.3
        at = self.dice.uniform(0.5, 3) if express else self.dice.uniform(5, 40)
        way: list[str | None] = [
            status for status in STATUSES if self.dice.random() < (0.2 if status == "delayed" else 0.5)
        ]
        way += (
            [self.dice.choice(("ready_for_pickup", "out_for_delivery"))] if self.dice.random() < 0.4 else []
        )
        way += ["failure"] if self.dice.random() < 0.04 else []
        way += ["delivered"] if self.dice.random() < 0.93 else ["returning_to_sender"]
        for status in way:
            self._after(at, lambda s=status: self.outside.moves(body, s, parcel, lines))  # type: ignore[misc]
            if status == "in_transit" and self.dice.random() < 0.2:
                at += self.dice.uniform(1, 20)
                self._after(at, lambda: self.outside.moves(body, "in_transit", parcel, lines))
            at += self.dice.uniform(0.3, 2.5) if express else self.dice.uniform(2, 36)
        if way[-1] == "delivered" and self.dice.random() < 0.1:
            place = body["line_items"].index(self.dice.choice(list(lines)))
            self._after(at + self.dice.uniform(5, 500), lambda: self.outside.returns(body, place))

    def _weather(self) -> None:
        """How the channels fare for a while: a few calls, some hours, some days."""
        if self.dice.random() < 0.55:
            return
        for channel in self.dice.sample(CHANNELS, self.dice.choice((1, 1, 2, 3, 3))):
            mode = self.dice.choice(BROKEN)
            if self.dice.random() < 0.6:
                self.outside.breaks(channel, mode, self.dice.choice((1, 1, 2, 4)))
            else:
                self.outside.breaks(channel, mode)
                mend = lambda c=channel: self.outside.breaks(c, Mode.OK)  # noqa: E731
                self._after(self.dice.uniform(0.5, 60), mend)

    # Answers

    def _reacts(self, shown: FakeMessage) -> None:
        """What somebody does about a message that their phone shows: mostly nothing."""
        if self.dice.random() < 0.5:
            self._after(10 ** self.dice.uniform(-2, 1), lambda: self.outside.reads(shown))
        if self.dice.random() < 0.3:
            self._after(self.dice.uniform(0.05, 50), lambda: self.outside.chooses(shown, self._choice()))
        if self.dice.random() < 0.75 and not self._question(shown):
            return
        self._after(10 ** self.dice.uniform(-2, 1.6), lambda: self._answers(shown))

    def _question(self, shown: FakeMessage) -> Step | None:
        """What it asks, if anything."""
        thing = self.outside.oracle.book.thing(self.outside.oracle.facts, shown.reference.rpartition("-")[0])
        return thing.step if thing and thing.step.asks else None

    def _answers(self, shown: FakeMessage) -> None:
        throw, can_write = self.dice.random(), self._can_write(shown)
        asked = self._question(shown)
        if asked and throw < 0.7:
            number = self.dice.choice((1, 2, 2, 3, 4, 5, 5))
            number = number if asked.asks == "rating" else 1 + number % len(asked.options)
            if can_write and throw < 0.5:
                self.outside.answers(shown.address, shown.channel, number)
            else:
                given = f"rate:{number}" if asked.asks == "rating" else f"answer:{asked.options[number - 1]}"
                self.outside.opens(shown, given)
            return
        pressed = next((button.reply for button in shown.buttons if button.reply), "")
        if throw > 0.94 and can_write:
            self._stops(shown)
        elif throw > 0.97 and shown.channel is Channel.EMAIL:
            self.outside.complains(shown)
        elif throw > 0.91:
            self.outside.opens(shown, "stop")
        elif throw > 0.6:
            self.outside.opens(shown, self.dice.choice(("", "accept")))
        elif can_write and pressed:
            self.outside.writes(shown.address, shown.channel, "", pressed)
        elif can_write:
            self.outside.writes(
                shown.address, shown.channel, self.dice.choice(("1", "так", "дякую!", "?", "yes"))
            )

    def _choice(self) -> dict[str, list[str]]:
        """Where somebody wants to be written to; offers mostly less often, seldom in a narrow hour."""
        days = ("saturday", "sunday") if self.dice.random() < 0.5 else tuple(self.dice.sample(DAYS, 1))
        return {
            "channel": [self.dice.choice(("any", "any", *CHANNELS))],
            "frequency": [self.dice.choice(("any", "weekly", "monthly", "monthly", "only_orders"))],
            "from": [self.dice.choice(("", "", "10:00", "11:00", "16:00"))],
            "until": [self.dice.choice(("", "", "18:00", "19:00", "17:00"))],
            "day": list(days) if self.dice.random() < 0.4 else [],
        }

    def _stops(self, shown: FakeMessage) -> None:
        words = ("STOP",) if shown.channel is Channel.SMS else ("СТОП", "stop", "Unsubscribe please")
        self.outside.stops(shown.address, shown.channel, self.dice.choice(words))
        if self.dice.random() < 0.35:
            wait = self.dice.choice((1, 30, 2000, 9000))
            self._after(wait, lambda: self.outside.starts(shown.address, shown.channel, "START"))

    def _can_write(self, shown: FakeMessage) -> bool:
        """Whether somebody hears what is written below the newest message there."""
        newest = self.outside.newest(shown)
        if not registry.entry(f"{newest.channel}/{newest.provider}").hears:
            return False
        return shown.channel is not Channel.SMS or shown.address.startswith("+1")


def fates_of(records: Records) -> dict[str, list[Fate]]:
    """What the product says became of each thing, by the id of its message."""
    found: dict[str, list[Fate]] = {}
    for message in records.messages.values():
        at = message.closed.at if message.closed else message.log[-1].at
        found[message.id] = [Fate(reason=message.final, at=at)]
    silences: list[tuple[str, Fate]] = []
    for enrolment in records.enrolments.values():
        silences += [
            (
                ids.message_id(enrolment.customer, enrolment.id, 1, entry.step, ""),
                Fate(reason=entry.reason, at=entry.at),
            )
            for entry in enrolment.log
            if entry.decision == "skip"
        ]
    for order in records.orders.values():
        for entry in order.log:
            if entry.decision == "skip" and entry.step != STEP:
                cause = f"shipment:{order.id}/{entry.facts.get('shipment')}"
                identifier = ids.message_id(order.customer, cause, 1, entry.step, "")
                silences.append((identifier, Fate(reason=entry.reason, at=entry.at)))
    for identifier, fate in silences:
        if identifier not in records.messages:
            found[identifier] = [fate]
    return found
