"""Scenarios: stories in YAML that people read and `aftercart test` plays, in the memory world."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from aftercart.domain.consent import Channel
from sandbox import shop
from sandbox.cloud.aws import ROOT
from sandbox.control import views
from sandbox.control.moments import moved_on
from sandbox.journeys.files import read_shape
from sandbox.journeys.marks import Problem, YamlFile, nearest
from sandbox.journeys.scenario_shapes import ActShape, ScenarioShape
from sandbox.player import Player
from sandbox.sandbox import Sandbox

SCENARIOS = ROOT / "scenarios"
FIRST_NUMBER = 1001
BUYER = 7_311_000_000_001
Json = Any


@dataclass(frozen=True, slots=True)
class Played:
    """`problems`: mistakes of the file, or the first expectation that was not met; empty: it held."""

    name: str
    story: str
    problems: tuple[Problem, ...]


def played(path: Path) -> Played:
    """Reads a scenario and plays it."""
    file, shape = read_shape(path, path.parent, ScenarioShape)
    if shape is None:
        return Played(path.stem, "", tuple(file.problems))
    with Sandbox(shape.at, memory=True).open() as sandbox:
        stage = _Stage(file, shape, Player(sandbox))
        for number, act in enumerate(shape.acts):
            stage.number = number
            stage.play(act)
            if file.problems:
                break
    return Played(path.stem, shape.story, tuple(file.problems))


@dataclass(slots=True)
class _Stage:
    file: YamlFile
    scenario: ScenarioShape
    player: Player
    number: int = 0
    orders: list[Json] = field(default_factory=list)
    shown: int = 0

    def play(self, act: ActShape) -> None:
        (name,) = act.model_fields_set
        getattr(self, f"_{name}")(getattr(act, name))

    @property
    def person(self) -> shop.Person:
        given = self.scenario.customer
        return shop.Person(
            id=BUYER,
            first_name=given.name,
            last_name="Шевченко",
            phone=given.phone,
            email="customer@customer.example",
            marketing=given.marketing,
            said_at=self.scenario.at,
            locale=f"{given.language}-{given.country}",
            country=given.country,
        )

    def _wrong(self, what: str, *more: str | int) -> None:
        self.file.problem(("acts", self.number, *more), what)

    def _order(self, skus: tuple[str, ...]) -> None:
        known = self.player.sandbox.catalogue.by_sku
        for sku in skus:
            if sku not in known:
                return self._wrong(f"the catalogue has no sku '{sku}'{nearest(sku, known)}", "order")
        self.orders.append(self.player.orders(self.person, FIRST_NUMBER + len(self.orders), skus))
        return None

    def _newest(self) -> Json:
        if not self.orders:
            self._wrong("there is no order yet")
        return self.orders[-1] if self.orders else None

    def _cancel(self, _: str) -> None:
        if order := self._newest():
            self.player.post("orders/cancelled", shop.cancelled(order, self.player.now()))

    def _parcel(self, stage: str) -> None:
        if order := self._newest():
            self.player.parcel(order, None if stage == "handed_over" else stage)

    def _reply(self, reply: Any) -> None:
        self._answer(reply.on, reply.text, "reply")

    def _answer(self, channel: Channel, text: str, act: str) -> None:
        try:
            self.player.replies(self.person, channel, text)
        except LookupError as error:  # nobody can answer there
            self._wrong(str(error), act)

    def _rate(self, rating: int) -> None:
        journeys = self.player.sandbox.journeys.values()
        asking = {step.name for journey in journeys for step in journey.steps if step.asks == "rating"}
        asked = [each for each in self.player.shown() if each["step"] in asking]
        if not asked:
            return self._wrong("nobody has been asked for a rating yet", "rate")
        return self._answer(Channel(asked[-1]["channel"]), str(rating), "rate")

    def _channels(self, modes: Any) -> None:
        for channel, mode in modes.items():
            self.player.sandbox.break_channel(channel, mode)

    def _pause(self, pause: Any) -> None:
        known = self.player.sandbox.journeys
        if pause.journey not in (*known, "*"):
            what = f"no journey '{pause.journey}'{nearest(pause.journey, known)}"
            return self._wrong(what, "pause", "journey")
        event = {"v": 1, "kind": "pause", "journey": pause.journey, "paused": pause.paused}
        self.player.sandbox.wake(event)
        self.player.sandbox.settle()
        return None

    def _wait(self, time: timedelta) -> None:
        self._advance(self.player.now(), time, "wait")

    def _until(self, day: Any) -> None:
        today, now = self.player.today(day.at.hour, day.at.minute), self.player.now()
        if today + timedelta(days=day.days) < now:
            here = f"it is {now.astimezone(shop.KYIV):%Y-%m-%d %H:%M} in Kyiv"
            return self._wrong(f"the clock does not go back to {day.at:%H:%M}: {here}", "until")
        return self._advance(today, timedelta(days=day.days), "until")

    def _advance(self, since: datetime, by: timedelta, act: str) -> None:
        try:
            to = moved_on(since, by)
        except ValueError as error:
            return self._wrong(str(error), act)
        self.player.sandbox.advance(to)
        return None

    def _shows(self, wanted: tuple[str, ...]) -> None:
        messages = self.player.shown()
        found = tuple(f"{each['step']} on {each['channel']}" for each in messages[self.shown :])
        self.shown = len(messages)
        if found != wanted:
            self._wrong(f"phones showed {_listed(found)}, not {_listed(wanted)}", "shows")

    def _says(self, words: str) -> None:
        newest = (self.player.shown() or [{"text": ""}])[-1]["text"]
        if words not in newest:
            self._wrong(f"the newest message says: {newest!r}", "says")

    def _unsaid(self, wanted: dict[str, str]) -> None:
        decided = [each for each in views.decisions(self.player.sandbox) if each["decision"] == "skip"]
        reasons = {each["step"]: each["reason"] for each in decided}
        for step, reason in wanted.items():
            if reasons.get(step) != reason:
                known = f"'{reasons[step]}'" if step in reasons else "nothing was decided against it"
                self._wrong(f"{step}: {known}, not '{reason}'", "unsaid", step)


def _listed(found: tuple[str, ...]) -> str:
    return ", ".join(found) or "nothing"


def all_scenarios(folder: Path = SCENARIOS) -> Iterator[Path]:
    """Its files, by name."""
    yield from sorted(folder.glob("*.yaml"))
