"""A story that only its seed decides: orders, parcels, answers, breaks and moves of the clock, at random."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aftercart.domain.consent import Channel
from sandbox import shop
from sandbox.control import views
from sandbox.fakes import Mode
from sandbox.player import Player
from sandbox.sandbox import Sandbox
from sandbox.shop import Person

Json = Any
BEGINS = datetime(2026, 11, 23, 8, 12, tzinfo=UTC)
CHANNELS = (Channel.WHATSAPP, Channel.VIBER, Channel.SMS)
SKUS = ("ZIRVO-A1", "ZIRVO-X2", "ZIRVO-MINI", "CASE-A1", "INK-J-BLACK", "BIHUN-KROK", "TONOMETER")
STATUSES = (
    None,
    "in_transit",
    "delayed",
    "out_for_delivery",
    "ready_for_pickup",
    "attempted_delivery",
    "delivered",
)
WORDS = ("1", "2", "5", "так", "дякую", "СТОП", "stop", "СТАРТ", "?", "cancel my order please")
MOVES = (
    {"minutes": 3},
    {"minutes": 16},
    {"hours": 5},
    {"days": 1},
    {"days": 3.2},
    {"days": 31},
    {"days": 400},
)
CRASHES = ("crash before", "crash after", "timed out and lost", "timed out though applied", "throttled")


def people() -> list[Person]:
    """Five buyers: two share a phone, one was not asked about marketing, one lives elsewhere."""
    made = [
        ("Олена", "+380671234567", True, "uk-UA", "UA"),
        ("Тарас", "+380501234567", False, "uk-UA", "UA"),
        ("Дарина", "+380631234567", None, "ru-UA", "UA"),
        ("Марко", "+380671234567", True, "uk-UA", "UA"),
        ("Anna", "+48512345678", True, "en-PL", "PL"),
    ]
    return [
        Person(
            id=7_400_000_000_000 + n,
            first_name=name,
            last_name="Зразок",
            phone=phone,
            email=f"buyer{n}@customer.example",
            marketing=marketing,
            locale=locale,
            country=country,
        )
        for n, (name, phone, marketing, locale, country) in enumerate(made, start=1)
    ]


@dataclass(slots=True)
class Story(Player):
    """One story on one sandbox; `lines` is what happened, to be read when it went wrong."""

    seed: int = 0
    lines: list[str] = field(default_factory=list)
    _orders: list[Json] = field(default_factory=list)
    _webhooks: list[tuple[str, Json]] = field(default_factory=list)
    _dice: random.Random = field(default_factory=random.Random)

    def play(self, steps: int) -> None:
        """So many things happen; then all is mended, and a long time passes."""
        self._dice = random.Random(self.seed)
        happenings: list[tuple[Callable[[], str], int]] = [
            (self._order, 5),
            (self._move_parcel, 6),
            (self._post_again, 2),
            (self._cancel, 1),
            (self._answer, 4),
            (self._open_a_link, 2),
            (self._break, 3),
            (self._fail, 1),
            (self._say_consent, 1),
            (self._fire_again, 1),
            (self._erase, 1),
            (self._move_clock, 7),
        ]
        weights = [weight for _, weight in happenings]
        for _ in range(steps):
            (happening,) = self._dice.choices([each for each, _ in happenings], weights)
            self.lines.append(f"{self.now().isoformat()} {happening()}")
        for channel in CHANNELS:
            self.sandbox.break_channel(channel, Mode.OK)
        self.sandbox.faults.clear()
        self.wait(days=1200)

    def _order(self) -> str:
        person = self._dice.choice(people())
        skus = self._dice.sample(SKUS, self._dice.choice((1, 1, 2)))
        items = [self.sandbox.catalogue.by_sku[sku] for sku in skus]
        body = shop.order(person, 1001 + len(self._orders), self.now(), items)
        self._orders.append(body)
        if self._dice.random() < 0.2:  # the parcel's event overtakes the order's
            self._tell("fulfillments/update", shop.fulfillment(body, self.now(), "out_for_delivery"))
        self._tell("orders/create", body)
        return f"{person.first_name} orders {skus}"

    def _move_parcel(self) -> str:
        if not self._orders:
            return "no parcel"
        body, status = self._dice.choice(self._orders), self._dice.choice(STATUSES)
        topic = self._dice.choice(("fulfillments/create", "fulfillments/update"))
        self._tell(topic, shop.fulfillment(body, self.now(), status, self._dice.choice((1, 1, 2))))
        return f"parcel of {body['name']}: {status}"

    def _post_again(self) -> str:
        if not self._webhooks:
            return "nothing to post again"
        topic, body = self._dice.choice(self._webhooks)
        self.post(topic, body)
        return f"{topic} again"

    def _cancel(self) -> str:
        if not self._orders:
            return "nothing to cancel"
        body = self._dice.choice(self._orders)
        self._tell("orders/cancelled", shop.cancelled(body, self.now()))
        return f"{body['name']} is cancelled"

    def _answer(self) -> str:
        person, channel = self._dice.choice(people()), self._dice.choice(CHANNELS)
        text = self._dice.choice(WORDS)
        self.replies(person, channel, text)
        return f"{person.first_name} writes {text!r} on {channel}"

    def _open_a_link(self) -> str:
        links = [link for each in self.shown() for link in each["links"] if "/m/" in link]
        if not links:
            return "no link"
        press = self._dice.choice((None, "accept", "stop", "rate:2", "rate:5"))
        return self._ask("/sandbox/open", {"link": self._dice.choice(links), "press": press})

    def _break(self) -> str:
        channel, mode = self._dice.choice(CHANNELS), self._dice.choice(list(Mode))
        self.sandbox.break_channel(channel, mode, self._dice.choice((None, 1, 2)))
        return f"{channel} is {mode}"

    def _fail(self) -> str:
        call, mode = self._dice.choice(("meta.send", "infobip.send")), self._dice.choice(CRASHES)
        self.sandbox.faults.plan(call, self._dice.choice((1, 2)), mode)
        return f"{call}: {mode}"

    def _say_consent(self) -> str:
        word = {"purpose": self._dice.choice(("marketing", "transactional"))}
        word |= {"channel": self._dice.choice(CHANNELS).value}
        return self._ask("/sandbox/consent", {**word, **self._somebody(), "state": self._dice.random() < 0.5})

    def _erase(self) -> str:
        return (
            self._ask("/sandbox/erase", self._somebody()) if self._dice.random() < 0.3 else "nobody is erased"
        )

    def _fire_again(self) -> str:
        names = [each["name"] for each in views.pending(self.sandbox)["schedules"]]
        return self._ask("/sandbox/fire", {"schedule": self._dice.choice(names)}) if names else "no schedule"

    def _move_clock(self) -> str:
        move = self._dice.choice(MOVES)
        self.wait(**move)
        return f"the clock moves {move}"

    def _somebody(self) -> Json:
        known = [each["id"] for each in views.state(self.sandbox)["customers"]]
        return {"customer": self._dice.choice(known)} if known else {"customer": "nobody"}

    def _ask(self, path: str, body: Json) -> str:
        status, _ = self.call("POST", path, json.dumps(body).encode())
        return f"{path} {body}: {status}"

    def _tell(self, topic: str, body: Json) -> None:
        self._webhooks.append((topic, body))
        assert self.post(topic, body) == 200, (topic, self.lines[-5:])


def ending(sandbox: Sandbox) -> Json:
    """Everything that can be seen of a world."""
    messages = sorted(sandbox.records().messages.values(), key=lambda each: each.id)
    return {
        "phones": views.messages(sandbox),
        "decisions": views.decisions(sandbox),
        "ends": {each.id: each.final for each in messages},
        "attempts": [tried for each in messages for tried in views.attempts(sandbox, each)],
        "state": views.state(sandbox),
        "pending": views.pending(sandbox),
    }


def told(seed: int, steps: int, *, memory: bool) -> tuple[Json, list[str]]:
    """How a story ends in one of the worlds, and what happened in it."""
    with Sandbox(BEGINS, seed, memory=memory).open() as sandbox:
        story = Story(sandbox, seed=seed)
        story.play(steps)
        return ending(sandbox), story.lines
