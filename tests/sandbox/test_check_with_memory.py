"""With what it remembers `aftercart check` tells to the letter what it tells without, after any edits."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aftercart.domain.journey import About
from aftercart.texts.compiled import wordings
from sandbox.commands.check import checked
from sandbox.journeys.bones import bare
from sandbox.journeys.compile import JOURNEYS, JourneysWrong, compile_journeys
from sandbox.journeys.reading import Ground, Readings
from tests.sandbox.test_golden_mistakes import GOLDEN, MISTAKES, make

TODAY = date(2026, 11, 23)
CAMPAIGN = """about: customer
starts: {at: 2026-11-22, over: {country: UA, language: uk, owns: CASE-1, owns_not: phone}}
steps:
  - tip: {on: started, purpose: marketing, route: care}
"""
TIP = """tip:
  whatsapp: {template: spring_v1, category: marketing, text: Charge it to 80 percent.}
  text: Charge it to 80 percent.
"""
PRICES = "as_of: 2026-11-01\ncurrency: USD\nrates: {sms: {'*': {transactional: 0.08, marketing: 0.08}}}\n"
Edit = Callable[[Path], None]


def with_memory(journeys: Path, kept: Path, today: date = TODAY) -> Mapping[str, Any]:
    found = checked(journeys, kept, today)
    return found | {"mistakes": [each["shown"] for each in found["mistakes"]]}


def without(journeys: Path, today: date = TODAY) -> Mapping[str, Any]:
    try:
        compiled = compile_journeys(journeys, today)
    except JourneysWrong as wrong:
        return {"mistakes": [*map(str, wrong.problems)]}
    return {
        "mistakes": [],
        "journeys": len(compiled.journeys),
        "texts": sum(map(len, compiled.texts.values())),
        "languages": [*compiled.brand.languages],
    }


@contextmanager
def remembered() -> Iterator[tuple[Path, Path]]:
    """A folder that was found right, and where that is kept."""
    with TemporaryDirectory() as directory:
        journeys, kept = Path(directory) / "journeys", Path(directory) / "kept"
        shutil.copytree(GOLDEN / "journeys", journeys)
        assert with_memory(journeys, kept)["mistakes"] == []
        yield journeys, kept


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake["mistake"])
def test_a_mistake_is_told_as_without_memory(mistake: Mapping[str, Any]) -> None:
    with remembered() as (journeys, kept):
        make(mistake, journeys)
        told = without(journeys)
        assert told["mistakes"]
        assert with_memory(journeys, kept) == told
        assert with_memory(journeys, kept) == told


def swap(name: str, old: str, new: str) -> Edit:
    """And back, where it is swapped already."""

    def edit(journeys: Path) -> None:
        file = journeys / name
        text = file.read_text("utf-8") if file.exists() else ""
        back = new in text and (old in new or old not in text)
        there, other = (new, old) if back else (old, new)
        if there and there in text:
            file.write_text(text.replace(there, other), "utf-8")

    return edit


def tone(words: str) -> Edit:
    """In the place of another; none, where it is that already."""

    def edit(journeys: Path) -> None:
        file = journeys / "brand.yaml"
        lines = file.read_text("utf-8").splitlines()
        others = [line for line in lines if not line.startswith("tone: ")]
        new = f"tone: {words}"
        file.write_text("\n".join([*others, *([] if new in lines else [new])]), "utf-8")

    return edit


def there_or_not(name: str, text: str) -> Edit:
    """A file, or where its name ends in / a folder."""

    def edit(journeys: Path) -> None:
        path = journeys / name
        if path.exists():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        elif path.parent.is_dir():
            if name.endswith("/"):
                path.mkdir()
            else:
                path.write_text(text, "utf-8")

    return edit


def copied(name: str, to: str) -> Edit:
    def edit(journeys: Path) -> None:
        if (journeys / to).exists():
            shutil.rmtree(journeys / to)
        elif (journeys / name).exists():
            shutil.copytree(journeys / name, journeys / to)

    return edit


def campaign(journeys: Path) -> None:
    folder = journeys / "spring"
    folder.mkdir(exist_ok=True)
    (folder / "journey.yaml").write_text(CAMPAIGN, "utf-8")
    for language in ("en", "uk"):
        (folder / f"{language}.yaml").write_text(TIP, "utf-8")


EDITS: Mapping[str, Edit] = {
    "other words": swap("care/en.yaml", "80 percent", "90 percent"),
    "words that are too many": swap("care/uk.yaml", "до 80", "8" * 1200),
    "words that sell": swap("parcel/en.yaml", "is with you", "is with you, a discount"),
    "other Liquid": swap("parcel/en.yaml", "{{ order.number }}", "{{ order.nubmer }}"),
    "another template": swap("care/en.yaml", "help_v1", "tip_v1"),
    "the same template elsewhere": swap("parcel/en.yaml", "delivered_v1", "help_v1"),
    "an answer that is no YAML": swap("replies/uk.yaml", "thanks:", "thanks: ["),
    "words of the page": swap("page/uk.yaml", "gone:", "went:"),
    "a step's wait": swap("care/journey.yaml", "wait: P3D", "wait: P4D"),
    "a step's route": swap("care/journey.yaml", "rating_at_most: 2}, purpose", "rating_at_most: 7}, purpose"),
    "a priority": swap("care/journey.yaml", "about: line", "priority: 2\nabout: line"),
    "a text that no step says": swap("confirm/journey.yaml", "- thanks:", "- thank:"),
    "a category that is not sold": swap("catalogue.yaml", "category: phone,", "category: handset,"),
    "a title": swap("catalogue.yaml", "Zirvo phone", "Zirvo 2 phone"),
    "a title that is missing": swap("catalogue.yaml", "en: Zirvo case, ", ""),
    "a remark": swap("brand.yaml", "a_day:", "# caps\na_day:"),
    "another name": swap("brand.yaml", "name: Kram", "name: Крам"),
    "no phone": swap("parcel/en.yaml", "is with you", "is with you: {{ support.phone }}"),
    "a phone": swap("brand.yaml", "a_day:", "support: {phone: '+44 1234'}\na_day:"),
    "hours": swap("brand.yaml", "09:00-20:00", "10:00-20:00"),
    "hours that are none": swap("brand.yaml", "08:00-21:00", "21:00-08:00"),
    "a cap": swap("brand.yaml", "messages: 8", "messages: 9"),
    "a rung's wait": swap("brand.yaml", "news: {whatsapp: PT15M", "news: {whatsapp: PT20M"),
    "a channel less": swap("brand.yaml", "viber: PT4H, sms: PT4H", "sms: PT4H"),
    "a route's name": swap("brand.yaml", "  care:", "  cares:"),
    "a language less": swap("brand.yaml", "[en, uk]", "[en]"),
    "a purpose's name": swap("brand.yaml", "survey: marketing", "surveys: marketing"),
    "a purpose": swap("brand.yaml", "survey: transactional", "survey: marketing"),
    "no channel is one-way": swap("brand.yaml", "one_way: [sms]", "one_way: []"),
    "a tone": tone("{avoid: {en: [charge]}, emoji: false}"),
    "a tone for one language": tone("{avoid: {uk: [Заряджай]}}"),
    "a tone of two words": tone("{avoid: {en: [80 percent]}}"),
    "a tone of no words": tone("{emoji: false}"),
    "an emoji": swap("care/en.yaml", "80 percent", "80 percent \U0001f50b"),
    "an emoji by its number": swap("care/en.yaml", "Charge it to 80 percent.", '"80 percent \\U0001f50b"'),
    "two words in two lines": swap("care/en.yaml", "80 percent", "80\n      percent"),
    "a budget": swap("brand.yaml", "checkout:", "budget: {transactional: 0.01 USD}\ncheckout:"),
    "brand.yaml is no YAML": swap("brand.yaml", "name: Kram", "name: [Kram"),
    "prices": there_or_not("prices.yaml", PRICES),
    "a figure without its source": swap("replacement_cycles.yaml", "{US: 1417}", "{US: 1417, UA: 1000}"),
    "a language file more": there_or_not("care/de.yaml", TIP),
    "a hidden file more": there_or_not("care/.de.yaml", TIP),
    "no texts": there_or_not("care/en.yaml", TIP),
    "an empty folder": there_or_not("empty/", ""),
    "a folder in a file's place": there_or_not("care/de.yaml/", ""),
    "a folder in the place of a file that nobody reads": there_or_not("replies/journey.yaml/", ""),
    "a folder among the page's words": there_or_not("page/de.yaml/", ""),
    "no answers": there_or_not("replies/", ""),
    "no page": there_or_not("page/", ""),
    "a twin": copied("care", "care_too"),
    "a twin's words": swap("care_too/en.yaml", "Charge it to 80", "Load it to 80"),
    "a twin of the page's words": copied("page", "pages"),
    "a campaign": campaign,
    "a campaign's day": swap("spring/journey.yaml", "2026-11-22", "2026-11-01"),
    "a campaign's words": swap("spring/uk.yaml", "Charge it", "Load it"),
}


@settings(max_examples=30)
@given(st.lists(st.sampled_from([*EDITS]), min_size=1, max_size=6), st.integers(-1, 1))
@example(["a twin", "a twin's words", "other words", "a twin's words"], 0)
@example(["a campaign", "a campaign's day", "a campaign's words", "a campaign's day", "a cap"], 1)
@example(["a campaign", "a campaign's words", "a purpose", "a category that is not sold"], 0)
@example(["the same template elsewhere", "a cap", "other words", "the same template elsewhere"], 0)
@example(["brand.yaml is no YAML", "other words", "brand.yaml is no YAML", "other Liquid"], 0)
@example(["a title that is missing", "words that sell", "hours", "a title that is missing"], 0)
@example(["prices", "a budget", "prices", "a budget"], 0)
@example(["a tone", "a tone for one language", "a tone of two words", "two words in two lines", "a tone"], 0)
@example(["an emoji", "a tone of no words", "an emoji", "an emoji by its number", "a tone"], 0)
@example(["an emoji by its number", "a tone of no words", "a tone of no words", "a tone of two words"], 0)
@example(["two words in two lines", "a tone of two words", "two words in two lines", "a tone"], 0)
@example(["a folder in the place of a file that nobody reads", "a tone"], 0)
@example(["a folder among the page's words", "a tone"], 0)
@example(["no phone", "a phone", "other words", "a phone"], 0)
@example(["another name", "words that are too many", "another name"], 0)
@example(["no page", "a remark", "no page", "no answers"], 0)
@example(["no answers", "a folder in the place of a file that nobody reads"], 0)
@example(["no page", "a folder among the page's words"], 0)
def test_after_any_edits_the_same_is_told_as_without_memory(edits: list[str], days: int) -> None:
    """`days`: how many days lie between one edit and the next."""
    today = TODAY
    with remembered() as (journeys, kept):
        for name in edits:
            EDITS[name](journeys)
            assert with_memory(journeys, kept, today) == without(journeys, today), name
            today += timedelta(days=days)


@pytest.mark.parametrize("name", EDITS)
def test_each_edit_changes_something(name: str) -> None:
    with remembered() as (journeys, _):
        before = everything(journeys)
        if name.startswith("a twin's"):
            EDITS["a twin"](journeys)
        if name.startswith("a campaign's"):
            campaign(journeys)
        between = everything(journeys)
        EDITS[name](journeys)
        assert everything(journeys) != between
        assert between == before or "'s" in name


def everything(journeys: Path) -> Mapping[str, bytes]:
    return {
        str(path.relative_to(journeys)): path.read_bytes() if path.is_file() else b""
        for path in sorted(journeys.rglob("*"))
    }


def test_a_campaign_may_be_right() -> None:
    with remembered() as (journeys, kept):
        campaign(journeys)
        assert with_memory(journeys, kept) == without(journeys)
        assert without(journeys)["mistakes"] == []


def test_what_was_read_of_a_text_is_the_same_when_it_is_recalled(tmp_path: Path) -> None:
    texts = {wording.text for wording in wordings(compile_journeys(JOURNEYS).texts)}
    grounds = [
        Ground("uk", About.LINE, answers=False, offer=True, template=True),
        Ground("uk", None, answers=True, offer=False, template=False),
    ]
    asked = [(bones[0], ground) for text in texts if (bones := bare(text)) for ground in grounds]
    readings, recalled = Readings(), Readings()
    read = {each: readings.of(*each) for each in asked}
    readings.keep(tmp_path / "readings.json")
    recalled.recall(tmp_path / "readings.json")
    assert recalled.known == {key: each for key, each in read.items() if not each.faults and not each.stumble}
    assert 10 < len(recalled.known) < len(read)
