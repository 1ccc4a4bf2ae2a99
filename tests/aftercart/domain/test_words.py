import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftercart.domain.words import HELP, START, STOP, meaning

NEVER_STOP = (
    "1",
    "5",
    "так",
    "дякую",
    "добре",
    "Коли приїде посилка?",
    "cancel my order please",
    "the end is near",
    "👍",
    "",
)


@pytest.mark.parametrize("word", STOP)
def test_every_stop_word_stops(word: str) -> None:
    assert meaning(word) == "stop"


@given(
    word=st.sampled_from(STOP),
    before=st.sampled_from(("", " ", "\u200b", "\ufeff", "«", "!!! ", "\n\t", "🛑 ", "\u202e")),
    after=st.sampled_from(("", ".", "!!!", " 🙏", "\u200d", "»", " \n", "…", "\ufe0f")),
    fold=st.sampled_from((str, str.lower, str.title, str.swapcase)),
    form=st.sampled_from(("NFC", "NFD", "NFKC", "NFKD")),
)
def test_a_stop_word_stops_however_it_is_dressed(
    word: str, before: str, after: str, fold: object, form: str
) -> None:
    dressed = before + unicodedata.normalize(form, fold(word)) + after  # type: ignore[operator, arg-type]
    assert meaning(dressed) == "stop"


@pytest.mark.parametrize(
    "said",
    (
        "ＳＴＯＰ",
        "CTOП",  # Latin C, T, O and a Cyrillic П
        "СТOП",
        "стоп!!!",
        "Stop.",
        "please stop texting me",
        "Будь ласка, не пишіть мені більше",
        "не пишите мне",
        "хочу отписаться от рассылки",
        "opt-out",
        "OPT OUT",
        "un.subscribe".replace(".", ""),
    ),
)
def test_stop_is_understood_in_other_scripts_and_in_sentences(said: str) -> None:
    assert meaning(said) == "stop"


@pytest.mark.parametrize("said", NEVER_STOP)
def test_what_does_not_say_stop_does_not_stop(said: str) -> None:
    assert meaning(said) != "stop"


@pytest.mark.parametrize("said", ("4", " 4 ", "4!", "4️⃣", "４", "«4»"))
def test_a_digit_is_a_digit_however_it_is_typed(said: str) -> None:
    assert meaning(said) == "4"


@pytest.mark.parametrize("said", ("0", "6", "10", "11", "1 1", "45", "-1 2"))
def test_what_is_no_rating_is_no_digit(said: str) -> None:
    assert meaning(said) not in {"1", "2", "3", "4", "5"}


def test_the_other_words_have_their_meanings() -> None:
    assert {meaning(word) for word in START} == {"start"}
    assert {meaning(word) for word in HELP} == {"help"}
    assert {meaning(word) for word in ("yes", "Так", "ДА", "+")} == {"yes"}


@given(st.text(max_size=300))
def test_any_text_has_a_meaning(said: str) -> None:
    assert meaning(said) in {"stop", "start", "yes", "help", "1", "2", "3", "4", "5", ""}


# Written out once more: whoever drops or changes a word of the lists has to say so here.
SAID = {
    "stop": (
        "stop, stopall, stop all, unsubscribe, cancel, end, quit, revoke, optout, opt out, remove, "
        "arret, arrêt, td, στοπ, стоп, відписатися, відписатись, відписка, відмінити, не пишіть, "
        "отписаться, отписка, отмена, отказ, не пишите, please stop now, unsubscribe me, "
        "i opt out of this, optout please, i revoke it, будь ласка стоп, хочу відписатися, "
        "можна відписатись тут, відпишіть мене, більше не пишіть мені, хочу отписаться, отпишите меня, "
        "больше не пишите мне"
    ),
    "start": "start, unstop, старт",
    "yes": "yes, так, да, +",
    "help": "help, info, допомога, помощь, ?",
    "": "cancel my order, the end of it, отмена заказа 5, так точно, start the car, info please, 6, 11",
}


@pytest.mark.parametrize("said", [(word, kind) for kind, words in SAID.items() for word in words.split(", ")])
def test_each_word_is_understood_as_it_is_written_here(said: tuple[str, str]) -> None:
    word, kind = said
    assert meaning(word) == meaning(word.upper()) == meaning(f" {word}! ".capitalize()) == kind
