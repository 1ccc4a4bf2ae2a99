"""The one thread that owns the sandbox, and what its callers are told."""

import http.client
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.commands.desk import Desk
from sandbox.commands.dev import Server
from sandbox.sandbox import Sandbox

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@pytest.fixture
def desk() -> Iterator[Desk]:
    with Desk(lambda: Sandbox(AT, memory=True)) as opened:
        yield opened


def fail() -> None:
    raise RuntimeError("a cog broke")


def break_something(sandbox: Sandbox) -> str:
    sandbox.engine.at(AT, fail)
    return "answered"


def test_every_job_runs_in_one_thread_however_many_ask(desk: Desk) -> None:
    seen: list[str] = []
    threads = [
        threading.Thread(
            target=lambda: seen.append(desk.ask(lambda sandbox: threading.current_thread().name))
        )
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == ["sandbox"] * 8


def test_what_a_job_raises_reaches_who_asked(desk: Desk) -> None:
    with pytest.raises(ZeroDivisionError):
        desk.ask(lambda sandbox: 1 // 0)
    assert desk.ask(lambda sandbox: sandbox.engine.now()) == AT


def test_what_breaks_after_an_answer_is_told_to_the_next_who_asks_once(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    assert desk.ask(break_something) == "answered"
    desk.ask(lambda sandbox: None)
    assert desk.trouble() == "while things settled: RuntimeError: a cog broke"
    assert desk.trouble() == ""
    assert "a cog broke" in capsys.readouterr().err


def test_over_http_it_is_a_fault_of_ours_and_the_server_goes_on(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    with Server(0, desk) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        desk.ask(break_something)
        desk.ask(lambda sandbox: None)
        assert state(server) == (500, {"error": "while things settled: RuntimeError: a cog broke"})
        assert state(server)[0] == 200
        server.shutdown()
    assert "Traceback" in capsys.readouterr().err


def state(server: Server) -> tuple[int, Any]:
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=30)
    connection.request("GET", "/sandbox/state")
    answer = connection.getresponse()
    found = answer.status, json.loads(answer.read())
    connection.close()
    return found


def test_a_second_sandbox_is_refused_while_one_is_open(desk: Desk) -> None:
    with pytest.raises(RuntimeError, match="another sandbox is open"):
        Sandbox(AT, memory=True).open()


def test_one_that_cannot_be_opened_says_why_to_who_opens_it() -> None:
    with (
        pytest.raises(ValueError, match="a time with a zone"),
        Desk(
            lambda: Sandbox(datetime(2026, 11, 23), memory=True)  # noqa: DTZ001
        ),
    ):
        pass
