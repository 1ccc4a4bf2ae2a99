"""What EventBridge Scheduler refuses.

https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from sandbox.cloud.refused import Refused

NAME = re.compile(r"[0-9a-zA-Z\-_.]{1,64}")
ARN = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:\d{12}:.+")
ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+")
QUEUE = re.compile(r"arn:aws[a-z-]*:sqs:[a-z0-9-]+:\d{12}:[a-zA-Z0-9\-_]+")
AT = re.compile(r"at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})\)")
RATE = re.compile(r"rate\(([1-9]\d*) (minute|hour|day)s?\)")
LARGEST_INPUT = 262_144
KNOWN = {
    *("Name", "GroupName", "ClientToken", "Description", "ScheduleExpression", "ScheduleExpressionTimezone"),
    *("StartDate", "EndDate", "State", "KmsKeyArn", "Target", "FlexibleTimeWindow", "ActionAfterCompletion"),
}


@dataclass(frozen=True, slots=True)
class Once:
    """at(…): due at one instant."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Rate:
    """rate(…): due again and again."""

    every: timedelta


def check(spec: Mapping[str, Any], now: datetime) -> Once | Rate:
    """When the schedule is due. Raises Refused as AWS would."""
    for field in spec:
        if field not in KNOWN:
            _invalid(f"{field} is not a field of a schedule")
    name(spec.get("Name"))
    _one_of(spec, "State", "ENABLED", "DISABLED")
    _one_of(spec, "ActionAfterCompletion", "NONE", "DELETE")
    _at_most(spec, "Description", 512)
    _at_most(spec, "ClientToken", 64)
    _window(spec.get("FlexibleTimeWindow"))
    _target(spec.get("Target"))
    return _expression(spec, now)


def name(value: Any) -> None:
    """Raises Refused where this is no name of a schedule or group."""
    if not isinstance(value, str) or not NAME.fullmatch(value):
        _invalid(f"name {str(value)[:80]!r} does not match [0-9a-zA-Z-_.]+ of 1 to 64 characters")


def _expression(spec: Mapping[str, Any], now: datetime) -> Once | Rate:
    text = str(spec.get("ScheduleExpression"))
    zone = _zone(spec.get("ScheduleExpressionTimezone", "UTC"))
    if rate := RATE.fullmatch(text):
        return Rate(timedelta(**{f"{rate[2]}s": int(rate[1])}))
    if not (once := AT.fullmatch(text)):
        if text.startswith("cron("):
            _invalid(f"the sandbox runs at() and rate() only, not {text}")
        _invalid(f"Invalid Schedule Expression {text}.")
    try:
        due = datetime.fromisoformat(once[1]).replace(tzinfo=zone).astimezone(UTC)
    except ValueError:
        _invalid(f"Invalid Schedule Expression {text}.")
    if due < now:
        _invalid(f"Invalid Schedule Expression {text}: the time is in the past.")
    return Once(due)


def _zone(key: Any) -> ZoneInfo:
    try:
        return ZoneInfo(key)
    except (KeyError, OSError, TypeError, ValueError):
        _invalid(f"The ScheduleExpressionTimezone {key} is not valid.")


def _window(window: Any) -> None:
    mode = window.get("Mode") if isinstance(window, dict) else None
    if mode not in ("OFF", "FLEXIBLE"):
        _invalid("FlexibleTimeWindow.Mode: expected OFF or FLEXIBLE")
    minutes = window.get("MaximumWindowInMinutes")
    if (mode == "FLEXIBLE") != (minutes is not None):
        _invalid("FlexibleTimeWindow.MaximumWindowInMinutes goes with FLEXIBLE, and with it alone")
    if minutes is not None:
        _between("MaximumWindowInMinutes", minutes, 1, 1440)


def _target(target: Any) -> None:
    if not isinstance(target, dict):
        _invalid("Target: expected one")
    if not ARN.fullmatch(str(target.get("Arn"))):
        _invalid("Target.Arn: expected an ARN")
    if not ROLE.fullmatch(str(target.get("RoleArn"))):
        _invalid("Target.RoleArn: expected the ARN of a role")
    if "Input" in target and not 1 <= len(target["Input"].encode()) <= LARGEST_INPUT:
        _invalid(f"Target.Input: expected 1 to {LARGEST_INPUT} bytes")
    if "DeadLetterConfig" in target and not QUEUE.fullmatch(str(target["DeadLetterConfig"].get("Arn"))):
        _invalid("Target.DeadLetterConfig.Arn: expected the ARN of a queue")
    retry = target.get("RetryPolicy", {})
    _between("MaximumEventAgeInSeconds", retry.get("MaximumEventAgeInSeconds", 86400), 60, 86400)
    _between("MaximumRetryAttempts", retry.get("MaximumRetryAttempts", 185), 0, 185)


def _between(field: str, value: Any, least: int, most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        _invalid(f"{field}: expected {least} to {most}, found {value!r}")


def _one_of(spec: Mapping[str, Any], field: str, *values: str) -> None:
    if spec.get(field, values[0]) not in values:
        _invalid(f"{field}: expected {' or '.join(values)}")


def _at_most(spec: Mapping[str, Any], field: str, most: int) -> None:
    if len(spec.get(field, "")) > most:
        _invalid(f"{field}: at most {most} characters")


def _invalid(message: str) -> NoReturn:
    raise Refused("ValidationException", message)
