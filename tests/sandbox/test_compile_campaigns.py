"""A campaign in `journeys/`: what it becomes, and each mistake with its place and the nearest right word."""

import shutil
from datetime import date, time, timedelta
from pathlib import Path

import pytest

from aftercart.domain.campaign import Launch, Segment
from aftercart.domain.journey import About, After
from aftercart.texts.compiled import load_journeys
from sandbox.journeys.compile import JOURNEYS, JourneysWrong, compile_journeys
from sandbox.plan.keys import of_journey

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorial" / "spring_cases"
TODAY = date(2026, 11, 23)
SPRING = "spring_cases/journey.yaml"
OVER = "over: {country: UA, owns: phone, owns_not: phone_case, ordered_since: P365D}"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    copied = Path(shutil.copytree(JOURNEYS, tmp_path / "journeys"))
    shutil.copytree(TUTORIAL, copied / "spring_cases")
    return copied


def change(source: Path, file: str, old: str, new: str) -> None:
    path = source / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def mistakes(source: Path, today: date = TODAY) -> list[str]:
    """Each: what it says, and what its caret points at."""
    with pytest.raises(JourneysWrong) as wrong:
        compile_journeys(source, today)
    return [f"{each.what} @ {each.source[each.column - 1 :][:8]}" for each in wrong.value.problems]


def test_it_is_a_journey_that_begins_at_a_day_over_a_segment(source: Path, tmp_path: Path) -> None:
    compile_journeys(source, TODAY).write(tmp_path / "out")
    journey = load_journeys(tmp_path / "out")["spring_cases"]
    assert (journey.about, journey.starts, journey.holdout) == (About.CUSTOMER, "started", 0.1)
    assert journey.launch == Launch(
        day=date(2027, 3, 1),
        hour=time(11),
        over=Segment(country="UA", owns="phone", owns_not="phone_case", ordered_since=timedelta(days=365)),
    )
    assert [step.after for step in journey.steps] == [
        After(event="started", wait=timedelta(0)),
        After(event="started", wait=timedelta(days=3), at=time(12)),
    ]


def test_a_day_alone_and_everyone(source: Path) -> None:
    change(source, SPRING, OVER, "over: {}")
    change(source, SPRING, '"2027-03-01 11:00"', "2027-03-01")
    launch = compile_journeys(source, TODAY).journeys["spring_cases"].launch
    assert launch == Launch(day=date(2027, 3, 1), hour=None, over=Segment())


GOLDEN = (
    (
        '"2027-03-01 11:00"',
        '"1 March 2027"',
        "expected a day, or a day and a time of day: \"2027-03-01 11:00\", not '1 March 2027' @ \"1 March",
    ),
    (
        '"2027-03-01 11:00"',
        '"2027-02-30"',
        "expected a day that is on the calendar, not '2027-02-30' @ \"2027-02",
    ),
    (
        '  at: "2027-03-01 11:00"\n',
        '  at: "2027-03-01 11:00"\n  on: delivered\n',
        "say once what begins it: on an event, or at a day @ at: \"202",
    ),
    ('  at: "2027-03-01 11:00"\n', "", "say once what begins it: on an event, or at a day @ over: {c"),
    ("  over: {", "  ofer: {", "unknown key 'ofer'; did you mean 'over'? @ ofer: {c"),
    (
        f"  {OVER}\n",
        "",
        "at and over go together: over {} is everyone @ at: \"202",
    ),
    (
        "  over: {",
        "  among: care\n  over: {",
        "among goes with on: a campaign has over @ at: \"202",
    ),
    ("country: UA", "contry: UA", "unknown key 'contry'; did you mean 'country'? @ contry: "),
    ("country: UA", "country: UKR", "expected a country code such as UA"),
    ("country: UA", "country: UK", "no country 'UK'"),
    (
        "country: UA",
        "language: ua",
        "'ua' is no language of brand.yaml; there is en, ru, uk @ ua, owns",
    ),
    (
        "owns: phone,",
        "owns: fone,",
        "the catalogue has neither a sku nor a category 'fone'; did you mean 'phone'? @ fone, ow",
    ),
    (
        "owns_not: phone_case, ord",
        "owns_not: phone_cases, ord",
        "the catalogue has neither a sku nor a category 'phone_cases'; did you mean 'phone_case'? @ phone_ca",
    ),
    (
        "ordered_since: P365D",
        "ordered_since: a year",
        "expected a duration in weeks, days, hours, minutes: P2W, P3D, PT15M, P1DT2H, not 'a year' @ a year}",
    ),
    (
        "ordered_since: P365D",
        "ordered_since: P30D, not_ordered_since: P90D",
        "nobody: no customer can be both @ over: {c",
    ),
    ("owns_not: phone_case, ord", "owns_not: phone, ord", "nobody: no customer can be both @ over: {c"),
    (
        "{on: started, purpose: marketing",
        "{on: started, purpose: transactional",
        "a campaign is marketing: nobody has ordered it; did you mean 'marketing'? @ transact",
    ),
    (
        "{on: started, purpose: marketing",
        "{on: started, purpose: survey",
        "a campaign is marketing, and 'survey' is transactional in UA @ survey, ",
    ),
    ("{on: started,", "{on: stared,", "'stared' is not known here; did you mean 'started'? @ stared, "),
    (
        "{on: started,",
        "{on: delivered,",
        "this journey (about: customer) never hears of 'delivered'; there is started @ delivere",
    ),
    ("{on: started,", "{on: started, asks: rating,", "a campaign asks nothing"),
    ("{on: started,", "{on: started, offer: true,", "an offer fits what was ordered"),
    (
        "{on: started,",
        "{on: started, stops: [human_talking, returned],",
        "a campaign has no order: 'returned' never happens @ returned",
    ),
    (
        "{on: started,",
        "{on: started, when: {total_at_least: 100 UAH},",
        "a campaign has no order to look at @ total_at",
    ),
    (
        "about: customer",
        "about: order",
        "what is about: order starts on order_placed @ starts:",
    ),
    (
        f'at: "2027-03-01 11:00"\n  {OVER}',
        "on: delivered",
        "what is about: customer starts at a day @ delivere",
    ),
)  # fmt: skip


@pytest.mark.parametrize(("old", "new", "said"), GOLDEN)
def test_a_mistake_is_told_with_its_place(source: Path, old: str, new: str, said: str) -> None:
    change(source, SPRING, old, new)
    found = mistakes(source)
    assert any(each.startswith(said) for each in found), found


def test_started_is_a_campaigns_alone(source: Path) -> None:
    change(source, "phone_care/journey.yaml", "on: rated", "on: started")
    assert any(
        each.startswith("this journey (about: line) never hears of 'started'") and each.endswith("@ started")
        for each in mistakes(source)
    )


def test_its_texts_name_no_order_and_no_parcel(source: Path) -> None:
    for what, why in (
        ("order.number", "where an order is spoken of, and a campaign has none"),
        ("shipment.url", "in a journey about a shipment"),
        ("product.title", "in a journey about a line"),
    ):
        file = source / "spring_cases" / "en.yaml"
        before = file.read_text(encoding="utf-8")
        file.write_text(before.replace("{{ brand.name }}", f"{{{{ {what} }}}}", 1), encoding="utf-8")
        assert any(each.startswith(f"'{what}' is not known here: only {why}") for each in mistakes(source))
        file.write_text(before, encoding="utf-8")


@pytest.mark.parametrize(("today", "past"), ((date(2027, 3, 2), False), (date(2027, 3, 3), True)))
def test_a_day_in_the_past_is_a_mistake_unless_it_is_kept_for_those_on_their_way(
    source: Path, today: date, past: bool
) -> None:
    if past:
        said = f"a wait in the past: today is {today}, and nobody begins it any more"
        told = f'{said}; for those on their way say `retired: true` @ "2027-03'
        assert mistakes(source, today) == [told]
        change(source, SPRING, "steps:", "retired: true\nsteps:")
    assert compile_journeys(source, today).journeys["spring_cases"].retired is past


def test_a_plan_tells_when_it_begins_and_whom_it_is_for_in_the_words_of_the_file(source: Path) -> None:
    keys = of_journey(compile_journeys(source, TODAY).journeys["spring_cases"])
    assert keys["at"] == "2027-03-01 11:00"
    assert (keys["over.owns_not"], keys["over.ordered_since"]) == ("phone_case", "P365D")
    assert "Launch" not in str(keys)
