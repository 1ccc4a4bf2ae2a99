"""A provider that tells a person when it is our account, key or template that is refused, not the customer.

The message goes on to the next channel, so nobody would notice until a bill or a complaint came.
"""

from aftercart.aws.telemetry import count, log
from aftercart.channels.entry import Entry, Sender
from aftercart.ports import Outgoing, Sent


class Watched:
    """ports.Provider: an entry's sender, counted where its answer asks for a person."""

    def __init__(self, entry: Entry, sender: Sender) -> None:
        self._sender = sender
        self.channel, self.name, self.takes = entry.channel, entry.name, entry.takes

    def send(self, outgoing: Outgoing) -> Sent:
        sent = self._sender.send(outgoing)
        if sent.advice == "alarm":
            told(self.name, sent.reason)
        return sent


def told(provider: str, reason: str) -> None:
    """Also for receipts, which may say so later. `reason` is our word and the provider's code."""
    count("ProviderFaults", provider=provider)
    log.error("provider_fault", extra={"provider": provider, "reason": reason})
