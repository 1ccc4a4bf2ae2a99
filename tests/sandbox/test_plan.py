"""`aftercart plan`: each kind of change, whom it touches, and what is refused for those who wait for it."""

import json
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox import cli
from sandbox.commands import plan as commands_plan
from sandbox.commands.desk import Desk
from sandbox.commands.dev import Server
from sandbox.commands.terminal import Ink
from sandbox.journeys.compile import JOURNEYS
from sandbox.plan.deployed import Deployed
from sandbox.plan.orphans import orphans
from sandbox.plan.waiting import Thing, Waiting, Waits
from sandbox.sandbox import Sandbox
from tests.sandbox.on_their_way import AT, CARE, change, play, the, without

Json = Any
Output = pytest.CaptureFixture[str]
Plan = Callable[..., Json]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A running sandbox with real customers on their way; nothing here changes it."""
    desk = Desk(lambda: Sandbox(AT, memory=True))
    with Server(0, desk) as server, desk:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        desk.ask(play)
        yield server.url
        server.shutdown()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return Path(shutil.copytree(JOURNEYS, tmp_path / "journeys"))


@pytest.fixture
def plan(url: str, source: Path, capsys: Output) -> Plan:
    """Of the changed folder against the running sandbox: its exit code and what it found."""

    def planned(*more: str) -> Json:
        code = cli.main(["plan", "--journeys", str(source), "--to", url, "--json", *more])
        said = capsys.readouterr()
        assert code in (0, 3), said.err
        return {"code": code, **json.loads(said.out)}

    return planned


def test_nothing_changed_is_said_so(url: str, capsys: Output) -> None:
    assert cli.main(["plan", "--to", url]) == 0
    assert capsys.readouterr().out == "No changes.\n"


def test_a_step_on_its_way_keeps_its_wait_and_the_new_one_is_for_later(plan: Plan, source: Path) -> None:
    change(source, CARE, "wait: P30D", "wait: P20D")
    found = plan()
    assert found["code"] == 0
    (tips,) = found["changes"]
    assert (tips["sign"], tips["what"], tips["name"]) == ("~", "step", "phone_care.tips")
    assert tips["edits"] == [{"key": "wait", "before": "P30D", "after": "P20D"}]
    assert tips["waiting"] == 2
    assert tips["means"] == ["wait: 2 on their way keep P30D (pinned); the new holds for who begins later"]


def test_changed_words_are_told_by_language_and_channel_with_the_first_that_differ(
    plan: Plan, source: Path
) -> None:
    tips = (source / "phone_care/uk.yaml").read_text("utf-8").partition("\ntips:")[2]
    words = tips.partition("  sms: |\n    ")[2].partition("\n")[0]
    first, second, *_ = words.split()
    change(source, "phone_care/uk.yaml", words, words.replace(second, "зовсім", 1))
    found = plan()
    (change_of_tips,) = found["changes"]
    assert (change_of_tips["name"], change_of_tips["language"]) == ("phone_care.tips", "uk")
    ((key, before, after),) = [(e["key"], e["before"], e["after"]) for e in change_of_tips["edits"]]
    assert key == "sms"
    assert before.startswith(f"{first} {second} ")
    assert after.startswith(f"{first} зовсім ")
    assert after.endswith(" …")
    assert change_of_tips["means"] == ["2 waiting steps will be said in the new words"]


def test_a_template_needs_another_name_for_another_body_and_an_approval_for_another_name(
    plan: Plan, source: Path
) -> None:
    change(source, "phone_care/en.yaml", "charge it to 80%", "charge it to 85%")
    words, template = the(plan(), "text", "phone_care.tips")["edits"]
    assert (words["key"], template["key"]) == ("whatsapp", "whatsapp template")
    another = "phone_tip_v1 (marketing): another body than the approved one needs another name"
    assert template["after"] == another
    change(source, "phone_care/en.yaml", "phone_tip_v1", "phone_tip_v2")
    _, template = the(plan(), "text", "phone_care.tips")["edits"]
    assert template["after"] == "phone_tip_v2 (marketing): to be approved first"


def test_a_template_needs_another_name_for_other_buttons_and_none_for_what_they_answer(
    plan: Plan, source: Path
) -> None:
    change(source, "order_confirmation/en.yaml", 'reply: "offer:yes"', 'reply: "Yes, please"')
    (answered,) = the(plan(), "text", "order_confirmation.confirm")["edits"]
    assert answered["key"] == "whatsapp with_offer buttons"
    change(source, "order_confirmation/en.yaml", "title: Add to my parcel", "title: Put it in too")
    buttons, template = the(plan(), "text", "order_confirmation.confirm")["edits"]
    assert buttons["key"] == "whatsapp with_offer buttons"
    assert template["key"] == "whatsapp with_offer template"
    another = "other buttons than the approved ones need another name"
    assert template["after"] == f"order_confirmed_offer_v1 (marketing): {another}"


def test_a_title_is_told(plan: Plan, source: Path) -> None:
    change(source, "phone_care/en.yaml", "Is all well with your phone?", "Is everything well?")
    (edit,) = the(plan(), "text", "phone_care.survey")["edits"]
    assert edit == {
        "key": "push, email title",
        "before": "Is all well with your phone?",
        "after": "Is everything well?",
    }


def test_an_image_is_told_and_above_a_template_needs_another_name(plan: Plan, source: Path) -> None:
    change(
        source,
        "order_confirmation/en.yaml",
        'image: "{{ offer.image }}"',
        "image: https://kram.example/a.jpg",
    )
    (edit,) = the(plan(), "text", "order_confirmation.confirm")["edits"]
    assert edit["key"] == "viber, push, email with_offer image"
    assert (edit["before"], edit["after"]) == ("{{ offer.image }}", "https://kram.example/a.jpg")
    template = "    template: phone_tip_v1\n"
    change(source, "phone_care/en.yaml", template, f"{template}    image: https://kram.example/tip.jpg\n")
    _, told = the(plan(), "text", "phone_care.tips")["edits"]
    another = "it was approved with an image, or without: this needs another name"
    assert told["after"] == f"phone_tip_v1 (marketing): {another}"


def test_a_step_that_goes_is_kept_by_who_waits_and_its_text_must_not_go(
    plan: Plan, source: Path, capsys: Output, url: str
) -> None:
    without(source, CARE, "  - tips:", "  - trade_in:")
    for language in ("uk", "ru", "en"):
        text = (source / f"phone_care/{language}.yaml").read_text("utf-8")
        end = "\ntrade_in:" if text.index("\ntrade_in:") > text.index("\ntips:") else ""
        without(source, f"phone_care/{language}.yaml", "\ntips:", end)
    found = plan()
    assert found["code"] == 3
    assert the(found, "step", "phone_care.tips")["means"] == ["2 waiting steps will keep it (pinned)"]
    assert the(found, "text", "phone_care.tips")["sign"] == "-"
    (refused,) = found["refused"]
    assert (refused["journey"], refused["text"], refused["count"]) == ("phone_care", "tips", 2)
    assert refused["until"].startswith("2027-01-03")  # Daryna's: 27 November, 30 days, 7 days of use
    assert cli.main(["plan", "--journeys", str(source), "--to", url]) == 3
    said = capsys.readouterr().out
    assert "Refused: phone_care.tips has 2 on their way, and the text 'tips' would be gone." in said
    assert "`keeps: [tips]` in journey.yaml until Sun 3 Jan 2027" in said


def test_a_text_that_is_kept_lets_its_step_go(plan: Plan, source: Path) -> None:
    without(source, CARE, "  - tips:", "  - trade_in:")
    change(source, CARE, "steps:", "keeps: [tips]\nsteps:")
    found = plan()
    assert (found["code"], found["refused"], found["spent"]) == (0, [], [])
    assert the(found, "step", "phone_care.tips")["sign"] == "-"


def test_a_kept_text_that_nobody_waits_for_need_not_be_kept(source: Path) -> None:
    without(source, CARE, "  - tips:", "  - trade_in:")
    change(source, CARE, "steps:", "keeps: [tips]\nsteps:")
    made = commands_plan.local(source)
    found = commands_plan.compared(made, Deployed("kram", made, Waits()))
    said = "No changes.\nNobody waits for phone_care.tips any more: it need not be kept."
    assert commands_plan.written(found, Ink(False)) == said


def test_a_journey_that_goes_is_refused_and_one_that_is_retired_is_not(plan: Plan, source: Path) -> None:
    change(source, CARE, "steps:", "retired: true\nsteps:")
    found = plan()
    assert (found["code"], found["refused"]) == (0, [])
    gone = the(found, "journey", "phone_care")
    assert gone["edits"] == [{"key": "retired", "before": "false", "after": "true"}]
    assert "keep what they began with (pinned)" in gone["means"][0]
    shutil.rmtree(source / "phone_care")
    found = plan()
    assert found["code"] == 3
    assert {each["gone"] for each in found["refused"]} == {"the journey"}
    assert sum(each["count"] for each in found["refused"]) == gone["waiting"]
    assert "retired: true" in found["refused"][0]["way_out"]


def test_what_only_a_rating_can_bring_is_told_apart_and_ends_with_the_page_that_asks(
    plan: Plan, source: Path
) -> None:
    shutil.rmtree(source / "phone_care")
    helps = next(each for each in plan()["refused"] if each["text"] == "help_with_return")
    assert (helps["count"], helps["maybe"]) == (2, 2)
    assert helps["until"].startswith("2028-01")  # 400 days of the page, after the later survey


def test_a_route_that_goes_is_refused_where_somebody_waits_for_it(plan: Plan, source: Path) -> None:
    change(source, "brand.yaml", "  marketing: {whatsapp", "  offers: {whatsapp")
    path = source / CARE
    path.write_text(path.read_text("utf-8").replace("route: marketing", "route: offers"), "utf-8")
    found = plan()
    assert found["code"] == 3
    assert {each["text"] for each in found["refused"]} == {"tips", "trade_in"}
    assert all(each["gone"].startswith("the route 'marketing'") for each in found["refused"])
    assert found["refused"][0]["way_out"] == "keep 'marketing' in brand.yaml"
    assert the(found, "brand", "routes.marketing")["sign"] == "-"
    tips = the(found, "step", "phone_care.tips")
    assert tips["edits"] == [{"key": "route", "before": "marketing", "after": "offers"}]


def test_a_changed_route_is_the_new_way_for_who_waits_in_the_countries_where_it_changed(
    plan: Plan, source: Path
) -> None:
    old = "marketing: {whatsapp: PT4H, viber: PT4H, sms: PT4H}"
    change(source, "brand.yaml", old, "marketing: {whatsapp: PT2H, viber: PT4H, sms: PT4H}")
    route = the(plan(), "brand", "routes.marketing")
    assert set(route["countries"]) == {"*", "UA", "KZ", "US"}
    assert route["edits"][0]["after"] == "whatsapp PT2H, viber PT4H, sms PT4H"
    assert route["means"] == ["4 waiting steps will go the new way"]
    change(source, "brand.yaml", "US: {one_way: []}", "US: {one_way: [], routes: {care: {sms: PT1H}}}")
    care = the(plan(), "brand", "routes.care")
    assert (care["countries"], care["waiting"]) == (["US"], 0)


def test_words_that_a_channel_of_the_pinned_route_loses_are_refused_and_can_be_kept(
    plan: Plan, source: Path
) -> None:
    change(source, "brand.yaml", "routes:\n", "routes:\n  short: {sms: PT4H}\n")
    change(source, CARE, "route: marketing", "route: short")
    found = plan()
    (refused,) = found["refused"]
    assert (found["code"], refused["count"]) == (3, 2)
    assert refused["gone"] == "the words of 'tips' for whatsapp, viber"
    lost = the(found, "text", "phone_care.tips", language="uk")
    assert (lost["waiting"], lost["means"]) == (
        2,
        ["2 waiting steps will lose their words on whatsapp, viber"],
    )
    change(source, CARE, "steps:", "keeps: [tips]\nsteps:")
    assert plan()["refused"] == []


@pytest.mark.parametrize(
    ("old", "new", "name", "means"),
    (
        (
            "survey: transactional",
            "survey: marketing",
            "purposes.survey",
            "1 waiting step will become marketing",
        ),
        (
            '"09:05-20:00"',
            '"10:00-20:00"',
            "marketing_hours",
            "4 waiting steps will be said in the new hours",
        ),
        ("marketing: 2}", "marketing: 1}", "marketing_a_day", "4 waiting steps will fall under the new cap"),
        (
            "kram.example/trade-in",
            "kram.example/t",
            "links.trade_in",
            "2 waiting steps will lead to the new address",
        ),
    ),
)
def test_what_the_brand_changes_is_told_with_whom_it_touches(
    plan: Plan, source: Path, old: str, new: str, name: str, means: str
) -> None:
    change(source, "brand.yaml", old, new)
    found = plan()
    assert found["code"] == 0
    assert the(found, "brand", name)["means"] == [means]


def test_words_of_the_brand_touch_who_is_written_to_in_their_language(plan: Plan, source: Path) -> None:
    change(source, "brand.yaml", "uk: щодня 9-18, ru: ежедневно 9-18", "uk: щодня 9-20, ru: ежедневно 9-20")
    change(source, "brand.yaml", "en: every day 9-18", "en: every day 9-20")
    found = plan()
    by_language = {
        code: the(found, "brand", f"support.hours.{code}")["waiting"] for code in ("uk", "ru", "en")
    }
    assert by_language == {"uk": 9, "ru": 0, "en": 0}
    change(source, "brand.yaml", "+380 44 000 00 00", "+380 44 000 00 01")
    assert the(plan(), "brand", "support.phone")["waiting"] == 9


def test_a_country_a_step_and_an_item_come_and_go(plan: Plan, source: Path) -> None:
    change(source, "brand.yaml", "  KZ: {language: ru}\n", "  PL: {language: en}\n")
    without(source, CARE, "  - trade_in:", "")
    change(
        source,
        CARE,
        "  - tips:\n",
        "  - trade_in: {computed: trade_in, purpose: marketing, route: marketing}\n"
        "  - more_tips: {after: delivered, wait: P60D, text: tips, purpose: marketing, route: marketing}\n"
        "  - tips:\n",
    )
    change(source, "catalogue.yaml", "sku: CASE-A1", "sku: CASE-A9")
    found = plan()
    assert the(found, "country", "KZ")["sign"] == "-"
    assert the(found, "country", "PL")["sign"] == "+"
    assert the(found, "step", "phone_care.more_tips")["means"] == ["for who begins later"]
    assert (the(found, "item", "CASE-A1")["sign"], the(found, "item", "CASE-A9")["sign"]) == ("-", "+")
    keys = {edit["key"] for edit in the(found, "step", "phone_care.trade_in")["edits"]}
    assert {"at", "useful_for", "stops"} <= keys


def test_an_item_that_somebody_waits_about_is_told(plan: Plan, source: Path) -> None:
    path = source / "catalogue.yaml"
    path.write_text(re.sub(r"ZIRVO-A1(?!-)", "ZIRVO-A7", path.read_text("utf-8")), "utf-8")
    item = the(plan(), "item", "ZIRVO-A1")
    assert item["sign"] == "-"
    assert "the shop's own title" in item["means"][0]


def test_a_way_that_waits_for_its_parcel_must_still_be_told_of_it(source: Path) -> None:
    confirm = "order_confirmation/journey.yaml"
    change(source, confirm, "archetype: ", "# archetype: ")
    steps = "steps:\n  - all_there: {on: delivered, text: confirm, purpose: transactional}\n"
    with_parcel = (source / confirm).read_text("utf-8").replace("steps:\n", steps)
    without_parcel = (source / confirm).read_text("utf-8")
    (source / confirm).write_text(with_parcel, "utf-8")
    old = commands_plan.local(source)
    (source / confirm).write_text(without_parcel, "utf-8")
    new = commands_plan.local(source)
    thing = Thing(
        kind="step",
        journey="order_confirmation",
        step="all_there",
        text="confirm",
        route="news",
        purpose="transactional",
        country="UA",
        language="uk",
        event="delivered",
    )
    (refused,) = orphans(old, new, Waits(groups=(Waiting(thing, 3, None),)))
    assert (refused.gone, refused.count, refused.maybe) == ("what tells it of 'delivered'", 3, 3)
    assert refused.way_out.startswith("retire order_confirmation")
    assert orphans(old, old, Waits(groups=(Waiting(thing, 3, None),))) == []
