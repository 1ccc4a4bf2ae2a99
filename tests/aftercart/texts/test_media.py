"""Images and things side by side: what is known of them, and what is never shown."""

from dataclasses import replace

import pytest

from aftercart.domain.catalogue import Catalogue, Item
from aftercart.domain.consent import Channel
from aftercart.domain.content import Card, Content
from aftercart.domain.message import Variant
from aftercart.domain.order import Line
from aftercart.ports import Telling
from aftercart.texts.compiled import Approval, TextTable, Wording, templates
from aftercart.texts.render import LiquidTexts
from sandbox.journeys.samples import BRAND, CASE, ORDER, PHONE, sample_telling

SHOWING = (Channel.WHATSAPP, Channel.VIBER, Channel.PUSH, Channel.EMAIL)
CABLE = replace(CASE, sku="CABLE", titles={"en": "Cable"}, image="https://shop.example/cable.jpg")
ITEMS = (PHONE, CASE, CABLE)


def table(wording: Wording, channel: Channel) -> TextTable:
    return {"care": {"hello": {"en": {Variant.PLAIN: {channel: wording}}}}}


def bought(*items: Item) -> Telling:
    lines = tuple(
        Line(id=str(n), sku=item.sku, product="", title="as the shop says", quantity=1, price=item.price)
        for n, item in enumerate(items)
    )
    told = sample_telling("care", "hello", Channel.EMAIL, "en")
    return replace(told, order=replace(ORDER, lines=lines))


def render(
    told: Telling,
    channel: Channel = Channel.EMAIL,
    items: tuple[Item, ...] = ITEMS,
    approval: Approval | None = None,
    image: str = "",
    cards: str = "",
) -> Content:
    wording = Wording(text="Hello", image=image, cards=cards, approval=approval)
    return LiquidTexts(table(wording, channel), BRAND, Catalogue(items)).render(
        replace(told, channel=channel)
    )


def image(source: str, items: tuple[Item, ...] = ITEMS, channel: Channel = Channel.EMAIL) -> str:
    return render(sample_telling("care", "hello", channel, "en"), channel, items, image=source).image


@pytest.mark.parametrize("channel", SHOWING)
def test_an_image_is_the_offers_or_that_of_what_was_bought(channel: Channel) -> None:
    assert image("{{ offer.image }}", channel=channel) == CASE.image
    assert image("{{ product.image }}", channel=channel) == PHONE.image


def test_an_image_may_be_the_same_for_everyone() -> None:
    assert image("https://kram.example/spring.jpg") == "https://kram.example/spring.jpg"


def test_where_no_image_is_known_there_is_none_or_the_one_that_stands_in() -> None:
    bare = tuple(replace(item, image="") for item in ITEMS)
    assert image("{{ offer.image }}", bare) == ""
    standing_in = "{{ offer.image | default: 'https://kram.example/any.jpg' }}"
    assert image(standing_in, bare) == "https://kram.example/any.jpg"


def test_what_a_lock_screen_must_not_name_is_not_pictured_either() -> None:
    hidden = tuple(replace(item, sensitive=True) for item in ITEMS)
    assert image("{{ product.image }}", hidden) == image("{{ offer.image }}", hidden) == ""
    assert render(bought(PHONE, CASE, CABLE), items=hidden, cards="order.items").cards == ()
    one = (PHONE, CASE, hidden[2])
    assert [card.title for card in render(bought(*ITEMS), items=one, cards="order.items").cards] == [
        "Nova 12 phone",
        "Silk case for Nova 12",
    ]


@pytest.mark.parametrize(
    "address",
    (
        "http://shop.example/case.jpg",
        "https://10.0.0.1/case.jpg",
        "https://files.internal/case.jpg",
        "https://shop.example@evil.example/case.jpg",
        "javascript:alert(1)",
        "data:image/png;base64,AAAA",
        "//shop.example/case.jpg",
        "https://shop.example/a b.jpg",
        f"https://shop.example/{'a' * 500}.jpg",
    ),
)
def test_an_address_that_not_everybody_can_reach_over_https_is_no_image(address: str) -> None:
    assert image("{{ offer.image }}", (PHONE, replace(CASE, image=address))) == ""


def test_an_sms_shows_neither() -> None:
    content = render(bought(*ITEMS), Channel.SMS, image="{{ offer.image }}", cards="order.items")
    assert (content.image, content.cards) == ("", ())


def test_a_template_says_whether_it_was_approved_with_an_image_and_shows_one_then() -> None:
    approval = Approval(name="v1", language="en", category="utility", body="Hello", image=True)
    wording = Wording(text="Hello", image="{{ offer.image }}", approval=approval)
    (known,) = templates(table(wording, Channel.WHATSAPP)).values()
    assert known.image
    told = sample_telling("care", "hello", Channel.WHATSAPP, "en")
    content = render(told, Channel.WHATSAPP, approval=approval, image="{{ offer.image }}")
    assert (content.image, content.template is not None) == (CASE.image, True)


def test_things_of_an_order_stand_side_by_side_each_once() -> None:
    content = render(bought(PHONE, CASE, PHONE), cards="order.items")
    assert content.cards == (
        Card(title="Nova 12 phone", image=PHONE.image),
        Card(title="Silk case for Nova 12", image=CASE.image),
    )


def test_one_thing_alone_makes_no_row_nor_do_those_without_an_image() -> None:
    assert render(bought(PHONE, PHONE), cards="order.items").cards == ()
    bare = (PHONE, replace(CASE, image=""))
    assert render(bought(PHONE, CASE), items=bare, cards="order.items").cards == ()
    unknown = replace(CASE, sku="UNKNOWN")
    assert render(bought(PHONE, unknown), cards="order.items").cards == ()


def test_at_most_five_stand_side_by_side() -> None:
    many = tuple(replace(CABLE, sku=f"CABLE-{n}", titles={"en": f"Cable {n}"}) for n in range(8))
    cards = render(bought(*many), items=many, cards="order.items").cards
    assert [card.title for card in cards] == [f"Cable {n}" for n in range(5)]


def test_where_no_order_is_known_there_are_none() -> None:
    told = replace(sample_telling("care", "hello", Channel.EMAIL, "en"), order=None)
    assert render(told, cards="order.items").cards == ()
