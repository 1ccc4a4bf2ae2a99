"""What `why` makes of a decision's facts."""

import pytest

from sandbox.commands.explain import facts_in_words


@pytest.mark.parametrize(
    ("route", "words"),
    (
        ("whatsapp: order, viber: order", ""),
        ("", ""),
        (
            "sms: chosen, viber: answered_before, whatsapp: read_before, email: order",
            "in this order: sms (where they want to hear from us), viber (where they have answered), "
            "whatsapp (where they read), email",
        ),
        ("sms: price, viber: order", "in this order: sms (by its price), viber"),
    ),
)
def test_the_route_is_told_where_it_is_not_simply_the_shops(route: str, words: str) -> None:
    assert facts_in_words({"why": "due", "route": route}) == words
