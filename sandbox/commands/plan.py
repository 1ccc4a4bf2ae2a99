"""`aftercart plan`: what a change of `journeys/` does, and to how many who are on their way."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from sandbox.commands.terminal import Ink, UserError, day
from sandbox.control.moments import iso
from sandbox.journeys.compile import Compiled, JourneysWrong, compile_journeys
from sandbox.plan.deployed import Deployed
from sandbox.plan.differences import Change, differences
from sandbox.plan.orphans import orphans, spent
from sandbox.plan.touched import touched
from sandbox.plan.waiting import Waits

Json = dict[str, Any]
MOST_ITEMS = 10  # of the catalogue, written out


def local(journeys: Path) -> Compiled:
    """Raises UserError."""
    if not journeys.is_dir():
        raise UserError(f"there is no folder {journeys}")
    try:
        return compile_journeys(journeys)
    except JourneysWrong as wrong:
        raise UserError(f"{journeys} cannot be used:\n{wrong}") from None


def compared(new: Compiled, deployed: Deployed) -> Json:
    """`changes` with how many each touches (`waiting`) and how (`means`), `refused`: what would be orphaned.

    `waiting` in all: null where nobody can know. `unread`: things that only a later version can read.
    """
    old, waits = deployed.made, deployed.waits or Waits()
    found: Json = {"against": deployed.name, "deployed": old is not None, "changes": [], "refused": []}
    found |= {"spent": [], "unread": waits.unread, "waiting": None}
    if deployed.waits is not None:
        found["waiting"] = sum(each.count for each in waits.groups)
        found["spent"] = spent(new, waits)
    if old is not None:
        found["changes"] = [_as_json(each, new, waits) for each in differences(old, new)]
        found["refused"] = [{**asdict(each), "until": iso(each.until)} for each in orphans(old, new, waits)]
    return found


def stops(found: Json) -> bool:
    """Must it not be deployed as it is? Something would be orphaned, or that cannot be known."""
    return bool(found["refused"] or found["unread"])


def _as_json(change: Change, new: Compiled, waits: Waits) -> Json:
    touch = touched(change, new, waits)
    return {**asdict(change), "waiting": touch.waiting, "means": list(touch.means)}


def written(found: Json, ink: Ink) -> str:
    """A line a change, and under it what it means; what is refused comes last."""
    if not found["deployed"]:
        return f"{found['against']}: nothing is deployed yet."
    lines = [] if found["changes"] else ["No changes."]
    lines += list(_changes(found["changes"], ink))
    lines += [f"Nobody waits for {name} any more: it need not be kept." for name in found["spent"]]
    if found["waiting"] is None:
        lines.append(ink.dim(f"Who waits is not known: {found['against']} is no running system."))
    lines += [line for each in found["refused"] for line in _refused(each, ink)]
    if found["unread"]:
        unread = (
            f"{found['unread']} things were written by a later version: plan with that version's checkout."
        )
        lines.append(ink.red(unread))
    return "\n".join(lines)


def _changes(changes: Iterable[Json], ink: Ink) -> Iterator[str]:
    items = [each for each in changes if each["what"] == "item"]
    more = items[MOST_ITEMS:]
    for each in changes:
        if each in more and not each["waiting"]:
            continue
        yield _painted(each["sign"], _head(each), ink)
        if each["what"] != "brand":
            yield from (f"    {edit['key']}: {_moved(edit)}" for edit in each["edits"])
        yield from (f"    {ink.cyan(means)}" for means in each["means"])
    untold = [each for each in more if not each["waiting"]]
    if untold:
        yield ink.dim(f"  … and {len(untold)} more of the catalogue, which nobody waits for")


def _painted(sign: str, head: str, ink: Ink) -> str:
    paint = {"+": ink.green, "-": ink.red, "~": ink.yellow}[sign]
    return paint(f"{sign} {head}")


def _head(change: Json) -> str:
    where = change["language"] or ", ".join("everywhere else" if c == "*" else c for c in change["countries"])
    head = f"{change['what']} {change['name']}{f' ({where})' if where else ''}"
    return f"{head}: {_moved(change['edits'][0])}" if change["what"] == "brand" else head


def _moved(edit: Json) -> str:
    return f"{edit['before'] or 'none'} -> {edit['after'] or 'none'}"


def _refused(orphaned: Mapping[str, Any], ink: Ink) -> Iterator[str]:
    count, maybe = orphaned["count"], orphaned["maybe"]
    who = f"{count} on their way"
    if maybe:
        who += f" ({maybe} only if an event comes first)"
    name = f"{orphaned['journey']}.{orphaned['text']}"
    yield ink.red(f"Refused: {name} has {who}, and {orphaned['gone']} would be gone.")
    until = datetime.fromisoformat(orphaned["until"]) if orphaned["until"] else None
    ended = f"until {day(until)}, when the last of them has ended" if until else "until they have ended"
    yield f"    {orphaned['way_out']} {ended}"
