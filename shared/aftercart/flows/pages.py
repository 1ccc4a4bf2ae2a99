"""What a customer's page shows, and what its buttons do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from aftercart import ports
from aftercart.domain import links
from aftercart.domain.catalogue import Item
from aftercart.domain.consent import Channel, Purpose
from aftercart.domain.customer import Customer
from aftercart.domain.ids import customer_of
from aftercart.domain.message import Message
from aftercart.domain.order import Order
from aftercart.domain.route import choosable
from aftercart.domain.wishes import Wishes
from aftercart.flows import answers, offers, opt_out
from aftercart.flows.again import until_settled
from aftercart.flows.wishes import Form, take
from aftercart.ports import Check, World

SHOWN_FOR = timedelta(days=400)  # after its message; the link leads nowhere later


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """`done`: what a press just did. `offer`: still to be had. `stopped`: marketing is off already."""

    found: bool
    language: str
    brand: str
    done: str = ""
    number: str = ""
    status_url: str = ""
    offer: Item | None = None
    for_item: Item | None = None
    accepted: bool = False
    asks: bool = False  # for a rating, still to be given
    options: tuple[str, ...] = ()  # of a choice, still to be made; their words stand under `asked`
    asked: str = ""  # "<journey>.<text>"
    more: str = ""  # which of the page's words names `more_url`
    more_url: str = ""
    stopped: bool = False
    wishes: Wishes | None = None  # as they have chosen before
    channels: tuple[Channel, ...] = ()  # where they may want to hear from us
    chats: Mapping[Channel, str] = field(default_factory=dict)  # links to where they can write to us


def act(message_id: str, action: str, world: World, form: Form | None = None) -> str:
    """'accept', 'stop', 'rate:4', 'answer:fits', or 'wishes' with its form; anything else does nothing.

    Answers what was done.
    """
    if action == "accept":
        return offers.accept(message_id, "page", world)
    if action == "stop":
        return until_settled(lambda: _stop(message_id, world))
    if action == "wishes":
        return take(message_id, form or {}, world)
    kind, _, value = action.partition(":")
    if kind == "rate" and value in answers.RATINGS:
        return until_settled(lambda: _answer(message_id, "rating", value, world))
    if kind == "answer":
        return until_settled(lambda: _answer(message_id, "choice", value, world))
    return ""


def _answer(message_id: str, kind: str, value: str, world: World) -> str:
    ref = ports.customer(customer_of(message_id))
    snapshot = world.store.read(ref)
    customer = snapshot.get(ref)
    if customer is None or customer.erased:
        return ""
    plan = answers.answered(message_id, kind, value, customer, world, via="page", at=world.clock.now())
    if plan is not None:
        answers.commit(plan, snapshot, [Check(ref=ref)], (), world)
    return "rated" if kind == "rating" else "answered"


def _stop(message_id: str, world: World) -> str:
    """All marketing, on every channel and for everyone who shares an address; the order's news goes on."""
    refs = ports.customer(customer_of(message_id)), ports.message(message_id)
    snapshot = world.store.read(*refs)
    customer = snapshot.get(refs[0])
    if customer is None or customer.erased or snapshot.get(refs[1]) is None:
        return ""
    opt_out.stop_marketing(customer, snapshot, world, source="page")
    return "stopped"


def show(message_id: str, done: str, world: World) -> Page:
    """Reads only."""
    refs = ports.customer(customer_of(message_id)), ports.message(message_id)
    snapshot = world.store.read(*refs)
    customer, message = snapshot.get(refs[0]), snapshot.get(refs[1])
    if customer is None or customer.erased or message is None:
        return Page(found=False, language=world.brand.language("", ""), brand=world.brand.name)
    if world.clock.now() > message.created_at + SHOWN_FOR:
        return Page(found=False, language=_language(customer, world), brand=world.brand.name)
    order_ref = ports.order(world.shop, message.order)
    order = world.store.read(order_ref).get(order_ref) if message.order else None
    return _page(customer, message, order, done, world)


def _page(customer: Customer, message: Message, order: Order | None, done: str, world: World) -> Page:
    accepted = message.answer is not None and message.answer.kind == "accepted"
    to_be_had = offers.still_open(message, order) and any(
        address.granted(Purpose.MARKETING) for address in customer.addresses.values()
    )
    offered = message.offer if accepted or to_be_had else None
    key = world.secrets.get("link_key")[0]
    return Page(
        found=True,
        language=_language(customer, world),
        brand=world.brand.name,
        done=done,
        number=order.number if order else "",
        status_url=order.status_url if order else "",
        offer=world.catalogue.by_sku.get(offered.sku) if offered else None,
        for_item=world.catalogue.by_sku.get(offered.for_sku) if offered else None,
        accepted=accepted,
        asks=message.asks == "rating" and message.answer is None,
        options=message.options if message.answer is None else (),
        asked=f"{message.journey}.{message.text}",
        more=message.text if message.text in world.brand.links else "",
        more_url=world.brand.links.get(message.text, ""),
        stopped=opt_out.is_stopped(customer),
        wishes=customer.wishes,
        channels=choosable(world.brand, customer),
        chats={channel: links.chat_url(chat, message.id, key) for channel, chat in world.chats},
    )


def _language(customer: Customer, world: World) -> str:
    return world.brand.language(customer.language, customer.country)
