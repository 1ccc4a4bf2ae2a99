"""A customer opens the link of a message, and may press a button of the page it shows."""

from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode, urlsplit

from aftercart.domain.links import message_of
from sandbox.cloud.http_api import Response
from sandbox.control.given import Wrong, near
from sandbox.sandbox import Sandbox
from sandbox.shop_settings import LINK_BASE

PAGE = "/m/"
CHATS = ("https://m.me/", "https://ig.me/m/")
# What any page may be asked by someone who opened it before.
ACTIONS = ("accept", "stop", *(f"rate:{number}" for number in range(1, 6)))
WISHES = "wishes"  # a form with fields: pressed as {"frequency": "weekly", "day": ["sunday"]}
Json = dict[str, Any]


class _Seen(HTMLParser):
    """Each button that posts one action and nothing else (its own, or its form's hidden field); links."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[dict[str, str]] = []
        self.links: list[str] = []
        self._action, self._open = "", False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.links += [given.get("href") or ""] if tag == "a" else []
        if tag in ("input", "button") and given.get("name") == "action":
            self._action = given.get("value") or ""
        if tag == "button" and self._action not in ("", WISHES):
            self.found.append({"action": self._action, "title": ""})
            self._open = True

    def handle_data(self, data: str) -> None:
        if self._open:
            self.found[-1]["title"] += data

    def handle_endtag(self, tag: str) -> None:
        if tag in ("button", "form"):
            self._action, self._open = "", False


def opened(sandbox: Sandbox, link: str, press: Any = None) -> Json:
    """The page as GET shows it; `pressed`: what it shows once the button was pressed, which POSTs."""
    if link.startswith(CHATS):
        return _arrived(sandbox, link, press)
    path = _path(link)
    page = _page(sandbox.request("GET", path, {"Accept": "text/html"}))
    if press is None or press is False or press == {}:
        return page
    fields = {**press, "action": WISHES} if isinstance(press, dict) else {}
    action = WISHES if fields else _action(sandbox, path, page["buttons"], press)
    body = urlencode(fields or {"action": action}, doseq=True).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html"}
    return {**page, "pressed": {"action": action, **_page(sandbox.request("POST", path, headers, body))}}


def _arrived(sandbox: Sandbox, link: str, press: Any) -> Json:
    """A link to a chat, which opens on the customer's own account there."""
    if press:
        raise Wrong("press: a chat has no button")
    sandbox.providers.push(sandbox.providers.arrive(link))
    return {"chat": link.partition("?")[0]}


def _path(link: str) -> str:
    parts = urlsplit(link)
    ours = (
        not parts.netloc or link.startswith(f"{LINK_BASE}/") or parts.hostname in ("127.0.0.1", "localhost")
    )
    if not ours or not parts.path.startswith(PAGE):
        raise Wrong(
            f"link is {link!r}, which leads elsewhere: expected one that begins with {LINK_BASE}{PAGE}"
        )
    return parts.path


def _page(response: Response) -> Json:
    html = response.body.decode()
    seen = _Seen(html)
    return {"status": response.status, "buttons": seen.found, "links": seen.links, "html": html}


def _action(sandbox: Sandbox, path: str, buttons: list[dict[str, str]], press: Any) -> str:
    """By its action or its title. `true`: to take what the page offers, also from a page opened before."""
    if press is True:
        return _main_action(sandbox, path, [button["action"] for button in buttons])
    if not isinstance(press, str):
        raise Wrong("press: expected true, an action or title of a button, or what is chosen, by field")
    by_title = {button["title"]: button["action"] for button in buttons}
    if press in by_title:
        return by_title[press]
    if press not in ACTIONS:
        known = [*by_title, *ACTIONS]
        raise Wrong(f"press is {press!r}: expected one of {', '.join(known)}{near(press, known)}")
    return press


def _main_action(sandbox: Sandbox, path: str, actions: list[str]) -> str:
    message = message_of(path.removeprefix(PAGE), sandbox.secrets.get("link_key"))
    known = sandbox.records().messages.get(message or "")
    if known is not None and known.offer is not None:
        return "accept"
    if len(actions) != 1:
        which = f"say which of {', '.join(actions)}" if actions else "the page has no button"
        raise Wrong(f"press: {which}")
    return actions[0]
