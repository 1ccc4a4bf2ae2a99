"""The watch over what is logged would notice."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox import story
from sandbox.shop_settings import SECRETS
from tests.log_canaries import kinds_in, marks

ROOT = Path(__file__).parents[1]
TALKATIVE = """
import pytest
from sandbox.cloud.lambda_environment import LOGS

def test_talks():
    LOGS.write('{"level": "INFO", "to": "380671234567"}\\n')

def test_prints_a_key_as_a_metric():
    print('{"_aws": {}, "key": "sandbox-link-key"}')

def test_says_a_name_in_a_fixture(named):
    pass

@pytest.fixture
def named():
    LOGS.write('{"message": "\\\\u041e\\\\u043b\\\\u0435\\\\u043d\\\\u0430"}\\n')

def test_is_discreet():
    LOGS.write('{"message": "started"}\\n')
    print("Олена, +380671234567")  # a command's own output
"""


@pytest.mark.parametrize(
    ("line", "kind"),
    (
        ('{"to": "+380671234567"}', "phone"),
        ('{"to": "067 1234567"}', ""),  # nothing of ours writes a number so
        ('{"to": "0671234567"}', "phone"),
        ("Dear Олена,", "first name"),
        (json.dumps({"name": "Тарас"}), "first name"),
        ("buyer1@customer.example", "e-mail"),
        (SECRETS["meta_token"], "secret"),
        ("вул. Садова, 1", "street"),
        ("AnnaLena7b3", ""),
        ('{"message": "parked", "source": "shopify"}', ""),
    ),
)
def test_what_must_not_be_logged_is_known_in_each_form(line: str, kind: str) -> None:
    assert kinds_in(line) == ({kind} if kind else set())


def test_every_person_and_key_of_the_tests_is_looked_for() -> None:
    assert {person.first_name for person in story.people()} <= set(marks())
    assert {value for value in SECRETS.values() if value} <= set(marks())
    assert len(marks()) > 60


def test_a_run_with_a_talkative_handler_fails_and_repeats_nothing(tmp_path: Path) -> None:
    """On a worker of its own, as in the gate."""
    talkative = tmp_path / "test_talkative.py"
    talkative.write_text(TALKATIVE, encoding="utf-8")
    path = os.pathsep.join((str(ROOT), str(ROOT / "shared")))
    plugins = ("-p", "tests.log_canaries", "-p", "no:cacheprovider", "-n1")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *plugins, "--rootdir", str(tmp_path), str(talkative)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1, run.stdout + run.stderr
    assert "test_talks: 1 times in what was logged: phone" in run.stdout
    assert "test_prints_a_key_as_a_metric: 1 times in what was logged: secret" in run.stdout
    assert "test_says_a_name_in_a_fixture: 1 times in what was logged: first name" in run.stdout
    assert "1 passed" in run.stdout
    assert "380671234567" not in run.stdout.replace("+380671234567", "")
