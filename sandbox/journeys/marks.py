"""YAML that knows where each word stands, and mistakes that say so.

Every scalar is read as text: `on` stays a key and 11:00 a time of day (YAML 1.1 makes them a boolean
and the number 660). The shapes in `journey_shapes` say what each text means.
"""

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

Loc = tuple[str | int, ...]
Data = str | list[Any] | dict[str, Any]
# libyaml where the wheel has it: ten times faster.
_Parser: Any = getattr(getattr(yaml, "cyaml", None), "CParser", None)


class _CLoader(_Parser or object):  # type: ignore[misc]
    """Nodes alone: what a scalar would be in YAML 1.1 is nobody's question, and asked for each.

    So the answer is always "", and comes without a call into Python.
    """

    resolve = descend_resolver = ascend_resolver = dispose = "".format


_Loader: Any = _CLoader if _Parser else yaml.BaseLoader

DEEPEST = 50  # levels of a file: ours have eight
NESTED = f"this is nested more than {DEEPEST} deep"
DANGEROUS = 5000  # levels: a process has room for some 25,000
MOST_REPEATED = 10_000
WIDTH = 100  # of the line that is shown; texts have long ones


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake. `line` and `column` count from 1."""

    file: str
    line: int
    column: int
    what: str
    source: str = field(default="", compare=False)

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}: {self.what}"
        if not self.source.strip():
            return place
        start = max(0, self.column - WIDTH // 2) if len(self.source) > WIDTH else 0
        shown = self.source[start : start + WIDTH].rstrip()
        return f"{place}\n    {shown}\n    {' ' * (self.column - 1 - start)}^"


def nearest(word: str, known: Iterable[str]) -> str:
    """The end of a mistake's line: what was meant, or what there is to choose from."""
    choices = sorted(set(known))
    close = difflib.get_close_matches(word, choices, n=1, cutoff=0.6)
    if close:
        return f"; did you mean '{close[0]}'?"
    return f"; there is {', '.join(choices)}" if choices else ""


class YamlFile:
    """One file: its data as text, lists and mappings, and the place of each."""

    def __init__(self, path: Path, root: Path) -> None:
        self.path = path
        self.name = path.relative_to(root.parent).as_posix()
        self.problems: list[Problem] = []
        self.data: Data = {}
        self._keys: dict[Loc, yaml.Mark] = {}
        self._nodes: dict[Loc, yaml.Node] = {}
        self._seen: set[yaml.Node] = set()
        self._repeated = 0  # what stands at more places than one, by aliases
        self._text = ""
        self._root: yaml.Node | None = None
        self._read()

    def _read(self) -> None:
        try:
            self._text = text = _content(self.path).decode()
            _check_nesting(text)
            self._root = yaml.compose(text, Loader=_Loader)
            self.data = self._data(self._root, text) if self._root else {}
        except OSError:
            self.problems.append(Problem(self.name, 1, 1, "this file is missing"))
        except UnicodeDecodeError:
            self.problems.append(Problem(self.name, 1, 1, "this file is not UTF-8"))
        except _TooMuch as too_much:
            self._add(too_much.mark, too_much.what)
        except RecursionError:  # without libyaml
            self._add(None, NESTED)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            self.problems.append(self._problem(line, column, f"not YAML: {error.problem or error.context}"))
        except yaml.YAMLError as error:
            self.problems.append(Problem(self.name, 1, 1, f"not YAML: {error}"))

    def _data(self, root: yaml.Node, text: str) -> Data:
        """Places are kept at once only where the walk for them may find a mistake of its own."""
        if "&" not in text:  # so nothing can refer to itself
            try:
                return _plain(root)
            except (_KeysWrong, RecursionError):
                pass
        return self._value(root, (), ())

    def _keep_places(self) -> None:
        if self._root and not self._nodes:
            try:
                self._value(self._root, (), ())
            except _TooMuch as too_much:
                self._add(too_much.mark, too_much.what)

    def _value(self, node: yaml.Node, loc: Loc, inside: tuple[yaml.Node, ...]) -> Data:
        self._nodes[loc] = node
        if node in inside:
            self.problem(loc, "this refers to itself")
            return ""
        if len(inside) > DEEPEST:
            raise _TooMuch(node.start_mark, NESTED)
        self._repeated += node in self._seen
        if self._repeated > MOST_REPEATED:
            raise _TooMuch(node.start_mark, f"aliases repeat more than {MOST_REPEATED:,} things")
        self._seen.add(node)
        inside = (*inside, node)
        if isinstance(node, yaml.MappingNode):
            return dict(self._pairs(node, loc, inside))
        if isinstance(node, yaml.SequenceNode):
            return [self._value(child, (*loc, i), inside) for i, child in enumerate(node.value)]
        return str(node.value)

    def _pairs(
        self, node: yaml.MappingNode, loc: Loc, inside: tuple[yaml.Node, ...]
    ) -> Iterator[tuple[str, Data]]:
        for key, child in node.value:
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else "?"
            place = (*loc, name)
            if place in self._keys:
                self._add(key.start_mark, f"'{name}' stands here twice")
                continue
            self._keys[place] = key.start_mark
            yield name, self._value(child, place, inside)

    def problem(self, loc: Loc, what: str, *, key: bool = False) -> None:
        """A mistake at a value, or at its key; where the place is not in the file, at what holds it.

        A value that stands for more than itself (PT15M for {wait: PT15M}) holds it as a value.
        """
        self._keep_places()
        while loc not in self._nodes and loc:
            loc = loc[:-1]
            key = not isinstance(self._nodes.get(loc), yaml.ScalarNode)
        mark = self._keys.get(loc) if key else None
        node = self._nodes.get(loc)
        self._add(mark or (node.start_mark if node else None), what)

    def problem_in(self, loc: Loc, index: int, snippet: str, what: str) -> None:
        """A mistake inside a text: at that character of a literal block, else where the snippet is."""
        self._keep_places()
        node = self._nodes.get(loc)
        if not isinstance(node, yaml.ScalarNode):
            return self.problem(loc, what)
        place = self._in_block(node, index) if node.style == "|" else self._search(node, snippet)
        if place is None:
            return self.problem(loc, what)
        self.problems.append(self._problem(*place, what))

    @cached_property
    def _lines(self) -> list[str]:
        return self._text.splitlines()

    def _in_block(self, node: yaml.ScalarNode, index: int) -> tuple[int, int]:
        before = node.value[:index]
        line = node.start_mark.line + 1 + before.count("\n")
        first = next((text for text in self._lines[node.start_mark.line + 1 :] if text.strip()), "")
        indent = len(first) - len(first.lstrip())
        return line + 1, indent + index - (before.rfind("\n") + 1) + 1

    def _search(self, node: yaml.ScalarNode, snippet: str) -> tuple[int, int] | None:
        start, end = node.start_mark, node.end_mark
        for number in range(start.line, min(end.line + 1, len(self._lines))):
            column = self._lines[number].find(snippet, start.column if number == start.line else 0)
            if snippet and column >= 0:
                return number + 1, column + 1
        return None

    def _add(self, mark: yaml.Mark | None, what: str) -> None:
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        self.problems.append(self._problem(line, column, what))

    def _problem(self, line: int, column: int, what: str) -> Problem:
        source = self._lines[line - 1] if 0 < line <= len(self._lines) else ""
        return Problem(self.name, line, column, what, source)

    def __contains__(self, loc: Loc) -> bool:
        data: Any = self.data
        for part in loc:
            inside = dict(enumerate(data)) if isinstance(data, list) else data
            if not isinstance(inside, dict) or part not in inside:
                return False
            data = inside[part]
        return self._root is not None


def _content(path: Path) -> bytes:
    """Raises OSError, also for what is no file: a pipe is never at its end."""
    if not path.is_file():
        raise FileNotFoundError(path)
    return path.read_bytes()


class _KeysWrong(Exception):
    """One stands twice, or is no word."""


class _TooMuch(Exception):
    """Where something is nested too deep or repeated too often, and what to say of it."""

    def __init__(self, mark: Any, what: str) -> None:
        super().__init__(what)
        self.mark = mark
        self.what = what


def _check_nesting(text: str) -> None:
    """Raises _TooMuch. libyaml composes by recursion without a bound, and would end the process."""
    if not _may_be_deep(text):
        return
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise _TooMuch(event.start_mark, NESTED)


def _may_be_deep(text: str) -> bool:
    """So deep that it could end the process: each level takes a bracket, or at least half a column."""
    return len(text) > DANGEROUS and (text.count("[") + text.count("{") > DANGEROUS or _has_long_line(text))


def _has_long_line(text: str) -> bool:
    start = 0
    while len(text) - start > DANGEROUS:
        end = text.rfind("\n", start, start + DANGEROUS)
        if end < 0:
            return True
        start = end + 1
    return False


def _plain(node: yaml.Node) -> Data:
    """What a document says that refers to nothing of itself."""
    if isinstance(node, yaml.MappingNode):
        data = {key.value: _plain(child) for key, child in node.value if isinstance(key, yaml.ScalarNode)}
        if len(data) < len(node.value):
            raise _KeysWrong
        return data
    if isinstance(node, yaml.SequenceNode):
        return [_plain(child) for child in node.value]
    return str(node.value)
