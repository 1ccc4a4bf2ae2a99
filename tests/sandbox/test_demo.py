"""The story of `aftercart demo`: what it must show, and that it shows the same each time."""

import json
from typing import Any

import pytest

from sandbox.commands import demo, demo_shown
from sandbox.commands.terminal import Ink, columns

Json = Any


@pytest.fixture(scope="module")
def story() -> Json:
    return demo.play(1)


def shown(story: Json, name: str = "") -> list[Json]:
    names = {each["id"]: each["name"] for each in story["people"]}
    every = [each for beat in story["beats"] for each in beat["shown"]]
    return [each for each in every if name in ("", names[each["customer"]])]


def beat(story: Json, words: str) -> Json:
    (found,) = [each for each in story["beats"] if words in each["title"]]
    return found


def test_her_confirmation_goes_over_three_channels_and_is_shown_once(story: Json) -> None:
    first = story["beats"][0]
    (message,) = first["shown"]
    assert message["channel"] == "sms"
    assert message["links"]
    assert "Чохол" in message["text"]
    (decision,) = first["decisions"]
    assert [(each["channel"], each["in_words"]) for each in decision["attempts"]] == [
        ("whatsapp", "accepted, but no receipt came in time"),
        ("viber", "accepted, then failed: it could not be delivered (EC_ABSENT_SUBSCRIBER)"),
        ("sms", "delivered"),
    ]


def test_the_offer_is_recorded_once(story: Json) -> None:
    (note,) = beat(story, "opens the link")["notes"]
    assert note == "It is recorded once: accepted at 10:28, on her page."


def test_he_answers_on_whatsapp_and_who_has_not_agreed_gets_no_offer(story: Json) -> None:
    offered, thanked = shown(story, "Тарас")
    assert offered["channel"] == thanked["channel"] == "whatsapp"
    assert offered["answer"] is None or offered["answer"]["via"] == "whatsapp"
    (plain,) = shown(story, "Дарина")
    assert plain["offer"] is None
    assert "Чохол" not in plain["text"]


def test_years_of_care_come_once_each_in_daytime_and_end_with_stop(story: Json) -> None:
    steps = [each["step"] for each in shown(story, "Олена")]
    assert steps == [
        *("confirm", "in_transit", "out_for_delivery", "delivered"),
        *("survey", "help_with_return", "review_request", "tips", "trade_in"),
        *("confirm", "delivered", "survey"),
    ]
    (trade_in,) = [each for each in shown(story, "Олена") if each["step"] == "trade_in"]
    assert trade_in["at"].startswith("2029-05-11T08:00")
    assert {each["channel"] for each in shown(story, "Олена")[9:]} == {"viber"}
    silence = [each for each in story["beats"][-1]["decisions"] if each["decision"] == "skip"]
    assert [(each["step"], each["why"]) for each in silence] == [("tips", "they wrote STOP")]
    assert story["dead"] == []


def test_it_is_the_same_story_each_time(story: Json) -> None:
    assert json.dumps(demo.play(1)) == json.dumps(story)


def test_it_is_printed_for_people_within_96_columns_and_without_colours_where_not_wanted(story: Json) -> None:
    text = demo_shown.written(story, Ink(False))
    assert max(columns(line) for line in text.splitlines()) <= 96
    assert "\x1b" not in text
    assert "\x1b[1m" in demo_shown.written(story, Ink(True))
    for message in shown(story):
        assert message["text"].split()[0] in text
    assert "Fri 11 May 2029" in text
    assert "put off delivery/in_transit: it was night where they live" in text
