"""Walking a provider's bodies: one strange item of a batch must not cost the others, a STOP least of all."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic_core import from_json

from aftercart import bounds
from aftercart.domain.message import Receipt
from aftercart.domain.template import TemplateNews
from aftercart.ports import Reply, Unreadable

MOST_CONTAINERS = 100_000  # Meta's batches have at most a thousand updates, of some ten objects each

Json = Mapping[str, Any]
Event = Receipt | Reply | TemplateNews


class PartlyUnreadable(Unreadable):
    """Some items have not their sender's shape: the caller parks the body, and acts on the other `events`."""

    def __init__(self, reason: str, events: Iterable[Event]) -> None:
        super().__init__(reason)
        self.events = tuple(events)


def parse(body: bytes | str) -> Json:
    """A JSON object. Too deep, too long numbers, lone surrogates and the like are Unreadable too."""
    raw = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    bounds.check(raw, MOST_CONTAINERS)
    try:
        found = from_json(raw, allow_inf_nan=False)
    except ValueError:
        raise Unreadable("not_json") from None
    if not isinstance(found, dict):
        raise Unreadable("not_an_object")
    return found


def collect(readers: Iterable[Callable[[], Event | None]]) -> list[Event]:
    """What each reader makes of its item. None: not for us. PartlyUnreadable where one cannot be read."""
    events: list[Event] = []
    faults: list[str] = []
    for read in readers:
        try:
            event = read()
        except Unreadable as fault:
            faults.append(str(fault))
        else:
            events += [event] if event else []
    if faults:
        raise PartlyUnreadable(",".join(dict.fromkeys(faults)), events)
    return events


def child(parent: Json, *path: str) -> Json:
    """The object at the path, or an empty one."""
    for name in path:
        found = parent.get(name)
        parent = found if isinstance(found, dict) else {}
    return parent


def children(parent: Json, name: str) -> list[Json]:
    """The objects in the list of that name."""
    found = parent.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def text(parent: Json, *path: str) -> str:
    """The string or number at the path as text, or ''."""
    found = child(parent, *path[:-1]).get(path[-1])
    return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""


def seconds(parent: Json, name: str, per_second: int = 1) -> datetime:
    """A Unix time, a string or a number. Unreadable where there is none."""
    try:
        return datetime.fromtimestamp(int(text(parent, name)) / per_second, UTC)
    except (ValueError, OverflowError, OSError):
        raise Unreadable(f"no_time_in_{name}") from None


def iso(parent: Json, *names: str) -> datetime:
    """The first of these ISO 8601 times; one without an offset is UTC. Unreadable where there is none."""
    for name in names:
        try:
            found = datetime.fromisoformat(text(parent, name))
            return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            continue
    raise Unreadable(f"no_time_in_{names[0]}")


def e164(number: str) -> str:
    """Providers leave out the plus of a phone number; other ids stay as they are."""
    return f"+{number}" if number.isascii() and number.isdecimal() else number
