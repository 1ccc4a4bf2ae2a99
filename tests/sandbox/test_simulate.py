"""`aftercart simulate`: its report, its seeds, its exit codes."""

import io
import json

import pytest

from sandbox import cli
from sandbox.commands import simulate
from sandbox.commands.terminal import Ink
from sandbox.trials.lives.life import Lived

Output = pytest.CaptureFixture[str]
FEW = ["simulate", "--customers", "4", "--years", "0.5"]


def test_the_same_seed_gives_the_same_report_byte_for_byte(capsys: Output) -> None:
    reports = []
    for _ in range(2):
        assert cli.main([*FEW, "--seed", "3", "--json"]) == cli.FINE
        reports.append(capsys.readouterr().out)
    assert reports[0] == reports[1]
    found = json.loads(reports[0])
    assert found["breaches"] == []
    assert found["happened"]["orders"] >= 4
    assert found["ends"]["delivered"] > 0


def test_the_report_can_be_read_by_a_person(capsys: Output) -> None:
    assert cli.main([*FEW, "--seed", "4"]) == cli.FINE
    told = capsys.readouterr().out
    assert told.startswith("4 customers, 0.5 years, seed 4\n")
    assert "order_confirmation.confirm" in told
    assert told.endswith("No promise was broken.\n")


def test_each_promise_that_was_broken_is_named() -> None:
    population = simulate.Population(customers=1, years=1.0, seed=1)
    population.add(Lived(wrong=["confirm of #1001: shown twice"]))
    told = simulate.written(population.as_json(), Ink(on=False))
    assert "1 promises were broken:\n  confirm of #1001: shown twice" in told


def test_customers_are_played_in_sandboxes_of_fifty_each_with_its_own_seed() -> None:
    assert list(simulate.chunks(120, 3.0, 9)) == [("9/0", 50, 3.0), ("9/1", 50, 3.0), ("9/2", 20, 3.0)]


def test_on_two_processes_the_report_is_the_same() -> None:
    one, two = (
        simulate.simulated(4, 0.5, 6, io.StringIO(), together=2, processes=processes) for processes in (1, 2)
    )
    assert one.as_json() == two.as_json()


@pytest.mark.parametrize(
    "wrong", (["--customers", "none"], ["--customers", "0"], ["--years", "-1"], ["--years", "x"])
)
def test_numbers_that_are_none_are_a_wrong_usage(wrong: list[str], capsys: Output) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(["simulate", *wrong])
    assert left.value.code == cli.WRONG_USAGE
    assert "expected" in capsys.readouterr().err
