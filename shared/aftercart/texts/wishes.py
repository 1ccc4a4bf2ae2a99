"""The part of a customer's page where they choose where to hear from us, how often and when, as HTML."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import time
from html import escape

from aftercart.domain.consent import Channel
from aftercart.domain.quiet_days import WEEKDAYS
from aftercart.domain.wishes import MIDNIGHT, Frequency, Wishes
from aftercart.flows.wishes import NO_CHANNEL

STYLE = (
    "details{margin-top:2rem}summary{cursor:pointer;padding:.6rem 0;color:#0b5d3b}"
    "details label{display:block;margin:.8rem 0}select{font:inherit;width:100%;margin-top:.2rem;"
    "padding:.6rem;border:1px solid #8e8e93;border-radius:10px;background:#fff;color:#1c1c1e}"
    ".two{display:flex;gap:.8rem}.two label{flex:1}fieldset{border:0;padding:0;margin:.8rem 0}"
    "legend{padding:0}input[type=checkbox]{accent-color:#0b5d3b}"
    "fieldset div{display:grid;grid-template-columns:1fr 1fr;gap:0 .8rem}fieldset label{margin:.3rem 0}"
    "input[type=checkbox]{width:1.2rem;height:1.2rem;vertical-align:-.2rem;margin:0 .5rem 0 0}"
    "summary:focus-visible,select:focus-visible,input:focus-visible{outline:3px solid #f0a500}"
    "@media(prefers-color-scheme:dark){summary{color:#7fd1a6}select{background:#2a2a2e;color:#eee}}"
)
HOURS = tuple(time(hour) for hour in range(8, 22))


def form(
    wishes: Wishes | None,
    channels: Sequence[Channel],
    words: Mapping[str, str],
    *,
    offers: bool,
    opened: bool,
) -> str:
    """A form that is folded away until it is wanted, or was just sent. What holds now is chosen in it.

    `channels`: of these they may choose one. `offers`: they get some. Nothing where nothing is to be chosen.
    """
    fields = _channel(wishes, channels, words) + (_offers(wishes, words) if offers else "")
    return (
        f"<details{' open' if opened else ''}><summary>{escape(words['wishes'])}</summary>"
        '<form method="post"><input type="hidden" name="action" value="wishes">'
        f"{fields}<button>{escape(words['save'])}</button></form></details>"
        if fields
        else ""
    )


def _channel(wishes: Wishes | None, channels: Sequence[Channel], words: Mapping[str, str]) -> str:
    """One more than reaches them, where it was chosen before, so that to save again changes nothing."""
    chosen = wishes.channel if wishes else None
    known = dict.fromkeys([*channels, chosen] if chosen else channels)
    if len(known) < 2 or "channel" not in words:  # a shop's own page may be older than the choice
        return ""
    named = [(each, words.get(f"channel_{each}", each.capitalize())) for each in known]
    options = _options(chosen or NO_CHANNEL, [(NO_CHANNEL, words["channel_any"]), *named])
    return _select("channel", words["channel"], options)


def _offers(wishes: Wishes | None, words: Mapping[str, str]) -> str:
    frequency = wishes.frequency if wishes else Frequency.ANY
    often = _options(frequency, [(each, words[f"frequency_{each}"]) for each in Frequency])
    fields = (
        _select("frequency", words["frequency"], often),
        '<div class="two">',
        _hour("from", words["not_before"], wishes.not_before if wishes else MIDNIGHT, words),
        _hour("until", words["not_after"], wishes.not_after if wishes else MIDNIGHT, words),
        "</div>",
        _days(wishes.quiet_days if wishes else (), words),
    )
    return "".join(fields)


def _hour(name: str, label: str, chosen: time, words: Mapping[str, str]) -> str:
    """A whole hour; and whatever else was chosen, so that to save again changes nothing."""
    times = sorted({*HOURS, chosen} - {MIDNIGHT})
    known = [("", words["any_hour"]), *((f"{each:%H:%M}", f"{each:%H:%M}") for each in times)]
    return _select(name, label, _options("" if chosen == MIDNIGHT else f"{chosen:%H:%M}", known))


def _select(name: str, label: str, options: str) -> str:
    return f'<label>{escape(label)}<select name="{name}">{options}</select></label>'


def _options(chosen: str, known: Iterable[tuple[str, str]]) -> str:
    return "".join(
        f'<option value="{value}"{" selected" if value == chosen else ""}>{escape(word)}</option>'
        for value, word in known
    )


def _days(chosen: Iterable[str], words: Mapping[str, str]) -> str:
    boxes = "".join(
        f'<label><input type="checkbox" name="day" value="{day}"{" checked" if day in chosen else ""}>'
        f"{escape(words[day])}</label>"
        for day in WEEKDAYS
    )
    return f"<fieldset><legend>{escape(words['not_on'])}</legend><div>{boxes}</div></fieldset>"
