"""How clean a value is when it gets into a text.

Values come from shops and from customers: they are data, and stay it. They cannot break a line, turn the
writing round, format a messenger's text or smuggle a link in.
"""

import re
import unicodedata
from dataclasses import dataclass

from aftercart.domain.consent import Channel
from aftercart.domain.links import is_public

LONGEST_NAME = 40
LONGEST_TITLE = 80
LONGEST_WORD = 60  # numbers, carriers
LONGEST_URL = 500
LONGEST_SMS_URL = 60  # a longer one would fill the message by itself

# A first name that a phone would turn into a link, or that holds a number to call, is no first name:
# an order can be placed in anyone's name, and the message bears the shop's.
NOT_A_NAME = re.compile(r"://|@|www\.|[a-z0-9-]\.[a-z]{2}|\.(?:укр|рф|бел|қаз)\b|\d{5}", re.IGNORECASE)
# WhatsApp and Viber format by these; the wide twins look alike and do nothing.
UNFORMATTED = str.maketrans("*_~`", "＊＿～｀")
JOINERS = "\u200c\u200d"  # the only invisible characters that spelling needs


@dataclass(frozen=True, slots=True)
class Cleaner:
    channel: Channel
    longest_title: int = LONGEST_TITLE

    def name(self, value: str) -> str | None:
        if NOT_A_NAME.search(value):
            return None
        return self.words(value, LONGEST_NAME)

    def title(self, value: str) -> str | None:
        return self.words(value, self.longest_title)

    def words(self, value: str, longest: int = LONGEST_WORD) -> str | None:
        """One line of visible characters, at most so long; None where nothing is left, or for a link."""
        line = shortened(one_line(value), longest)
        if "://" in line:
            return None
        return (line if self.channel is Channel.SMS else line.translate(UNFORMATTED)) or None

    def url(self, value: str) -> str | None:
        longest = LONGEST_SMS_URL if self.channel is Channel.SMS else LONGEST_URL
        return value if is_public(value) and len(value) <= longest else None

    def image(self, value: str) -> str | None:
        """Providers and mailboxes fetch it, and many of them over https alone."""
        return self.url(value) if value.startswith("https://") else None


def one_line(value: str) -> str:
    """Control characters are spaces, runs of spaces are one; what is not seen (bidi, zero width) goes."""
    kept = (c for c in value if c in JOINERS or unicodedata.category(c) not in ("Cf", "Cs"))
    return " ".join("".join(" " if unicodedata.category(c) == "Cc" else c for c in kept).split())


def shortened(value: str, longest: int) -> str:
    """Cut after a whole word where there is one."""
    if len(value) <= longest:
        return value
    cut = value[: longest - 1]
    whole, space, _ = cut.rpartition(" ")
    return f"{(whole if space and len(whole) > longest // 2 else cut).rstrip(' ,.;:-–—')}…"
