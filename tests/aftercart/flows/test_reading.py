"""What a short answer means, given what was asked last."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from aftercart.domain.consent import Purpose
from aftercart.domain.customer import Asked, Customer
from aftercart.flows.replies import Meant, read
from tests.builders import NEWS, NOW, OLENA_PHONE, said

HOUR = timedelta(hours=1)
WHATSAPP, VIBER, SMS = NEWS


def asked(kind: str, hours_ago: int) -> Asked:
    at = NOW - hours_ago * HOUR
    return Asked(kind=kind, message=f"{kind} {hours_ago}", enrolment="", at=at, until=NOW + HOUR)


OFFER, OLD_OFFER, RATING = asked("offer", 2), asked("offer", 9), asked("rating", 1)


def meant(text: str, *questions: Asked, **facts: Any) -> Meant:
    speaker = Customer(id="c" * 14, asked=questions)
    return read(said(text, **facts), speaker, NOW)


@pytest.mark.parametrize("word", ("1", "так", "yes"))
def test_yes_takes_the_offer_where_that_was_asked_last(word: str) -> None:
    assert meant(word, OLD_OFFER, OFFER) == Meant(kind="offer", asked=OFFER)
    assert meant(word, OFFER, OLD_OFFER) == Meant(kind="offer", asked=OFFER)
    assert meant(word).kind == "unknown"


def test_a_digit_is_a_rating_where_that_was_asked_at_all() -> None:
    assert meant("1", OFFER, RATING) == Meant(kind="rating", asked=RATING, value="1")
    assert meant("4", OFFER, asked("rating", 5)).kind == "rating"  # no offer is taken by a four
    assert meant("4", OFFER) == Meant(kind="unknown")
    assert meant("yes", OFFER, RATING) == Meant(kind="unknown")


FIT = replace(asked("choice", 3), options=("fits", "too_small", "too_big"))


def test_a_number_answers_the_newest_question_a_choice_by_its_place() -> None:
    assert meant("2", FIT) == Meant(kind="choice", asked=FIT, value="too_small")
    assert meant("2", FIT, RATING) == Meant(kind="rating", asked=RATING, value="2")
    assert meant("2", FIT, asked("rating", 9)).kind == "choice"
    assert meant("4", FIT) == Meant(kind="unknown")
    assert meant("0", FIT) == Meant(kind="unknown")


def test_a_choices_button_answers_the_question_that_has_it() -> None:
    assert meant("Ок", FIT, RATING, button="answer:too_big") == Meant(
        kind="choice", asked=FIT, value="too_big"
    )
    assert meant("Ок", FIT, button="answer:blue") == Meant(kind="unknown")
    assert meant("Ок", RATING, button="answer:fits") == Meant(kind="unknown")


def test_a_button_says_what_it_was_about_whatever_was_asked_last() -> None:
    assert meant("Додати", OFFER, RATING, button="offer:yes") == Meant(kind="offer", asked=OFFER)
    assert meant("Додати", OLD_OFFER, OFFER, RATING, button="offer:yes").asked == OFFER
    assert meant("Додати", RATING, button="offer:yes") == Meant(kind="unknown")
    assert meant("👍", OFFER, RATING, button="rating:5") == Meant(kind="rating", asked=RATING, value="5")
    assert meant("👍", RATING, button="rating:6") == Meant(kind="unknown")
    assert meant("👍", OFFER, button="rating:5") == Meant(kind="unknown")


def test_a_question_counts_from_when_it_was_asked_until_its_time_is_over() -> None:
    over = Asked(kind="offer", message="m", enrolment="", at=NOW - HOUR, until=NOW)
    just_now = Asked(kind="offer", message="m", enrolment="", at=NOW, until=NOW + HOUR)
    assert meant("1", over) == Meant(kind="unknown")
    assert meant("1", just_now).kind == "offer"


def test_a_phone_answers_nothing_that_was_asked_on_another() -> None:
    here, elsewhere = (replace(RATING, to=(phone,)) for phone in (OLENA_PHONE, "+380509998877"))
    both = replace(elsewhere, to=(*elsewhere.to, OLENA_PHONE))
    assert meant("1", elsewhere) == Meant(kind="unknown")
    assert meant("👍", elsewhere, button="rating:5") == Meant(kind="unknown")
    assert [meant("1", asked).asked for asked in (here, both)] == [here, both]
    older_offer = replace(OFFER, to=(OLENA_PHONE,))
    assert meant("1", older_offer, elsewhere) == Meant(kind="offer", asked=older_offer)
    assert meant("1", here, replace(asked("offer", 0), to=elsewhere.to)).asked == here


def test_an_answer_that_names_its_question_may_come_from_a_new_number() -> None:
    message = f"{'c' * 14}-{'m' * 10}"
    asked_before = replace(RATING, message=message, to=("+380509998877",))
    assert meant("4", asked_before, answers=f"{message}-1").asked == asked_before
    assert meant("4", asked_before, answers=f"{'c' * 14}-{'n' * 10}-1") == Meant(kind="unknown")
    assert meant("4", asked_before, answers="wamid.1") == Meant(kind="unknown")


def test_stop_and_start_say_both_purposes_of_the_channel_that_they_came_on() -> None:
    for word, granted in (("stop", False), ("start", True)):
        found = meant(word, OFFER, RATING, channel=VIBER)
        assert (found.kind, found.asked) == (word, None)
        assert [(one.purpose, one.granted) for one in found.said] == [(each, granted) for each in Purpose]
        assert {(one.at, one.source, one.explicit) for one in found.said} == {(NOW, "reply:viber", True)}


def test_the_platforms_switch_is_about_marketing_alone() -> None:
    for stop, kind in ((True, "stop"), (False, "start")):
        (one,) = meant("1", OFFER, stop_marketing=stop).said
        assert (one.purpose, one.granted, one.explicit) == (Purpose.MARKETING, not stop, True)
        assert (one.at, one.source) == (NOW, "reply:whatsapp")
        assert meant("", stop_marketing=stop).kind == kind


def test_help_is_help_and_all_else_is_for_a_human() -> None:
    assert meant("help", OFFER) == Meant(kind="help")
    assert meant("де моє замовлення", OFFER, RATING) == Meant(kind="unknown")
