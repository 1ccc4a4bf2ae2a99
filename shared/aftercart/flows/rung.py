"""What one rung of the ladder does: pure, on what was just read, and decided anew at each rung."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from aftercart.domain.brand import Leg
from aftercart.domain.clockwork import look_again_at
from aftercart.domain.consent import Channel, Purpose
from aftercart.domain.decision import Defer, Facts, Skip
from aftercart.domain.message import Attempt, Message, Outcome, Variant
from aftercart.domain.route import RUNGS, barred, in_words, ranked, unanswerable, variants
from aftercart.domain.stops import overtaken, stop_reason
from aftercart.flows import providers
from aftercart.flows.held import held, offer_held
from aftercart.flows.view import View

NO_TEXT, TOO_LONG = "no_text", "too_long"  # the latter with how long it is behind it
LAST_LOOK = timedelta(minutes=2)
TOLD_LATER = (Channel.WHATSAPP,)  # Meta says in the failed receipt that a text was barred as marketing


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What the state machine asks: `wait` seconds for this rung's receipt, then the next rung."""

    message: str
    run: int
    rung: int
    wait: int
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    leg: Leg
    variant: Variant
    provider: str
    last: bool
    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """An attempt is live and its time has not passed."""

    attempt: Attempt


Move = Try | Wait | Defer | Skip


def decide(view: View, task: Task, now: datetime) -> Move:
    """What this rung does. Skip closes the message with its reason."""
    ended = _ended(view, now)
    if ended:
        return Skip(reason=ended)
    live = next((attempt for attempt in reversed(view.message.attempts) if attempt.live), None)
    if live is not None:
        # Whichever rung claimed it: an invocation that was given up on may have claimed after its retry.
        if now < live.deadline:
            return Wait(attempt=live)
        if live.outcome is not Outcome.ACCEPTED and not _may_pass_unknown(view.message):
            return Skip(reason="unknown")
    return _paused(view, now) or held(view, now) or _next(view, task, now)


def _ended(view: View, now: datetime) -> str:
    message = view.message
    stop = stop_reason(message.stops, view.order, message.line, message.category, view.customer, now)
    if stop:
        return stop
    if message.enrolment and (view.enrolment is None or view.enrolment.ended):
        return view.enrolment.ended if view.enrolment else "erased"
    if view.enrolment is not None and view.enrolment.generation != message.generation:
        return "superseded"
    if overtaken(view.order, message.shipment, message.step):
        return "overtaken"
    return "expired" if now >= message.not_after else ""


def _may_pass_unknown(message: Message) -> bool:
    """News may go to the next channel once after an unknown outcome; marketing stops."""
    doubtful = [a for a in message.attempts if a.live and a.outcome is not Outcome.ACCEPTED]
    return message.purpose is Purpose.TRANSACTIONAL and len(doubtful) == 1


def _paused(view: View, now: datetime) -> Defer | Skip | None:
    """It looks again now and then, for the last time just before it expires."""
    since = view.pause.of(view.message.journey)
    if since is None:
        return None
    last = view.message.not_after - LAST_LOOK
    if now >= last:
        return Skip(reason="paused")
    return Defer(until=min(last, look_again_at(since, now)), reason="paused")


def _next(view: View, task: Task, now: datetime) -> Try | Defer | Skip:
    """Along the route as it stands for this customer, which is a fact."""
    places = ranked(view.brand, view.person, view.message, now)
    move = _first_usable(view, [place.leg for place in places], task, now)
    return replace(move, facts={"route": in_words(places), **move.facts}) if places else move


def _first_usable(view: View, legs: Sequence[Leg], task: Task, now: datetime) -> Try | Defer | Skip:
    """The first channel and variant that may be used now; what was against the others is a fact."""
    usable: list[tuple[Leg, Variant, str]] = []
    against: dict[str, str] = {}
    later: dict[Channel, datetime] = {}
    for leg in legs:
        for variant in variants(view.message):
            objection = _objection(view, leg.channel, variant, now)
            way = providers.way(view, leg.channel, now) if not objection else None
            if isinstance(way, str):
                usable.append((leg, variant, way))
                continue
            against[f"{leg.channel}.{variant}"] = way.reason if way else objection
            if way is None:
                continue
            later[leg.channel] = way.until
            if way.reason == providers.RATE and not usable and way.until < view.message.not_after - LAST_LOOK:
                # It stands in a queue of our own making: no reason to take a dearer channel, or to flood one.
                return Defer(until=way.until, reason=way.reason, facts=against)
    if not usable:
        return _none_now(view, against, later.values(), now)
    leg, variant, provider = usable[0]
    # A channel whose provider is down for now may follow too: where no receipt comes it is waited for.
    others = {other.channel for other, _, _ in usable} | later.keys()
    twin_may_follow = variant is Variant.OFFER and leg.channel in TOLD_LATER
    last = task.rung >= RUNGS or not (others - {leg.channel} or twin_may_follow)
    return Try(leg=leg, variant=variant, provider=provider, last=last, facts=against)


def _none_now(view: View, against: Facts, later: Collection[datetime], now: datetime) -> Defer | Skip:
    """Whom no provider can be asked for now waits for one, for the last time just before it expires."""
    last = view.message.not_after - LAST_LOOK
    if later and now < last:
        return Defer(until=min(last, *later), reason="no_provider_now", facts=against)
    untried = {name: why for name, why in against.items() if why != "tried"}
    return Skip(reason=_nothing_left(view, against), facts=untried)


def _objection(view: View, channel: Channel, variant: Variant, now: datetime) -> str:
    tried = [a for a in view.message.attempts if a.channel is channel and not a.put_off]
    if tried and not (variant is Variant.PLAIN and _only_its_offer_was_barred(tried)):
        return "tried"
    if not view.carried.get(channel):
        return "no_provider" if view.person.address(channel) else "no_address"
    if (channel, variant) in view.learned.unsayable:
        return view.learned.unsayable[channel, variant]
    against = barred(view.brand, view.person, channel, view.message.purpose)
    against = against or unanswerable(view.person, channel, now)
    if against or variant is Variant.PLAIN:
        return against
    return offer_held(view, now) or barred(view.brand, view.person, channel, Purpose.MARKETING)


def _only_its_offer_was_barred(tried: list[Attempt]) -> bool:
    return len(tried) == 1 and tried[0].variant is Variant.OFFER and tried[0].barred_as_marketing


def _nothing_left(view: View, against: Facts) -> str:
    message = view.message
    live = [attempt for attempt in message.attempts if attempt.live]
    if live:
        return "sent" if live[-1].outcome is Outcome.ACCEPTED else "unknown"
    if message.attempts:
        return "exhausted"
    if not against and not view.brand.route(message.route, view.person.country):
        return "no_route"
    # A channel is found to have no words only when it would have been used: that is the reason, then.
    reasons = {str(reason).partition(" ")[0] for reason in against.values()}
    worst_first = (TOO_LONG, NO_TEXT, *view.learned.unsayable.values())
    return next((reason for reason in worst_first if reason in reasons), "no_channel")
