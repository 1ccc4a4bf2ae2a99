import pytest
import smsutil
from hypothesis import given
from hypothesis import strategies as st

from aftercart.texts.segments import (
    Encoding,
    capacity,
    count,
    encoding,
    outside_gsm_7,
    parts,
    sms_safe,
    units,
)

GSM = "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡¿§aZäöñüà\n\f^{}\\[~]|€"
UKRAINIAN = "Олено, замовлення №1001 вже у відділенні ґанок їжак 😀€"


@pytest.mark.parametrize(
    ("text", "expected", "number"),
    (
        ("", Encoding.GSM_7, 1),
        ("a" * 160, Encoding.GSM_7, 1),
        ("a" * 161, Encoding.GSM_7, 2),
        ("a" * 306, Encoding.GSM_7, 2),
        ("a" * 307, Encoding.GSM_7, 3),
        ("€" * 80, Encoding.GSM_7, 1),
        ("€" * 81, Encoding.GSM_7, 2),
        ("ї" * 70, Encoding.UCS_2, 1),
        ("ї" * 71, Encoding.UCS_2, 2),
        ("ї" * 134, Encoding.UCS_2, 2),
        ("ї" * 135, Encoding.UCS_2, 3),
        ("😀" * 35, Encoding.UCS_2, 1),
        ("😀" * 36, Encoding.UCS_2, 2),
        ("Ç" * 160, Encoding.GSM_7, 1),
        ("ç" * 160, Encoding.UCS_2, 3),
        ("`", Encoding.UCS_2, 1),
        ("a\tb", Encoding.UCS_2, 1),
        ("a\u00a0b", Encoding.UCS_2, 1),
        ("Дякуємо! Замовлення №1001 прийнято: https://m.example/a1", Encoding.UCS_2, 1),
    ),
)
def test_a_text_has_the_encoding_and_number_of_parts_that_are_charged(
    text: str, expected: Encoding, number: int
) -> None:
    assert (encoding(text), count(text)) == (expected, number)


def test_an_escape_pair_moves_to_the_next_part_whole() -> None:
    assert [len(part) for part in parts("a" * 152 + "€" + "a" * 152)] == [152, 152, 1]


def test_a_surrogate_pair_moves_to_the_next_part_whole() -> None:
    assert [len(part) for part in parts("ї" * 66 + "😀" + "ї" * 66)] == [66, 66, 1]


@given(st.text(GSM, min_size=1, max_size=700) | st.text(UKRAINIAN + GSM, min_size=1, max_size=400))
def test_the_parts_are_those_of_another_implementation(text: str) -> None:
    other = smsutil.split(text)
    assert [part.content for part in other.parts] == list(parts(text))
    assert other.encoding == {Encoding.GSM_7: "gsm0338", Encoding.UCS_2: "utf_16_be"}[encoding(text)]


@given(st.text(max_size=400))
def test_nothing_is_lost_between_the_parts(text: str) -> None:
    assert "".join(parts(text)) == text


@pytest.mark.parametrize(
    ("typed", "safe"),
    (
        ("1\u202f299\u00a0грн", "1 299 грн"),
        ("„Ромашка“ — «так»", '"Ромашка" - "так"'),
        ("об’єкт", "об'єкт"),
        ("чекаємо…", "чекаємо..."),
        ("a\r\nb\tc", "a\nb c"),
        ("cafe\u0301", "café"),
        ("їжак №7 ґ", "їжак №7 ґ"),
        ("Order №7", "Order No.7"),
        ("Order №7 😀", "Order №7 😀"),
    ),
)
def test_typography_becomes_plain_and_letters_stay(typed: str, safe: str) -> None:
    assert sms_safe(typed) == safe


@given(st.text(max_size=200))
def test_what_is_safe_stays_as_it_is(text: str) -> None:
    assert sms_safe(sms_safe(text)) == sms_safe(text)


@given(st.text(alphabet="abc .,'\"-\u00a0\u202f“”‘’–—…«»", max_size=300))
def test_plain_text_with_typography_fits_the_gsm_alphabet_once_safe(text: str) -> None:
    assert encoding(sms_safe(text)) is Encoding.GSM_7


@given(st.text(GSM, max_size=700) | st.text(UKRAINIAN + GSM, max_size=400))
def test_what_fits_one_part_or_the_room_of_more_is_told_by_its_units(text: str) -> None:
    number = count(text)
    assert (number == 1) == (units(text) <= capacity(encoding(text), 1))
    assert units(text) <= capacity(encoding(text), number)


def test_the_characters_that_make_it_dear_are_each_named_once() -> None:
    assert outside_gsm_7("Hi Яна, 5 € — Яна") == ("Я", "н", "а", "—")
    assert outside_gsm_7("Hi, 5 €") == ()
    assert outside_gsm_7("Order ‘7’ 😀 №\u00a08") == ("‘", "’", "😀", "№", "\u00a0")
    assert units("[€]") == 6
    assert units("ї😀") == 3
