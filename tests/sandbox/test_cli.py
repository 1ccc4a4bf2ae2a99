"""The command line: exit codes, hints, JSON, and what `send` and `why` say."""

import io
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from aftercart.domain.consent import Channel
from sandbox import cli, shop
from sandbox.commands import pause
from sandbox.commands.demo import OLENA
from sandbox.commands.desk import Desk
from sandbox.commands.dev import Server
from sandbox.journeys.compile import JOURNEYS
from sandbox.player import Player
from sandbox.sandbox import Sandbox

Json = Any
AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
Output = pytest.CaptureFixture[str]


@pytest.fixture
def url() -> Iterator[str]:
    """A sandbox that is served: an order over SMS, its parcel, and a STOP."""
    desk = Desk(lambda: Sandbox(AT, memory=True))
    with Server(0, desk) as server, desk:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        desk.ask(_play)
        yield server.url
        server.shutdown()


def _play(sandbox: Sandbox) -> None:
    player = Player(sandbox)
    for channel, mode in (("whatsapp", "silent"), ("viber", "down")):
        player.call("POST", f"/sandbox/channels/{channel}", json.dumps({"mode": mode}).encode())
    order = player.orders(OLENA, 1001, ["ZIRVO-A1"])
    player.wait(minutes=20)
    for channel in ("whatsapp", "viber"):
        player.call("POST", f"/sandbox/channels/{channel}", b'{"mode": "ok"}')
    player.parcel(order, "delivered")
    player.replies(OLENA, Channel.SMS, "СТОП")
    player.wait(days=40)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no disk that is always full")
@pytest.mark.parametrize("more", ([], ["--json"]))
def test_a_disk_that_is_full_is_told_in_a_line(more: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = ended(["check", "--journeys", str(JOURNEYS), *more], stdout=full, stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (
        1,
        "aftercart: stdout cannot be written: No space left on device\n",
    )


@pytest.mark.skipif(os.name != "posix", reason="here a process has no streams that are closed")
def test_who_has_closed_its_streams_gets_the_exit_code() -> None:
    closing = "import os, sys; os.close(1); os.close(2); os.execv(sys.executable, sys.argv[1:])"
    for journeys, code in ((str(JOURNEYS), 0), ("nowhere", 1)):
        check = [sys.executable, "-m", "sandbox.cli", "check", "--journeys", journeys]
        assert subprocess.run([sys.executable, "-c", closing, *check], check=False).returncode == code


def ended(typed: list[str], **streams: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sandbox.cli", *typed]
    return subprocess.run(command, text=True, check=False, **streams)


def test_help_has_an_example_for_each_command(capsys: Output) -> None:
    for command in cli.COMMANDS:
        with pytest.raises(SystemExit) as left:
            cli.main([command, "--help"])
        assert left.value.code == 0
        assert f"example: aftercart {command}" in capsys.readouterr().out
    assert cli.main([]) == 0
    assert "commands" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("typed", "says"),
    (
        (["sned"], "did you mean send?"),
        (["demo", "--sed", "1"], "did you mean --seed?"),
        (["pause", "--jurneys", "x"], "unrecognized arguments: --jurneys\n"),
        (["templates", "push", "--jurneys", "x"], "did you mean --journeys?\nSee: aftercart templates push"),
        (["demo", "--seed", "x"], "'x' is no seed: expected a whole number\n"),
        (["pause", "phone_care", "--all"], "argument --all: not allowed with argument journey\n"),
        (["dev", "--port", "99999"], "'99999' is no port"),
        (["dev", "--at", "now"], "'now' is not an ISO 8601 time"),
        (["dev", "--at", "0001-01-01T00:00:00Z"], "is not a time of the years 1971 to 2999"),
        (["send", "order_placed", "--at", "9999-12-31T23:59:59-02:00"], "is not a time of the years"),
        (["why"], "one of the arguments --order --customer --message is required\n"),
        (["why", "--order", ""], "argument --order: expected something, not ''\n"),
        (["pause", ""], "argument journey: expected something, not ''\n"),
        (["pause", "phone_care", "--stack", " "], "argument --stack: expected something, not ' '\n"),
        (["pause", "phone_care", "--to", ""], "argument --to: expected something, not ''\n"),
        (["waits", "--stack", ""], "argument --stack: expected something"),
        (["plan", "--against", ""], "argument --against: expected something"),
        (["plan", "--journeys", ""], "argument --journeys: expected something"),
        (["templates", "diff", "--stack", ""], "argument --stack: expected something"),
        (["preview", "--before", ""], "argument --before: expected something"),
        (["preview", "--out", ""], "argument --out: expected something"),
        (["simulate", "--html", ""], "argument --html: expected something"),
        (
            ["send", "sweep", "--at", "2027-03-01", "--to", "http://x"],
            "argument --to: not allowed with argument --at",
        ),
        (["send", ""], "argument event: expected something"),
        (["test", ""], "argument scenario: expected something"),
    ),
)
def test_wrong_usage_is_2_and_says_what_was_meant(capsys: Output, typed: list[str], says: str) -> None:
    try:
        code = cli.main(typed)
    except SystemExit as left:
        code = int(left.code or 0)
    output = capsys.readouterr()
    assert code == 2
    assert output.out == ""
    assert says in output.err


@pytest.mark.parametrize(
    ("typed", "says"),
    (
        (["send", "ordr_placed"], "did you mean order_placed?"),
        (["send", "order_placed", "--topic", "orders/creat"], "did you mean orders/create?"),
        (["why", "--order", "1", "--to", "http://127.0.0.1:1"], "start one with: aftercart dev"),
        (["why", "--order", "1", "--to", "ftp://x"], "expected a URL such as"),
        (["why", "--order", "1", "--to", "http://127.0.0.1:99999"], "expected a URL such as"),
        (["why", "--order", "1", "--to", "http://127.0.0.1:port"], "expected a URL such as"),
        (["why", "--order", "1", "--to", "http://[::1"], "expected a URL such as"),
        (["why", "--order", "1", "--to", "http://a b"], "expected a URL such as"),
        (["why", "--order", "1", "--to", "http://ü..example"], "expected a URL such as"),
    ),
)
def test_the_users_mistake_is_1_and_says_what_to_do(capsys: Output, typed: list[str], says: str) -> None:
    assert cli.main(typed) == 1
    output = capsys.readouterr()
    assert says in output.err
    assert output.out == ""


@pytest.mark.parametrize(
    "answer", (b"SSH-2.0-OpenSSH_9.6\r\n", b"HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\n[]")
)
def test_who_answers_and_is_no_sandbox_is_called_that(capsys: Output, answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_answers, args=(listening, answer), daemon=True).start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        assert cli.main(["pause", "phone_care", "--to", url]) == 1
    assert f"what answers at {url} is no sandbox of this version" in capsys.readouterr().err


def _answers(listening: socket.socket, answer: bytes) -> None:
    connection, _ = listening.accept()
    with connection:
        connection.recv(65_536)
        connection.sendall(answer)


def test_events_are_sent_and_what_phones_show_is_printed(capsys: Output) -> None:
    assert cli.main(["send", "order_placed", "parcel_sent", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [each["status"] for each in found["events"]] == [200, 200]
    assert [each["step"] for each in found["messages"]] == ["confirm", "in_transit"]
    assert cli.main(["send", "order_placed"]) == 0
    text = capsys.readouterr().out
    assert "200 order_placed.json: told" in text
    assert "order_confirmation / confirm  said: its time had come" in text
    assert "│ Дякуємо! Замовлення #1001" in text


def test_an_event_that_nobody_signed_is_the_senders_mistake(capsys: Output) -> None:
    assert cli.main(["send", "order_unsigned"]) == 1
    assert "401 order_unsigned.json" in capsys.readouterr().out


def test_a_raw_body_is_signed_and_played_at_its_own_time(capsys: Output, tmp_path: Path) -> None:
    body = shop.order(OLENA, 1001, AT, [])
    path = tmp_path / "order.json"
    path.write_text(json.dumps(body), encoding="utf-8")
    assert cli.main(["send", str(path), "--topic", "orders/create", "--json"]) == 0
    (message,) = json.loads(capsys.readouterr().out)["messages"]
    assert message["at"] == "2026-11-23T10:00:00Z"
    assert cli.main(["send", str(path)]) == 1
    assert "say --topic" in capsys.readouterr().err


def test_an_event_without_http_is_played_too(capsys: Output) -> None:
    assert cli.main(["send", "sms_stop", "sweep", "erase"]) == 0
    assert "Nothing was to be said." in capsys.readouterr().out


def test_events_go_to_a_running_sandbox(capsys: Output, url: str, tmp_path: Path) -> None:
    path = tmp_path / "order.json"
    path.write_text(json.dumps(shop.order(OLENA, 1777, AT.replace(year=2020), [])), encoding="utf-8")
    raw = ["send", str(path), "--topic", "orders/create", "--to", url, "--json"]
    assert cli.main([*raw, "--as-is"]) == 0
    assert json.loads(capsys.readouterr().out)["messages"] == []  # years old: stored, and not told
    path.write_text(json.dumps(shop.order(OLENA, 1777, AT.replace(year=2020), [], id=3)), encoding="utf-8")
    assert cli.main(raw) == 0
    found = json.loads(capsys.readouterr().out)
    assert [each["number"] for each in found["messages"]] == ["#1777"]
    assert [each["step"] for each in found["decisions"]] == ["confirm"]
    assert cli.main(["send", "sweep", "--to", url]) == 1
    assert "no HTTP request" in capsys.readouterr().err


def test_each_message_and_each_silence_is_explained(capsys: Output, url: str) -> None:
    assert cli.main(["why", "--order", "1001", "--to", url]) == 0
    text = capsys.readouterr().out
    assert "whatsapp: accepted, but no receipt came in time" in text
    assert "viber: refused: the provider could not be reached" in text
    assert "sms: delivered" in text
    assert "phone_care / tips  not said: they have not agreed to marketing, or took it back" in text
    assert cli.main(["why", "--customer", "Олена", "--to", url, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    message = next(each["message"] for each in told if each["step"] == "delivered")
    assert cli.main(["why", "--message", message, "--to", url]) == 0
    assert "delivery / delivered" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("typed", "says"),
    (
        (["--order", "404"], "which is not known"),
        (["--customer", "Оленка"], "no customer is 'Оленка'"),
        (["--message", "none"], "nothing was decided about a message 'none'"),
    ),
)
def test_what_is_not_known_is_said(capsys: Output, url: str, typed: list[str], says: str) -> None:
    assert cli.main(["why", *typed, "--to", url]) == 1
    assert says in capsys.readouterr().err


def test_check_says_that_there_is_no_mistake(capsys: Output) -> None:
    assert cli.main(["check"]) == 0
    assert "no mistakes" in capsys.readouterr().out


def test_check_tells_each_mistake_with_its_place(tmp_path: Path, capsys: Output) -> None:
    journeys = Path(shutil.copytree(JOURNEYS, tmp_path / "journeys"))
    care = journeys / "phone_care" / "journey.yaml"
    care.write_text(care.read_text("utf-8").replace("wait: P3D", "waits: P3D"), "utf-8")
    assert cli.main(["check", "--journeys", str(journeys)]) == 3
    said = "journeys/phone_care/journey.yaml:7:7: unknown key 'waits'; did you mean 'wait'?"
    assert capsys.readouterr().out == f"{said}\n          waits: P3D\n          ^\n1 mistake.\n"
    assert cli.main(["check", "--journeys", str(journeys), "--json"]) == 3
    (mistake,) = json.loads(capsys.readouterr().out)["mistakes"]
    assert (mistake["line"], mistake["column"]) == (7, 7)


def test_check_of_a_folder_that_is_not_there_is_the_users_mistake(capsys: Output) -> None:
    assert cli.main(["check", "--journeys", "nowhere"]) == 1
    assert "there is no folder nowhere" in capsys.readouterr().err


def test_pause_has_a_journey_wait_and_go_on(url: str, capsys: Output) -> None:
    assert cli.main(["pause", "phone_care", "--to", url]) == 0
    assert cli.main(["pause", "--all", "--resume", "--to", url, "--json"]) == 0
    first, _, second = capsys.readouterr().out.partition("\n")
    assert first == "phone_care: paused"
    assert json.loads(second) == {"journey": "*", "done": "resumed"}
    assert cli.main(["pause", "phone_cure", "--to", url]) == 1
    assert "did you mean 'phone_care'?" in capsys.readouterr().err


def test_who_goes_on_while_all_wait_is_told_that_all_wait(url: str, capsys: Output) -> None:
    assert cli.main(["pause", "--all", "--to", url]) == 0
    capsys.readouterr()
    assert cli.main(["pause", "phone_care", "--resume", "--to", url]) == 0
    assert capsys.readouterr().out == STILL_PAUSED
    assert cli.main(["pause", "phone_care", "--resume", "--to", url, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"journey": "phone_care", "done": "paused"}


STILL_PAUSED = (
    "phone_care: still paused, as every journey is; all go on with: aftercart pause --all --resume\n"
)


class Deployed:
    """Stands where botocore's session is: notes what is asked, and answers as Lambda does."""

    def __init__(self, payload: Json, **answer: str) -> None:
        self.asked: list[Json] = []
        self._answer = {"Payload": io.BytesIO(json.dumps(payload).encode()), **answer}

    def __call__(self) -> "Deployed":
        return self

    def create_client(self, service: str) -> "Deployed":
        assert service == "lambda"
        return self

    def invoke(self, **asked: Any) -> Json:
        self.asked.append(asked)
        return self._answer


def test_pause_asks_a_deployed_stack(monkeypatch: pytest.MonkeyPatch, capsys: Output) -> None:
    lambdas = Deployed({"done": "paused"})
    monkeypatch.setattr(pause, "Session", lambdas)
    assert cli.main(["pause", "--all", "--stack", "shop"]) == 0
    (asked,) = lambdas.asked
    assert (asked["FunctionName"], asked["Qualifier"]) == ("shop-lifecycle-reminders", "live")
    assert json.loads(asked["Payload"]) == {"v": 1, "kind": "pause", "journey": "*", "paused": True}
    assert capsys.readouterr().out == "every journey: paused\n"


def test_a_deployed_stack_says_that_all_still_wait(monkeypatch: pytest.MonkeyPatch, capsys: Output) -> None:
    monkeypatch.setattr(pause, "Session", Deployed({"done": "paused"}))
    assert cli.main(["pause", "phone_care", "--resume", "--stack", "shop"]) == 0
    assert capsys.readouterr().out == STILL_PAUSED


def test_waits_tells_what_was_learned(url: str, monkeypatch: pytest.MonkeyPatch, capsys: Output) -> None:
    assert cli.main(["waits", "--to", url]) == 0
    assert capsys.readouterr().out == "No receipt was timed (learned_waits in brand.yaml).\n"
    rows = [
        {"times": "viber/UA", "receipts": 412, "seconds": 96},
        {"times": "sms/*", "receipts": 12, "seconds": None},
    ]
    monkeypatch.setattr(pause, "Session", Deployed({"waits": rows}))
    assert cli.main(["waits", "--stack", "shop"]) == 0
    assert capsys.readouterr().out == (
        "viber/UA: 95 of 100 receipts within 96 s (of 412)\nsms/*: too few receipts to learn from (12)\n"
    )


@pytest.mark.parametrize(
    ("lambdas", "says"),
    (
        (Deployed({"done": "unknown"}), "shop has no journey or provider 'phone_cure'"),
        (Deployed({"errorMessage": "Conflict abc"}, FunctionError="Unhandled"), "shop: Conflict abc"),
    ),
)
def test_pause_says_what_a_deployed_stack_could_not_do(
    lambdas: Deployed, says: str, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.setattr(pause, "Session", lambdas)
    assert cli.main(["pause", "phone_cure", "--stack", "shop"]) == 1
    assert says in capsys.readouterr().err
