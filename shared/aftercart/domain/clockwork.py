"""When a due thing is armed: EventBridge's schedules reach neither the past nor three years."""

from datetime import datetime, timedelta

SOONEST = timedelta(minutes=1)
FURTHEST = timedelta(days=360)
GRACE = timedelta(minutes=15)  # after this an armed thing that did not happen is looked after
A_START = timedelta(minutes=1)  # a rung's invocation may claim so late: a cold start and half a minute


def attempt_deadline(now: datetime, wait: timedelta) -> datetime:
    """Until when an attempt that is claimed now may be shown: never later than the next rung may begin.

    The workflow counts the rung's wait from before its invocation began.
    """
    return now + max(wait - A_START, wait / 2)


def arm_time(due: datetime, now: datetime) -> datetime:
    """Never under a minute ahead nor over 360 days; what fires early is armed again."""
    return min(max(due, now + SOONEST), now + FURTHEST)


def look_again_at(since: datetime, now: datetime) -> datetime:
    """When what waits for people looks again: the longer it has waited already, the more rarely."""
    return now + min(timedelta(hours=6), max(timedelta(minutes=15), (now - since) / 4))
