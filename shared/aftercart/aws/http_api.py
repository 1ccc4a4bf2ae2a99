"""A request of the HTTP API as bytes and lower-case headers, and the few answers we give."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aftercart.aws.settings import Misconfigured
from aftercart.aws.telemetry import count, failed, log
from aftercart.flows.park import park
from aftercart.ports import Transient, Unreadable, World

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    method: str
    path: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes
    parameters: Mapping[str, str]
    url: str  # as it was called, whole
    at: str  # when it came, ISO 8601; '' where the API has not said

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> "Request":
        http = event.get("requestContext", {}).get("http", {})
        return cls(
            method=str(http.get("method", "")),
            path=str(event.get("rawPath", "")),
            headers={str(name).lower(): str(value) for name, value in (event.get("headers") or {}).items()},
            query=event.get("queryStringParameters") or {},
            body=_body(event),
            parameters=event.get("pathParameters") or {},
            url=_url(event),
            at=_at(event),
        )


def _at(event: Mapping[str, Any]) -> str:
    milliseconds = event.get("requestContext", {}).get("timeEpoch")
    if not isinstance(milliseconds, int):
        return ""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat()


def _url(event: Mapping[str, Any]) -> str:
    host = str(event.get("requestContext", {}).get("domainName", ""))
    query = str(event.get("rawQueryString") or "")
    return f"https://{host}{event.get('rawPath', '')}{'?' if query else ''}{query}"


def _body(event: Mapping[str, Any]) -> bytes:
    """The bytes that were signed. What claims to be base64 and is not has no valid signature either."""
    body = str(event.get("body") or "")
    if not event.get("isBase64Encoded"):
        return body.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(body, validate=True)
    except ValueError:  # also for letters that are not even ASCII, which are no binascii.Error
        return b""


def answer(status: int, body: str = "", content_type: str = "text/plain; charset=utf-8") -> Answer:
    return {"statusCode": status, "headers": {"content-type": content_type}, "body": body}


def serve(event: Mapping[str, Any], take: Callable[[Request], Answer]) -> Answer:
    """Every failure has its answer: what may work in a moment is 503, so that the sender tries again."""
    try:
        return take(Request.of(event))
    except (Transient, Misconfigured) as error:
        log.warning("try_again", extra={"kind": type(error).__name__, "reason": str(error)})
        return answer(503)
    except Exception as error:
        failed(error)
        return answer(500)


def unauthorized(source: str, reason: str = "signature") -> Answer:
    count("RequestRefused", source=source)
    log.warning("refused", extra={"source": source, "reason": reason})
    return answer(401)


def parked(source: str, fault: Unreadable, body: bytes, world: World) -> Answer:
    """Authentic, but not readable: kept thirty days, with an alarm, and answered 200: again is no better."""
    park(source, str(fault), body, world)
    count("Parked", source=source)
    log.error("parked", extra={"source": source, "reason": str(fault)})
    return answer(200)
