"""Sample facts that a text is tried with: when journeys are compiled, and in tests."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any

from aftercart.domain.brand import Brand, Country, Hours, Support
from aftercart.domain.catalogue import Catalogue, Item
from aftercart.domain.consent import Channel
from aftercart.domain.customer import Customer
from aftercart.domain.message import Message, Variant
from aftercart.domain.money import Money
from aftercart.domain.offer import Offer
from aftercart.domain.order import Line, Order, Shipment, Stage
from aftercart.ports import Telling
from aftercart.texts.clean import Cleaner
from aftercart.texts.variables import variables
from sandbox.journeys.reading import LINK, Shop

AT = datetime(2026, 11, 2, 10, 15, tzinfo=UTC)
# English first: any further language shows it, and Cyrillic letters would halve what fits into its SMS.
PHONE = Item(
    sku="PHONE-1",
    category="phone",
    titles={"en": "Nova 12 phone", "uk": "Смартфон Nova 12", "ru": "Смартфон Nova 12"},
    price=Money(Decimal(24999), "UAH"),
    image="https://shop.example/nova-12.jpg",
)
CASE = Item(
    sku="CASE-1",
    category="phone_case",
    titles={"en": "Silk case for Nova 12", "uk": "Чохол Silk для Nova 12", "ru": "Чехол Silk для Nova 12"},
    price=Money(Decimal(399), "UAH"),
    fits=("PHONE-1",),
    image="https://shop.example/silk-case.jpg",
)
CATALOGUE = Catalogue((PHONE, CASE))
PARCEL = Shipment(
    id="1",
    stages={Stage.IN_TRANSIT: AT},
    updated_at=AT,
    tracking_number="20450123456789",
    tracking_url="https://carrier.example/track?number=20450123456789",
    carrier="Nova Poshta",
)
ORDER = Order(
    shop="shop.example",
    id="1001",
    number="#1001",
    placed_at=AT,
    updated_at=AT,
    total=Money(Decimal(24999), "UAH"),
    lines=(
        Line(id="1", sku="PHONE-1", product="1", title="Nova 12", quantity=1, price=PHONE.price),
        Line(
            id="2", sku="CABLE", product="2", title="USB-C 2 m", quantity=2, price=Money(Decimal(199), "UAH")
        ),
    ),
    status_url="https://shop.example/orders/1001",
    customer="aaaaaaaaaaaaaa",
    shipments={"1": PARCEL},
)
OFFER = Offer(sku="CASE-1", for_sku="PHONE-1", price=CASE.price)

SCARCE = replace(
    ORDER,
    total=None,
    status_url="",
    lines=(),
    shipments={"1": replace(PARCEL, tracking_number="", tracking_url="", carrier="")},
)
ALL_DAY = Hours(start=time.min, end=time.max)
SHOP = Shop()
BRAND = Brand(
    name=SHOP.name,
    languages=("uk", "ru", "en"),
    countries={"*": Country(language="uk", marketing_hours=ALL_DAY, awake_hours=ALL_DAY, routes={})},
    checkout_opt_in=(),
    checkout_text="sample",
    support=Support(phone=SHOP.phone, hours=dict.fromkeys(("uk", "ru", "en"), SHOP.hours)),
)
MESSAGE = Message(
    id="aaaaaaaaaaaaaa-bbbbbbbbbb",
    journey="sample",
    step="sample",
    text="sample",
    order=ORDER.id,
    line="1",
    shipment=PARCEL.id,
    sku=PHONE.sku,
    offer=OFFER,
    created_at=AT,
    not_after=AT,
    values={"rating": "2"},
)

Facts = Mapping[str, object]


def sample_telling(
    journey: str,
    text: str,
    channel: Channel,
    language: str,
    *,
    variant: Variant = Variant.PLAIN,
    can_answer: bool = True,
    first_name: str = "Олена",
) -> Telling:
    return Telling(
        message=replace(MESSAGE, journey=journey, step=text, text=text),
        variant=variant,
        channel=channel,
        customer=Customer(id="aaaaaaaaaaaaaa", first_name=first_name, language=language, country="UA"),
        order=ORDER,
        link=LINK,
        can_answer=can_answer,
    )


def scarce(telling: Telling, *, answers: bool) -> Telling:
    """Without all that a true one may lack; an answer knows neither order nor offer."""
    lacks: dict[str, Any] = {"offer": None} if answers else {}
    return replace(
        telling,
        message=replace(telling.message, line="", sku="", values={}, **lacks),
        customer=replace(telling.customer, first_name=""),
        order=None if answers else SCARCE,
    )


@lru_cache(maxsize=64)
def sample_variables(
    language: str, *, answers: bool, channel: Channel = Channel.WHATSAPP, shop: Shop = SHOP
) -> tuple[Facts, Facts]:
    """What texts may name: all of it known, and only what is always known. The same on any channel."""
    brand = replace(BRAND, name=shop.name, support=Support(phone=shop.phone, hours={language: shop.hours}))
    telling = sample_telling("sample", "sample", channel, language)
    full, poor = (
        variables(each, brand, CATALOGUE, language, Cleaner(channel))
        for each in (telling, scarce(telling, answers=answers))
    )
    return full, poor
