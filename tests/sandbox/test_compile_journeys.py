"""Each mistake a writer may make is told with its place, and with the nearest right word."""

import shutil
from datetime import time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from aftercart.domain.consent import Channel, Purpose
from aftercart.domain.journey import About, After
from aftercart.domain.message import Urgency, Variant
from aftercart.domain.order import Stage
from aftercart.texts.compiled import load_brand, load_catalogue, load_journeys, load_texts
from sandbox.journeys.compile import JOURNEYS, JourneysWrong, compile_journeys, main


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return Path(shutil.copytree(JOURNEYS, tmp_path / "journeys"))


def change(source: Path, file: str, old: str, new: str) -> None:
    path = source / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def mistakes(source: Path) -> list[str]:
    """Each mistake: its file, what it says, and what its caret points at."""
    with pytest.raises(JourneysWrong) as wrong:
        compile_journeys(source)
    return [
        f"{each.file}: {each.what} @ {each.source[each.column - 1 :][:8]}" for each in wrong.value.problems
    ]


# Nine times nine of them, eight deep.
ALIASES = b"a0: &a0 [x]\n" + b"".join(
    b"a%d: &a%d [%s]\n" % (n, n, b", ".join([b"*a%d" % (n - 1)] * 9)) for n in range(1, 9)
)
CARE, CONFIRM = "phone_care/journey.yaml", "order_confirmation/journey.yaml"
CARE_UK, CONFIRM_UK = "phone_care/uk.yaml", "order_confirmation/uk.yaml"
DURATION = "expected a duration in weeks, days, hours, minutes: P2W, P3D, PT15M, P1DT2H"

GOLDEN = (
    # how it sounds
    (
        "replies/en.yaml",
        "Thank you! This",
        "Thank you, guys! This",
        "'guys' is no word of this brand (brand.yaml, tone) @ guys! Th",
    ),
    ("replies/uk.yaml", "Дякуємо!", "Дякуємо 🙂!", "this brand uses no emoji (brand.yaml, tone) @ 🙂! Це бо"),
    # what it costs
    ("prices.yaml", "currency: USD", "currency: $", "expected a currency such as UAH, not '$' @ $"),
    ("prices.yaml", "viber:", "vibr:", "'vibr' is not known here; did you mean 'viber'? @ vibr:"),
    # journey.yaml
    (CARE, "wait: P3D", "waits: P3D", "unknown key 'waits'; did you mean 'wait'? @ waits: P"),
    (CARE, "wait: P3D", "wait: 3 days", f"{DURATION}, not '3 days' @ 3 days"),
    (CARE, "wait: P3D", "wait: P1M", f"{DURATION}, not 'P1M' @ P1M"),
    (CARE, "wait: P3D", "wait: PT0S", "expected greater than 0 seconds @ PT0S"),
    (
        CARE,
        "wait: P3D",
        "wait: P36526D",
        "expected at most a hundred years, P36525D, not 'P36526D' @ P36526D",
    ),
    (CARE, "wait: P3D", f"wait: P{'9' * 10}W", "expected at most a hundred years, P36525D @ P9999999"),
    (
        "brand.yaml",
        "spread: PT50M",
        "spread: P9999999D",
        "expected at most a hundred years, P36525D, not 'P9999999D' @ P9999999",
    ),
    # countries that are none
    ("brand.yaml", "  KZ:", "  UK:", "there is no country 'UK'; did you mean 'GB'? @ UK: {lan"),
    ("prices.yaml", "    US: {trans", "    ZZ: {trans", "there is no country 'ZZ' @ ZZ: {tra"),
    # numbers that nothing can be reckoned with
    (
        "catalogue.yaml",
        'amount: "8999.00"',
        "amount: 1e999999999",
        "expected less than 1,000,000,000,000, with nine decimals at most, not '1e999999999' @ 1e999999",
    ),
    (
        "catalogue.yaml",
        'amount: "8999.00"',
        "amount: 1e-99999",
        "expected less than 1,000,000,000,000, with nine decimals at most, not '1e-99999' @ 1e-99999",
    ),
    ("catalogue.yaml", 'amount: "8999.00"', "amount: NaN", "expected a number such as 399.00 @ NaN, cur"),
    (
        "prices.yaml",
        "transactional: 0.02",
        "transactional: 1e99",
        "expected less than 1,000,000,000,000, with nine decimals at most, not '1e99' @ 1e99, ma",
    ),
    (
        "brand.yaml",
        "transactional: 0.20 USD",
        "transactional: 10000000000000.20 USD",
        "expected an amount with its currency: 5000 UAH, not '10000000000000.20 USD' @ 10000000",
    ),
    (
        "brand.yaml",
        "most_of_price: 0.5",
        "most_of_price: 1e-99",
        "expected less than 1,000,000,000,000, with nine decimals at most, not '1e-99' @ 1e-99}  ",
    ),
    (
        "brand.yaml",
        "a_day:",
        "rates: {sms/aws: 1e-9}\na_day:",
        "expected greater than or equal to 0.0001, not '1e-9' @ 1e-9}",
    ),
    (
        "replacement_cycles.yaml",
        "US: 1417",
        "US: 1e10",
        "expected less than or equal to 36525, not '1e10' @ 1e10",
    ),
    (
        CARE,
        'at: "12:00"',
        "at: 25:00",
        "expected a time of day such as \"11:00\", not '25:00' @ 25:00",
    ),
    (CARE, "after: rated", "after: rate", "'rate' is not known here; did you mean 'rated'? @ rate"),
    (
        CARE,
        "purpose: review",
        "purpose: reviews",
        "no purpose 'reviews', here or in brand.yaml; did you mean 'review'? @ reviews",
    ),
    (
        CARE,
        "route: marketing",
        "route: marketting",
        "no route 'marketting' in brand.yaml; did you mean 'marketing'? @ marketti",
    ),
    (
        CARE,
        "returned, bought_again]",
        "returned, bougth_again]",
        "'bougth_again' is not known here; did you mean 'bought_again'? @ bougth_a",
    ),
    (
        CARE,
        "rating_at_most: 2",
        "rating_below: 2",
        "unknown key 'rating_below'; did you mean 'rating_at_most'? @ rating_b",
    ),
    (CARE, "rating_at_most: 2", "rating_at_most: 7", "expected less than or equal to 5, not '7' @ 7}"),
    (
        CARE,
        "category: phone",
        "category: fone",
        "the catalogue has no category 'fone'; did you mean 'phone'? @ fone}",
    ),
    (CARE, "      wait: P30D\n", "", "after and wait go together @ after: d"),
    (
        CARE,
        "computed: trade_in",
        "on: rated\n      computed: trade_in",
        "say once when it is due: one of on, after, computed, wait_until @ on: rate",
    ),
    (CARE, "- tips:", "- survey:", "a step 'survey' stands here already @ survey:"),
    (CARE, "about: line ", "about: lines ", "'lines' is not known here; did you mean 'line'? @ lines   "),
    (CARE, "steps:", "steps: [", "not YAML: did not find expected node content @ - survey"),
    (CARE, "asks: rating", "asks: rating\n      asks: rating", "'asks' stands here twice @ asks: ra"),
    (
        CARE,
        "      asks: rating\n",
        "",
        "'help_with_return' is never reached: no step of this journey asks: rating @ help_wit",
    ),
    (
        CARE,
        "{rating_at_most: 2}",
        "{rating_at_most: 2, rating_at_least: 3}",
        "'help_with_return' is never reached: no rating is at most 2 and at least 3 @ {rating_",
    ),
    (
        CARE,
        "{rating_at_most: 2}",
        "{owns: phone_cases}",
        "the catalogue has neither a sku nor a category 'phone_cases'; did you mean 'phone_case'? @ phone_ca",
    ),
    (
        CARE,
        "{rating_at_most: 2}",
        "{total_at_least: 5000}",
        "expected an amount with its currency: 5000 UAH, not '5000' @ 5000}",
    ),
    (CARE, "steps:", "holdout: 0.6\nsteps:", "expected less than or equal to 0.5, not '0.6' @ 0.6"),
    (CARE, "steps:", "priority: 0\nsteps:", "expected greater than or equal to 1, not '0' @ 0"),
    (
        "delivery/journey.yaml",
        "steps:",
        "holdout: 0.1\nsteps:",
        "news of a parcel are no marketing: nobody is held out of them @ 0.1",
    ),
    (CARE, "{rating_at_most: 2}", "{answered: maybe}", "expected true or false @ maybe}"),
    (
        CARE,
        "wait: P30D\n",
        "wait: P30D\n      asks: rating\n",
        "'survey' asks for a rating already @ rating",
    ),
    (CONFIRM, "offer: true", "offer: yess", "expected true or false @ yess    "),
    (
        CONFIRM,
        "on: order_placed\n      purpose",
        "on: delayed\n      purpose",
        "this journey (about: order) never hears of 'delayed'; did you mean 'order_placed'? @ delayed",
    ),
    # days that are none, or out of reach
    (
        "order_confirmation/journey.yaml",
        "starts: {on: order_placed}",
        "starts: {at: 9999-12-31, over: {}}",
        "expected a day before the year 2200, not '9999-12-31' @ 9999-12-",
    ),
    # branches, waiting, variants, what a journey is like, which of several begins
    (
        CARE,
        "asks: rating",
        "asks: rating\n      answers: {1-2: help}",
        "no step 'help'; there is help_with_return, review_request, tips, trade_in @ help}",
    ),
    (
        CARE,
        "asks: rating",
        "asks: rating\n      answers: {1-2: tips}",
        "'tips' says by itself when it is due: where an answer leads has at most a wait @ tips}",
    ),
    (
        CARE,
        "asks: rating",
        "asks: rating\n      answers: {0-2: tips}",
        "expected a rating, a range of them (1-2), or the name of an answer, not '0-2' @ 0-2: tip",
    ),
    (
        CARE,
        "asks: rating",
        "asks: rating\n      answers: {5-4: tips}",
        "'5-4' holds no rating: the lower comes first @ 5-4: tip",
    ),
    (
        CARE,
        "asks: rating",
        "asks: rating\n      answers: {1-3: tips, 3-5: trade_in}",
        "3 leads to another step already @ 3-5: tra",
    ),
    (
        CARE,
        "      on: rated\n",
        "",
        "say once when it is due: one of on, after, computed, wait_until; or let an answer lead here"
        " @ help_wit",
    ),
    (
        CARE,
        'after: delivered\n      wait: P30D\n      at: "11:00"',
        "asks: choice\n      answers: {one: tips, two: nothing}",
        "'tips' is never reached: no step that is due by itself leads here @ tips:",
    ),
    (CARE, "on: rated", "wait_until: rated", "wait_until and timeout go together @ wait_unt"),
    (
        CARE,
        "after: delivered\n      wait: P30D",
        "wait_until: rate\n      timeout: P30D",
        "'rate' is not known here; did you mean 'rated'? @ rate",
    ),
    (
        CARE,
        "on: rated",
        "on: rated\n      variants: {survey: 1}",
        "variants are two texts or more, and stand in place of text @ on: rate",
    ),
    (
        CARE,
        "on: rated",
        "on: rated\n      variants: {survey: 1, surve: 1}",
        "no language has a text 'surve'; did you mean 'survey'? @ surve: 1",
    ),
    (
        CARE,
        "on: rated",
        "on: rated\n      variants: {survey: 1, tips: 0}",
        "expected greater than or equal to 1, not '0' @ 0}",
    ),
    (
        CARE,
        "archetype: odyssey",
        "archetype: routin",
        "'routin' is not known here; did you mean 'routine'? @ routin  ",
    ),
    (
        CARE,
        "archetype: odyssey",
        "archetype: joyride",
        "a joyride asks nothing of anybody, but 'survey' does @ joyride ",
    ),
    (
        CARE,
        "archetype: odyssey",
        "archetype: trek",
        "a trek holds no surprise, but 'trade_in' is not the same for all @ trek  # ",
    ),
    (
        CONFIRM,
        "archetype: routine",
        "archetype: trek",
        "a trek asks something of the customer, and no step of it does @ trek",
    ),
    (
        CONFIRM,
        "archetype: routine",
        "archetype: joyride",
        "a joyride is not the same for all: no step of it has variants or when @ joyride",
    ),
    (
        CARE,
        "category: phone",
        "category: phone, when: {answered: true}",
        "nothing is answered before it begins @ answered",
    ),
    (
        CARE,
        "category: phone",
        "category: phone, when: {category: phones}",
        "the catalogue has no category 'phones'; did you mean 'phone'? @ phones}}",
    ),
    (
        CARE,
        "when: {rating_at_most: 2}",
        "when: {stage: arrived}",
        "'arrived' is not known here; there is cancelled, delivered, ordered, returned, shipped @ arrived}",
    ),
    (
        CARE,
        "category: phone",
        "category: phone, rank: 0",
        "expected greater than or equal to 1, not '0' @ 0}",
    ),
    (
        CARE,
        "category: phone",
        "category: phone, amongst: care",
        "unknown key 'amongst'; did you mean 'among'? @ amongst:",
    ),
    (
        "delivery/journey.yaml",
        "on: shipment_moved",
        "on: shipment_moved, among: news",
        "news of a parcel are told to everyone: nothing is chosen @ among: n",
    ),
    (
        CONFIRM,
        "on: order_placed}",
        "on: delivered}",
        "what is about: order starts on order_placed @ delivere",
    ),
    # texts
    (
        CARE_UK,
        '{{ product.title | default: "телефон" }}',
        "{{ product.titel }}",
        "no variable 'product.titel'; did you mean 'product.title'? @ product.",
    ),
    (
        CARE_UK,
        '{{ product.title | default: "телефон" }}',
        "{{ offer.title }}",
        "'offer.title' is not known here: only under with_offer @ offer.ti",
    ),
    (
        CARE_UK,
        "{{ link }}{% endif %}",
        "{{ link | upcas }}{% endif %}",
        "no filter 'upcas'; did you mean 'upcase'? @ upcas }}",
    ),
    (CARE_UK, "телефон{% endif %}", "телефон", "expected tag endif, found end of expression @ Ваш {% i"),
    (
        CARE_UK,
        "template: phone_survey_v1\n",
        "\n",
        "WhatsApp needs an approved template, and its category @ category",
    ),
    (
        CARE_UK,
        "Дізнатися умови",
        "Дізнатися про умови обміну",
        "a title of 26 characters, and a button of a WhatsApp template takes 25 (Meta's limit) @ Дізнатис",
    ),
    (
        CARE_UK,
        'url: "{{ link }}"',
        'url: "https://shop.example"',
        "a button opens the customer's page: '{{ link }}' @ \"https:/",
    ),
    (CONFIRM_UK, ', many: "# товарів"', "", "the plural form 'many' is missing @ plural: "),
    (
        CONFIRM_UK,
        "{{ order.total | money }}",
        "{{ order.total }}",
        "'order.total' needs its filter: {{ order.total | money }} @ order.to",
    ),
    (
        CONFIRM_UK,
        "  with_offer:",
        "  with_ofer:",
        "unknown key 'with_ofer'; did you mean 'with_offer'? @ with_ofe",
    ),
    (
        CONFIRM_UK,
        "category: marketing",
        "category: utility",
        "an offer makes this a marketing template @ utility",
    ),
    (
        CONFIRM_UK,
        "Дякуємо! Замовлення {{ order.number }}{% if",
        "{{ order.number }}{% if",
        "Meta refuses a body that begins or ends with a variable @ |",
    ),
    (
        CONFIRM_UK,
        "Номер {{ order.number }}{% if",
        "Номер {% if",
        "a placeholder is empty, or begins with a space, where something is not known: Meta refuses that; "
        "give it a default, or begin it with something that is always there @ |",
    ),
    (
        CONFIRM_UK,
        "напишемо, щойно вирушить",
        "напишемо, щойно вирушить " * 8,
        "too long with sample facts: 5 SMS parts, "
        "and we pay for 2 (GSM: 153 characters a part; 67 with one beyond its alphabet, as Cyrillic) @ |",
    ),
    (
        "delivery/uk.yaml",
        "{{ order.number }}",
        "{{ product.title }}",
        "'product.title' is not known here: only in a journey about a line @ product.",
    ),
    (
        "delivery/uk.yaml",
        "{% if can_answer %} Якщо щось не так, просто напишіть сюди.{% endif %}",
        " Якщо щось не так, просто напишіть сюди.",
        "sms cannot be answered everywhere, so 'напишіть' goes with can_answer @ напишіть",
    ),
    (
        CARE_UK,
        "Чи все гаразд?",
        "Чи все гаразд? Знижка на чохли!",
        "'знижк' sells, and Meta makes a utility template that sells a marketing one @ Знижка н",
    ),
    (
        CARE_UK,
        "{{ link }}{% endif %}",
        "{{ link }} {{ link }}{% endif %}",
        "one thing to do: the customer's page is linked more than once @ |",
    ),
    ("delivery/uk.yaml", "  push: ", "  puhs: ", "unknown key 'puhs'; did you mean 'push'? @ puhs: \"З"),
    # brand.yaml and the rest
    (
        "brand.yaml",
        '["01-01",',
        '["02-30",',
        "expected a day that is on the calendar, not '02-30' @ \"02-30\",",
    ),
    (
        "brand.yaml",
        '["01-01",',
        '["1 January",',
        'expected a day: "2026-12-25", or "12-25" every year, not \'1 January\' @ "1 Janua',
    ),
    (
        "brand.yaml",
        'holidays: ["01-01",',
        'quiet_days: [sundy]\n    holidays: ["01-01",',
        "'sundy' is not known here; did you mean 'sunday'? @ sundy]",
    ),
    (
        "brand.yaml",
        'holidays: ["01-01",',
        "quiet_days: [monday, tuesday, wednesday, thursday, friday, saturday, sunday]\n"
        '    holidays: ["01-01",',
        "all seven days are quiet: no marketing would ever be said @ language",
    ),
    (
        "brand.yaml",
        "spread: PT50M",
        "spraed: PT50M",
        "unknown key 'spraed'; did you mean 'spread'? @ spraed: ",
    ),
    (
        "brand.yaml",
        "{whatsapp: PT15M",
        "{whatsup: PT15M",
        "'whatsup' is not known here; did you mean 'whatsapp'? @ whatsup:",
    ),
    (
        "brand.yaml",
        '"09:05-20:00"',
        '"9:05-20:00"',
        'expected hours such as "09:00-20:00", not \'9:05-20:00\' @ "9:05-20',
    ),
    (
        "brand.yaml",
        "  UA:",
        "  Ukraine:",
        "expected a country code such as UA, or \"*\" for everywhere else, not 'Ukraine' @ Ukraine:",
    ),
    (
        "brand.yaml",
        "care: {whatsapp: PT4H",
        "care: {whatsapp: P1DT1M",
        "expected a wait of a minute (PT1M) to a day (P1D), not 'P1DT1M' @ P1DT1M, ",
    ),
    (
        "brand.yaml",
        "care: {whatsapp: PT4H",
        "care: {whatsapp: PT59S",
        "expected a wait of a minute (PT1M) to a day (P1D), not 'PT59S' @ PT59S, v",
    ),
    (
        "catalogue.yaml",
        "[ZIRVO-MINI]",
        "[ZIRVO-MINY]",
        "no sku 'ZIRVO-MINY'; did you mean 'ZIRVO-MINI'? @ ZIRVO-MI",
    ),
    ("catalogue.yaml", "uk: Чохол для Zirvo A1, ", "", "the title in 'uk' is missing @ {ru: Чех"),
    ("replacement_cycles.yaml", "    PL: 1096", "    UA: 1096", "no source is given for this figure @ 1096"),
)


def test_what_costs_more_than_the_budget_is_told_where_its_words_stand(source: Path) -> None:
    change(source, "brand.yaml", "marketing: 0.20 USD", "marketing: 0.08 USD")
    over = "whatsapp costs 0.09 USD elsewhere, over the marketing budget of 0.08 of brand.yaml"
    assert f"journeys/phone_care/uk.yaml: {over} @ template" in mistakes(source)
    change(source, "prices.yaml", "currency: USD", "currency: EUR")  # and nobody guesses a rate
    compile_journeys(source)


def test_a_text_that_is_kept_needs_no_step_and_has_words_for_every_channel(source: Path) -> None:
    steps = (source / CARE).read_text("utf-8")
    tips = steps[steps.index("  - tips:") : steps.index("  - trade_in:")]
    change(source, CARE, tips, "")
    assert any("uk.yaml: no step says 'tips'" in said for said in mistakes(source))
    change(source, CARE, "steps:", "keeps: [tips]\nsteps:")
    made = compile_journeys(source)
    assert "tips" not in {step.name for step in made.journeys["phone_care"].steps}
    for by_variant in made.texts["phone_care"]["tips"].values():
        words = {Channel.WHATSAPP, Channel.VIBER, Channel.PUSH, Channel.SMS, Channel.EMAIL}
        assert set(by_variant[Variant.PLAIN]) == words
    change(source, CARE, "keeps: [tips]", "keeps: [tipps]")
    kept = "journeys/phone_care/journey.yaml: no language has a text 'tipps'; did you mean 'tips'? @ tipps]"
    assert kept in mistakes(source)


def test_a_kept_text_has_words_for_channels_that_its_steps_new_route_has_not(source: Path) -> None:
    change(source, "brand.yaml", "routes:\n", "routes:\n  short: {sms: PT4H}\n")
    change(source, CARE, "route: marketing", "route: short")
    assert set(compile_journeys(source).texts["phone_care"]["tips"]["uk"][Variant.PLAIN]) == {Channel.SMS}
    change(source, CARE, "steps:", "keeps: [tips]\nsteps:")
    assert len(compile_journeys(source).texts["phone_care"]["tips"]["uk"][Variant.PLAIN]) == 5


def test_a_journey_that_is_retired_begins_for_nobody_and_keeps_its_texts(source: Path) -> None:
    change(source, CARE, "steps:", "retired: true\nsteps:")
    made = compile_journeys(source)
    assert made.journeys["phone_care"].retired
    assert "tips" in made.texts["phone_care"]


@pytest.mark.parametrize(("file", "old", "new", "said"), GOLDEN)
def test_a_mistake_is_told_with_its_place_and_the_nearest_right_word(
    source: Path, file: str, old: str, new: str, said: str
) -> None:
    for folder in source.iterdir():  # the others take time and have no part in it
        if folder.is_dir() and folder.name not in (file.split("/", maxsplit=1)[0], "page"):
            shutil.rmtree(folder)
    change(source, file, old, new)
    assert f"journeys/{file}: {said}" in mistakes(source)


def test_every_mistake_is_told_at_once_in_the_order_of_the_files(source: Path) -> None:
    change(source, CARE, "wait: P3D", "waits: P3D")
    change(source, CARE_UK, "{{ link }}", "{{ lnik }}")
    change(source, "brand.yaml", "spread: PT50M", "spread: soon")
    assert [said.partition(":")[0] for said in mistakes(source)] == [
        "journeys/brand.yaml",
        "journeys/phone_care/journey.yaml",
        "journeys/phone_care/uk.yaml",
    ]


def test_a_mistake_shows_its_line_and_points_at_the_word(source: Path) -> None:
    change(source, CARE, "after: rated", "after: rate")
    with pytest.raises(JourneysWrong) as wrong:
        compile_journeys(source)
    assert str(wrong.value) == (
        "journeys/phone_care/journey.yaml:25:14: 'rate' is not known here; did you mean 'rated'?\n"
        "          after: rate\n"
        "                 ^"
    )


def test_of_a_long_line_the_part_around_the_mistake_is_shown(source: Path) -> None:
    change(source, CONFIRM_UK, "{{ order.total | money }}", "{{ order.total | mony }}")
    with pytest.raises(JourneysWrong) as wrong:
        compile_journeys(source)
    place, shown, caret = str(wrong.value.problems[-1]).splitlines()
    assert place == "journeys/order_confirmation/uk.yaml:10:244: no filter 'mony'; did you mean 'money'?"
    assert shown[caret.index("^") :].startswith("mony")


def test_a_place_within_quotes_or_a_folded_text_is_found_too(source: Path) -> None:
    uk = source / "replies" / "uk.yaml"
    words = uk.read_text(encoding="utf-8").split("\nthanks:")[0]
    uk.write_text(
        words
        + '\nthanks: {text: "Дякуємо, {{ brand.nam }}!"}'
        + "\nhelp:\n  text: >\n    Це бот\n    {{ brand.nmae }}.\n",
        encoding="utf-8",
    )
    with pytest.raises(JourneysWrong) as wrong:
        compile_journeys(source)
    lines = uk.read_text(encoding="utf-8").splitlines()
    pointed = {lines[each.line - 1][each.column - 1 :].split()[0] for each in wrong.value.problems}
    assert pointed == {"brand.nam", "brand.nmae"}


def test_a_language_that_is_not_written_is_missed_everywhere(source: Path) -> None:
    (source / "replies" / "en.yaml").unlink()
    assert mistakes(source) == ["journeys/replies/en.yaml: this file is missing @ "]


def test_a_text_that_one_language_lacks_is_missed_there(source: Path) -> None:
    change(source, CARE_UK, "\ntips:", "\ntip:")
    assert [said.rpartition(" @ ")[0] for said in mistakes(source)] == [
        "journeys/phone_care/uk.yaml: the text 'tips' is missing",
        "journeys/phone_care/uk.yaml: no step says 'tip'; did you mean 'tips'?",
    ]


def test_a_step_whose_text_no_one_wrote_is_told_at_the_step(source: Path) -> None:
    change(source, CARE, "computed: trade_in", "computed: trade_in\n      text: tradein")
    said = "no language has a text 'tradein'; did you mean 'trade_in'? @ tradein "
    assert f"journeys/{CARE}: {said}" in mistakes(source)


def test_a_language_the_brand_does_not_speak_is_an_oversight(source: Path) -> None:
    shutil.copy(source / "replies" / "en.yaml", source / "replies" / "de.yaml")
    assert mistakes(source) == [
        "journeys/replies/de.yaml: 'de' is no language of brand.yaml; there is en, ru, uk @ offer_ac"
    ]


def test_beside_a_brand_with_mistakes_no_text_is_asked_for_in_a_language_that_is_none(source: Path) -> None:
    change(source, "brand.yaml", "languages: [uk, ru, en]", "languages: [uk, ru, en, ua]")
    for name in ("en-GB", "ua", "iw"):
        shutil.copy(source / "phone_care" / "en.yaml", source / "phone_care" / f"{name}.yaml")
    said = "there is no language 'ua'; did you mean 'uk'?"
    assert mistakes(source) == [f"journeys/brand.yaml: {said} @ ua]"]


def test_beside_a_brand_with_mistakes_no_text_is_held_to_channels_it_may_not_take(source: Path) -> None:
    shutil.copytree(Path(__file__).with_name("golden") / "journeys" / "letter", source / "letter")
    shutil.copy(source / "letter" / "uk.yaml", source / "letter" / "ru.yaml")
    change(source, "letter/en.yaml", "We are packing it.", "We are packing it. " * 60)
    change(source, "brand.yaml", "name: Kram", "nane: Kram")
    assert {each.partition(":")[0] for each in mistakes(source)} == {"journeys/brand.yaml"}
    change(source, "letter/en.yaml", "We are packing it.", "{{ order.nubmer }}")
    assert {each.partition(":")[0] for each in mistakes(source)} == {
        "journeys/brand.yaml",
        "journeys/letter/en.yaml",
    }


def test_words_are_needed_for_each_channel_of_the_route(source: Path) -> None:
    change(source, "delivery/uk.yaml", "  text: |\n    Кур’єр", "  viber: |\n    Кур’єр")
    said = "journeys/delivery/uk.yaml: there are no words for {}, nor a text for every channel @ out_for_"
    assert mistakes(source) == [said.format(channel) for channel in ("email", "push", "sms")]


def test_one_template_name_stands_for_one_text(source: Path) -> None:
    change(source, "delivery/uk.yaml", "parcel_delayed_v1", "parcel_in_transit_v1")
    said = "journeys/delivery/uk.yaml: another text is approved as 'parcel_in_transit_v1' already @ parcel_i"
    assert mistakes(source) == [said]


def test_an_offer_and_its_texts_belong_together(source: Path) -> None:
    change(source, CONFIRM, "offer: true", "offer: false")
    assert {said.split(": ", 1)[1] for said in mistakes(source)} == {
        "no step that says 'confirm' has offer: true @ with_off"
    }


@pytest.mark.parametrize(
    ("name", "parts"), (("Krambambuli & Sons, for all that shines in house and garden", 3), ("Крамниця", 4))
)
def test_texts_are_as_long_as_the_brands_own_name_makes_them(source: Path, name: str, parts: int) -> None:
    change(source, "replies/en.yaml", "Sorry, your", f"{'So sorry. ' * 17}Sorry, your")
    compile_journeys(source)
    change(source, "brand.yaml", "name: Kram", f"name: {name}")
    said = f"journeys/replies/en.yaml: too long with sample facts: {parts} SMS parts"
    assert any(each.startswith(said) for each in mistakes(source)), mistakes(source)


@pytest.mark.parametrize("name", ("Phone", "phone care", "phone-care", "телефон", "phone.care", "2nd_phone"))
def test_a_journeys_folder_has_a_name_as_its_steps_have(source: Path, name: str) -> None:
    (source / "phone_care").rename(source / name)
    said = f"a journey's folder has a name in small letters, digits and _, and not '{name}' @ about: l"
    assert mistakes(source) == [f"journeys/{name}/journey.yaml: {said}"]


def test_a_rating_that_leads_to_a_step_by_a_name_is_told(source: Path) -> None:
    change(source, CARE, "asks: rating\n", "asks: rating\n      answers: {fits: help_with_return}\n")
    change(source, CARE, "      on: rated\n      when: {rating_at_most: 2}\n", "")
    said = "a rating's answers are 1 to 5, or 1-2, not 'fits' @ fits: he"
    assert mistakes(source) == [f"journeys/{CARE}: {said}"]


def test_what_the_brand_does_not_say_of_its_support_is_named_where_that_is_asked(source: Path) -> None:
    change(source, "brand.yaml", '  phone: "+380 44 000 00 00"\n', "")
    asked = "{% if support.phone %}Call {{ support.phone }}{% else %}Write{% endif %}"
    change(source, "replies/en.yaml", "Sorry, your", f"{asked}: your")
    compile_journeys(source)
    change(source, "replies/en.yaml", f"{asked}: your", 'Call {{ support.phone | default: "us" }}: your')
    compile_journeys(source)
    change(source, "replies/en.yaml", ' | default: "us"', "")
    told = "brand.yaml's support has no phone here: show it only {% if support.phone %}"
    assert {each.partition(" @")[0] for each in mistakes(source)} == {f"journeys/replies/en.yaml: {told}"}


@pytest.mark.parametrize(
    ("content", "said"),
    (
        (b"", "'about' is missing"),
        (b"- a list", "expected keys and values"),
        (b"\xff\xfe", "this file is not UTF-8"),
        (b"steps: &all [*all]", "this refers to itself"),
        (b"? [a]: b", "unknown key '?'"),
        (b"about: \x07", "not YAML"),
        (b"!!python/object/apply:os.system [ls]", "expected keys and values"),
        (b"about: " + b"[" * 500 + b"]" * 500, "this is nested more than 50 deep"),
        (b"".join(b" " * n + b"about:\n" for n in range(400)), "this is nested more than 50 deep"),
        (b"".join(b" " * n + b"- \n" for n in range(3000)), "this is nested more than 50 deep"),
        (b"- " * 5000, "this is nested more than 50 deep"),
        (b"[" * 100_000, "this is nested more than 50 deep"),
        (b"{{ " * 100_000, "this is nested more than 50 deep"),
        (b"? " * 100_000, "this is nested more than 50 deep"),
        (b"about: line\nsteps: " + b"[" * 100_000, "this is nested more than 50 deep"),
        (ALIASES, "aliases repeat more than 10,000 things"),
    ),
)
def test_a_file_of_another_kind_is_told_not_thrown(source: Path, content: bytes, said: str) -> None:
    (source / "delivery" / "journey.yaml").write_bytes(content)
    assert any(said in each for each in mistakes(source)), mistakes(source)


def test_yaml_habits_do_not_turn_words_into_other_things(source: Path) -> None:
    change(source, "brand.yaml", "  US: ", "  NO: {language: en}\n  US: ")
    change(source, CARE, 'at: "11:00"', "at: 11:00")
    made = compile_journeys(source)
    assert "NO" in made.brand.countries
    after = made.journeys["phone_care"].steps[0].after
    assert after == After(event="delivered", wait=timedelta(days=3), at=time(11))


def test_what_is_written_is_what_is_loaded(tmp_path: Path) -> None:
    assert main([str(tmp_path / "out")]) == 0
    made, out = compile_journeys(), tmp_path / "out"
    assert load_brand(out) == made.brand
    assert load_journeys(out) == made.journeys
    assert load_catalogue(out) == made.catalogue
    assert load_texts(out) == made.texts


def test_with_a_mistake_nothing_is_written(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change(source, CARE, "wait: P3D", "waits: P3D")
    assert main([str(tmp_path / "out")], source) == 1
    assert "unknown key 'waits'" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_where_to_write_has_to_be_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "OUT_DIR" in capsys.readouterr().err


def test_the_brand_is_the_one_that_was_written() -> None:
    brand = compile_journeys().brand
    ukraine, elsewhere = brand.country("UA"), brand.country("AQ")
    assert (brand.languages, ukraine.language, elsewhere.language) == (("uk", "ru", "en"), "uk", "en")
    assert (ukraine.marketing_hours.start, ukraine.marketing_hours.end) == (time(9, 5), time(20))
    assert (brand.purpose("survey", "UA"), brand.purpose("survey", "AQ")) == (
        Purpose.TRANSACTIONAL,
        Purpose.MARKETING,
    )
    assert [leg.channel for leg in ukraine.routes["news"]] == [Channel.WHATSAPP, Channel.VIBER, Channel.SMS]
    assert {leg.wait for leg in ukraine.routes["news"]} == {timedelta(minutes=15)}
    nobody_hears = (Channel.PUSH, Channel.EMAIL)
    assert ukraine.one_way == (Channel.SMS, *nobody_hears)
    assert brand.country("US").one_way == nobody_hears
    assert brand.offers.most_of_price == Decimal("0.5")
    assert brand.cycle_days["phone"]["PL"] == 1096


def test_a_country_goes_by_price_as_everywhere_else_unless_it_says_otherwise(source: Path) -> None:
    change(source, "brand.yaml", "    one_way: [sms]\n", "    one_way: [sms]\n    cheapest: [marketing]\n")
    change(source, "brand.yaml", "KZ: {language: ru}", "KZ: {language: ru, cheapest: []}")
    brand = compile_journeys(source).brand
    assert [brand.country(code).cheapest for code in ("UA", "KZ", "AQ")] == [
        ("marketing",),
        (),
        ("marketing",),
    ]


def test_the_parcels_steps_are_its_stages_and_none_but_the_couriers_wakes_anyone() -> None:
    delivery = compile_journeys().journeys["delivery"]
    assert (delivery.about, delivery.starts) == (About.SHIPMENT, "shipment_moved")
    assert {step.on for step in delivery.steps} == {step.name for step in delivery.steps}
    assert set(Stage) - {step.name for step in delivery.steps} == {Stage.LABEL_CREATED, Stage.CANCELLED}
    awake = {step.name for step in delivery.steps if step.urgency is Urgency.NOW}
    assert awake == {Stage.OUT_FOR_DELIVERY}


def test_everyone_is_asked_for_a_review_whatever_they_said() -> None:
    steps = {step.name: step for step in compile_journeys().journeys["phone_care"].steps}
    assert (steps["review_request"].when, steps["review_request"].stops) == ({}, ())
    assert steps["help_with_return"].when == {"rating_at_most": "2"}
    assert steps["trade_in"].at == time(11)


BRANCHING = """about: line
archetype: odyssey
starts: {on: delivered, category: phone, when: {first_purchase: true}, among: care, rank: 2}
steps:
  - survey:
      {after: delivered, wait: P3D, purpose: survey, asks: rating, answers: {1-2: help_with_return, 5: tips}}
  - help_with_return: {purpose: transactional, route: care}
  - tips: {wait: P1D, at: "11:00", purpose: marketing, route: marketing}
  - review_request: {wait_until: rated, timeout: P9D, at: "12:00", purpose: review, route: care}
  - trade_in: {computed: trade_in, purpose: marketing, route: marketing, variants: {trade_in: 1, tips: 3}}
"""


def test_answers_lead_to_steps_and_a_wait_has_its_end(source: Path) -> None:
    (source / CARE).write_text(BRANCHING, encoding="utf-8")
    journey = compile_journeys(source).journeys["phone_care"]
    step = {each.name: each for each in journey.steps}
    assert (step["help_with_return"].on, step["help_with_return"].after) == ("rated", None)
    assert step["help_with_return"].when == {"rating_at_least": "1", "rating_at_most": "2"}
    assert (step["tips"].on, step["tips"].after) == (
        "",
        After(event="rated", wait=timedelta(days=1), at=time(11)),
    )
    assert step["tips"].when == {"rating_at_least": "5", "rating_at_most": "5"}
    assert step["review_request"].on == "rated"
    assert step["review_request"].after == After(event="delivered", wait=timedelta(days=9), at=time(12))
    assert step["trade_in"].texts == ("trade_in", "tips")
    assert (journey.when, journey.among, journey.rank) == ({"first_purchase": "true"}, "care", 2)


def test_a_choice_needs_titles_for_the_page_and_a_way_to_choose_on_each_channel(source: Path) -> None:
    asks = "asks: choice\n      answers: {fine: nothing, broken: help_with_return}"
    change(source, CARE, "asks: rating", asks)
    change(source, CARE, "on: rated\n      when: {rating_at_most: 2}\n      ", "")
    change(source, CARE, "after: rated", "after: delivered")
    for language in ("uk", "ru", "en"):
        change(source, f"phone_care/{language}.yaml", "survey:\n", "survey:\n  options: {fine: OK}\n")
    change(source, CARE_UK, "options: {fine: OK}", "options: {fine: OK, brocken: Ні}")
    found = mistakes(source)
    titled = "phone_care/en.yaml: options: the title of the answer 'broken' is missing @ survey:"
    assert f"journeys/{titled}" in found
    unknown = "no step that says 'survey' has an answer 'brocken'; did you mean 'broken'? @ brocken:"
    assert f"journeys/phone_care/uk.yaml: {unknown}" in found
    for language in ("uk", "ru", "en"):
        change(source, f"phone_care/{language}.yaml", "1 ", "A ")
    assert any("nobody can choose 'fine' here: it needs its number 1" in each for each in mistakes(source))


def test_a_choices_titles_are_words_of_the_customers_page(source: Path) -> None:
    leads = "fine: nothing, broken: help_with_return, odd: help_with_return"
    asks = f"asks: choice\n      answers: {{{leads}}}"
    change(source, CARE, "asks: rating", asks)
    change(source, CARE, "on: rated\n      when: {rating_at_most: 2}\n      ", "")
    change(source, CARE, "after: rated", "after: delivered")
    options = "options: {fine: OK, broken: No, odd: So so}"
    words = f"survey:\n  {options}\n  title: And?\n  text: 1, 2 or 3? {{{{ link }}}}\n"
    whatsapp = "  whatsapp: {template: t_v1, category: utility, text: 'Is it 1, 2 or 3?'}\n\n"
    for language in ("uk", "ru", "en"):
        path = source / "phone_care" / f"{language}.yaml"
        rest = path.read_text(encoding="utf-8").partition("help_with_return:")
        path.write_text(words + whatsapp + "".join(rest[1:]), encoding="utf-8")
    compiled = compile_journeys(source)
    assert compiled.page["en"]["phone_care.survey.broken"] == "No"
    (step,) = [each for each in compiled.journeys["phone_care"].steps if each.name == "help_with_return"]
    assert (step.on, step.when) == ("chose:survey", {"answer": "survey=broken|odd"})
