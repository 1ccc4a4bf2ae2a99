"""The planted bugs fit the code as it stands, and name tests that exist. `make mutants` plants them."""

import ast
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from sandbox.trials.mutants.mutations import mutated, mutations
from sandbox.trials.mutants.planted import BUGS, Bug, Moved
from sandbox.trials.mutants.run import misplaced
from sandbox.trials.mutants.score import DECIDING, EQUIVALENT, equivalents

ROOT = Path(__file__).parents[2]
NAMED = pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)


def test_there_are_enough_of_them_and_each_has_a_name_of_its_own() -> None:
    assert len(BUGS) >= 80
    assert len(BUGS[::3]) >= 25  # what the gate plants
    assert max(Counter(bug.name for bug in BUGS).values()) == 1
    assert misplaced(BUGS) == []


@NAMED
def test_a_planted_bug_can_be_read_and_is_another_program(bug: Bug) -> None:
    text = (ROOT / bug.file).read_text(encoding="utf-8")
    if not bug.file.endswith(".py"):
        assert bug.planted_in(text) != text
        return
    assert ast.dump(ast.parse(bug.planted_in(text))) != ast.dump(ast.parse(text))


@NAMED
def test_who_should_notice_a_bug_exists(bug: Bug) -> None:
    for test in bug.tests:
        path, *names = test.split("::")
        assert (ROOT / path).exists(), test
        for name in names[-1:]:
            tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
            assert name in {each.name for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)}, test


def test_a_bug_whose_place_has_moved_says_so() -> None:
    bug = Bug(name="a", breaks="b", file="c.py", edits=(("old", "new"),), tests=())
    assert bug.planted_in("is old") == "is new"
    for text in ("is gone", "old and old"):
        with pytest.raises(Moved, match=r"a: the code has moved in c\.py, plant anew"):
            bug.planted_in(text)


SOURCE = """
MOST = 3

class Cap:
    def held(self, count: int, spared: bool) -> str:
        \"\"\"Said of a day.\"\"\"
        assert count >= 0
        if count > MOST and not spared:
            return "cap"
        return ""
"""


def test_mutations_are_what_a_careless_hand_might_do_and_nothing_that_is_not_decided_on() -> None:
    found = [(one.function, one.before, one.after) for one in mutations("cap.py", SOURCE)]
    assert ("", "3", "4") in found
    held = [change for function, *change in found if function == "Cap.held"]
    assert ["count > MOST", "count >= MOST"] in held
    assert ["count > MOST", "count <= MOST"] in held
    assert ["count > MOST and (not spared)", "count > MOST or not spared"] in held
    assert ["count > MOST and (not spared)", "not spared"] in held
    assert ["count > MOST and (not spared)", "count > MOST"] in held
    assert ["not spared", "spared"] in held
    assert ["return 'cap'", "return None"] in held
    assert ["'cap'", "'capq'"] in held
    assert not [each for each in held if "Said" in each[0] or "0" in each[0]]


def test_every_mutation_is_another_program_and_has_a_name_of_its_own() -> None:
    for file in DECIDING:
        text = (ROOT / file).read_text(encoding="utf-8")
        found = mutations(file, text)
        assert found, file
        assert len({one.name for one in found}) == len(found)
        for one in found[len(found) // 2 :: 200]:
            changed = mutated(text, one.number)
            compile(changed, file, "exec")
            assert ast.dump(changed) != ast.dump(ast.parse(text)), one.name


def test_what_makes_no_other_program_is_named_with_a_reason_and_still_there() -> None:
    known = equivalents(EQUIVALENT.read_text(encoding="utf-8"))
    names = {one.name for file in DECIDING for one in mutations(file, (ROOT / file).read_text("utf-8"))}
    assert [name for name in known if name not in names] == []
    assert all(known.values())


def test_code_is_swapped_for_whoever_holds_the_function() -> None:
    """In a process of its own, for it changes what is loaded."""
    program = (
        "from pathlib import Path\n"
        "from aftercart.domain.clockwork import arm_time\n"
        "from sandbox.trials.mutants.mutations import mutated, mutations\n"
        "from sandbox.trials.mutants.swapped import swap\n"
        "import datetime\n"
        "file = 'shared/aftercart/domain/clockwork.py'\n"
        "text = Path(file).read_text()\n"
        "found = [one for one in mutations(file, text) if one.function == 'arm_time']\n"
        "one = next(one for one in found if one.before.startswith('min(max('))\n"
        "now = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)\n"
        "before = arm_time(now, now)\n"
        "swap(file, mutated(text, one.number))\n"
        "assert arm_time(now, now) > before\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
