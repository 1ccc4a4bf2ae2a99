"""`aftercart dev` as a process of its own, over real HTTP."""

import http.client
import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from aftercart.domain.catalogue import Item
from aftercart.domain.money import Money
from sandbox import shop
from sandbox.commands.demo import OLENA
from sandbox.sign_events import EVENTS, body_of

Json = Any
AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
PHONE = Item(
    sku="ZIRVO-A1",
    category="phone",
    titles={"uk": "Смартфон Zirvo A1"},
    price=Money(Decimal(8999), "UAH"),
)


def start(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "sandbox.cli", "dev", "--port", "0", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@dataclass(slots=True)
class Dev:
    process: subprocess.Popen[str]
    port: int

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, body or None, headers or {})
        answer = connection.getresponse()
        found = answer.status, answer.read()
        connection.close()
        return found

    def json(self, method: str, path: str, body: Json = None) -> tuple[int, Json]:
        status, text = self.ask(method, path, json.dumps(body).encode() if body is not None else b"")
        return status, json.loads(text)

    def post(self, topic: str, body: Json) -> int:
        path, headers, raw = shop.webhook(topic, body, AT)
        return self.ask("POST", path, raw, headers)[0]


@pytest.fixture(scope="module")
def dev() -> Iterator[Dev]:
    process = start("--at", AT.isoformat(), "--seed", "5")
    assert process.stdout is not None
    ready = process.stdout.readline()
    found = re.fullmatch(r"ready http://127\.0\.0\.1:(\d+)\n", ready)
    assert found, ready + (process.stderr.read() if process.poll() is not None and process.stderr else "")
    yield Dev(process, int(found[1]))
    process.send_signal(signal.SIGINT)
    rest, errors = process.communicate(timeout=30)
    assert (process.returncode, rest, errors) == (0, "", "")


def test_an_order_over_http_is_on_the_phone_when_the_next_question_is_answered(dev: Dev) -> None:
    assert dev.post("orders/create", shop.order(OLENA, 1001, AT, [PHONE])) == 200
    status, messages = dev.json("GET", "/sandbox/messages")
    assert status == 200
    assert [(each["step"], each["channel"], each["receipt"]) for each in messages] == [
        ("confirm", "whatsapp", "delivered")
    ]
    state = dev.json("GET", "/sandbox/state")[1]
    assert (state["now"], state["seed"]) == ("2026-11-23T10:00:00Z", 5)


def test_the_page_lists_what_phones_show_and_says_that_it_is_a_simulation(dev: Dev) -> None:
    person = shop.Person(
        id=9, first_name="<b>Ева</b>", last_name="Z", phone="+380661234567", email="eva@customer.example"
    )
    dev.post("orders/create", shop.order(person, 1009, AT, [PHONE]))
    status, page = dev.ask("GET", "/")
    text = page.decode()
    assert status == 200
    assert "SIMULATION" in text
    assert "#1009" in text
    assert "<b>" not in text
    (path, *_) = re.findall(r'href="(/m/[a-z2-7]+)"', text)
    assert dev.ask("GET", path)[0] == 200


def test_a_changed_byte_is_401_and_an_unknown_path_404(dev: Dev) -> None:
    event = json.loads((EVENTS / "order_confirmation" / "order_placed.json").read_text(encoding="utf-8"))
    body = body_of(event)
    assert dev.ask("POST", "/shopify/orders", body, event["headers"])[0] == 200
    changed = {**event["headers"], "content-length": str(len(body))}
    assert dev.ask("POST", "/shopify/orders", body.replace(b"1", b"2", 1), changed)[0] == 401
    assert dev.ask("POST", "/shopify/nothing", b"{}")[0] == 404
    assert dev.ask("PUT", "/shopify/orders", b"{}")[0] == 404


def test_too_much_is_413_and_what_cannot_be_read_is_400(dev: Dev) -> None:
    assert dev.ask("POST", "/shopify/orders", b" " * (6 * 1024 * 1024 + 1))[0] == 413
    assert dev.json("POST", "/sandbox/clock", {"advance": "soon"})[0] == 400
    status, found = dev.json("GET", "/sandbox/mesages")
    assert status == 404
    assert "'/sandbox/messages'" in found["error"]
    assert dev.json("DELETE", "/sandbox/state")[0] == 405


def test_a_body_may_come_in_chunks(dev: Dev) -> None:
    path, headers, raw = shop.webhook("orders/create", shop.order(OLENA, 1005, AT, [PHONE]), AT)
    connection = http.client.HTTPConnection("127.0.0.1", dev.port, timeout=60)
    chunks = iter([raw[:100], raw[100:]])
    connection.request("POST", path, chunks, {**headers, "Transfer-Encoding": "chunked"}, encode_chunked=True)
    assert connection.getresponse().status == 200
    connection.close()


def test_one_connection_may_ask_many_times(dev: Dev) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", dev.port, timeout=60)
    for _ in range(3):
        connection.request("GET", "/sandbox/state")
        answer = connection.getresponse()
        assert answer.status == 200
        assert answer.getheader("content-type") == "application/json; charset=utf-8"
        answer.read()
    connection.close()


def test_the_clock_is_moved_over_http(dev: Dev) -> None:
    status, moved = dev.json("POST", "/sandbox/clock", {"advance": "PT1H"})
    assert status == 200
    assert moved["now"] == "2026-11-23T11:00:00Z"


def test_it_stops_on_sigterm_without_a_word() -> None:
    process = start()
    assert process.stdout is not None
    assert process.stdout.readline().startswith("ready ")
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=30) == ("", "")
    assert process.returncode == 0


def test_a_port_that_is_taken_is_the_users_mistake(dev: Dev) -> None:
    command = [sys.executable, "-m", "sandbox.cli", "dev", "--port", str(dev.port)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    assert f"port {dev.port}" in done.stderr
    assert "Traceback" not in done.stderr
