"""The customer's page as HTML. Its words stand in `journeys/page/`; everything inserted is escaped."""

import json
from collections.abc import Mapping
from functools import cache
from html import escape

from aftercart.domain.money import Money
from aftercart.flows.pages import Page
from aftercart.texts import wishes
from aftercart.texts.compiled import compiled_dir

STYLE = (
    "body{font:17px/1.5 system-ui,sans-serif;margin:0 auto;max-width:26rem;padding:2rem 1.2rem;color:#1c1c1e}"
    "h1{font-size:1.3rem}.offer{border:1px solid #d5d5da;border-radius:12px;padding:1rem;margin:1.2rem 0}"
    "button{font:inherit;width:100%;padding:.8rem;border:0;border-radius:10px;background:#0b5d3b;color:#fff}"
    "form.row{display:flex;gap:.5rem}form.options{display:grid;gap:.5rem}button.quiet{background:#eeeef1;color:#1c1c1e;margin-top:2rem}.done{background:#e5f3ea;border-radius:10px;"
    "padding:.8rem 1rem}a{color:#0b5d3b}button:focus-visible,a:focus-visible{outline:3px solid #f0a500}"
    "@media(prefers-color-scheme:dark){body{background:#141416;color:#eee}.offer{border-color:#444}"
    "button.quiet{background:#2a2a2e;color:#eee}.done{background:#143524}a{color:#7fd1a6}}"
)


def html(page: Page) -> str:
    """One self-contained page: no script, nothing loaded from elsewhere."""
    words = _words()[page.language]
    parts = [_gone(words)] if not page.found else [*_shown(page, words)]
    return (
        f'<!doctype html><html lang="{escape(page.language)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="robots" content="noindex"><meta name="referrer" content="no-referrer">'
        f"<title>{escape(page.brand)}</title><style>{STYLE}{wishes.STYLE}</style></head>"
        f"<body><main><h1>{escape(page.brand)}</h1>{''.join(parts)}</main></body></html>"
    )


def _gone(words: Mapping[str, str]) -> str:
    return f"<p>{escape(words['gone'])}</p>"


def _shown(page: Page, words: Mapping[str, str]) -> list[str]:
    done = "accepted" if page.accepted and page.done in ("accepted", "already") else page.done
    parts = [f'<p class="done" role="status">{escape(words[done])}</p>'] if words.get(done) else []
    if page.number:
        parts.append(f"<p>{escape(words['order'].replace('%number%', page.number))}</p>")
    if page.status_url.startswith("https://"):
        parts.append(f'<p><a href="{escape(page.status_url)}">{escape(words["status"])}</a></p>')
    if page.offer:
        parts.append(_offer(page, words))
    if page.asks:
        parts.append(_rating(words))
    if page.options:
        parts.append(_choice(page, words))
    if page.more_url:
        parts.append(
            f'<p><a href="{escape(page.more_url)}">{escape(words.get(page.more, page.more_url))}</a></p>'
        )
    parts += [
        f'<p><a href="{escape(url)}">{escape(words[channel])}</a></p>'
        for channel, url in page.chats.items()
        if channel in words  # a shop's own page may be older than its chat
    ]
    if "wishes" in words:  # a shop's own page may be older than they are
        opened, offers = page.done in ("saved", "no_such_hours"), not page.stopped
        parts.append(wishes.form(page.wishes, page.channels, words, offers=offers, opened=opened))
    if not page.stopped:
        parts.append(_button("stop", words["stop"], "quiet"))
    return parts


def _offer(page: Page, words: Mapping[str, str]) -> str:
    assert page.offer is not None  # noqa: S101
    title = escape(page.offer.title(page.language))
    price = escape(_price(page.offer.price, words))
    fits = page.for_item.title(page.language) if page.for_item else ""
    line = escape(words["fits"].replace("%product%", fits)) if fits else ""
    end = f"<p>{escape(words['accepted'])}</p>" if page.accepted else _button("accept", words["add"], "")
    return f'<section class="offer"><p><strong>{title}</strong><br>{price}</p><p>{line}</p>{end}</section>'


def _rating(words: Mapping[str, str]) -> str:
    buttons = "".join(
        f'<button name="action" value="rate:{number}" aria-label="{number} / 5">{number}</button>'
        for number in range(1, 6)
    )
    form = f'<form method="post" class="row">{buttons}</form>'
    return f'<section class="offer"><p>{escape(words["rate"])}</p>{form}</section>'


def _choice(page: Page, words: Mapping[str, str]) -> str:
    buttons = "".join(
        f'<button name="action" value="answer:{escape(option)}">'
        f"{escape(words.get(f'{page.asked}.{option}', option))}</button>"
        for option in page.options
    )
    form = f'<form method="post" class="options">{buttons}</form>'
    return f'<section class="offer"><p>{escape(words["choose"])}</p>{form}</section>'


def _button(action: str, label: str, kind: str) -> str:
    """A form that posts to the page itself: a scanner that follows links changes nothing."""
    return (
        f'<form method="post"><input type="hidden" name="action" value="{action}">'
        f'<button class="{kind}">{escape(label)}</button></form>'
    )


def _price(price: Money, words: Mapping[str, str]) -> str:
    amount = f"{price.amount:,.2f}".removesuffix(".00").replace(",", " ")
    currency = words.get(price.currency, price.currency)
    return words["price"].replace("%amount%", amount).replace("%currency%", currency)


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    found: Mapping[str, Mapping[str, str]] = json.loads((compiled_dir() / "page.json").read_bytes())
    return found
