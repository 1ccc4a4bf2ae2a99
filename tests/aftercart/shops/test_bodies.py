import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aftercart import bounds
from aftercart.ports import Unreadable
from aftercart.shops import shopify
from tests.aftercart.shops.shopify_samples import CUSTOMER, LINE, ORDER, PARCEL, SHOP, as_bytes, order


class TestRefusedBodies:
    @pytest.mark.parametrize(
        "body",
        (
            b"",
            b"null",
            b"[]",
            b'"text"',
            b"{",
            b"id=1&name=2",
            b'{"id":1} x',
            b'\xef\xbb\xbf{"id":1}',
            b'{"id":1,"note":"\xff"}',
            b'{"id":1,"note":"\\ud800"}',
            b'{"id":1,"note":NaN}',
            b'{"id":1,"note":-Infinity}',
            b'{"id":1,"note":' + b"9" * 4301 + b"}",
        ),
    )
    def test_what_is_not_json_of_one_object_is_unreadable(self, body: bytes) -> None:
        with pytest.raises(Unreadable):
            shopify.read_order(body, "orders/create", SHOP)

    def nested(self, depth: int) -> bytes:
        return as_bytes({**ORDER, "note": 0}).replace(b'"note": 0', b'"note": ' + b"[" * depth + b"]" * depth)

    def test_a_body_may_be_so_deep_and_no_deeper(self) -> None:
        shopify.read_order(self.nested(bounds.DEEPEST - 1), "orders/create", SHOP)
        for depth in (bounds.DEEPEST, 100_000):
            with pytest.raises(Unreadable, match="too_deep"):
                shopify.read_order(self.nested(depth), "orders/create", SHOP)

    def test_brackets_and_quotes_inside_a_text_are_not_depth(self) -> None:
        note = "[" * 50 + '{"\\' + "}" * 9 + '\\\\"' + "NaN Infinity"
        assert order(note=note).id == "9007199254740997"

    def test_a_body_may_be_so_large_and_no_larger(self) -> None:
        with pytest.raises(Unreadable, match="too_large"):
            shopify.read_order(b" " * (bounds.MOST_BYTES + 1), "orders/create", SHOP)

    def test_a_bomb_of_empty_objects_is_not_parsed(self) -> None:
        bomb = b'{"line_items":[' + b"{}," * bounds.MOST_CONTAINERS + b"{}]}"
        with pytest.raises(Unreadable, match="too_many_parts"):
            shopify.read_order(bomb, "orders/create", SHOP)

    def test_more_lines_than_an_order_can_have_are_refused(self) -> None:
        with pytest.raises(Unreadable, match="line_items"):
            order(line_items=[{"id": number} for number in range(10_001)])

    @settings(deadline=None)
    @given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=5))
    def test_the_reason_carries_nothing_of_the_body(self, value: object) -> None:
        secret = "+380671234567 olena@example.com"
        body = as_bytes({"id": secret, secret: value, "line_items": [secret] * 20_000, "phone": secret})
        with pytest.raises(Unreadable) as caught:
            shopify.read_order(body, "orders/create", SHOP)
        assert "0671234567" not in repr(caught.value)
        assert "olena" not in repr(caught.value)
        assert caught.value.__cause__ is None
        assert caught.value.__context__ is None

    @settings(deadline=None)
    @given(
        st.dictionaries(
            st.sampled_from([*ORDER, *PARCEL, "order", "fulfillment"]),
            st.recursive(
                st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
                lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*LINE, *CUSTOMER]), inner),
                max_leaves=9,
            ),
        )
    )
    def test_any_json_is_news_or_unreadable_and_never_another_error(self, changes: dict[str, Any]) -> None:
        for base in (ORDER, PARCEL):
            body = json.dumps({**base, **changes}).encode()
            try:
                shopify.read_order(body, "orders/create", SHOP)
                shopify.read_shipment(body, SHOP)
            except Unreadable:
                continue
