"""What is compiled, as keys and values in the words of `journeys/`, so that two of a kind can be compared."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import time, timedelta
from typing import Any

from aftercart.domain.brand import Hours, Leg, Success
from aftercart.domain.campaign import Launch
from aftercart.domain.journey import After, Journey, Step
from aftercart.domain.money import Money

Keys = Mapping[str, str]  # "wait" -> "P30D"; what is not set is ""
TIMED = ("after", "wait", "at")


def of_step(step: Step) -> Keys:
    """All that an enrolment pins, whatever a later version adds to it."""
    known = {f.name: shown(getattr(step, f.name)) for f in fields(step) if f.name not in ("name", "after")}
    after = _timed(step.after) if step.after else dict.fromkeys(TIMED, "")
    return {**known, **after, "at": after["at"] or known["at"]}


def of_journey(journey: Journey) -> Keys:
    own = (f.name for f in fields(journey) if f.name not in ("name", "steps", "launch"))
    return {name: shown(getattr(journey, name)) for name in own} | _launched(journey.launch)


def _launched(launch: Launch | None) -> dict[str, str]:
    """Of a campaign: when it begins, and each thing that must hold of a customer."""
    if launch is None:
        return {}
    at = f"{launch.day} {shown(launch.hour)}".rstrip()
    return {"at": at, **flat(launch.over, "over")}


def _timed(after: After) -> dict[str, str]:
    return {"after": after.event, "wait": shown(after.wait), "at": shown(after.at)}


def flat(noun: Any, name: str = "") -> Keys:
    """Each leaf by its path: "routes.news" -> "whatsapp PT15M, sms PT15M"."""
    return dict(_leaves(noun, name))


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if is_dataclass(value) and not isinstance(value, Hours | Leg | Money):
        parts = {each.name: getattr(value, each.name) for each in fields(value)}
    elif isinstance(value, Mapping):
        parts = {str(key): each for key, each in value.items()}
    else:
        yield path, shown(value)
        return
    for key, each in parts.items():
        yield from _leaves(each, f"{path}.{key}" if path else key)


def shown(value: Any) -> str:
    """As it is written in YAML."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case timedelta():
            return duration(value)
        case time():
            return f"{value:%H:%M}"
        case Hours():
            return f"{value.start:%H:%M}-{value.end:%H:%M}"
        case Leg():
            enough = "" if value.success is Success.DELIVERED else f" {value.success}"
            return f"{value.channel} {duration(value.wait)}{enough}"
        case Money():
            return f"{value.amount} {value.currency}"
        case Mapping():
            return ", ".join(f"{key}: {shown(each)}" for key, each in value.items())
        case tuple() | list():
            return ", ".join(map(shown, value))
    return str(value)


def duration(length: timedelta) -> str:
    """ISO 8601: P30D, PT15M, P1DT2H."""
    minutes, seconds = divmod(length.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((length.days, "D"), (hours, "H"), (minutes, "M"), (seconds, "S"))
    day, *rest = (f"{number}{unit}" if number else "" for number, unit in parts)
    hour = "".join(rest)
    return f"P{day}T{hour}" if hour else f"P{day or '0D'}"
