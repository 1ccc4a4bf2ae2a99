"""What a linter finds has an answer in writing, and each answer a finding."""

import json
from pathlib import Path

from sandbox.audit.accepted import CFN_LINT, CHECKOV
from sandbox.audit.run import expand, unanswered

ACCEPTED = {"CKV_1": (("Table", "Queue"), "because the test says so")}
BOTH = [("CKV_1", "Table", "no key"), ("CKV_1", "Queue", "no key")]


def test_what_is_answered_is_not_told_again() -> None:
    assert list(unanswered(BOTH, ACCEPTED)) == []


def test_a_finding_without_an_answer_is_told() -> None:
    news = [*BOTH, ("CKV_258", "Url", "open to all"), ("CKV_1", "Topic", "no key")]
    assert list(unanswered(news, ACCEPTED)) == ["CKV_258 Url: open to all", "CKV_1 Topic: no key"]


def test_an_answer_that_nothing_asks_for_any_more_is_told() -> None:
    assert list(unanswered(BOTH[:1], ACCEPTED)) == ["CKV_1 Queue: nothing is found there now: strike it"]


def test_every_answer_gives_a_reason() -> None:
    for places, reason in (*CFN_LINT.values(), *CHECKOV.values()):
        assert places
        assert len(reason.split()) > 5


def test_what_is_looked_at_is_the_template_after_the_transform(tmp_path: Path) -> None:
    expand(tmp_path / "expanded.json")
    expanded = json.loads((tmp_path / "expanded.json").read_text(encoding="utf-8"))
    types = {resource["Type"] for resource in expanded["Resources"].values()}
    assert "AWS::Lambda::Function" in types
    assert not {each for each in types if each.startswith("AWS::Serverless::")}
