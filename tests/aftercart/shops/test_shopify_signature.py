import base64
import hashlib
import hmac

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aftercart.shops import shopify


def signature(body: bytes, secret: bytes) -> str:
    return base64.b64encode(hmac.digest(secret, body, hashlib.sha256)).decode()


class TestSignature:
    BODY = '{"id": 1, "name": "Олена"}'.encode()

    @pytest.mark.parametrize(
        "name", ("X-Shopify-Hmac-SHA256", "x-shopify-hmac-sha256", "X-Shopify-Hmac-Sha256")
    )
    def test_the_header_is_found_in_any_case(self, name: str) -> None:
        assert shopify.verify({name: signature(self.BODY, b"hush")}, self.BODY, [b"hush"])

    @pytest.mark.parametrize("secrets", ([b"new", b"old"], [b"old", b"new"], [b"", b"old"]))
    def test_every_live_secret_is_tried(self, secrets: list[bytes]) -> None:
        assert shopify.verify({"X-Shopify-Hmac-SHA256": signature(self.BODY, b"old")}, self.BODY, secrets)

    def test_it_agrees_with_a_value_that_was_computed_elsewhere(self) -> None:
        # printf '{"id":1}' | openssl dgst -sha256 -hmac hush -binary | base64
        given = {"x-shopify-hmac-sha256": "VnKUjZsLuN5iZWjn5EntcBVCF9kMN43LglzCE1/GSeY="}
        assert signature(b'{"id":1}', b"hush") == given["x-shopify-hmac-sha256"]
        assert shopify.verify(given, b'{"id":1}', [b"hush"])

    @settings(deadline=None)
    @given(st.integers(0, len(BODY) - 1), st.integers(1, 255))
    def test_a_changed_byte_is_refused(self, place: int, change: int) -> None:
        body = bytearray(self.BODY)
        body[place] ^= change
        headers = {"X-Shopify-Hmac-SHA256": signature(self.BODY, b"hush")}
        assert not shopify.verify(headers, bytes(body), [b"hush"])

    @pytest.mark.parametrize(
        "given_value", ("", " ", "=", "garbage", "підпис", "\ud800", "AAAA" * 11, "\x00")
    )
    def test_garbage_is_refused_and_no_error(self, given_value: str) -> None:
        assert not shopify.verify({"X-Shopify-Hmac-SHA256": given_value}, self.BODY, [b"hush"])

    def test_without_a_header_or_a_secret_nothing_is_authentic(self) -> None:
        assert not shopify.verify({}, self.BODY, [b"hush"])
        assert not shopify.verify({"X-Shopify-Hmac-SHA256": signature(self.BODY, b"")}, self.BODY, [])
        assert not shopify.verify({"X-Shopify-Hmac-SHA256": signature(self.BODY, b"")}, self.BODY, [b""])

    def test_the_topic_is_found_in_any_case(self) -> None:
        assert shopify.topic_of({"X-Shopify-Topic": "orders/create"}) == "orders/create"
        assert shopify.topic_of({"x-shopify-topic": " Orders/Create "}) == "orders/create"
        assert shopify.topic_of({}) == ""


def test_a_webhook_is_of_the_shop_that_it_names_and_of_ours_where_it_names_none() -> None:
    named = {"x-shopify-shop-domain": "Kram.myshopify.com"}
    assert shopify.is_of(named, "kram.myshopify.com")
    assert not shopify.is_of(named, "other.myshopify.com")
    assert shopify.is_of({}, "kram.myshopify.com")
