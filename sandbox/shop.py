"""A shop on Shopify, played: the bodies of its webhooks in their true shape, signed as Shopify signs."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from aftercart.domain.catalogue import Item
from sandbox.shop_settings import SECRETS, SHOP

API_VERSION = "2026-04"
KYIV = ZoneInfo("Europe/Kyiv")
FIRST_ORDER = 6_120_011_220_000  # Shopify's ids have thirteen digits and more
PATHS = {"orders": "/shopify/orders", "fulfillments": "/shopify/fulfillments"}
SUBSCRIPTIONS = "/push/subscriptions"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A buyer. `marketing`: what they said at the checkout, and when; None: they were not asked."""

    id: int
    first_name: str
    last_name: str
    phone: str
    email: str
    marketing: bool | None = True
    said_at: datetime = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
    locale: str = "uk-UA"
    country: str = "UA"
    province: str = "30"
    city: str = "Київ"


def order(person: Person, number: int, at: datetime, items: Sequence[Item], **changed: Any) -> Json:
    """The body of `orders/create`, placed at `at`; `changed` fields last."""
    identifier = FIRST_ORDER + number
    total = sum((item.price.amount for item in items), Decimal(0))
    address = _address(person)
    return {
        "id": identifier,
        "admin_graphql_api_id": f"gid://shopify/Order/{identifier}",
        "app_id": 580111,
        "buyer_accepts_marketing": person.marketing is True,
        "cancel_reason": None,
        "cancelled_at": None,
        "checkout_id": identifier + 7,
        "closed_at": None,
        "confirmed": True,
        "contact_email": person.email,
        "created_at": stamp(at),
        "currency": "UAH",
        "current_total_price": _amount(total),
        "customer_locale": person.locale,
        "email": person.email,
        "financial_status": "paid",
        "fulfillment_status": None,
        "name": f"#{number}",
        "note_attributes": [],
        "number": number - 1000,
        "order_number": number,
        "order_status_url": f"https://{SHOP}/80001/orders/{identifier}/authenticate?key=1",
        "phone": None,
        "presentment_currency": "UAH",
        "processed_at": stamp(at),
        "source_name": "web",
        "tags": "",
        "test": False,
        "total_price": _amount(total),
        "total_price_set": _money_set(total),
        "updated_at": stamp(at),
        "billing_address": address,
        "customer": _customer(person, address),
        "discount_codes": [],
        "fulfillments": [],
        "line_items": [_line(item, identifier * 10 + n) for n, item in enumerate(items, start=1)],
        "refunds": [],
        "shipping_address": address,
        "shipping_lines": [{"id": identifier + 9, "price": "0.00", "title": "Нова пошта"}],
    } | changed


def fulfillment(of: Mapping[str, Any], at: datetime, status: str | None, parcel: int = 1) -> Json:
    """The body of `fulfillments/create` or `/update`: a parcel of an order, `status` as its carrier says."""
    tracking = f"2045{of['order_number']:010d}"
    url = f"https://novaposhta.example/tracking/{tracking}"
    identifier = of["id"] * 10 + parcel
    return {
        "id": identifier,
        "order_id": of["id"],
        "status": "success",
        "created_at": of["created_at"],
        "service": "manual",
        "updated_at": stamp(at),
        "tracking_company": "Nova Poshta",
        "shipment_status": status,
        "location_id": 70112,
        "origin_address": {},
        "email": of["email"],
        "destination": of["shipping_address"],
        "line_items": of["line_items"],
        "tracking_number": tracking,
        "tracking_numbers": [tracking],
        "tracking_url": url,
        "tracking_urls": [url],
        "receipt": {},
        "name": f"{of['name']}.{parcel}",
        "admin_graphql_api_id": f"gid://shopify/Fulfillment/{identifier}",
    }


def cancelled(of: Mapping[str, Any], at: datetime) -> Json:
    """The body of `orders/cancelled`."""
    return {**of, "cancel_reason": "customer", "cancelled_at": stamp(at), "updated_at": stamp(at)}


def webhook(topic: str, body: Json, at: datetime) -> tuple[str, dict[str, str], bytes]:
    """(path, headers, raw body) of a webhook that was triggered at `at`."""
    raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    event = hashlib.sha256(topic.encode() + raw).hexdigest()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Shopify-Captain-Hook",
        "X-Shopify-API-Version": API_VERSION,
        "X-Shopify-Event-Id": event[:32],
        "X-Shopify-Shop-Domain": SHOP,
        "X-Shopify-Topic": topic,
        "X-Shopify-Triggered-At": at.isoformat().replace("+00:00", "Z"),
        "X-Shopify-Webhook-Id": event[32:],
        "X-Shopify-Hmac-SHA256": signature(raw),
    }
    return PATHS[topic.partition("/")[0]], headers, raw


def signature(body: bytes, secret: str = SECRETS["shopify"]) -> str:
    """X-Shopify-Hmac-SHA256: base64 of the HMAC over the raw bytes."""
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


def stamp(at: datetime) -> str:
    """A time as Shopify writes it: with the offset of the shop's own zone, to the second."""
    return at.astimezone(KYIV).isoformat(timespec="seconds")


def _customer(person: Person, address: Json) -> Json:
    said = {True: "subscribed", False: "unsubscribed", None: "not_subscribed"}[person.marketing]
    consent = {
        "state": said,
        "opt_in_level": "single_opt_in",
        "consent_updated_at": stamp(person.said_at) if person.marketing is not None else None,
    }
    return {
        "id": person.id,
        "email": person.email,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "state": "enabled",
        "phone": person.phone,
        "locale": person.locale,
        "currency": "UAH",
        "tags": "",
        "email_marketing_consent": consent,
        "sms_marketing_consent": {**consent, "consent_collected_from": "SHOPIFY"},
        "admin_graphql_api_id": f"gid://shopify/Customer/{person.id}",
        "default_address": {**address, "id": person.id + 1, "customer_id": person.id, "default": True},
    }


def _address(person: Person) -> Json:
    return {
        "first_name": person.first_name,
        "last_name": person.last_name,
        "name": f"{person.first_name} {person.last_name}",
        "address1": "вул. Зразкова, 1",
        "address2": None,
        "city": person.city,
        "zip": "01001",
        "province": None,
        "country": "Ukraine",
        "company": None,
        "phone": person.phone,
        "country_code": person.country,
        "province_code": person.province,
    }


def _line(item: Item, identifier: int) -> Json:
    price = _amount(item.price.amount)
    return {
        "id": identifier,
        "admin_graphql_api_id": f"gid://shopify/LineItem/{identifier}",
        "current_quantity": 1,
        "fulfillable_quantity": 1,
        "fulfillment_service": "manual",
        "fulfillment_status": None,
        "gift_card": False,
        "grams": 300,
        "name": item.title("uk"),
        "price": price,
        "price_set": _money_set(item.price.amount),
        "product_exists": True,
        "product_id": int(item.product) if item.product.isdecimal() else None,
        "properties": [],
        "quantity": 1,
        "requires_shipping": True,
        "sku": item.sku,
        "taxable": True,
        "title": item.title("uk"),
        "total_discount": "0.00",
        "variant_id": identifier + 4,
        "vendor": "Kram",
    }


def _money_set(amount: Decimal) -> Json:
    money = {"amount": _amount(amount), "currency_code": "UAH"}
    return {"shop_money": money, "presentment_money": money}


def _amount(amount: Decimal) -> str:
    return f"{amount:.2f}"


def subscription(
    of: Mapping[str, Any], subscription: Json | None, at: datetime, /, **more: Any
) -> tuple[Mapping[str, str], bytes]:
    """What the snippet on an order's page posts when its button is pressed at `at`: headers and body."""
    order = str(of["id"])
    said = {
        "order": order,
        "proof": hmac.new(SECRETS["push_subscribe_key"].encode(), order.encode(), hashlib.sha256).hexdigest(),
        "subscription": subscription,
        "at": at.isoformat(),
        "version": "push-2026-01",
        **more,
    }
    return {"Content-Type": "text/plain;charset=UTF-8"}, json.dumps(said, separators=(",", ":")).encode()
