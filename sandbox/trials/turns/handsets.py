"""What carries messages where invocations take turns: each channel in one way at a time, and its receipts.

Receipts are invocations like any other, so one may come inside the call that it is about.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from botocore.exceptions import ClientError, ReadTimeoutError

from aftercart.domain.consent import Channel, Purpose
from aftercart.domain.content import Content
from aftercart.domain.message import Outcome, Receipt, ReceiptStatus, Variant
from aftercart.ports import Outgoing, Sent, Telling
from sandbox.fakes import FakeCall, FakeMessage, Mode
from sandbox.trials.routes import CHANNELS, Route

S = ReceiptStatus
MOSTLY = 0.6


class Way(StrEnum):
    """How a channel fares."""

    OK = "ok"
    REPEATS = "receipts come three times and out of order"
    REJECTS = "taken, then a failed receipt"
    SILENT = "taken, not shown, no receipt"
    SHOWS_UNSAID = "shown, no receipt"
    LATE = "shown, with a receipt half an hour later"
    DOWN = "refused"
    BARS_OFFERS = "offers are taken, then barred as marketing"
    OPTED_OUT = "refused: the provider's own list says stop"
    BUSY = "refused for now, mostly"


ALL_WELL = dict.fromkeys(CHANNELS, Way.OK)
USUAL = (*[Way.OK] * 5, *[Way.REPEATS] * 2, *Way)


def ways(dice: random.Random, over: Route) -> dict[Channel, Way]:
    """One way for each channel; mostly they work."""
    return {channel: dice.choice(USUAL) for channel in CHANNELS}


def refusing(dice: random.Random, over: Route) -> dict[Channel, Way]:
    """The first leg mostly says afterwards that it failed; the next one shows what it gets."""
    first = dice.choice((Way.REJECTS, Way.REJECTS, Way.DOWN, Way.OK))
    second = dice.choice((Way.OK, Way.SHOWS_UNSAID))
    return {**ways(dice, over), **dict(zip((leg.channel for leg in over), (first, second), strict=False))}


@dataclass(frozen=True, slots=True)
class PlainTexts:
    """ports.Texts: what a text says is not what is tried here."""

    def render(self, telling: Telling) -> Content:
        """The text's name, and whether it is the one with the offer."""
        return Content(text=f"{telling.message.text} {telling.variant} {telling.link}", language="uk")


@dataclass(slots=True)
class Handsets:
    """`later` brings a receipt; `now` is the clock. `shown` and `asked` as the sandbox's fakes keep them."""

    now: Callable[[], datetime]
    later: Callable[[timedelta, Receipt], object]
    dice: random.Random
    fares: dict[Channel, Way]
    shown: list[FakeMessage] = field(default_factory=list)
    asked: list[FakeCall] = field(default_factory=list)

    def take(self, channel: Channel, provider: str, outgoing: Outgoing) -> Sent:
        """A provider gets a request."""
        way = self.fares[channel]
        self.asked.append(
            FakeCall(
                at=self.now(),
                channel=channel,
                provider=provider,
                mode=Mode.OK,
                answer=way,
                address=outgoing.to,
                reference=outgoing.reference,
            )
        )
        if way is Way.DOWN:
            return Sent(outcome=Outcome.REJECTED, reason="down")
        if way is Way.OPTED_OUT:
            return Sent(outcome=Outcome.REJECTED, reason="470", advice="opted_out")
        if way is Way.BUSY and self.dice.random() < MOSTLY:
            return Sent(outcome=Outcome.REJECTED, reason="busy", advice="later")
        self._carry(way, channel, provider, outgoing)
        return Sent(outcome=Outcome.ACCEPTED, provider_id=f"p-{len(self.asked)}")

    def _carry(self, way: Way, channel: Channel, provider: str, outgoing: Outgoing) -> None:
        offer = f" {Variant.OFFER} " in outgoing.content.text or outgoing.purpose is Purpose.MARKETING
        if way is Way.REJECTS:
            self._say(outgoing, S.FAILED)
        elif way is Way.BARS_OFFERS and offer:
            self._say(outgoing, S.FAILED, advice="plain")
        elif way is not Way.SILENT:
            self._show(channel, provider, outgoing)
            if way is not Way.SHOWS_UNSAID:
                wait = timedelta(minutes=30) if way is Way.LATE else timedelta(0)
                self._tell_all(outgoing, 3 if way is Way.REPEATS else 1, wait)

    def _show(self, channel: Channel, provider: str, outgoing: Outgoing) -> None:
        self.shown.append(
            FakeMessage(
                id=f"p-{len(self.asked)}",
                at=self.now(),
                address=outgoing.to,
                channel=channel,
                provider=provider,
                text=outgoing.content.text,
                reference=outgoing.reference,
            )
        )

    def _tell_all(self, outgoing: Outgoing, times: int, wait: timedelta) -> None:
        told = [S.SENT, S.DELIVERED, S.READ][: self.dice.choice((1, 2, 3))] * times
        if S.DELIVERED not in told:
            told.append(S.DELIVERED)
        self.dice.shuffle(told)
        for status in told:
            self._say(outgoing, status, wait=wait)

    def _say(
        self, outgoing: Outgoing, status: ReceiptStatus, *, advice: str = "", wait: timedelta = timedelta(0)
    ) -> None:
        receipt = Receipt(reference=outgoing.reference, status=status, at=self.now(), advice=advice)
        self.later(wait + timedelta(milliseconds=self.dice.choice((0, 0, 5, 400, 3000))), receipt)


@dataclass(slots=True)
class Carrier:
    """ports.Provider over one call, `ask`, which may fail like any other."""

    channel: Channel
    name: str
    ask: Callable[[Channel, str, Outgoing], Sent]

    def takes(self, address: str) -> bool:
        return True

    def send(self, outgoing: Outgoing) -> Sent:
        """Exactly one call."""
        try:
            return self.ask(self.channel, self.name, outgoing)
        except ReadTimeoutError:
            return Sent(outcome=Outcome.UNKNOWN, reason="timeout")
        except ClientError as refusal:
            return Sent(outcome=Outcome.REJECTED, reason=refusal.response["Error"]["Code"])
