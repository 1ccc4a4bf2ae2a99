"""What an invocation is asked to do, by whom, and what they do when it fails."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from aftercart.domain.message import Receipt
from aftercart.flows.deferral import on_message_due
from aftercart.flows.delivery_tracking import on_shipment
from aftercart.flows.erase import on_erase
from aftercart.flows.lifecycle_reminders import on_step_due, sweep
from aftercart.flows.order_confirmation import on_order
from aftercart.flows.pages import act
from aftercart.flows.receipts import on_receipt
from aftercart.flows.replies import on_reply
from aftercart.flows.rung import Task
from aftercart.flows.send_message import on_rung
from aftercart.flows.subscriptions import on_subscription
from aftercart.ports import World
from sandbox.cloud.functions import PAUSES

FLOWS: Mapping[str, Callable[..., object]] = {
    "device": lambda asked, order, world: on_subscription(asked, world, order=order),
    "erase": on_erase,
    "message": on_message_due,
    "order": on_order,
    "page": act,
    "parcel": on_shipment,
    "receipt": on_receipt,
    "reply": on_reply,
    "rung": on_rung,
    "step": on_step_due,
    "sweep": sweep,
}
# template.yaml: how long an invocation of each function may take; a test holds them together.
LONGEST = {
    **dict.fromkeys(("order", "parcel", "receipt", "reply", "page", "device"), timedelta(seconds=10)),
    **dict.fromkeys(("step", "message", "sweep", "erase"), timedelta(seconds=60)),
    "rung": timedelta(seconds=30),
}
SENDERS = ("order", "parcel", "receipt", "reply", "page", "device")  # who posts again what was not taken
POSTED_AGAIN = timedelta(seconds=5)
POSTS = 8


@dataclass(frozen=True, slots=True)
class Errand:
    """`flow` with its arguments before the world; `tried`: how often it was begun before.

    `answers`: what it must answer, where that is known beforehand.
    """

    flow: str
    arguments: tuple[Any, ...] = ()
    tried: int = 0
    answers: str = ""

    @property
    def name(self) -> str:
        return f"{self.flow}{'+' * self.tried}"

    def work(self, world: World) -> object:
        return FLOWS[self.flow](*self.arguments, world)

    def again(self) -> "tuple[timedelta, Errand] | None":
        """After how long whoever asked asks once more. None: they do not."""
        next_one = replace(self, tried=self.tried + 1)
        if self.flow in SENDERS:
            return (POSTED_AGAIN * next_one.tried, next_one) if next_one.tried < POSTS else None
        if self.flow == "sweep" or self.tried >= len(PAUSES):
            return None
        return PAUSES[self.tried], next_one


def errand_of(due: object) -> Errand | None:
    """What falls due and is an invocation."""
    if isinstance(due, Task):
        return Errand("rung", (due,))
    if isinstance(due, Receipt):
        return Errand("receipt", (due,))
    return due if isinstance(due, Errand) else None


def scheduled(payload: Mapping[str, Any]) -> Errand:
    """What a schedule asks for."""
    subject = payload.get("enrolment") or payload["message"]
    return Errand(payload["kind"], (subject, payload["arm"]))
