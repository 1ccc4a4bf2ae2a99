from datetime import UTC, datetime
from typing import Any

import pytest

from aftercart.domain.consent import Purpose
from tests.aftercart.shops.shopify_samples import ADDRESS, EPOCH, address, buyer, consent, customer, order


class TestTheBuyersPhone:
    NOBODY = customer(phone=None, default_address=None)

    @pytest.mark.parametrize(
        ("phones", "expected"),  # the order's, the delivery's, the payer's, the customer's, their home's
        (
            (("+380671111111", "0672222222", "0673333333", "0674444444", "0675555555"), "+380671111111"),
            ((None, "0672222222", "0673333333", "0674444444", "0675555555"), "+380672222222"),
            (("555-555-SHIP", "+380 (67) ...", "0673333333", "0674444444", "0675555555"), "+380673333333"),
            ((None, None, None, "0674444444", "0675555555"), "+380674444444"),
            ((None, "+380 44 123 45 67", None, None, "0675555555"), "+380675555555"),  # first a landline
            ((None, None, None, None, None), ""),
            ((380671111111, None, None, None, None), "+380671111111"),
            (("80671111111", None, None, None, None), "+380671111111"),
        ),
    )
    def test_is_the_most_trusted_one_that_messages_reach(
        self, phones: tuple[object, ...], expected: str
    ) -> None:
        its_own, shipping, billing, record, home = phones
        known = buyer(
            phone=its_own,
            shipping_address=address(phone=shipping),
            billing_address=address(phone=billing),
            customer=customer(phone=record, default_address=address(phone=home)),
        )
        assert known.phone == expected

    def test_is_read_by_the_country_of_its_own_address(self) -> None:
        abroad = address(country_code="PL", phone="512 345 678")
        assert buyer(phone=None, shipping_address=abroad, customer=None).phone == "+48512345678"
        assert buyer(phone="512 345 678", shipping_address=abroad, customer=None).phone == "+48512345678"
        both = buyer(
            phone=None, shipping_address=address(country_code="PL", phone=None), billing_address=ADDRESS
        )
        assert both.phone == "+380671234567"

    GIFT = address(first_name="Марко", last_name="Бойко", name="Марко Бойко", phone="0509999999")

    def test_is_not_that_of_a_gifts_recipient(self) -> None:
        paid = address(phone="0673333333")
        known = buyer(phone=None, shipping_address=self.GIFT, billing_address=paid, customer=self.NOBODY)
        assert known.phone == "+380673333333"

    def test_is_not_the_recipients_even_where_the_address_book_holds_it_first(self) -> None:
        remembered = customer(phone=None, default_address=self.GIFT)
        paid = address(phone="0673333333")
        known = buyer(phone=None, shipping_address=self.GIFT, billing_address=paid, customer=remembered)
        assert known.phone == "+380673333333"

    def test_is_the_recipients_where_there_is_no_other_but_then_nobody_has_agreed_to_marketing(self) -> None:
        known = buyer(
            phone=None, shipping_address=self.GIFT, billing_address=None, customer={**self.NOBODY, "id": 5}
        )
        assert known.phone == "+380509999999"
        assert known.phone_consents == ()
        assert known.first_name == "Олена"

    @pytest.mark.parametrize(
        "name",
        (
            {"first_name": "ШЕВЧЕНКО", "last_name": " олена", "name": None},
            {"first_name": None, "last_name": None, "name": "Олена  Шевченко"},
            {"first_name": None, "last_name": None, "name": None},
        ),
    )
    def test_an_order_to_oneself_is_no_gift_however_the_name_is_written(self, name: dict[str, Any]) -> None:
        own = address(phone="0502222222", **name)
        known = buyer(phone=None, shipping_address=own, customer=customer(phone=None))
        assert known.phone == "+380502222222"

    def test_an_order_to_the_payer_is_no_gift_though_the_account_bears_another_name(self) -> None:
        known = buyer(phone=None, shipping_address=self.GIFT, billing_address=self.GIFT)
        assert known.phone == "+380509999999"


class TestConsent:
    @pytest.mark.parametrize(
        ("record", "accepts", "expected"),
        (
            (
                consent("subscribed"),
                False,
                (True, datetime(2026, 11, 1, 8, tzinfo=UTC), "sms_marketing_consent"),
            ),
            (consent("SUBSCRIBED", None), False, (True, EPOCH, "sms_marketing_consent")),
            (
                consent("unsubscribed"),
                True,
                (False, datetime(2026, 11, 1, 8, tzinfo=UTC), "sms_marketing_consent"),
            ),
            (consent("not_subscribed"), True, None),
            (consent("pending"), True, None),
            (consent("redacted"), True, None),
            (consent("invalid"), True, None),
            (None, True, (True, EPOCH, "buyer_accepts_marketing")),
            ({}, True, (True, EPOCH, "buyer_accepts_marketing")),
            (consent(None), True, (True, EPOCH, "buyer_accepts_marketing")),
            (None, False, None),
            (None, "true", None),
        ),
    )
    def test_is_the_shops_record_else_the_checkouts_box(
        self, record: object, accepts: object, expected: tuple[bool, datetime, str] | None
    ) -> None:
        known = buyer(
            buyer_accepts_marketing=accepts,
            customer=customer(sms_marketing_consent=record, email_marketing_consent=record),
        )
        for consents, channel in ((known.phone_consents, "sms"), (known.email_consents, "email")):
            found = [(each.granted, each.at, each.source.removeprefix("shopify:")) for each in consents]
            wanted = [(each[0], each[1], each[2].replace("sms", channel)) for each in (expected,) if each]
            assert found == wanted
            assert not any(each.explicit for each in consents)
            assert all(each.purpose is Purpose.MARKETING for each in consents)

    def test_is_granted_for_the_number_on_record_and_no_other(self) -> None:
        known = buyer(phone="+380509999999")
        assert known.phone == "+380509999999"
        assert known.phone_consents == ()

    def test_is_refused_for_every_number_of_who_unsubscribed(self) -> None:
        refused = customer(sms_marketing_consent=consent("unsubscribed"))
        assert [each.granted for each in buyer(phone="+380509999999", customer=refused).phone_consents] == [
            False
        ]

    def test_is_granted_for_the_mail_on_record_and_no_other(self) -> None:
        agreed = customer(email_marketing_consent=consent("subscribed"))
        assert buyer(customer=agreed).email_consents
        assert buyer(customer=agreed, email="other@example.com").email_consents == ()


class TestWhereAndHow:
    @pytest.mark.parametrize(
        ("locale", "of_customer", "language"),
        (
            ("uk", None, "uk"),
            ("uk-UA", "en", "uk"),
            ("RU_ru", None, "ru"),
            (None, "en-GB", "en"),
            ("", "", ""),
            ("english", None, ""),
            ("zh-Hans-CN", None, "zh"),
        ),
    )
    def test_the_language_is_the_orders_then_the_customers(
        self, locale: str | None, of_customer: str | None, language: str
    ) -> None:
        known = buyer(customer_locale=locale, customer=customer(locale=of_customer))
        assert known.language == language

    def test_the_country_is_where_the_parcel_goes_then_the_payers_then_the_customers(self) -> None:
        there, payer = address(country_code="pl"), address(country_code="DE")
        nowhere = address(country_code=None)
        home = customer(default_address=address(country_code="CZ"))
        assert order(shipping_address=there, billing_address=payer, customer=home).country == "PL"
        assert order(shipping_address=None, billing_address=payer, customer=home).country == "DE"
        assert order(shipping_address=nowhere, billing_address={}, customer=home).country == "CZ"

    def test_without_an_address_the_phone_tells_the_country(self) -> None:
        read = order(shipping_address=None, billing_address=None, customer=None)
        assert (read.country, read.zones) == ("UA", ("Europe/Kyiv",))

    def test_without_any_of_them_neither_country_nor_zone_is_known(self) -> None:
        read = order(shipping_address=None, billing_address=None, customer=None, phone=None)
        assert (read.country, read.zones) == ("", ())

    def test_the_province_narrows_the_zones(self) -> None:
        read = order(shipping_address=address(country_code="US", province_code="CA"))
        assert read.zones == ("America/Los_Angeles",)

    @pytest.mark.parametrize("mail", (None, "", "nobody", "a b@example.com", "a@b", "<a@example.com>", 5))
    def test_a_mail_that_cannot_be_one_is_passed_over(self, mail: object) -> None:
        assert buyer(email=mail, contact_email=None).email == "olena@example.com"
        assert buyer(email=mail, contact_email="Second@Example.com").email == "second@example.com"
