from datetime import UTC, datetime
from typing import Any

from aftercart.aws.http_api import Request

AT = datetime(2026, 11, 23, 12, 0, 0, 123000, tzinfo=UTC)


def request(**headers: str) -> Request:
    http = {"method": "POST", "path": "/twilio/sms"}
    context: dict[str, Any] = {"http": http, "timeEpoch": int(AT.timestamp() * 1000)}
    return Request.of({"rawPath": "/twilio/sms", "headers": headers, "requestContext": context})


def test_when_a_request_came_is_told_by_the_api() -> None:
    assert datetime.fromisoformat(request().at) == AT


def test_nobody_else_can_tell_it() -> None:
    forged = {"X-Received-At": "2001-01-01T00:00:00+00:00"}
    assert datetime.fromisoformat(request(**forged).at) == AT
    assert Request.of({"headers": forged}).at == ""
