"""The HTML of an e-mail whose text has none of its own: what the text says, and its links as buttons."""

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape

from aftercart.domain.content import Button, Card, Content

STYLE = "font:17px/1.5 sans-serif;max-width:34rem;margin:0 auto;padding:1rem"
CELL = "width:20%;vertical-align:top;font-size:14px;text-align:center"
BUTTON = "display:inline-block;padding:.7rem 1.2rem;border-radius:10px;background:#0b5d3b;color:#ffffff"
_LINK = re.compile(r"(https?://[^\s<>\"]*[^\s<>\".,;:!?)])")


def plain_html(content: Content, title: str) -> str:
    """A whole page. Everything is escaped, and nothing is linked or loaded but what the content names."""
    parts = (
        *_image(content.image),
        *_paragraphs(content.text),
        *_cards(content.cards),
        *_buttons(content.buttons),
    )
    return (
        f'<!doctype html><html lang="{escape(content.language)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<title>{escape(title)}</title></head><body style="{STYLE}">{"".join(parts)}</body></html>'
    )


def _image(url: str) -> Iterator[str]:
    """Without words of its own: the text says everything."""
    if url:
        yield f'<p><img src="{escape(url)}" alt="" style="max-width:100%"></p>'


def _cards(cards: Sequence[Card]) -> Iterator[str]:
    """Side by side, by a table: mailboxes know little of CSS. Screen readers are told that it is no table."""
    if cards:
        cells = "".join(f'<td style="{CELL}">{_card(each)}</td>' for each in cards)
        yield f'<table role="presentation" style="width:100%"><tr>{cells}</tr></table>'


def _card(card: Card) -> str:
    title = escape(card.title)
    return f'<img src="{escape(card.image)}" alt="{title}" style="width:100%"><br>{title}'


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        yield f"<p>{'<br>'.join(_linked(line) for line in paragraph.splitlines())}</p>"


def _linked(line: str) -> str:
    words = _LINK.split(line)  # every second one is a link
    return "".join(_link(each, each) if n % 2 else escape(each) for n, each in enumerate(words))


def _link(url: str, words: str, style: str = "") -> str:
    styled = f' style="{style}"' if style else ""
    return f'<a href="{escape(url)}"{styled}>{escape(words)}</a>'


def _buttons(buttons: Iterable[Button]) -> Iterator[str]:
    for button in buttons:
        if button.url:
            yield f"<p>{_link(button.url, button.title, BUTTON)}</p>"
