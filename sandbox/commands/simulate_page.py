"""The report of `aftercart simulate` as one HTML page, whole in itself: the same report, the same bytes."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from html import escape
from typing import Any

from sandbox.commands.plots import Series, by_month, by_row, figure, months_between, table
from sandbox.commands.simulate_shown import broken, title, total

Json = Mapping[str, Any]
STYLE = """
:root{color-scheme:light dark;--page:#f6f6f4;--card:#fff;--ink:#1c1c1e;--faint:#5b5b66;--line:#e1e0da;
--good:#0b6b2c;--bad:#b3261e;
--s0:#2a78d6;--s1:#1baf7a;--s2:#eda100;--s3:#7a4fc9;--s4:#d6497f;--s5:#6b7280}
@media(prefers-color-scheme:dark){:root{--page:#141416;--card:#1e1e21;--ink:#eee;--faint:#a9a9b2;--line:#38383d;
--good:#6fd08c;--bad:#ff8a80;
--s0:#3987e5;--s1:#199e70;--s2:#c98500;--s3:#9a78e0;--s4:#d55181;--s5:#8b93a1}}
*{box-sizing:border-box}
body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:64rem;padding:1.5rem 1rem 4rem;
background:var(--page);color:var(--ink)}
h1{font-size:1.5rem;margin:0}h2{font-size:1.15rem;margin:0}p{margin:.2rem 0 .8rem;color:var(--faint)}
section,dl{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:1rem;margin:1rem 0}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:1rem}
dt{color:var(--faint)}dd{margin:0;font-size:1.4rem;overflow-wrap:anywhere}
.good{color:var(--good)}.bad{color:var(--bad)}
figure{margin:0}.wide{overflow-x:auto}svg{display:block;width:100%;min-width:40rem;height:auto}
svg text{font:12px system-ui,sans-serif;fill:var(--faint);font-variant-numeric:tabular-nums}
svg text.name{fill:var(--ink)}
.line,.tick{stroke:var(--line);fill:none}
.s0{fill:var(--s0);background:var(--s0)}.s1{fill:var(--s1);background:var(--s1)}
.s2{fill:var(--s2);background:var(--s2)}.s3{fill:var(--s3);background:var(--s3)}
.s4{fill:var(--s4);background:var(--s4)}.s5{fill:var(--s5);background:var(--s5)}
rect:hover{opacity:.75}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;margin:0 0 .6rem;padding:0}
.legend,dt{font-size:.9rem}
.swatch{display:inline-block;width:.75rem;height:.75rem;border-radius:.2rem;margin-right:.4rem}
details{margin-top:.8rem}summary{cursor:pointer;color:var(--faint)}
table{border-collapse:collapse;margin-top:.5rem;font-size:.9rem;font-variant-numeric:tabular-nums}
th,td{padding:.2rem 1rem .2rem 0;text-align:right;border-bottom:1px solid var(--line);font-weight:400}
th:first-child,td:first-child{text-align:left}thead th{color:var(--faint)}
.words td,.words th{text-align:left}code{white-space:nowrap}
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def html(found: Json) -> str:
    """Of what `Population.as_json` gives."""
    journeys = _names(
        [*found["messages"], *found["costs"], *found["skips"]], "journey"
    )  # each has its colour
    channels = _names([*found["messages"], *found["costs"]], "channel")
    months = (("channel", channels, "As phones showed them."), ("journey", journeys, "The same, by journey."))
    parts = [
        _head(found),
        _promises(found["breaches"]),
        *(_months(found["messages"], *each) for each in months),
        *(_cost(found["costs"], currency, channels) for currency in _names(found["costs"], "currency")),
        _skips(found["skips"], journeys),
        _counted("Put off, by reason", "To a later time, and then decided anew.", found["deferrals"]),
        _counted("How each thing ended", "Everything that was due, the silences too.", found["ends"]),
        _listed("What happened", "Posts and receipts are lost, late or twice.", found["happened"]),
        _listed("Calls that were made to fail", "And in which way.", found["broken"]),
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f"<title>Aftercart simulation</title><style>{STYLE}</style></head>"
        f"<body><main>{''.join(parts)}</main></body></html>\n"
    )


def _head(found: Json) -> str:
    breaches, messages = len(found["breaches"]), sum(row["count"] for row in found["messages"])
    figures = {
        "Messages shown": f"{messages:,}",
        "Cost": total(found["costs"]),
        "Left unsaid": f"{sum(row['count'] for row in found['skips']):,}",
        "Known doubles": f"{found['known_doubles']:,}",
        "Ended unknown": f"{found['unknown']:,}",
    }
    tiles = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in figures.items()
    )
    kind = "bad" if breaches else "good"
    tiles += f'<div><dt>Broken promises</dt><dd class="{kind}">{breaches:,}</dd></div>'
    return f"<h1>Simulation</h1><p>{escape(title(found))}</p><dl>{tiles}</dl>"


def _promises(breaches: Sequence[Json]) -> str:
    if not breaches:
        return '<section><h2 class="good">No promise was broken</h2></section>'
    rows = "".join(
        f"<tr><td>{escape(each['breach'])}</td><td><code>{escape(each['replay'])}</code></td></tr>"
        for each in breaches
    )
    head = '<tr><th scope="col">What</th><th scope="col">Play its sandbox alone</th></tr>'
    return (
        f'<section><h2 class="bad">{broken(len(breaches))}</h2><div class="wide">'
        f'<table class="words"><thead>{head}</thead><tbody>{rows}</tbody></table></div></section>'
    )


def _months(rows: Sequence[Json], colour: str, names: Sequence[str], note: str) -> str:
    known = sorted({row["month"] for row in rows})
    months, counts = months_between(known[0], known[-1]) if known else [], _sums(rows, "month", colour)
    series = [Series(name, [float(counts[month, name]) for month in months]) for name in names]
    cells = [
        [month, *(f"{counts[month, name]:,}" for name in names), f"{sum(counts[month, n] for n in names):,}"]
        for month in months
    ]
    figures = table(["Month", *names, "All"], cells)
    return figure(f"Messages by month and {colour}", note, by_month(months, series), figures, names)


def _cost(costs: Sequence[Json], currency: str, channels: Sequence[str]) -> str:
    """A plot for each currency: they do not add up."""
    rows = [row for row in costs if row["currency"] == currency]
    journeys, sums = _names(rows, "journey"), defaultdict[tuple[str, str], Decimal](Decimal)
    for row in rows:
        sums[row["journey"], row["channel"]] += Decimal(row["amount"])
    series = [Series(each, [float(sums[journey, each]) for journey in journeys]) for each in channels]
    whole = [f"{sum((sums[journey, each] for each in channels), Decimal()):,.2f}" for journey in journeys]
    cells = [
        [journey, *(f"{sums[journey, each]:,.4f}" for each in channels), all_of_it]
        for journey, all_of_it in zip(journeys, whole, strict=True)
    ]
    drawn = by_row(f"Cost in {currency} by journey", journeys, series, whole)
    note = f"In {currency}, by the prices of journeys/prices.yaml where the provider told none."
    return figure(f"Cost in {currency}", note, drawn, table(["Journey", *channels, "All"], cells), channels)


def _skips(rows: Sequence[Json], journeys: Sequence[str]) -> str:
    """The commonest reason first."""
    counts, whole = _sums(rows, "reason", "journey"), _sums(rows, "reason")
    reasons = [reason for (reason,) in sorted(whole, key=lambda key: (-whole[key], key))]
    series = [Series(each, [float(counts[reason, each]) for reason in reasons]) for each in journeys]
    drawn = by_row("Skips by reason", reasons, series, [f"{whole[(reason,)]:,}" for reason in reasons])
    cells = [[row["journey"], row["step"], row["reason"], f"{row['count']:,}"] for row in rows]
    figures = table(["Journey", "Step", "Reason", "Times"], cells)
    note = "By the journey it was of; the figures also name the step."
    return figure("Left unsaid, by reason", note, drawn, figures, journeys)


def _counted(heading: str, note: str, counts: Mapping[str, int]) -> str:
    names = sorted(counts, key=lambda name: (-counts[name], name))
    figures = [f"{counts[name]:,}" for name in names]
    drawn = by_row(heading, names, [Series("", [float(counts[name]) for name in names])], figures)
    return figure(heading, note, drawn, table(["", "Times"], zip(names, figures, strict=True)))


def _listed(heading: str, note: str, counts: Mapping[str, int]) -> str:
    rows = [(name, f"{count:,}") for name, count in counts.items()]
    return f"<section><h2>{escape(heading)}</h2><p>{escape(note)}</p>{table(['', 'Times'], rows)}</section>"


def _names(rows: Iterable[Json], key: str) -> list[str]:
    return sorted({row[key] for row in rows})


def _sums(rows: Iterable[Json], *keys: str) -> Counter[tuple[str, ...]]:
    found = Counter[tuple[str, ...]]()
    for row in rows:
        found[tuple(row[key] for key in keys)] += row["count"]
    return found
