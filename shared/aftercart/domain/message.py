"""One thing to tell a customer, and every try of it. A message's state is derived, never stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import IntEnum, StrEnum

from aftercart.domain import ids
from aftercart.domain.brand import Success
from aftercart.domain.consent import Channel, Purpose
from aftercart.domain.decision import Decision, Logged, logged
from aftercart.domain.offer import Offer
from aftercart.domain.stops import Stop

LOG = 30  # entries of a message's own log that are kept


class Urgency(StrEnum):
    NOW = "now"
    BY_MORNING = "by_morning"  # a 03:40 locker scan wakes nobody


class Outcome(StrEnum):
    """Of an attempt's call. CLAIMED: not known yet, because the call is under way or its caller died."""

    CLAIMED = "claimed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"  # proved: nothing was sent
    UNKNOWN = "unknown"  # timeout, 5xx, crash: perhaps sent


class ReceiptStatus(IntEnum):
    """A lattice: receipts are joined by max, so their order and number do not matter."""

    SENT = 1
    FAILED = 2  # terminal unless the message was shown after all
    DELIVERED = 3
    READ = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a provider says later of one attempt. `reference` is our attempt id."""

    reference: str
    status: ReceiptStatus
    at: datetime
    reason: str = ""
    advice: str = ""  # as of a call's outcome: "plain", "opted_out", "bad_address", "alarm", "later"
    category: str = ""  # what it was charged as: "marketing", "utility", "service" …; '' where nobody said


class Variant(StrEnum):
    PLAIN = "plain"
    OFFER = "offer"  # with the detachable offer: claims marketing too


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try over one channel. After `deadline` the route may go on."""

    ordinal: int
    channel: Channel
    variant: Variant
    run: int
    rung: int
    claimed_at: datetime
    deadline: datetime
    token: str = ""
    outcome: Outcome = Outcome.CLAIMED
    reason: str = ""
    advice: str = ""
    provider: str = ""
    provider_id: str = ""
    times: str = ""  # under which name its receipt's time counts, as of Brand.times
    read_known: bool = False  # when it was claimed, that this customer reads there was known
    last: bool = False  # no channel was left after this one when it was claimed, or none since
    cost: str = ""
    success: Success = Success.DELIVERED
    sells: bool = False  # its provider counts the template as marketing, whatever the message is
    receipt: Receipt | None = None
    counts_on: date | None = None  # the local date whose cap it takes a place of

    @property
    def shown(self) -> bool:
        return self.receipt is not None and self.receipt.status >= ReceiptStatus.DELIVERED

    @property
    def enough(self) -> bool:
        """Shown, and read where that is asked for: nothing more is tried."""
        least = ReceiptStatus.READ if self.success is Success.READ else ReceiptStatus.DELIVERED
        return self.receipt is not None and self.receipt.status >= least

    @property
    def ends(self) -> bool:
        """Once its provider takes it nothing is waited for: no channel is left, or none is wanted."""
        return self.last or self.success is Success.ACCEPTED

    @property
    def failed(self) -> bool:
        """Proved: the customer did not get it."""
        by_receipt = self.receipt is not None and self.receipt.status == ReceiptStatus.FAILED
        return not self.shown and (by_receipt or self.outcome is Outcome.REJECTED)

    @property
    def live(self) -> bool:
        return not self.failed

    @property
    def taken(self) -> bool:
        """Its provider took it: it said so at once, or by any receipt after a call that ended unknown."""
        return self.live and (self.outcome is Outcome.ACCEPTED or self.receipt is not None)

    @property
    def put_off(self) -> bool:
        """Its provider could not take it then, whoever it is for: the channel is not used up."""
        return self.outcome is Outcome.REJECTED and self.advice == "later" and not self.shown

    @property
    def barred_as_marketing(self) -> bool:
        """Refused for its offer alone: the plain twin may go at once, over the same channel."""
        advice = self.receipt.advice if self.receipt else self.advice
        return self.failed and advice == "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """Why nothing further is tried: a final state and its reason."""

    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the customer answered to this message. The first answer stands."""

    kind: str  # "accepted" (the offer), "rating" or "choice"
    value: str
    at: datetime
    via: str  # the channel, or "page"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    id: str
    journey: str
    step: str
    text: str  # which text of the journey
    enrolment: str = ""  # empty: caused by an event, such as a reply
    generation: int = 1
    order: str = ""
    line: str = ""
    shipment: str = ""
    sku: str = ""  # the product it is about
    category: str = ""
    stops: tuple[Stop, ...] = ()
    purpose: Purpose = Purpose.TRANSACTIONAL
    urgency: Urgency = Urgency.NOW
    route: str = "news"
    only: Channel | None = None  # an answer goes back where the question came from
    offer: Offer | None = None
    asks: str = ""  # "rating", "choice"
    options: tuple[str, ...] = ()  # of a choice
    created_at: datetime
    not_after: datetime
    receipt_within: timedelta | None = None  # waited for on each channel; None: as the route says
    waits: tuple[int, ...] = ()  # seconds, five of them
    learns: tuple[str, ...] = ()  # from which receipt times each rung's wait is learned, as of Brand.times
    run: int = 1
    arm: int = 0
    due_at: datetime | None = None  # deferred until
    attempts: tuple[Attempt, ...] = ()
    closed: Closed | None = None
    answer: Answer | None = None
    log: tuple[Logged, ...] = ()
    matters: bool = False  # where it cannot be said a person is told
    values: Mapping[str, str] = field(default_factory=dict)  # for the texts; no personal data

    @property
    def customer(self) -> str:
        return ids.customer_of(self.id)

    @property
    def shown(self) -> bool:
        return any(attempt.shown for attempt in self.attempts)

    def sells(self, variant: Variant) -> bool:
        """Said so, it is marketing: by its purpose, or for the offer that it carries."""
        return self.purpose is Purpose.MARKETING or variant is Variant.OFFER

    def sold(self, attempt: Attempt) -> bool:
        """It was claimed as marketing."""
        return attempt.sells or self.sells(attempt.variant)

    @property
    def failed_after_all(self) -> bool:
        """That a provider took it was enough; it has failed since, and legs are left: it goes on."""
        newest = self.attempts[-1] if self.attempts else None
        ended = self.closed is not None and self.closed.reason == "sent"
        return ended and newest is not None and newest.failed and newest.ends and not newest.last

    @property
    def final(self) -> str:
        """The final state's reason, or '' while something may still follow."""
        if any(attempt.enough for attempt in self.attempts) or (self.closed and self.shown):
            return "delivered"
        if self.closed is None or self.failed_after_all:
            return ""
        if self.closed.reason not in ("sent", "unknown") or not self.attempts:
            return self.closed.reason
        live = [attempt for attempt in self.attempts if attempt.live]
        if not live:
            return "exhausted"  # a later receipt said so after all
        # Also where what was sent has failed since: then an earlier attempt is all that is left to hope for.
        return self.closed.reason if live[-1].taken else "unknown"

    def noting(self, decision: Decision, at: datetime) -> "Message":
        """With the decision at the end of its log."""
        return replace(self, log=(*self.log, logged(decision, self.step, at))[-LOG:])

    def reference(self, attempt: Attempt) -> str:
        return ids.attempt_id(self.id, attempt.ordinal)
