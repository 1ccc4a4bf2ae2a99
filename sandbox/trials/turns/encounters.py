"""Who comes to a meeting, as a seed says."""

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from aftercart.domain.consent import PHONE_CHANNELS, Channel
from aftercart.domain.message import Receipt, ReceiptStatus
from aftercart.flows.rung import Task
from aftercart.ports import Reply
from sandbox.control.records import Records
from sandbox.trials.turns import goods
from sandbox.trials.turns.errands import Errand
from sandbox.trials.turns.goods import MARKO, OLENA
from sandbox.trials.turns.prologues import A_MOMENT, BEGINS, body, device, order

STATUSES = (None, "in_transit", "out_for_delivery", "ready_for_pickup", "delivered")
LATE = (ReceiptStatus.DELIVERED, ReceiptStatus.FAILED, ReceiptStatus.READ, ReceiptStatus.SENT)


@dataclass(frozen=True, slots=True)
class Known:
    """What was there when they met."""

    records: Records
    now: datetime

    def message(self, step: str) -> str:
        """The id of the only message of a step."""
        (found,) = (m.id for m in self.records.messages.values() if m.step == step)
        return found


def says(
    text: str, now: datetime, dice: random.Random, *, number: int = 1, channel: Channel | None = None
) -> Errand:
    """Olena writes."""
    where = channel or dice.choice(PHONE_CHANNELS)
    reply = Reply(id=f"reply-{number}", channel=where, sender=OLENA.phone, text=text, at=now)
    return Errand("reply", (reply,))


def parcel(dice: random.Random, now: datetime) -> Errand:
    at = now - timedelta(seconds=dice.choice((0, 30, 600)))
    return goods.moved(body(), dice.choice(STATUSES), at, dice.choice((1, 1, 2)))


def erase(known: Known) -> Errand:
    return Errand("erase", (min(known.records.customers),))


def a_strangers_stop(known: Known, dice: random.Random) -> list[Errand]:
    return [order(), says("СТОП", known.now, dice)]


def nobody_else(known: Known, dice: random.Random) -> list[Errand]:
    """What is due meets what it brings about."""
    return []


def the_same_order(known: Known, dice: random.Random) -> list[Errand]:
    later = goods.ordered({**body(), "updated_at": body()["updated_at"][:-8] + "9+02:00"}, "orders/updated")
    return [order(), order(), *dice.choice(([], [order()], [later], [device()]))]


def two_orders(known: Known, dice: random.Random) -> list[Errand]:
    return [order(), order(1002), *dice.choice(([], [order(1002)], [order()], [device()]))]


def two_buyers(known: Known, dice: random.Random) -> list[Errand]:
    return [order(), order(1002, MARKO), *dice.choice(([], [order(1003)]))]


def a_change_of_mind(known: Known, dice: random.Random) -> list[Errand]:
    return [order(), goods.cancelled(body(), BEGINS + timedelta(seconds=1))]


def order_and_parcels(known: Known, dice: random.Random) -> list[Errand]:
    return [order(), *(parcel(dice, known.now) for _ in range(dice.choice((1, 2, 3))))]


def a_stop(known: Known, dice: random.Random) -> list[Errand]:
    stop = says("СТОП", known.now, dice)
    return [stop, *dice.choice(([], [stop], [goods.moved(body(), "in_transit", known.now)]))]


def a_page_stop(known: Known, dice: random.Random) -> list[Errand]:
    messages = sorted(known.records.messages)
    return [Errand("page", (dice.choice(messages), "stop"))]


def another_rung(known: Known, dice: random.Random) -> list[Errand]:
    """A retry, while the older invocation is still at it."""
    message = known.records.messages[known.message("confirm")]
    again = Task(message=message.id, run=1, rung=1, wait=message.waits[0], token="of another try")
    return [Errand("rung", (again,)), *dice.choice(([], [Errand("rung", (replace(again, token="third"),))]))]


def whoever_looks(known: Known, dice: random.Random) -> list[Errand]:
    """The sweep, and whoever comes at the same time."""
    message = known.records.messages[known.message("confirm")]
    old = Task(message=message.id, run=1, rung=1, wait=900, token="of a run that was late")
    others = [
        order(),
        Errand("rung", (old,)),
        Errand("sweep"),
        says("СТОП", known.now, dice),
        parcel(dice, known.now),
        goods.cancelled(body(), known.now),
    ]
    return [Errand("sweep"), *dice.sample(others, dice.choice((1, 2, 3)))]


def a_cancellation(known: Known, dice: random.Random) -> list[Errand]:
    return [goods.cancelled(body(), known.now)]


def the_step_again(known: Known, dice: random.Random) -> list[Errand]:
    care = next(e for e in known.records.enrolments.values() if e.armed_for is not None)
    again = Errand("step", (care.id, care.arm))
    old = Errand("step", (care.id, care.arm - 1), answers="nothing_due")
    return [again, *dice.choice(([], [again], [Errand("sweep")], [old]))]


def both_steps(known: Known, dice: random.Random) -> list[Errand]:
    """Steps of two journeys are due at the same time, and one of them perhaps twice."""
    steps = [Errand("step", (e.id, e.arm)) for e in known.records.enrolments.values() if e.armed_for]
    return [*steps, *dice.sample([*steps, Errand("sweep")], dice.choice((0, 0, 1)))]


def the_message_again(known: Known, dice: random.Random) -> list[Errand]:
    waits = next(m for m in known.records.messages.values() if m.due_at is not None)
    again = Errand("message", (waits.id, waits.arm))
    others = [again, Errand("sweep"), says("СТОП", known.now, dice), parcel(dice, known.now)]
    return [again, *dice.sample(others, dice.choice((0, 1, 2)))]


def an_erasure(known: Known, dice: random.Random) -> list[Errand]:
    return [erase(known), *dice.choice(([], [], [erase(known)]))]


def an_erasure_and_an_order(known: Known, dice: random.Random) -> list[Errand]:
    return [erase(known), dice.choice((order(), order(1002), order(1002, MARKO)))]


def an_erasure_and_others(known: Known, dice: random.Random) -> list[Errand]:
    return [erase(known), *dice.sample(_anybody(known, dice), dice.choice((1, 2, 3)))]


def late_receipts(known: Known, dice: random.Random) -> list[Errand]:
    (message,) = known.records.messages.values()
    reference = message.reference(message.attempts[0])
    told = dice.choices(LATE, k=dice.choice((1, 1, 2)))
    return [
        Errand("receipt", (Receipt(reference=reference, status=status, at=known.now),)) for status in told
    ]


def the_parcel_moves_on(known: Known, dice: random.Random) -> list[Errand]:
    return [goods.moved(body(), dice.choice(STATUSES[2:]), known.now)]


def parcels(known: Known, dice: random.Random) -> list[Errand]:
    first = parcel(dice, known.now)
    return [
        first,
        dice.choice((first, parcel(dice, known.now))),
        *dice.choice(([], [parcel(dice, known.now)])),
    ]


def a_double_tap(known: Known, dice: random.Random) -> list[Errand]:
    where = Channel.WHATSAPP
    taps = [
        says("1", known.now, dice, number=n, channel=where) for n in dice.choice(((1, 1), (1, 2), (1, 2, 2)))
    ]
    page = Errand("page", (known.message("confirm"), "accept"))
    return [*taps, *dice.choice(([], [page]))]


def a_late_yes(known: Known, dice: random.Random) -> list[Errand]:
    page = Errand("page", (known.message("confirm"), "accept"))
    leaves = goods.moved(body(), "in_transit", known.now)
    return [dice.choice((page, says("1", known.now, dice, channel=Channel.WHATSAPP))), leaves]


def ratings(known: Known, dice: random.Random) -> list[Errand]:
    answers = [
        says("2", known.now, dice, number=1),
        says("5", known.now, dice, number=2),
        says("2", known.now, dice, number=1, channel=Channel.WHATSAPP),
        Errand("page", (known.message("survey"), "rate:1")),
        Errand("page", (known.message("survey"), "rate:4")),
    ]
    return dice.sample(answers, dice.choice((2, 2, 3)))


def the_same_answer(known: Known, dice: random.Random) -> list[Errand]:
    """A provider brings one reply more than once."""
    return [says("2", known.now, dice, channel=Channel.WHATSAPP)] * dice.choice((2, 3))


def words(known: Known, dice: random.Random) -> list[Errand]:
    """STOP, START and the shop's next order, in any order of arrival."""
    where = dice.choice(PHONE_CHANNELS)
    stop = says("СТОП", known.now, dice, number=1, channel=where)
    start = says("СТАРТ", known.now - timedelta(minutes=1), dice, number=2, channel=where)
    return [stop, *dice.sample([start, order(1002), order(1003, MARKO), stop], dice.choice((1, 2)))]


def anybody(known: Known, dice: random.Random) -> list[Errand]:
    return dice.sample(_anybody(known, dice), dice.choice((3, 4)))


def _anybody(known: Known, dice: random.Random) -> list[Errand]:
    now, messages = known.now, sorted(known.records.messages)
    return [
        order(),
        order(1002),
        order(1003, MARKO),
        device(),
        device(1003, MARKO),
        goods.cancelled(body(), now),
        parcel(dice, now),
        parcel(dice, now),
        says("СТОП", now, dice, number=1),
        says("1", now, dice, number=2),
        says("коли?", now, dice, number=3),
        says("5", now, dice, number=4),
        Errand("page", (dice.choice(messages), dice.choice(("accept", "stop", "rate:2")))),
        Errand("sweep"),
        *(
            Errand("step", (e.id, e.arm))
            for e in known.records.enrolments.values()
            if e.armed_for is not None and e.armed_for <= now + A_MOMENT
        ),
        *(
            Errand("receipt", (Receipt(reference=m.reference(a), status=dice.choice(LATE), at=now),))
            for m in known.records.messages.values()
            for a in m.attempts[-1:]
        ),
    ]
