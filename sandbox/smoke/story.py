"""Two orders that a deployed stack is given, and what must become of them."""

import time
from datetime import UTC, datetime
from typing import Any

from aftercart.domain.catalogue import Item
from aftercart.domain.consent import Channel
from aftercart.texts.compiled import load_catalogue
from sandbox.fakes import Mode
from sandbox.shop import Person, order, webhook
from sandbox.smoke.providers import Providers
from sandbox.smoke.stack import WORK, SmokeFailed, Stand

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
PATIENCE = 180  # seconds: each first invocation of a function is a cold start, on a machine that may be busy


def deliver_on_the_first_channel(stand: Stand, played: Providers) -> str:
    """An order whose confirmation is delivered on WhatsApp ends its execution on the first rung."""
    place_order(played, OLENA, 5001)
    return confirmed(stand, played, OLENA, Channel.WHATSAPP, states=1)


def fall_back_to_sms(stand: Stand, played: Providers) -> str:
    """An order whose confirmation fails on WhatsApp and on Viber goes out as SMS, on the third rung."""
    played.set_mode(Channel.WHATSAPP, Mode.REJECT)
    played.set_mode(Channel.VIBER, Mode.REJECT)
    place_order(played, TARAS, 5002)
    return confirmed(stand, played, TARAS, Channel.SMS, states=3)


def place_order(played: Providers, person: Person, number: int) -> None:
    now = datetime.now(UTC)
    path, headers, body = webhook("orders/create", order(person, number, now, [a_phone()]), now)
    status = played.post(path, headers, body)
    if status != 200:
        raise SmokeFailed(f"the deployed API answered {status} to an order")


def a_phone() -> Item:
    catalogue = load_catalogue(WORK / "build" / "SharedLayer" / "python" / "aftercart" / "compiled")
    return next(item for item in catalogue.items if item.category == "phone")


def confirmed(stand: Stand, played: Providers, person: Person, channel: Channel, states: int) -> str:
    """Wait until all executions have succeeded; the newest showed one message and entered so many states."""
    machine = StateMachine(stand)
    machine.wait_until_all_succeeded()
    entered = machine.states_of_the_newest()
    shown = [message.channel for message in played.shown(person.phone)]
    if shown != [channel] or len(entered) != states:
        raise SmokeFailed(f"expected {channel} after {states} states, found {shown} after {entered}")
    return f"an order is confirmed on {channel}; its execution succeeded after {', '.join(entered)}"


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
