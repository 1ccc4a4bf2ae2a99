"""Plots as inline SVG, each with its figures in a table beneath: no script, no request, the same bytes.

Colours are the page's own CSS classes `s0` to `s5`, so that a plot follows its light or dark.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from sandbox.commands.terminal import MONTHS

WIDTH, HEIGHT = 960, 260
LEFT, RIGHT, TOP, BOTTOM = 56, 8, 10, 26
ROW, NAMES, AFTER = 26, 270, 96  # of horizontal bars: height, room for names, room for figures
COLOURS = 6
NARROWEST = 70  # between two labels of the axis


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of a plot: its name, and a value for each column or row."""

    name: str
    values: Sequence[float]


def by_month(months: Sequence[str], series: Sequence[Series]) -> str:
    """Stacked columns, one for each of `months` (2027-03), with no month left out between."""
    tops = [sum(each.values[n] for each in series) for n in range(len(months))]
    step = _step(max(tops, default=0))
    most = step * max(1, -(-max(tops, default=0) // step))
    room, height = (WIDTH - LEFT - RIGHT) / max(1, len(months)), HEIGHT - TOP - BOTTOM
    parts = [*_scale(most, step, height), *_labels(months, room)]
    for n, month in enumerate(months):
        x, below = LEFT + n * room, 0.0
        for colour, each in enumerate(series):
            tall = each.values[n] / most * height
            below += tall
            if tall:
                y = HEIGHT - BOTTOM - below
                told = f"{month}, {each.name}: {_number(each.values[n])}"
                parts.append(_bar(x + room * 0.1, y, room * 0.8, tall, colour, told))
    return _svg(HEIGHT, "Messages in each month", parts)


def by_row(label: str, rows: Sequence[str], series: Sequence[Series], figures: Sequence[str]) -> str:
    """Stacked bars from left to right, a row each, with its figure behind."""
    sums = [sum(each.values[n] for each in series) for n in range(len(rows))]
    room, most = WIDTH - NAMES - AFTER, max([*sums, 0]) or 1
    parts = []
    for n, (row, figure) in enumerate(zip(rows, figures, strict=True)):
        middle, x = n * ROW + ROW / 2, float(NAMES)
        parts.append(_text(NAMES - 10, middle + 4, row, "end", "name"))
        for colour, each in enumerate(series):
            wide = each.values[n] / most * room
            if wide:
                told = f"{row}, {each.name}: {_number(each.values[n])}" if each.name else f"{row}: {figure}"
                parts.append(_bar(x, middle - ROW * 0.32, wide, ROW * 0.64, colour, told))
            x += wide
        parts.append(_text(x + 8, middle + 4, figure, "start", "figure"))
    return _svg(max(1, len(rows)) * ROW, label, parts)


def legend(names: Iterable[str]) -> str:
    """Which colour is which."""
    items = (
        f'<li><span class="swatch s{n % COLOURS}"></span>{escape(name)}</li>' for n, name in enumerate(names)
    )
    return f'<ul class="legend">{"".join(items)}</ul>'


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The first cell of a row names it."""
    top = "".join(f'<th scope="col">{escape(each)}</th>' for each in head)
    return f"<table><thead><tr>{top}</tr></thead><tbody>{''.join(map(_row, rows))}</tbody></table>"


def _row(cells: Sequence[str]) -> str:
    first, *others = map(escape, cells)
    return f'<tr><th scope="row">{first}</th>{"".join(f"<td>{each}</td>" for each in others)}</tr>'


def figure(title: str, note: str, drawn: str, figures: str, names: Sequence[str] = ()) -> str:
    """A plot with its title, its table, and what its colours are where there are several."""
    colours = legend(names) if names else ""
    return (
        f"<section><h2>{escape(title)}</h2><p>{escape(note)}</p><figure>{colours}"
        f'<div class="wide">{drawn}</div><details><summary>The figures</summary>'
        f'<div class="wide">{figures}</div></details></figure></section>'
    )


def months_between(first: str, last: str) -> list[str]:
    """2026-11 to 2027-02: four."""
    (year, month), (until, end) = (map(int, each.split("-")) for each in (first, last))
    numbers = range(year * 12 + month - 1, until * 12 + end)
    return [f"{n // 12}-{n % 12 + 1:02}" for n in numbers]


def _step(most: float) -> float:
    """Between two lines of the scale: 1, 2 or 5 times a power of ten, for three to six lines."""
    power = 1.0
    while power * 10 <= most / 3:
        power *= 10
    return next((power * n for n in (1, 2, 5, 10) if power * n * 5 >= most), power * 10)


def _scale(most: float, step: float, height: float) -> Iterator[str]:
    for n in range(round(most / step) + 1):
        y = HEIGHT - BOTTOM - n * step / most * height
        yield f'<path class="line" d="M{LEFT} {_place(y)}H{WIDTH - RIGHT}"/>'
        yield _text(LEFT - 8, y + 4, _number(n * step), "end", "figure")


def _labels(months: Sequence[str], room: float) -> Iterator[str]:
    """As many as have room: each month, each third, or each January."""
    every = next((n for n in (1, 2, 3, 6) if n * room >= NARROWEST), 12)
    for n, text in enumerate(months):
        year, month = text[:4], int(text[5:])
        if (month - 1) % every == 0:
            told = year if every == 12 else f"{MONTHS[month - 1]} {year}"
            x = LEFT + n * room
            yield f'<path class="tick" d="M{_place(x)} {HEIGHT - BOTTOM}v5"/>'
            yield _text(x, HEIGHT - 6, told, "start", "figure")


def _bar(x: float, y: float, wide: float, tall: float, colour: int, told: str) -> str:
    size = f'x="{_place(x)}" y="{_place(y)}" width="{_place(wide)}" height="{_place(tall)}"'
    return f'<rect class="s{colour % COLOURS}" {size}><title>{escape(told)}</title></rect>'


def _text(x: float, y: float, text: str, anchor: str, kind: str) -> str:
    place = f'x="{_place(x)}" y="{_place(y)}" text-anchor="{anchor}"'
    return f'<text class="{kind}" {place}>{escape(text)}</text>'


def _svg(height: float, label: str, parts: Iterable[str]) -> str:
    box = f'viewBox="0 0 {WIDTH} {_place(height)}"'
    return f'<svg role="img" aria-label="{escape(label)}" {box}>{"".join(parts)}</svg>'


def _place(at: float) -> str:
    return f"{at:.1f}".removesuffix(".0")


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == round(value) else f"{value:,.2f}"
