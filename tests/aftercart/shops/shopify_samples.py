"""A Ukrainian order and its parcel in Shopify's shape, and what tests change in them."""

import json
from datetime import UTC, datetime
from typing import Any

from aftercart.domain.order import Buyer, Order, Shipment
from aftercart.shops import shopify

SHOP = "verba.example"
PLACED = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ADDRESS = {
    "first_name": "Олена",
    "last_name": "Шевченко",
    "name": "Олена Шевченко",
    "phone": "067 123 45 67",
    "country_code": "UA",
    "province_code": "30",
}
CUSTOMER = {
    "id": 9007199254740993,
    "first_name": "Олена",
    "last_name": "Шевченко",
    "email": "olena@example.com",
    "phone": "+380671234567",
    "sms_marketing_consent": {
        "state": "subscribed",
        "opt_in_level": "single_opt_in",
        "consent_updated_at": "2026-11-01T10:00:00+02:00",
    },
    "email_marketing_consent": {"state": "not_subscribed", "opt_in_level": None, "consent_updated_at": None},
    "default_address": ADDRESS,
}
LINE = {
    "id": 9007199254740995,
    "sku": "PHONE-1",
    "product_id": 8123,
    "title": "Телефон",
    "name": "Телефон — чорний",
    "quantity": 2,
    "current_quantity": 2,
    "price": "12999.00",
    "properties": [],
}
ORDER = {
    "id": 9007199254740997,
    "name": "#1001",
    "order_number": 1001,
    "created_at": "2026-11-20T11:30:00+02:00",
    "updated_at": "2026-11-20T11:31:00+02:00",
    "cancelled_at": None,
    "currency": "UAH",
    "total_price": "25998.00",
    "total_price_set": {
        "shop_money": {"amount": "25998.00", "currency_code": "UAH"},
        "presentment_money": {"amount": "25998.00", "currency_code": "UAH"},
    },
    "order_status_url": "https://verba.example/orders/1",
    "customer_locale": "uk-UA",
    "buyer_accepts_marketing": True,
    "email": "Olena@Example.com",
    "phone": "+380671234567",
    "customer": CUSTOMER,
    "shipping_address": ADDRESS,
    "billing_address": ADDRESS,
    "line_items": [LINE],
    "refunds": [],
    "fulfillments": [],
    "payment_details": {"credit_card_bin": "411111"},
}
PARCEL = {
    "id": 5501,
    "order_id": 9007199254740997,
    "status": "success",
    "shipment_status": None,
    "created_at": "2026-11-20T15:00:00+02:00",
    "updated_at": "2026-11-20T16:00:00+02:00",
    "tracking_company": "Nova Poshta",
    "tracking_number": "20450000000001",
    "tracking_numbers": ["20450000000001"],
    "tracking_url": "https://tracking.example/20450000000001",
    "tracking_urls": ["https://tracking.example/20450000000001"],
    "line_items": [{"id": 9007199254740995, "quantity": 2}],
}


def as_bytes(body: object) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()


def order(**changes: Any) -> Order:
    return shopify.read_order(as_bytes({**ORDER, **changes}), "orders/updated", SHOP).order


def buyer(**changes: Any) -> Buyer:
    return shopify.read_order(as_bytes({**ORDER, **changes}), "orders/updated", SHOP).buyer


def parcel(**changes: Any) -> Shipment:
    return shopify.read_shipment(as_bytes({**PARCEL, **changes}), SHOP).shipment


def line(**changes: Any) -> dict[str, Any]:
    return {**LINE, **changes}


def customer(**changes: Any) -> dict[str, Any]:
    return {**CUSTOMER, **changes}


def address(**changes: Any) -> dict[str, Any]:
    return {**ADDRESS, **changes}


def consent(state: str | None, at: str | None = "2026-11-01T08:00:00Z") -> dict[str, Any]:
    return {"state": state, "opt_in_level": "single_opt_in", "consent_updated_at": at}
