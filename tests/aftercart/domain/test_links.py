import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftercart.domain.links import LONGEST_LINK, TOKEN_LENGTH, is_public, message_of, page_token, page_url

MESSAGE = "aaaaaaaaaaaaaa-bbbbbbbbbb"
KEY, BEFORE, OTHER = b"key", b"the key before", b"somebody else's key"


def test_a_token_names_its_message_under_any_live_key() -> None:
    assert message_of(page_token(MESSAGE, KEY), (KEY, BEFORE)) == MESSAGE
    assert message_of(page_token(MESSAGE, BEFORE), (KEY, BEFORE)) == MESSAGE
    assert message_of(page_token(MESSAGE, OTHER), (KEY, BEFORE)) is None


@given(st.integers(0, TOKEN_LENGTH - 1), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_no_changed_character_passes(place: int, character: str) -> None:
    token = page_token(MESSAGE, KEY)
    changed = token[:place] + character + token[place + 1 :]
    assert message_of(changed, (KEY,)) == (MESSAGE if changed == token else None)


@given(st.text(max_size=60))
def test_any_text_is_a_token_or_is_not(text: str) -> None:
    assert message_of(text, (KEY,)) is None


def test_a_link_fits_into_an_sms() -> None:
    assert len(page_url("https://kram.example/", MESSAGE, KEY)) == 55


@pytest.mark.parametrize(
    ("url", "public"),
    (
        ("https://shop.example/o/1?x=1#top", True),
        ("http://shop.example:8080", True),
        ("HTTPS://SHOP.EXAMPLE/", True),
        ("https://shop.local/", False),
        ("https://shop.LOCAL/", False),
        ("https://localhost/", False),
        ("https://10.0.0.1/", False),
        ("ftp://shop.example/", False),
        ("see https://shop.example/", False),
        ("https://shop.example/" + "x" * (LONGEST_LINK - 21), True),
        ("https://shop.example/" + "x" * (LONGEST_LINK - 20), False),
        ("", False),
    ),
)
def test_which_links_may_be_shown(url: str, public: bool) -> None:
    assert is_public(url) is public
