"""What `make bench` counts is counted right, and the counts that are promised hold."""

from pathlib import Path
from typing import Any

import pytest

from aftercart.texts.compiled import wordings
from sandbox.bench import run as bench
from sandbox.bench.calls import calls
from sandbox.bench.check import check
from sandbox.bench.init import ROOT, Start, starts
from sandbox.bench.many_journeys import LETTERS, write_many
from sandbox.bench.scenario import scenario
from sandbox.bench.simulate import paced, simulate
from sandbox.bench.states import ENDINGS, states
from sandbox.bench.table import Row, Section, as_json, as_text
from sandbox.bench.units import read_units, size, write_units
from sandbox.journeys.compile import JOURNEYS, compile_journeys
from sandbox.trials.lives.life import planned

KEY = ("C#a", "CUSTOMER")
WIRE_KEY = {"pk": {"S": "C#a"}, "sk": {"S": "CUSTOMER"}}
SMALL = {"pk": "C#a", "sk": "CUSTOMER"}
OWED = SMALL | {"todo": "todo#1", "todo_at": "2026-11-23T10:00:00+00:00"}
OWED_LATER = OWED | {"todo_at": "2026-11-23T11:00:00+00:00"}


def of_bytes(total: int) -> dict[str, Any]:
    return SMALL | {"data": b"x" * (total - size(SMALL) - len("data"))}


@pytest.mark.parametrize(
    ("value", "bytes_"), (("Олена", 10), (b"\0\1\2", 3), (7, 2), (42, 2), (123, 3), (1_795_000_000, 6))
)
def test_an_items_size_is_that_of_its_names_and_values(value: Any, bytes_: int) -> None:
    assert size({"name": value}) == len("name") + bytes_


@pytest.mark.parametrize(("total", "units"), ((100, 1), (1024, 1), (1025, 2), (2049, 3)))
def test_a_write_takes_a_unit_for_each_kilobyte_begun(total: int, units: int) -> None:
    assert write_units("PutItem", {"Item": WIRE_KEY}, {}, {KEY: of_bytes(total)}) == units


def test_the_larger_of_the_sizes_before_and_after_counts() -> None:
    assert write_units("UpdateItem", {"Key": WIRE_KEY}, {KEY: of_bytes(1500)}, {KEY: SMALL}) == 2


def test_a_write_that_its_condition_refuses_costs_what_is_there() -> None:
    there = {KEY: of_bytes(1500)}
    assert write_units("PutItem", {"Item": WIRE_KEY}, there, there) == 2


def test_in_a_transaction_everything_counts_twice_checks_too() -> None:
    parts = [
        {"Put": {"Item": WIRE_KEY}},
        {"ConditionCheck": {"Key": {"pk": {"S": "O#1"}, "sk": {"S": "ORDER"}}}},
    ]
    assert write_units("TransactWriteItems", {"TransactItems": parts}, {}, {KEY: SMALL}) == 4


@pytest.mark.parametrize(
    ("before", "after", "units"),
    ((SMALL, OWED, 2), (OWED, OWED_LATER, 3), (OWED, SMALL, 2), (OWED, OWED | {"rev": 2}, 1)),
)
def test_an_index_takes_a_unit_for_each_entry_written_and_each_deleted(
    before: dict[str, Any], after: dict[str, Any], units: int
) -> None:
    assert write_units("UpdateItem", {"Key": WIRE_KEY}, {KEY: before}, {KEY: after}) == units


@pytest.mark.parametrize(("total", "units"), ((0, 1), (4096, 1), (4097, 2)))
def test_a_read_takes_a_unit_for_each_four_kilobytes_also_where_nothing_is(total: int, units: int) -> None:
    there = {KEY: of_bytes(total)} if total else {}
    params = {"RequestItems": {"table": {"Keys": [WIRE_KEY]}}}
    assert read_units("BatchGetItem", params, there) == units


def test_a_read_writes_nothing() -> None:
    assert write_units("BatchGetItem", {"RequestItems": {}}, {}, {}) == 0


def test_a_figure_over_its_aim_is_marked_in_text_and_in_json() -> None:
    section = Section(
        "Calls", "care", ("calls",), [Row("fine", (2,), 2), Row("too many", (3,), 2), Row("none", (9,))]
    )
    marked = [line for line in as_text(section).splitlines() if line.endswith("over")]
    assert [line.split("  ")[1] for line in marked] == ["too many"]
    assert [row.get("met") for row in as_json(section)["rows"]] == [True, False, None]


def test_a_figure_under_what_it_should_at_least_be_is_marked() -> None:
    rows = [Row("enough", (0.2,), 0.1, at_least=True), Row("too little", (0.00062,), 0.1, at_least=True)]
    text = as_text(Section("Speed", "care", ("ratio",), rows)).splitlines()
    assert [line.split() for line in text[-2:]] == [
        ["enough", "0.20", "≥", "0.10"],
        ["too", "little", "0.00062", "≥", "0.10", "under"],
    ]
    assert [row["met"] for row in as_json(Section("Speed", "care", ("ratio",), rows))["rows"]] == [
        True,
        False,
    ]


def test_an_event_is_one_thing_that_the_engine_took_from_its_queue() -> None:
    with planned("bench/0", 2, 0.5) as life:
        engine = life.outside.sandbox.engine
        ran = engine.advance(life.until)
        assert engine.fired == ran > 0
    assert paced(2, 0.5).events >= ran


def test_a_simulations_speed_stands_beside_simpys_in_the_same_run() -> None:
    (row,) = simulate(2, 0.5).rows
    ratio, events, timeouts, *_ = row.values
    assert isinstance(events, float)
    assert isinstance(timeouts, float)
    assert ratio == events / timeouts
    assert 0 < events < timeouts
    assert (row.aim, row.at_least) == (0.1, True)


def test_a_scenario_of_three_years_takes_less_than_half_a_second_once_the_process_is_warm() -> None:
    rows = scenario().rows
    assert [row.aim for row in rows] == [0.5, 0.5]
    assert not rows[1].missed


def test_no_two_of_many_journeys_say_the_same(tmp_path: Path) -> None:
    write_many(JOURNEYS, tmp_path / "journeys", 4)
    made = compile_journeys(tmp_path / "journeys")
    assert (len(made.journeys), made.brand.languages) == (4, tuple(LETTERS))
    said = [{wording.text for wording in wordings({name: made.texts[name]})} for name in made.journeys]
    assert all(said)
    assert sum(map(len, said)) == len(set().union(*said))


def test_a_check_costs_by_what_has_changed() -> None:
    rows = check(journeys=2, times=1).rows
    assert [row.aim for row in rows] == [300.0] * 9
    _, first, unchanged, *edited = (float(str(row.values[0])) for row in rows)
    words, journey, cap, _liquid, tone, _budget = edited
    assert unchanged < min(edited)
    assert max(words, journey, cap, tone) < first


def test_the_promised_counts_of_calls_hold() -> None:
    rows = {row.name.strip(): row for row in calls().rows}
    made = {name: row.values[0] for name, row in rows.items()}
    assert (made["an order"], made["a parcel update"]) == (3, 3)
    assert (made["a delivered receipt"], made["a failed receipt, nobody is there"]) == (2, 4)
    missed = {name for name, row in rows.items() if row.missed}
    assert missed == {
        "the update again, within 15 minutes",
        "the STOP again",
        "the failed receipt again",
    }


def test_states_entered_are_the_rungs_tried_and_at_most_one_that_ends_it_however_it_ends() -> None:
    counted = {row.name: row.values for row in states().rows}
    assert len(counted) == len(ENDINGS)
    for entered, rungs in counted.values():
        assert isinstance(entered, int)
        assert isinstance(rungs, int)
        assert rungs <= entered <= rungs + 1
    delivered = [values for name, values in counted.items() if name.startswith("delivered on")]
    assert delivered == [(rung, rung) for rung in (1, 2, 3, 4, 5)]
    assert not any(row.missed for row in states().rows)


def test_every_handler_is_started_as_on_lambda_and_without_its_world(tmp_path: Path) -> None:
    made = starts(dict.fromkeys(("layer", "functions", "floor"), tmp_path))
    handlers = {path.parent.name for path in ROOT.glob("functions/*/handler.py")}
    assert made.keys() == {"floor", *handlers, *(f"{name} alone" for name in handlers)}
    assert {"TABLE_NAME", "AWS_REGION"} <= made["send_message"].environment.keys()


def test_a_start_sees_its_own_code_and_nothing_of_this_process(tmp_path: Path) -> None:
    (tmp_path / "greeting.py").write_text("TEXT = 'hello'\n", encoding="utf-8")
    start = Start(
        "import greeting, os; print(greeting.TEXT, os.environ['A'], flush=True)", (tmp_path,), {"A": "1"}
    )
    assert start.run().stdout == "hello 1\n"
    assert start.seconds() > 0


def test_parts_can_be_asked_for_one_by_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main(["--only", "states", "--json"]) == 0
    assert capsys.readouterr().out.count('"title"') == 1
