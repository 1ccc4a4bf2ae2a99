"""Figures as a table that can be read, and as JSON."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Value = float | int | str | None


@dataclass(frozen=True, slots=True)
class Row:
    """One thing measured. `aim`: the most that its section's first column should be, or the `at_least`."""

    name: str
    values: Sequence[Value]
    aim: float | None = None
    note: str = ""
    at_least: bool = False

    @property
    def missed(self) -> bool:
        first = self.values[0]
        if self.aim is None or not isinstance(first, int | float):
            return False
        return first < self.aim if self.at_least else first > self.aim


@dataclass(frozen=True, slots=True)
class Section:
    """`how`: what its figures are measured with."""

    title: str
    how: str
    columns: Sequence[str]
    rows: Sequence[Row] = field(default=())


def as_json(section: Section) -> dict[str, Any]:
    return {
        "title": section.title,
        "measured_with": section.how,
        "rows": [_row_as_json(section.columns, row) for row in section.rows],
    }


def _row_as_json(columns: Sequence[str], row: Row) -> Mapping[str, Any]:
    found: dict[str, Any] = {"name": row.name.strip(), **dict(zip(columns, row.values, strict=True))}
    if row.aim is not None:
        found |= {"aim": row.aim, "met": not row.missed}
    return found | ({"note": row.note} if row.note else {})


def as_text(section: Section) -> str:
    """The aim stands beside the first figure, and `over` or `under` where it is missed."""
    aims = any(row.aim is not None for row in section.rows)
    first, *others = section.columns
    head = ["", first, *(["aim", ""] if aims else []), *others]
    lines = [head, *(_cells(row, aims) for row in section.rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    table = [_line(cells, widths) for cells in lines]
    notes = ["", *(row.note for row in section.rows)]
    body = [f"  {cells}  {note}".rstrip() for cells, note in zip(table, notes, strict=True)]
    return "\n".join([section.title, f"  measured with {section.how}", *body])


def _cells(row: Row, aims: bool) -> list[str]:
    first, *others = map(_shown, row.values)
    aim = f"{'≥' if row.at_least else '≤'} {_shown(row.aim)}" if row.aim is not None else ""
    missed = ("under" if row.at_least else "over") if row.missed else ""
    return [row.name, first, *([aim, missed] if aims else []), *others]


def _line(cells: Iterable[str], widths: Sequence[int]) -> str:
    name, *rest = zip(cells, widths, strict=True)
    return "  ".join([name[0].ljust(name[1]), *(cell.rjust(width) for cell, width in rest)])


def _shown(value: Value) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        if 0 < abs(value) < 0.095:
            return f"{value:.2g}"
        return f"{value:,.2f}" if abs(value) < 100 else f"{value:,.0f}"
    return str(value)
