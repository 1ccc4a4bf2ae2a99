"""Whether a campaign can be said: its day, whom it is for, and steps that need nothing of an order's."""

import difflib
from collections.abc import Iterable
from datetime import date

from aftercart.domain.brand import Brand
from aftercart.domain.campaign import A_DAY, Segment
from aftercart.domain.consent import Purpose
from aftercart.domain.journey import About, Journey, Step
from aftercart.domain.zones import countries
from sandbox.journeys.house import House
from sandbox.journeys.marks import Loc, YamlFile, nearest

OF_AN_ORDER = ("first_purchase", "total_at_least")
OVER: Loc = ("starts", "over")


def check_campaign(file: YamlFile, journey: Journey, house: House, today: date) -> None:
    """Tells `file` what is wrong. `today`: a day in the past is a mistake."""
    if journey.about is not About.CUSTOMER or journey.launch is None:
        return
    _check_day(file, journey, today)
    _check_segment(file, journey.launch.over, house)
    for number, step in enumerate(journey.steps):
        loc: Loc = ("steps", number, step.name)
        _check_purpose(file, loc, step, house.brand)
        _check_step(file, loc, step)


def last_day(journey: Journey) -> date | None:
    """On which somebody may still begin it. None: it is kept, if at all, for those on their way."""
    return journey.launch.day + A_DAY if journey.launch and not journey.retired else None


def _check_day(file: YamlFile, journey: Journey, today: date) -> None:
    last = last_day(journey)
    if last and last < today:
        what = f"a wait in the past: today is {today}, and nobody begins it any more"
        file.problem(("starts", "at"), f"{what}; for those on their way say `retired: true`")


def _check_segment(file: YamlFile, segment: Segment, house: House) -> None:
    brand = house.brand
    if segment.country and segment.country not in countries():
        file.problem(
            (*OVER, "country"), f"no country '{segment.country}'{_close(segment.country, countries())}"
        )
    if brand and segment.language and segment.language not in brand.languages:
        what = f"'{segment.language}' is no language of brand.yaml"
        file.problem((*OVER, "language"), f"{what}{nearest(segment.language, brand.languages)}")
    known = (*house.skus, *house.categories)
    for name, wanted in (("owns", segment.owns), ("owns_not", segment.owns_not)):
        if wanted and known and wanted not in known:
            what = f"the catalogue has neither a sku nor a category '{wanted}'"
            file.problem((*OVER, name), what + _close(wanted, known))
    if _nobody(segment):
        file.problem(OVER, "nobody: no customer can be both", key=True)


def _nobody(segment: Segment) -> bool:
    recent, old = segment.ordered_since, segment.not_ordered_since
    ordered = recent is not None and old is not None and recent <= old
    return ordered or bool(segment.owns and segment.owns == segment.owns_not)


def _close(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, known, 1)
    return f"; did you mean '{near[0]}'?" if near else ""


def _check_purpose(file: YamlFile, loc: Loc, step: Step, brand: Brand | None) -> None:
    if step.purpose == Purpose.TRANSACTIONAL:
        what = "a campaign is marketing: nobody has ordered it"
        return file.problem((*loc, "purpose"), f"{what}; did you mean 'marketing'?")
    for code in brand.countries if brand else ():
        if brand and brand.purpose(step.purpose, code) is Purpose.TRANSACTIONAL:
            where = "elsewhere" if code == "*" else f"in {code}"
            what = f"a campaign is marketing, and '{step.purpose}' is transactional {where}"
            return file.problem((*loc, "purpose"), what)
    return None


def _check_step(file: YamlFile, loc: Loc, step: Step) -> None:
    if step.offer:
        file.problem((*loc, "offer"), "an offer fits what was ordered, and a campaign has no order")
    if step.asks:
        file.problem((*loc, "asks"), "a campaign asks nothing: no step of it hears the answer")
    for number, stop in enumerate(step.stops):
        if stop != "human_talking":
            file.problem((*loc, "stops", number), f"a campaign has no order: '{stop}' never happens")
    for name in OF_AN_ORDER:
        if name in step.when:
            file.problem((*loc, "when", name), "a campaign has no order to look at", key=True)
