"""The customer's page: self-contained, escaped, and it acts by POST alone."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, time
from pathlib import Path

import pytest

from aftercart.domain.consent import Channel
from aftercart.domain.wishes import Frequency, Wishes
from aftercart.flows.pages import Page
from aftercart.texts import page as pages
from sandbox.journeys.compile import compile_journeys
from tests.builders import a_catalogue

LANGUAGES = ("uk", "ru", "en")
HOSTILE = "<script>alert(1)</script>\"'&"


@pytest.fixture(autouse=True)
def compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    compile_journeys().write(tmp_path)
    monkeypatch.setenv("COMPILED_DIR", str(tmp_path))
    pages._words.cache_clear()
    yield
    pages._words.cache_clear()


def a_page(language: str = "uk", **facts: object) -> Page:
    items = a_catalogue().by_sku
    known: dict[str, object] = {
        "found": True,
        "brand": "Крам",
        "number": "#1001",
        "status_url": "https://kram.example/orders/1",
        "offer": items["CASE-1"],
        "for_item": items["PHONE-1"],
        "asks": True,
        "more": "review_request",
        "more_url": "https://kram.example/reviews",
    }
    return Page(language=language, **known | facts)  # type: ignore[arg-type]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_part_is_there_in_every_language(language: str) -> None:
    shown = pages.html(a_page(language))
    assert f'<html lang="{language}">' in shown
    assert "#1001" in shown
    assert shown.count('method="post"') == 4
    assert [f'value="rate:{n}"' in shown for n in range(1, 6)] == [True] * 5
    assert "%" not in shown.split("</style>")[1]


def test_a_choice_has_a_button_for_each_answer() -> None:
    shown = pages.html(a_page("en", options=("fits", HOSTILE), asked="fit.fit"))
    assert 'value="answer:fits"' in shown
    assert "<script>" not in shown
    assert "Your answer" in shown


@pytest.mark.parametrize(
    "done", ("accepted", "already", "too_late", "stopped", "rated", "answered", "saved", "no_such_hours")
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_press_is_answered(language: str, done: str) -> None:
    accepted = done in ("accepted", "already")
    assert 'role="status"' in pages.html(a_page(language, done=done, accepted=accepted))


def test_what_is_inserted_is_escaped() -> None:
    shown = pages.html(a_page(brand=HOSTILE, number=HOSTILE, status_url=f"https://{HOSTILE}"))
    assert "<script" not in shown


def test_a_link_that_is_no_web_address_is_left_out() -> None:
    assert "javascript:" not in pages.html(a_page(status_url="javascript:alert(1)"))


def test_it_loads_nothing_and_tells_nobody_where_it_was_opened() -> None:
    shown = pages.html(a_page())
    assert "<script" not in shown
    assert "src=" not in shown
    assert 'content="no-referrer"' in shown


def test_a_page_that_is_gone_shows_nothing_of_the_order() -> None:
    shown = pages.html(Page(found=False, language="uk", brand="Крам"))
    assert "<form" not in shown


def test_who_has_stopped_is_not_asked_to_stop_again() -> None:
    assert 'value="stop"' not in pages.html(a_page(stopped=True))


def test_what_was_chosen_is_chosen_in_the_form_and_nothing_else() -> None:
    wishes = Wishes(
        at=datetime(2026, 11, 23, tzinfo=UTC),
        frequency=Frequency.MONTHLY,
        not_before=time(10, 30),  # no hour of ours, but they have it
        quiet_days=("sunday",),
    )
    shown = pages.html(a_page(wishes=wishes))
    assert re.findall(r'value="([^"]*)" selected', shown) == ["monthly", "10:30", ""]
    assert re.findall(r'value="([^"]*)" checked', shown) == ["sunday"]


def test_the_choices_are_folded_away_until_they_were_sent() -> None:
    assert "<details><summary>" in pages.html(a_page())
    assert "<details open>" in pages.html(a_page(done="saved"))
    assert "<details" not in pages.html(a_page(stopped=True))


CHANNELS = (Channel.WHATSAPP, Channel.VIBER, Channel.SMS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_is_reached_on_several_channels_may_choose_one(language: str) -> None:
    shown = pages.html(a_page(language, channels=CHANNELS))
    assert re.findall(r'name="channel">(.*?)</select>', shown)[0].count("<option") == 4
    assert 'value="any" selected' in shown
    assert 'name="channel"' not in pages.html(a_page(language, channels=CHANNELS[:1]))


def test_a_chosen_channel_stands_there_also_where_it_reaches_them_no_more() -> None:
    wishes = Wishes(at=datetime(2026, 11, 23, tzinfo=UTC), channel=Channel.EMAIL)
    shown = pages.html(a_page("en", wishes=wishes, channels=CHANNELS[:1]))
    assert '<option value="email" selected>E-mail</option>' in shown


def test_who_gets_no_offers_may_still_choose_a_channel() -> None:
    shown = pages.html(a_page(stopped=True, channels=CHANNELS))
    assert 'name="channel"' in shown
    assert 'name="frequency"' not in shown


def test_a_shops_own_page_that_is_older_than_the_choices_is_shown_without_them(tmp_path: Path) -> None:
    words = json.loads((tmp_path / "page.json").read_text("utf-8"))
    del words["uk"]["wishes"]
    (tmp_path / "page.json").write_text(json.dumps(words), encoding="utf-8")
    assert "<details" not in pages.html(a_page())


def test_a_shops_own_page_that_is_older_than_the_choice_of_a_channel_is_shown_without_it(
    tmp_path: Path,
) -> None:
    words = json.loads((tmp_path / "page.json").read_text("utf-8"))
    del words["uk"]["channel"]
    (tmp_path / "page.json").write_text(json.dumps(words), encoding="utf-8")
    shown = pages.html(a_page(channels=CHANNELS))
    assert "<details" in shown
    assert 'name="channel"' not in shown
