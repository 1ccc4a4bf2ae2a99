"""Sample customers: each strains a text in another way. What they bought is of the shop's own catalogue."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from aftercart.domain.catalogue import Catalogue, Item
from aftercart.domain.money import Money
from aftercart.domain.offer import Offer, OfferRules, choose
from aftercart.domain.order import Line, Order
from aftercart.ports import Telling
from sandbox.journeys import samples
from sandbox.preview.places import Place

MOST_LINES = 12
LONG_URL = "https://carrier.example/en/track-and-trace/parcels?number=20450123456789&from=shop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    key: str
    first_name: str
    label: str
    told: str  # what it is a sample of
    long: bool = False  # all that a shop sends is as long as it gets
    scarce: bool = False  # what may be unknown is


SAMPLES = (
    Sample(key="short", first_name="Li", label="Li", told="a short name, and all is known"),
    Sample(
        key="long",
        first_name="Максиміліана-Дзвенислава Єлизавета Вишневецька",
        label="Максиміліана-Дзвенислава",
        told="a long name, the longest titles of the catalogue, a long order number, a long link",
        long=True,
    ),
    Sample(key="apostrophe", first_name="О'Лена", label="О'Лена", told="a name with an apostrophe"),
    Sample(key="nameless", first_name="", label="no name", told="no name, and all else is known"),
    Sample(key="scarce", first_name="", label="little known", told="only what is always known", scarce=True),
)


@dataclass(frozen=True, slots=True)
class Goods:
    """What was bought, and what is offered with it. `catalogue` knows both."""

    bought: Item
    offer: Offer
    catalogue: Catalogue


def goods(catalogue: Catalogue, rules: OfferRules, category: str, language: str, *, longest: bool) -> Goods:
    """A thing of the category with the offer that the rule picks; a sample where the shop sells none."""
    known = Catalogue((*samples.CATALOGUE.items, *catalogue.items))
    named = [item for item in catalogue.items if not item.sensitive]
    fitting = [item for item in named if category in ("", item.category)] or named
    offers = [found for item in fitting if (found := _offer(item, catalogue, rules))]
    sample = (samples.PHONE, samples.OFFER)
    pairs = offers or [(item, samples.OFFER) for item in fitting] or [sample]

    def length(pair: tuple[Item, Offer]) -> int:
        return len(pair[0].title(language)) + len(known.by_sku[pair[1].sku].title(language))

    return Goods(*(max(pairs, key=length) if longest else pairs[0]), known)


def _offer(item: Item, catalogue: Catalogue, rules: OfferRules) -> tuple[Item, Offer] | None:
    offer = choose((_line("1", item, 1),), (), catalogue, rules).offer
    return (item, offer) if offer else None


def telling(sample: Sample, place: Place, bought: Goods, *, can_answer: bool, answers: bool) -> Telling:
    """`answers`: it answers a customer, so neither an order nor an offer need be known."""
    known = samples.sample_telling(
        place.journey,
        place.text,
        place.channel,
        place.language,
        variant=place.variant,
        can_answer=can_answer,
        first_name=sample.first_name,
    )
    message = replace(known.message, sku=bought.bought.sku, offer=bought.offer)
    things = (bought.bought, bought.catalogue.by_sku[bought.offer.sku]) if sample.long else (bought.bought,)
    full = replace(known, message=message, order=_order(things, long=sample.long))
    return samples.scarce(full, answers=answers) if sample.scarce else full


def _order(things: Sequence[Item], *, long: bool) -> Order:
    """One of each; or two on each of twelve lines, in a parcel whose link is too long for an SMS."""
    items = [*things] * (MOST_LINES // len(things)) if long else things
    lines = tuple(_line(str(n), item, 2 if long else 1) for n, item in enumerate(items, start=1))
    parcel = samples.PARCEL
    if long:
        parcel = replace(parcel, tracking_url=LONG_URL, carrier="Nova Poshta International")
    return replace(
        samples.ORDER,
        number="#KRAM-1001234" if long else samples.ORDER.number,
        total=_total(lines),
        lines=lines,
        shipments={parcel.id: parcel},
    )


def _line(line: str, item: Item, quantity: int) -> Line:
    return Line(
        id=line,
        sku=item.sku,
        product=item.product,
        title=item.titles.get("en", item.sku),
        quantity=quantity,
        price=item.price,
    )


def _total(lines: Sequence[Line]) -> Money:
    amount = sum((each.price.amount * each.quantity for each in lines), Decimal())
    return Money(amount, lines[0].price.currency)
