"""What a request of the control API holds, read strictly: every mistake is named, with what was expected."""

import difflib
import json
from collections.abc import Collection, Mapping
from typing import Any, NoReturn

MOST_BYTES = 65_536


class Wrong(Exception):
    """The caller's mistake, in words: what was wrong, where, and what was expected."""


class Given:
    """Fields by name. Each reader takes one; `no_more` refuses what nobody has taken."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self._fields = dict(fields)
        self._known: list[str] = []

    @classmethod
    def of(cls, body: bytes) -> "Given":
        """From a JSON object. Raises Wrong."""
        if len(body) > MOST_BYTES:
            raise Wrong(f"the body has {len(body)} bytes: at most {MOST_BYTES} are taken")
        try:
            found = json.loads(body or b"{}")
        except (ValueError, RecursionError) as error:
            raise Wrong(f"the body is not JSON: {error}") from None
        if not isinstance(found, dict):
            raise Wrong(f"the body is a JSON {kind(found)}: expected an object, such as {{}}")
        return cls(found)

    def has(self, name: str) -> bool:
        self._known.append(name)
        return self._fields.get(name) is not None

    def take(self, name: str, otherwise: Any = None) -> Any:
        self._known.append(name)
        found = self._fields.get(name)
        return otherwise if found is None else found

    def text(self, name: str) -> str:
        """A string that is there and is not empty."""
        found = self.take(name)
        if found is None:
            raise Wrong(f"{name} is missing: expected a string")
        if not isinstance(found, str) or not found.strip():
            raise Wrong(f"{name} is {shown(found)}: expected a string that is not empty")
        return found

    def count(self, name: str) -> int | None:
        """A whole number from 1 on, or None where it is not given."""
        found = self.take(name)
        if found is not None and (isinstance(found, bool) or not isinstance(found, int) or found < 1):
            raise Wrong(f"{name} is {shown(found)}: expected a whole number from 1 on")
        return found

    def one_of(self, name: str, allowed: Collection[str]) -> str:
        return chosen(self.text(name), name, allowed)

    def no_more(self) -> None:
        for name in self._fields:
            if name not in self._known:
                raise Wrong(f"{name} is not a field here{near(name, self._known)}")


def chosen(found: str, name: str, allowed: Collection[str]) -> str:
    """One of these, however it is cased and joined ('crash-before' is 'crash before')."""
    plain = {_plain(each): each for each in allowed}
    if _plain(found) not in plain:
        none(f"{name} is {shown(found)}", found, allowed)
    return plain[_plain(found)]


def none(what: str, found: str, allowed: Collection[str]) -> NoReturn:
    """Raises Wrong with the nearest right word, and all of them where they are few."""
    known = f": expected one of {', '.join(sorted(allowed))}" if 0 < len(allowed) <= 20 else ""
    raise Wrong(f"{what}{known}{near(found, allowed)}")


def near(found: str, allowed: Collection[str]) -> str:
    close = difflib.get_close_matches(found, list(allowed), 1)
    return f"; did you mean {close[0]!r}?" if close else ""


def shown(found: Any) -> str:
    text = json.dumps(found, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."


def kind(found: Any) -> str:
    names = {list: "list", str: "string", bool: "true or false", int: "number", float: "number"}
    return names.get(type(found), "null")


def _plain(text: str) -> str:
    return " ".join(text.casefold().replace("-", " ").replace("_", " ").split())
