"""What has to be said in a life, and what may be: from what was told alone, by no rule, table or id of ours.

It reads the shop's own choices (hours, how long a step is useful) and the events; the rest is plain counting.
It says nothing of channels, and of marketing only when there must be none.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from aftercart.domain.brand import Brand
from aftercart.domain.journey import Journey
from aftercart.domain.message import Urgency
from aftercart.domain.order import Line, Order, OrderNews, ShipmentNews, Stage
from aftercart.ports import Reply
from tests.promises.lives import CHANNELS, SHARED_PHONE, Life, News

Words = tuple[str, str, str]  # the shop's id of the order, the step, the parcel or line
FURTHER = tuple(Stage)  # from the label to the way back, as the carrier's own list has it
SPREAD = timedelta(minutes=50)


@dataclass(frozen=True)
class Expected:
    """`must` is shown, and nothing is but `must` and `may`; on the way, where there is time, `might` too."""

    must: frozenset[Words]
    may: frozenset[Words]
    might: frozenset[Words]
    orders: frozenset[str]  # of which it speaks
    without_marketing: frozenset[str]  # orders of whom said STOP last, from whichever phone of theirs


@dataclass
class Told:
    """The news of a life, gathered."""

    life: Life
    brand: Brand
    journeys: Sequence[Journey]

    def __post_init__(self) -> None:
        before = () if self.life.erased else self.life.before
        self.news: list[News] = [event.news for event in self.life.events]
        self.all: list[News] = [*(event.news for event in before), *self.news]

    def expected(self) -> Expected:
        must, may, might = set[Words](), set[Words](), set[Words]()
        orders = self._orders()
        for order in orders.values():
            sure, unsure, passing = self._of(order)
            if self._is_silenced(order):
                sure, unsure, passing = set(), set(), sure | unsure | passing
            must, may, might = must | sure, may | unsure, might | passing
        stopped = [order for order in orders if self._has_stopped(orders[order])]
        return Expected(
            must=frozenset(must),
            may=frozenset(may),
            might=frozenset(might),
            orders=frozenset(orders),
            without_marketing=frozenset(stopped),
        )

    def _orders(self) -> dict[str, Order]:
        """The newest version of each order that the five events tell of."""
        newest: dict[str, Order] = {}
        gone = {each.news.order.id for each in self.life.before if isinstance(each.news, OrderNews)}
        for order in (each.order for each in self.news if isinstance(each, OrderNews)):
            if order.id in gone:  # erased with its buyer, or of long ago
                continue
            known = newest.get(order.id, order)
            newest[order.id] = max(known, order, key=_newness)
        return newest

    def _of(self, order: Order) -> tuple[set[Words], set[Words], set[Words]]:
        versions = [n.order for n in self.news if isinstance(n, OrderNews) and n.order.id == order.id]
        cancelled = any(each.cancelled_at for each in versions)
        sure, unsure, passing = set[Words](), set[Words](), set[Words]()
        if self.life.now < order.placed_at + timedelta(hours=48):
            (passing if cancelled else sure).add((order.id, "confirm", ""))
        parcels = self._parcels(order.id, versions)
        for parcel, stages in parcels.items():
            last = max(stages, key=FURTHER.index)
            for stage, at in stages.items():
                told = self._when_told(order, stage, at)
                words = (order.id, stage.value, parcel)
                if told == "sure" and stage is last:
                    sure.add(words)
                elif told and stage is last:
                    unsure.add(words)
                elif told:
                    passing.add(words)
        asked = {(order.id, "survey", line.id) for line in self._arrived(order, parcels, versions)}
        if not cancelled:
            (sure if order.country == "UA" else unsure).update(asked)
        return sure, unsure, passing

    def _parcels(self, order: str, versions: Iterable[Order]) -> dict[str, dict[Stage, datetime]]:
        said = [n.shipment for n in self.news if isinstance(n, ShipmentNews) and n.order == order]
        said += [shipment for version in versions for shipment in version.shipments.values()]
        parcels: dict[str, dict[Stage, datetime]] = {}
        for shipment in said:
            stages = parcels.setdefault(shipment.id, {})
            for stage, at in shipment.stages.items():
                stages[stage] = max(at, stages.get(stage, at))
        return parcels

    def _arrived(
        self, order: Order, parcels: dict[str, dict[Stage, datetime]], versions: Sequence[Order]
    ) -> list[Line]:
        """Phones that came and that the customer still has."""
        said = [n.shipment for n in self.news if isinstance(n, ShipmentNews) and n.order == order.id]
        said += [shipment for version in versions for shipment in version.shipments.values()]
        came = {line for s in said if Stage.DELIVERED in parcels[s.id] for line in s.lines}
        return [each for each in order.lines if each.id in came and each.quantity and "ZIRVO" in each.sku]

    def _when_told(self, order: Order, stage: Stage, at: datetime) -> str:
        """'sure', 'perhaps' (it depends on when in the morning its turn comes), or '' (too late, no news)."""
        steps = [s for j in self.journeys if j.starts == "shipment_moved" for s in j.steps if s.on == stage]
        if not steps or self.life.now >= at + steps[0].useful_for:
            return ""
        until = at + steps[0].useful_for
        opens = self._morning(order) if steps[0].urgency is Urgency.BY_MORNING else self.life.now
        if until <= opens:
            return ""
        return "sure" if opens == self.life.now or until > opens + SPREAD else "perhaps"

    def _morning(self, order: Order) -> datetime:
        """When the customer is awake next; where they live, their newest order says."""
        theirs = [n for n in self.all if isinstance(n, OrderNews) and self._same_buyer(n, order)]
        home = max(theirs, key=lambda news: (news.order.placed_at, news.order.updated_at)).order
        wakes: time = self.brand.country(home.country).awake_hours.start
        local = self.life.now.astimezone(ZoneInfo(home.zones[0]))
        return max(self.life.now, datetime.combine(local.date(), wakes, local.tzinfo))

    def _same_buyer(self, news: OrderNews, order: Order) -> bool:
        return news.buyer.reference in {
            each.buyer.reference
            for each in self.all
            if isinstance(each, OrderNews) and each.order.id == order.id
        }

    def _phones(self, order: Order) -> set[str]:
        theirs = [n for n in self.all if isinstance(n, OrderNews) and self._same_buyer(n, order)]
        return {news.buyer.phone for news in theirs}

    def _has_stopped(self, order: Order) -> bool:
        words = [n for n in self.news if isinstance(n, Reply)]
        heard = {reply.text for reply in words if reply.sender in self._phones(order)}
        return "СТОП" in heard and "START" not in heard

    def _is_silenced(self, order: Order) -> bool:
        """STOP on every channel: no way is left. Whether a START lifts one is not this oracle's to say."""
        words = [n for n in self.news if isinstance(n, Reply) and n.text == "СТОП"]
        mine = SHARED_PHONE in self._phones(order)
        return mine and {reply.channel for reply in words} == set(CHANNELS)


def _newness(order: Order) -> tuple[datetime, int]:
    return order.updated_at, -sum(line.quantity for line in order.lines)


def expected(life: Life, brand: Brand, journeys: Sequence[Journey]) -> Expected:
    return Told(life, brand, journeys).expected()
