"""One folder of `journeys/`: its journey.yaml, a text file for each language, and whether they agree."""

import difflib
import re
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

from aftercart.domain.brand import Brand
from aftercart.domain.campaign import STARTED
from aftercart.domain.consent import Channel, Purpose
from aftercart.domain.journey import About, Condition, Journey, Step, chosen_event
from aftercart.domain.message import Variant
from aftercart.domain.order import Stage
from aftercart.texts.compiled import Approval, Wording
from sandbox.journeys.campaigns import check_campaign
from sandbox.journeys.files import read_shape
from sandbox.journeys.house import House
from sandbox.journeys.journey_shapes import JourneyShape
from sandbox.journeys.languages import is_language
from sandbox.journeys.marks import Loc, YamlFile, nearest
from sandbox.journeys.settings import Occasion, Settings
from sandbox.journeys.shapes import NAME
from sandbox.journeys.structure import check_structure
from sandbox.journeys.texts import TextCheck
from sandbox.journeys.texts_shapes import TextShape, TextsShape, VariantShape
from sandbox.journeys.tone import off_key

JOURNEY = "journey.yaml"
ANSWERS = "replies"  # texts that answer a customer; no journey leads to them

# What begins a journey about each, and what its steps can hear of.
HEARS = {
    About.ORDER: ("order_placed", {"order_placed", "in_transit", "delivered"}),
    About.SHIPMENT: ("shipment_moved", {stage.value for stage in Stage}),
    About.LINE: ("delivered", {"delivered", "rated"}),
    About.CUSTOMER: (STARTED, {STARTED}),
}

ABOUT_RATING = {"rating_at_most", "rating_at_least", "answered"}
Languages = dict[str, tuple[YamlFile, Mapping[str, TextShape]]]


class Folder:
    """What stands in it, and in `files` what is wrong: by its own files, the house and the day alone."""

    def __init__(self, path: Path, house: House, settings: Settings, today: date) -> None:
        self.name = path.name
        self.path = path
        self.house = house
        self.settings = settings
        self.today = today
        self.brand = house.brand
        self.journey: Journey | None = None
        self.keeps: frozenset[str] = frozenset()
        self.texts: dict[str, dict[str, dict[Variant, dict[Channel, Wording]]]] = {}
        self.templates: list[tuple[YamlFile, Loc, Approval]] = []
        self.files: list[YamlFile] = []
        self.page: dict[str, dict[str, str]] = {}  # by language: words that the customer's page shows
        self._choices: set[str] = set()
        self._languages = self._read_texts()
        if self.name != ANSWERS:
            self._read_journey()
        self._check_texts()

    def _read_journey(self) -> None:
        file, shape = read_shape(self.path / JOURNEY, self.path.parent, JourneyShape)
        self.files.append(file)
        if not re.fullmatch(NAME, self.name):  # metrics, scenarios and the page's words name it
            what = f"a journey's folder has a name in small letters, digits and _, and not '{self.name}'"
            file.problem((), what)
        if shape is None:
            return
        self.journey = shape.journey(self.name)
        self._choices = {chosen_event(each.name) for each in self.journey.steps if each.asks == "choice"}
        self.keeps = frozenset(shape.keeps)
        self._check_kept(file, shape.keeps)
        seen: set[str] = set()
        for number, step in enumerate(self.journey.steps):
            loc: Loc = ("steps", number, step.name)
            if step.name in seen:
                file.problem(loc, f"a step '{step.name}' stands here already", key=True)
            seen.add(step.name)
            self._check_event(file, loc, step, self.journey.about)
            self._check_reachable(file, loc, step, self.journey)
            self._check_step(file, loc, step)
        self._check_goods(file, ("starts",), self.journey.when)
        check_structure(file, shape, self.journey)
        check_campaign(file, self.journey, self.house, self.today)
        starts, _ = HEARS[self.journey.about]
        if self.journey.starts != starts:
            how = "at a day" if starts == STARTED else f"on {starts}"
            file.problem(("starts", "on"), f"what is about: {self.journey.about} starts {how}")
        if self.journey.holdout and self.journey.about is About.SHIPMENT:
            file.problem(("holdout",), "news of a parcel are no marketing: nobody is held out of them")
        categories = self.house.categories
        if self.journey.category and categories and self.journey.category not in categories:
            what = f"the catalogue has no category '{self.journey.category}'"
            file.problem(("starts", "category"), f"{what}{nearest(self.journey.category, categories)}")

    def _check_event(self, file: YamlFile, loc: Loc, step: Step, about: About) -> None:
        events = HEARS[about][1] | self._choices
        for heard in sorted(step.hears - events):
            what = f"this journey (about: {about}) never hears of '{heard}'{nearest(heard, events)}"
            file.problem((*loc, _key_of(step, heard)), what)
        if about is About.SHIPMENT and (not step.on or step.after):
            file.problem(loc, "a parcel's news is told at once: on", key=True)
        if step.computed and about is not About.LINE:
            file.problem((*loc, "computed"), f"'{step.computed}' is computed for a line alone")

    def _check_reachable(self, file: YamlFile, loc: Loc, step: Step, journey: Journey) -> None:
        """A step that waits for what never comes, or for what cannot be, is never said."""
        waits_for_rating = "rated" in step.hears or ABOUT_RATING & set(step.when)
        if waits_for_rating and not any(each.asks == "rating" for each in journey.steps):
            what = f"'{step.name}' is never reached: no step of this journey asks: rating"
            file.problem(loc, what, key=True)
        most, least = (step.when.get(name) for name in ("rating_at_most", "rating_at_least"))
        if most and least and int(most) < int(least):
            what = f"'{step.name}' is never reached: no rating is at most {most} and at least {least}"
            file.problem((*loc, "when"), what)
        asking = next((n for n, each in enumerate(journey.steps) if each.asks == "rating"), None)
        if step.asks == "rating" and asking is not None and journey.steps[asking] is not step:
            file.problem((*loc, "asks"), f"'{journey.steps[asking].name}' asks for a rating already")

    def _check_step(self, file: YamlFile, loc: Loc, step: Step) -> None:
        known = {name for _, texts in self._languages.values() for name in texts}
        for text in step.texts if self._languages else ():
            if text not in known:
                place = (*loc, "variants", text) if step.variants else (*loc, "text")
                what = f"no language has a text '{text}'{nearest(text, known)}"
                file.problem(place, what, key=bool(step.variants))
        self._check_goods(file, loc, step.when)
        if self.brand is None:
            return
        routes = {name for country in self.brand.countries.values() for name in country.routes}
        if step.route not in routes:
            file.problem(
                (*loc, "route"), f"no route '{step.route}' in brand.yaml{nearest(step.route, routes)}"
            )
        purposes = {*Purpose, *(name for c in self.brand.countries.values() for name in c.purposes)}
        if step.purpose not in purposes:
            what = f"no purpose '{step.purpose}', here or in brand.yaml"
            file.problem((*loc, "purpose"), f"{what}{nearest(step.purpose, purposes)}")

    def _check_kept(self, file: YamlFile, keeps: Iterable[str]) -> None:
        known = {name for _, texts in self._languages.values() for name in texts}
        for number, name in enumerate(keeps):
            if name not in known:
                file.problem(("keeps", number), f"no language has a text '{name}'{nearest(name, known)}")

    def _check_goods(self, file: YamlFile, loc: Loc, when: Mapping[Condition, str]) -> None:
        """Conditions name things of the catalogue."""
        categories = self.house.categories
        both = (*self.house.skus, *categories)
        for name, known in (("owns", both), ("owns_not", both), ("category", categories)):
            wanted = when.get(name)  # type: ignore[call-overload]
            if wanted and known and wanted not in known:
                what = "neither a sku nor a category" if known is both else "no category"
                near = difflib.get_close_matches(wanted, known, 1)
                hint = f"; did you mean '{near[0]}'?" if near else ""
                file.problem((*loc, "when", name), f"the catalogue has {what} '{wanted}'{hint}")

    def _read_texts(self) -> Languages:
        found = {path.stem for path in self.path.glob("*.yaml") if path.name != JOURNEY}
        wanted = set(self.brand.languages) if self.brand else set(filter(is_language, found))
        languages: Languages = {}
        for language in sorted(found | wanted):
            file, texts = read_shape(self.path / f"{language}.yaml", self.path.parent, TextsShape)
            self.files.append(file)
            if self.brand and language not in wanted:
                file.problem((), f"'{language}' is no language of brand.yaml{nearest(language, wanted)}")
            elif language in wanted and texts is not None:
                languages[language] = (file, texts.root)
        return languages

    def _check_texts(self) -> None:
        used = (
            {text for step in self.journey.steps for text in step.texts} | self.keeps
            if self.journey
            else None
        )
        everywhere = {name for _, texts in self._languages.values() for name in texts}
        for language, (file, texts) in self._languages.items():
            for name in sorted(everywhere - set(texts)):
                if used is None or name in used:
                    file.problem((), f"the text '{name}' is missing")
            for name, shape in texts.items():
                if used is not None and name not in used:
                    file.problem((name,), f"no step says '{name}'{nearest(name, used)}", key=True)
                else:
                    self._check_text(file, language, name, shape)

    def _check_text(self, file: YamlFile, language: str, name: str, shape: TextShape) -> None:
        steps = [step for step in self.journey.steps if name in step.texts] if self.journey else []
        offer = any(step.offer for step in steps)
        if offer and shape.with_offer is None:
            file.problem((name,), f"'{name}' carries an offer, so it needs with_offer", key=True)
        self._check_options(file, language, name, shape, steps)
        if shape.with_offer is not None and steps and not offer:
            file.problem((name, "with_offer"), f"no step that says '{name}' has offer: true", key=True)
        variants = {Variant.PLAIN: self._variant(file, language, (name,), shape, steps)}
        if shape.with_offer is not None:
            loc = (name, "with_offer")
            variants[Variant.OFFER] = self._variant(file, language, loc, shape.with_offer, steps)
        self.texts.setdefault(name, {})[language] = variants

    def _check_options(
        self, file: YamlFile, language: str, name: str, shape: TextShape, steps: list[Step]
    ) -> None:
        """The page shows a button for each answer, so each has a title in each language."""
        wanted = {option for step in steps for option in step.options}
        if name in self.keeps:  # whoever was asked may still answer
            wanted |= set(shape.options)
        for option in sorted(wanted - set(shape.options)):
            file.problem((name,), f"options: the title of the answer '{option}' is missing", key=True)
        for option in sorted(set(shape.options) - wanted):
            what = f"no step that says '{name}' has an answer '{option}'{nearest(option, wanted)}"
            file.problem((name, "options", option), what, key=True)
        titles = {f"{self.name}.{name}.{option}": title for option, title in shape.options.items()}
        self.page.setdefault(language, {}).update(titles)

    def _variant(
        self, file: YamlFile, language: str, loc: Loc, shape: VariantShape, steps: list[Step]
    ) -> dict[Channel, Wording]:
        wordings: dict[Channel, Wording] = {}
        options = next((step.options for step in steps if step.options), ())
        for setting in self.settings.of(self._occasion(loc, steps), language):
            channel, words = setting.channel, shape.words(setting.channel)
            if words is None:
                file.problem(loc, f"there are no words for {channel}, nor a text for every channel", key=True)
            elif wording := self._wording(TextCheck(file, (*loc, words.key), words, setting), options):
                wordings[channel] = wording
        return wordings

    def _occasion(self, loc: Loc, steps: list[Step]) -> Occasion:
        return Occasion(
            about=self.journey.about if self.journey else None,
            answers=self.name == ANSWERS,
            routes=frozenset(step.route for step in steps),
            purposes=frozenset(step.purpose for step in steps),
            kept=loc[0] in self.keeps,
            offer="with_offer" in loc,
        )

    def _wording(self, check: TextCheck, options: Iterable[str]) -> Wording | None:
        setting, tone = check.setting, self.house.tone
        avoid = tone.avoid.get(setting.ground.language, ())
        for written in (check.text, check.title) if check.words.title else (check.text,):
            written.tell(off_key(written.source, avoid, tone.emoji))
        wording = check.wording()
        if wording is None:
            return None
        if (
            options and setting.channel is not Channel.PUSH
        ):  # pressing it opens the page, where the answers are
            _check_choosable(check.file, check.loc, wording, options)
        if what := setting.over_budget[check.parts - 1]:
            check.file.problem(check.loc, what)
        if wording.approval:
            self.templates.append((check.file, check.loc, wording.approval))
        return wording


def _check_choosable(file: YamlFile, loc: Loc, wording: Wording, options: Iterable[str]) -> None:
    for number, option in unchoosable(wording, options):
        what = f"nobody can choose '{option}' here: it needs its number {number} in the text"
        file.problem(loc, f"{what}, or a button with reply: answer:{option}")


def unchoosable(wording: Wording, options: Iterable[str]) -> list[tuple[int, str]]:
    """The answers that have no button, and whose number does not stand in the text."""
    replies = {button.reply for button in wording.buttons}
    return [
        (number, option)
        for number, option in enumerate(options, 1)
        if f"answer:{option}" not in replies and not re.search(rf"(?<!\d){number}(?!\d)", wording.text)
    ]


def _key_of(step: Step, heard: str) -> str:
    """The key under which a step names an event."""
    if heard == STARTED and step.after and not step.after.wait:
        return "on"
    if step.on != heard:
        return "computed" if step.computed else "after"
    return "wait_until" if step.after else "on"


def read_page(path: Path, brand: Brand | None) -> tuple[Mapping[str, Mapping[str, str]], list[YamlFile]]:
    """The words of the customer's page: the same keys in each language."""
    languages = brand.languages if brand else [file.stem for file in sorted(path.glob("*.yaml"))]
    read = {name: read_shape(path / f"{name}.yaml", path.parent, dict[str, str]) for name in languages}
    keys = {key for _, words in read.values() for key in words or ()}
    for file, words in read.values():
        for key in sorted(keys - set(words)) if words is not None else ():
            file.problem((), f"'{key}' is missing")
    return {name: words or {} for name, (_, words) in read.items()}, [file for file, _ in read.values()]
