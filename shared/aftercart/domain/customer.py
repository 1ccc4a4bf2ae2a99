"""A customer: a person known by our own id, the addresses that reach them, and what they agreed to."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from aftercart.domain.consent import Channel, Consent, Purpose, fold

HISTORY = 200  # purchases remembered; more say nothing new about a rhythm


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a customer can be reached on one channel, since when, and what was agreed for it."""

    channel: Channel
    value: str  # E.164 phone, e-mail, user id …
    at: datetime  # of the order that brought it: the newest order's address holds
    said: Mapping[Purpose, Consent] = field(default_factory=dict)  # the customer's own word
    recorded: Mapping[Purpose, Consent] = field(default_factory=dict)  # what the shop's records say

    def consent(self, purpose: Purpose) -> Consent | None:
        """What counts: their own word. A shop's record may end what they allowed, never what they refused."""
        said, recorded = self.said.get(purpose), self.recorded.get(purpose)
        if said is None or recorded is None:
            return said or recorded
        withdrawn = said.granted and not recorded.granted and recorded.at > said.at
        return recorded if withdrawn else said

    def granted(self, purpose: Purpose) -> bool:
        consent = self.consent(purpose)
        return consent is not None and consent.granted

    def refused(self, purpose: Purpose) -> bool:
        consent = self.consent(purpose)
        return consent is not None and not consent.granted

    def with_consent(self, news: Consent) -> "Address":
        """Each kind folds by itself, so that the order in which they come does not matter."""
        if news.explicit:
            return replace(self, said={**self.said, news.purpose: fold(self.said.get(news.purpose), news)})
        known = self.recorded.get(news.purpose)
        return replace(self, recorded={**self.recorded, news.purpose: fold(known, news)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """Something they own or owned: what is asked for a rhythm and for 'owned already'."""

    order: str
    line: str
    sku: str
    category: str
    at: datetime
    returned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A message that a short answer ('1', '4') may belong to, until when."""

    kind: str  # "offer" or "rating"
    message: str
    enrolment: str
    at: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCount:
    """Messages first claimed on one local date."""

    day: date
    messages: int = 0
    marketing: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    id: str
    first_name: str = ""
    language: str = ""  # their choice or their newest order's; empty: the brand's default for the country
    country: str = ""
    zones: tuple[str, ...] = ()  # plausible IANA zones; more than one: unknown among these
    seen_at: datetime | None = None  # of the newest order that told us the above
    addresses: Mapping[Channel, Address] = field(default_factory=dict)
    purchases: tuple[Purchase, ...] = ()
    orders: tuple[str, ...] = ()  # the shop's order ids, for erasure and `why`
    asked: tuple[Asked, ...] = ()
    written_at: Mapping[Channel, datetime] = field(default_factory=dict)  # when they last wrote to us
    preferred: Channel | None = None  # where they last answered
    today: DayCount | None = None
    helped_on: date | None = None  # the line of help goes out once a local day
    known_by: tuple[str, ...] = ()  # keyed hashes of every address they ever had: what leads to them
    erased: bool = False
    erased_at: datetime | None = None
    life: int = 0

    def address(self, channel: Channel) -> Address | None:
        return self.addresses.get(channel)

    def with_consent(self, channel: Channel, news: Consent) -> "Customer":
        """Unchanged where the channel has no address."""
        address = self.addresses.get(channel)
        if address is None:
            return self
        return replace(self, addresses={**self.addresses, channel: address.with_consent(news)})

    def count(self, day: date) -> DayCount:
        return self.today if self.today and self.today.day == day else DayCount(day=day)


def stopped(customer: Customer, channel: Channel, at: datetime, source: str) -> Customer:
    """STOP: no marketing on any channel, nothing at all on the one it came on."""
    for each in customer.addresses:
        customer = customer.with_consent(
            each, Consent(purpose=Purpose.MARKETING, granted=False, at=at, source=source, explicit=True)
        )
    return customer.with_consent(
        channel, Consent(purpose=Purpose.TRANSACTIONAL, granted=False, at=at, source=source, explicit=True)
    )


def started(customer: Customer, channel: Channel, at: datetime, source: str) -> Customer:
    """START: everything again on the channel it came on, and only there."""
    for purpose in Purpose:
        consent = Consent(purpose=purpose, granted=True, at=at, source=source, explicit=True)
        customer = customer.with_consent(channel, consent)
    return customer
