"""What one journey could have us say of one order, line or customer: each step with its times. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache

from aftercart.domain import ids
from aftercart.domain.brand import Brand
from aftercart.domain.consent import Purpose
from aftercart.domain.experiment import held_out
from aftercart.domain.journey import About, Journey, Step, chosen_event
from aftercart.domain.order import RANK, Stage
from aftercart.flows.answers import RATED
from aftercart.flows.order_confirmation import PLACED
from sandbox.trials.lives.due import Happened, due, in_time, perhaps_first, whichever_counts
from sandbox.trials.lives.events import Event, answered
from sandbox.trials.lives.facts import Answer, Facts, Given, Order, Told
from sandbox.trials.lives.whether import Asked, Maybe, holds

message_id, enrolment_id = cache(ids.message_id), cache(ids.enrolment_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """One thing that may be said. `opens`: not before; `ends`: (the earliest, the latest) end of its use.

    `must`: somebody has to decide on it, at the latest when all is quiet. `told`: what brought it about.
    `called_for`: from when on it is surely due at once, where nothing is in its way; None: nobody can say.
    `holds`: whether all that it depends on does. `held_out`: it is kept from them for good.
    """

    id: str
    step: Step
    purpose: Purpose
    opens: datetime
    ends: tuple[datetime, datetime]
    told: tuple[Told, ...]
    must: bool
    called_for: datetime | None = None
    holds: Maybe = True
    held_out: bool = False
    order: Order | None = None
    line: str = ""
    parcel: str = ""
    answer: Answer | None = None

    @property
    def rank(self) -> int:
        return RANK[Stage(self.step.on)] if self.parcel else -1


@dataclass(frozen=True, slots=True)
class Scene:
    """What is the same for all ways. `cycle`: no computed step waits longer."""

    brand: Brand
    facts: Facts
    cycle: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One customer's way through one journey. `order`: of a campaign, one that tells where they live.

    `begins`: whether it does. `events`: those that may have come.
    """

    journey: Journey
    customer: str
    subject: str
    order: Order
    line: str = ""
    begins: Maybe
    events: Mapping[str, Event]
    scene: Scene

    def things(self) -> Iterator[Thing]:
        """Those of its steps whose time may come."""
        whole = replace(self, events={**self.events, **self._answered()})
        for step in self.journey.steps if self.begins is not False else ():
            if times := [each for event in whole._waits_for(step) for each in whole._times(step, event)]:
                yield whole._thing(step, times)

    def _waits_for(self, step: Step) -> list[str]:
        """What makes it due: two events, where it waits until one comes and for a while after the other."""
        named = [step.on, step.after.event if step.after else ""]
        return [each for each in named if each] or [self.journey.starts]

    def _times(self, step: Step, event: str) -> Iterator[Happened]:
        """When it may be due: (the earliest, the latest, when we heard of what it waits for)."""
        happened = self.events[event].happened if event in self.events else ()
        for since, until, told in happened:
            if event == step.on:
                yield since, until, told
            else:
                home = self.order.bought.home
                yield due(step, since, home)[0], due(step, until, home, self.scene.cycle)[1], told

    def _thing(self, step: Step, times: Sequence[Happened]) -> Thing:
        since, until = min(since for since, *_ in times), max(until for _, until, _ in times)
        purpose = self.scene.brand.purpose(step.purpose, self.order.bought.home.country)
        kept_out = held_out(self.customer, self.journey.name, self.journey.holdout)
        come = [self.events[event] for event in self._waits_for(step) if event in self.events]
        return Thing(
            id=self._id(step),
            step=step,
            purpose=purpose,
            opens=max(since, self._known_from) if self._known_from else since,
            ends=(since + step.useful_for, until + step.useful_for),
            told=(self.order.known, *(told for *_, told in times)),
            must=self.begins is True and any(event.must for event in come),
            called_for=self._called_for(step),
            holds=holds(step.when, self._asked(step)),
            held_out=kept_out and purpose is Purpose.MARKETING,
            order=self.order,
            line=self.line,
        )

    @property
    def _known_from(self) -> datetime | None:
        """What is said of an order is said when we know it: its own time is the shop's."""
        return self.order.known.first if self.journey.about is About.ORDER else None

    def _called_for(self, step: Step) -> datetime | None:
        event, *other = self._waits_for(step)
        if other or (self.journey.about is not About.LINE and event != PLACED):
            return None
        come, known = self.events[event], self.order.known
        if step.on == PLACED:
            return in_time(step, known, [(at, told) for at, _, told in come.happened])
        return whichever_counts(
            step, self.order, perhaps_first(known, come.happened, come.sure), self.scene.cycle
        )

    def _id(self, step: Step) -> str:
        enrolment = enrolment_id(self.customer, self.journey.name, self.subject)
        return message_id(self.customer, enrolment, 1, step.name, "")

    # Questions

    def _given(self, step: Step) -> Sequence[Given]:
        return self.scene.facts.given.get(self._id(step), ())

    def _asked(self, step: Step) -> Asked:
        asking = [each for each in self.journey.steps if each.asks]
        event, *other = self._waits_for(step)
        return Asked(
            order=self.order,
            line=self.line,
            ratings=[given for each in asking if each.asks == "rating" for given in self._given(each)],
            answers={each.name: self._given(each) for each in asking},
            after="" if other else event,
            facts=self.scene.facts,
        )

    def _answered(self) -> dict[str, Event]:
        """That a question was, where it may have been."""
        asking = [step for step in self.journey.steps if step.asks]
        events = {
            RATED if step.asks == "rating" else chosen_event(step.name): answered(self._given(step))
            for step in asking
        }
        return {name: event for name, event in events.items() if event.happened}
