"""What a channel would not take, or is not paid for, is not sent there: the next channel says it."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from aftercart.domain.consent import Channel
from aftercart.domain.content import Content
from aftercart.domain.message import Message
from aftercart.flows.order_confirmation import on_order
from aftercart.ports import Telling, TextTooLong
from sandbox.commands.explain import explained, in_words
from sandbox.commands.terminal import Ink
from sandbox.commands.why import entry
from sandbox.control import views
from sandbox.fakes import Mode
from sandbox.player import Player
from sandbox.sandbox import Sandbox
from sandbox.trials.crashes.prepared import BEGINS, OLENA
from tests.builders import REJECTED, PlainTexts, SmallWorld, placed

WHATSAPP, VIBER, SMS = Channel.WHATSAPP, Channel.VIBER, Channel.SMS


@dataclass
class LongTexts(PlainTexts):
    """On some channels it is too long."""

    long: dict[Channel, str] = field(default_factory=dict)

    def render(self, telling: Telling) -> Content:
        if telling.channel in self.long:
            raise TextTooLong(self.long[telling.channel])
        return Content(
            text=f"{telling.message.text}/{telling.variant}", language="uk", parts=2, forced_by="№"
        )


def confirmed(**long: str) -> tuple[SmallWorld, Message]:
    small = SmallWorld(texts=LongTexts(long={Channel(name): why for name, why in long.items()}))
    on_order(placed(), small.world)
    return small, small.message("confirm")


def test_what_is_too_long_for_a_channel_goes_over_the_next_and_says_so() -> None:
    small, message = confirmed(whatsapp="1100 characters")
    assert small.rung(message) == "waiting"
    assert [each.split("/")[0] for each in small.shown()] == ["viber confirm"]
    facts = small.message("confirm").log[-1].facts
    assert facts["whatsapp.plain"] == facts["whatsapp.offer"] == "too_long 1100 characters"


def test_what_is_too_long_everywhere_ends_with_that_reason() -> None:
    small, message = confirmed(
        whatsapp="1100 characters", viber="1100 characters", sms="3 parts, UCS-2 for В"
    )
    assert small.rung(message) == "too_long"
    assert small.shown() == []
    assert small.message("confirm").log[-1].facts["sms.plain"] == "too_long 3 parts, UCS-2 for В"


def test_where_the_others_refused_it_and_the_last_is_too_long_all_is_exhausted() -> None:
    small, message = confirmed(sms="3 parts")
    for channel in (WHATSAPP, VIBER):
        small.phones[channel].answers = [REJECTED] * 2
    assert small.rung(message) == "exhausted"
    facts = small.message("confirm").log[-1].facts
    assert (facts["1 whatsapp"], facts["sms.plain"]) == ("131026", "too_long 3 parts")


def test_the_decision_holds_the_parts_of_an_sms_and_what_makes_it_dear() -> None:
    small, message = confirmed()
    for channel in (WHATSAPP, VIBER):
        small.phones[channel].answers = [REJECTED] * 2
    small.rung(message)
    *_, whatsapp, viber, sms = small.message("confirm").log
    assert (sms.facts["parts"], sms.facts["forced_by"]) == (2, "№")
    assert not {"parts", "forced_by"} & {*whatsapp.facts, *viber.facts}


def test_why_tells_parts_the_character_and_the_cost() -> None:
    with Sandbox(BEGINS, memory=True).open() as sandbox:
        for channel in (WHATSAPP, VIBER):
            sandbox.break_channel(channel, Mode.DOWN)
        Player(sandbox).orders(OLENA, 1001, ["ZIRVO-A1"])
        sandbox.advance(BEGINS + timedelta(hours=1))
        (message,) = sandbox.records().messages.values()
        told = explained(views.decisions(sandbox), views.messages(sandbox), views.attempts(sandbox, message))
    lines = "\n".join(entry(told[0], Ink(False)))
    assert "sms: delivered (2 parts in UCS-2, for «З», 0.06 USD)" in lines


@pytest.mark.parametrize("size", ("3 parts, UCS-2 for №", "1100 characters"))
def test_how_long_it_is_stands_behind_the_words(size: str) -> None:
    assert in_words(f"too_long {size}").endswith(f"({size})")
