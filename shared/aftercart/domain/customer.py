"""A customer: a person known by our own id, the addresses that reach them, and what they agreed to."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from aftercart.domain.consent import Channel, Consent, Purpose, fold
from aftercart.domain.turns import Contender, Turn
from aftercart.domain.wishes import Frequency, Wishes

WINDOW = timedelta(hours=24)  # Meta's: so long after the customer wrote it takes free-form text
A_MONTH = timedelta(days=30)
HISTORY = 200  # purchases remembered; more say nothing new about a rhythm
FORMER = 10  # addresses remembered that newer orders have replaced
Stamp = tuple[
    datetime, datetime
]  # when an order was placed, and of when the news of it is: the greater is newer


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a customer can be reached on one channel, since when, and what was agreed for it."""

    channel: Channel
    value: str  # E.164 phone, e-mail, user id …
    at: datetime  # of the order that brought it: the newest order's address holds
    told_at: datetime | None = None  # of the newest news of that order that brought it
    said: Mapping[Purpose, Consent] = field(default_factory=dict)  # the customer's own word
    recorded: Mapping[Purpose, Consent] = field(default_factory=dict)  # what the shop's records say
    bad_at: datetime | None = None  # when a message to it was sent of which the provider said: not reachable

    @property
    def bad(self) -> bool:
        """Nothing reaches it, until a newer order brings it again."""
        return self.bad_at is not None and self.bad_at >= self.at

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

    @property
    def stamp(self) -> "Stamp":
        return self.at, self.told_at or self.at

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

    kind: str  # "offer", "rating" or "choice"
    message: str
    enrolment: str
    at: datetime
    until: datetime
    options: tuple[str, ...] = ()  # of a choice, in the order of their numbers
    to: tuple[str, ...] = ()  # the addresses it was sent to; empty: an older version did not note them

    def was_sent_to(self, address: str) -> bool:
        return not self.to or address in self.to


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCount:
    """What was claimed on one local date."""

    day: date
    messages: int = 0  # that may have been shown: what has failed since gives its place to its message's next
    marketing: int = 0
    before: int = 0  # messages of the day that was counted before


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    id: str
    first_name: str = ""
    language: str = ""  # their choice or their newest order's; empty: the brand's default for the country
    country: str = ""
    zones: tuple[str, ...] = ()  # plausible IANA zones; more than one: unknown among these
    told: Mapping[str, Stamp] = field(default_factory=dict)  # of the newest news that told each of the above
    addresses: Mapping[Channel, Address] = field(default_factory=dict)
    former: tuple[
        Address, ...
    ] = ()  # replaced ones: should one come back, what was agreed for it holds again
    refused: tuple[tuple[Channel, Consent], ...] = ()  # their own refusals: they outlive a change of address
    purchases: tuple[Purchase, ...] = ()
    orders: tuple[str, ...] = ()  # the shop's order ids, for erasure and `why`
    asked: tuple[Asked, ...] = ()
    written_at: Mapping[Channel, datetime] = field(default_factory=dict)  # when they last wrote to us
    answered_at: Mapping[Channel, datetime] = field(default_factory=dict)  # when they last answered a message
    read_at: Mapping[Channel, datetime] = field(default_factory=dict)  # when the last that they read was sent
    today: DayCount | None = None
    turn: Turn | None = None  # the newest marketing that was claimed
    waiting: tuple[Contender, ...] = ()  # marketing that waits for its turn
    wishes: Wishes | None = None  # what they have chosen on their page
    helped_on: date | None = None  # the line of help goes out once a local day
    talks_until: datetime | None = None  # they wrote something for a person to read, who may be answering
    known_by: tuple[str, ...] = ()  # keyed hashes of every address they ever had: what leads to them
    erased: bool = False
    erased_at: datetime | None = None
    life: int = 0

    def address(self, channel: Channel) -> Address | None:
        return self.addresses.get(channel)

    def window_open(self, channel: Channel, now: datetime) -> bool:
        wrote = self.written_at.get(channel)
        return wrote is not None and now - wrote < WINDOW

    def is_known_to_read(self, channel: Channel, now: datetime) -> bool:
        """Within a month: to be told of it once more would say nothing new."""
        known = self.read_at.get(channel)
        return known is not None and now - known < A_MONTH

    def with_read(self, channel: Channel, sent_at: datetime) -> "Customer":
        """A message that was sent at that time has been read there. By max, so that any order will do."""
        newest = max(sent_at, self.read_at.get(channel, sent_at))
        return replace(self, read_at={**self.read_at, channel: newest})

    def with_consent(self, channel: Channel, news: Consent) -> "Customer":
        """Unchanged where the channel has no address."""
        address = self.addresses.get(channel)
        if address is None:
            return self
        return replace(self, addresses={**self.addresses, channel: address.with_consent(news)})

    def with_bad_address(self, channel: Channel, at: datetime) -> "Customer":
        """`at`: when the message was sent that could not reach it."""
        address = self.addresses.get(channel)
        if address is None:
            return self
        bad = replace(address, bad_at=max(at, address.bad_at or at))
        return replace(self, addresses={**self.addresses, channel: bad})

    def owns(self, wanted: str) -> bool:
        """Something of that category, or that sku, which did not go back."""
        return any(not p.returned and wanted in (p.sku, p.category) for p in self.purchases)

    @property
    def frequency(self) -> Frequency:
        return self.wishes.frequency if self.wishes else Frequency.ANY

    def count(self, day: date) -> DayCount:
        """For who has moved west, where it is yesterday once more, both days are one."""
        known = self.today
        if known is None or known.day < day:
            return DayCount(day=day, before=known.messages if known else 0)
        return known if known.day == day else replace(known, messages=known.messages + known.before, before=0)

    def counted(self, day: date, *, messages: int, turn: Turn | None) -> "Customer":
        """So many more were claimed for the first time on that date. `turn`: one of them is marketing."""
        known = self.count(day)
        marketing = known.marketing + (turn is not None)
        today = replace(known, messages=known.messages + messages, marketing=marketing)
        newest = turn if turn and (self.turn is None or turn.newer_than(self.turn)) else self.turn
        return replace(self, today=today, turn=newest)


def with_refusal(customer: Customer, channel: Channel, refusal: Consent) -> Customer:
    """Their own word against a purpose: remembered; marketing is then off on every channel."""
    newest = {(where, consent.purpose): consent for where, consent in customer.refused}
    slot = channel, refusal.purpose
    newest[slot] = fold(newest.get(slot), refusal)
    refused = tuple((where, consent) for (where, _), consent in sorted(newest.items()))
    everywhere = refusal.purpose is Purpose.MARKETING

    def after(address: Address) -> Address:
        return address.with_consent(refusal) if everywhere or address.channel is channel else address

    addresses = {each: after(address) for each, address in customer.addresses.items()}
    former = tuple(after(address) for address in customer.former)
    return replace(customer, refused=refused, addresses=addresses, former=former)


def with_grant(customer: Customer, channel: Channel, grant: Consent, value: str = "") -> Customer:
    """Their own word for a purpose, on one channel. It speaks for the address that it came from alone.

    `value`: that address, where it is known. It may be one that a newer order has replaced.
    """
    former = [each for each in customer.former if (each.channel, each.value) == (channel, value)]
    known = customer.address(channel)
    if not former or (known is not None and known.value == value):
        return customer.with_consent(channel, grant)
    kept = tuple(each.with_consent(grant) if each in former else each for each in customer.former)
    return replace(customer, former=kept)
