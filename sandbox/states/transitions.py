"""`make check`: every transition of the deployed state machine leads somewhere, and all states are reached.

Uses the sandbox's own strict reader, with the names that template.yaml substitutes. No such name is deployed
unfilled: SAM leaves what it does not know as it stands, and the execution fails when it comes to it.
"""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse

from sandbox.states.asl import Machine, load
from sandbox.states.node import DefinitionError

ROOT = Path(__file__).resolve().parents[2]


def read_template(path: Path = ROOT / "template.yaml") -> dict[str, Any]:
    """The template as it is written, before SAM's transform."""
    document: dict[str, Any] = yaml_parse(path.read_text(encoding="utf-8"))
    return document


def machines(template: Mapping[str, Any]) -> Iterator[Machine]:
    """Each state machine of the template, read and checked. Raises DefinitionError."""
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::StateMachine":
            properties = resource["Properties"]
            # What stands for a function's ARN here only has to look like one.
            names = dict.fromkeys(properties["DefinitionSubstitutions"], "arn:aws:lambda:::function:some")
            yield load(ROOT / properties["DefinitionUri"], names)


def ways(state: Mapping[str, Any]) -> Iterator[str]:
    """Where a state leads, in the order in which it is written."""
    yield from (catcher["Next"] for catcher in state.get("Catch", []))
    if "Next" in state:
        yield state["Next"]


def main() -> int:
    """Print the transitions; exit code 1 and the place of the mistake where one is wrong."""
    try:
        found = list(machines(read_template()))
    except DefinitionError as wrong:
        print(wrong, file=sys.stderr)
        return 1
    for machine in found:
        for name, state in machine.states.items():
            print(f"{name} -> {', '.join(ways(state)) or 'end'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
