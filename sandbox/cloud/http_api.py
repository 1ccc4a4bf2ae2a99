"""API Gateway's HTTP API, payload format 2.0: a request becomes an event, an answer a response."""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

from sandbox.cloud.engine import Engine
from sandbox.cloud.functions import Functions, HandlerFailed
from sandbox.cloud.refused import Refused

LARGEST_BODY = 10 * 1024 * 1024
TEXT = re.compile(r"text/.*|application/(.*\+)?(json|xml)|application/javascript")


@dataclass(frozen=True, slots=True)
class Response:
    """What the caller gets."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class HttpApi:
    """The API of one stack. `routes` leads from (METHOD, path with {names}) to a function's ARN."""

    engine: Engine
    functions: Functions
    domain: str
    routes: Mapping[tuple[str, str], str]

    def request(self, method: str, target: str, headers: Mapping[str, str], body: bytes = b"") -> Response:
        """One request. `target` is path and query as on the request line."""
        path, _, query = target.partition("?")
        found = self.route(method, path)
        if found is None:
            return _problem(404, "Not Found")
        if len(body) > LARGEST_BODY:
            return _problem(413, "Request Entity Too Large")
        template, names = found
        event = self._event(method, template, (path, query), headers, body)
        event |= {"pathParameters": names} if names else {}
        try:
            answer = self.functions.call(self.routes[method, template], event)
        except (HandlerFailed, Refused):
            return _problem(500, "Internal Server Error")
        return _response(answer)

    def route(self, method: str, path: str) -> tuple[str, dict[str, str]] | None:
        """The path template that takes this request, with what its {names} stand for; exact paths first."""
        for known, template in sorted(self.routes, key=lambda route: "{" in route[1]):
            pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(template))
            if known == method and (match := re.fullmatch(pattern, path)):
                return template, {name: unquote(value) for name, value in match.groupdict().items()}
        return None

    def _event(
        self,
        method: str,
        template: str,
        target: tuple[str, str],
        headers: Mapping[str, str],
        body: bytes,
    ) -> dict[str, Any]:
        now, request = self.engine.now(), self.engine.new_id("http")
        lower = {"host": self.domain, "content-length": str(len(body))}
        lower |= {name.lower(): value for name, value in headers.items()}
        event: dict[str, Any] = {
            "version": "2.0",
            "routeKey": f"{method} {template}",
            "rawPath": target[0],
            "rawQueryString": target[1],
            "headers": lower,
            "requestContext": {
                "accountId": "123456789012",
                "apiId": self.domain.partition(".")[0],
                "domainName": self.domain,
                "domainPrefix": self.domain.partition(".")[0],
                "http": {
                    "method": method,
                    "path": target[0],
                    "protocol": "HTTP/1.1",
                    "sourceIp": "192.0.2.1",
                    "userAgent": lower.get("user-agent", ""),
                },
                "requestId": request,
                "routeKey": f"{method} {template}",
                "stage": "$default",
                "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
                "timeEpoch": int(now.timestamp() * 1000),
            },
        }
        if target[1]:
            event["queryStringParameters"] = _query(target[1])
        if cookies := lower.pop("cookie", ""):
            event["cookies"] = [each.strip() for each in cookies.split(";")]
        return event | _body(body, lower.get("content-type", ""))


def _query(text: str) -> dict[str, str]:
    """Names given twice become one, their values joined by commas, as in format 2.0."""
    found: dict[str, list[str]] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        found.setdefault(name, []).append(value)
    return {name: ",".join(values) for name, values in found.items()}


def _body(body: bytes, content_type: str) -> dict[str, Any]:
    # Only texts pass as they are; a form (application/x-www-form-urlencoded) comes in base64.
    if not body:
        return {"isBase64Encoded": False}
    if TEXT.fullmatch(content_type.partition(";")[0].strip().lower()):
        try:
            return {"body": body.decode(), "isBase64Encoded": False}
        except UnicodeDecodeError:
            pass
    return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}


def _response(answer: Any) -> Response:
    if not isinstance(answer, dict) or "statusCode" not in answer:
        # Format 2.0: an answer without a status code is a body, and all is well.
        return Response(200, json.dumps(answer).encode(), {"content-type": "application/json"})
    status = answer["statusCode"]
    if isinstance(status, bool) or not isinstance(status, int) or not 100 <= status <= 599:
        return _problem(500, "Internal Server Error")
    text = answer.get("body") or ""
    if not isinstance(text, str):
        return _problem(500, "Internal Server Error")
    body = base64.b64decode(text) if answer.get("isBase64Encoded") else text.encode()
    headers = {name.lower(): str(value) for name, value in answer.get("headers", {}).items()}
    if cookies := answer.get("cookies"):
        headers["set-cookie"] = ", ".join(cookies)
    return Response(status, body, {"content-type": "text/plain;charset=UTF-8"} | headers)


def _problem(status: int, message: str) -> Response:
    return Response(status, json.dumps({"message": message}).encode(), {"content-type": "application/json"})
