"""Reads every write as it is applied, in the order of commits, and says where one breaks a promise.

Phones are not enough: a claim that is durable after a STOP is a breach also where its message is never shown.
What is forbidden is told from what was durable before, never from what the writer had read.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from aftercart.aws.items import decode, plain
from aftercart.domain.consent import Channel, Consent, Purpose
from aftercart.domain.customer import Customer
from aftercart.domain.journey import Enrolment, StepState
from aftercart.domain.message import Attempt, Message, Outcome, Variant
from aftercart.domain.order import RANK, Order, Stage
from aftercart.domain.suppression import keyed_hash
from aftercart.ports import AddressBook, LedgerEntry

Key = tuple[str, str]
Wire = Mapping[str, Mapping[str, Any]]
Word = tuple[Channel, Consent]


class Witness:
    """Keeps a shadow of the table. `breaches` is what it saw, in words."""

    def __init__(self, items: Mapping[Key, Wire], address_key: bytes) -> None:
        self.breaches: list[str] = []
        self._items: dict[Key, Wire] = dict(items)
        self._nouns: dict[Key, Any] = {}
        self._address_key = address_key

    def saw(self, operation: str, given: Mapping[str, Any], answer: Any, at: datetime) -> None:
        """A write of the table that was applied."""
        match operation:
            case "PutItem":
                self._written([{"Put": given}], at)
            case "TransactWriteItems":
                self._written(given["TransactItems"], at)
            case "UpdateItem":
                self._updated(given, answer)

    def started(self, message_id: str, run: int) -> None:
        """An execution was started."""
        message = self._noun(_of_customer(message_id, f"M#{message_id}"))
        if message is not None and run > message.run:
            self._say(f"run {run} of {message_id} was started, and it has only got to {message.run}")

    def _written(self, parts: list[Any], at: datetime) -> None:
        if any("Put" in part and self._is_there(part["Put"]["Item"]) for part in parts):
            return  # the SDK sent it twice, and the table knew it
        before = dict(self._items)
        nouns = {_key(p["Put"]["Item"]): self._noun(_key(p["Put"]["Item"])) for p in parts if "Put" in p}
        for part in parts:
            ((kind, what),) = part.items()
            if kind == "Delete":
                self._set(_key(what["Key"]), None)
            elif kind == "Put":
                self._insist_on_revision(what)
                self._set(_key(what["Item"]), what["Item"])
        for part in parts:
            if "Put" in part:
                key = _key(part["Put"]["Item"])
                self._compare(key, before.get(key), nouns[key], before, at)

    def _updated(self, given: Mapping[str, Any], answer: Any) -> None:
        key, values = _key(given["Key"]), given["ExpressionAttributeValues"]
        known = self._items.get(key)
        if "Attributes" in answer:
            self._no_receipt_lost(key, known, answer["Attributes"])
            self._set(key, answer["Attributes"])
        elif known is None or int(values.get(":rev", {"N": -1})["N"]) != _revision(known):
            self._say(f"the todo of {key} was moved by one who had not seen its last change")

    def _insist_on_revision(self, put: Mapping[str, Any]) -> None:
        item = put["Item"]
        key = _key(item)
        appended = item["kind"]["S"] in ("ledger", "parked")
        if not appended and _revision(item) != _revision(self._items.get(key)) + 1:
            self._say(f"{key} was written over by one who had not seen its last change")

    def _is_there(self, item: Wire) -> bool:
        known = self._items.get(_key(item))
        return known is not None and known.get("tx") == item["tx"]

    def _compare(
        self, key: Key, old: Wire | None, was: Any, before: Mapping[Key, Wire], at: datetime
    ) -> None:
        """Nothing goes backwards, and nothing is made of one who is erased."""
        now = self._noun(key)
        if old is None and self._is_erased(key, before) and not self._will_be_cleared(now, before):
            self._say(f"{key} was made after the erasure")
        if isinstance(now, Message):
            self._no_receipt_lost(key, old, self._items[key])
            self._say_all(_backwards(was, now) if was is not None else ())
            if now.answer and now.answer.kind == "accepted" and was is not None and was.answer is None:
                self._say_all(self._accepted_amiss(now))
            if len(now.attempts) > (len(was.attempts) if was is not None else 0):
                self._say_all(self._claimed_amiss(was, now, old, before, at))
        elif was is not None and isinstance(now, Enrolment):
            self._say_all(_enrolment_backwards(was, now))
        elif was is not None and isinstance(now, Order):
            self._say_all(_order_backwards(was, now))
        elif was is not None and isinstance(now, Customer) and was.erased and not now.erased:
            self._say(f"{now.id} rose from the dead")

    def _claimed_amiss(
        self, was: Message | None, now: Message, old: Wire | None, before: Mapping[Key, Wire], at: datetime
    ) -> Iterator[str]:
        attempt = now.attempts[-1]
        what = f"attempt {attempt.ordinal} of {now.id} ({now.step}, {attempt.channel})"
        if was is None or old is None or len(now.attempts) != len(was.attempts) + 1:
            yield f"{what} was claimed together with another"
            return
        if was.final:
            yield f"{what} was claimed when the message was {was.final}"
        if attempt.run != was.run:
            yield f"{what} was claimed by run {attempt.run}, not by {was.run}"
        for earlier in was.attempts:
            if earlier.live and not earlier.shown and at < earlier.deadline:
                yield f"{what} was claimed while attempt {earlier.ordinal} had time left"
        yield from (f"{what} was claimed {why}" for why in self._against(now, attempt, before))

    def _against(self, message: Message, attempt: Attempt, before: Mapping[Key, Wire]) -> Iterator[str]:
        customer = self._noun(_of_customer(message.id, "CUSTOMER"))
        if customer is None or customer.erased:
            yield "for one who is erased"
            return
        order = self._noun_where("ORDER", lambda noun: noun.id == message.order)
        if order is not None and order.cancelled and "cancelled" in message.stops:
            yield "for an order that is cancelled"
        parcel = order.shipments.get(message.shipment) if order is not None else None
        if parcel is not None and RANK[parcel.stage] > RANK.get(Stage(message.step), len(RANK)):
            yield f"when its parcel was {parcel.stage}"
        marketing = message.purpose is Purpose.MARKETING or attempt.variant is Variant.OFFER
        words = [*self._ledger(customer, before), *self._said_at(customer, before)]
        if marketing and _refused(words, attempt.channel, Purpose.MARKETING):
            yield "after a STOP of marketing"
        if _refused(words, attempt.channel, Purpose.TRANSACTIONAL):
            yield "after a STOP on its channel"

    def _accepted_amiss(self, message: Message) -> Iterator[str]:
        """An offer goes into the parcel of its order, while that is there."""
        order = self._noun_where("ORDER", lambda noun: noun.id == message.order)
        left = order and any(RANK[s.stage] > RANK[Stage.LABEL_CREATED] for s in order.shipments.values())
        if order is None or order.cancelled or left:
            yield f"the offer of {message.id} was taken after its parcel had left"

    def _ledger(self, customer: Customer, before: Mapping[Key, Wire]) -> Iterator[Word]:
        """Their own words, as the consent ledger has them."""
        for pk, sk in before:
            if pk == f"C#{customer.id}" and sk.startswith("L#"):
                entry = self._noun((pk, sk))
                if isinstance(entry, LedgerEntry) and entry.consent.explicit:
                    yield entry.channel, entry.consent

    def _said_at(self, customer: Customer, before: Mapping[Key, Wire]) -> Iterator[Word]:
        """Words from any of their addresses, whoever said them."""
        for value in sorted({address.value for address in customer.addresses.values()}):
            key = (f"A#{keyed_hash(value, self._address_key)}", "ADDRESS")
            book = self._noun(key) if key in before else None
            if isinstance(book, AddressBook):
                yield from book.consents

    def _no_receipt_lost(self, key: Key, old: Wire | None, new: Wire) -> None:
        for name, text in (old or {}).items():
            if name[0] == "r" and name[1:].isdecimal() and new.get(name, {"S": ""})["S"][:1] < text["S"][:1]:
                self._say(f"{key} lost receipt {name}")

    def _is_erased(self, key: Key, before: Mapping[Key, Wire]) -> bool:
        owner = (key[0], "CUSTOMER")
        if key == owner or owner not in before:
            return False
        customer = self._noun(owner)
        return customer is not None and bool(customer.erased)

    def _will_be_cleared(self, noun: Any, before: Mapping[Key, Wire]) -> bool:
        """Made of an order or an enrolment that the erasure has yet to come to: it clears up behind them."""
        if not isinstance(noun, Message | Enrolment):
            return False
        if isinstance(noun, Message) and _of_customer(noun.id, f"E#{noun.enrolment}") in before:
            return True
        order = self._noun_where("ORDER", lambda each: each.id == noun.order)
        return order is not None and not order.erased

    def _noun_where(self, sk: str, wanted: Any) -> Any:
        found = (self._noun(key) for key in self._items if key[1] == sk)
        return next((noun for noun in found if wanted(noun)), None)

    def _noun(self, key: Key) -> Any:
        if key not in self._items:
            return None
        if key not in self._nouns:
            self._nouns[key] = decode(plain(self._items[key])).value
        return self._nouns[key]

    def _set(self, key: Key, item: Wire | None) -> None:
        self._nouns.pop(key, None)
        if item is None:
            self._items.pop(key, None)
        else:
            self._items[key] = item

    def _say(self, what: str) -> None:
        self.breaches.append(what)

    def _say_all(self, all_of: Any) -> None:
        self.breaches.extend(all_of)


def _refused(words: list[Word], channel: Channel, purpose: Purpose) -> bool:
    """The last word counts, in a tie a refusal. Marketing is refused everywhere, granted on one channel."""
    heard = [
        consent
        for where, consent in words
        if consent.purpose is purpose
        and (where is channel or (purpose is Purpose.MARKETING and not consent.granted))
    ]
    last = max(heard, key=lambda consent: (consent.at, not consent.granted), default=None)
    return last is not None and not last.granted


def _backwards(was: Message, now: Message) -> Iterator[str]:
    if now.run < was.run or now.arm < was.arm:
        yield f"{now.id} went back to run {now.run}, arm {now.arm}"
    if was.closed is not None and now.closed != was.closed and not was.failed_after_all:
        yield f"{now.id} was closed as {was.closed.reason} and then again"
    if was.answer is not None and now.answer != was.answer:
        yield f"{now.id} was answered twice"
    if len(now.attempts) < len(was.attempts):
        yield f"{now.id} lost an attempt"
    for before, after in zip(was.attempts, now.attempts, strict=False):
        if before.outcome not in (after.outcome, Outcome.CLAIMED):
            yield f"{now.id}'s attempt {before.ordinal} was {before.outcome}, then {after.outcome}"


def _enrolment_backwards(was: Enrolment, now: Enrolment) -> Iterator[str]:
    if now.arm < was.arm or (was.ended and not now.ended):
        yield f"{now.id} went back"
    if was.rating and now.rating != was.rating:
        yield f"{now.id} was rated twice"
    for record in was.steps:
        after = now.record(record.spec.name)
        if record.state is StepState.SENT and (after is None or after.state is not StepState.SENT):
            yield f"{now.id} took back {record.spec.name}"


def _order_backwards(was: Order, now: Order) -> Iterator[str]:
    if was.erased and not now.erased:
        yield f"order {now.id} rose from the dead"
    if now.erased:
        return
    if was.cancelled and not now.cancelled:
        yield f"order {now.id} is no longer cancelled"
    for identifier, shipment in was.shipments.items():
        after = now.shipments.get(identifier)
        if after is None or not set(shipment.stages) <= set(after.stages):
            yield f"order {now.id} forgot where parcel {identifier} has been"
    if not set(was.enrolled) <= set(now.enrolled):
        yield f"order {now.id} forgot what had begun"


def _of_customer(identifier: str, sk: str) -> Key:
    return f"C#{identifier.split('-', 1)[0]}", sk


def _key(item: Wire) -> Key:
    return item["pk"]["S"], item["sk"]["S"]


def _revision(item: Wire | None) -> int:
    return int(item["rev"]["N"]) if item else 0
