"""Templates through Meta's Graph API.

Sources: developers.facebook.com/documentation/business-messaging/whatsapp/templates (needs a token with
whatsapp_business_management), developers.facebook.com/docs/graph-api/guides/upload.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from aftercart.channels.meta_whatsapp import VERSION
from aftercart.channels.reading import Json, children, parse, text
from aftercart.ports import Http, MaybeSent, Unreadable
from aftercart.ports import Refused as NotConnected
from sandbox.commands.terminal import UserError
from sandbox.templates.known import Known, Made, Refused, read
from sandbox.templates.picture import NoPicture, Picture, picture_of
from sandbox.templates.wanted import Wanted, definition

FIELDS = "name,language,status,category,components,rejected_reason,quality_score"
PAGE, MOST_PAGES = 100, 100  # an account has at most 6,000 names
TIMEOUT = 30.0  # seconds


class GraphTemplates:
    """`known.Account`. `account`: the id of the WhatsApp business account."""

    provider = "meta"

    def __init__(self, http: Http, base_url: str, account: str, token: str) -> None:
        self._http = http
        self._base = f"{base_url.rstrip('/')}/{VERSION}"
        self._url = f"{self._base}/{account}/message_templates"
        self._token = token
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

    def uploaded(self, picture: str) -> str:
        """A session is begun for the token's own app, then all bytes are sent at once."""
        try:
            found = picture_of(Path(picture))
        except NoPicture as why:
            raise Refused(str(why)) from None
        session = self._begun(found)
        headers = {"Authorization": f"OAuth {self._token}", "file_offset": "0", "Content-Type": found.kind}
        status, answer = self._asked("POST", f"{self._base}/{session}", found.content, headers)
        handle = text(answer, "h")
        if status != 200 or not handle:
            raise _not_taken(found.name, answer, status)
        return handle

    def _begun(self, picture: Picture) -> str:
        size = str(len(picture.content))
        query = urlencode({"file_name": picture.name, "file_length": size, "file_type": picture.kind})
        status, answer = self._asked("POST", f"{self._base}/app/uploads?{query}", b"")
        session = text(answer, "id")
        if status != 200 or not session.startswith("upload:"):
            raise _not_taken(picture.name, answer, status)
        return session

    def create(self, template: Wanted, picture: str = "") -> Made:
        body = json.dumps(definition(template, picture), ensure_ascii=False).encode()
        status, answer = self._asked("POST", self._url, body)
        if status == 200:
            return Made(status=text(answer, "status"), category=text(answer, "category").lower())
        raise _not_taken(template.name, answer, status)

    def _asked(
        self, method: str, url: str, body: bytes, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Json]:
        try:
            status, answer = self._http.request(method, url, headers or self._headers, body, TIMEOUT)
        except (NotConnected, MaybeSent) as error:
            raise UserError(f"{self._base} does not answer: {error}") from None
        try:
            return status, parse(answer)
        except Unreadable:
            return status, {}


def _not_taken(what: str, answer: Any, status: int) -> Exception:
    """Refused: for what it is; UserError: nothing else would be taken either."""
    if 400 <= status < 500 and status not in (401, 403, 429):
        return Refused(_why(answer, status))
    return UserError(f"Meta does not take {what}: {_why(answer, status)}")


def _why(answer: Any, status: int) -> str:
    """Meta's own words, for whoever is to put it right, and its codes."""
    codes = [text(answer, "error", name) for name in ("code", "error_subcode")]
    said = [text(answer, "error", name) for name in ("error_user_title", "error_user_msg", "message")]
    words = ": ".join(each for each in said[:2] if each) or said[2] or f"HTTP {status}"
    return f"{words} ({'/'.join(code for code in codes if code) or status})"
