"""What `aftercart simulate` prints: the report in a screenful or two. JSON and the page have it whole."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sandbox.commands.terminal import MONTHS, Ink

Json = Mapping[str, Any]


def written(found: Json, ink: Ink) -> str:
    """For people. The last line says whether the promises held."""
    return "\n".join(_lines(found, ink))


def title(found: Json) -> str:
    """`1000 customers, 3 years, seed 1`."""
    people, years = _several(found["customers"], "customer"), _several(found["years"], "year")
    alone = f", sandbox {found['sandbox']} alone: {found['played']} of them" if found["sandbox"] else ""
    return f"{people}, {years}, seed {found['seed']}{alone}"


def _several(count: float, what: str) -> str:
    return f"{str(count).removesuffix('.0')} {what}{'' if count == 1 else 's'}"


def broken(count: int) -> str:
    """`2 promises were broken`."""
    return "1 promise was broken" if count == 1 else f"{count:,} promises were broken"


def _lines(found: Json, ink: Ink) -> Iterator[str]:
    yield ink.bold(title(found))
    yield from _counted("What happened", found["happened"], ink)
    yield from _counted("Calls that were made to fail", found["broken"], ink)
    yield from _by_journey(found, ink)
    yield from _by_month(found, ink)
    yield from _counted("Left unsaid", _by(found["skips"], "reason"), ink)
    yield from _counted("Put off", found["deferrals"], ink)
    yield from _counted("How each thing ended", found["ends"], ink)
    yield ""
    ends = max(1, sum(found["ends"].values()))
    for name, told in (
        ("known_doubles", "known doubles: no receipt in time, so a second channel showed it too"),
        ("unknown", "ended unknown"),
    ):
        yield f"{found[name]:,} {told} ({found[name] / ends:.2%})"
    yield ""
    yield from _breaches(found["breaches"], ink)


def _counted(heading: str, counts: Mapping[str, int], ink: Ink) -> Iterator[str]:
    yield ""
    yield ink.bold(heading)
    yield from (f"  {count:9,}  {what}" for what, count in counts.items())


def _by(rows: Sequence[Json], name: str) -> dict[str, int]:
    found = Counter[str]()
    for row in rows:
        found[row[name]] += row["count"]
    return dict(sorted(found.items()))


def _by_journey(found: Json, ink: Ink) -> Iterator[str]:
    channels = list(_by(found["messages"], "channel"))
    table = [["", *channels, "all", "cost"]]
    for journey, count in _by(found["messages"], "journey").items():
        own = _by([row for row in found["messages"] if row["journey"] == journey], "channel")
        costs = [row for row in found["costs"] if row["journey"] == journey]
        table.append([journey, *(f"{own.get(each, 0):,}" for each in channels), f"{count:,}", total(costs)])
    sums = _by(found["messages"], "channel")
    everything = f"{sum(sums.values()):,}"
    table.append(["all", *(f"{sums[each]:,}" for each in channels), everything, total(found["costs"])])
    yield ""
    yield ink.bold("Messages shown, by journey and channel")
    yield from _table(table)


def _by_month(found: Json, ink: Ink) -> Iterator[str]:
    counts = _by(found["messages"], "month")
    years = sorted({month[:4] for month in counts})
    table = [["", *MONTHS]]
    for year in years:
        table.append([year, *(f"{counts.get(f'{year}-{n:02}', 0):,}" for n in range(1, 13))])
    yield ""
    yield ink.bold("Messages shown, by month")
    yield from _table(table)


def total(costs: Sequence[Json]) -> str:
    """`12.34 EUR, 5.60 USD`: each currency for itself, to the hundredth."""
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in costs:
        sums[row["currency"]] += Decimal(row["amount"])
    return ", ".join(f"{amount:,.2f} {currency}" for currency, amount in sorted(sums.items())) or "–"


def _table(table: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for first, *others in table:
        cells = [first.ljust(widths[0]), *(each.rjust(w) for each, w in zip(others, widths[1:], strict=True))]
        yield f"  {'  '.join(cells)}"


def _breaches(breaches: Sequence[Json], ink: Ink) -> Iterator[str]:
    if not breaches:
        yield ink.green("No promise was broken.")
        return
    yield ink.red(f"{broken(len(breaches))}:")
    by_sandbox: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for each in breaches:
        by_sandbox[each["sandbox"], each["replay"]].append(each["breach"])
    for (sandbox, replay), wrong in by_sandbox.items():
        yield f"  in sandbox {sandbox}, which plays alone with {replay}"
        yield from (f"    {each}" for each in wrong)
