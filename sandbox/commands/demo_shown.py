"""What `aftercart demo` prints: the story, phone by phone, with the channels tried and why."""

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.commands.explain import MARKS, facts_in_words, passed_over
from sandbox.commands.terminal import Ink, clock, columns, day, local, width, wrapped

Json = Any
GUTTER = " " * 7
HANGING = " " * 17
NAMES = {"whatsapp": "WhatsApp", "viber": "Viber", "sms": "SMS"}


def written(story: Json, ink: Ink) -> str:
    """For people, at most 96 columns."""
    zones = {each["id"]: each["zone"] for each in story["people"]}
    names = {each["id"]: each["name"] for each in story["people"]}
    return "\n".join(_Writer(ink, zones, names).lines(story))


class _Writer:
    def __init__(self, ink: Ink, zones: Mapping[str, str], names: Mapping[str, str]) -> None:
        self._ink, self._zones, self._names, self._room = ink, zones, names, width()

    def lines(self, story: Json) -> Iterator[str]:
        yield self._ink.bold(
            "A shop sells phones. This is what its customers' own phones show (simulated, times in Kyiv):"
        )
        date = ""
        for beat in story["beats"]:
            at = local(self._first(beat), "Europe/Kyiv")
            yield ""
            if day(at) != date:
                date = day(at)
                yield self._ink.cyan(f"── {date} {'─' * (self._room - len(date) - 4)}")
            yield from self._beat(beat, clock(at))
        yield from self._end(story)

    def _first(self, beat: Json) -> str:
        times = [each["at"] for each in (*beat["decisions"], *beat["shown"])]
        return str(min([*times, beat["at"]]))

    def _beat(self, beat: Json, at: str) -> Iterator[str]:
        title = list(wrapped(beat["title"], "", self._room - len(GUTTER)))
        yield f"{self._ink.dim(at)}  {self._ink.bold(title[0])}"
        yield from (f"{GUTTER}{self._ink.bold(line)}" for line in title[1:])
        for note in beat["notes"]:
            yield from (f"{GUTTER}{line}" for line in wrapped(note, "", self._room - len(GUTTER)))
        about = {each["message"] for each in beat["decisions"] if each["decision"] == "send"}
        for decision in beat["decisions"]:
            if decision["decision"] == "send":
                yield from self._said(decision, beat)
            elif decision["message"] not in about:
                yield from self._unsaid(decision)
        for shown in beat["shown"]:
            if shown["id"] not in about:
                yield from self._phone(shown, beat)

    def _said(self, decision: Json, beat: Json) -> Iterator[str]:
        """Why, put off by what, over which channels; then the phone."""
        facts = facts_in_words(decision["facts"])
        if facts:
            yield from (self._ink.dim(line) for line in wrapped(facts, GUTTER, self._room))
        later = [each for each in beat["decisions"] if each["message"] == decision["message"]]
        for each in later:
            yield from self._unsaid(each) if each is not decision else ()
        tried = decision["attempts"]
        if len(tried) > 1 or any(each["in_words"] not in FINE or passed_over(each) for each in tried):
            for each in tried:
                yield from self._attempt(each, decision["customer"])
        for shown in decision["shown"]:
            yield from self._phone(shown, beat)

    def _unsaid(self, decision: Json) -> Iterator[str]:
        paint = self._ink.yellow if decision["decision"] == "defer" else self._ink.red
        mark = MARKS[decision["decision"]]
        told = f"{decision['journey']}/{decision['step']}: {decision['why']}"
        first, *more = wrapped(told, "", self._room - len(GUTTER) - len(mark) - 1)
        yield f"{GUTTER}{paint(mark)} {first}"
        yield from (f"{GUTTER}{' ' * len(mark)} {line}" for line in more)

    def _attempt(self, attempt: Json, customer: str) -> Iterator[str]:
        at = clock(local(attempt["at"], self._zones.get(customer, "")))
        for channel, why in passed_over(attempt).items():
            yield from self._tried(at, self._ink.dim("–"), channel, f"passed over: {why}")
        mark = self._ink.green("✓") if attempt["receipt"] in FINE else self._ink.red("✗")
        yield from self._tried(at, mark, attempt["channel"], attempt["in_words"])

    def _tried(self, at: str, mark: str, channel: str, told: str) -> Iterator[str]:
        first, *more = wrapped(told, "", self._room - len(GUTTER) - len(HANGING))
        yield f"{GUTTER}{self._ink.dim(at)} {mark} {NAMES[channel]:<9}{first}"
        yield from (f"{GUTTER}{HANGING}{line}" for line in more)

    def _phone(self, shown: Json, beat: Json) -> Iterator[str]:
        at = local(shown["at"], self._zones.get(shown["customer"], ""))
        who = self._names.get(shown["customer"], "")
        other_day = day(at) != day(local(self._first(beat), "Europe/Kyiv"))
        when = f"{day(at)}, {clock(at)}" if other_day else clock(at)
        head = f"╭ {NAMES[shown['channel']]} · {who} · {when} "
        edge = self._ink.dim
        yield GUTTER + edge(head + "─" * max(0, self._room - len(GUTTER) - columns(head) - 1) + "╮")
        room = self._room - len(GUTTER) - 4
        for line in wrapped(shown["text"], "", room):
            yield f"{GUTTER}{edge('│')} {line}{' ' * (room - columns(line))} {edge('│')}"
        for button in shown["buttons"]:
            line = f"[ {button['title']} ]"
            yield f"{GUTTER}{edge('│')} {self._ink.cyan(line)}{' ' * (room - columns(line))} {edge('│')}"
        yield GUTTER + edge("╰" + "─" * (self._room - len(GUTTER) - 2) + "╯")

    def _end(self, story: Json) -> Iterator[str]:
        shown = sum(len(beat["shown"]) for beat in story["beats"])
        began, ended = local(story["began"], "Europe/Kyiv"), local(story["ended"], "Europe/Kyiv")
        yield ""
        yield self._ink.dim("─" * self._room)
        phones = f"{shown} messages on {len(story['people'])} phones"
        yield f"{phones}, {day(began)} to {day(ended)}. Nothing left this machine."
        yield f"Try it yourself: {self._ink.bold('aftercart dev')}, then http://127.0.0.1:8787"


FINE = ("delivered", "read")
