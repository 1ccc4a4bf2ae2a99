"""One object of a state machine's definition, which can say what is wrong with it and where."""

import difflib
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any, NoReturn

from sandbox.states import paths as asl_paths

NOT_RUN = {"Map", "Parallel", "HeartbeatSeconds", "HeartbeatSecondsPath", "Arguments", "Output", "Assign"}


class DefinitionError(Exception):
    """A machine that AWS would refuse or the sandbox does not run. `at` leads to the place from the top."""

    def __init__(self, message: str, *at: str | int) -> None:
        super().__init__(message)
        self.at = at


@dataclass(frozen=True, slots=True)
class Node:
    """An object of the definition: `name` is what errors call it, `at` the way to it from the top."""

    name: str
    value: Mapping[str, Any]
    at: tuple[str | int, ...] = ()

    def wrong(self, problem: str, field: str | None = None) -> NoReturn:
        """Refuses the definition for this object, or for one field of it."""
        if field is None:
            raise DefinitionError(f"{self.name}: {problem}", *self.at)
        raise DefinitionError(f"{self.name}: field {field}: {problem}", *self.at, field)

    def has(self, *fields: str) -> list[str]:
        """Which of these fields are there."""
        return [field for field in fields if field in self.value]

    def only(self, known: Set[str], *needed: str) -> None:
        """No other fields than the known ones, and all that are needed."""
        for field in self.value:
            if field in NOT_RUN - known:
                self.wrong("is not run by the sandbox", field)
            if field not in known:
                self.wrong(f"is not known here{nearest(field, known)}", field)
        for field in needed:
            if field not in self.value:
                self.wrong(f"expected {field}")

    def whole(self, field: str, least: int, most: int) -> None:
        """The field, where it is there, is a whole number within bounds."""
        value = self.value.get(field, least)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.wrong(f"expected {least} to {most}, found {value!r}", field)

    def target(self, field: str, states: Iterable[str]) -> None:
        """The field, where it is there, names a state."""
        if field in self.value and self.value[field] not in states:
            self.wrong(f"no state is named {self.value[field]!r}{nearest(self.value[field], states)}", field)

    def path(self, field: str) -> None:
        """The field, where it is there, is a reference path."""
        if field in self.value and (problem := asl_paths.fault(self.value[field])):
            self.wrong(problem, field)

    def template(self, field: str) -> None:
        """The field, where it is there, is a payload template: each `name.$` has a reference path."""
        for name, path in dynamic(self.value.get(field)):
            if problem := asl_paths.fault(path):
                self.wrong(f"{name}: {problem}", field)

    def objects(self, field: str) -> list["Node"]:
        """The objects that the field lists; none where it is not there."""
        found = self.value.get(field, [])
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            self.wrong("expected a list of objects", field)
        return [Node(f"{self.name}: {field}", each, (*self.at, field, n)) for n, each in enumerate(found)]


def dynamic(template: Any) -> Iterator[tuple[str, Any]]:
    """Each `name.$` of a payload template, with its path."""
    if isinstance(template, list):
        for each in template:
            yield from dynamic(each)
    elif isinstance(template, dict):
        for name, value in template.items():
            if name.endswith(".$"):
                yield name, value
            else:
                yield from dynamic(value)


def nearest(name: object, known: Iterable[str]) -> str:
    """A hint at the right word, where one is near."""
    found = difflib.get_close_matches(str(name), list(known), n=1)
    return f"; did you mean {found[0]!r}?" if found else ""
