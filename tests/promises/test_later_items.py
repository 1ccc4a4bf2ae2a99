"""What a later version wrote is left as it is, and the flow that meets it says so: it is tried again."""

import copy
import json
import zlib
from collections.abc import Callable
from dataclasses import MISSING, fields
from typing import Any

import pytest

from aftercart import ports
from aftercart.aws.items import KINDS, UnknownVersion, decode, encode, key, plain
from aftercart.domain.consent import Channel
from aftercart.domain.customer import Customer
from aftercart.domain.message import ReceiptStatus
from aftercart.domain.order import Stage
from aftercart.flows.deferral import on_message_due
from aftercart.flows.delivery_tracking import on_shipment
from aftercart.flows.lifecycle_reminders import on_step_due, sweep
from aftercart.flows.order_confirmation import on_order
from aftercart.flows.pages import act, show
from aftercart.flows.receipts import on_receipt
from aftercart.flows.replies import on_reply
from aftercart.ports import Put, Ref
from tests.builders import SmallWorld, moved, placed, said

Later = Callable[[dict[str, Any]], None]


def with_data(change: Callable[[Any], object]) -> Later:
    """Changes the noun inside an item, as a later version might write it."""

    def edit(item: dict[str, Any]) -> None:
        ((kind, stored),) = item["data"].items()
        noun = json.loads(zlib.decompress(stored) if kind == "B" else stored)
        change(noun)
        item["data"] = {"S": json.dumps(noun)}

    return edit


def version_two(item: dict[str, Any]) -> None:
    item["v"] = {"N": "2"}


def another_attribute(item: dict[str, Any]) -> None:
    item["shown_at"] = {"S": "2027-01-01T00:00:00Z"}


def another_kind(item: dict[str, Any]) -> None:
    item["kind"] = {"S": "household"}


another_field = with_data(lambda noun: noun.update(mood="glad"))
LATER: tuple[Later, ...] = (version_two, another_attribute, another_kind, another_field)
NAMES = ("a version", "an attribute", "a kind", "a field")


def lived() -> SmallWorld:
    """An order, its confirmation sent, its parcel delivered, its care armed."""
    small = SmallWorld()
    on_order(placed(), small.world)
    small.rung(small.message("confirm"))
    on_shipment(moved(Stage.DELIVERED), small.world)
    return small


def meets_customer(small: SmallWorld) -> list[Callable[[], object]]:
    message = small.message("confirm")
    return [
        lambda: on_order(placed(), small.world),
        lambda: on_reply(said("СТОП"), small.world),
        lambda: act(message.id, "stop", small.world),
        lambda: show(message.id, "", small.world),
        lambda: on_step_due(small.enrolment("phone_care").id, small.enrolment("phone_care").arm, small.world),
    ]


def meets_message(small: SmallWorld) -> list[Callable[[], object]]:
    message = small.message("confirm")
    return [
        lambda: on_message_due(message.id, 1, small.world),
        lambda: act(message.id, "accept", small.world),
        lambda: show(message.id, "", small.world),
    ]


def meets_order(small: SmallWorld) -> list[Callable[[], object]]:
    return [
        lambda: on_order(placed(), small.world),
        lambda: on_shipment(moved(Stage.RETURNING), small.world),
    ]


def meets_enrolment(small: SmallWorld) -> list[Callable[[], object]]:
    care = small.enrolment("phone_care")
    return [lambda: on_step_due(care.id, care.arm, small.world)]


def refs(small: SmallWorld) -> dict[str, Ref[Any]]:
    return {
        "customer": ports.customer(small.customer().id),
        "message": ports.message(small.message("confirm").id),
        "order": ports.order("kram.example", "1001"),
        "enrolment": ports.enrolment(small.enrolment("phone_care").id),
    }


MEETS = {
    "customer": meets_customer,
    "message": meets_message,
    "order": meets_order,
    "enrolment": meets_enrolment,
}


@pytest.mark.parametrize("later", LATER, ids=NAMES)
@pytest.mark.parametrize("kind", MEETS)
def test_a_flow_that_meets_what_a_later_version_wrote_raises_and_changes_nothing(
    kind: str, later: Later
) -> None:
    small = lived()
    flows = MEETS[kind](small)
    later(small.store.dynamo.items[key(refs(small)[kind])])
    before = copy.deepcopy(small.store.dynamo.items)
    for flow in flows:
        with pytest.raises(UnknownVersion):
            flow()
    assert small.store.dynamo.items == before


def test_a_receipt_of_a_message_of_a_later_version_is_not_joined_and_comes_again() -> None:
    small = lived()
    message = small.message("confirm")
    version_two(small.store.dynamo.items[key(refs(small)["message"])])
    before = copy.deepcopy(small.store.dynamo.items)
    with pytest.raises(UnknownVersion):
        on_receipt(small.receipt(message, 1, ReceiptStatus.DELIVERED), small.world)
    assert small.store.dynamo.items == before


@pytest.mark.parametrize("later", LATER[1:], ids=NAMES[1:])
def test_a_receipt_is_joined_beside_what_is_not_known_and_says_so_each_time(later: Later) -> None:
    """Its one update touches nothing else, so nothing is dropped; what follows from it waits."""
    small = lived()
    message = small.message("confirm")
    at = key(refs(small)["message"])
    later(small.store.dynamo.items[at])
    before = copy.deepcopy(small.store.dynamo.items[at])
    for _ in range(2):
        with pytest.raises(UnknownVersion):
            on_receipt(small.receipt(message, 1, ReceiptStatus.DELIVERED), small.world)
    joined = small.store.dynamo.items[at]
    assert {name: joined.get(name) for name in before.keys() - {"rev", "todo", "todo_at"}} == {
        name: before[name] for name in before.keys() - {"rev", "todo", "todo_at"}
    }
    assert joined["r1"]["S"].startswith("3|")


@pytest.mark.parametrize("later", LATER, ids=NAMES)
def test_a_sweep_that_meets_it_says_so_each_time_and_does_the_rest(later: Later) -> None:
    small = lived()
    on_order(placed(), small.world)
    at = key(refs(small)["enrolment"])
    later(small.store.dynamo.items[at])
    before = copy.deepcopy(small.store.dynamo.items[at])
    small.clock.forward(days=30)
    for _ in range(2):
        with pytest.raises(UnknownVersion):
            sweep(small.world)
    assert small.store.dynamo.items[at] == before


@pytest.mark.parametrize(
    ("kind", "change"),
    (
        (
            "customer",
            lambda noun: noun["addresses"].update(rcs={**noun["addresses"]["sms"], "channel": "rcs"}),
        ),
        ("customer", lambda noun: noun["addresses"]["sms"].update(verified=True)),
        ("message", lambda noun: noun["attempts"][0].update(outcome="queued")),
        ("message", lambda noun: noun.update(purpose="legal")),
        ("message", lambda noun: noun["attempts"][0].update(retries=3)),
        ("order", lambda noun: noun["shipments"]["9001"]["stages"].update(customs="2026-11-23T12:00:00Z")),
        ("order", lambda noun: noun["lines"][0].update(warranty="P3Y")),
        ("enrolment", lambda noun: noun["steps"][0]["spec"].update(mood="glad")),
        ("enrolment", lambda noun: noun["steps"][0].update(state="paused")),
        # Pinned words: to pass over a stop, a condition or a rule would say what a later version would not.
        ("enrolment", lambda noun: noun["steps"][0]["spec"].update(stops=["cancelled", "moved_away"])),
        ("enrolment", lambda noun: noun["steps"][0]["spec"].update(when={"nps_at_most": "6"})),
        ("enrolment", lambda noun: noun["steps"][0]["spec"].update(computed="birthday")),
        ("message", lambda noun: noun.update(stops=["moved_away"])),
    ),
)
def test_a_word_or_a_field_of_a_later_version_is_refused_however_deep_it_lies(
    kind: str, change: Callable[[Any], object]
) -> None:
    small = lived()
    item = small.store.dynamo.items[key(refs(small)[kind])]
    decode(plain(item))
    with_data(change)(item)
    with pytest.raises(UnknownVersion):
        decode(plain(item))


def test_a_receipt_of_a_later_kind_is_refused() -> None:
    small = lived()
    item = small.store.dynamo.items[key(refs(small)["message"])]
    item["r1"] = {"S": "7|2026-11-23T12:00:00+00:00||"}
    with pytest.raises(UnknownVersion):
        decode(plain(item))


def test_what_is_refused_is_not_quoted() -> None:
    small = lived()
    item = small.store.dynamo.items[key(refs(small)["customer"])]
    with_data(lambda noun: noun.update(mood="Олена"))(item)
    with pytest.raises(UnknownVersion) as refused:
        decode(plain(item))
    assert "Олена" not in f"{refused.value!r} {refused.value.__cause__!r}"
    assert refused.value.__suppress_context__


def test_a_field_that_says_nothing_new_is_not_written_so_that_an_older_version_reads_on() -> None:
    item = encode(Put(ref=ports.customer("a" * 14), value=Customer(id="a" * 14)), 1)
    assert json.loads(item["data"]) == {"id": "a" * 14}


@pytest.mark.parametrize("kind", KINDS)
def test_every_noun_is_read_from_its_required_fields_alone(kind: str) -> None:
    """So a field with a default may be added: what was stored before lacks it."""
    small = lived()
    on_reply(said("5"), small.world)
    on_reply(said("СТОП", number=2, channel=Channel.WHATSAPP), small.world)
    on_order(placed(), small.world)
    noun = KINDS[kind]
    required = {f.name for f in fields(noun) if f.default is MISSING and f.default_factory is MISSING}
    for item in list(small.store.dynamo.items.values()):
        if item["kind"]["S"] == kind:
            with_data(lambda stored: [stored.pop(name) for name in set(stored) - required])(item)
            value = decode(plain(item)).value
            for field in fields(noun):
                if field.default is not MISSING:
                    assert getattr(value, field.name) == field.default
