"""The sandbox's page: what phones show, as a plain list. Everything that is inserted is escaped."""

from collections.abc import Iterable
from html import escape
from typing import Any

from sandbox.control import views
from sandbox.fakes.shown import LINK
from sandbox.sandbox import Sandbox
from sandbox.shop_settings import LINK_BASE

STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:44rem;padding:1rem;color:#1c1c1e}"
    "h1{font-size:1.3rem}li{margin:0 0 1.4rem}ol{padding-left:1.4rem}.text{white-space:pre-wrap}"
    ".title{font-weight:600}.image{border:1px dashed #8b8b95;border-radius:8px;padding:.6rem;margin:.3rem 0;"
    "max-width:22rem;font-size:.85rem;overflow-wrap:anywhere}.image b{display:block}"
    ".cards{display:flex;gap:.5rem;overflow-x:auto}.cards .image{flex:1 0 8rem}"
    ".facts,.none{color:#5b5b66;font-size:.9rem}.banner{background:#ffedc2;padding:.4rem .8rem}"
    "@media(prefers-color-scheme:dark){body{background:#141416;color:#eee}.facts,.none{color:#aaa}"
    ".banner{background:#4d3b0a}a{color:#7fb4ff}}"
)


def html(sandbox: Sandbox) -> str:
    """Newest last. Links lead to the customer's page on this server."""
    state, shown = views.state(sandbox), views.messages(sandbox)
    names = {customer["id"]: customer["name"] for customer in state["customers"]}
    items = "".join(_item(message, names) for message in shown)
    listed = f"<ol>{items}</ol>" if shown else f'<p class="none">{NOTHING}</p>'
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>Aftercart sandbox</title><style>{STYLE}</style></head><body><main>"
        '<p class="banner" role="note">SIMULATION: nothing leaves this computer.</p>'
        f"<h1>What phones show</h1><p>It is {escape(state['now'])}. {_channels(state['channels'])}</p>"
        f"{listed}</main></body></html>"
    )


NOTHING = "Nothing yet. Post an order to /shopify/orders (GET /sandbox/webhooks tells how it is signed)."


def _channels(modes: dict[str, str]) -> str:
    return escape(", ".join(f"{channel} {mode}" for channel, mode in modes.items()) + ".")


def _item(message: dict[str, Any], names: dict[str, str]) -> str:
    who = names.get(message["customer"]) or message["customer"]
    facts = [message["at"], message["channel"], who, message["receipt"], _told(message)]
    buttons = "".join(f"<li>{_button(button)}</li>" for button in message["buttons"])
    return (
        f'<li><div class="facts">{escape(" · ".join(filter(None, facts)))}</div>'
        f"{_title(message['title'])}{_image(message.get('image', ''))}"
        f'<div class="text">{_linked(message["text"])}</div>{_cards(message.get("cards", ()))}'
        f"{f'<ul>{buttons}</ul>' if buttons else ''}</li>"
    )


def _title(title: str) -> str:
    return f'<div class="title">{escape(title)}</div>' if title else ""


def _image(url: str, title: str = "image") -> str:
    """A box in its place: the page loads nothing from anywhere."""
    return f'<div class="image"><b>{escape(title)}</b> {escape(url)}</div>' if url else ""


def _cards(cards: Iterable[dict[str, str]]) -> str:
    boxes = "".join(_image(each["image"], each["title"]) for each in cards)
    return f'<div class="cards">{boxes}</div>' if boxes else ""


def _told(message: dict[str, Any]) -> str:
    given = message["answer"]
    return f"answered: {given['kind']} {given['value']} ({given['via']})" if given else ""


def _button(button: dict[str, str]) -> str:
    title = escape(button["title"])
    return f'<a href="{escape(_here(button["url"]))}">{title}</a>' if "url" in button else title


def _linked(text: str) -> str:
    """The text with each link of it to be followed."""
    parts, end = [], 0
    for found in LINK.finditer(text):
        link = escape(found[0])
        parts += [escape(text[end : found.start()]), f'<a href="{escape(_here(found[0]))}">{link}</a>']
        end = found.end()
    return "".join([*parts, escape(text[end:])])


def _here(link: str) -> str:
    """The page of a link of ours is on this server; any other scheme than the web's leads nowhere."""
    path = link.removeprefix(LINK_BASE)
    return path if path.startswith(("/m/", "https://", "http://")) else "#"
