from dataclasses import replace
from datetime import UTC, datetime, time
from decimal import Decimal

import pytest

from aftercart.domain.brand import Country, Hours
from aftercart.domain.catalogue import Catalogue
from aftercart.domain.consent import Channel
from aftercart.domain.content import Button, Content
from aftercart.domain.message import Variant
from aftercart.domain.money import Money
from aftercart.domain.offer import Offer
from aftercart.domain.order import Line
from aftercart.ports import Telling, TextMissing, TextTooLong
from aftercart.texts.compiled import Approval, TextTable, Wording
from aftercart.texts.render import LiquidTexts
from aftercart.texts.segments import Encoding, count, encoding
from sandbox.journeys.reading import LINK
from sandbox.journeys.samples import BRAND, CASE, CATALOGUE, ORDER, PARCEL, PHONE, sample_telling

NBSP = "\u00a0"
DAY = Hours(start=time(9), end=time(20))
UKRAINIAN = Country(language="uk", marketing_hours=DAY, awake_hours=DAY, routes={})


def table(
    text: str, channel: Channel = Channel.VIBER, language: str = "uk", approval: Approval | None = None
) -> TextTable:
    wording = Wording(text=text, approval=approval)
    return {"care": {"hello": {language: {Variant.PLAIN: {channel: wording}}}}}


def telling(channel: Channel = Channel.VIBER, language: str = "uk", first_name: str = "Олена") -> Telling:
    return sample_telling("care", "hello", channel, language, first_name=first_name)


def render(texts: TextTable, told: Telling, catalogue: Catalogue = CATALOGUE) -> Content:
    return LiquidTexts(texts, BRAND, catalogue).render(told)


def shown(text: str, channel: Channel = Channel.VIBER, language: str = "uk", name: str = "Олена") -> str:
    return render(table(text, channel, language), telling(channel, language, name)).text


def approved(body: str, *parameters: str, name: str = "Олена") -> Content:
    approval = Approval(name="hello_v1", language="uk", category="utility", body=body, parameters=parameters)
    texts = table("", Channel.WHATSAPP, approval=approval)
    return render(texts, telling(Channel.WHATSAPP, first_name=name))


NAMES = (
    ("Олена", "Олена"),
    ("Дар'я", "Дар'я"),
    ("Дар’я", "Дар’я"),
    ("М'якоступ", "М'якоступ"),
    ("{{7*7}}", "{{7＊7}}"),
    ("{{ rating }}", "{{ rating }}"),
    ("{{1}}", "{{1}}"),
    ("{% raw %}", "{% raw %}"),
    ("{0.__class__}", "{0.＿＿class＿＿}"),
    ("%s%n", "%s%n"),
    ("*bold* _thin_ ~gone~ `code`", "＊bold＊ ＿thin＿ ～gone～ ｀code｀"),
    ("\u202eанелО\u202c", "анелО"),
    ("Олена\r\nBcc: Марія", "Олена Bcc: Марія"),
    ("Оле\u200bна\u00ad\ufeff", "Олена"),
    ("  Олена \t    Марія ", "Олена Марія"),
    ("<b>Олена</b>", "<b>Олена</b>"),
    ("👩‍👧 Олена", "👩‍👧 Олена"),
)


@pytest.mark.parametrize(("name", "seen"), NAMES)
def test_a_name_is_shown_as_text_whatever_it_holds(name: str, seen: str) -> None:
    assert shown("Вітаємо, {{ customer.first_name }}!", name=name) == f"Вітаємо, {seen}!"


@pytest.mark.parametrize(("name", "seen"), NAMES)
def test_a_name_is_shown_as_text_within_a_template_too(name: str, seen: str) -> None:
    content = approved(
        "Вітаємо, {{1}}! Номер {{2}}.", "{{ customer.first_name }}", "{{ order.number }}", name=name
    )
    assert content.text == f"Вітаємо, {seen}! Номер #1001."
    assert content.template is not None
    assert content.template.parameters == (seen, "#1001")


@pytest.mark.parametrize(
    "name",
    (
        "",
        " ",
        "\u200b",
        "https://evil.example/x",
        "Виграш на evil.com",
        "www.evil",
        "{{ order.number }}",
        "магазин.укр",
        "olena@evil.example",
        "Дзвоніть 0900123456",
    ),
)
def test_what_is_no_name_is_not_said(name: str) -> None:
    text = "Вітаємо{% if customer.first_name %}, {{ customer.first_name }}{% endif %}!"
    assert shown(text, name=name) == "Вітаємо!"


def test_a_name_too_long_for_a_message_is_cut() -> None:
    assert shown("{{ customer.first_name }}", name="Я" * 1000) == "Я" * 39 + "…"


def test_an_sms_keeps_the_marks_that_only_messengers_format_by() -> None:
    assert shown("{{ customer.first_name }}", Channel.SMS, "en", "*Olena*") == "*Olena*"


def test_a_text_that_no_one_wrote_is_missing() -> None:
    texts = table("Вітаємо!")
    with pytest.raises(TextMissing, match=r"care\.hello: uk, plain, sms"):
        render(texts, telling(Channel.SMS))
    with pytest.raises(TextMissing, match=r"care\.bye: uk, plain, viber"):
        render(texts, sample_telling("care", "bye", Channel.VIBER, "uk"))
    with pytest.raises(TextMissing, match=r"care\.hello: uk, offer, viber"):
        render(texts, replace(telling(), variant=Variant.OFFER))


def test_what_is_not_known_shows_as_nothing() -> None:
    assert shown("[{{ order.colour }}{{ nobody.knows }}{{ shipment.carrier.name }}]") == "[]"


def test_an_order_that_is_not_known_leaves_its_places_empty() -> None:
    texts = table(
        "[{{ order.number }}{{ order.total | money }}{{ order.placed_at | date }}{{ shipment.url }}]"
    )
    assert render(texts, replace(telling(), order=None)).text == "[]"


def test_the_facts_of_an_order_can_be_named() -> None:
    text = (
        "{{ brand.name }} {{ order.number }} {{ order.count }}"
        "{% for item in order.items %}, {{ item.quantity }} × {{ item.title }}{% endfor %}"
        " = {{ order.total | money }}, {{ order.placed_at | date }}, {{ rating }}, {{ link }}"
    )
    assert shown(text) == (
        f"Kram #1001 3, 1 × Смартфон Nova 12, 2 × USB-C 2 m = 24{NBSP}999{NBSP}₴, 2 листопада, 2, {LINK}"
    )


def test_titles_come_in_the_customers_language() -> None:
    text = "{{ product.title }} / {{ offer.title }} / {{ offer.for_title }} / {{ offer.price | money }}"
    assert shown(text) == f"Смартфон Nova 12 / Чохол Silk для Nova 12 / Смартфон Nova 12 / 399{NBSP}₴"
    assert shown(text, language="en") == "Nova 12 phone / Silk case for Nova 12 / Nova 12 phone / UAH 399"


def test_a_line_that_the_catalogue_does_not_know_keeps_its_own_title() -> None:
    told = telling()
    unknown = replace(told, message=replace(told.message, line="2", sku="CABLE"))
    assert render(table("{{ product.title }}"), unknown).text == "USB-C 2 m"


def test_a_sensitive_product_is_never_named() -> None:
    private = Catalogue((replace(PHONE, sensitive=True), CASE))
    texts = table(
        "{{ product.title | default: 'покупка' }}{% for i in order.items %},{{ i.title }}{% endfor %}"
    )
    assert render(texts, telling(), private).text == "покупка,,USB-C 2 m"


def test_a_returned_line_is_no_longer_counted() -> None:
    lines = (replace(ORDER.lines[0], quantity=0), ORDER.lines[1])
    told = replace(telling(), order=replace(ORDER, lines=lines))
    texts = table("{{ order.count }}{% for item in order.items %} {{ item.title }}{% endfor %}")
    assert render(texts, told).text == "2 USB-C 2 m"


def test_of_an_order_of_thousands_only_a_few_lines_are_named() -> None:
    many = tuple(
        Line(id=str(n), sku="", product="", title=f"№{n}", quantity=1, price=Money(Decimal(1), "UAH"))
        for n in range(5000)
    )
    told = replace(telling(), order=replace(ORDER, lines=many))
    texts = table("{{ order.count }}{% for item in order.items %} {{ item.title }}{% endfor %}")
    assert render(texts, told).text == "5000 №0 №1 №2 №3 №4 №5 №6 №7 №8 №9"


def test_the_language_is_the_customers_else_the_countrys() -> None:
    uk, en = table("uk"), table("en", language="en")
    both: TextTable = {"care": {"hello": {**uk["care"]["hello"], **en["care"]["hello"]}}}
    texts = LiquidTexts(both, replace(BRAND, countries={"*": UKRAINIAN}), CATALOGUE)
    assert texts.render(telling(language="en")).language == "en"
    assert texts.render(telling(language="xx")) == Content(text="uk", language="uk")


def test_the_link_and_whether_one_can_answer_are_the_tellings() -> None:
    text = "{% if can_answer %}Відповідайте 1{% else %}{{ link }}{% endif %}"
    assert shown(text) == "Відповідайте 1"
    assert render(table(text), replace(telling(), can_answer=False)).text == LINK


class TestTemplate:
    def test_what_the_phone_shows_is_the_approved_body_filled_in(self) -> None:
        content = approved("Замовлення {{1}} на {{2}}.", "{{ order.number }}", "{{ order.total | money }}")
        assert content.text == f"Замовлення #1001 на 24{NBSP}999{NBSP}₴."
        assert content.template is not None
        assert (content.template.name, content.template.language) == ("hello_v1", "uk")

    def test_a_parameter_is_never_empty_nor_of_two_lines_nor_with_wide_gaps(self) -> None:
        content = approved("А {{1}} б {{2}}.", "{{ nobody }}", "а\n\nб\t в     г")
        assert content.template is not None
        assert content.template.parameters == ("–", "а б в г")

    def test_a_button_to_our_page_gives_the_approved_url_its_end(self) -> None:
        approval = Approval(name="hello_v1", language="uk", category="utility", body="Вітаємо!")
        buttons = (Button(title="Додати", reply="offer:yes"), Button(title="Переглянути", url="{{ link }}"))
        wording = Wording(text="Вітаємо!", buttons=buttons, approval=approval)
        texts: TextTable = {"care": {"hello": {"uk": {Variant.PLAIN: {Channel.WHATSAPP: wording}}}}}
        content = render(texts, telling(Channel.WHATSAPP))
        assert content.buttons == (buttons[0], Button(title="Переглянути", url=LINK))
        assert content.template is not None
        assert content.template.button_parameters == (LINK.rsplit("/", 1)[1],)


class TestSms:
    def test_typographic_marks_do_not_make_an_english_text_dearer(self) -> None:
        text = shown("It’s “here” — 10\u202fa.m.…", Channel.SMS, "en")
        assert text == 'It\'s "here" - 10 a.m....'
        assert encoding(text) is Encoding.GSM_7

    def test_a_currency_sign_outside_the_alphabet_gives_way_to_its_code(self) -> None:
        rupees = Offer(sku=CASE.sku, for_sku=PHONE.sku, price=Money(Decimal(399), "INR"))
        told = telling(Channel.SMS, "en")
        told = replace(told, message=replace(told.message, offer=rupees))
        assert render(table("For {{ offer.price | money }}", Channel.SMS, "en"), told).text == "For INR 399"

    def test_where_the_script_costs_two_bytes_anyway_the_sign_stays(self) -> None:
        assert shown("За {{ offer.price | money }}", Channel.SMS) == "За 399 ₴"

    def test_is_spelled_in_latin_letters_where_the_country_wants_it(self) -> None:
        countries = {"*": replace(BRAND.country("*"), latin_sms=True)}
        brand = replace(BRAND, countries=countries)
        texts = table("Дякуємо, {{ customer.first_name }}! Замовлення прийнято.", Channel.SMS)
        content = LiquidTexts(texts, brand, CATALOGUE).render(telling(Channel.SMS, first_name="Дар’я"))
        assert content.text == "Diakuiemo, Daria! Zamovlennia pryiniato."
        assert encoding(content.text) is Encoding.GSM_7

    def test_keeps_its_letters_where_nobody_asked(self) -> None:
        assert "Дякуємо" in shown("Дякуємо, {{ customer.first_name }}!", Channel.SMS)

    def test_a_long_title_shrinks_until_the_text_fits_two_parts(self) -> None:
        long = replace(
            CASE, titles={"uk": "Протиударний чохол-книжка преміум із натуральної шкіри для Nova 12"}
        )
        text = "Замовлення прийнято. Пасує: {{ offer.title }}, {{ offer.price | money }}. Додати: {{ link }}"
        content = render(table(text, Channel.SMS), telling(Channel.SMS), Catalogue((PHONE, long)))
        assert count(content.text) == 2
        assert "Пасує: Протиударний чохол-книжка..., 399 ₴." in content.text

    def test_what_stays_longer_than_the_country_pays_for_is_not_sent_and_says_what_makes_it_so(self) -> None:
        with pytest.raises(TextTooLong, match=r"^3 parts, UCS-2 for ї$"):
            shown("ї" * 135, Channel.SMS)
        with pytest.raises(TextTooLong, match=r"^3 parts$"):
            shown("a" * 307, Channel.SMS)
        assert shown("a" * 306, Channel.SMS) == "a" * 306

    def test_a_country_may_pay_for_more_or_for_fewer(self) -> None:
        for most in (1, 3):
            brand = replace(BRAND, countries={"*": replace(BRAND.country("*"), max_segments=most)})
            texts = LiquidTexts(table("ї" * 67 * most, Channel.SMS), brand, CATALOGUE)
            assert texts.render(telling(Channel.SMS)).parts == most
            longer = LiquidTexts(table("ї" * (67 * most + 4), Channel.SMS), brand, CATALOGUE)
            with pytest.raises(TextTooLong, match=f"^{most + 1} parts"):
                longer.render(telling(Channel.SMS))

    def test_the_first_character_that_makes_it_dear_is_told(self) -> None:
        told = telling(Channel.SMS, "en")
        assert render(table("Order № 7 ↗", Channel.SMS, "en"), told).forced_by == "№"
        assert render(table("Order 7", Channel.SMS, "en"), told).forced_by == ""

    def test_a_carriers_url_longer_than_a_part_is_left_out(self) -> None:
        text = "{{ shipment.tracking_number }}{% if shipment.url %} {{ shipment.url }}{% endif %}"
        long = replace(PARCEL, tracking_url="https://carrier.example/track?number=" + "9" * 60)
        told = replace(telling(Channel.SMS), order=replace(ORDER, shipments={"1": long}))
        assert render(table(text, Channel.SMS), told).text == "20450123456789"
        viber = replace(told, channel=Channel.VIBER)
        assert render(table(text), viber).text.endswith("9" * 60)


@pytest.mark.parametrize(
    "url", ("javascript:alert(1)", "https://a.example/ x", "ftp://a.example", "https://а.укр/")
)
def test_only_a_plain_web_address_is_a_link(url: str) -> None:
    told = replace(telling(), order=replace(ORDER, status_url=url))
    assert render(table("[{{ order.status_url }}]"), told).text == "[]"


def test_the_day_of_an_order_is_the_one_where_it_was_delivered() -> None:
    late = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)
    told = replace(telling(), order=replace(ORDER, placed_at=late, zones=("Europe/Kyiv",)))
    assert render(table("{{ order.placed_at | date }}"), told).text == "1 грудня"


def test_a_text_that_goes_astray_ends_and_counts_as_missing() -> None:
    with pytest.raises(TextMissing, match=r"care\.hello: uk, LoopIterationLimitError"):
        shown("{% for a in (1..100000) %}{{ a }}{% endfor %}")


def test_vibers_own_limit_refuses_what_is_longer() -> None:
    assert len(shown("a" * 1000)) == 1000
    with pytest.raises(TextTooLong, match=r"^1001 characters$"):
        shown("a" * 1001)


def test_whatsapps_limit_holds_for_the_body_with_its_placeholders_filled() -> None:
    with pytest.raises(TextTooLong, match=r"^1025 characters$"):
        approved("a" * 1020 + "{{1}}", "{{ customer.first_name }}")
