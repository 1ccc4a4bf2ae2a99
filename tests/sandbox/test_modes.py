"""Every mode of the control API on every channel, over real HTTP, with each provider that carries it.

docs/sandbox.md says what a mode does, and a provider's sample what its receipts can tell of it. A provider
without a sample, or whom nobody can be brought to, fails.
"""

import http.client
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from aftercart.channels import registry
from aftercart.domain.message import ReceiptStatus
from sandbox import shop
from sandbox.commands.desk import Desk
from sandbox.commands.dev import HOST, Server
from sandbox.control.page_opened import CHATS
from sandbox.fakes import Mode
from sandbox.sandbox import Sandbox, compiled
from sandbox.trials import routes
from sandbox.trials.crashes.prepared import OLENA
from sandbox.trials.turns.goods import goods
from tests.aftercart.channels import kit

Json = Any
NOON = datetime(2026, 11, 23, 10, tzinfo=UTC)
WAIT = timedelta(minutes=15)
AT_ONCE = timedelta(0)
SENT, FAILED, DELIVERED = ReceiptStatus.SENT, ReceiptStatus.FAILED, ReceiptStatus.DELIVERED


@dataclass(frozen=True, slots=True, kw_only=True)
class Became:
    """Of one message: after how long its phone showed it and the next leg was asked; None: never."""

    shown: timedelta | None = None
    outcome: str
    receipt: str | None = None
    next: timedelta | None = None
    receipts: int = 0  # that came


def tells(provider: str) -> frozenset[ReceiptStatus]:
    """What its receipts may say."""
    return frozenset(told.status for told in kit.sample(provider).receipts)


def expected(provider: str, mode: Mode) -> Became:
    """By the table of modes. What nobody tells is waited for, and the next leg goes after that."""
    known, best = tells(provider), max(tells(provider) - {FAILED, ReceiptStatus.READ}, default=None)
    news = tuple(known & {SENT, DELIVERED})
    receipt = best.name.lower() if best else None
    waited = None if DELIVERED in known else WAIT
    shown = Became(shown=AT_ONCE, outcome="accepted", receipt=receipt, next=waited, receipts=len(news))
    failed = FAILED in known
    return {
        Mode.OK: shown,
        Mode.DOWN: Became(outcome="rejected", next=AT_ONCE),
        Mode.REJECT: Became(
            outcome="accepted",
            receipt="failed" if failed else None,
            next=AT_ONCE if failed else WAIT,
            receipts=int(failed),
        ),
        Mode.SILENT: Became(outcome="accepted", next=WAIT),
        Mode.SLOW: Became(shown=2 * WAIT, outcome="accepted", receipt=receipt, next=WAIT, receipts=len(news)),
        Mode.TIMEOUT: Became(
            shown=AT_ONCE, outcome="unknown", receipt=receipt, next=waited, receipts=len(news)
        ),
        Mode.DUPLICATES: Became(
            shown=AT_ONCE, outcome="accepted", receipt=receipt, next=waited, receipts=3 * len(news)
        ),
    }[mode]


@dataclass(slots=True)
class Http:
    """A sandbox as an outside tool reaches it."""

    port: int
    number: int = 1000

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> bytes:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=60)
        connection.request(method, path, body or None, dict(headers or {}))
        answer = connection.getresponse()
        status, text = answer.status, answer.read()
        connection.close()
        assert status in (200, 201), (path, status, text)
        return text

    def get(self, path: str) -> Json:
        return json.loads(self.ask("GET", f"/sandbox/{path}"))

    def do(self, path: str, **given: Json) -> Json:
        return json.loads(self.ask("POST", f"/sandbox/{path}", json.dumps(given).encode()))

    def post(self, topic: str, body: Json) -> None:
        path, headers, raw = shop.webhook(topic, body, self.now())
        self.ask("POST", path, raw, headers)

    def now(self) -> datetime:
        return datetime.fromisoformat(self.get("state")["now"])

    def orders(self) -> Json:
        self.number += 1
        body = shop.order(OLENA, self.number, self.now(), [goods().catalogue.by_sku["ZIRVO-A1"]])
        self.post("orders/create", body)
        return body


@contextmanager
def served(made: Path, *, memory: bool) -> Iterator[tuple[Http, Desk]]:
    desk = Desk(lambda: Sandbox(NOON, memory=memory, made=made))
    with Server(0, desk) as server, desk:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield Http(server.server_address[1]), desk
        server.shutdown()


def over_a_route(provider: str, mode: Mode, *, memory: bool) -> tuple[Became, Became]:
    """The parcel's news goes over it first, and then over one who tells what was delivered."""
    channel = routes.channel_of(provider)
    following = next(
        each
        for each in routes.PROVIDERS
        if routes.channel_of(each) is not channel and DELIVERED in tells(each)
    )
    with served(routes.made(routes.route(provider, following)), memory=memory) as (tool, desk):
        order = tool.orders()
        if provider in routes.DEVICES:
            headers, body = shop.subscription(order, None, tool.now(), **routes.DEVICES[provider])
            tool.ask("POST", shop.SUBSCRIPTIONS, body, headers)
        tool.do("clock", advance="P1D")
        began = Began.of(tool, desk)
        tool.do(f"channels/{channel}", mode=mode)
        tool.post("fulfillments/update", shop.fulfillment(order, tool.now(), "in_transit"))
        tool.do("clock", advance="PT6H")
        return began.became(provider), expected(provider, mode)


def in_a_chat(provider: str, mode: Mode, *, memory: bool) -> tuple[Became, Became]:
    """What they ask is answered there, and nowhere else."""
    channel = routes.channel_of(provider)
    with served(compiled(), memory=memory) as (tool, desk):
        tool.orders()
        page = next(link for each in tool.get("messages") for link in each["links"] if "/m/" in link)
        chats = [each for each in tool.do("open", link=page)["links"] if each.startswith(CHATS)]
        for chat in chats:
            tool.do("open", link=chat)
        tool.do("clock", advance="PT1H")
        (customer,) = tool.get("state")["customers"]
        began = Began.of(tool, desk)
        tool.do(f"channels/{channel}", mode=mode)
        tool.do("reply", customer=customer["id"], channel=channel, text="?")
        tool.do("clock", advance="PT6H")
        return began.became(provider), replace(expected(provider, mode), next=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Began:
    """When a provider's mode was set, and how much there had been before."""

    tool: Http
    desk: Desk
    at: datetime
    attempts: int
    shown: int

    @classmethod
    def of(cls, tool: Http, desk: Desk) -> "Began":
        attempts, shown = (len(tool.get(each)) for each in ("attempts", "messages"))
        return cls(tool=tool, desk=desk, at=tool.now(), attempts=attempts, shown=shown)

    def became(self, provider: str) -> Became:
        """Of the only message since."""
        first, *others = self.tool.get("attempts")[self.attempts :]
        following = [each for each in others if each["channel"] != first["channel"]]
        shown = [
            each
            for each in self.tool.get("messages")[self.shown :]
            if f"{each['channel']}/{each['provider']}" == provider
        ]
        assert {each["message"] for each in others} <= {first["message"]}
        assert len(shown) <= 1
        return Became(
            shown=self._after(shown),
            outcome=first["outcome"],
            receipt=first["receipt"],
            next=self._after(following),
            receipts=self.desk.ask(partial(receipts, f"{first['message']}-{first['ordinal']}")),
        )

    def _after(self, some: list[Json]) -> timedelta | None:
        return datetime.fromisoformat(some[0]["at"]) - self.at if some else None


def receipts(reference: str, sandbox: Sandbox) -> int:
    """How many requests and notifications there were about one attempt."""
    heard = [each for each in sandbox.functions.invocations if each.function.endswith("inbound-replies")]
    return sum(reference in json.dumps(each.event) for each in heard)


CASES = [(provider, mode) for provider in registry.FILES for mode in Mode]


def played(provider: str, mode: Mode, *, memory: bool) -> tuple[Became, Became]:
    """What became of a message, and what should have."""
    play = over_a_route if provider in routes.PROVIDERS else in_a_chat
    return play(provider, mode, memory=memory)


@pytest.mark.parametrize(("provider", "mode"), CASES)
def test_each_mode_does_what_its_table_says_whoever_carries_the_channel(provider: str, mode: Mode) -> None:
    became, should = played(provider, mode, memory=True)
    assert became == should


# Each mode and each provider once, as there are more providers than modes or as many.
@pytest.mark.parametrize(("provider", "mode"), list(zip(registry.FILES, cycle(Mode), strict=False)))
def test_so_it_does_on_moto(provider: str, mode: Mode) -> None:
    became, should = played(provider, mode, memory=False)
    assert became == should
