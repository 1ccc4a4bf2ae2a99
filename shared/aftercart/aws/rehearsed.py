"""A stack that takes live webhooks and sends nothing, or to staff only: what it would have sent is logged.

The log and the metric name no one: an attempt's id, its channel, provider, purpose, country and size.
"""

from collections.abc import Callable

from aftercart.aws.settings import Misconfigured
from aftercart.aws.telemetry import count, log
from aftercart.domain.message import Outcome
from aftercart.ports import Outgoing, Provider, Secrets, Sent

REHEARSED = Sent(outcome=Outcome.ACCEPTED, reason="rehearsed", advice="rehearsed")
MODES = ("live", "shadow", "staff")


def rehearsed(provider: Provider, sending: str, secrets: Secrets) -> Provider:
    """`sending`: live (everyone), shadow (nobody) or staff (the secret's staff_addresses alone)."""
    if sending not in MODES:
        raise Misconfigured(f"SENDING is {sending!r}: expected {', '.join(MODES)}")
    if sending == "live":
        return provider
    return Rehearsed(provider, (lambda: _staff(secrets)) if sending == "staff" else frozenset)


def _staff(secrets: Secrets) -> frozenset[str]:
    """Phones and e-mails with spaces or commas between; where there are none, nobody is sent anything."""
    try:
        text = secrets.get("staff_addresses")[0].decode()
    except LookupError:
        return frozenset()
    return frozenset(text.replace(",", " ").casefold().split())


class Rehearsed:
    """ports.Provider: takes everything, and hands on only what goes to staff."""

    def __init__(self, provider: Provider, staff: Callable[[], frozenset[str]]) -> None:
        self._provider, self._staff = provider, staff
        self.channel, self.name, self.takes = provider.channel, provider.name, provider.takes

    def send(self, outgoing: Outgoing) -> Sent:
        if outgoing.to.casefold() in self._staff():
            return self._provider.send(outgoing)
        template = outgoing.content.template
        would = {
            "attempt": outgoing.reference,
            "channel": self.channel,
            "provider": self.name,
            "purpose": outgoing.purpose,
            "country": outgoing.country,
            "language": outgoing.content.language,
            "parts": outgoing.content.parts,
            "template": template.name if template else "",
        }
        log.info("would_send", extra=would)
        count("WouldSend", channel=self.channel)
        return REHEARSED
