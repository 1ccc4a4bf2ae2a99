"""What a deployed stack is told, and what must become of it."""

import html
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from aftercart.aws.items import RATE, Item, decode
from aftercart.domain.catalogue import Catalogue
from aftercart.domain.consent import Channel
from sandbox.control.records import plain_item
from sandbox.fakes import Mode
from sandbox.fakes.browser import Browser
from sandbox.shop import SUBSCRIPTIONS, Person, order, subscription, webhook
from sandbox.smoke.providers import Providers
from sandbox.smoke.stack import SmokeFailed, Stand

OLENA = Person(
    id=7_350_011_000_001,
    first_name="Олена",
    last_name="Шевченко",
    phone="+380671234501",
    email="olena@shevchenko.example",
)
TARAS = Person(
    id=7_350_011_000_002,
    first_name="Тарас",
    last_name="Мельник",
    phone="+380671234502",
    email="taras@melnyk.example",
)
LENA = Person(  # where news goes by push first
    id=7_350_011_000_003,
    first_name="Lena",
    last_name="Vogt",
    phone="+4915112345503",
    email="lena@vogt.example",
    locale="de-DE",
    country="DE",
    province="BE",
    city="Berlin",
)
CHROME = Browser.of("Lena")
CHAT = re.compile(r'https://m\.me/[^"]+')
PATIENCE = 180  # seconds: each first invocation of a function is a cold start, on a machine that may be busy


class Story:
    """Its chapters go one after the other, and each tells what it has shown."""

    def __init__(self, stand: Stand, played: Providers, catalogue: Catalogue) -> None:
        self.machine = StateMachine(stand)
        self._stand, self._played = stand, played
        self._phone = next(item for item in catalogue.items if item.category == "phone")
        self._number = 5000

    @property
    def chapters(self) -> tuple[Callable[[], str], ...]:
        return (
            self.deliver_on_the_first_channel,
            self.fall_back_to_sms,
            self.push_to_a_browser,
            self.answer_in_a_chat,
            self.heed_a_stop,
            self.erase,
        )

    def deliver_on_the_first_channel(self) -> str:
        """A confirmation that is delivered on WhatsApp ends its execution on the first rung."""
        self._orders(OLENA)
        return f"an order is confirmed {self._shown(OLENA.phone, Channel.WHATSAPP)}"

    def fall_back_to_sms(self) -> str:
        """One that fails on WhatsApp and on Viber goes out as SMS, on the third rung."""
        self._fares(Mode.REJECT, Channel.WHATSAPP, Channel.VIBER)
        self._orders(TARAS)
        shown = self._shown(TARAS.phone, Channel.SMS, states=3)
        self._fares(Mode.OK, Channel.WHATSAPP, Channel.VIBER)
        return f"an order is confirmed {shown}"

    def push_to_a_browser(self) -> str:
        """Whoever subscribed on an order's page is told there; the worker's receipt ends the execution."""
        first = self._orders(LENA)
        self._shown(LENA.phone, Channel.WHATSAPP)
        headers, body = subscription(first, CHROME.subscription(), datetime.now(UTC))
        status, _ = self._played.request("POST", SUBSCRIPTIONS, headers, body)
        if status != 201:
            raise SmokeFailed(f"the deployed API answered {status} to a subscription")
        self._orders(LENA)
        return f"the next order of who subscribed is confirmed {self._shown(CHROME.address, Channel.PUSH)}"

    def answer_in_a_chat(self) -> str:
        """A customer comes to Messenger by the link of their page, and is answered what they ask there."""
        user = self._played.come(self._chat())
        self._played.write(Channel.MESSENGER, user, "Коли приїде?")
        return f"a question is answered {self._shown(user, Channel.MESSENGER)}"

    def heed_a_stop(self) -> str:
        """Nothing more goes to the channel that a STOP came on; an order's news goes another way."""
        self._played.write(Channel.WHATSAPP, OLENA.phone, "СТОП")
        self._orders(OLENA)
        shown = self._shown(OLENA.phone, Channel.WHATSAPP, Channel.VIBER)
        return f"after a STOP on WhatsApp an order is confirmed {shown}"

    def erase(self) -> str:
        """Of whoever is erased nothing is left but a tombstone."""
        customer = self._played.shown(OLENA.phone)[0].reference.partition("-")[0]
        event = {"v": 1, "kind": "erase", "customer": customer}
        before = self._stored_of(OLENA)
        answer = self._stand.invoke("lifecycle_reminders", json.dumps(event).encode())
        left = self._stored_of(OLENA)
        if left or not before or answer != {"done": "erased"}:
            raise SmokeFailed(f"an erasure answered {answer}; of {before} it left {left}")
        return f"no item of the table names who was erased; before that {before} did"

    def _orders(self, person: Person) -> Mapping[str, Any]:
        self._number += 1
        now = datetime.now(UTC)
        placed = order(person, self._number, now, [self._phone])
        path, headers, body = webhook("orders/create", placed, now)
        status, _ = self._played.request("POST", path, headers, body)
        if status != 200:
            raise SmokeFailed(f"the deployed API answered {status} to an order")
        return placed

    def _fares(self, mode: Mode, *channels: Channel) -> None:
        for channel in channels:
            self._played.set_mode(channel, mode)

    def _chat(self) -> str:
        """The link to Messenger, on the page that her message leads to."""
        links = self._played.shown(OLENA.phone)[0].links
        path = next(urlsplit(link).path for link in links if "/m/" in link)
        status, page = self._played.request("GET", path, {"Accept": "text/html"})
        link = CHAT.search(page)
        if link is None:
            raise SmokeFailed(f"the page of a message answered {status}, with no link to a chat")
        return html.unescape(link[0])

    def _shown(self, address: str, *channels: Channel, states: int = 1) -> str:
        """Wait until all executions have succeeded: what is shown there came on these channels, in this order
        (and no more), and the newest execution has entered so many states."""
        self.machine.wait_until_all_succeeded()
        entered = self.machine.states_of_the_newest()
        shown = [message.channel for message in self._played.shown(address)]
        if shown != [*channels] or len(entered) != states:
            raise SmokeFailed(f"expected {channels} after {states} states, found {shown} after {entered}")
        return f"on {channels[-1]}; its execution succeeded after {', '.join(entered)}"

    def _stored_of(self, person: Person) -> int:
        """How many items name somebody, unpacked."""
        stored = [repr(decode(item)) for item in self._items() if item["sk"] != RATE]
        return sum(any(each in item for each in (person.phone, person.email)) for item in stored)

    def _items(self) -> Iterator[Item]:
        client = self._stand.client("dynamodb")
        (table,) = client.list_tables()["TableNames"]
        pages = client.get_paginator("scan").paginate(TableName=table)
        return (plain_item(item) for page in pages for item in page["Items"])


class StateMachine:
    """The deployed state machine, watched."""

    def __init__(self, stand: Stand) -> None:
        self._stand = stand
        self._client = stand.client("stepfunctions")
        (machine,) = self._client.list_state_machines()["stateMachines"]
        self._arn = machine["stateMachineArn"]

    def wait_until_all_succeeded(self) -> None:
        until = time.monotonic() + PATIENCE
        while (ended := {each["status"] for each in self._executions()}) != {"SUCCEEDED"}:
            if ended - {"RUNNING", "SUCCEEDED"} or time.monotonic() > until:
                raise SmokeFailed(f"executions ended {sorted(ended)}: see {self._stand.log}")
            time.sleep(0.5)

    def states_of_the_newest(self) -> list[str]:
        newest = max(self._executions(), key=lambda each: each["startDate"])
        history = self._client.get_execution_history(executionArn=newest["executionArn"], maxResults=1000)
        entered = [each for each in history["events"] if each["type"] == "TaskStateEntered"]
        return [each["stateEnteredEventDetails"]["name"] for each in entered]

    def _executions(self) -> list[Any]:
        found: list[Any] = self._client.list_executions(stateMachineArn=self._arn)["executions"]
        return found
