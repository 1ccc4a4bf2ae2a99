from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from aftercart import bounds
from aftercart.domain.consent import Consent, Purpose
from aftercart.domain.money import Money
from aftercart.domain.order import Buyer, Order
from aftercart.ports import Unreadable
from aftercart.shops import shopify
from tests.aftercart.shops.shopify_samples import (
    CUSTOMER,
    LINE,
    ORDER,
    PARCEL,
    PLACED,
    SHOP,
    as_bytes,
    buyer,
    customer,
    line,
    order,
    parcel,
)


class TestAnOrder:
    def test_is_read_whole(self) -> None:
        news = shopify.read_order(as_bytes(ORDER), "orders/create", SHOP)
        assert news.is_new
        assert news.order == Order(
            shop=SHOP,
            id="9007199254740997",
            number="#1001",
            placed_at=PLACED,
            updated_at=PLACED + timedelta(minutes=1),
            total=Money(Decimal("25998.00"), "UAH"),
            lines=order().lines,
            status_url="https://verba.example/orders/1",
            country="UA",
            zones=("Europe/Kyiv",),
        )
        assert news.buyer == Buyer(
            reference="9007199254740993",
            first_name="Олена",
            language="uk",
            phone="+380671234567",
            email="olena@example.com",
            phone_consents=(
                Consent(
                    purpose=Purpose.MARKETING,
                    granted=True,
                    at=datetime(2026, 11, 1, 8, tzinfo=UTC),
                    source="shopify:sms_marketing_consent",
                    version="single_opt_in",
                ),
            ),
        )

    def test_is_new_only_where_the_topic_says_so(self) -> None:
        for topic in shopify.ORDER_TOPICS:
            news = shopify.read_order(as_bytes(ORDER), topic, SHOP)
            assert news.is_new is (topic == "orders/create")

    def test_is_cancelled_by_its_body_and_never_by_the_unsigned_topic(self) -> None:
        body = as_bytes({**ORDER, "cancelled_at": "2026-11-20T12:00:00+02:00"})
        cancelled = shopify.read_order(body, "orders/create", SHOP).order
        assert cancelled.cancelled_at == datetime(2026, 11, 20, 10, tzinfo=UTC)
        assert not shopify.read_order(as_bytes(ORDER), "orders/cancelled", SHOP).order.cancelled

    def test_of_five_thousand_lines_is_taken(self) -> None:
        padding = {"note": "x" * 900, "price_set": {"shop_money": {"amount": "1.00", "currency_code": "UAH"}}}
        lines = [line(id=number, **padding) for number in range(1, 5001)]
        body = as_bytes({**ORDER, "line_items": lines})
        assert 5_000_000 < len(body) < bounds.MOST_BYTES
        assert len(shopify.read_order(body, "orders/create", SHOP).order.lines) == 5000

    def test_in_the_envelope_of_the_rest_api_is_the_same_order(self) -> None:
        assert shopify.read_order(as_bytes({"order": ORDER}), "orders/updated", SHOP).order == order()

    @pytest.mark.parametrize("nothing", (None, {}, [], "", 0, "nonsense", [None], {"a": None}, True))
    @pytest.mark.parametrize("field", sorted(ORDER.keys() - {"id", "order_number"}))
    def test_survives_a_hole_in_any_field(self, field: str, nothing: object) -> None:
        news = shopify.read_order(as_bytes({**ORDER, field: nothing}), "orders/create", SHOP)
        assert news.order.id == "9007199254740997"

    @pytest.mark.parametrize("missing", sorted(ORDER.keys() - {"id", "order_number"}))
    def test_survives_the_absence_of_any_field(self, missing: str) -> None:
        body = {field: value for field, value in ORDER.items() if field != missing}
        assert shopify.read_order(as_bytes(body), "orders/create", SHOP).order.number == (
            "#1001"  # the order's number stands in for its name
        )

    @pytest.mark.parametrize("nothing", (None, {}, [], "", -1, 1.5, [None], True))
    @pytest.mark.parametrize("field", sorted(LINE))
    def test_survives_a_hole_in_any_field_of_a_line(self, field: str, nothing: object) -> None:
        (read,) = order(line_items=[line(**{field: nothing})]).lines
        assert read.quantity >= 0
        assert read.id

    @pytest.mark.parametrize("nothing", (None, {}, [], "", "nonsense", 7))
    @pytest.mark.parametrize("field", sorted(CUSTOMER))
    def test_survives_a_hole_in_any_field_of_the_customer(self, field: str, nothing: object) -> None:
        assert buyer(customer=customer(**{field: nothing})).phone == "+380671234567"

    def test_of_a_guest_has_a_buyer_without_a_reference(self) -> None:
        for guest in (buyer(customer=None), buyer(customer={})):
            assert (guest.reference, guest.first_name, guest.phone) == ("", "Олена", "+380671234567")

    def test_without_a_name_is_called_by_its_number(self) -> None:
        assert order(name=None).number == "#1001"

    @pytest.mark.parametrize(
        ("changes", "placed", "updated"),
        (
            ({}, PLACED, PLACED + timedelta(minutes=1)),
            ({"updated_at": None}, PLACED, PLACED),
            ({"created_at": None, "processed_at": "2026-11-20T09:00:00Z"}, -30, 1),
            ({"created_at": None}, 1, 1),
            ({"created_at": "2026-11-20T09:30:00", "updated_at": "soon"}, PLACED, PLACED),  # naive is UTC
            ({"created_at": "0001-01-01T00:00:00+14:00"}, 1, 1),
        ),
    )
    def test_has_the_age_its_body_says(
        self, changes: dict[str, Any], placed: datetime | int, updated: datetime | int
    ) -> None:
        def moment(when: datetime | int) -> datetime:
            return when if isinstance(when, datetime) else PLACED + timedelta(minutes=when)

        read = order(**changes)
        assert (read.placed_at, read.updated_at) == (moment(placed), moment(updated))

    @pytest.mark.parametrize(
        ("changes", "reason"),
        (
            ({"id": None}, "no_order_id"),
            ({"id": 9.007e15}, "no_order_id"),
            ({"id": True}, "no_order_id"),
            ({"id": "a/b"}, "no_order_id"),
            ({"id": "9" * 65}, "no_order_id"),
            ({"created_at": None, "updated_at": None}, "no_time"),
            ({"order_id": 5}, "not_an_order"),
            ({"abandoned_checkout_url": "https://verba.example/1"}, "not_an_order"),
            ({"invoice_url": "https://verba.example/1"}, "not_an_order"),
            ({"order_number": None, "name": None}, "not_an_order"),
        ),
    )
    def test_is_unreadable_where_it_cannot_be_told_which_or_what_it_is(
        self, changes: dict[str, Any], reason: str
    ) -> None:
        with pytest.raises(Unreadable, match=f"^{reason}$"):
            order(**changes)

    def test_a_parcel_is_no_order_and_an_order_no_parcel(self) -> None:
        with pytest.raises(Unreadable):
            shopify.read_order(as_bytes(PARCEL), "orders/create", SHOP)
        with pytest.raises(Unreadable):
            shopify.read_shipment(as_bytes(ORDER), SHOP)

    @pytest.mark.parametrize("id_", (9223372036854775807, "9223372036854775807", 10**30, "gq5x"))
    def test_keeps_an_id_of_any_size_as_text(self, id_: int | str) -> None:
        assert order(id=id_).id == str(id_)

    def test_carries_its_parcels(self) -> None:
        untimed = {**PARCEL, "id": 5502, "created_at": None, "updated_at": None}
        read = order(fulfillments=[PARCEL, untimed, {"id": None}, None])
        assert read.shipments == {"5501": parcel(), "5502": read.shipments["5502"]}
        assert read.shipments["5502"].updated_at == read.updated_at

    @pytest.mark.parametrize("link", ("javascript:alert(1)", "//verba.example", "https://a b", "ftp://x", 5))
    def test_drops_a_link_that_nobody_should_open(self, link: object) -> None:
        assert order(order_status_url=link).status_url == ""


class TestMoney:
    def test_the_total_is_what_the_customer_saw(self) -> None:
        shown = {"presentment_money": {"amount": "599.90", "currency_code": "EUR"}}
        assert order(total_price_set=shown).total == Money(Decimal("599.90"), "EUR")

    @pytest.mark.parametrize(
        "nothing", (None, {}, {"presentment_money": {"amount": "-1", "currency_code": "EUR"}})
    )
    def test_else_it_is_the_shops_own(self, nothing: object) -> None:
        assert order(total_price_set=nothing).total == Money(Decimal("25998.00"), "UAH")

    @pytest.mark.parametrize(
        "absurd", ("-1.00", "1e400", "NaN", "Infinity", "9" * 13, "1,299.00", "", None, [], True, -5, 1e300)
    )
    def test_an_absurd_amount_is_not_told(self, absurd: object) -> None:
        assert order(total_price_set=None, total_price=absurd).total is None
        assert order(line_items=[line(price=absurd)]).lines[0].price == Money(Decimal(0), "UAH")

    @pytest.mark.parametrize(("given_price", "price"), ((199, "199"), (199.5, "199.5"), ("0.00", "0.00")))
    def test_an_amount_may_be_a_number(self, given_price: object, price: str) -> None:
        assert order(line_items=[line(price=given_price)]).lines[0].price.amount == Decimal(price)


class TestLines:
    def test_a_line_keeps_what_is_needed(self) -> None:
        (read,) = order().lines
        assert (read.id, read.sku, read.product) == ("9007199254740995", "PHONE-1", "8123")
        assert (read.title, read.quantity, read.price) == ("Телефон", 2, Money(Decimal("12999.00"), "UAH"))

    @pytest.mark.parametrize(
        ("changes", "refunded", "left"),
        (
            ({}, [2], 2),  # current_quantity has the refund in it already
            ({"current_quantity": 0}, [], 0),
            ({"current_quantity": None}, [], 2),
            ({"current_quantity": None}, [1], 1),
            ({"current_quantity": None}, [1, 1], 0),
            ({"current_quantity": None}, [5], 0),
            ({"current_quantity": None, "quantity": None}, [], 1),
            ({"current_quantity": None, "quantity": "3"}, [], 3),
            ({"current_quantity": 10**12}, [], 1_000_000),
        ),
    )
    def test_its_quantity_is_what_the_customer_still_has(
        self, changes: dict[str, Any], refunded: list[int], left: int
    ) -> None:
        refunds = [
            {"refund_line_items": [{"line_item_id": LINE["id"], "quantity": each}]} for each in refunded
        ]
        (read,) = order(line_items=[line(**changes)], refunds=refunds).lines
        assert read.quantity == left

    def test_lines_without_an_id_are_told_apart_by_their_place(self) -> None:
        assert [each.id for each in order(line_items=[line(id=None), line(id=None)]).lines] == [
            "line-1",
            "line-2",
        ]

    def test_control_characters_and_endless_titles_do_not_pass(self) -> None:
        (read,) = order(line_items=[line(title="Чохол\n\x00 \x9b для\tтелефону" + "о" * 999)]).lines
        assert read.title.startswith("Чохол для телефону")
        assert len(read.title) == 255
