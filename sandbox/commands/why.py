"""`aftercart why`: every message and every silence of an order or a customer, in words."""

from collections.abc import Mapping
from typing import Any

from sandbox.commands.explain import MARKS, explained, facts_in_words, passed_over
from sandbox.commands.remote import Remote
from sandbox.commands.terminal import Ink, UserError, clock, day, local, width, wrapped

Json = Any
SIGNS = {"send": "✓", "defer": "…", "skip": "–"}


def asked(remote: Remote, order: str = "", customer: str = "", message: str = "") -> list[Json]:
    """What a running `dev` says about it, in the order of time."""
    state = remote.get("/sandbox/state")
    if customer:
        customer = _customer(state, customer)
    found = remote.get("/sandbox/decisions", customer=customer, order=order)
    if message:
        found = [each for each in found if each["message"] == message]
        if not found:
            raise UserError(f"nothing was decided about a message {message!r}")
    zones = {each["id"]: each["zone"] for each in state["customers"]}
    told = explained(found, remote.get("/sandbox/messages"), remote.get("/sandbox/attempts"))
    return [{**each, "zone": zones.get(each["customer"], "")} for each in told]


def _customer(state: Json, wanted: str) -> str:
    """By our id, or by a name or address that only one has."""
    known = {
        each["id"]: {each["id"], each["name"], *each["addresses"].values()} for each in state["customers"]
    }
    matching = [identifier for identifier, names in known.items() if wanted in names]
    if len(matching) != 1:
        many = "several customers are" if matching else "no customer is"
        raise UserError(f"{many} {wanted!r}; known are: {', '.join(known) or 'none yet'}")
    return str(matching[0])


def written(told: list[Json], ink: Ink) -> str:
    """For people."""
    if not told:
        return "Nothing was decided."
    lines: list[str] = []
    for each in told:
        lines += [*entry(each, ink), ""]
    return "\n".join(lines[:-1])


def entry(each: Mapping[str, Any], ink: Ink) -> list[str]:
    """One decision: what, why, which channels were tried, and what the phone showed."""
    at, room = local(each["at"], each.get("zone", "")), width()
    sign, mark = SIGNS[each["decision"]], MARKS[each["decision"]]
    paint = {"send": ink.green, "defer": ink.yellow, "skip": ink.red}[each["decision"]]
    name = f"{each['journey']} / {each['step']}"
    lines = [f"{paint(sign)} {day(at)} {clock(at)}  {ink.bold(name)}  {paint(mark)}: {each['why']}"]
    facts = facts_in_words(each["facts"])
    lines += [ink.dim(line) for line in wrapped(facts, "    ", room)] if facts else []
    for tried in each["attempts"]:
        lines += [f"    not over {channel}: {why}" for channel, why in passed_over(tried).items()]
        when = clock(local(tried["at"], each.get("zone", "")))
        paid = f" ({tried['paid']})" if tried["paid"] else ""
        lines.append(f"    {when} {tried['channel']}: {tried['in_words']}{paid}")
    for shown in each["shown"]:
        lines += wrapped(shown["text"], "    │ ", room)
    return lines
