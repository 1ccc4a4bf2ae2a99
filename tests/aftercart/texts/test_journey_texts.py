"""Every text that customers read, on every channel, in every language, for every kind of facts."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from aftercart.domain.catalogue import Item
from aftercart.domain.consent import ANSWERS_ONLY, Channel, Purpose
from aftercart.domain.content import Content
from aftercart.domain.journey import Step
from aftercart.domain.links import page_url
from aftercart.domain.message import Variant
from aftercart.domain.offer import Offer
from aftercart.ports import Telling
from aftercart.texts.compiled import templates, wordings
from aftercart.texts.render import LiquidTexts
from aftercart.texts.segments import Encoding, count, encoding
from sandbox.journeys.compile import JOURNEYS, compile_journeys
from sandbox.journeys.reading import LINK
from sandbox.journeys.samples import CATALOGUE, sample_telling, scarce

MADE = compile_journeys()
TEXTS = LiquidTexts(MADE.texts, MADE.brand, CATALOGUE)
LANGUAGES = MADE.brand.languages
TWO_WAY = {Channel.WHATSAPP, Channel.VIBER, Channel.SMS, *ANSWERS_ONLY}
ROUTES = [route for country in MADE.brand.countries.values() for route in country.routes.values()]
CHANNELS = {leg.channel for route in ROUTES for leg in route}
ASKS_FOR_AN_ANSWER = re.compile(
    r"відповідайте|надішліть|напишіть|ответьте|пришлите|напишите|\breply\b|write here|^1 -", re.IGNORECASE
)
MACHINERY = re.compile(r"[{}<>]|%}|None|Money|datetime")
UNTIDY = re.compile(r" [,.!?:]|  |«»|\(\)|,,|: *\.")
MOST = {
    Channel.WHATSAPP: 1024,
    Channel.VIBER: 1000,
    Channel.PUSH: 160,
    Channel.EMAIL: 20_000,
    Channel.MESSENGER: 2000,
    Channel.INSTAGRAM: 500,
}
STOP = {"uk": "СТОП", "ru": "СТОП", "en": "STOP"}
BOT = {"uk": "бот", "ru": "бот", "en": "bot"}


@dataclass(frozen=True)
class Case:
    journey: str
    text: str
    language: str
    variant: Variant
    channel: Channel
    can_answer: bool

    def telling(self, first_name: str = "Олена") -> Telling:
        return sample_telling(
            self.journey,
            self.text,
            self.channel,
            self.language,
            variant=self.variant,
            can_answer=self.can_answer,
            first_name=first_name,
        )

    def shown(self) -> Content:
        return TEXTS.render(self.telling())

    @property
    def steps(self) -> list[Step]:
        journey = MADE.journeys.get(self.journey)
        return [step for step in journey.steps if step.text == self.text] if journey else []

    @property
    def may_be_marketing(self) -> bool:
        purposes = {
            MADE.brand.purpose(step.purpose, country) for step in self.steps for country in ("UA", "*")
        }
        return self.variant is Variant.OFFER or Purpose.MARKETING in purposes

    def __str__(self) -> str:
        way = "two-way" if self.can_answer else "one-way"
        return f"{self.journey}-{self.text}-{self.variant}-{self.channel}-{self.language}-{way}"


def cases() -> Iterator[Case]:
    for journey, texts in MADE.texts.items():
        for text, by_language in texts.items():
            for language, variants in by_language.items():
                for variant, channels in variants.items():
                    for channel in channels:
                        if channel in TWO_WAY:
                            yield Case(journey, text, language, variant, channel, True)
                        if channel is not Channel.WHATSAPP:
                            yield Case(journey, text, language, variant, channel, False)


CASES = tuple(cases())
MARKETING = tuple(case for case in CASES if case.may_be_marketing)
every = pytest.mark.parametrize("case", CASES, ids=str)


def test_the_sample_link_is_as_long_as_a_true_one() -> None:
    assert len(LINK) == len(page_url("https://kr.example", "a" * 14 + "-" + "b" * 10, b"key")) == 53


def test_each_variant_has_words_for_each_channel_in_each_language() -> None:
    for journey, texts in MADE.texts.items():
        for text, by_language in texts.items():
            assert set(by_language) == set(LANGUAGES), (journey, text)
            variants = {variant for each in by_language.values() for variant in each}
            for variant in variants:
                wanted = TWO_WAY if journey == "replies" else CHANNELS
                assert all(set(each[variant]) == wanted for each in by_language.values())


def test_every_step_has_its_text_and_a_twin_with_the_offer_where_it_offers() -> None:
    for journey in MADE.journeys.values():
        for step in journey.steps:
            variants = MADE.texts[journey.name][step.text]["uk"]
            assert (Variant.OFFER in variants) is step.offer, (journey.name, step.name)


@every
def test_a_text_reads_as_words_and_fits_its_channel(case: Case) -> None:
    shown = case.shown()
    assert shown.text == shown.text.strip() != ""
    assert bool(shown.title) is (case.channel in (Channel.PUSH, Channel.EMAIL))
    for words in (shown.title, shown.text):
        assert not MACHINERY.search(words)
        assert not UNTIDY.search(words)
    if case.channel is Channel.SMS:
        assert count(shown.text) <= 2
    else:
        assert len(shown.text) <= MOST[case.channel]


@every
def test_a_text_reads_well_where_little_is_known(case: Case) -> None:
    text = TEXTS.render(scarce(case.telling(), answers=case.journey == "replies")).text
    assert not MACHINERY.search(text)
    assert not UNTIDY.search(text)
    assert "–" not in text  # what stands for an empty parameter


@every
def test_a_hostile_name_changes_nothing_else(case: Case) -> None:
    text = case.shown().text
    hostile = TEXTS.render(case.telling("{{ 7 | times: 7 }}{% raw %}\r\n\u202e%s")).text
    seen = "{{ 7 | times: 7 }}{% raw %} %s"
    assert hostile == text.replace("Олена", seen)


def opens_the_page(case: Case, content: Content) -> bool:
    """A push does when it is pressed."""
    links = [content.text, *(button.url for button in content.buttons)]
    return case.channel is Channel.PUSH or any(LINK in each for each in links)


@pytest.mark.parametrize("case", MARKETING, ids=str)
def test_marketing_says_how_to_stop(case: Case) -> None:
    content = case.shown()
    assert (STOP[case.language] in content.text) if case.can_answer else opens_the_page(case, content)


@pytest.mark.parametrize("case", [case for case in CASES if not case.can_answer], ids=str)
def test_where_no_one_can_answer_no_answer_is_asked_for(case: Case) -> None:
    assert not ASKS_FOR_AN_ANSWER.search(case.shown().text)


@pytest.mark.parametrize("case", [case for case in CASES if case.variant is Variant.OFFER], ids=str)
def test_an_offer_names_the_thing_its_price_and_the_way_to_take_it(case: Case) -> None:
    content = case.shown()
    title = {"uk": "Чохол Silk для Nova 12", "ru": "Чехол Silk для Nova 12", "en": "Silk case for Nova 12"}
    assert title[case.language] in content.text
    assert "399" in content.text
    assert re.search(r"\b1\b", content.text) if case.can_answer else opens_the_page(case, content)
    if case.channel is Channel.WHATSAPP:
        assert [(button.reply, button.url) for button in content.buttons] == [("offer:yes", ""), ("", LINK)]


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.text in ("help_with_return", "help")], ids=str
)
def test_where_we_answer_a_customer_the_bot_says_that_it_is_one(case: Case) -> None:
    assert BOT[case.language] in case.shown().text.lower()


@pytest.mark.parametrize("case", [case for case in CASES if case.text == "review_request"], ids=str)
def test_the_request_for_a_review_is_the_same_whatever_was_rated(case: Case) -> None:
    told = case.telling()
    contents = {
        TEXTS.render(replace(told, message=replace(told.message, values={"rating": rating}))).text
        for rating in "12345"
    }
    assert len(contents) == 1
    assert not re.search(r"знижк|скидк|подарун|подар|бонус|gift|discount|bonus|reward", contents.pop(), re.I)


@pytest.mark.parametrize(
    "case", [c for c in CASES if c.channel is Channel.SMS and c.language == "en"], ids=str
)
def test_an_english_sms_stays_within_the_cheap_alphabet(case: Case) -> None:
    assert encoding(case.shown().text) is Encoding.GSM_7


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "item", [item for item in MADE.catalogue.items if item.fits], ids=lambda item: item.sku
)
def test_an_sms_with_any_offer_of_the_catalogue_fits_two_parts(item: Item, language: str) -> None:
    told = Case("order_confirmation", "confirm", language, Variant.OFFER, Channel.SMS, False).telling()
    offer = Offer(sku=item.sku, for_sku=item.fits[0], price=item.price)
    texts = LiquidTexts(MADE.texts, MADE.brand, MADE.catalogue)
    text = texts.render(replace(told, message=replace(told.message, offer=offer))).text
    assert count(text) <= 2
    assert LINK in text


@pytest.mark.parametrize("case", [case for case in CASES if case.channel is Channel.WHATSAPP], ids=str)
def test_what_whatsapp_shows_is_what_meta_has_approved(case: Case) -> None:
    content = case.shown()
    if case.journey == "replies":
        assert content.template is None
        return
    assert content.template is not None
    approved = templates(MADE.texts)[content.template.name, case.language]
    filled = approved.body
    for number, value in enumerate(content.template.parameters, start=1):
        assert value
        assert not re.search(r"[\n\t]| {4}", value)
        filled = filled.replace(f"{{{{{number}}}}}", value)
    assert filled == content.text
    assert approved.parameters == len(content.template.parameters)
    if case.variant is Variant.OFFER:
        assert approved.category == "marketing"


def test_the_templates_are_numbered_and_the_same_in_each_language() -> None:
    table = templates(MADE.texts)
    names = {name for name, _ in table}
    assert {(name, language) for name in names for language in LANGUAGES} == set(table)
    for approved in table.values():
        numbers = [int(number) for number in re.findall(r"\{\{(\d+)\}\}", approved.body)]
        assert numbers == list(range(1, approved.parameters + 1))
        assert len(approved.body) <= 1024
    for name in names:
        assert len({table[name, language].category for language in LANGUAGES}) == 1
        assert len({len(table[name, language].buttons) for language in LANGUAGES}) == 1


def test_buttons_are_short_and_stand_only_where_they_are_shown() -> None:
    buttons = [button for wording in wordings(MADE.texts) for button in wording.buttons]
    assert buttons
    assert all(len(button.title) <= 20 for button in buttons)
    answering = [w for w in wordings(MADE.texts) if any(button.reply for button in w.buttons)]
    assert answering
    assert all(wording.approval for wording in answering)


def test_plain_texts_never_name_the_offer() -> None:
    for case in CASES:
        if case.variant is Variant.PLAIN and case.journey == "order_confirmation":
            assert "Silk" not in case.shown().text


def test_ukrainian_names_the_buyer_where_no_vocative_is_due() -> None:
    case = Case("order_confirmation", "confirm", "uk", Variant.PLAIN, Channel.WHATSAPP, True)
    assert "на ім’я Дар'я:" in TEXTS.render(case.telling("Дар'я")).text
    assert "на ім’я" not in TEXTS.render(case.telling("")).text


@pytest.mark.parametrize(
    ("bought", "said"),
    (
        (1, "1 товар"),
        (2, "2 товари"),
        (5, "5 товарів"),
        (11, "11 товарів"),
        (21, "21 товар"),
        (22, "22 товари"),
        (25, "25 товарів"),
    ),
)
def test_the_confirmation_counts_as_ukrainian_does(bought: int, said: str) -> None:
    told = Case("order_confirmation", "confirm", "uk", Variant.PLAIN, Channel.VIBER, True).telling()
    assert told.order is not None
    lines = (replace(told.order.lines[0], quantity=bought),)
    assert f": {said} на " in TEXTS.render(replace(told, order=replace(told.order, lines=lines))).text


@pytest.mark.parametrize("name", ("Krambambuli", "Крамбамбулі", "Сад и огород"))
def test_a_shop_of_another_name_can_say_them_too(name: str, tmp_path: Path) -> None:
    shutil.copytree(JOURNEYS, tmp_path / "journeys")
    file = tmp_path / "journeys" / "brand.yaml"
    file.write_text(file.read_text("utf-8").replace("name: Kram\n", f"name: {name}\n"), "utf-8")
    assert compile_journeys(file.parent).brand.name == name
