"""What `aftercart check` prints for each mistake, to the letter: `golden/*.yaml`, made in `golden/journeys`.

A mistake is an edit (`old` becomes `new`, what is `repeated` so many `times`, and the `end`), a file that is
missing (`remove`) or one too many (`copy_of`); `told` is all that is said.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.journeys.compile import JourneysWrong, compile_journeys

GOLDEN = Path(__file__).with_name("golden")
MISTAKES: list[Mapping[str, Any]] = [
    mistake for path in sorted(GOLDEN.glob("*.yaml")) for mistake in yaml.safe_load(path.read_text("utf-8"))
]


def make(mistake: Mapping[str, Any], journeys: Path) -> None:
    file = journeys / mistake["in"]
    if "remove" in mistake:
        file.unlink()
    elif "copy_of" in mistake:
        shutil.copy(journeys / mistake["copy_of"], file)
    else:
        text, old = file.read_text("utf-8"), mistake["old"]
        assert old in text
        new = mistake.get("new", "") + mistake.get("repeated", "") * mistake.get("times", 0)
        file.write_text(text.replace(old, new + mistake.get("end", ""), 1), "utf-8")


def told(journeys: Path) -> str:
    with pytest.raises(JourneysWrong) as wrong:
        compile_journeys(journeys)
    return f"{wrong.value}\n"


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake["mistake"])
def test_a_mistake_is_told_as_it_always_was(mistake: Mapping[str, Any], tmp_path: Path) -> None:
    folder = Path(mistake["in"]).parts[0]  # the others take time and have no part in it
    journeys = tmp_path / "journeys"
    for path in (GOLDEN / "journeys").iterdir():
        if path.is_file() or path.name in ("page", folder):
            shutil.copytree(path, journeys / path.name) if path.is_dir() else _copy(path, journeys)
    make(mistake, journeys)
    assert told(journeys) == mistake["told"]


def _copy(path: Path, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    shutil.copy(path, folder)


def test_without_a_mistake_nothing_is_told() -> None:
    assert len(compile_journeys(GOLDEN / "journeys").journeys) == 4


def test_no_two_mistakes_are_the_same() -> None:
    assert len({mistake["told"] for mistake in MISTAKES}) == len(MISTAKES) >= 40


def test_all_mistakes_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    journeys = Path(shutil.copytree(GOLDEN / "journeys", tmp_path / "journeys"))
    names = ("a purpose that is not there", "a filter that is not there", "a figure without its source")
    made = [mistake for mistake in MISTAKES if mistake["mistake"] in names]
    for mistake in made:
        make(mistake, journeys)
    assert len(made) == 3
    assert told(journeys) == "".join(sorted(mistake["told"] for mistake in made))
