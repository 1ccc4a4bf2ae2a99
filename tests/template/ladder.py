"""Rules on the state machine: each wait ends within a day, and each state leads where the design says."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

DAY = 86_400
WAITS = "arn:aws:states:::lambda:invoke.waitForTaskToken"
NEXT_RUNG = {"NotDelivered", "States.Timeout"}
Definition = dict[str, Any]


def waits_end(definition: Definition, waits: Sequence[Sequence[int]] = ()) -> Iterator[str]:
    """Each has a timeout; where it is the input's, no input that we write (`waits`) gives more than a day."""
    for name, state in definition["States"].items():
        if "waitForTaskToken" not in str(state.get("Resource", "")):
            if state["Type"] != "Task":
                yield f"{name} is no task"
            continue
        path, seconds = str(state.get("TimeoutSecondsPath", "")), state.get("TimeoutSeconds")
        if seconds is None and not path.startswith("$.waits["):
            yield f"{name} waits for ever"
        if seconds is not None and not 0 < seconds <= DAY:
            yield f"{name} waits {seconds} seconds"
        if path.startswith("$.waits["):
            rung = int(path.removeprefix("$.waits[").removesuffix("]"))
            yield from (
                f"{name} waits {given[rung]} seconds" for given in waits if not 0 < given[rung] <= DAY
            )


def transitions_lead_somewhere(definition: Definition) -> Iterator[str]:
    """Every target is there, every state is reached, and something ends."""
    states: Mapping[str, Any] = definition["States"]
    targets = {name: list(_ways(state)) for name, state in states.items()}
    for name, ways in targets.items():
        yield from (f"{name} leads to {way}, which is not there" for way in ways if way not in states)
        if not ways and not states[name].get("End"):
            yield f"{name} neither leads on nor ends"
    reached, ahead = set(), [definition["StartAt"]]
    while ahead:
        name = ahead.pop()
        if name in states and name not in reached:
            reached.add(name)
            ahead += targets[name]
    yield from (f"nothing leads to {name}" for name in states if name not in reached)


def _ways(state: Mapping[str, Any]) -> Iterator[str]:
    yield from (catcher["Next"] for catcher in state.get("Catch", []))
    yield from (choice["Next"] for choice in state.get("Choices", []))
    yield from (state[name] for name in ("Next", "Default") if name in state)


def only_what_is_proved_leads_on(definition: Definition) -> Iterator[str]:
    """NotDelivered and the timeout go to the next rung untried again; every other error is tried again.

    The last rung has no next one. Nothing else is caught: what fails all its tries fails the execution, which
    wakes somebody and which the sweep begins anew.
    """
    names = list(definition["States"])
    for name, following in zip(names, [*names[1:], None], strict=True):
        state = definition["States"][name]
        first, *others = state.get("Retry", [{}])
        if set(first.get("ErrorEquals", ())) != NEXT_RUNG or first.get("MaxAttempts") != 0:
            yield f"{name} tries a proved failure again"
        if not any(r["ErrorEquals"] == ["States.ALL"] and r.get("MaxAttempts", 3) > 0 for r in others):
            yield f"{name} gives up at the first fault"
        caught = [(set(c["ErrorEquals"]), c["Next"]) for c in state.get("Catch", [])]
        if caught != ([(NEXT_RUNG, following)] if following else []):
            yield f"{name} catches {json.dumps([sorted(errors) for errors, _ in caught])}"


def rungs_carry_ids_only(definition: Definition) -> Iterator[str]:
    """An execution's history cannot be erased."""
    for name, state in definition["States"].items():
        carried = set(state["Parameters"]["Payload"])
        expected = {"v.$", "message.$", "run.$", "rung", "wait.$", "token.$"}
        yield from (f"{name} carries {more}" for more in sorted(carried ^ expected))
        if state.get("ResultPath", "") is not None:
            yield f"{name} keeps what the sender answers"
