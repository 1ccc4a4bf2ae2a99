"""Templates through Meta's Graph API.

Source: developers.facebook.com/documentation/business-messaging/whatsapp/templates (needs a token with
whatsapp_business_management).
"""

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from aftercart.channels.meta_whatsapp import VERSION
from aftercart.channels.reading import Json, children, parse, text
from aftercart.ports import Http, MaybeSent, Unreadable
from aftercart.ports import Refused as NotConnected
from sandbox.commands.terminal import UserError
from sandbox.templates.known import Known, Made, Refused, read
from sandbox.templates.wanted import Wanted, definition

FIELDS = "name,language,status,category,components,rejected_reason,quality_score"
PAGE, MOST_PAGES = 100, 100  # an account has at most 6,000 names
TIMEOUT = 30.0  # seconds


class GraphTemplates:
    """`known.Account`. `account`: the id of the WhatsApp business account."""

    provider = "meta"

    def __init__(self, http: Http, base_url: str, account: str, token: str) -> None:
        self._http = http
        self._url = f"{base_url.rstrip('/')}/{VERSION}/{account}/message_templates"
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def known(self, asked: Sequence[Wanted]) -> list[Known]:
        found: list[Known] = []
        after: dict[str, str] = {}
        for _ in range(MOST_PAGES):
            query = urlencode({"fields": FIELDS, "limit": PAGE, **after})
            status, page = self._asked("GET", f"{self._url}?{query}", b"")
            if status != 200:
                raise UserError(f"Meta does not show its templates: {_why(page, status)}")
            found += [read(each) for each in children(page, "data")]
            if not text(page, "paging", "next"):
                return found
            # The cursor alone: where it leads stays where we asked.
            after = {"after": text(page, "paging", "cursors", "after")}
        raise UserError(f"Meta shows more than {PAGE * MOST_PAGES} templates")

    def create(self, template: Wanted) -> Made:
        body = json.dumps(definition(template), ensure_ascii=False).encode()
        status, answer = self._asked("POST", self._url, body)
        if status == 200:
            return Made(status=text(answer, "status"), category=text(answer, "category").lower())
        if 400 <= status < 500 and status not in (401, 403, 429):
            raise Refused(_why(answer, status))
        raise UserError(f"Meta does not take {template.name}: {_why(answer, status)}")

    def _asked(self, method: str, url: str, body: bytes) -> tuple[int, Json]:
        try:
            status, answer = self._http.request(method, url, self._headers, body, TIMEOUT)
        except (NotConnected, MaybeSent) as error:
            raise UserError(f"{self._url} does not answer: {error}") from None
        try:
            return status, parse(answer)
        except Unreadable:
            return status, {}


def _why(answer: Any, status: int) -> str:
    """Meta's own words, for whoever is to put it right, and its codes."""
    codes = [text(answer, "error", name) for name in ("code", "error_subcode")]
    said = [text(answer, "error", name) for name in ("error_user_title", "error_user_msg", "message")]
    words = ": ".join(each for each in said[:2] if each) or said[2] or f"HTTP {status}"
    return f"{words} ({'/'.join(code for code in codes if code) or status})"
