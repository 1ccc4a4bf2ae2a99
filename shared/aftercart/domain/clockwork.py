"""When a due thing is armed: EventBridge's schedules reach neither the past nor three years."""

from datetime import datetime, timedelta

SOONEST = timedelta(minutes=1)
FURTHEST = timedelta(days=360)
GRACE = timedelta(minutes=15)  # after this an armed thing that did not happen is looked after


def arm_time(due: datetime, now: datetime) -> datetime:
    """Never under a minute ahead nor over 360 days; what fires early is armed again."""
    return min(max(due, now + SOONEST), now + FURTHEST)
