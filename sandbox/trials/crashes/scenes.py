"""The flows, each with who brings it about, and what phones must show then."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from sandbox.player import Player
from sandbox.sandbox import Sandbox
from sandbox.trials.crashes import changed, ends, prepared
from sandbox.trials.crashes.prepared import Deliver

Check = Callable[[Sandbox], list[str]]
"""What is wrong at the end, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """`prepare` plays up to just before the flow and gives its delivery; `then`: how long what follows takes.

    `told`: how many messages of each step there are in the end. `pairs`: every pair of faults is tried too.
    `parks`: a body that cannot be read is parked in it.
    `journeys`: other ones than the product's own, as the build writes them.
    `functions`: whose calls are the flow's own, by folder; faults begin there.
    """

    name: str
    functions: tuple[str, ...]
    prepare: Callable[[Player], Deliver]
    told: Mapping[str, int]
    then: timedelta = timedelta(hours=3)
    pairs: bool = False
    parks: bool = False
    journeys: Callable[[], Path] | None = None
    check: Check = field(default=lambda sandbox: [])


CONFIRM = {"confirm": 1}
ARRIVED = CONFIRM | {"delivered": 1}
ASKED = ARRIVED | {"survey": 1}
RATED = ASKED | {"help_with_return": 1, "review_request": 1}
OWN = ("inbound_replies",)
SENDER = ("send_message",)
REMINDERS = ("lifecycle_reminders",)
A_DAY = timedelta(days=1)

SCENES = {
    scene.name: scene
    for scene in (
        Scene(
            name="order in",
            functions=("order_confirmation",),
            prepare=prepared.order_in,
            told=CONFIRM,
            pairs=True,
        ),
        Scene(
            name="order after its parcel",
            functions=("order_confirmation",),
            prepare=prepared.parcel_first,
            told=CONFIRM | {"out_for_delivery": 1},
        ),
        Scene(
            name="another order",
            functions=("order_confirmation",),
            prepare=prepared.buys_again,
            told=ASKED | {"confirm": 2, "tips": 1},
        ),
        Scene(
            name="older order",
            functions=("order_confirmation",),
            prepare=prepared.bought_before,
            told=ARRIVED,
        ),
        Scene(
            name="order cancelled",
            functions=("order_confirmation",),
            prepare=prepared.cancels,
            told=CONFIRM,
            check=ends.cancelled,
        ),
        Scene(
            name="parcel without its order",
            functions=("delivery_tracking",),
            prepare=prepared.parcel_without_order,
            told={},
        ),
        Scene(
            name="unreadable order",
            functions=("order_confirmation",),
            prepare=prepared.unreadable,
            told={},
            parks=True,
            check=ends.kept,
        ),
        Scene(name="parcel", functions=("delivery_tracking",), prepare=prepared.parcel, told=ARRIVED),
        Scene(
            name="claim and send", functions=SENDER, prepare=prepared.claim_and_send, told=CONFIRM, pairs=True
        ),
        Scene(
            name="trouble that reaches nobody",
            functions=(*SENDER, *OWN, *REMINDERS),
            prepare=prepared.reaches_nobody,
            told=CONFIRM | {"exception": 1},
            check=ends.person_asked,
        ),
        Scene(
            name="trouble that is shown after all",
            functions=(*SENDER, *OWN),
            prepare=prepared.is_shown_after_all,
            told=CONFIRM | {"exception": 1},
            check=ends.person_asked,
        ),
        Scene(
            name="trouble that everybody refuses",
            functions=(*SENDER, *REMINDERS),
            prepare=prepared.is_refused_everywhere,
            told=CONFIRM | {"exception": 1},
            check=ends.person_asked,
        ),
        Scene(
            name="a provider's rate",
            functions=(*SENDER, *REMINDERS),
            prepare=prepared.two_at_once,
            told={"confirm": 2},
            journeys=changed.with_rate,
        ),
        Scene(name="fallback", functions=(*SENDER, *OWN), prepare=prepared.fallback, told=CONFIRM),
        Scene(name="receipt", functions=OWN, prepare=prepared.claim_and_send, told=CONFIRM, pairs=True),
        Scene(name="receipts thrice", functions=OWN, prepare=prepared.receipts, told=CONFIRM),
        Scene(
            name="receipt of what is to be read",
            functions=OWN,
            prepare=prepared.read_later,
            told=CONFIRM,
            journeys=changed.to_be_read,
            check=ends.reads_there,
        ),
        Scene(
            name="receipt of what was read",
            functions=OWN,
            prepare=prepared.read_later,
            told=CONFIRM,
            check=ends.reads_there,
        ),
        Scene(
            name="receipt that what was taken has failed",
            functions=(*OWN, *SENDER),
            prepare=prepared.fallback,
            told=CONFIRM,
            journeys=changed.taken_is_enough,
        ),
        Scene(
            name="receipt that teaches",
            functions=OWN,
            prepare=prepared.claim_and_send,
            told=CONFIRM,
            journeys=changed.that_learns,
            check=ends.counted_once,
        ),
        Scene(
            name="step due",
            functions=REMINDERS,
            prepare=prepared.step_due,
            told=ASKED,
            then=A_DAY,
            pairs=True,
        ),
        Scene(
            name="deferral",
            functions=("delivery_tracking", *SENDER),
            prepare=prepared.deferral,
            told=CONFIRM | {"in_transit": 1},
            then=A_DAY,
        ),
        Scene(
            name="deferred message due",
            functions=(*REMINDERS, *SENDER),
            prepare=prepared.release,
            told=CONFIRM | {"in_transit": 1},
            then=A_DAY,
        ),
        Scene(
            name="deferred message due too early",
            functions=REMINDERS,
            prepare=prepared.release_too_early,
            told=CONFIRM | {"in_transit": 1},
            then=A_DAY,
        ),
        Scene(
            name="stopped at the provider",
            functions=SENDER,
            prepare=prepared.provider_knows_a_stop,
            told=CONFIRM,
            check=ends.stopped_by_sms,
        ),
        Scene(
            name="STOP of a stranger",
            functions=OWN,
            prepare=prepared.stranger_stops,
            told={},
            check=ends.remembered,
        ),
        Scene(
            name="arrival in a chat",
            functions=OWN,
            prepare=prepared.comes_to_a_chat,
            told=CONFIRM,
            check=ends.known_in_the_chat,
        ),
        Scene(
            name="reply: offer",
            functions=(*OWN, *SENDER),
            prepare=prepared.accepts_offer,
            told=CONFIRM | {"offer_accepted": 1},
            check=ends.accepted,
        ),
        Scene(
            name="reply: rating",
            functions=OWN,
            prepare=prepared.rates,
            told=RATED,
            check=ends.rated,
        ),
        Scene(name="reply: unclear", functions=OWN, prepare=prepared.mumbles, told=CONFIRM | {"help": 1}),
        Scene(
            name="STOP",
            functions=OWN,
            prepare=prepared.stops,
            told=CONFIRM,
            check=ends.stopped,
            pairs=True,
        ),
        Scene(
            name="page: offer",
            functions=("customer_pages",),
            prepare=prepared.presses_accept,
            told=CONFIRM,
            check=ends.accepted,
        ),
        Scene(
            name="page: wishes",
            functions=("customer_pages",),
            prepare=prepared.presses_choose,
            told=CONFIRM,
            check=ends.chosen,
        ),
        Scene(
            name="page: stop",
            functions=("customer_pages",),
            prepare=prepared.presses_stop,
            told=CONFIRM,
            check=ends.silent_marketing,
        ),
        Scene(
            name="page: stop for two",
            functions=("customer_pages",),
            prepare=prepared.presses_stop_for_two,
            told={"confirm": 2},
            check=ends.silent_marketing,
        ),
        Scene(
            name="page: rating",
            functions=("customer_pages",),
            prepare=prepared.presses_rating,
            told=RATED,
            check=ends.rated,
        ),
        Scene(
            name="push subscription",
            functions=("customer_pages",),
            prepare=prepared.subscribes,
            told=CONFIRM,
            check=ends.subscribed,
        ),
        Scene(
            name="push subscription by link",
            functions=("customer_pages",),
            prepare=prepared.subscribes_by_link,
            told=CONFIRM,
            check=ends.subscribed,
        ),
        Scene(name="sweep: start", functions=REMINDERS, prepare=prepared.sweeps_start, told=CONFIRM),
        Scene(name="sweep: arm", functions=REMINDERS, prepare=prepared.sweeps_arm, told=ARRIVED),
        Scene(name="sweep: step", functions=REMINDERS, prepare=prepared.sweeps_step, told=ASKED, then=A_DAY),
        Scene(
            name="campaign begins",
            functions=REMINDERS,
            prepare=prepared.sweeps_campaign,
            told=CONFIRM | {"opening": 1, "last_call": 1},
            then=5 * A_DAY,
            journeys=changed.with_campaign,
            check=ends.begun_once,
        ),
        Scene(
            name="campaign walks",
            functions=REMINDERS,
            prepare=prepared.walks,
            told=CONFIRM | {"opening": 1, "last_call": 1},
            then=5 * A_DAY,
            journeys=changed.with_campaign,
            check=ends.begun_once,
        ),
        Scene(
            name="pause",
            functions=REMINDERS,
            prepare=prepared.pauses,
            told=CONFIRM,
            check=ends.waiting,
        ),
        Scene(
            name="template paused",
            functions=("inbound_replies",),
            prepare=prepared.template_paused,
            told=CONFIRM,
            check=ends.paused_at_meta,
        ),
        Scene(
            name="what was learned is asked",
            functions=REMINDERS,
            prepare=prepared.asks_of_waits,
            told=CONFIRM,
            journeys=changed.that_learns,
            check=ends.counted_once,
        ),
        Scene(
            name="erase",
            functions=REMINDERS,
            prepare=prepared.erases,
            told={},
            then=A_DAY,
            parks=True,
            check=ends.forgotten,
            pairs=True,
        ),
    )
}


# Nobody knows whether it was shown; every channel has refused it. Both are said, neither is a silent loss.
HONEST = ("unknown", "exhausted", "no_channel")


def wrongly_told(scene: Scene, sandbox: Sandbox) -> list[str]:
    """Steps with more or fewer messages than there must be, and messages that nobody saw."""
    messages = list(sandbox.records().messages.values())
    told = Counter(message.step for message in messages)
    wrong = [
        f"{step}: {told[step]} messages, not {scene.told.get(step, 0)}"
        for step in sorted({*told, *scene.told})
        if told[step] != scene.told.get(step, 0)
    ]
    seen = {shown.reference.rpartition("-")[0] for shown in sandbox.shown()}
    unseen = [m for m in messages if m.id not in seen and m.final not in HONEST]
    return wrong + [f"{message.step} was never shown: {message.final}" for message in unseen]
