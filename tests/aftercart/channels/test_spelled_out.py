from aftercart.channels.spelled_out import spelled_out, told_of
from aftercart.domain.content import Button, Card

CASE = Card(title="Case", image="https://kram.example/case.jpg")
GLASS = Card(title="Glass", image="https://kram.example/glass.jpg")
OPEN = Button(title="Open", url="https://kram.example/m/abc")


def test_a_link_is_said_once() -> None:
    assert spelled_out("Here:", [OPEN]) == "Here:\nOpen: https://kram.example/m/abc"
    assert spelled_out(f"Here: {OPEN.url}", [OPEN]) == f"Here: {OPEN.url}"


def test_a_button_that_answers_has_nothing_to_say() -> None:
    assert spelled_out("Here:", [Button(title="Yes", reply="yes")]) == "Here:"


def test_things_are_named_below_where_the_text_does_not_name_them() -> None:
    assert told_of("Yours:", [CASE, GLASS], 100) == "Yours:\n- Case\n- Glass"
    assert told_of("Yours: Case", [CASE, GLASS], 100) == "Yours: Case\n- Glass"
    assert told_of("Case, Glass", [CASE, GLASS], 100) == "Case, Glass"


def test_they_are_left_out_where_the_message_would_be_too_long_for_its_channel() -> None:
    assert told_of("Yours:", [CASE, GLASS], len("Yours:\n- Case\n- Glass")) == "Yours:\n- Case\n- Glass"
    assert told_of("Yours:", [CASE, GLASS], len("Yours:\n- Case\n- Glass") - 1) == "Yours:"


def test_the_images_addresses_are_never_said() -> None:
    assert "https://" not in told_of("Yours:", [CASE, GLASS], 1000)
