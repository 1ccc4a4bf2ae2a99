"""What phones showed, what it cost and what was left unsaid: counted for a report. Tallies add up."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from aftercart import ports
from aftercart.aws.items import Item, key
from aftercart.domain.journey import Journey
from aftercart.domain.message import Message
from sandbox.control.records import Records
from sandbox.fakes import FakeMessage

Json = list[dict[str, Any]]
Three = tuple[str, str, str]


@dataclass(slots=True)
class Tally:
    """`messages`: shown, by journey, channel and month (2027-03, UTC). `costs`: journey, channel, currency.

    `skips`: by journey, step and reason. `deferrals`: by reason; what is put off thrice counts thrice.
    """

    messages: Counter[Three] = field(default_factory=Counter)
    costs: defaultdict[Three, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    skips: Counter[Three] = field(default_factory=Counter)
    deferrals: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Tally") -> None:
        self.messages.update(other.messages)
        self.skips.update(other.skips)
        self.deferrals.update(other.deferrals)
        for of, amount in other.costs.items():
            self.costs[of] += amount

    def as_json(self) -> dict[str, Any]:
        """In the order of the words: the same counts are the same text. Amounts are text: they are exact."""
        costs = {of: format(amount, "f") for of, amount in self.costs.items()}
        return {
            "messages": _rows(("journey", "channel", "month", "count"), self.messages),
            "costs": _rows(("journey", "channel", "currency", "amount"), costs),
            "skips": _rows(("journey", "step", "reason", "count"), self.skips),
            "deferrals": dict(sorted(self.deferrals.items())),
        }


def _rows(names: Sequence[str], counts: Mapping[Three, int | str]) -> Json:
    return [dict(zip(names, (*of, counts[of]), strict=True)) for of in sorted(counts)]


def tallied(records: Records, shown: Iterable[FakeMessage], journeys: Iterable[Journey]) -> Tally:
    """`shown` is the truth about what was said; the records say of which journey it was."""
    found = Tally()
    for each in shown:
        message = records.messages.get(each.reference.rpartition("-")[0])
        journey = message.journey if message else "unknown"
        found.messages[journey, each.channel.value, f"{each.at:%Y-%m}"] += 1
    for message in records.messages.values():
        _add_cost(found, message)
    for decided in records.decisions(journeys):
        logged = decided.logged
        if logged.decision == "skip":
            found.skips[decided.journey, logged.step, logged.reason] += 1
        elif logged.decision == "defer":
            found.deferrals[logged.reason] += 1
    return found


def _add_cost(found: Tally, message: Message) -> None:
    for attempt in message.attempts:
        if attempt.cost:
            amount, currency = attempt.cost.split()
            found.costs[message.journey, attempt.channel.value, currency] += Decimal(amount)


def keep(kept: Records, customer: str, items: Iterable[Item]) -> None:
    """What is stored of somebody who is about to be erased: it was said and paid for all the same."""
    partition, _ = key(ports.customer(customer))
    found = Records.of(each for each in items if each["pk"] == partition or each["kind"] == "order")
    kept.messages |= found.messages
    kept.enrolments |= found.enrolments
    kept.orders |= {i: each for i, each in found.orders.items() if each.customer == customer}


def with_erased(records: Records, kept: Records) -> Records:
    """As if nobody had been erased."""
    return Records(
        orders=records.orders | kept.orders,
        enrolments=records.enrolments | kept.enrolments,
        messages=records.messages | kept.messages,
    )
