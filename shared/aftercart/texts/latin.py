"""Cyrillic in Latin letters, so that an SMS holds 160 characters a part instead of 70.

Ukrainian: Cabinet of Ministers, resolution 55 of 27 January 2010. Russian: ICAO Doc 9303, part 3, section 6.
"""

import re

_SHARED = {
    **dict(zip("абвдезийклмнопрстуф", "abvdezyiklmnoprstuf", strict=True)),
    "ж": "zh",
    "ц": "ts",
    "х": "kh",
    "ч": "ch",
    "ш": "sh",
    "ь": "",
    "№": "No.",
}
# A name of the other language may stand in a text, so each has the other's letters too.
_RUSSIAN = {
    **_SHARED,
    "г": "g",
    "ґ": "g",
    "є": "ie",
    "ё": "e",
    "и": "i",
    "і": "i",
    "ї": "i",
    "щ": "shch",
    "ъ": "ie",
    "ы": "y",
    "э": "e",
    "ю": "iu",
    "я": "ia",
}
_UKRAINIAN = {**_RUSSIAN, "г": "h", "и": "y"}
_FIRST = {"є": "ye", "ї": "yi", "й": "y", "ю": "yu", "я": "ya"}  # Ukrainian, where a word begins
_LETTERS = "а-яёєіїґ"
_WORD = re.compile(rf"[{_LETTERS}]+(?:['’ʼ][{_LETTERS}]+)*|№", re.IGNORECASE)


def latin(text: str, language: str) -> str:
    """Its Cyrillic words in Latin letters by the rules of that language, Russian or else Ukrainian."""
    spelled = _russian if language == "ru" else _ukrainian
    return _WORD.sub(lambda found: _cased(found[0], spelled(found[0].lower())), text)


def _ukrainian(word: str) -> str:
    whole = re.sub("['’ʼ]", "", word).replace("зг", "z\0h")
    first = _FIRST.get(whole[0], "")
    rest = whole[1:] if first else whole
    return first + "".join(_UKRAINIAN.get(letter, letter) for letter in rest).replace("z\0h", "zgh")


def _russian(word: str) -> str:
    return "".join(_RUSSIAN.get(letter, letter) for letter in word)


def _cased(word: str, spelled: str) -> str:
    if len(word) > 1 and word.isupper():
        return spelled.upper()
    return spelled[:1].upper() + spelled[1:] if word[:1].isupper() else spelled
