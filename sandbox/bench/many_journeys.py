"""Fifty journeys in five languages, no two texts alike: what `aftercart check` is timed with.

They are built as our own are, so their Liquid is true to life; every word of them is invented, with a seed.
"""

import random
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

LETTERS = {
    "uk": "абвгдежзиклмнопрстухі",
    "ru": "абвгдежзиклмнопрстухы",
    "en": "abcdefghiklmnoprstuvw",
    "pl": "abcdefghijklmnoprstuw",  # without those that GSM-7 lacks: one would halve an SMS
    "de": "abcdefghiklmnoprstuwz",
}
LIKE = {"pl": "uk", "de": "en"}  # whose plural forms a further language shares, and so its texts' build
MIX = ("phone_care", "order_confirmation", "phone_care", "delivery", "phone_care")
JOURNEY = "journey.yaml"
KEPT = frozenset({"category", "reply"})

LIQUID = re.compile(r"\{[{%].*?[%}]\}")
QUOTED = re.compile(r'(?<!date: )"[^"]*"')  # in Liquid; a date's pattern is no word
WORD = re.compile(r"[^\W\d_]+")


class _Words:
    """Invents a word of the same length for each."""

    def __init__(self, seed: str, language: str) -> None:
        self._dice = random.Random(seed)
        self._letters = LETTERS[language]

    def text(self, source: str) -> str:
        said, liquid = LIQUID.split(source), LIQUID.findall(source)
        pieces = [WORD.sub(self._word, said[0])]
        for tag, words in zip(liquid, said[1:], strict=True):
            pieces += [QUOTED.sub(lambda quoted: WORD.sub(self._word, quoted[0]), tag)]
            pieces += [WORD.sub(self._word, words)]
        return "".join(pieces)

    def _word(self, old: re.Match[str]) -> str:
        new = "".join(self._dice.choices(self._letters, k=len(old[0])))
        return new.capitalize() if old[0][0].isupper() else new


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as literal blocks, as people write them."""


def _written(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _written)


def write_many(ours: Path, target: Path, number: int = 50) -> None:
    """Makes the folder `target`, from our own `journeys/`, with so many journeys."""
    target.mkdir(parents=True)
    _dump(target / "brand.yaml", _load(ours / "brand.yaml") | {"languages": list(LETTERS)})
    _dump(target / "catalogue.yaml", [_translated(item) for item in _load(ours / "catalogue.yaml")])
    for name in ("replacement_cycles.yaml", "prices.yaml"):
        shutil.copy(ours / name, target)
    _write(ours / "page", target / "page", "")
    _write(ours / "replies", target / "replies", "")
    for n in range(number):
        kind = MIX[n % len(MIX)]
        _write(ours / kind, target / f"{kind}_{n}", f"_{n}")


def _write(source: Path, target: Path, suffix: str) -> None:
    target.mkdir()
    if (source / JOURNEY).exists():
        shutil.copy(source / JOURNEY, target)
    for language in LETTERS:
        words = _Words(f"{target.name} {language}", language)
        texts = _load(source / f"{LIKE.get(language, language)}.yaml")
        _dump(target / f"{language}.yaml", _reworded(texts, words, suffix))


def _reworded(value: Any, words: _Words, suffix: str) -> Any:
    if isinstance(value, str):
        return words.text(value)
    if isinstance(value, list):
        return [_reworded(each, words, suffix) for each in value]
    return {
        key: inner
        if key in KEPT
        else inner + suffix
        if key == "template"
        else _reworded(inner, words, suffix)
        for key, inner in value.items()
    }


def _translated(item: Mapping[str, Any]) -> Mapping[str, Any]:
    titles = item["titles"]
    return {**item, "titles": titles | {new: titles[like] for new, like in LIKE.items()}}


def _load(path: Path) -> Any:
    """Every word as text: 11:00 stays a time of day."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506


def _dump(path: Path, data: Any) -> None:
    text = yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=10_000)
    path.write_text(text, encoding="utf-8")
