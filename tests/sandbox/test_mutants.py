"""The planted bugs fit the code as it stands, and name tests that exist. `make mutants` runs them."""

import ast
from collections import Counter
from pathlib import Path

import pytest

from sandbox.trials.mutants import misplaced
from sandbox.trials.planted import BUGS, Bug, Moved

ROOT = Path(__file__).parents[2]
NAMED = pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)


def test_there_are_enough_of_them_and_each_has_a_name_of_its_own() -> None:
    assert len(BUGS) >= 80
    assert max(Counter(bug.name for bug in BUGS).values()) == 1
    assert misplaced(BUGS) == []


@NAMED
def test_a_planted_bug_is_python_and_another_program(bug: Bug) -> None:
    text = (ROOT / bug.file).read_text(encoding="utf-8")
    assert ast.dump(ast.parse(bug.planted_in(text))) != ast.dump(ast.parse(text))


@NAMED
def test_who_should_notice_a_bug_exists(bug: Bug) -> None:
    for test in bug.tests:
        path, _, name = test.partition("::")
        assert (ROOT / path).exists(), test
        if name:
            tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
            assert name in {each.name for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)}, test


def test_a_bug_whose_place_has_moved_says_so() -> None:
    bug = Bug(name="a", breaks="b", file="c.py", edits=(("old", "new"),), tests=())
    assert bug.planted_in("is old") == "is new"
    for text in ("is gone", "old and old"):
        with pytest.raises(Moved, match=r"a: the code has moved in c\.py, plant anew"):
            bug.planted_in(text)
