"""Who meets whom."""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from aftercart.domain.brand import Brand
from aftercart.domain.consent import Channel, Purpose
from aftercart.domain.customer import Customer
from sandbox.trials.routes import Route
from sandbox.trials.turns import afterwards, encounters, prologues
from sandbox.trials.turns.backstage import Backstage
from sandbox.trials.turns.encounters import Known
from sandbox.trials.turns.errands import Errand
from sandbox.trials.turns.goods import Goods
from sandbox.trials.turns.handsets import Way, refusing, ways
from sandbox.trials.turns.stage import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """`before` is played once; then each seed has `who` come together. `days`: how long what follows takes.

    `fares`: how the channels are, by the seed; `told`: how many messages of a step there are, at least and
    at most; `checks`: what else is wrong, in words; `goods`: the brand, changed.
    """

    name: str
    before: Callable[[Stage], None]
    who: Callable[[Known, random.Random], list[Errand]]
    told: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    days: float = 2
    fares: Callable[[random.Random, Route], dict[Channel, Way]] = ways
    checks: tuple[Callable[[Backstage], Iterator[str]], ...] = ()
    goods: Callable[[Goods], Goods] = lambda goods: goods

    def wrong(self, behind: Backstage) -> Iterator[str]:
        """What is wrong with how it ended."""
        records = behind.records()
        told = Counter(message.step for message in records.messages.values())
        unreachable = any(_refuses_all(each, behind.brand) for each in records.customers.values())
        for step, (least, most) in self.told.items():
            if not (0 if unreachable else least) <= told[step] <= most:
                yield f"{told[step]} messages of {step}, not {least} to {most}"
        for check in self.checks:
            yield from check(behind)


def _refuses_all(customer: Customer, brand: Brand) -> bool:
    """On each leg they have opted out or had no address, as before their device came: nothing is said."""
    channels = {leg.channel for leg in brand.route("news", customer.country)} - {Channel.PUSH}
    addresses = [customer.addresses.get(channel) for channel in channels]
    return all(address is None or address.refused(Purpose.TRANSACTIONAL) for address in addresses)


def one_a_day(sold: Goods) -> Goods:
    return replace(sold, brand=replace(sold.brand, messages_a_day=1))


def one_offer_a_day(sold: Goods) -> Goods:
    return replace(sold, brand=replace(sold.brand, marketing_a_day=1))


ONCE = (1, 1)
MEETINGS = {
    meeting.name: meeting
    for meeting in (
        Meeting(
            name="the same order",
            before=prologues.nothing,
            who=encounters.the_same_order,
            told={"confirm": ONCE},
            checks=(afterwards.promptly,),
        ),
        Meeting(
            name="two orders",
            before=prologues.nothing,
            who=encounters.two_orders,
            told={"confirm": (2, 2)},
            checks=(afterwards.promptly,),
        ),
        Meeting(
            name="two buyers, one phone",
            before=prologues.nothing,
            who=encounters.two_buyers,
            told={"confirm": (2, 3)},
            checks=(
                afterwards.promptly,
                afterwards.shared,
            ),
        ),
        Meeting(
            name="order and cancellation",
            before=prologues.nothing,
            who=encounters.a_change_of_mind,
            told={"confirm": (0, 1)},
            checks=(
                afterwards.cancelled,
                afterwards.promptly,
            ),
        ),
        Meeting(
            name="order and parcels",
            before=prologues.nothing,
            who=encounters.order_and_parcels,
            told={"confirm": ONCE},
            checks=(afterwards.all_parcels,),
        ),
        Meeting(
            name="order and a stranger's STOP",
            before=prologues.nothing,
            who=encounters.a_strangers_stop,
            told={"confirm": ONCE},
            checks=(afterwards.stopped,),
        ),
        Meeting(
            name="claim and STOP",
            before=prologues.placed,
            who=encounters.a_stop,
            told={"confirm": ONCE},
            checks=(afterwards.stopped,),
        ),
        Meeting(
            name="claim and page stop",
            before=prologues.both_placed,
            who=encounters.a_page_stop,
            checks=(afterwards.stopped,),
        ),
        Meeting(
            name="claim and receipts",
            before=prologues.placed,
            who=encounters.nobody_else,
            told={"confirm": ONCE},
        ),
        Meeting(
            name="claim and claim",
            before=prologues.placed,
            who=encounters.another_rung,
            fares=refusing,
            told={"confirm": ONCE},
        ),
        Meeting(
            name="claim and cancellation",
            before=prologues.placed,
            who=encounters.a_cancellation,
            checks=(afterwards.cancelled,),
        ),
        Meeting(
            name="claim and a parcel that moves on",
            before=prologues.on_its_way,
            who=encounters.the_parcel_moves_on,
            told={"in_transit": ONCE},
            checks=(afterwards.all_parcels,),
        ),
        Meeting(
            name="two claims under a cap of one",
            before=prologues.nothing,
            who=encounters.two_orders,
            goods=one_a_day,
            checks=(afterwards.capped,),
        ),
        Meeting(
            name="sweep and everybody",
            before=prologues.start_lost,
            who=encounters.whoever_looks,
            told={"confirm": ONCE},
        ),
        Meeting(
            name="step and cancellation",
            before=prologues.survey_due,
            who=encounters.a_cancellation,
            told={"survey": (0, 1)},
            checks=(afterwards.cancelled,),
        ),
        Meeting(
            name="step and step",
            before=prologues.survey_due,
            who=encounters.the_step_again,
            told={"survey": ONCE},
        ),
        Meeting(
            name="marketing and STOP",
            before=prologues.tips_due,
            who=encounters.a_stop,
            told={"tips": (0, 1)},
            checks=(afterwards.stopped,),
        ),
        Meeting(
            name="marketing twice",
            before=prologues.tips_due,
            who=encounters.the_step_again,
            told={"tips": ONCE},
        ),
        Meeting(
            name="two offers and one turn",
            before=prologues.two_tips_due,
            who=encounters.both_steps,
            goods=one_offer_a_day,
            days=4,
            told={"tips": (2, 2)},
            checks=(afterwards.in_turn,),
        ),
        Meeting(
            name="deferred message",
            before=prologues.deferred,
            who=encounters.the_message_again,
            told={"in_transit": (1, 2)},
            checks=(afterwards.all_parcels,),
        ),
        Meeting(
            name="erasure and send",
            before=prologues.placed,
            who=encounters.an_erasure,
            checks=(afterwards.forgotten,),
        ),
        Meeting(
            name="erasure and order",
            before=prologues.confirmed,
            who=encounters.an_erasure_and_an_order,
            checks=(afterwards.forgotten,),
        ),
        Meeting(
            name="erasure and anybody",
            before=prologues.survey_due,
            who=encounters.an_erasure_and_others,
            checks=(afterwards.forgotten,),
        ),
        Meeting(
            name="fallback and late receipt",
            before=prologues.timed_out,
            who=encounters.late_receipts,
            told={"confirm": ONCE},
            checks=(afterwards.went_on,),
        ),
        Meeting(
            name="parcel and parcel",
            before=prologues.confirmed,
            who=encounters.parcels,
            told={"confirm": ONCE},
            checks=(afterwards.all_parcels,),
        ),
        Meeting(
            name="double tap",
            before=prologues.confirmed,
            who=encounters.a_double_tap,
            checks=(afterwards.nobody_twice,),
        ),
        Meeting(
            name="offer and a parcel that leaves",
            before=prologues.confirmed,
            who=encounters.a_late_yes,
            checks=(afterwards.nobody_twice,),
        ),
        Meeting(
            name="the same answer",
            before=prologues.asked,
            who=encounters.the_same_answer,
            days=4,
            told={"help_with_return": ONCE, "review_request": ONCE, "thanks": (0, 0)},
        ),
        Meeting(
            name="ratings",
            before=prologues.asked,
            who=encounters.ratings,
            days=4,
            told={"review_request": ONCE},
            checks=(afterwards.nobody_twice,),
        ),
        Meeting(
            name="STOP, START and orders",
            before=prologues.confirmed,
            who=encounters.words,
            checks=(afterwards.stopped,),
        ),
        Meeting(
            name="anybody",
            before=prologues.survey_due,
            who=encounters.anybody,
            days=4,
            told={"survey": (0, 1)},
            checks=(
                afterwards.nobody_twice,
                afterwards.all_parcels,
            ),
        ),
    )
}
