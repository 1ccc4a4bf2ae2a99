from aftercart.channels.spelled_out import spelled_out
from aftercart.domain.content import Button, Card

CASE = Card(title="Case", image="https://kram.example/case.jpg")
GLASS = Card(title="Glass", image="https://kram.example/glass.jpg")
OPEN = Button(title="Open", url="https://kram.example/m/abc")


def test_a_link_is_said_once() -> None:
    assert spelled_out("Here:", [OPEN]) == "Here:\nOpen: https://kram.example/m/abc"
    assert spelled_out(f"Here: {OPEN.url}", [OPEN]) == f"Here: {OPEN.url}"


def test_a_button_that_answers_has_nothing_to_say() -> None:
    assert spelled_out("Here:", [Button(title="Yes", reply="yes")]) == "Here:"


def test_things_are_named_above_the_links_where_the_text_does_not_name_them() -> None:
    link = "Open: https://kram.example/m/abc"
    assert spelled_out("Yours:", [OPEN], [CASE, GLASS]) == f"Yours:\n- Case\n- Glass\n{link}"
    assert spelled_out("Yours: Case", [], [CASE, GLASS]) == "Yours: Case\n- Glass"
    assert spelled_out("Case, Glass", [], [CASE, GLASS]) == "Case, Glass"


def test_where_all_of_it_would_be_too_long_the_links_are_said_and_the_things_are_not() -> None:
    whole = spelled_out("Yours:", [OPEN], [CASE, GLASS])
    assert spelled_out("Yours:", [OPEN], [CASE, GLASS], len(whole)) == whole
    assert spelled_out("Yours:", [OPEN], [CASE, GLASS], len(whole) - 1) == f"Yours:\nOpen: {OPEN.url}"


def test_the_images_addresses_are_never_said() -> None:
    assert "https://" not in spelled_out("Yours:", [], [CASE, GLASS])
