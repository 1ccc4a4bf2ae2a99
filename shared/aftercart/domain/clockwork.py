"""When a due thing is armed: EventBridge's schedules reach neither the past nor three years."""

from datetime import datetime, timedelta

SOONEST = timedelta(minutes=1)
FURTHEST = timedelta(days=360)
GRACE = timedelta(minutes=15)  # after this an armed thing that did not happen is looked after
AN_INVOCATION = timedelta(seconds=30)  # send_message's Timeout in template.yaml


def attempt_deadline(now: datetime, wait: timedelta) -> datetime:
    """Until when an attempt that is claimed now may be shown: never later than the next rung may begin.

    The workflow counts the rung's wait from before its invocation began, which may be an invocation ago.
    """
    return now + max(wait - AN_INVOCATION, wait / 2)


def arm_time(due: datetime, now: datetime) -> datetime:
    """Never under a minute ahead nor over 360 days; what fires early is armed again."""
    return min(max(due, now + SOONEST), now + FURTHEST)
