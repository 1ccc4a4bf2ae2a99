"""`aftercart plan` and questions: what was asked, or will be, is pinned, and the words are read anew."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from aftercart.domain.consent import Channel
from sandbox.commands.demo import DARYNA, OLENA
from sandbox.journeys.compile import Compiled, compile_journeys
from sandbox.plan import waiting
from sandbox.plan.differences import differences
from sandbox.plan.orphans import Orphans, orphans, spent
from sandbox.plan.touched import touched
from sandbox.plan.waiting import Waits
from sandbox.player import Player
from sandbox.sandbox import Sandbox
from tests.promises import whole_language
from tests.sandbox.on_their_way import AT, change

CARE = "order_care/journey.yaml"
LANGUAGES = ("uk", "ru", "en")
ANSWERS = "answers: {fine: nothing, late: sorry, broken: mend}"


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return whole_language.written(tmp_path_factory.mktemp("deployed"))


@pytest.fixture(scope="module")
def old(deployed: Path) -> Compiled:
    found = made(deployed)
    found.write(deployed / "made")
    return found


@pytest.fixture
def source(deployed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(deployed, tmp_path / "journeys", ignore=shutil.ignore_patterns("made")))


def made(source: Path) -> Compiled:
    return compile_journeys(source, AT.date())


@contextmanager
def asking(made: Path) -> Iterator[Sandbox]:
    """Olena's order came, and she was asked how it is; Daryna will be."""
    with Sandbox(AT, memory=True, made=made).open() as sandbox:
        player = Player(sandbox)
        player.parcel(player.orders(OLENA, 1001, ["CASE-A1"]), "delivered")
        player.orders(DARYNA, 1002, ["CASE-A1"])
        yield sandbox


@pytest.fixture(scope="module")
def waits(old: Compiled, deployed: Path) -> Waits:
    with asking(deployed / "made") as sandbox:
        return waiting.counted(sandbox.items(), sandbox.engine.now())


@pytest.fixture
def sandbox(old: Compiled, deployed: Path) -> Iterator[Sandbox]:
    with asking(deployed / "made") as sandbox:
        yield sandbox


def refused(old: Compiled, source: Path, waits: Waits) -> dict[str, Orphans]:
    return {each.gone: each for each in orphans(old, made(source), waits)}


def test_a_question_that_is_open_and_one_that_waits_are_counted_apart(waits: Waits) -> None:
    counts = {(w.thing.kind, w.thing.options): w.count for w in waits.groups if w.thing.text == "all_there"}
    assert counts == {("question", ("fine", "late", "broken")): 1, ("step", ("fine", "late", "broken")): 1}
    assert Waits.of_json(waits.as_json()) == waits


def test_an_answer_that_is_renamed_is_gone_for_those_who_wait_and_for_those_who_were_asked(
    old: Compiled, source: Path, waits: Waits
) -> None:
    change(source, CARE, "when: {answer: all_there=fine|broken}", "when: {owns_not: phone}")
    change(source, CARE, "late: sorry", "tardy: sorry")
    for language in LANGUAGES:
        change(source, f"order_care/{language}.yaml", "    late:", "    tardy:")
    (found,) = refused(old, source, waits).values()
    assert found.gone == "the titles that the page shows for fine, late, broken"
    assert found.count == 2
    assert "`keeps: [all_there]`" in found.way_out


def test_answers_in_another_order_would_mean_something_else_by_their_numbers(
    old: Compiled, source: Path, waits: Waits
) -> None:
    change(source, CARE, ANSWERS, "answers: {broken: mend, fine: nothing, late: sorry}")
    (found,) = refused(old, source, waits).values()
    assert found.gone == "what it asks (fine, late, broken)"
    assert found.count == 1  # who was asked has the old words on their phone
    assert "`text: all_there_2`" in found.way_out


def test_an_answer_that_leads_elsewhere_is_asked_in_the_same_words(
    old: Compiled, source: Path, waits: Waits
) -> None:
    change(source, CARE, ANSWERS, "answers: {fine: nothing, late: mend, broken: sorry}")
    assert refused(old, source, waits) == {}


def test_the_way_out_is_one(old: Compiled, source: Path, waits: Waits) -> None:
    change(source, CARE, ANSWERS, "text: all_there_2, answers: {broken: mend, fine: nothing, late: sorry}")
    change(source, CARE, "steps:", "keeps: [all_there]\nsteps:")
    for language in LANGUAGES:
        path = source / "order_care" / f"{language}.yaml"
        words = path.read_text("utf-8")
        question = "all_there:" + words.partition("all_there:")[2].partition("\nsorry:")[0]
        path.write_text(words + question.replace("all_there", "all_there_2", 2), "utf-8")
    assert refused(old, source, waits) == {}
    assert "order_care.all_there" not in spent(made(source), waits)
    assert "order_care.all_there" in spent(made(source), Waits())


def test_a_question_that_becomes_news_is_refused(old: Compiled, source: Path, waits: Waits) -> None:
    journey = (source / CARE).read_text("utf-8").partition("- sorry:")[0]
    words = journey.replace("asks: choice,", "").replace(f"{ANSWERS},", "").replace("odyssey", "joyride")
    (source / CARE).write_text(words.rstrip() + "\nkeeps: [sorry, mend, for_phones, not_late]\n", "utf-8")
    for language in LANGUAGES:
        asked = (source / f"order_care/{language}.yaml").read_text("utf-8")
        options = "  options:" + asked.partition("  options:")[2].partition("\nsorry:")[0] + "\n"
        change(source, f"order_care/{language}.yaml", options, "")
    assert refused(old, source, waits)["the titles that the page shows for fine, late, broken"].count == 2


def test_kept_words_by_which_nobody_could_choose_are_refused(
    old: Compiled, source: Path, waits: Waits
) -> None:
    change(source, CARE, "archetype: odyssey", "archetype: odyssey\nretired: true")
    change(source, CARE, ANSWERS, f"text: sorry, {ANSWERS}")
    change(source, CARE, "steps:", "keeps: [all_there]\nsteps:")
    for language in LANGUAGES:
        path = source / "order_care" / f"{language}.yaml"
        asked = path.read_text("utf-8")
        options = asked.partition("  options:")[2].partition("\nsorry:")[0]
        spoken = asked.replace("1. 2. 3.", "").replace("\nsorry:\n", f"\nsorry:\n  options:{options}\n")
        path.write_text(re.sub(r"(sorry)\.", r"\1. 1. 2. 3.", spoken), "utf-8")
    assert "a way to choose an answer on whatsapp, viber, sms" in refused(old, source, waits)


def test_other_words_for_a_question_that_is_asked_already_touch_nobody(
    old: Compiled, source: Path, waits: Waits
) -> None:
    change(source, "order_care/uk.yaml", "Кілька слів: all there", "Інші слова: all there")
    (edited,) = [each for each in differences(old, made(source)) if each.name == "order_care.all_there"]
    assert touched(edited, made(source), waits).waiting == 1
    asked = tuple(each for each in waits.groups if each.thing.kind == "question")
    assert touched(edited, made(source), replace(waits, groups=asked)).waiting == 0


def test_a_question_is_open_until_it_is_answered_or_its_page_leads_nowhere(sandbox: Sandbox) -> None:
    def still_open() -> int:
        groups = waiting.counted(sandbox.items(), sandbox.engine.now()).groups
        return sum(each.count for each in groups if each.thing.kind == "question")

    player = Player(sandbox)
    assert still_open() == 1
    player.wait(days=399)
    assert still_open() == 2  # Daryna's order never came: she was asked after six days
    player.wait(days=2)
    assert still_open() == 1
    player.wait(days=6)
    assert still_open() == 0


def test_who_has_answered_waits_no_more(sandbox: Sandbox) -> None:
    Player(sandbox).replies(OLENA, Channel.WHATSAPP, "1")
    groups = waiting.counted(sandbox.items(), sandbox.engine.now()).groups
    assert [each for each in groups if each.thing.kind == "question"] == []
