"""The customers' phones: what they show, and when their owners last wrote."""

import difflib
from datetime import datetime, timedelta

from aftercart.domain.consent import Channel
from aftercart.domain.content import Button
from sandbox.fakes.shown import FakeMessage

WINDOW = timedelta(hours=24)


class Phones:
    def __init__(self) -> None:
        self.shown: list[FakeMessage] = []
        self._heard: dict[tuple[Channel, str], datetime] = {}

    def on(self, channel: Channel, address: str) -> list[FakeMessage]:
        """What one phone shows of a channel, newest first."""
        return [m for m in reversed(self.shown) if (m.channel, m.address) == (channel, address)]

    def newest(self, channel: Channel, address: str) -> FakeMessage | None:
        return next(iter(self.on(channel, address)), None)

    def hear(self, channel: Channel, address: str, at: datetime) -> None:
        """The customer wrote, or pressed."""
        self._heard[channel, address] = at

    def window_open(self, channel: Channel, address: str, now: datetime) -> bool:
        """Meta takes free-form messages for a day after the customer wrote."""
        heard = self._heard.get((channel, address))
        return heard is not None and now - heard < WINDOW

    def button(self, channel: Channel, address: str, wanted: str) -> tuple[FakeMessage, Button]:
        """The newest message with that button (its id or its title). LookupError names the nearest."""
        found = [(m, b) for m in self.on(channel, address) for b in m.buttons if b.reply]
        for message, button in found:
            if wanted in (button.reply, button.title):
                return message, button
        names = [name for _, button in found for name in (button.reply, button.title)]
        near = difflib.get_close_matches(wanted, names, 1) or names[:1]
        hint = f"; did you mean {near[0]!r}?" if near else ": no message there has buttons that answer"
        raise LookupError(f"no button {wanted!r} on this phone's {channel}{hint}")
