"""Who may be told what, where: consent per address and purpose, folded so that any order will do."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Purpose(StrEnum):
    TRANSACTIONAL = "transactional"  # about something they ordered
    MARKETING = "marketing"


class Channel(StrEnum):
    WHATSAPP = "whatsapp"
    VIBER = "viber"
    PUSH = "push"
    SMS = "sms"
    EMAIL = "email"
    MESSENGER = "messenger"
    INSTAGRAM = "instagram"


PHONE_CHANNELS = (Channel.WHATSAPP, Channel.VIBER, Channel.SMS)
# Meta lets nobody write there first, nor later than a day after the customer did: no route has them.
ANSWERS_ONLY = (Channel.MESSENGER, Channel.INSTAGRAM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One entry of the ledger. `explicit`: the customer told us; otherwise a shop's record says so."""

    purpose: Purpose
    granted: bool
    at: datetime
    source: str
    version: str = ""  # of the text that was agreed to
    explicit: bool = False


def fold(known: Consent | None, news: Consent) -> Consent:
    """The later entry wins; at the same time a refusal wins, so that a tie never writes to anyone."""
    if known is None:
        return news
    return max(
        known,
        news,
        key=lambda entry: (entry.at, not entry.granted, entry.explicit, entry.source, entry.version),
    )
