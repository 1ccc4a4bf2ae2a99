import base64
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.cloud.engine import Engine
from sandbox.cloud.functions import Function, Functions
from sandbox.cloud.http_api import HttpApi, Response

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
ARN = "arn:aws:lambda:eu-central-1:123456789012:function:pages"


class Bench:
    """An API with one function, which keeps its events and answers as told."""

    def __init__(self, answer: Any = None) -> None:
        self.events: list[dict[str, Any]] = []
        self.answer = {"statusCode": 200} if answer is None else answer
        engine = Engine(START)
        functions = Functions(engine, lambda *letter: None)
        functions.add(Function("pages", ARN, self.handle, frozenset({"live"})))
        routes = [
            ("GET", "/m/{token}"),
            ("POST", "/m/{token}"),
            ("POST", "/shopify/orders"),
            ("POST", "/m/own"),
        ]
        self.api = HttpApi(engine, functions, "api.example", dict.fromkeys(routes, f"{ARN}:live"))

    def handle(self, event: dict[str, Any], context: object) -> Any:
        self.events.append(event)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def get(self, target: str, **headers: str) -> Response:
        return self.api.request("GET", target, headers)

    def post(self, target: str, body: bytes, content_type: str) -> Response:
        return self.api.request("POST", target, {"Content-Type": content_type}, body)


def test_a_request_comes_in_payload_format_2() -> None:
    bench = Bench()
    bench.post("/shopify/orders?a=1&a=2&b=%D0%B0", b'{"id": 1}', "application/json")
    [event] = bench.events
    assert event["version"] == "2.0"
    assert event["routeKey"] == "POST /shopify/orders"
    assert (event["rawPath"], event["rawQueryString"]) == ("/shopify/orders", "a=1&a=2&b=%D0%B0")
    assert event["queryStringParameters"] == {"a": "1,2", "b": "а"}
    assert event["headers"]["content-type"] == "application/json"
    assert event["headers"]["host"] == "api.example"
    assert event["requestContext"]["http"]["method"] == "POST"
    assert event["requestContext"]["timeEpoch"] == int(START.timestamp() * 1000)
    assert (event["body"], event["isBase64Encoded"]) == ('{"id": 1}', False)


def test_what_stands_for_a_name_in_the_path_is_given_by_that_name() -> None:
    bench = Bench()
    bench.get("/m/a%20b")
    assert bench.events[0]["pathParameters"] == {"token": "a b"}
    assert bench.events[0]["routeKey"] == "GET /m/{token}"


def test_an_exact_path_goes_before_one_with_a_name() -> None:
    bench = Bench()
    bench.post("/m/own", b"", "text/plain")
    assert bench.events[0]["routeKey"] == "POST /m/own"


@pytest.mark.parametrize("target", ("/", "/m/", "/m/a/b", "/shopify/orders/", "/shopify/orders"))
def test_what_no_route_takes_is_not_found(target: str) -> None:
    bench = Bench()
    assert bench.get(target) == Response(
        404, b'{"message": "Not Found"}', {"content-type": "application/json"}
    )
    assert bench.events == []


@pytest.mark.parametrize(
    "kind", ("application/json; charset=utf-8", "text/plain", "application/vnd.api+json")
)
def test_a_text_comes_as_it_is(kind: str) -> None:
    bench = Bench()
    bench.post("/shopify/orders", "Олена".encode(), kind)
    assert (bench.events[0]["body"], bench.events[0]["isBase64Encoded"]) == ("Олена", False)


@pytest.mark.parametrize(
    ("kind", "body"),
    (
        ("application/x-www-form-urlencoded", b"action=add"),
        ("application/octet-stream", b"\x00\xff"),
        ("", b"{}"),
        ("application/json", b"\xff"),
    ),
)
def test_a_form_and_what_is_no_text_come_in_base64(kind: str, body: bytes) -> None:
    bench = Bench()
    bench.post("/shopify/orders", body, kind)
    assert bench.events[0]["isBase64Encoded"] is True
    assert base64.b64decode(bench.events[0]["body"]) == body


def test_cookies_come_as_a_list_and_not_as_a_header() -> None:
    bench = Bench()
    bench.get("/m/a", cookie="a=1; b=2")
    assert bench.events[0]["cookies"] == ["a=1", "b=2"]
    assert "cookie" not in bench.events[0]["headers"]


def test_an_answer_becomes_a_response() -> None:
    bench = Bench({"statusCode": 410, "headers": {"Content-Type": "text/html"}, "body": "Дякуємо"})
    assert bench.get("/m/a") == Response(410, "Дякуємо".encode(), {"content-type": "text/html"})


def test_an_answer_in_base64_is_decoded() -> None:
    bench = Bench({"statusCode": 200, "body": "AP8=", "isBase64Encoded": True})
    assert bench.get("/m/a").body == b"\x00\xff"


def test_an_answer_without_a_status_code_is_a_body() -> None:
    bench = Bench({"fine": True})
    assert bench.get("/m/a") == Response(200, b'{"fine": true}', {"content-type": "application/json"})


@pytest.mark.parametrize(
    "answer", (KeyError("x"), {"statusCode": "fine"}, {"statusCode": 200, "body": {"a": 1}})
)
def test_a_handler_that_breaks_or_answers_nonsense_is_an_internal_error(answer: Any) -> None:
    bench = Bench(answer)
    assert bench.get("/m/a").status == 500


def test_a_body_over_ten_mebibytes_does_not_come_in() -> None:
    bench = Bench()
    response = bench.post("/shopify/orders", b"x" * (10 * 1024 * 1024 + 1), "text/plain")
    assert response.status == 413
    assert bench.events == []
