"""Shopify's objects as its webhooks carry them (formats.md A): the fields we need, each of which may lack."""

from typing import Annotated

from pydantic import Field

from aftercart.shops.bodies import (
    Amount,
    Count,
    Currency,
    Id,
    Link,
    Links,
    Many,
    Maybe,
    Moment,
    Shape,
    Text,
    Texts,
    Yes,
)

MOST_LINES = 10_000


class AddressShape(Shape):
    name: Text = ""
    first_name: Text = ""
    last_name: Text = ""
    phone: Text = ""
    country_code: Text = ""
    province_code: Text = ""


class ConsentShape(Shape):
    state: Text = ""
    opt_in_level: Text = ""
    consent_updated_at: Moment = None


class CustomerShape(Shape):
    id: Id = ""
    first_name: Text = ""
    last_name: Text = ""
    email: Text = ""
    phone: Text = ""
    locale: Text = ""
    sms_marketing_consent: Maybe[ConsentShape] = None
    email_marketing_consent: Maybe[ConsentShape] = None
    default_address: Maybe[AddressShape] = None


class LineShape(Shape):
    id: Id = ""
    sku: Text = ""
    product_id: Id = ""
    title: Text = ""
    name: Text = ""
    quantity: Count = None
    current_quantity: Count = None
    price: Amount = None


class RefundLineShape(Shape):
    line_item_id: Id = ""
    quantity: Count = None


class RefundShape(Shape):
    refund_line_items: Many[RefundLineShape] = ()


class MoneyShape(Shape):
    amount: Amount = None
    currency_code: Currency = ""


class MoneySetShape(Shape):
    presentment_money: Maybe[MoneyShape] = None


class ShippedLineShape(Shape):
    id: Id = ""


class FulfillmentShape(Shape):
    id: Id = ""
    order_id: Id = ""
    fulfillment_id: Id = ""  # of a fulfilment's event, which is another thing
    status: Text = ""
    shipment_status: Text = ""
    created_at: Moment = None
    updated_at: Moment = None
    tracking_company: Text = ""
    tracking_number: Text = ""
    tracking_numbers: Texts = ()
    tracking_url: Link = ""
    tracking_urls: Links = ()
    line_items: Annotated[Many[ShippedLineShape], Field(max_length=MOST_LINES)] = ()
    fulfillment: Maybe["FulfillmentShape"] = None  # the REST API wraps what the webhooks send bare


class OrderShape(Shape):
    id: Id = ""
    order_id: Id = ""  # of a fulfilment or a refund; so are the next two of a checkout and a draft
    abandoned_checkout_url: Text = ""
    invoice_url: Text = ""
    name: Text = ""
    order_number: Text = ""
    created_at: Moment = None
    processed_at: Moment = None
    updated_at: Moment = None
    cancelled_at: Moment = None
    currency: Currency = ""
    total_price: Amount = None
    total_price_set: Maybe[MoneySetShape] = None
    order_status_url: Link = ""
    customer_locale: Text = ""
    buyer_accepts_marketing: Yes = False
    email: Text = ""
    contact_email: Text = ""
    phone: Text = ""
    customer: Maybe[CustomerShape] = None
    shipping_address: Maybe[AddressShape] = None
    billing_address: Maybe[AddressShape] = None
    line_items: Annotated[Many[LineShape], Field(max_length=MOST_LINES)] = ()
    refunds: Many[RefundShape] = ()
    fulfillments: Many[FulfillmentShape] = ()
    order: Maybe["OrderShape"] = None  # the REST API wraps what the webhooks send bare
