"""One bubble as HTML: the phone's own manner, and below it what is to be known of it."""

from collections.abc import Collection, Iterable, Iterator
from html import escape

from aftercart.domain.consent import Channel
from aftercart.domain.content import Button
from aftercart.domain.money import Money
from aftercart.texts.segments import Encoding
from sandbox.preview.compare import Span, changed_words
from sandbox.preview.costs import Cost, listed, written
from sandbox.preview.customers import SAMPLES
from sandbox.preview.facts import named
from sandbox.preview.places import Place, There
from sandbox.preview.shown import Shown
from sandbox.preview.text_html import Mark, marked, marks

NAMES = {
    Channel.WHATSAPP: "WhatsApp",
    Channel.VIBER: "Viber",
    Channel.PUSH: "Push",
    Channel.SMS: "SMS",
    Channel.EMAIL: "E-mail",
    Channel.MESSENGER: "Messenger",
    Channel.INSTAGRAM: "Instagram",
}
CUSTOMERS = {each.key: each.label for each in SAMPLES}


def figure(shown: Shown, place: Place, brand: str, other: Shown | None = None, mark: str = "ins") -> str:
    """`other`: the same bubble in the other version; what differs from it is marked with `mark`."""
    warned = " data-warned" if shown.warnings else ""
    customers = escape(" ".join(shown.customers))
    return (
        f'<figure class="shown" data-customers="{customers}"{warned}>'
        f"<figcaption>{_caption(shown)}</figcaption>{_phone(shown, place, brand, other, mark)}"
        f"{_badges(shown, other, mark)}{_warnings(shown)}{_prices(shown, other, mark)}</figure>"
    )


def _caption(shown: Shown) -> str:
    names = ", ".join(CUSTOMERS[key] for key in shown.customers)
    return f"For {escape(names)} <span>{escape(codes(shown.countries))}</span>"


def codes(countries: Iterable[There]) -> str:
    return listed(there.country for there in countries)


def _phone(shown: Shown, place: Place, brand: str, other: Shown | None, mark: str) -> str:
    content = shown.facts.content
    if content is None:
        return f'<div class="phone {place.channel}"><p class="nothing">Nothing is shown.</p></div>'
    senders = {there.sender or brand for there in shown.countries}
    found = [*marks(content.text, place.channel), *_dear(shown), *_differing(shown, other, mark)]
    text = marked(content.text, found, shown.facts.parts)
    before = other.facts.content.buttons if other and other.facts.content else ()
    buttons = "".join(_button(each, mark if other and each not in before else "") for each in content.buttons)
    below = f'<ul class="buttons" aria-label="buttons">{buttons}</ul>' if buttons else ""
    return (
        f'<div class="phone {place.channel}"><p class="from">{escape(" or ".join(sorted(senders)))}</p>'
        f"{_title(shown, other, mark)}{_image(shown, other, mark)}"
        f'<p class="bubble" lang="{escape(place.language)}" dir="auto">{text}</p>'
        f"{_cards(shown, other, mark)}{below}</div>"
    )


def _image(shown: Shown, other: Shown | None, mark: str) -> str:
    """A box in its place: the page loads nothing."""
    image = shown.facts.content.image if shown.facts.content else ""
    was = other.facts.content.image if other and other.facts.content else image
    return f'<p class="image">{_box("image", image, mark if image != was else "")}</p>' if image else ""


def _cards(shown: Shown, other: Shown | None, mark: str) -> str:
    cards = shown.facts.content.cards if shown.facts.content else ()
    was = other.facts.content.cards if other and other.facts.content else cards
    boxes = (_box(each.title, each.image, "" if each in was else mark) for each in cards)
    items = "".join(f'<li class="image">{box}</li>' for box in boxes)
    return f'<ul class="cards" aria-label="cards">{items}</ul>' if items else ""


def _box(title: str, url: str, mark: str) -> str:
    words = f"<{mark}>{escape(title)}</{mark}>" if mark else escape(title)
    return f"<b>{words}</b> {escape(url)}"


def _title(shown: Shown, other: Shown | None, mark: str) -> str:
    title = shown.facts.content.title if shown.facts.content else ""
    was = other.facts.content.title if other and other.facts.content else title
    words = escape(title) if title == was else f"<{mark}>{escape(title)}</{mark}>"
    return f'<p class="title">{words}</p>' if title else ""


def _dear(shown: Shown) -> Iterator[Mark]:
    """The few characters without which an SMS would be GSM-7."""
    text, dear = shown.facts.content.text if shown.facts.content else "", shown.facts.dear
    yield from (Mark(place, place + 1, "mark") for place, each in enumerate(text) if each in dear)


def _differing(shown: Shown, other: Shown | None, mark: str) -> Iterator[Mark]:
    content, was = shown.facts.content, other.facts.content if other else None
    if content and was:
        spans: list[Span] = changed_words(was.text, content.text)[1]
        yield from (Mark(start, end, mark) for start, end in spans)


def _button(button: Button, mark: str) -> str:
    title, does = escape(button.title), escape(button.url or button.reply)
    sign = "↗" if button.url else "↩"
    words = f"<{mark}>{title}</{mark}>" if mark else title
    what = "opens" if button.url else "answers"
    return f'<li title="{what} {does}"><span aria-hidden="true">{sign}</span> {words}</li>'


def badges(shown: Shown) -> list[str]:
    """What there is to know, in a few words each."""
    facts = shown.facts
    if facts.content is None:
        return []
    told = [f"{facts.size:,} of {facts.most:,} characters" if facts.most else f"{facts.size:,} characters"]
    if facts.encoding:
        number = len(facts.parts)
        told += [_encoding(facts.encoding, facts.outside), f"{number} segment{'s' if number > 1 else ''}"]
    template = facts.content.template
    if template:
        told += [f"template {template.name}", template.category]
    silent = [there for there in shown.countries if not there.can_answer]
    if silent:
        told.append(f"cannot be answered: {codes(silent)}")
    if facts.left_out:
        told.append(f"not known here: {', '.join(facts.left_out)}")
    return told


def _encoding(used: Encoding, outside: tuple[str, ...]) -> str:
    return f"{used} for {named(outside)}" if outside else used.value


def _badges(shown: Shown, other: Shown | None, mark: str) -> str:
    return _list("badges", badges(shown), badges(other) if other else None, mark)


def _list(kind: str, items: Iterable[str], others: Collection[str] | None, mark: str) -> str:
    """Items that the other version has not are marked."""
    lines = "".join(
        f"<li>{escape(item) if others is None or item in others else f'<{mark}>{escape(item)}</{mark}>'}</li>"
        for item in items
    )
    return f'<ul class="{kind}">{lines}</ul>' if lines else ""


def _warnings(shown: Shown) -> str:
    return listed_warnings(shown.warnings)


def listed_warnings(warnings: Iterable[str]) -> str:
    return _list("warnings", warnings, None, "")


def _prices(shown: Shown, other: Shown | None, mark: str) -> str:
    """A line, and the countries behind it."""
    if not any(cost.one for cost in shown.costs):
        return ""
    line = price_line(shown.costs)
    changed = other is not None and price_line(other.costs) != line
    summary = f"<{mark}>{escape(line)}</{mark}>" if changed else escape(line)
    rows = "".join(_row(cost) for cost in shown.costs)
    return (
        f"<details><summary>{summary}</summary><table><thead><tr><th>Country</th><th>As</th><th>One</th>"
        f"<th>1,000</th></tr></thead><tbody>{rows}</tbody></table></details>"
    )


def price_line(found: Iterable[Cost]) -> str:
    """0.03 to 0.24 USD; 1,000 for 30 to 240 USD."""
    known = [(cost.one, cost.thousand) for cost in found if cost.one and cost.thousand]
    ones, thousands = [one for one, _ in known], [thousand for _, thousand in known]
    return f"{_between(ones)}; 1,000 for {_between(thousands)}" if known else ""


def _between(found: list[Money]) -> str:
    least, most = (pick(found, key=lambda money: money.amount) for pick in (min, max))
    if least == most:
        return written(least)
    return f"{written(least).partition(' ')[0]} to {written(most)}"


def _row(cost: Cost) -> str:
    where = listed([cost.country])
    one, thousand = (written(money) if money else "not said" for money in (cost.one, cost.thousand))
    cells = (cost.purpose.value, one, thousand)
    return f'<tr><th scope="row">{escape(where)}</th>{"".join(f"<td>{escape(c)}</td>" for c in cells)}</tr>'
