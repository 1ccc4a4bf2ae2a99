"""A customer opened our link: GET shows, only POST acts. Or their browser may be pushed to."""

import re
from typing import Any
from urllib.parse import parse_qs

from aftercart import wiring
from aftercart.aws.http_api import Answer, Request, answer, serve
from aftercart.domain.links import message_of
from aftercart.flows.pages import act, show
from aftercart.texts.page import html
from customer_pages import subscriptions

LONGEST_FORM = 512  # bytes
# What a mailbox posts when "unsubscribe" is pressed there (RFC 8058, 3.1), in either encoding of a form.
ONE_CLICK = re.compile(
    rb'\AList-Unsubscribe=One-Click\Z|name="?List-Unsubscribe"?(\r\n[^\r\n]+)*\r\n\r\nOne-Click\r\n'
)


def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return serve(event, _take)


def _take(request: Request) -> Answer:
    if request.path.endswith(subscriptions.PATH):
        return subscriptions.take(request)
    world = wiring.world()
    message = message_of(request.parameters.get("token", ""), world.secrets.get("link_key"))
    if message is None:
        return answer(404)
    pressed = ""
    if request.method == "POST":
        form = _form(request)
        pressed = act(message, form.get("action", [""])[0], world, form)
    page = show(message, pressed, world)
    return answer(200 if page.found else 410, html(page), "text/html; charset=utf-8")


def _form(request: Request) -> dict[str, list[str]]:
    """What was pressed. No form of ours posts more than a few bytes: whatever is longer, nobody pressed."""
    if len(request.body) > LONGEST_FORM:
        return {}
    if ONE_CLICK.search(request.body):
        return {"action": ["stop"]}
    return parse_qs(request.body.decode("utf-8", "replace"))


wiring.prepare(wiring.world)
