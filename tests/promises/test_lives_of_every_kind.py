"""Lives through journeys that say all that the language can; and the oracle knows what each calls for."""

import random
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from aftercart.domain.campaign import Segment
from aftercart.domain.consent import Channel
from sandbox.journeys.compile import JOURNEYS, compile_journeys
from sandbox.sandbox import Sandbox
from sandbox.trials.lives.facts import Fate
from sandbox.trials.lives.fates import Ends
from sandbox.trials.lives.life import fates_of, lived
from sandbox.trials.lives.outside import Outside
from tests.promises import whole_language
from tests.promises.judged import NOON, bought, wrongs


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return whole_language.compiled(tmp_path_factory.mktemp("whole-language"))


@pytest.mark.parametrize("seed", ("all/1", "all/2", "all/3"))
def test_lives_through_journeys_of_every_kind_break_no_promise(made: Path, seed: str) -> None:
    some = lived(seed, 25, 2, made=made)
    assert some.wrong == []
    assert some.counts["happened: choices made"] > 0
    assert some.counts["end: held_out"] > 0
    told = {journey for journey, _, _ in some.tally.messages}
    assert told >= {"order_care", "phones_first", "phones_again", "phones_new", "anything"}
    assert "gone" not in told


@pytest.fixture
def whole(made: Path) -> Iterator[Outside]:
    """Somebody whose phone came, who chose that it came late, and whom a campaign reached."""
    with Sandbox(NOON, memory=True, made=made).open() as sandbox:
        outside = Outside(sandbox, random.Random(1))
        somebody, body = bought(outside)
        outside.moves(body, "delivered")
        sandbox.settle()
        outside.answers(somebody.person.phone, Channel.WHATSAPP, 2)
        sandbox.advance(datetime(2030, 1, 1, tzinfo=UTC))
        yield outside


def with_another(outside: Outside, name: str, **changes: Any) -> None:
    """The oracle believes that a journey is otherwise than it was played."""
    book = outside.oracle.book
    outside.oracle.book = replace(
        book, journeys={**book.journeys, name: replace(book.journeys[name], **changes)}
    )


def test_the_oracle_has_nothing_against_a_choice_and_a_campaign(whole: Outside) -> None:
    steps = {each.step for each in whole.sandbox.records().messages.values() if each.final == "delivered"}
    assert steps >= {"all_there", "sorry", "hello", "kept", "for_phones", "welcome_here"}
    assert "mend" not in steps
    assert wrongs(whole) == []


def test_the_oracle_notices_a_campaign_that_passed_somebody_over(whole: Outside) -> None:
    with_another(
        whole, "everyone", steps=(replace(whole.sandbox.journeys["everyone"].steps[0], name="missed"),)
    )
    assert any(each.startswith("missed") and "silently lost" in each for each in wrongs(whole))


@pytest.mark.parametrize(
    "segment",
    (
        Segment(country="PL"),
        Segment(owns="printer"),
        Segment(owns_not="ZIRVO-A1"),
        Segment(ordered_since=timedelta(days=30)),
        Segment(not_ordered_since=timedelta(days=90)),
        Segment(orders_at_least=2),
    ),
    ids=str,
)
def test_the_oracle_notices_a_campaign_to_somebody_whom_it_is_not_for(
    whole: Outside, segment: Segment
) -> None:
    launch = whole.sandbox.journeys["everyone"].launch
    assert launch is not None
    with_another(whole, "everyone", launch=replace(launch, over=segment))
    assert any("nothing that happened calls for it" in each for each in wrongs(whole))


@pytest.mark.parametrize(
    "segment",
    (
        Segment(country="UA"),
        Segment(owns="ZIRVO-A1"),
        Segment(owns_not="printer"),
        Segment(ordered_since=timedelta(days=90)),
        Segment(not_ordered_since=timedelta(days=30)),
        Segment(orders_at_least=1),
    ),
    ids=str,
)
def test_the_oracle_knows_whom_a_campaign_is_for(whole: Outside, segment: Segment) -> None:
    launch = whole.sandbox.journeys["everyone"].launch
    assert launch is not None
    missed = replace(whole.sandbox.journeys["everyone"].steps[0], name="missed")
    with_another(whole, "everyone", launch=replace(launch, over=segment), steps=(missed,))
    assert any(each.startswith("missed") and "silently lost" in each for each in wrongs(whole))


def test_the_oracle_notices_a_campaign_that_comes_at_another_hour(whole: Outside) -> None:
    launch = whole.sandbox.journeys["everyone"].launch
    assert launch is not None
    with_another(whole, "everyone", launch=replace(launch, hour=time(15)))
    assert any(each.startswith("hello") and "outside" in each for each in wrongs(whole))


def test_the_oracle_notices_what_follows_a_choice_that_nobody_made(whole: Outside) -> None:
    given = whole.oracle.facts.given
    (asked,) = given
    given[asked] = [replace(each, value="broken") for each in given[asked]]
    wrong = wrongs(whole)
    assert any(each.startswith("sorry") and "what it depends on does not hold" in each for each in wrong)
    assert any(each.startswith("mend") and "condition" in each for each in wrong)


def test_the_oracle_notices_marketing_to_somebody_who_is_held_out(whole: Outside) -> None:
    with_another(whole, "everyone", holdout=1.0)
    assert any(each.startswith("hello") and "held out" in each for each in wrongs(whole))


def test_the_oracle_takes_as_held_out_nobody_who_is_not(whole: Outside) -> None:
    fates = fates_of(whole.sandbox.records())
    hello = next(each for each in whole.sandbox.records().messages.values() if each.step == "hello")
    fates[hello.id] = [Fate(reason="held_out", at=fates[hello.id][0].at)]
    ends = Ends(whole.oracle, fates, whole.sandbox.provider_calls(), whole.sandbox.shown())
    assert any("held_out" in each and "cannot be" in each for each in ends.wrongs())


def test_the_oracle_notices_a_journey_that_should_not_have_begun(whole: Outside) -> None:
    with_another(whole, "phones_first", when={"category": "printer"})
    with_another(whole, "anything", retired=True)
    assert sum("nothing that happened calls for it" in each for each in wrongs(whole)) > 2


def test_the_oracle_knows_which_journey_must_begin(whole: Outside) -> None:
    steps = tuple(replace(each, name=f"{each.name}_too") for each in whole.sandbox.journeys["anything"].steps)
    with_another(whole, "anything", steps=steps)
    assert any(each.startswith("kept_too") and "silently lost" in each for each in wrongs(whole))
    with_another(whole, "anything", when={"first_purchase": "true"})
    assert not any("silently lost" in each for each in wrongs(whole))


def test_lives_are_played_with_whatever_a_shop_sells(tmp_path: Path) -> None:
    source = Path(shutil.copytree(JOURNEYS, tmp_path / "journeys"))
    catalogue = source / "catalogue.yaml"
    catalogue.write_text(catalogue.read_text("utf-8").replace("ZIRVO-", "OTHER-"), "utf-8")
    compile_journeys(source).write(tmp_path / "made")
    some = lived("other goods", 5, 0.5, made=tmp_path / "made")
    assert (some.wrong, some.counts["end: delivered"] > 0) == ([], True)
