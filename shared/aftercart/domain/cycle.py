"""When somebody will want the next one: their own rhythm, drawn towards how long people keep such a thing."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from aftercart.domain.decision import Facts

DEFAULT_DAYS = 900.0  # where nothing is known of a category in a country
SHORTEST_GAP = 1.0  # days: less is one shopping spree, not a rhythm
MEDIAN_WEIGHS = 2  # as much as two gaps of their own: one odd gap moves little


def gap_days(own_gaps_days: Sequence[float], median: float) -> float:
    """exp((Σ ln own + 2 ln median) / (k + 2)): the weighted geometric mean, as gaps vary by factors."""
    logs = [math.log(gap) for gap in own_gaps_days if gap >= SHORTEST_GAP]
    return math.exp((sum(logs) + MEDIAN_WEIGHS * math.log(median)) / (len(logs) + MEDIAN_WEIGHS))


def trade_in_at(
    purchases: Sequence[datetime], newest: datetime, median: float | None
) -> tuple[datetime, Facts]:
    """When to offer a trade-in of what was bought at `newest`, and the facts that say why then.

    `purchases` of the same category in any order; later ones than `newest` are another trade-in's.
    """
    bought = sorted({newest, *(at for at in purchases if at < newest)})
    own = [(later - earlier) / timedelta(days=1) for earlier, later in pairwise(bought)]
    days, source = (median, "replacement_cycles") if median and median > 0 else (DEFAULT_DAYS, "default")
    gap = gap_days(own, days)
    facts: Facts = {
        "own_gaps": sum(each >= SHORTEST_GAP for each in own),
        "median_days": days,
        "gap_days": round(gap, 1),
        "source": source,
    }
    return newest + timedelta(days=round(gap)), facts
