"""A body that nobody could read names a person, however it is written, or it does not."""

import base64
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftercart.domain import ids
from aftercart.domain.traces import MOST_LAYERS, Traces, emails, leads, numbers, unwrapped

KEY, SHOP = b"a key", "kram.example"
PHONE, OLDER, EMAIL, BUYER, ORDER = (
    "+380671234567",
    "+380959871234",
    "olena+kram@customer.example",
    "7455000000001",
    "6120011221001",
)
OLENA = Traces(
    customer=ids.customer_id(SHOP, "buyer", BUYER),
    life=0,
    shop=SHOP,
    key=KEY,
    known_by=leads(PHONE, KEY) | leads(OLDER, KEY) | leads(EMAIL, KEY),
    orders=frozenset({ORDER}),
)
REPLY = json.dumps({"from": PHONE, "text": "моя канарка"})


@pytest.mark.parametrize(
    "body",
    (
        PHONE,
        "380671234567",
        "00380671234567",
        "+380 (67) 123-45-67",
        "+380 67 123 45 67",
        "067 123 45 67",
        "80671234567",
        "380.67.123.45.67",
        "%2B380671234567",
        f'{{"phone": "{OLDER}"}}',
        '{"phone": "095 987-12-34"}',
        f"from 2026-11-23 {PHONE}",
        EMAIL,
        EMAIL.upper(),
        f"mailto:{EMAIL}?subject=x",
        f"<{EMAIL}>",
        f"Olena<{EMAIL}>, somebody",
        quote(EMAIL),
        json.dumps({"body": json.dumps({"e": EMAIL})}),
        EMAIL.replace("@", "\\u0040"),
        f"gid://shopify/Order/{ORDER}",
        f'{{"order_id": {ORDER}, "shipment_status": []}}',
        f'{{"customer": {{"id": {BUYER}}}}}',
        f"{OLENA.customer}-bbbbbbbbbb-1",
        base64.b64encode(REPLY.encode()).decode(),
        base64.urlsafe_b64encode(REPLY.encode()).decode().rstrip("="),
        json.dumps({"b": base64.b64encode(base64.b64encode(REPLY.encode())).decode()}),
        quote(quote(REPLY)),
        f'{{"from": "{PHONE}", "text": "cut sho',
    ),
)
def test_a_body_that_names_them_leads_to_them(body: str) -> None:
    assert OLENA.lead_to(body.encode())
    assert OLENA.lead_to(b"\xff\xfe broken \x00" + body.encode() + b"\xff")


@pytest.mark.parametrize(
    "body",
    (
        "",
        "Олена Зразок",  # many are called so, and one of them may have said STOP
        "+380501112233",
        "taras@customer.example",
        "olena+kram@another.example",
        "6120011221002",
        "7455000000002",
        "67 123 45",
        json.dumps({"from": "+380501112233", "text": "СТОП"}),
        base64.b64encode(b'{"from": "+380501112233"}').decode(),
    ),
)
def test_a_body_that_names_another_or_nobody_does_not(body: str) -> None:
    assert not OLENA.lead_to(body.encode())


def test_who_has_come_again_after_an_erasure_is_another_by_the_shops_id() -> None:
    again = Traces(
        customer=ids.customer_id(SHOP, "buyer", BUYER, 1),
        life=1,
        shop=SHOP,
        key=KEY,
        known_by=frozenset(),
        orders=frozenset(),
    )
    assert again.lead_to(f'{{"customer": {BUYER}}}'.encode())
    assert not again.lead_to(PHONE.encode())


@given(st.binary(max_size=300))
def test_no_bytes_break_the_search(body: bytes) -> None:
    OLENA.lead_to(body)


@given(before=st.text(max_size=40), after=st.text(alphabet=st.characters(exclude_characters="0123456789")))
def test_an_order_is_found_wherever_its_digits_stand_alone(before: str, after: str) -> None:
    assert OLENA.lead_to(f"{before} order:{ORDER},{after}".encode("utf-8", "surrogatepass"))


def test_hostile_bodies_cost_what_their_length_does() -> None:
    layers = "x" * 20
    for _ in range(12):
        layers = base64.b64encode(layers.encode()).decode()
    assert len(list(unwrapped(layers.encode()))) == 13
    many = " ".join(base64.b64encode(f"text number {n}".encode()).decode() for n in range(1000))
    assert len(list(unwrapped(many.encode()))) == MOST_LAYERS
    assert len(list(numbers("1 " * 100_000))) == 0
    assert len(list(numbers("1234567 " * 1000))) <= 2 * 1000
    assert len(list(emails("a@" * 10_000))) <= 2 * 10_000
