"""`aftercart demo`: the main story from end to end, on the template's own resources, in simulated years."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aftercart.domain.consent import Channel
from sandbox.commands.explain import explained
from sandbox.commands.terminal import clock, local
from sandbox.control import page_opened, views
from sandbox.control.moments import iso
from sandbox.fakes import Mode
from sandbox.player import Player
from sandbox.sandbox import Sandbox
from sandbox.shop import Person

Json = Any
BEGINS = datetime(2026, 11, 23, 8, 12, tzinfo=UTC)  # a Monday, 10:12 in Kyiv
OLENA = Person(
    id=7_311_000_000_001,
    first_name="Олена",
    last_name="Шевченко",
    phone="+380671234567",
    email="olena@customer.example",
)
TARAS = Person(
    id=7_311_000_000_002,
    first_name="Тарас",
    last_name="Бондар",
    phone="+380501234567",
    email="taras@customer.example",
)
DARYNA = Person(
    id=7_311_000_000_003,
    first_name="Дарина",
    last_name="Коваль",
    phone="+380631234567",
    email="daryna@customer.example",
    marketing=None,
)


@dataclass(slots=True)
class Story(Player):
    """What has been told so far: a beat for each thing that happens."""

    beats: list[Json] = field(default_factory=list)
    _told: list[Json] = field(default_factory=list)
    _shown: int = 0

    def tell(self, title: str, *lines: str) -> None:
        """Closes a beat: all that was decided and shown since the last one belongs to it."""
        decisions = [each for each in views.decisions(self.sandbox) if each not in self._told]
        self._told += decisions
        messages, tried = views.messages(self.sandbox), self._attempts()
        told = explained(decisions, messages, tried)
        self.beats.append(
            {
                "title": title,
                "notes": list(lines),
                "at": iso(self.sandbox.engine.now()),
                "decisions": told,
                "shown": messages[self._shown :],
            }
        )
        self._shown = len(messages)

    def _attempts(self) -> list[Json]:
        messages = self.sandbox.records().messages.values()
        return [each for message in messages for each in views.attempts(self.sandbox, message)]

    def newest(self) -> Json:
        return views.messages(self.sandbox)[-1]

    def broken(self, channel: Channel, mode: Mode) -> None:
        self.sandbox.break_channel(channel, mode)


def play(seed: int = 1) -> Json:
    """The whole story; the same for the same seed."""
    with Sandbox(BEGINS, seed).open() as sandbox:
        story = Story(sandbox)
        order = _confirmed_over_the_third_channel(story)
        _others_order(story)
        _parcel_to_the_door(story, order)
        _a_rating_and_help(story)
        _a_tip_and_a_trade_in(story)
        _stop(story)
        people = views.state(sandbox)["customers"]
        pending = views.pending(sandbox)
    return {
        "seed": seed,
        "began": iso(BEGINS),
        "ended": story.beats[-1]["at"],
        "people": people,
        "beats": story.beats,
        "dead": pending["dead"],
    }


def _confirmed_over_the_third_channel(story: Story) -> Json:
    story.broken(Channel.WHATSAPP, Mode.SILENT)
    story.broken(Channel.VIBER, Mode.REJECT)
    order = story.orders(OLENA, 1001, ["ZIRVO-X2"])
    story.wait(minutes=16)
    story.tell("Олена orders a phone. WhatsApp is silent today, Viber turns messages away.")
    link = story.newest()["links"][0]
    first = page_opened.opened(story.sandbox, link, True)
    story.wait(seconds=5)
    page_opened.opened(story.sandbox, link, True)
    title = next(button["title"] for button in first["buttons"] if button["action"] == "accept")
    story.tell(
        f"She opens the link and presses “{title}”, twice.",
        f"It is recorded once: {_answer(story)}.",
    )
    return order


def _answer(story: Story) -> str:
    given = story.newest()["answer"]
    return f"{given['kind']} at {clock(local(given['at'], 'Europe/Kyiv'))}, on her {given['via']}"


def _others_order(story: Story) -> None:
    story.broken(Channel.WHATSAPP, Mode.OK)
    story.broken(Channel.VIBER, Mode.OK)
    story.wait(minutes=20)
    story.orders(TARAS, 1002, ["ZIRVO-A1"])
    story.tell("WhatsApp is mended. Тарас orders too.")
    story.wait(minutes=3)
    story.replies(TARAS, Channel.WHATSAPP, "1")
    story.tell("He answers “1”.")
    story.wait(minutes=20)
    story.orders(DARYNA, 1003, ["ZIRVO-A1"])
    story.tell("Дарина has not agreed to marketing: the same news, no offer.")


def _parcel_to_the_door(story: Story, order: Json) -> None:
    story.until(23, 48)
    story.parcel(order, None)
    story.until(10, 40, days=1)
    story.tell("Олена's parcel is handed over shortly before midnight: that can wait for the morning.")
    story.until(10, 41, days=1)
    story.parcel(order, "out_for_delivery")
    story.tell("The courier has it.")
    story.until(13, 20)
    story.parcel(order, "delivered")
    story.parcel(order, "delivered")
    story.tell("It arrives. The shop tells us twice; she is told once.")


def _a_rating_and_help(story: Story) -> None:
    story.until(11, 1, days=3)
    story.tell("Three days later: is all well?")
    story.wait(minutes=7)
    story.replies(OLENA, Channel.WHATSAPP, "2")
    story.tell("She answers “2”: help with a return, at once.")
    story.until(12, 1, days=1)
    story.tell("And, like everyone, she is asked for a review.")


def _a_tip_and_a_trade_in(story: Story) -> None:
    story.until(11, 1, days=27)
    story.tell("A month after the parcel came: one useful thing.")
    before = len(story.sandbox.shown())
    while len(story.sandbox.shown()) == before:
        due = story.sandbox.engine.next_due()
        assert due is not None, "the trade-in is on its way"
        story.sandbox.advance(due)
    story.tell("Years pass. In the daytime where she lives:")


def _stop(story: Story) -> None:
    story.wait(minutes=12)
    story.replies(OLENA, Channel.WHATSAPP, "СТОП")
    story.tell("She answers “СТОП”: no marketing any more, on any channel, and nothing at all on WhatsApp.")
    story.until(15, 30, days=2)
    order = story.orders(OLENA, 1990, ["ZIRVO-X2-PRO"])
    story.tell("She buys again. The news moves to Viber, and carries no offer.")
    story.until(14, 0, days=2)
    story.parcel(order, "delivered")
    story.until(11, 1, days=35)
    story.tell("Her new phone arrives. Five weeks on, what she was told, and what she was not:")
