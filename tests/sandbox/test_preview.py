"""The page shows what the renderer makes, in its true size and price, and is safe to open."""

import json
import re
import shutil
import subprocess
from decimal import Decimal
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import smsutil

from aftercart.domain.consent import Channel
from sandbox import cli
from sandbox.commands.preview import Preview, previewed
from sandbox.journeys.compile import JOURNEYS
from sandbox.preview.compare import changed_words
from sandbox.preview.customers import SAMPLES
from sandbox.preview.text_html import Mark, marked, marks

Json = Any
Output = pytest.CaptureFixture[str]
CONFIRM = ("order_confirmation", "confirm", "plain")
EN, UK = "order_confirmation/en.yaml", "order_confirmation/uk.yaml"
SMS_EN = "Thank you! Order {{ order.number }} is in. We will text you when it ships: {{ link }}"


@cache
def shipped() -> Preview:
    return made(JOURNEYS)


@pytest.fixture
def journeys(tmp_path: Path) -> Path:
    return Path(shutil.copytree(JOURNEYS, tmp_path / "journeys"))


def change(journeys: Path, file: str, old: str, new: str) -> None:
    path = journeys / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def made(journeys: Path, before: str | None = None) -> Preview:
    found = previewed(journeys, before)
    assert isinstance(found, Preview), found
    return found


def message(found: Json, key: tuple[str, str, str] = CONFIRM) -> Json:
    return next(m for m in found["messages"] if (m["journey"], m["text"], m["variant"]) == key)


def leg(found: Json, channel: str, language: str, key: tuple[str, str, str] = CONFIRM) -> Json:
    legs = message(found, key)["legs"]
    return next(each for each in legs if (each["channel"], each["language"]) == (channel, language))


def bubble(of: Json, customer: str = "short", country: str = "UA") -> Json:
    return next(
        each
        for each in of["shown"]
        if customer in each["customers"] and country in [c["country"] for c in each["countries"]]
    )


class Read(HTMLParser):
    """A page as a browser takes it: its elements with their attributes, and what each bubble says."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.bubbles: list[str] = []
        self._classes: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))
        kind = dict(attributes).get("class") or ""
        if tag not in ("meta", "input", "link", "img"):
            self._classes.append(kind)
        if tag == "p" and kind == "bubble":
            self.bubbles.append("")

    def handle_endtag(self, tag: str) -> None:
        self._classes.pop()

    def handle_data(self, data: str) -> None:
        if "bubble" in self._classes and "cut" not in self._classes:
            self.bubbles[-1] += data


# What is shown


def test_every_message_is_on_the_page_as_the_data_have_it() -> None:
    preview = shipped()
    shown = [b for m in preview.as_json()["messages"] for each in m["legs"] for b in each["shown"]]
    assert Read(preview.html()).bubbles == [each["text"] for each in shown]
    assert len(shown) > 300


def test_each_customer_in_each_country_sees_one_bubble_of_each_leg() -> None:
    for told in shipped().as_json()["messages"]:
        assert {each["language"] for each in told["legs"]} == {"uk", "ru", "en"}
        for each in told["legs"]:
            pairs = [
                (customer, there["country"])
                for shown in each["shown"]
                for customer in shown["customers"]
                for there in shown["countries"]
            ]
            assert len(pairs) == len(set(pairs))
            assert {customer for customer, _ in pairs} == {sample.key for sample in SAMPLES}


def test_what_is_not_known_is_left_out_and_said(journeys: Path) -> None:
    viber = leg(made(journeys).as_json(), "viber", "uk")
    assert "на ім’я О'Лена" in bubble(viber, "apostrophe")["text"]
    assert "на ім’я Максиміліана-Дзвенислава Єлизавета…" in bubble(viber, "long")["text"]
    assert "на ім’я" not in bubble(viber, "nameless")["text"]
    assert bubble(viber, "nameless")["left_out"] == ["customer.first_name"]
    assert bubble(viber, "scarce")["left_out"] == ["customer.first_name", "order.total"]


def test_the_offer_is_one_that_the_shop_would_make() -> None:
    found = shipped().as_json()
    offered = leg(found, "whatsapp", "uk", ("order_confirmation", "confirm", "offer"))
    assert "«Смартфон Zirvo A1» пасує «Чохол для Zirvo A1» — 399" in bubble(offered)["text"]
    assert bubble(offered)["category"] == "marketing"
    assert [b["title"] for b in bubble(offered)["buttons"]] == ["Додати до посилки", "Переглянути"]


def test_a_shop_that_sells_nothing_yet_sees_sample_goods(journeys: Path) -> None:
    (journeys / "catalogue.yaml").write_text("[]\n", "utf-8")
    offered = leg(made(journeys).as_json(), "viber", "en", ("order_confirmation", "confirm", "offer"))
    assert "Nova 12 phone: Silk case for Nova 12, UAH 399" in bubble(offered)["text"].replace("\xa0", " ")


def test_an_sms_is_broken_counted_and_priced_as_it_is_sent() -> None:
    found = shipped().as_json()
    for told in found["messages"]:
        for each in (sms for sms in told["legs"] if sms["channel"] == "sms"):
            for shown in each["shown"]:
                other = smsutil.split(shown["text"])
                assert shown["parts"] == [part.content for part in other.parts]
                assert shown["encoding"] == ("GSM-7" if other.encoding == "gsm0338" else "UCS-2")
    sms = bubble(leg(found, "sms", "uk"))
    in_ukraine = next(price for price in sms["prices"] if price["country"] == "UA")
    assert Decimal(in_ukraine["one"]) == Decimal("0.03") * len(sms["parts"])
    assert Decimal(in_ukraine["thousand"]) == 1000 * Decimal(in_ukraine["one"])
    assert in_ukraine["currency"] == "USD"


def test_an_answer_within_a_day_costs_what_the_window_costs() -> None:
    found = shipped().as_json()
    thanks = bubble(leg(found, "whatsapp", "uk", ("replies", "thanks", "plain")))
    assert {price["one"] for price in thanks["prices"]} == {"0"}
    assert "template" not in thanks
    sms = leg(found, "sms", "uk", ("replies", "thanks", "plain"))
    assert [c["country"] for shown in sms["shown"] for c in shown["countries"]] == ["US"]


def test_where_nobody_can_answer_the_words_are_others_and_it_is_said(journeys: Path) -> None:
    preview = made(journeys)
    sms = leg(preview.as_json(), "sms", "uk", ("phone_care", "survey", "plain"))
    assert "Надішліть оцінку" in bubble(sms, country="US")["text"]
    assert "Надішліть оцінку" not in bubble(sms, country="UA")["text"]
    assert "cannot be answered: KZ, UA, elsewhere" in preview.html()


def test_the_page_says_limit_encoding_segments_and_template() -> None:
    html = shipped().html()
    shown = bubble(leg(shipped().as_json(), "whatsapp", "uk"))
    assert f"<li>{len(shown['text'])} of 1,024 characters</li>" in html
    assert "<li>template order_confirmed_v1</li><li>utility</li>" in html
    assert "<li>GSM-7</li><li>1 segment</li>" in html
    assert re.search(r"<li>UCS-2 for «Д» and \d+ other characters</li><li>2 segments</li>", html)
    assert '<span class="cut">part 2 of 2</span>' in html


def test_steps_are_told_in_words(journeys: Path) -> None:
    tutorial = JOURNEYS.parent / "docs" / "tutorial"
    for name in ("coffee_care", "spring_cases"):
        shutil.copytree(tutorial / name, journeys / name)
    said = [line for m in made(journeys).as_json()["messages"] for line in m["said"]]
    starts = [line.split(";")[0] for line in said]
    assert {
        "confirm: on order_placed",
        "survey: 3 days after delivered at 11:00",
        "trade_in: computed by trade_in at 11:00",
        "opening: on started",
    } <= set(starts)
    (survey,) = (line for line in said if line.startswith("survey:"))
    assert survey.endswith(
        "; purpose survey, now; "
        "route care (elsewhere UA KZ US: whatsapp 4 hours, viber 4 hours, sms 4 hours; "
        "DE: push 4 hours, whatsapp 4 hours, email 4 hours); "
        "asks: rating; not once cancelled or returned; useful for 1 week"
    )


# What is wrong with it


def warnings(journeys: Path, channel: str, language: str, customer: str = "short") -> list[str]:
    found: list[str] = bubble(leg(made(journeys).as_json(), channel, language), customer)["warnings"]
    return found


def test_what_is_shipped_warns_of_nothing() -> None:
    found = shipped().as_json()
    assert [b for m in found["messages"] for each in m["legs"] for b in each["shown"] if b["warnings"]] == []


def test_a_name_that_makes_an_sms_dear_is_told(journeys: Path) -> None:
    change(journeys, EN, SMS_EN, 'Hi {{ customer.first_name | default: "you" }}, it is in: {{ link }}')
    assert warnings(journeys, "sms", "en", "short") == []
    assert warnings(journeys, "sms", "en", "apostrophe") == [
        "70 characters a part, and not 160, only for «О» and 4 other characters"
    ]
    assert "Hi <mark>О</mark>&#x27;<mark>Л</mark>" in made(journeys).html()


def test_a_single_dear_character_is_named(journeys: Path) -> None:
    change(journeys, EN, SMS_EN, "Order {{ order.number }} is in → {{ link }}")
    assert warnings(journeys, "sms", "en") == [
        "70 characters a part, and not 160, only for «→» (U+2192 RIGHTWARDS ARROW)"
    ]


def test_a_blank_where_something_is_not_known_is_told(journeys: Path) -> None:
    change(journeys, EN, SMS_EN, "Thanks {{ customer.first_name }}, it is in: {{ link }}")
    assert warnings(journeys, "sms", "en", "nameless") == [
        "something is blank in it: a word for when it is not known is missing"
    ]


def test_what_facts_make_too_long_is_told(journeys: Path) -> None:
    long = (
        "Order {{ order.number }}"
        + " and this" * 20
        + "{% if order.count > 9 %}"
        + " too" * 40
        + "{% endif %}"
    )
    change(journeys, EN, SMS_EN, long)
    assert warnings(journeys, "sms", "en", "long")[0] == "too long: 3 parts, of 2 at most"


def test_marketing_that_nobody_can_end_is_told(journeys: Path) -> None:
    file = journeys / "phone_care" / "en.yaml"
    text = file.read_text("utf-8")
    start = text.index("  sms: |", text.index("\ntips:")) + len("  sms: |\n")
    end = text.index("\n\n", start)
    file.write_text(f"{text[:start]}    Charge it to 80%, not to 100.{text[end:]}", "utf-8")
    tips = leg(made(journeys).as_json(), "sms", "en", ("phone_care", "tips", "plain"))
    assert bubble(tips)["warnings"] == [
        "nobody can end it in KZ, UA, elsewhere: marketing that cannot be answered, without a link"
    ]


def test_a_price_that_nobody_has_said_is_missing(journeys: Path) -> None:
    change(
        journeys, "prices.yaml", '  viber:\n    "*": {transactional: 0.03, marketing: 0.06}\n', "  viber:\n"
    )
    assert warnings(journeys, "viber", "en") == [
        "no price: prices.yaml has none for transactional on viber in KZ, US, elsewhere"
    ]


def test_without_prices_there_are_none_and_no_complaint(journeys: Path) -> None:
    (journeys / "prices.yaml").unlink()
    preview = made(journeys)
    assert bubble(leg(preview.as_json(), "sms", "uk"))["warnings"] == []
    assert "No prices.yaml: no prices." in preview.html()


# Safe to open

HOSTILE = '</p></style></script><script>alert(1)</script><img src=x onerror="alert(2)"> & \'"'


def test_hostile_words_stay_words(journeys: Path) -> None:
    kept = {name for name, _ in Read(made(journeys).html()).elements}
    change(journeys, EN, SMS_EN, f"{HOSTILE} {{{{ link }}}}")
    change(journeys, EN, "title: My order", "title: '<b onclick=x>'")
    change(journeys, "brand.yaml", "name: Kram", "name: '</title><u on=x>'")
    change(journeys, "catalogue.yaml", "en: Zirvo A1 phone", "en: '<svg onload=x>'")
    page = Read(made(journeys).html())
    assert {name for name, _ in page.elements} == kept
    assert [name for name, _ in page.elements].count("script") == 1
    assert not [found for _, found in page.elements if any(each.startswith("on") for each in found)]
    assert any(text.startswith(HOSTILE) for text in page.bubbles)


def test_nothing_is_loaded_and_only_its_own_script_may_run() -> None:
    html = shipped().html()
    for _, attributes in Read(html).elements:
        assert not {"src", "href", "action", "style", "srcset"} & set(attributes)
    assert "@import" not in html
    assert "url(" not in html
    policy = next(a["content"] for n, a in Read(html).elements if a.get("http-equiv")) or ""
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


def test_the_same_journeys_make_the_same_bytes(journeys: Path, tmp_path: Path, capsys: Output) -> None:
    pages = [tmp_path / "one.html", tmp_path / "two.html"]
    for page in pages:
        given = ["preview", "--journeys", str(journeys), "--before", str(JOURNEYS), "--out", str(page)]
        assert cli.main(given) == 0
    assert pages[0].read_bytes() == pages[1].read_bytes()
    assert "19 unchanged, 0 changed, 0 added, 0 removed" in capsys.readouterr().out


def test_formatting_links_and_changes_are_marked_together() -> None:
    text = "*Sale* at https://shop.example/_a_ <now>"
    found = [*marks(text, Channel.VIBER), Mark(0, 9, "ins")]
    assert marked(text, found) == (
        "<strong><ins>*Sale*</ins></strong><ins> at</ins> "
        '<span class="link">https://shop.example/_a_</span> &lt;now&gt;'
    )
    assert [each.kind for each in marks(text, Channel.SMS)] == ["span link"]


OFFERED = ("order_confirmation", "confirm", "offer")


def test_an_image_is_a_box_with_its_address_where_the_channel_shows_one(journeys: Path) -> None:
    found = shipped().as_json()
    images = {
        channel: bubble(leg(found, channel, "en", OFFERED), country=country).get("image")
        for channel, country in (("viber", "UA"), ("email", "DE"), ("push", "DE"), ("sms", "UA"))
    }
    assert images == dict.fromkeys(("viber", "email", "push"), "https://kram.example/i/case-a1.jpg") | {
        "sms": None
    }
    assert '<p class="image"><b>image</b> https://kram.example/i/case-a1.jpg</p>' in shipped().html()
    change(journeys, "catalogue.yaml", "  image: https://kram.example/i/case-a1.jpg\n", "")
    without = bubble(leg(made(journeys).as_json(), "viber", "en", OFFERED))
    assert ("image" in without, without["left_out"]) == (False, ["offer.image"])


def test_things_stand_side_by_side_in_an_email_and_as_lines_in_news_on_viber(journeys: Path) -> None:
    change(journeys, EN, "confirm:\n", "confirm:\n  cards: order.items\n")
    preview = made(journeys)
    found = preview.as_json()
    titles, images = ("Pysario J300 photo printer", "Black ink for Pysario J"), ("print-j300", "ink-j-black")
    email = bubble(leg(found, "email", "en"), "long", "DE")
    assert email["cards"] == [
        {"title": title, "image": f"https://kram.example/i/{image}.jpg"}
        for title, image in zip(titles, images, strict=True)
    ]
    viber = bubble(leg(found, "viber", "en"), "long")
    assert "cards" not in viber
    assert viber["text"].endswith("".join(f"\n- {title}" for title in titles))
    assert "cards" not in bubble(leg(found, "email", "en"), "short", "DE")  # one thing alone makes no row
    box = f'<li class="image"><b>{titles[0]}</b> https://kram.example/i/print-j300.jpg</li>'
    assert box in preview.html()


ANSWER = ("replies", "help", "plain")
ANSWERED = """help:
  image: https://kram.example/thanks.jpg
  cards: order.items
  whatsapp:
    text: Thank you! A person will read it.
    buttons: [{title: My order, url: "{{ link }}"}]
  viber: Thank you!
  text: """


def answered(journeys: Path, text: str) -> Json:
    """The bubbles where that is what is said in chats."""
    path = journeys / "replies/en.yaml"
    before, _, _ = path.read_text("utf-8").partition("help:\n")
    path.write_text(f"{before}{ANSWERED}{text}\n", "utf-8")
    return made(journeys).as_json()


def test_an_answer_has_cards_on_whatsapp_and_in_a_chat_whose_two_lines_hold_it(journeys: Path) -> None:
    found = answered(journeys, "Thank you! A person will read it.")
    titles = ["Pysario J300 photo printer", "Black ink for Pysario J"]
    for channel, text, image in (
        ("whatsapp", "Thank you! A person will read it.", None),
        ("messenger", "Thank you!\nA person will read it.", "https://kram.example/thanks.jpg"),
        ("instagram", "Thank you!\nA person will read it.", "https://kram.example/thanks.jpg"),
    ):
        answer = bubble(leg(found, channel, "en", ANSWER), "long")
        assert (answer["text"], answer.get("image")) == (text, image)
        assert [card["title"] for card in answer["cards"]] == titles
        assert answer["warnings"] == []


def test_a_chat_without_room_and_a_template_have_no_cards(journeys: Path) -> None:
    change(journeys, EN, "confirm:\n", "confirm:\n  cards: order.items\n")
    found = answered(journeys, f"{'Thank you, ' * 9}bye.")
    answer = bubble(leg(found, "messenger", "en", ANSWER), "long")
    assert answer["text"].endswith("bye.\n- Pysario J300 photo printer\n- Black ink for Pysario J")
    template = bubble(leg(found, "whatsapp", "en"), "long")
    assert template["template"] == "order_confirmed_v1"
    assert "Pysario" not in template["text"]
    assert not {"image", "cards"} & (answer.keys() | template.keys())


def test_a_chat_shows_answers_alone_and_where_somebody_carries_it(journeys: Path) -> None:
    chats, found = {"messenger", "instagram"}, shipped().as_json()
    assert chats <= {each["channel"] for each in message(found, ANSWER)["legs"]}
    assert not chats & {each["channel"] for each in message(found)["legs"]}
    change(journeys, "brand.yaml", ", messenger: meta, instagram: meta}", "}")
    assert not chats & {each["channel"] for each in message(made(journeys).as_json(), ANSWER)["legs"]}


def test_a_changed_image_is_marked(journeys: Path) -> None:
    for language in ("uk", "ru", "en"):
        path = f"order_confirmation/{language}.yaml"
        change(journeys, path, 'image: "{{ offer.image }}"', "image: https://kram.example/gift.jpg")
    preview = made(journeys, str(JOURNEYS))
    assert leg(preview.as_json(), "viber", "en", OFFERED)["state"] == "changed"
    html = preview.html()
    assert "<b><del>image</del></b> https://kram.example/i/case-a1.jpg" in html
    assert "<b><ins>image</ins></b> https://kram.example/gift.jpg" in html


# Two versions


def test_what_changed_stands_side_by_side_and_first(journeys: Path) -> None:
    change(journeys, EN, "is in. We will text you when it ships", "is here. We will write when it ships")
    preview = made(journeys, str(JOURNEYS))
    found = preview.as_json()
    assert found["changes"] == {"unchanged": 18, "changed": 1, "added": 0, "removed": 0}
    sms = leg(found, "sms", "en")
    assert sms["state"] == "changed"
    assert "is in." in sms["before"][0]["text"]
    assert "is here." in sms["shown"][0]["text"]
    assert leg(found, "sms", "uk")["before"] is None
    html = preview.html()
    assert "Order #1001 is <del>in</del>. We will <del>text you</del> when" in html
    assert "Order #1001 is <ins>here</ins>. We will <ins>write</ins> when" in html
    first, folded, rest = html.partition('<details class="fold"><summary>18 messages unchanged</summary>')
    assert folded
    assert 'data-text="confirm"' in first
    assert 'data-text="in_transit"' not in first
    assert 'data-text="in_transit"' in rest


def test_messages_that_came_and_went_are_said(journeys: Path) -> None:
    for file in ("journey", "uk", "ru", "en"):
        change(journeys, f"phone_care/{file}.yaml", "tips:", "hints:")
    found = made(journeys, str(JOURNEYS)).as_json()
    assert message(found, ("phone_care", "hints", "plain"))["state"] == "added"
    gone = message(found, ("phone_care", "tips", "plain"))
    assert gone["state"] == "removed"
    assert all(each["before"] and not each["shown"] for each in gone["legs"])


def test_a_step_that_comes_due_at_another_time_is_a_change(journeys: Path) -> None:
    change(journeys, "phone_care/journey.yaml", "wait: P3D", "wait: P5D")
    preview = made(journeys, str(JOURNEYS))
    assert message(preview.as_json(), ("phone_care", "survey", "plain"))["state"] == "changed"
    assert "survey: <del>3</del> days after delivered" in preview.html()
    assert "survey: <ins>5</ins> days after delivered" in preview.html()


def test_another_text_under_an_approved_name_is_warned_of(journeys: Path) -> None:
    change(journeys, EN, "We are packing it now and will tell you", "We pack it now and will tell you")
    preview = made(journeys, str(JOURNEYS))
    told = "'order_confirmed_v1' was approved as it was before: this needs a new name"
    assert leg(preview.as_json(), "whatsapp", "en")["warnings"] == [told]
    assert told.replace("'", "&#x27;") in preview.html()
    warned = len(leg(preview.as_json(), "whatsapp", "en")["shown"])
    assert warned > 1
    assert f"{warned} with a warning; against" in preview.html()
    change(journeys, EN, "order_confirmed_v1", "order_confirmed_v2")
    assert leg(made(journeys, str(JOURNEYS)).as_json(), "whatsapp", "en")["warnings"] == []


def test_a_button_is_approved_by_its_title_and_not_by_what_it_answers(journeys: Path) -> None:
    change(journeys, EN, 'reply: "offer:yes"', 'reply: "Yes, please"')
    answered = leg(made(journeys, str(JOURNEYS)).as_json(), "whatsapp", "en", OFFERED)
    assert (answered["state"], answered["warnings"]) == ("changed", [])
    change(journeys, EN, "title: Add to my parcel", "title: Put it in too")
    titled = leg(made(journeys, str(JOURNEYS)).as_json(), "whatsapp", "en", OFFERED)
    assert titled["warnings"] == [
        "'order_confirmed_offer_v1' was approved as it was before: this needs a new name"
    ]


def test_an_image_above_a_template_needs_a_new_name_too(journeys: Path) -> None:
    template = "    template: order_confirmed_v1\n"
    change(journeys, EN, template, f"{template}    image: https://kram.example/thanks.jpg\n")
    told = "'order_confirmed_v1' was approved as it was before: this needs a new name"
    assert leg(made(journeys, str(JOURNEYS)).as_json(), "whatsapp", "en")["warnings"] == [told]


def test_only_words_that_differ_are_marked() -> None:
    assert changed_words("a red big box", "a blue small box") == ([(2, 9)], [(2, 12)])
    assert changed_words("same", "same") == ([], [])
    assert changed_words("", "new") == ([], [(0, 3)])


# A revision of git


def git(folder: Path, *arguments: str) -> None:
    named = ("-c", "user.name=Oksana", "-c", "user.email=oksana@kram.example", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", str(folder), *named, *arguments], check=True, capture_output=True)


@pytest.mark.parametrize("inside", (".", "shop/journeys"))
def test_before_may_be_a_revision_of_git(tmp_path: Path, inside: str) -> None:
    repository = tmp_path / "repository"
    journeys = repository / inside
    shutil.copytree(JOURNEYS, journeys)
    git(repository, "init", "-q")
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "first")
    change(journeys, EN, "title: My order", "title: See my order")
    found = made(journeys, "HEAD").as_json()
    assert (found["before"], found["changes"]["changed"]) == ("HEAD", 1)
    whatsapp = leg(found, "whatsapp", "en")
    assert whatsapp["before"][0]["buttons"][0]["title"] == "My order"
    assert whatsapp["shown"][0]["buttons"][0]["title"] == "See my order"


def said(capsys: Output, code: int, *arguments: str) -> str:
    assert cli.main(["preview", *arguments]) == code
    output = capsys.readouterr()
    return output.out + output.err


def test_a_revision_that_is_none_is_the_users_mistake(
    journeys: Path, tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = ("--journeys", str(journeys), "--out", str(tmp_path / "p.html"), "--before")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert "there is no folder HEAD, and git cannot look" in said(capsys, 1, *given, "HEAD")
    git(journeys, "init", "-q")
    assert "git knows no revision nowhere" in said(capsys, 1, *given, "nowhere")
    git(tmp_path, "init", "-q")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "nothing yet")
    shutil.rmtree(journeys / ".git")
    assert "at HEAD there was no folder journeys" in said(capsys, 1, *given, "HEAD")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "a revision needs git" in said(capsys, 1, *given, "HEAD")
    assert not (tmp_path / "p.html").exists()


# The command


def test_it_writes_a_page_and_says_where(journeys: Path, tmp_path: Path, capsys: Output) -> None:
    out = tmp_path / "page.html"
    told = said(capsys, 0, "--journeys", str(journeys), "--out", str(out))
    assert re.fullmatch(rf"{out}: 19 messages in uk, ru, en: \d+ bubbles, 0 with a warning\.\n", told)
    assert out.read_text("utf-8").startswith("<!doctype html>")


def test_as_json_it_writes_no_page_unless_asked(
    journeys: Path, tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = json.loads(said(capsys, 0, "--journeys", str(journeys), "--json"))
    assert found == made(journeys).as_json()
    assert not (tmp_path / "preview.html").exists()


def test_mistakes_are_told_as_check_tells_them(journeys: Path, tmp_path: Path, capsys: Output) -> None:
    wrong = Path(shutil.copytree(journeys, tmp_path / "older" / "journeys"))
    change(wrong, "phone_care/journey.yaml", "wait: P3D", "waits: P3D")
    out = tmp_path / "p.html"
    told = said(capsys, 3, "--journeys", str(wrong), "--out", str(out))
    assert told.startswith("journeys/phone_care/journey.yaml:7:7: unknown key 'waits'; did you mean 'wait'?")
    assert told.endswith("1 mistake.\n")
    told = said(capsys, 3, "--journeys", str(journeys), "--before", str(wrong), "--out", str(out))
    assert told.startswith(f"The version before ({wrong}) cannot be shown:\njourneys/phone_care/")
    assert not out.exists()


def test_a_folder_that_is_not_there_is_the_users_mistake(
    journeys: Path, tmp_path: Path, capsys: Output
) -> None:
    assert "there is no folder nowhere" in said(capsys, 1, "--journeys", "nowhere")
    out = tmp_path / "nowhere" / "p.html"
    assert "p.html cannot be written: No such file" in said(
        capsys, 1, "--journeys", str(journeys), "--out", str(out)
    )
