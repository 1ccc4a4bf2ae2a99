"""What the kit has to be told of a provider, and nothing more: `samples/<its file>.py`, one SAMPLE each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from aftercart.channels.entry import Received
from aftercart.domain.message import Outcome, ReceiptStatus
from aftercart.ports import Outgoing
from tests.aftercart.channels.wire import Answer

AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
PHONE = "+380671234567"

Item = Any  # one receipt or reply, as the provider writes it


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message, and the request that it makes. `headers`: those that matter."""

    outgoing: Outgoing
    url: str
    body: Any  # of a JSON request what it holds, of a form its fields
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "POST"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An answer of the provider, and what it means. `reason`: our word for it; '' leaves that open."""

    answer: Answer
    outcome: Outcome = Outcome.REJECTED
    advice: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A receipt of standins.REFERENCE at AT, and what it means. `reason`: as of a row."""

    item: Item
    status: ReceiptStatus
    advice: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A reply at AT, and what we should hear."""

    item: Item
    text: str = ""
    button: str = ""
    answers: str = ""
    sender: str = PHONE


def in_its_headers(received: Received, proof: str) -> Received:
    """With these words for the proof that it is signed with."""
    return replace(received, headers=dict.fromkeys(received.headers, proof))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """`messages`: of each thing that the entry `shows` one, the first a text alone. `accepted`: the answer to
    one that is taken, under `provider_id`. `too_long`: to one over `longest`; None: we refuse it ourselves.
    `reaches`, `does_not_reach`: addresses. `opened`: what its recipient makes of a request's body, where that
    is encrypted for them.

    The rest is of those who call us. `wrap` makes a body of items, of several where the provider `batches`;
    `sign` adds what proves its sender, over the body, under a key; `proving`: other words there; `vectors`:
    what the vendor signed, with its key. `foreign`: a receipt of somebody else's message. `replies`, by kind:
    "text", "button", "list", "image", and "unsupported" for one that has no shape of ours.
    """

    settings: Mapping[str, str]
    secrets: Mapping[str, bytes]
    messages: Sequence[Message]
    accepted: Answer
    provider_id: str
    outcomes: Sequence[Row]
    too_long: Answer | None
    opened: Callable[[bytes], Any] | None = None
    wrap: Callable[[Sequence[Item]], Received] | None = None
    batches: bool = False
    receipts: Sequence[Told] = ()
    unknown_status: Item = None
    foreign: Item = None
    replies: Mapping[str, Heard] = field(default_factory=dict)
    sign: Callable[[Received, bytes], Received] | None = None
    proving: Callable[[Received, str], Received] = in_its_headers
    vectors: Sequence[tuple[Received, bytes]] = ()
    reaches: Sequence[str] = (PHONE,)
    does_not_reach: Sequence[str] = ()
