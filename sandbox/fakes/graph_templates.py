"""The Graph API's edges of templates, GET and POST /v…/{account}/message_templates, and of their pictures.

A picture is begun at /v…/app/uploads and sent, whole, to what that answers: the Resumable Upload API.
"""

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from aftercart.channels.reading import Json
from sandbox.fakes.carrier import json_of
from sandbox.fakes.shown import Fault
from sandbox.fakes.templates import FakeTemplate, TemplateBook, refused

PATH = re.compile(r"/v\d+\.\d+/(?P<account>[^/]+)/message_templates")
UPLOADS, UPLOAD = re.compile(r"/v\d+\.\d+/app/uploads"), re.compile(r"/v\d+\.\d+/(upload:.+)")
PICTURES = ("image/jpeg", "image/jpg", "image/png")
SIGNED = "?sig=ARZqkGCA"  # a session's name is followed by it
MOST, USUALLY = 100, 25  # a page
FIELDS = ("name", "parameter_format", "components", "language", "status", "category")
MORE_FIELDS = ("id", "rejected_reason", "quality_score")


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphTemplates:
    """An empty `account` or `token` is not checked. `made`: told of each that is made, to be reviewed."""

    base: str
    account: str
    token: str
    book: TemplateBook
    made: Callable[[FakeTemplate], object]
    _sessions: dict[str, tuple[str, int]] = field(default_factory=dict)  # of what kind and how many bytes

    def request(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """`target`: path and query. `headers` in small letters."""
        try:
            found = self._answered(method, target, headers, body)
        except Fault as fault:
            return fault.status, fault.body
        return 200, json.dumps(found, ensure_ascii=False).encode()

    def _answered(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Json:
        path, query = urlsplit(target).path, dict(parse_qsl(urlsplit(target).query))
        self._authorise(headers.get("authorization", ""), "OAuth" if UPLOAD.fullmatch(path) else "Bearer")
        if method == "POST" and UPLOADS.fullmatch(path):
            return self._begun(query)
        if method == "POST" and (session := UPLOAD.fullmatch(target)):
            return self._uploaded(session[1], headers, body)
        match = PATH.fullmatch(path)
        if match is None or self.account not in ("", match["account"]):
            why = "Object does not exist, or cannot be loaded due to missing permissions"
            raise refused("Unsupported get request", why, 33)
        return self._page(target, query) if method == "GET" else self._create(json_of(method, headers, body))

    def _authorise(self, authorization: str, scheme: str) -> None:
        given, _, token = authorization.partition(" ")
        if given != scheme or self.token not in ("", token):
            raise refused(
                "Invalid OAuth access token.", "the token cannot be decrypted", code=190, status=401
            )

    def _begun(self, query: Mapping[str, str]) -> Json:
        if query.get("file_type") not in PICTURES or not query.get("file_length", "").isdecimal():
            raise refused("Invalid parameter", "file_type and file_length must be those of a picture")
        session = f"upload:MTphdHRhY2htZW50{len(self._sessions):04}{SIGNED}"
        self._sessions[session] = query["file_type"], int(query["file_length"])
        return {"id": session}

    def _uploaded(self, session: str, headers: Mapping[str, str], body: bytes) -> Json:
        kind, length = self._sessions.get(session, ("", -1))
        if length != len(body) or headers.get("file_offset") != "0":
            raise refused("Invalid parameter", "no such session, or not all of its bytes from 0 on")
        return {"h": self.book.upload(kind)}

    def _create(self, body: Any) -> Json:
        made = self.book.create(body)
        self.made(made)
        return {"id": made.id, "status": made.status, "category": made.category}

    def _page(self, target: str, query: Mapping[str, str]) -> Json:
        asked = query.get("fields", ",".join(FIELDS)).split(",")
        unknown = [each for each in asked if each not in (*FIELDS, *MORE_FIELDS)]
        if unknown:
            raise refused("Invalid parameter", f"Tried accessing nonexisting field ({unknown[0]})")
        limit, start = query.get("limit", str(USUALLY)), _start(query.get("after", ""))
        if not limit.isdecimal() or not 1 <= int(limit) <= MOST:
            raise refused("Invalid parameter", f"limit must be 1 to {MOST}")
        every = self.book.all()
        end = start + int(limit)
        nodes = [each.as_json(self.book.now()) for each in every[start:end]]
        data = [{name: node[name] for name in (*asked, "id")} for node in nodes]
        paging: dict[str, Any] = {"cursors": {"before": _cursor(start), "after": _cursor(end)}}
        if end < len(every):
            paging["next"] = f"{self.base}{target}&after={_cursor(end)}"
        return {"data": data, **({"paging": paging} if data else {})}


def _cursor(place: int) -> str:
    return base64.urlsafe_b64encode(f"QVFI{place}".encode()).decode()


def _start(cursor: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(cursor or _cursor(0)).decode().removeprefix("QVFI"))
    except ValueError:
        raise refused("Invalid parameter", "Invalid cursors values in after cursor") from None
