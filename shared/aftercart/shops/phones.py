"""Phone numbers as people type them, to E.164 by the country of the address they stand in."""

import re
from types import ModuleType

# In Ukraine 8 was dialled before a trunk call; phonenumbers no longer reads it (formats.md D).
_OLD_UKRAINIAN_TRUNK = re.compile(r"80\d{9}")
_NOT_DIGITS = re.compile(r"[\s().-]+")


def _phonenumbers() -> ModuleType:
    # Loaded late: the parcels' function imports this shop too and never reads a phone.
    import phonenumbers  # noqa: PLC0415

    return phonenumbers


def e164(typed: str, country: str) -> str:
    """The number in E.164, or "" where it is none. `country` ("" where unknown) reads a national one."""
    phonenumbers = _phonenumbers()
    if country == "UA" and _OLD_UKRAINIAN_TRUNK.fullmatch(bare := _NOT_DIGITS.sub("", typed)):
        typed = f"+3{bare}"
    try:
        number = phonenumbers.parse(typed, country or None)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def reachable(typed: str, country: str) -> str:
    """As `e164`, but "" for a number that no message reaches: a landline, a hotline, a pager."""
    if not (number := e164(typed, country)):
        return ""
    phonenumbers = _phonenumbers()
    kinds = phonenumbers.PhoneNumberType
    kind = phonenumbers.number_type(phonenumbers.parse(number, None))
    return number if kind in (kinds.MOBILE, kinds.FIXED_LINE_OR_MOBILE, kinds.VOIP) else ""


def country_of(number: str) -> str:
    """The country (ISO 3166 alpha-2) that an E.164 number belongs to, or "" where it tells none."""
    phonenumbers = _phonenumbers()
    region = phonenumbers.region_code_for_number(phonenumbers.parse(number, None))
    return region if region and len(region) == 2 and region.isalpha() else ""
