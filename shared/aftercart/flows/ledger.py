"""Lines of the consent ledger: append-only, one per word that was said."""

from datetime import UTC

from aftercart import ports
from aftercart.domain import ids
from aftercart.domain.consent import Channel, Consent
from aftercart.ports import LedgerEntry, Put


def entry(customer_id: str, channel: Channel, consent: Consent, cause: str = "") -> Put[LedgerEntry]:
    """The same word is the same line, however often it comes and by whatever way.

    `cause`: the order whose record says it; a customer's own word needs none.
    """
    moment = consent.at.astimezone(UTC).isoformat(timespec="microseconds")
    line = ids.digest(16, cause, channel, consent.purpose, str(consent.granted), consent.source)
    value = LedgerEntry(customer=customer_id, channel=channel, consent=consent)
    return Put(ref=ports.ledger(customer_id, f"{moment}#{line}"), value=value, blind=True)
