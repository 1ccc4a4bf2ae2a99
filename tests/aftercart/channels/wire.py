"""The way to a provider as the kit plays it: answers each request as told, keeps what it was asked."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl

import botocore.session
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from aftercart.aws.clients import SEND, SENDERS, STATE
from aftercart.ports import MaybeSent, Refused

_SESSION = botocore.session.Session()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def json_answer(status: int, body: Any) -> Answer:
    return Answer(
        status=status,
        body=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )


def aws_error(code: str, status: int = 400, **members: Any) -> Answer:
    """An AWS exception in the JSON protocols: its members are its own, such as Reason and Fields."""
    return Answer(
        status=status,
        body=json.dumps({"__type": code, "message": "It cannot be done.", **members}).encode(),
        headers={"X-Amzn-ErrorType": code},
    )


def query_answer(operation: str, **members: str) -> Answer:
    """Of AWS's query protocol."""
    result = "".join(f"<{name}>{value}</{name}>" for name, value in members.items())
    body = f"<{operation}Response><{operation}Result>{result}</{operation}Result></{operation}Response>"
    return Answer(status=200, body=body.encode())


def query_error(code: str, status: int = 400, words: str = "It cannot be done.") -> Answer:
    error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{words}</Message></Error>"
    return Answer(status=status, body=f"<ErrorResponse>{error}</ErrorResponse>".encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request. `headers`: names in small letters."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def said(self) -> Any:
        """The body: of JSON what it holds, of a form its fields."""
        kind = self.headers.get("content-type", "")
        if "json" in kind:
            return json.loads(self.body, object_hook=_opened)
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True)) if "form" in kind else self.body


@dataclass
class Wire:
    """`ports.Http`, and botocore's real clients with our own configuration: a second try would be seen."""

    answer: Answer | Refused | MaybeSent
    asked: list[Asked] = field(default_factory=list)

    def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, timeout: float
    ) -> tuple[int, bytes]:
        self._keep(method, url, headers, body)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer.status, self.answer.body

    def client(self, service: str) -> Any:
        """Made anew each time: it is bound to this wire."""
        client = _SESSION.create_client(
            service,
            region_name="eu-central-1",
            aws_access_key_id="x",
            aws_secret_access_key="x",
            config=SEND if service in SENDERS else STATE,
        )
        client.meta.events.register("before-send", self._before_send)  # in place of botocore's own sending
        return client

    def _keep(self, method: str, url: str, headers: Mapping[str, str], body: bytes | str) -> None:
        body = body.encode() if isinstance(body, str) else body  # botocore's query protocol has text
        small = {name.lower(): value for name, value in headers.items()}
        self.asked.append(Asked(method=method, url=url, headers=small, body=body))

    def _before_send(self, request: Any, **_: Any) -> Any:
        texts = {name: v.decode() if isinstance(v, bytes) else v for name, v in request.headers.items()}
        self._keep(request.method, request.url, texts, request.body)
        if isinstance(self.answer, Refused):
            raise EndpointConnectionError(endpoint_url=request.url)
        if isinstance(self.answer, MaybeSent):
            raise ReadTimeoutError(endpoint_url=request.url)
        headers = HTTPHeaders.from_dict(self.answer.headers)
        return AWSResponse(request.url, self.answer.status, headers, _Raw(self.answer.body))


def _opened(found: dict[str, Any]) -> dict[str, Any]:
    """JSON within JSON, as base64: so AWS takes bytes."""
    return {name: _within(value) for name, value in found.items()}


def _within(value: Any) -> Any:
    try:
        return json.loads(base64.b64decode(value, validate=True)) if isinstance(value, str) else value
    except ValueError:
        return value


class _Raw(BytesIO):
    def stream(self) -> Any:
        return iter(partial(self.read, 65_536), b"")
