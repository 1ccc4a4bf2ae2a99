"""A folder that was found right is not read again until something changes; a mistake is always found."""

import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from sandbox.commands.check import checked
from sandbox.journeys import found_right

TODAY = date(2026, 11, 23)
GOLDEN = Path(__file__).with_name("golden") / "journeys"
RIGHT = {"mistakes": [], "journeys": 3, "texts": 6, "languages": ["en", "uk"]}


@pytest.fixture
def journeys(tmp_path: Path) -> Path:
    return Path(shutil.copytree(GOLDEN, tmp_path / "journeys"))


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "kept"


def remembered(kept: Path) -> list[Path]:
    return sorted(kept.glob("*")) if kept.exists() else []


def test_what_was_found_right_is_told_from_memory(journeys: Path, kept: Path) -> None:
    assert checked(journeys, kept) == RIGHT
    [memory] = remembered(kept)
    memory.write_text(memory.read_text("utf-8").replace('"texts": 6', '"texts": 7'), "utf-8")
    assert checked(journeys, kept) == RIGHT | {"texts": 7}


@pytest.mark.parametrize(
    "memory", ("", "{", "[]", '{"journeys": 3}', '{"journeys": 3, "texts": 6, "languages": [1]}')
)
def test_a_memory_that_is_not_whole_is_as_good_as_none(journeys: Path, kept: Path, memory: str) -> None:
    checked(journeys, kept)
    remembered(kept)[0].write_text(memory, "utf-8")
    assert checked(journeys, kept) == RIGHT


def test_a_mistake_made_after_it_is_found(journeys: Path, kept: Path) -> None:
    checked(journeys, kept)
    text = journeys / "care" / "en.yaml"
    text.write_text(text.read_text("utf-8").replace("{{ link }}", "{{ lnik }}"), "utf-8")
    found = checked(journeys, kept)
    assert {each["what"] for each in found["mistakes"]} >= {"no variable 'lnik'; did you mean 'link'?"}


def test_a_mistake_is_never_remembered(journeys: Path, kept: Path) -> None:
    (journeys / "care" / "uk.yaml").unlink()
    assert checked(journeys, kept) == checked(journeys, kept)
    assert remembered(kept) == []


@pytest.mark.parametrize("name", ("care/de.yaml", "empty/", "care/journey.yaml", "prices.yaml"))
def test_every_file_and_folder_of_it_counts(journeys: Path, name: str) -> None:
    before = found_right.key(journeys, TODAY)
    if name.endswith("/"):
        (journeys / name).mkdir()
    else:
        (journeys / name).write_text("about: line\n", "utf-8")
    assert found_right.key(journeys, TODAY) != before


def test_its_place_does_not_count(journeys: Path) -> None:
    assert found_right.key(journeys, TODAY) == found_right.key(GOLDEN, TODAY)


def test_what_is_right_today_is_looked_at_again_tomorrow(journeys: Path) -> None:
    assert found_right.key(journeys, TODAY) != found_right.key(journeys, TODAY + timedelta(days=1))


def test_where_nothing_can_be_kept_it_is_looked_at_each_time(journeys: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    assert checked(journeys, tmp_path / "file" / "kept") == RIGHT


def test_only_the_newest_are_kept(kept: Path) -> None:
    for number in range(found_right.MOST_KEPT + 5):
        found_right.keep(f"{number}", found_right.Right(number, 0, ()), kept)
    assert len(remembered(kept)) == found_right.MOST_KEPT
    assert found_right.recalled(f"{found_right.MOST_KEPT + 4}", kept)
