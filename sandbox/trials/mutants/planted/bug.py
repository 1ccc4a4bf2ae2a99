"""A bug to plant: where, what, the promise that it breaks, and who should notice."""

from dataclasses import dataclass

FLOWS = "shared/aftercart/flows/"
DOMAIN = "shared/aftercart/domain/"
AWS = "shared/aftercart/aws/"


class Moved(Exception):
    """What a bug replaces is not there exactly once any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bug:
    """`edits`: (what stands there now, what stands there instead), each found exactly once in `file`.

    `tests`: pytest's names, relative to the root; quick ones that fail because of the bug.
    """

    name: str
    breaks: str
    file: str
    edits: tuple[tuple[str, str], ...]
    tests: tuple[str, ...]

    def planted_in(self, text: str) -> str:
        """The file's text with the bug. Raises Moved."""
        for old, new in self.edits:
            if text.count(old) != 1:
                raise Moved(f"{self.name}: the code has moved in {self.file}, plant anew: {old.strip()!r}")
            text = text.replace(old, new)
        return text
