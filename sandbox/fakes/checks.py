"""Small checks that the providers' fakes share: what a real API refuses, it names."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, NoReturn

Refuse = Callable[[str], NoReturn]
"""Raises the provider's own error; given the field that is wrong and why."""


class Checker:
    """Walks a request and refuses at the first thing that is wrong."""

    def __init__(self, refuse: Refuse) -> None:
        self.refuse = refuse

    def fields(
        self, found: Any, place: str, required: Collection[str], optional: Collection[str] = ()
    ) -> Any:
        """An object with these fields and no others."""
        if not isinstance(found, Mapping):
            self.refuse(f"{place} must be an object")
        missing = [name for name in required if name not in found]
        if missing:
            self.refuse(f"{place}.{missing[0]} is required")
        unknown = [name for name in found if name not in required and name not in optional]
        if unknown:
            self.refuse(f"unexpected key {place}.{unknown[0]}")
        return found

    def text(self, found: Any, place: str, most: int, least: int = 1) -> str:
        """A string of so many characters."""
        if not isinstance(found, str) or not least <= len(found) <= most:
            self.refuse(f"{place} must be a string of {least} to {most} characters")
        return str(found)

    def items(self, found: Any, place: str, most: int, least: int = 1) -> list[Any]:
        """A list of so many items."""
        if not isinstance(found, list) or not least <= len(found) <= most:
            self.refuse(f"{place} must be a list of {least} to {most}")
        return list(found)

    def one_of(self, found: Any, place: str, allowed: Collection[str]) -> str:
        if not isinstance(found, str) or found not in allowed:
            self.refuse(f"{place} must be one of {', '.join(sorted(allowed))}")
        return str(found)

    def that(self, holds: object, why: str) -> None:
        if not holds:
            self.refuse(why)
