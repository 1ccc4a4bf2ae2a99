"""A provider that is not well is left alone: after some failures in a row nobody calls it for a while."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

TRIPS_AT = 5  # failures with no success between them
FIRST = timedelta(minutes=1)
LONGEST = timedelta(minutes=15)
PROBE = timedelta(minutes=1)  # so long one call is waited for


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """Of one provider. After `until` one call probes it; the others wait for what comes of that."""

    failures: int = 0  # in a row
    until: datetime | None = None
    probed_until: datetime | None = None

    def shut_until(self, now: datetime) -> datetime | None:
        """Until when nobody calls. None: the way is free."""
        times = [at for at in (self.until, self.probed_until) if at is not None and now < at]
        return max(times, default=None)

    @property
    def tripped(self) -> bool:
        return self.failures >= TRIPS_AT

    def probed(self, now: datetime) -> "Circuit":
        return replace(self, probed_until=now + PROBE)

    def failed(self, now: datetime) -> "Circuit":
        """Open from the fifth failure on, each time for twice as long."""
        failures = self.failures + 1
        if failures < TRIPS_AT:
            return Circuit(failures=failures)
        wait = min(LONGEST, FIRST * 2 ** min(10, failures - TRIPS_AT))
        return Circuit(failures=failures, until=max(now + wait, self.until or now))
