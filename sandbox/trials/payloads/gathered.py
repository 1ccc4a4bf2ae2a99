"""Watches seeded stories and keeps a few of each sort of payload, with what was stored when it came."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from aftercart.aws.items import decode, plain
from aftercart.domain import ids
from aftercart.domain.campaign import Campaign
from aftercart.domain.customer import Customer
from aftercart.domain.journey import Enrolment
from aftercart.domain.links import page_token
from aftercart.domain.message import Message
from aftercart.domain.order import Order
from aftercart.domain.suppression import keyed_hash
from aftercart.domain.timings import Timings
from aftercart.ports import AddressBook, HumanTask, Inbox, LedgerEntry, Parked, Pause
from sandbox.cloud.memory_world import MemoryWorld
from sandbox.sandbox import Sandbox
from sandbox.shop_settings import SECRETS, SHOP
from sandbox.trials.payloads.replayed import Case, Wire, digest, to_json

Json = Any
# Cases of a family; all of it together is to stay small enough to be read in a review.
MOST = {"schedules": 32, "executions": 30, "tasks": 30, "topic": 30, "links": 30}
ALIKE = 3  # cases of one sort
# Of each sort one, beside those of the cases: which are nearly all customers, messages and orders.
MOST_ITEMS = {"customer": 14, "message": 18, "order": 16}
# How channels fare while an execution runs: a state machine has more than one rung.
BROKEN: tuple[Mapping[str, str], ...] = (
    {},
    {"whatsapp": "down", "viber": "silent"},
    {"whatsapp": "reject"},
    {"whatsapp": "silent", "viber": "silent"},
    {"viber": "reject", "sms": "reject"},
    {"whatsapp": "timeout", "viber": "silent", "sms": "silent"},
)


def sort_of(value: Any) -> str:
    """What makes two stored things alike: in which state they are, not whose they are."""
    match value:
        case Message():
            tries = [
                f"{a.channel} {a.variant} {a.outcome} {a.receipt and a.receipt.status}"
                for a in value.attempts
            ]
            answer = value.answer.kind if value.answer else ""
            return f"{value.final} {value.run > 1} {value.due_at is not None} {answer} {tries}"
        case Customer():
            agreed = [f"{c} {len(a.said)} {len(a.recorded)}" for c, a in sorted(value.addresses.items())]
            answered = "".join(value.answered_at) or None
            return f"{value.erased} {len(value.asked)} {answered} {value.today is None} {agreed}"
        case Order():
            stages = [parcel.stage for parcel in value.shipments.values()]
            return f"{value.known} {value.erased} {value.cancelled} {len(value.lines)} {stages}"
        case Enrolment():
            states = [f"{step.spec.name} {step.state}" for step in value.steps]
            return f"{value.journey} {value.ended} {value.armed_for is None} {bool(value.rating)} {states}"
        case AddressBook():
            return f"{len(value.customers)} {[(c, e.purpose, e.granted) for c, e in value.consents]}"
        case LedgerEntry():
            consent = value.consent
            return f"{value.channel} {consent.purpose} {consent.granted} {consent.source} {consent.explicit}"
        case Inbox():
            return f"{value.channel} {value.meaning} {value.text}"
        case Parked():
            return f"{value.source} {value.reason} {value.body}"
        case Pause():
            return f"{sorted(value.since)} {sorted(value.templates)}"
        case HumanTask():
            return f"{value.step} {value.reason}"
        case Timings():
            return f"{value.receipts > 1}"
        case Campaign():
            return f"{value.ended} {bool(value.cursor)} {value.arm}"
    raise TypeError(type(value).__name__)


@dataclass(slots=True)
class Gathered:
    """What is kept, in the order in which the stories bring it."""

    cases: dict[str, list[Case]] = field(default_factory=lambda: {family: [] for family in MOST})
    items: dict[str, Json] = field(default_factory=dict)  # by digest: those of the cases, and some more
    specs: dict[str, Json] = field(default_factory=dict)  # of the schedules among the cases, by their name
    met: Counter[str] = field(default_factory=Counter)

    def keep(self, family: str, sort: str, case: Case) -> bool:
        wanted = len(self.cases[family]) < MOST[family] and self._is_wanted(f"{family} {sort}")
        if wanted:
            self.cases[family].append(replace(case, name=f"{len(self.cases[family]) + 1:02} {case.name}"))
            self.items |= {digest(item): item for item in case.items}
        return wanted

    def item(self, item: Wire) -> None:
        kind = item["kind"]["S"]
        if self.met[kind] < MOST_ITEMS.get(kind, 30):
            sort = f"{kind} {'B' in item['data']} {sort_of(decode(plain(item)).value)}"
            if self.met[sort] < 1:
                self.met.update((kind, sort))
                written = to_json(item)
                self.items[digest(written)] = written

    def _is_wanted(self, sort: str) -> bool:
        self.met[sort] += 1
        return self.met[sort] <= ALIKE


class Watch:
    """Sees each invocation of a world in memory before it begins."""

    def __init__(self, sandbox: Sandbox, gathered: Gathered, kinds: tuple[str, ...] = ()) -> None:
        """`kinds`: only such items, and no cases."""
        world = sandbox._world
        assert isinstance(world, MemoryWorld)
        self._sandbox, self._dynamo, self._gathered = sandbox, world.dynamo, gathered
        self._seen: dict[int, Wire] = {}  # kept, or the id of one that is gone would be another's
        self._kinds = kinds
        sandbox.functions.configure = self._before(sandbox.functions.configure)

    def _before(self, configure: Callable[[str], object]) -> Callable[[str], None]:
        def see(name: str) -> None:
            configure(name)
            self.look()
            event = self._sandbox.functions.running[-1].event
            match {} if self._kinds else event:
                case {"kind": "step", "enrolment": str(thing), "arm": int(arm)}:
                    self._schedule(thing, arm, event)
                case {"kind": "message", "message": str(thing), "arm": int(arm)}:
                    self._schedule(thing, arm, event)
                case {"kind": "erase", "customer": str(customer)}:
                    self._erasure(customer, event)
                case {"token": str(), "message": str(thing)}:
                    self._task(thing, event)
                case {"Records": [{"Sns": notice}]}:
                    self._topic(json.loads(notice["Message"]), event)

        return see

    def look(self) -> None:
        """At everything that is stored and was not there before."""
        for item in list(self._dynamo.items.values()):
            if id(item) not in self._seen:
                self._seen[id(item)] = item
                if not self._kinds or item["kind"]["S"] in self._kinds:
                    self._gathered.item(item)

    def _schedule(self, thing: str, arm: int, event: Json) -> None:
        items, name = self._around(thing), ids.schedule_name(thing, arm)
        spec = self._spec(name)
        if (
            items
            and spec
            and self._gathered.keep("schedules", self._sort(items), self._case(name, event, items))
        ):
            self._gathered.specs[name] = spec

    def _erasure(self, customer: str, event: Json) -> None:
        own = [item for (pk, _), item in self._dynamo.items.items() if pk == f"C#{customer}"]
        orders = [o for item in own for o in getattr(decode(plain(item)).value, "orders", ())]
        items = [*own, *self._those((f"O#{SHOP}/{order}", "ORDER") for order in orders)]
        if 0 < len(items) < 10:
            self._gathered.keep("schedules", f"erase {len(items)}", self._case("erase", event, items))

    def _spec(self, name: str) -> Json:
        known = {**self._sandbox.scheduler._past, **self._sandbox.scheduler._live}
        return next((schedule.spec for (_, called), schedule in known.items() if called == name), None)

    def _task(self, message: str, event: Json) -> None:
        items = self._around(message)
        if not items:
            return
        sort, case = self._sort(items), self._case(message, event, items)
        if not event["rung"] > 1 and decode(plain(items[0])).todo_at:
            later = (self._sandbox.engine.now() + timedelta(minutes=20)).isoformat()
            sweep = {"v": 1, "kind": "sweep"}
            self._gathered.keep("schedules", "sweep", replace(case, name="sweep", at=later, event=sweep))
        self._gathered.keep("tasks", f"{event['rung']} {sort}", case)
        link = {"message": message, "token": page_token(message, SECRETS["link_key"].encode())}
        self._gathered.keep("links", sort, replace(case, event=link, items=case.items[:3]))
        name = ids.execution_name(message, event["run"])
        for execution in self._sandbox.machines.executions("RUNNING"):
            if execution.name == name and event["rung"] == 1:
                start = {"name": name, "input": json.loads(execution.input_text)}
                broken = BROKEN[len(self._gathered.cases["executions"]) % len(BROKEN)]
                self._gathered.keep("executions", sort, replace(case, event=start, broken=broken))

    def _topic(self, notice: Json, event: Json) -> None:
        split = ids.split_attempt_id(notice.get("context", {}).get("ref", ""))
        items = self._around(split[0]) if split else self._of_phone(notice.get("originationNumber", ""))
        if items:
            kind = notice.get("eventType") or f"wrote {notice['messageBody']}"
            self._gathered.keep("topic", f"{kind} {self._sort(items)}", self._case(kind, event, items))

    def _case(self, name: str, event: Json, items: Iterable[Wire]) -> Case:
        return Case(name, self._sandbox.engine.now().isoformat(), event, [to_json(item) for item in items])

    def _sort(self, items: list[Wire]) -> str:
        value = decode(plain(items[0])).value
        what = f"{getattr(value, 'journey', '')} {getattr(value, 'step', '')}"
        return f"{what} {sort_of(value)}"

    def _around(self, thing: str) -> list[Wire]:
        """The thing, then its customer, its order and its enrolment. Nothing where it is gone."""
        owner = f"C#{ids.customer_of(thing)}"
        known = self._dynamo.items.get((owner, f"E#{thing}")) or self._dynamo.items.get((owner, f"M#{thing}"))
        if known is None:
            return []
        value = decode(plain(known)).value
        keys = [(owner, "CUSTOMER"), (f"O#{SHOP}/{value.order}", "ORDER")]
        if isinstance(value, Message):
            keys.append((owner, f"E#{value.enrolment}"))
        return [known, *self._those(keys)]

    def _of_phone(self, phone: str) -> list[Wire]:
        """Whose it is, and they."""
        hashed = keyed_hash(phone, SECRETS["address_key"].encode())
        book = list(self._those([(f"A#{hashed}", "ADDRESS")]))
        owners = [each for item in book for each in decode(plain(item)).value.customers]
        return [*book, *self._those((f"C#{owner}", "CUSTOMER") for owner in owners)]

    def _those(self, keys: Iterable[tuple[str, str]]) -> Iterable[Mapping[str, Any]]:
        return (self._dynamo.items[key] for key in keys if key in self._dynamo.items)
