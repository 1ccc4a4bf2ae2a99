"""`aftercart simulate`: its report, its seeds, its exit codes."""

import io
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from sandbox import cli
from sandbox.commands import simulate
from sandbox.commands.simulate_page import html
from sandbox.commands.simulate_shown import written
from sandbox.commands.terminal import Ink
from sandbox.trials.lives.life import Lived

Output = pytest.CaptureFixture[str]
Json = dict[str, Any]
FEW = ["simulate", "--customers", "4", "--years", "0.5"]
PLAIN = Ink(on=False)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(scope="module")
def report() -> Json:
    return simulate.simulated(8, 1.0, 3, io.StringIO(), together=4).as_json()


def with_a_breach() -> Json:
    population = simulate.Population(customers=1000, years=3.0, seed=1)
    population.add(simulate.Chunk("1/4", 50, 3.0), Lived())
    population.add(simulate.Chunk("1/7", 50, 3.0), Lived(wrong=["confirm of #1001: shown <twice>"]))
    return population.as_json()


def test_the_same_seed_gives_the_same_report_byte_for_byte(capsys: Output, tmp_path: Path) -> None:
    reports = []
    for n in range(2):
        page = tmp_path / f"{n}.html"
        assert cli.main([*FEW, "--seed", "3", "--json", "--html", str(page)]) == cli.FINE
        reports.append((capsys.readouterr().out, page.read_bytes()))
    assert reports[0] == reports[1]
    found = json.loads(reports[0][0])
    assert found["breaches"] == []
    assert found["happened"]["orders"] >= 4
    assert found["ends"]["delivered"] > 0


def test_the_report_can_be_read_by_a_person(capsys: Output) -> None:
    assert cli.main([*FEW, "--seed", "4"]) == cli.FINE
    told = capsys.readouterr().out
    assert told.startswith("4 customers, 0.5 years, seed 4\n")
    assert re.search(r"^  order_confirmation( +[\d,]+)+\.\d\d USD$", told, re.MULTILINE)
    assert re.search(r"^  2027 +\d", told, re.MULTILINE)
    assert told.endswith("No promise was broken.\n")


def test_every_message_that_was_shown_is_in_the_report(report: Json) -> None:
    counted = sum(row["count"] for row in report["messages"])
    assert counted == report["happened"]["messages shown"] > 0
    assert {row["journey"] for row in report["messages"]} >= {"order_confirmation", "delivery", "phone_care"}
    assert all(re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", row["month"]) for row in report["messages"])


def test_cost_and_silences_are_in_the_report(report: Json) -> None:
    assert sum(Decimal(row["amount"]) for row in report["costs"]) > 0
    assert all(row["reason"] and row["count"] > 0 for row in report["skips"])
    assert sum(report["deferrals"].values()) > 0


def test_each_promise_that_was_broken_is_named_with_how_its_sandbox_plays_alone() -> None:
    told = written(with_a_breach(), PLAIN)
    assert "1 promise was broken:\n  in sandbox 1/7, which plays alone with" in told
    assert "aftercart simulate --customers 1000 --years 3 --sandbox 1/7\n    confirm of #1001" in told
    assert "in sandbox 1/4" not in told
    page = html(with_a_breach())
    assert "shown &lt;twice&gt;" in page
    assert "--sandbox 1/7" in page


def test_a_seed_below_zero_is_played_again_too() -> None:
    population = simulate.Population(customers=4, years=0.5, seed=-1)
    population.add(simulate.Chunk("-1/0", 4, 0.5), Lived(wrong=["shown twice"]))
    (breach,) = population.as_json()["breaches"]
    typed = cli.parser().parse_args(breach["replay"].split()[1:])
    assert (typed.sandbox, typed.customers, typed.years) == ("-1/0", 4, 0.5)


def test_half_a_year_is_played_again_as_half_a_year() -> None:
    population = simulate.Population(customers=7, years=0.5, seed=-2)
    population.add(simulate.Chunk("-2/0", 7, 0.5), Lived(wrong=["one"]))
    (breach,) = population.as_json()["breaches"]
    assert breach["replay"] == "aftercart simulate --customers 7 --years 0.5 --sandbox=-2/0"


def test_customers_are_played_in_sandboxes_of_fifty_each_with_its_own_seed() -> None:
    found = [(each.seed, each.customers, each.years) for each in simulate.chunks(120, 3.0, 9)]
    assert found == [("9/0", 50, 3.0), ("9/1", 50, 3.0), ("9/2", 20, 3.0)]


def test_on_two_processes_the_report_is_the_same() -> None:
    one, two = (
        simulate.simulated(4, 0.5, 6, io.StringIO(), together=2, processes=processes).as_json()
        for processes in (1, 2)
    )
    assert one == two
    assert html(one) == html(two)


def test_a_sandbox_that_plays_alone_lives_as_it_did_among_the_others() -> None:
    parts = [
        simulate.simulated(4, 0.5, 6, io.StringIO(), together=2, sandbox=each).as_json()
        for each in ("6/0", "6/1")
    ]
    whole = simulate.simulated(4, 0.5, 6, io.StringIO(), together=2).as_json()
    assert [each["played"] for each in parts] == [2, 2]
    assert sum(each["happened"]["runs"] for each in parts) == whole["happened"]["runs"]
    assert parts[0]["happened"] != parts[1]["happened"]


def test_a_sandbox_alone_is_asked_for_by_its_name(capsys: Output) -> None:
    assert cli.main([*FEW, "--sandbox", "4/0"]) == cli.FINE
    assert capsys.readouterr().out.startswith(
        "4 customers, 0.5 years, seed 4, sandbox 4/0 alone: 4 of them\n"
    )


def test_a_sandbox_that_there_is_not_is_the_users_mistake(capsys: Output) -> None:
    assert cli.main([*FEW, "--sandbox", "4/1"]) == cli.WRONG_INPUT
    assert "there is no sandbox 4/1 here: expected 4/0 to 4/0" in capsys.readouterr().err


def test_a_page_that_cannot_be_written_is_told_before_the_work(capsys: Output, tmp_path: Path) -> None:
    assert cli.main([*FEW, "--html", str(tmp_path / "none" / "page.html")]) == cli.WRONG_INPUT
    assert "cannot be written: No such file" in capsys.readouterr().err
    assert cli.main([*FEW, "--html", str(tmp_path)]) == cli.WRONG_INPUT
    output = capsys.readouterr()
    assert (output.out, output.err) == ("", f"aftercart: {tmp_path} cannot be written: Is a directory\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no disk that is always full")
def test_a_page_that_finds_no_room_costs_nobody_the_report(capsys: Output) -> None:
    assert cli.main([*FEW, "--html", "/dev/full"]) == cli.WRONG_INPUT
    output = capsys.readouterr()
    assert "No promise was broken" in output.out
    assert output.err.endswith("aftercart: /dev/full cannot be written: No space left on device\n")


@pytest.fixture
def interrupts() -> Iterator[None]:
    """A shell has what it runs in the background ignore them, and all that this starts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interrupts")
def test_who_interrupts_it_is_told_so_in_a_line_and_finds_no_page(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    many = ["simulate", "--customers", "1000", "--years", "1", "--html", str(page)]
    command = [sys.executable, "-m", "sandbox.cli", *many]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stderr is not None
    assert "of 1000 customers" in process.stderr.readline()
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: its workers are told too
    out, err = process.communicate(timeout=60)
    *progress, last = err.splitlines()  # of which another may have been told meanwhile
    assert (out, last) == ("", "aftercart: interrupted")
    assert [line for line in progress if "of 1000 customers" not in line] == []
    assert process.returncode == cli.INTERRUPTED
    assert not page.exists()


@pytest.mark.parametrize(
    "wrong",
    (
        ["--customers", "none"],
        ["--customers", "0"],
        ["--customers", "1000001"],
        ["--years", "-1"],
        ["--years", "x"],
        ["--sandbox", "37"],
    ),
)
def test_numbers_that_are_none_are_a_wrong_usage(wrong: list[str], capsys: Output) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(["simulate", *wrong])
    assert left.value.code == cli.WRONG_USAGE
    assert "expected" in capsys.readouterr().err


def test_a_log_is_told_how_far_it_is_at_each_twentieth() -> None:
    log = io.StringIO()
    progress = simulate.Progress(log, 1000)
    for done in range(10, 1001, 10):
        progress.show(done, 0)
    progress.end()
    lines = log.getvalue().splitlines()
    assert [line.partition(" ")[0] for line in lines] == [str(done) for done in range(50, 1001, 50)]
    assert lines[-1] == "1000 of 1000 customers, 0 breaches, 0 s to go"


def test_a_terminal_shows_one_line_that_is_gone_in_the_end() -> None:
    terminal = Terminal()
    progress = simulate.Progress(terminal, 100)
    progress.show(50, 2)
    assert terminal.getvalue().startswith("\r███████████████░░░░░░░░░░░░░░░ 50 of 100 customers, 2 breaches")
    progress.end()
    assert terminal.getvalue().endswith("\r\x1b[K")
    assert "\n" not in terminal.getvalue()


# The page


def test_the_page_asks_nobody_for_anything(report: Json) -> None:
    page = html(report)
    assert re.findall(r"https?://|//[a-z]|<script|<link|<img|src=|url\(|@import", page) == []
    assert "default-src 'none'" in page


def test_each_plot_has_its_figures_beneath(report: Json) -> None:
    page = html(report)
    figures = re.findall(r"<figure>.*?</figure>", page, re.DOTALL)
    assert len(figures) == 6  # two by month, one currency, skips, deferrals, ends
    for each in figures:
        drawn, _, beneath = each.partition("</svg>")
        assert 'role="img" aria-label="' in drawn
        assert "<table>" in beneath


def test_the_page_is_whole_and_well_formed(report: Json) -> None:
    page = re.sub(r"<!doctype html>|<meta[^>]*>", "", html(report))
    tree = ElementTree.fromstring(page)
    (table, *_) = tree.iter("table")
    counts = [
        int((row[-1].text or "").replace(",", "")) for row in table.iter("tr") if row[0].text != "Month"
    ]
    assert sum(counts) == report["happened"]["messages shown"]


def test_a_journey_has_the_same_colour_in_each_plot(report: Json) -> None:
    legends = [
        dict(zip(re.findall(r"</span>([^<]+)", each), re.findall(r"swatch (s\d)", each), strict=True))
        for each in re.findall(r'<ul class="legend">.*?</ul>', html(report))
    ]
    of_journeys = [each for each in legends if "delivery" in each]
    assert len(of_journeys) == 2
    assert of_journeys[0] == of_journeys[1]
