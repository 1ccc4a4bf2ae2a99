"""A customer wrote or pressed something. STOP goes before every other reading."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from aftercart import ports
from aftercart.domain import ids, suppression
from aftercart.domain.consent import Consent, Purpose
from aftercart.domain.customer import Asked, Customer
from aftercart.domain.journey import Step
from aftercart.domain.message import Message
from aftercart.domain.time_of_day import local_date
from aftercart.domain.words import meaning
from aftercart.flows import answers, arrivals, effects, offers, opt_out
from aftercart.flows.again import until_settled
from aftercart.flows.telling import Subject, message_for
from aftercart.ports import AddressBook, Change, Inbox, Put, Ref, Reply, Snapshot, World

KEPT = timedelta(days=90)
ANSWER_WITHIN = timedelta(hours=1)
A_TALK = timedelta(days=3)  # so long a person may be answering what they wrote
CLOCKS_APART = timedelta(hours=1)  # a provider's from ours: a time further ahead is not believed
JOURNEY = "replies"
TAKEN = {"accepted": "offer_accepted", "too_late": "offer_too_late"}  # pressed again: no second answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A reply with everyone who may have said it. `speaker`: whose question it answers."""

    reply: Reply
    snapshot: Snapshot
    book_ref: Ref[AddressBook]
    customers: tuple[Customer, ...]
    speaker: Customer | None
    event: str  # digest of the provider's id


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """`kind`: 'stop', 'start', 'offer', 'rating', 'choice', 'help', 'unknown'. `value`: of the answer."""

    kind: str
    asked: Asked | None = None
    value: str = ""
    said: tuple[Consent, ...] = field(default=())


def on_reply(reply: Reply, world: World) -> str:
    """Answers what it was taken for, 'duplicate', 'arrived' (by our link, and in silence), or 'stranger' (no
    customer has this address)."""
    now = world.clock.now()
    if reply.at > now + CLOCKS_APART:  # or a STOP of the year 2099 outweighs every START before it
        reply = replace(reply, at=now)
    came = arrivals.on_arrival(reply, world) if reply.ref else ""
    if came and not (reply.text or reply.button):
        return came
    return until_settled(lambda: _take(reply, world))


def _take(reply: Reply, world: World) -> str:
    heard = _hear(reply, world)
    meant = read(reply, heard.speaker, world.clock.now())
    if heard.speaker is None:
        return _from_stranger(heard, meant, world)
    if heard.snapshot.get(ports.inbox(heard.speaker.id, heard.event)) is not None:
        return _again(heard, meant, world)
    if meant.kind in ("stop", "start"):
        return _consent(heard, meant, world)
    if meant.kind in ("rating", "choice"):
        return _answer_to_question(heard, meant, world)
    if meant.kind == "offer" and meant.asked is not None:
        taken = offers.take(meant.asked.message, reply.channel, world)
        return _answered(heard, meant, world, TAKEN.get(taken.result, ""), taken)
    return _unknown(heard, meant, world)


def read(reply: Reply, speaker: Customer | None, now: datetime) -> Meant:
    """What a reply means, given what this customer was asked last where it comes from."""
    word = meaning(reply.text)
    source = f"reply:{reply.channel}"
    if reply.stop_marketing is not None:
        granted = not reply.stop_marketing
        switch = Consent(
            purpose=Purpose.MARKETING, granted=granted, at=reply.at, source=source, explicit=True
        )
        return Meant(kind="start" if granted else "stop", said=(switch,))
    if word in ("stop", "start"):
        said = opt_out.consents(reply.channel, reply.at, source, granted=word == "start")
        return Meant(kind=word, said=said)
    asked = _open(speaker, reply, now)
    kind, _, value = reply.button.partition(":")
    if kind == "rating" and value in answers.RATINGS:
        return _answering(asked, "rating", value)
    if kind == "answer":
        return _answering(asked, "choice", value)
    newest = asked[0] if asked else None
    if newest and newest.kind == "offer" and (word in ("1", "yes") or kind == "offer"):
        return Meant(kind="offer", asked=newest)
    if kind == "offer":
        older = next((one for one in asked if one.kind == "offer"), None)
        return Meant(kind="offer", asked=older) if older else Meant(kind="unknown")
    if word.isdecimal():
        return _numbered(asked, word)
    return Meant(kind="help" if word == "help" else "unknown")


def _answering(asked: list[Asked], kind: str, value: str) -> Meant:
    """The newest question of that kind that this can be an answer to."""
    known = answers.RATINGS if kind == "rating" else ()
    question = next((one for one in asked if one.kind == kind and value in (known or one.options)), None)
    return Meant(kind=kind, asked=question, value=value) if question else Meant(kind="unknown")


def _numbered(asked: list[Asked], number: str) -> Meant:
    """A number answers the newest question: a rating as it stands, a choice by its place."""
    newest = next((one for one in asked if one.kind in ("rating", "choice")), None)
    if newest is None or newest.kind == "rating":
        return _answering(asked, "rating", number)
    options = dict(zip(map(str, range(1, len(newest.options) + 1)), newest.options, strict=True))
    return _answering([newest], "choice", options.get(number, ""))


def _open(speaker: Customer | None, reply: Reply, now: datetime) -> list[Asked]:
    """What it may answer, the newest first: a phone answers nothing that was asked on another.

    A phone that was theirs once may be a stranger's by now, and one that is theirs may be shared.
    """
    open_now = [one for one in speaker.asked if one.at <= now < one.until] if speaker else []
    asked = [one for one in open_now if one.was_sent_to(reply.sender) or _names(reply, one)]
    return sorted(asked, key=lambda one: one.at, reverse=True)


def _names(reply: Reply, asked: Asked) -> bool:
    """The provider says that it answers that very message, from whatever number."""
    attempt = ids.split_attempt_id(reply.answers)
    return attempt is not None and attempt[0] == asked.message


def _hear(reply: Reply, world: World) -> Heard:
    key = suppression.keyed_hash(reply.sender, world.secrets.get("address_key")[0])
    book_ref, event = ports.address(key), ids.digest(24, reply.channel, reply.id)
    books = world.store.read(book_ref)
    owners = list(opt_out.book_of(books, book_ref).customers)
    if reply.answers and ids.split_attempt_id(reply.answers):
        owners.append(ids.customer_of(reply.answers))
    owners = list(dict.fromkeys(owners))
    if not owners:
        return Heard(reply=reply, snapshot=books, book_ref=book_ref, customers=(), speaker=None, event=event)
    refs = [ports.customer(owner) for owner in owners]
    rest = world.store.read(*refs, *(ports.inbox(owner, event) for owner in owners))
    customers = tuple(c for ref in refs if (c := rest.get(ref)) is not None and not c.erased)
    return Heard(
        reply=reply,
        snapshot=Snapshot({**books.records, **rest.records}),
        book_ref=book_ref,
        customers=customers,
        speaker=_speaker(customers, reply, event, rest, world.clock.now()),
        event=event,
    )


def _speaker(
    customers: tuple[Customer, ...], reply: Reply, event: str, rest: Snapshot, now: datetime
) -> Customer | None:
    """On an address that several share: whose open question it answers, of these who was asked last.

    Where it answers none, who was asked last of all; else the address's newest owner.
    """
    heard = next((c for c in customers if ports.inbox(c.id, event) in rest.records), None)
    if heard:
        return heard  # it came before, and meanwhile another may have been asked
    answered = next((c for c in customers if reply.answers and c.id == ids.customer_of(reply.answers)), None)
    if answered or not customers:
        return answered
    asked = [(questions[0], c) for c in customers if (questions := _open(c, reply, now))]
    answering = [(question, c) for _, c in asked if (question := read(reply, c, now).asked)]
    last = max(answering or asked, key=lambda pair: pair[0].at, default=None)
    return last[1] if last else customers[-1]


def _from_stranger(heard: Heard, meant: Meant, world: World) -> str:
    """STOP and START from an address nobody has yet still meet its later owner."""
    if meant.kind not in ("stop", "start"):
        return "stranger"
    books = [(heard.book_ref, opt_out.book_of(heard.snapshot, heard.book_ref))]
    changes = opt_out.changes((), books, heard.reply.channel, meant.said, heard.reply.sender)
    world.store.commit(heard.snapshot, changes)
    return meant.kind


def _consent(heard: Heard, meant: Meant, world: World) -> str:
    """For everyone who shares the address: consent is the address's, and nobody can tell who spoke."""
    assert heard.speaker is not None  # noqa: S101
    written = tuple(_opened(c, heard.reply) for c in heard.customers)
    books = [(heard.book_ref, opt_out.book_of(heard.snapshot, heard.book_ref))]
    changes = opt_out.changes(written, books, heard.reply.channel, meant.said, heard.reply.sender)
    world.store.commit(heard.snapshot, [*changes, _inbox(heard, heard.speaker, meant, world)])
    return meant.kind


def _opened(customer: Customer, reply: Reply) -> Customer:
    """They wrote here: Meta's window opens. WhatsApp's own switch is no message, and opens nothing."""
    if reply.stop_marketing is not None:
        return customer
    before = customer.written_at.get(reply.channel)
    at = max(before, reply.at) if before else reply.at
    return replace(customer, written_at={**customer.written_at, reply.channel: at})


def _wrote(customer: Customer, reply: Reply) -> Customer:
    """They answered here, and this is where they like to be reached. STOP and START are no answers."""
    at = max(reply.at, customer.answered_at.get(reply.channel, reply.at))
    answered = replace(customer, answered_at={**customer.answered_at, reply.channel: at})
    return _opened(answered, reply)


def _inbox(heard: Heard, customer: Customer, meant: Meant, world: World) -> Put[Inbox]:
    now = world.clock.now()
    kept = Inbox(
        customer=customer.id,
        channel=heard.reply.channel,
        at=heard.reply.at,
        meaning=meant.kind,
        text=heard.reply.text[:2000],
    )
    return Put(ref=ports.inbox(customer.id, heard.event), value=kept, expires_at=now + KEPT)


def _answer_to_question(heard: Heard, meant: Meant, world: World) -> str:
    """What follows it is the journey's; where nothing follows at once, a word of thanks."""
    assert heard.speaker is not None and meant.asked is not None  # noqa: S101, PT018
    reply, speaker = heard.reply, _wrote(heard.speaker, heard.reply)
    about = (meant.asked.message, meant.kind, meant.value)
    plan = answers.answered(*about, speaker, world, via=reply.channel, at=reply.at)
    if plan is None:
        return _answered(heard, meant, world, "thanks")
    thanks = () if plan.messages else (_answer(heard, speaker, "thanks", world),)
    more: list[Change] = [Put(ref=ports.customer(speaker.id), value=speaker)]
    more.append(_inbox(heard, speaker, meant, world))
    answers.commit(plan, heard.snapshot, more, thanks, world)
    return meant.kind


def _unknown(heard: Heard, meant: Meant, world: World) -> str:
    """Kept for a human; one line of help, at most once a local day."""
    assert heard.speaker is not None  # noqa: S101
    now = world.clock.now()
    today, helped_on = local_date(now, heard.speaker.zones), heard.speaker.helped_on
    speaker = replace(heard.speaker, helped_on=today, talks_until=now + A_TALK)
    if helped_on == today:
        return _answered(replace(heard, speaker=speaker), meant, world, "")
    return _answered(replace(heard, speaker=speaker), meant, world, "help")


def _answered(heard: Heard, meant: Meant, world: World, text: str, taken: offers.Taken | None = None) -> str:
    """Keep the reply, with the offer that it took, and answer with one text where it came from."""
    assert heard.speaker is not None  # noqa: S101
    now, speaker = world.clock.now(), _wrote(heard.speaker, heard.reply)
    messages = (_answer(heard, speaker, text, world),) if text else ()
    changes: list[Change] = [Put(ref=ports.customer(speaker.id), value=speaker)]
    changes += [_inbox(heard, speaker, meant, world), *effects.put_messages(messages, now)]
    snapshot = heard.snapshot
    if taken is not None:
        changes += taken.changes
        snapshot = Snapshot({**snapshot.records, **taken.snapshot.records})
    after = world.store.commit(snapshot, changes)
    effects.carry_out(messages, (), after, world)
    return meant.kind


def _answer(heard: Heard, speaker: Customer, text: str, world: World) -> Message:
    step = Step(name=text, text=text, purpose=Purpose.TRANSACTIONAL, useful_for=ANSWER_WITHIN)
    subject = Subject(
        customer=speaker.id,
        journey=JOURNEY,
        cause=f"reply:{heard.event}",
        country=speaker.country,
        person=speaker,
        only=heard.reply.channel,
    )
    now = world.clock.now()
    return message_for(step, subject, world.brand, now, now, {"why": "reply"})


def _again(heard: Heard, meant: Meant, world: World) -> str:
    """A duplicate: what its first delivery left owing is done again."""
    assert heard.speaker is not None  # noqa: S101
    texts = ("offer_accepted", "offer_too_late", "thanks", "help")
    possible = [ids.message_id(heard.speaker.id, f"reply:{heard.event}", 1, text, "") for text in texts]
    if meant.kind not in ("stop", "start"):
        effects.start_owed(world.store.read(*map(ports.message, possible)), world)
    return "duplicate"
