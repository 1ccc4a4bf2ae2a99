"""How fast a provider is called: so many a second on average, and at most one second's worth at once.

The generic cell rate algorithm (ITU-T I.371): all that is kept of a provider is until when its time is taken.
"""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from aftercart.domain.consent import Purpose

A_SECOND = timedelta(seconds=1)
# Marketing leaves half a second's worth free, so that a campaign's thousands never stand before the news.
SHARE = {Purpose.TRANSACTIONAL: 1.0, Purpose.MARKETING: 0.5}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Each call takes `every` of the provider's time; one may go while no more than `ahead` is taken."""

    every: timedelta
    ahead: timedelta


def pace(rate: Decimal, purpose: Purpose) -> Pace:
    """`rate`: messages a second."""
    every, burst = A_SECOND / float(rate), max(1.0, float(rate))
    return Pace(every=every, ahead=every * (burst * SHARE[purpose] - 1))
