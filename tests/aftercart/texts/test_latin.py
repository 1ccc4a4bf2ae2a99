"""Cyrillic in Latin letters, by the published tables of each language."""

import string

import pytest

from aftercart.texts.latin import latin
from aftercart.texts.segments import Encoding, encoding


@pytest.mark.parametrize(
    ("word", "spelled"),
    (
        # The examples of the resolution itself.
        ("Алушта", "Alushta"),
        ("Борщагівка", "Borshchahivka"),
        ("Вінниця", "Vinnytsia"),
        ("Гадяч", "Hadiach"),
        ("Ґалаґан", "Galagan"),
        ("Єнакієве", "Yenakiieve"),
        ("Гаєвич", "Haievych"),
        ("Житомир", "Zhytomyr"),
        ("Згорани", "Zghorany"),
        ("Розгон", "Rozghon"),
        ("Їжакевич", "Yizhakevych"),
        ("Кадиївка", "Kadyivka"),
        ("Мар'їне", "Marine"),
        ("Йосипівка", "Yosypivka"),
        ("Стрий", "Stryi"),
        ("Олексій", "Oleksii"),
        ("Хмельницький", "Khmelnytskyi"),
        ("Щербухи", "Shcherbukhy"),
        ("Юрій", "Yurii"),
        ("Корюківка", "Koriukivka"),
        ("Яготин", "Yahotyn"),
        ("Костянтин", "Kostiantyn"),
        ("Знам'янка", "Znamianka"),
        ("Феодосія", "Feodosiia"),
    ),
)
def test_ukrainian_is_spelled_as_the_resolution_says(word: str, spelled: str) -> None:
    assert latin(word, "uk") == spelled


@pytest.mark.parametrize(
    ("word", "spelled"),
    (
        ("Щёлково", "Shchelkovo"),
        ("подъезд", "podieezd"),
        ("Эльбрус", "Elbrus"),
        ("Юрий", "Iurii"),
        ("сыр", "syr"),
    ),
)
def test_russian_is_spelled_as_in_passports(word: str, spelled: str) -> None:
    assert latin(word, "ru") == spelled


def test_capitals_numbers_and_links_stay() -> None:
    text = "УВАГА: замовлення №1001, ТТН 59000 https://kram.example/m/Абв"
    assert latin(text, "uk") == "UVAHA: zamovlennia No.1001, TTN 59000 https://kram.example/m/Abv"


@pytest.mark.parametrize("language", ("uk", "ru"))
def test_every_letter_of_both_languages_has_a_place_in_gsm_7(language: str) -> None:
    letters = "абвгґдеєёжзиіїйклмнопрстуфхцчшщъыьэюя"
    spelled = latin(f"{letters} {letters.upper()}", language)
    assert encoding(spelled) is Encoding.GSM_7
    assert set(spelled.lower()) <= {*string.ascii_lowercase, " "}
