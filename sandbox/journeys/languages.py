"""Which languages there are: those whose plural forms, dates and numbers CLDR knows, as Babel brings it."""

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path


def is_language(code: str) -> bool:
    """By CLDR's own codes. It loads no Babel, which takes longer than all that an edit has read again."""
    return re.fullmatch("[a-z]{2,3}", code) is not None and (_locales() / f"{code}.dat").is_file()


@cache
def _locales() -> Path:
    babel = find_spec("babel")
    assert babel
    assert babel.origin
    return Path(babel.origin).with_name("locale-data")


def meant(code: str) -> str:
    """The language of an old code, or that most people speak in the country of this code. "": none."""
    from babel.core import get_global  # noqa: PLC0415

    aliases, spoken = get_global("language_aliases"), get_global("likely_subtags")
    found = aliases.get(code) or spoken.get(f"und_{code.upper()}") or ""
    return str(found).partition("_")[0]
