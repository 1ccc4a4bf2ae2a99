import subprocess
import sys

import pytest

from aftercart.shops import phones

AS_TYPED = [
    ("+380 (67) 123 45 67", "", "+380671234567"),
    ("0671234567", "UA", "+380671234567"),
    ("067 123-45-67", "UA", "+380671234567"),
    ("380671234567", "UA", "+380671234567"),
    ("00380671234567", "UA", "+380671234567"),
    ("+38 067 123 45 67", "PL", "+380671234567"),
    ("٠٦٧١٢٣٤٥٦٧", "UA", "+380671234567"),
    ("8 (916) 123-45-67", "RU", "+79161234567"),
    ("8 701 123 45 67", "KZ", "+77011234567"),
    ("8 029 123-45-67", "BY", "+375291234567"),
    ("06 12 34 56 78", "FR", "+33612345678"),
    ("0151 23456789", "DE", "+4915123456789"),
    ("(212) 555-0100", "US", "+12125550100"),
]
NOT_A_NUMBER = [
    ("", "UA"),
    ("12345", "UA"),
    ("0671234567", ""),  # national, and nobody knows of which country
    ("555-555-SHIP", "US"),
    ("+380ХХХХХХХХХ", "UA"),
    ("+380671234567 дод. 12", "UA"),
    ("немає", "UA"),
    ("+" * 300, "UA"),
    ("0671234567", "ZZ"),
]


@pytest.mark.parametrize(("typed", "country", "expected"), AS_TYPED)
def test_a_number_is_read_by_the_country_of_its_address(typed: str, country: str, expected: str) -> None:
    assert phones.e164(typed, country) == expected
    assert phones.reachable(typed, country) == expected


@pytest.mark.parametrize(("typed", "country"), NOT_A_NUMBER)
def test_what_is_no_number_is_empty_and_never_an_error(typed: str, country: str) -> None:
    assert phones.e164(typed, country) == ""
    assert phones.reachable(typed, country) == ""


@pytest.mark.parametrize("typed", ("80671234567", "8 (067) 123-45-67"))
def test_the_old_ukrainian_trunk_prefix_is_understood_in_ukraine_alone(typed: str) -> None:
    assert phones.e164(typed, "UA") == "+380671234567"
    assert phones.e164(typed, "PL") == ""


@pytest.mark.parametrize(
    ("typed", "country"),
    (
        ("+380 44 123 45 67", "UA"),
        ("+557734881234", "BR"),
        ("0 800 300 460", "UA"),
        ("+44 20 7946 0018", "GB"),
    ),
)
def test_a_landline_or_a_hotline_is_a_number_but_not_a_reachable_one(typed: str, country: str) -> None:
    assert phones.e164(typed, country)
    assert phones.reachable(typed, country) == ""


@pytest.mark.parametrize(
    ("number", "country"),
    (("+380671234567", "UA"), ("+77011234567", "KZ"), ("+79161234567", "RU"), ("+88216123456", "")),
)
def test_a_number_tells_its_country(number: str, country: str) -> None:
    assert phones.country_of(number) == country


def test_the_library_is_not_loaded_before_a_phone_is_read() -> None:
    code = "import sys, aftercart.shops.shopify; sys.exit('phonenumbers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
