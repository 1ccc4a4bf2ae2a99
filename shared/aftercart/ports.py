"""What the flows need from outside. Two worlds implement it: AWS, and memory for rehearsals."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from aftercart.domain.brand import Brand
from aftercart.domain.campaign import Campaign
from aftercart.domain.catalogue import Catalogue
from aftercart.domain.circuit import Circuit
from aftercart.domain.consent import Channel, Consent, Purpose
from aftercart.domain.content import Content
from aftercart.domain.customer import Customer
from aftercart.domain.journey import Enrolment, Journey
from aftercart.domain.message import Message, Outcome, Receipt, Variant
from aftercart.domain.order import Order
from aftercart.domain.pace import Pace
from aftercart.domain.template import Standing
from aftercart.domain.timings import Timings

T = TypeVar("T")
EVERY = "*"


class Conflict(Exception):
    """Something that was read has changed since. Read again and decide again."""


class Unreadable(Exception):
    """An authentic body that we cannot read: its caller parks it. The reason carries nothing of the body."""


class Transient(Exception):
    """It may work in a moment: the caller answers so that it is tried again."""


class Refused(Exception):
    """Nothing was sent: the connection was refused before a byte."""


class TextMissing(Exception):
    """A journey names a text that no language file has."""


class TextTooLong(TextMissing):
    """Its channel does not take so much, however short its titles are. Says how long it is, not what."""


class MaybeSent(Exception):
    """The call may have had its effect: timeout, reset, no answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressBook:
    """Whose an address is, and what was said from it. Stored under the address's keyed hash."""

    customers: tuple[str, ...] = ()  # newest last
    since: Mapping[str, datetime] = field(default_factory=dict)  # by customer: their newest order with it
    consents: tuple[tuple[Channel, Consent], ...] = ()  # explicit ones: they meet every later owner


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One line of the consent ledger: append-only."""

    customer: str
    channel: Channel
    consent: Consent


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """A reply that was taken: replies have no lattice of their own. Its text is kept for a human."""

    customer: str
    channel: Channel
    at: datetime
    meaning: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HumanTask:
    """News that mattered and did not reach the customer: a person tells them. Ids and codes only.

    `reason`: the message's end; `tried`: each attempt with its own, "1 whatsapp: not_on_whatsapp".
    """

    message: str
    journey: str
    step: str
    order: str = ""
    shipment: str = ""
    reason: str
    at: datetime
    tried: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """Authentic, and we cannot read it: kept thirty days. Once whom it names is erased, without its body."""

    source: str
    reason: str
    at: datetime
    body: str


def is_provider(what: str) -> bool:
    """Of what can be told to wait: "sms/aws" is one, a journey and EVERY are none."""
    return "/" in what


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """What is told to wait: a journey, EVERY for all, or a provider ("sms/aws") -> since when.

    `circuits`: of the providers that were not well when last called. `templates`: what providers have said of
    them, by `domain.template.key`.
    """

    since: Mapping[str, datetime] = field(default_factory=dict)
    circuits: Mapping[str, Circuit] = field(default_factory=dict)
    templates: Mapping[str, Standing] = field(default_factory=dict)

    def of(self, what: str) -> datetime | None:
        """Since when it waits, a journey also with all of them. None: it does not."""
        names = (what,) if is_provider(what) else (what, EVERY)
        return min((at for name, at in self.since.items() if name in names), default=None)


@dataclass(frozen=True, slots=True)
class Ref(Generic[T]):
    """Names one stored thing: what kind, and which. Make one with the functions below."""

    kind: type[T]
    id: str


def customer(identifier: str) -> Ref[Customer]:
    return Ref(Customer, identifier)


def order(shop: str, identifier: str) -> Ref[Order]:
    return Ref(Order, f"{shop}/{identifier}")


def enrolment(identifier: str) -> Ref[Enrolment]:
    return Ref(Enrolment, identifier)


def message(identifier: str) -> Ref[Message]:
    return Ref(Message, identifier)


def address(keyed_hash: str) -> Ref[AddressBook]:
    return Ref(AddressBook, keyed_hash)


def ledger(customer_id: str, entry: str) -> Ref[LedgerEntry]:
    return Ref(LedgerEntry, f"{customer_id}/{entry}")


def inbox(customer_id: str, event: str) -> Ref[Inbox]:
    return Ref(Inbox, f"{customer_id}/{event}")


def human_task(message_id: str) -> Ref[HumanTask]:
    return Ref(HumanTask, message_id)


def parked(identifier: str) -> Ref[Parked]:
    return Ref(Parked, identifier)


def pause(shop: str) -> Ref[Pause]:
    return Ref(Pause, shop)


def timings(shop: str, times: str) -> Ref[Timings]:
    """`times`: as of Brand.times."""
    return Ref(Timings, f"{shop}/{times}")


def campaign(shop: str, journey: str) -> Ref[Campaign]:
    return Ref(Campaign, f"{shop}/{journey}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored(Generic[T]):
    """A value with its revision, and when somebody should look after it."""

    value: T
    revision: int
    todo_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was read, each with its revision. What is absent was not there."""

    records: Mapping[Ref[Any], Stored[Any]] = field(default_factory=dict)

    def get(self, ref: Ref[T]) -> T | None:
        stored = self.records.get(ref)
        return stored.value if stored else None

    def revision(self, ref: Ref[Any]) -> int:
        """0: was not there."""
        stored = self.records.get(ref)
        return stored.revision if stored else 0

    def todo_at(self, ref: Ref[Any]) -> datetime | None:
        stored = self.records.get(ref)
        return stored.todo_at if stored else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SomeCustomers:
    """A part of all customers, tombstones too.

    `cursor`: where the next part begins; '' after the last. `unread`: why some could not be read, each with
    what its read would raise.
    """

    snapshot: Snapshot
    cursor: str
    unread: Sequence[Exception] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Put(Generic[T]):
    """Write, provided that it is as it was read (or absent, where it was not read).

    `todo_at`: when the sweeper should look whether what follows has happened. `blind`: whatever is there.
    """

    ref: Ref[T]
    value: T
    todo_at: datetime | None = None
    expires_at: datetime | None = None
    blind: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Check(Generic[T]):
    """Insist that it is as it was read."""

    ref: Ref[T]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete(Generic[T]):
    """`blind`: whatever is there, and also what a later version wrote."""

    ref: Ref[T]
    blind: bool = False


Change = Put[Any] | Check[Any] | Delete[Any]


class Store(Protocol):
    def read(self, *refs: Ref[Any]) -> Snapshot:
        """Strongly consistent; at most 100. What is absent is absent from the snapshot."""
        ...

    def commit(self, snapshot: Snapshot, changes: Sequence[Change]) -> Snapshot:
        """All or nothing; what is there afterwards. Conflict: a thing changed since it was read."""
        ...

    def take_receipt(self, receipt: Receipt) -> tuple[Message, bool] | None:
        """Join a receipt in one call: the message with it, and whether it was news. None: no such attempt."""
        ...

    def owe(self, ref: Ref[Any], snapshot: Snapshot, at: datetime | None) -> None:
        """Move a todo after its effect; nothing happens where the item changed since it was read."""
        ...

    def of_customer(self, customer_id: str) -> list[Ref[Any]]:
        """All that lies in one customer's partition: themselves, enrolments, messages, ledger, inbox."""
        ...

    def some_customers(self, cursor: str, most: int) -> SomeCustomers:
        """Those among the next `most` things that are stored, from `cursor` on ('': the beginning).

        Whoever is stored all the while comes once at least, as they were a moment ago: a commit on them tells
        whether they still are.
        """
        ...

    def all_parked(self) -> Iterator[Snapshot]:
        """Every parked body, some at a time, those too whose time is over and that still lie there."""
        ...

    def take_turn(self, provider: str, pace: Pace, now: datetime) -> datetime | None:
        """Takes the time of one call of a provider ("sms/aws"). None: it may be made.

        Otherwise nothing is taken: when the next one may.
        """
        ...

    def overdue(self, now: datetime, most: int) -> list[Ref[Any]]:
        """Things whose todo time has passed, oldest first."""
        ...


class Schedules(Protocol):
    def arm(self, name: str, at: datetime, payload: Mapping[str, Any]) -> None:
        """A one-time schedule. One of that name already there means armed."""
        ...


class Workflow(Protocol):
    def start(self, message: Message) -> None:
        """Execution `<message id>-<run>`; one of that name already there means started."""
        ...

    def succeed(self, token: str) -> None:
        """A token that is timed out, closed or unknown means done."""
        ...

    def not_delivered(self, token: str) -> None:
        """Lets the next rung begin. A token that is timed out, closed or unknown means done."""
        ...


class Humans(Protocol):
    def needed(self, task: HumanTask) -> None:
        """Tells that a person is needed; the same task may be told twice."""
        ...


class DeadLetters(Protocol):
    def drop(self, concern: Callable[[bytes], bool]) -> int:
        """Deletes those that concern somebody, the rest stays; how many. Transient: not all were seen."""
        ...


class Secrets(Protocol):
    def get(self, name: str) -> tuple[bytes, ...]:
        """The current and, while rotating, the previous value. Transient when none is at hand."""
        ...

    def refresh(self) -> bool:
        """Ask again after a mismatch, at most once a minute; True when something changed."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """What a provider gets. `window_open`: the customer wrote there within Meta's 24 hours."""

    to: str
    content: Content
    reference: str
    purpose: Purpose
    country: str
    valid_for: int  # seconds: later than this it should not be shown
    page: str = ""  # the link to the customer's page
    window_open: bool = False
    sender: str = ""  # the name or number to show in this country; '' leaves it to the provider's own setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What became of the call.

    `advice`: "plain" (barred as marketing), "opted_out", "bad_address", "alarm", "later" (the provider could
    not take it, whoever it is for), "rehearsed" (nothing was sent, and no receipt will come), or nothing.
    """

    outcome: Outcome
    provider_id: str = ""
    reason: str = ""
    advice: str = ""
    cost: str = ""


class Provider(Protocol):
    """One who carries messages of one channel."""

    channel: Channel
    name: str

    def takes(self, address: str) -> bool:
        """Whether it reaches an address of this kind."""
        ...

    def send(self, outgoing: Outgoing) -> Sent:
        """Exactly one call, no retry of any kind around it. Never raises."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a customer wrote or pressed. `id` and `at` are the provider's."""

    id: str
    channel: Channel
    sender: str  # the address it came from: E.164 or the channel's user id
    text: str
    at: datetime
    button: str = ""
    answers: str = ""  # what it answers: our attempt id, or the provider's id of that message
    stop_marketing: bool | None = None  # the platform's own switch: True stopped, False resumed
    ref: str = ""  # what the link to the chat carried by which they came (`links.chat_url`)


class Http(Protocol):
    def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, timeout: float
    ) -> tuple[int, bytes]:
        """One request, no retry, no redirect. Refused or MaybeSent where there is no answer."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """A message on its way to one channel, with all that its text may name. `link`: of the customer page."""

    message: Message
    variant: Variant
    channel: Channel
    customer: Customer
    order: Order | None
    link: str
    can_answer: bool  # False: a one-way leg; its text carries the link, never "reply 1"


class Texts(Protocol):
    def render(self, telling: Telling) -> Content:
        """What the channel shows, in the customer's language.

        TextMissing where there is no such text, TextTooLong where it would not be taken.
        """
        ...


class Clock(Protocol):
    def now(self) -> datetime:
        """Aware, UTC."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything outside, chosen once in `wiring`."""

    clock: Clock
    store: Store
    schedules: Schedules
    workflow: Workflow
    secrets: Secrets
    brand: Brand
    journeys: Mapping[str, Journey]
    catalogue: Catalogue
    link_base: str
    shop: str
    dead_letters: DeadLetters | None = None
    humans: Humans | None = None
    texts: Texts | None = None
    providers: Sequence[Provider] = ()
    chats: Sequence[tuple[Channel, str]] = ()  # links to where a customer can write to us first

    def carrying(self, channel: Channel, country: str, address: str) -> tuple[Provider, ...]:
        """Who carries a channel to this address there, in brand.yaml's order."""
        able = [each for each in self.providers if each.channel is channel and each.takes(address)]
        wanted = self.brand.carrying(channel, country) or tuple(each.name for each in able)
        return tuple(each for name in wanted for each in able if each.name == name)

    def enrolling(self, event: str) -> Iterable[Journey]:
        return (journey for journey in self.journeys.values() if journey.starts == event)
