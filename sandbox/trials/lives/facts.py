"""What happened outside, as the oracle is told it: who bought, what parcels did, what people said."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from aftercart.domain.catalogue import Item
from aftercart.domain.consent import Channel


@dataclass(slots=True, kw_only=True)
class Told:
    """When we were told of something for the first time, and when surely taken.

    Between the two (an answer that was lost, a post that was not taken and came again) either may be so.
    """

    first: datetime | None = None
    taken: datetime | None = None

    def perhaps(self, at: datetime) -> bool:
        """By then it may count."""
        return self.first is not None and self.first <= at

    def surely(self, at: datetime) -> bool:
        """By then it must count. At the very instant it need not: whoever is at it has read before."""
        return self.taken is not None and self.taken < at


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Where somebody lives. `certain`: the address names one zone; otherwise only this machine knows it."""

    country: str
    province: str
    zone: str
    certain: bool = True

    @property
    def unsure(self) -> timedelta:
        """How much sooner or later a time of day may come there."""
        return timedelta() if self.certain else timedelta(days=1)

    def local(self, at: datetime) -> datetime:
        return at.astimezone(ZoneInfo(self.zone))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """An order as it was placed. `agreed`: what the shop's record says of marketing; None: nothing.

    `lines`: line id -> what it sold. `buyer`: a key of ours; `reference`: the shop's, empty for a guest.
    """

    id: str
    number: str
    buyer: str
    name: str
    reference: str
    email: str
    phone: str
    home: Home
    placed_at: datetime
    agreed: bool | None
    said_at: datetime
    lines: Mapping[str, Item]


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Something the shop said of an order at `at`, its own time."""

    at: datetime
    is_new: bool
    told: Told


@dataclass(slots=True, kw_only=True)
class Parcel:
    """`scans`: stage -> each time it was said, by the carrier's clock."""

    lines: tuple[str, ...]
    scans: dict[str, list[tuple[datetime, Told]]] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Order:
    """An order with all that became of it."""

    bought: Bought
    news: list[News] = field(default_factory=list)
    cancelled: list[Told] = field(default_factory=list)
    returned: dict[str, list[Told]] = field(default_factory=dict)
    parcels: dict[str, Parcel] = field(default_factory=dict)

    @property
    def known(self) -> Told:
        """When we first knew it; never, where every post of it was lost."""
        first = [news.told.first for news in self.news if news.told.first]
        taken = [news.told.taken for news in self.news if news.told.taken]
        return Told(first=min(first, default=None), taken=min(taken, default=None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """STOP or START from an address. `channel` None: on the `buyer`'s page; that ends marketing alone."""

    address: str
    channel: Channel | None
    granted: bool
    told: Told
    buyer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """The `buyer`'s browser or app may be pushed to, as the page of an order says, in their `life` of then.

    `provider`: who alone reaches it; `sells`: they ticked offers too.
    """

    buyer: str
    life: int
    address: str
    provider: str
    sells: bool
    told: Told


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Chosen on a page by one `customer` of ours. Hours as on a clock, '' where none was chosen.

    `channel`: where they want to hear from us, '' wherever it reaches them.
    """

    customer: str
    frequency: str
    not_before: str
    not_after: str
    days: tuple[str, ...]
    channel: str
    told: Told


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A rating, or what was chosen. `sure`: no other question can have been meant."""

    value: str
    sure: bool
    told: Told


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Somebody wrote. `event`: the provider's id of it."""

    phone: str
    channel: Channel
    event: str
    told: Told


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What the product says became of a thing: a final state and its reason."""

    reason: str
    at: datetime


@dataclass(slots=True)
class Facts:
    """Everything that happened outside so far."""

    orders: dict[str, Order] = field(default_factory=dict)
    words: list[Word] = field(default_factory=list)
    devices: list[Device] = field(default_factory=list)
    given: dict[str, list[Given]] = field(default_factory=dict)  # by the message that asked
    choices: list[Choice] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    erasures: dict[str, list[Told]] = field(default_factory=dict)  # by buyer
    receipts: dict[tuple[str, str], Told] = field(default_factory=dict)  # by reference and kind
    faults: list[tuple[datetime, str]] = field(
        default_factory=list
    )  # when, and in the sending of which message

    def chosen(self, customer: str, at: datetime) -> list[Choice | None]:
        """What may hold then: the newest choice, and those of which nobody can say which came last."""
        known = [c for c in self.choices if c.customer == customer and c.told.perhaps(at)]
        sure = [choice.told for choice in known if choice.told.surely(at)]
        holding: list[Choice | None] = [c for c in known if not any(_after(each, c.told) for each in sure)]
        return holding if sure else [None, *holding]

    def of_buyer(self, buyer: str) -> list[Order]:
        return [order for order in self.orders.values() if order.bought.buyer == buyer]

    def newest(self, buyer: str, at: datetime) -> list[Bought]:
        """Whose address and home may hold then: the newest order surely known, and newer ones under way."""
        known = [order for order in self.of_buyer(buyer) if order.known.perhaps(at)]
        sure = [order.bought.placed_at for order in known if order.known.surely(at)]
        since = max(sure, default=datetime.min.replace(tzinfo=ZoneInfo("UTC")))
        return [order.bought for order in known if order.bought.placed_at >= since]

    def devices_of(self, buyer: str, at: datetime) -> list[Device]:
        """Those that may be subscribed by then."""
        return [each for each in self.devices if each.buyer == buyer and each.told.perhaps(at)]

    def life(self, order: Order) -> int:
        """How often the buyer had been erased before we knew this order."""
        known = order.known.first
        erased = self.erasures.get(order.bought.buyer, [])
        return sum(each.first is not None and known is not None and each.first < known for each in erased)

    def erased(self, order: Order) -> Told | None:
        """When the buyer who placed it was erased after it."""
        later = self.erasures.get(order.bought.buyer, [])[self.life(order) :]
        return later[0] if later else None


def _after(one: Told, other: Told) -> bool:
    """Was the one surely heard after the other?"""
    return one.first is not None and other.taken is not None and other.taken < one.first
