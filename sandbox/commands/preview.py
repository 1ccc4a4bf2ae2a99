"""`aftercart preview`: one page of what customers see of `journeys/`, or of what a change makes of it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aftercart.domain.brand import Brand
from sandbox.commands import check
from sandbox.commands.terminal import Ink, UserError
from sandbox.journeys.compile import JourneysWrong, compile_journeys
from sandbox.journeys.revision import earlier
from sandbox.preview.as_json import pair_as_json
from sandbox.preview.compare import State, ToldPair, compared
from sandbox.preview.customers import SAMPLES
from sandbox.preview.page import page
from sandbox.preview.shown import everything

Json = dict[str, Any]
PAGE = Path("preview.html")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """`before`: what the older version is called; None where there is but one."""

    brand: Brand
    pairs: tuple[ToldPair, ...]
    before: str | None = None

    def html(self) -> str:
        """The same for the same journeys, byte for byte."""
        return page(self.brand, self.pairs, self.before, summary(self.as_json()))

    def as_json(self) -> Json:
        """What the page shows. `changes` counts messages by state, where two versions are compared."""
        states = Counter(pair.state.value for pair in self.pairs)
        compared = self.before is not None
        return {
            "brand": self.brand.name,
            "languages": list(self.brand.languages),
            "prices_as_of": self.brand.prices.as_of.isoformat() if self.brand.prices.as_of else None,
            "customers": [{"key": s.key, "first_name": s.first_name, "told": s.told} for s in SAMPLES],
            "before": self.before,
            "changes": {state.value: states[state.value] for state in State} if compared else None,
            "messages": [pair_as_json(pair, compared=compared) for pair in self.pairs],
        }


def previewed(journeys: Path, before: str | None = None) -> Preview | Json:
    """The preview; where one version has mistakes, these as `check` tells them. Raises UserError.

    `before`: a folder, or a revision of git.
    """
    if not journeys.is_dir():
        raise UserError(f"there is no folder {journeys}")
    try:
        now = compile_journeys(journeys)
    except JourneysWrong:
        return check.checked(journeys)
    if before is None:
        return Preview(brand=now.brand, pairs=compared((), everything(now)))
    with earlier(journeys, before) as folder:
        try:
            was = everything(compile_journeys(folder))
        except JourneysWrong:
            return {**check.checked(folder), "before": before}
    return Preview(brand=now.brand, pairs=compared(was, everything(now)), before=before)


def summary(found: Mapping[str, Any]) -> str:
    """18 texts … in one line. What a whole leg is warned of, each of its bubbles is."""
    messages = found["messages"]
    legs = [leg for message in messages for leg in message["legs"]]
    shown = [(bubble, leg) for leg in legs for bubble in leg["shown"]]
    warned = sum(1 for bubble, leg in shown if bubble["warnings"] or leg.get("warnings"))
    told = (
        f"{_number(len(messages), 'message')} in {', '.join(found['languages'])}: "
        f"{_number(len(shown), 'bubble')}, {warned} with a warning"
    )
    if found["changes"] is None:
        return f"{told}."
    changes = ", ".join(f"{number} {state}" for state, number in found["changes"].items())
    return f"{told}; against {found['before']}: {changes}."


def _number(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def written(found: Mapping[str, Any], out: Path | None, ink: Ink) -> str:
    """Where the page is, or the mistakes as `check` writes them."""
    if "mistakes" in found:
        of = f"The version before ({found['before']}) cannot be shown:\n" if found.get("before") else ""
        return of + check.written(found, ink)
    return f"{ink.bold(str(out))}: {summary(found)}" if out else summary(found)
