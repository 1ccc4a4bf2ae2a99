"""The preview as one HTML file: nothing is loaded from elsewhere, and whatever is inserted is escaped."""

import base64
import hashlib
from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby
from pathlib import Path
from string import Template

from babel import Locale, UnknownLocaleError

from aftercart.domain.brand import Brand
from aftercart.domain.message import Variant
from sandbox.preview.bubble_html import CUSTOMERS, NAMES, figure, listed_warnings
from sandbox.preview.compare import LegPair, Span, State, ToldPair, changed_words
from sandbox.preview.customers import SAMPLES
from sandbox.preview.shown import Shown
from sandbox.preview.text_html import Mark, marked

HERE = Path(__file__).parent
UNSEEN = "Its words changed, though not where one of these samples would see it."
VARIANTS = {Variant.PLAIN: "", Variant.OFFER: " with its offer"}


def page(brand: Brand, pairs: Sequence[ToldPair], before: str | None, summary: str) -> str:
    """`before`: what the older version is called; None where there is but one."""
    style, script = ((HERE / f"page.{kind}").read_text(encoding="utf-8").strip() for kind in ("css", "js"))
    policy = f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'"
    drawn = _Drawn(brand, before)
    return Template((HERE / "page.html").read_text(encoding="utf-8")).substitute(
        policy=policy,
        title=escape(f"{brand.name}: what customers see"),
        style=style,
        kind=' data-compared=""' if before is not None else "",
        summary=escape(summary),
        customers=_customers(),
        filters=_filters(brand, pairs),
        messages=drawn.changes(pairs) if before is not None else drawn.journeys(pairs),
        foot=escape(_foot(brand)),
        script=script,
    )


def _hash(text: str) -> str:
    """How a policy names an inline style or script: any other is refused, whoever put it there."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _customers() -> str:
    rows = (f"<dt>{escape(CUSTOMERS[each.key])}</dt><dd>{escape(each.told)}</dd>" for each in SAMPLES)
    return f"<details><summary>The sample customers</summary><dl>{''.join(rows)}</dl></details>"


def _foot(brand: Brand) -> str:
    prices = brand.prices
    as_of = f"Prices as of {prices.as_of}, before tax. " if prices.as_of else "No prices.yaml: no prices. "
    return f"{as_of}Names, numbers and links are samples; products are the catalogue's."


def language_name(code: str) -> str:
    """Ukrainian; the code where there is no such name."""
    try:
        return Locale.parse(code).get_display_name("en") or code
    except (UnknownLocaleError, ValueError):
        return code


def _filters(brand: Brand, pairs: Iterable[ToldPair]) -> str:
    places = [leg.place for pair in pairs for leg in pair.legs]
    choices = {
        "journey": {place.journey: place.journey for place in places},
        "channel": {place.channel.value: NAMES[place.channel] for place in places},
        "language": {code: language_name(code) for code in dict.fromkeys(p.language for p in places)},
        "customer": CUSTOMERS,
    }
    return "".join(_select(name, options) for name, options in choices.items())


def _select(name: str, options: dict[str, str]) -> str:
    known = "".join(
        f'<option value="{escape(value)}">{escape(told)}</option>' for value, told in options.items()
    )
    return (
        f'<label>{name.title()} <select name="{name}"><option value="">all</option>{known}</select></label>\n'
    )


class _Drawn:
    def __init__(self, brand: Brand, before: str | None) -> None:
        self._brand, self._before = brand, before

    def changes(self, pairs: Sequence[ToldPair]) -> str:
        """What changed first; what did not lies folded below."""
        changed = [pair for pair in pairs if pair.state is not State.SAME]
        same = [pair for pair in pairs if pair.state is State.SAME]
        first = self.journeys(changed) or '<p class="none">Nothing that customers see has changed.</p>'
        number = f"{len(same)} message{'s' if len(same) != 1 else ''} unchanged"
        return f"{first}\n{_folded(number, self.journeys(same)) if same else ''}"

    def journeys(self, pairs: Iterable[ToldPair]) -> str:
        by_journey = groupby(pairs, key=lambda pair: pair.told.journey)
        return "\n".join(self._journey(name, "".join(map(self._message, each))) for name, each in by_journey)

    def _journey(self, name: str, messages: str) -> str:
        return f'<section class="journey"><h2>{escape(name)}</h2>\n{messages}</section>'

    def _message(self, pair: ToldPair) -> str:
        told = pair.told
        state = f' <span class="state">{pair.state}</span>' if self._before is not None else ""
        changed = [leg for leg in pair.legs if self._before is None or leg.state is not State.SAME]
        same = [leg for leg in pair.legs if leg not in changed]
        legs = "".join(map(self._leg, changed))
        if changed and same:
            legs += _folded(
                f"{len(same)} unchanged", f'<div class="legs">{"".join(map(self._leg, same))}</div>'
            )
        elif same:
            legs = "".join(map(self._leg, same))
        return (
            f'<article class="message" data-journey="{escape(told.journey)}" data-text="{escape(told.text)}">'
            f"<h3>{escape(told.text)}{VARIANTS[told.variant]}{state}</h3>"
            f'{_said(pair)}<div class="legs">{legs}</div></article>\n'
        )

    def _leg(self, leg: LegPair) -> str:
        place = leg.place
        beside = self._before is not None and leg.state is State.CHANGED
        warned = " data-warned" if beside and leg.warnings else ""
        new = self._before is not None and leg.state in (State.ADDED, State.REMOVED)
        state = f' <span class="state">{leg.state}</span>' if new else ""
        body = self._beside(leg) if beside else "".join(self._figure(each, leg) for each in _only(leg))
        return (
            f'<section class="leg{" compared" if beside else ""}" data-channel="{place.channel}" '
            f'data-language="{escape(place.language)}"{warned}><h4>{NAMES[place.channel]} '
            f"<small>{escape(language_name(place.language))}</small>{state}</h4>{body}</section>"
        )

    def _beside(self, leg: LegPair) -> str:
        pairs = leg.bubbles()
        same = [after for before, after in pairs if before == after and after is not None]
        shown = "".join(self._pair(leg, before, after) for before, after in pairs if before != after)
        also = "".join(self._figure(each, leg) for each in same)
        unseen = "" if shown else f"<p>{UNSEEN}</p>"
        folded = _folded(f"{len(same)} unchanged", also) if same else ""
        return f"{listed_warnings(leg.warnings)}{shown}{unseen}{folded}"

    def _pair(self, leg: LegPair, before: Shown | None, after: Shown | None) -> str:
        was = self._figure(before, leg, after, "del") if before else "<p>There was none.</p>"
        now = self._figure(after, leg, before, "ins") if after else "<p>There is none.</p>"
        title = f"Before ({self._before})"
        return (
            f'<div class="pair"><div><h5>{escape(title)}</h5>{was}</div><div><h5>After</h5>{now}</div></div>'
        )

    def _figure(self, shown: Shown, leg: LegPair, other: Shown | None = None, mark: str = "ins") -> str:
        return figure(shown, leg.place, self._brand.name, other, mark)


def _only(leg: LegPair) -> tuple[Shown, ...]:
    only = leg.after or leg.before
    return only.shown if only else ()


def _said(pair: ToldPair) -> str:
    """A line a step; of a changed one both, with what is different."""
    was, now = (
        {line.partition(":")[0]: line for line in (told.said if told else ())}
        for told in (pair.before, pair.after)
    )
    lines: list[str] = []
    for step in dict.fromkeys([*now, *was]):
        before, after = was.get(step, ""), now.get(step, "")
        if pair.before is None or pair.after is None or before == after:
            lines.append(escape(after or before))
            continue
        gone, come = changed_words(before, after)
        lines += [_line(before, gone, "del"), _line(after, come, "ins")]
    return f'<ul class="said">{"".join(f"<li>{line}</li>" for line in lines if line)}</ul>' if lines else ""


def _line(text: str, spans: Iterable[Span], kind: str) -> str:
    return marked(text, (Mark(start, end, kind) for start, end in spans))


def _folded(summary: str, body: str) -> str:
    return f'<details class="fold"><summary>{escape(summary)}</summary>{body}</details>'
