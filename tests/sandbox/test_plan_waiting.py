"""Who waits for what: counted alike in both worlds, and named in neither."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from aftercart import ports
from aftercart.aws.items import encode
from aftercart.domain.consent import Channel
from aftercart.domain.customer import Customer
from aftercart.domain.journey import After, Enrolment, StepState, chosen_event
from aftercart.flows import enrol
from aftercart.flows.pages import SHOWN_FOR
from aftercart.ports import Put
from sandbox.cloud.account import client
from sandbox.cloud.aws import AwsWorld
from sandbox.commands.demo import OLENA
from sandbox.plan import deployed, waiting
from sandbox.player import Player
from sandbox.sandbox import Sandbox
from tests.builders import NOW, PHONE_CARE, a_brand, a_catalogue, a_line, a_step, an_order, with_steps
from tests.sandbox.on_their_way import AT, play

DAY = timedelta(days=1)


@pytest.mark.parametrize("memory", (True, False))
def test_both_worlds_count_who_waits_and_name_nobody(memory: bool) -> None:
    with Sandbox(AT, memory=memory).open() as sandbox:
        play(sandbox)
        player = Player(sandbox)
        status, found = player.call("GET", "/sandbox/waiting")
        assert status == 200
        counts = {(each["step"], each["event"]): each["count"] for each in found["waiting"]}
        assert counts == {
            ("survey", ""): 1,
            ("tips", ""): 2,
            ("trade_in", ""): 2,
            ("help_with_return", "rated"): 2,
            ("review_request", "rated"): 2,
        }
        assert found["unread"] == 0
        said = json.dumps(found, ensure_ascii=False)
        state = player.call("GET", "/sandbox/state")[1]
        for customer in state["customers"]:
            for named in (customer["id"], customer["name"], *customer["addresses"].values()):
                assert named not in said
        if not memory:
            world = cast(AwsWorld, sandbox._world)
            table = deployed.scanned(client("dynamodb"), world.made.tables["Table"])
            assert waiting.counted(table, player.now()).as_json() == found


def test_a_message_that_is_put_off_waits_until_it_is_no_longer_of_use() -> None:
    with Sandbox(AT.replace(hour=22), memory=True).open() as sandbox:
        player = Player(sandbox)
        order = player.orders(OLENA, 1001, ["CASE-A1"])
        player.parcel(order, "in_transit")
        found = waiting.counted(sandbox.items(), player.now())
        (group,) = [each for each in found.groups if each.thing.step == "in_transit"]
        assert (group.thing.kind, group.thing.route, group.count) == ("message", "news", 1)
        assert group.until == player.now().replace(day=24)
        player.wait(days=1)
        assert waiting.counted(sandbox.items(), player.now()).groups == ()


def test_who_was_rated_already_and_who_is_erased_wait_for_nothing_of_it() -> None:
    with Sandbox(AT, memory=True).open() as sandbox:
        play(sandbox)
        player = Player(sandbox)
        player.replies(OLENA, Channel.WHATSAPP, "5")
        steps = [each.thing.step for each in waiting.counted(sandbox.items(), player.now()).groups]
        assert steps.count("help_with_return") == 1  # Daryna's alone
        for customer in player.call("GET", "/sandbox/state")[1]["customers"]:
            player.call("POST", "/sandbox/erase", json.dumps({"customer": customer["id"]}).encode())
        assert waiting.counted(sandbox.items(), player.now()).groups == ()


def test_the_order_in_which_items_are_found_does_not_matter() -> None:
    with Sandbox(AT, memory=True).open() as sandbox:
        play(sandbox)
        items, now = list(sandbox.items()), sandbox.engine.now()
        assert waiting.counted(reversed(items), now) == waiting.counted(items, now)


def test_what_a_later_version_wrote_is_not_guessed_at() -> None:
    item = encode(Put(ref=ports.customer("c" * 14), value=Customer(id="c" * 14)), 1)
    later = {**item, "sk": "E#" + "c" * 14, "kind": "voyage"}
    assert waiting.counted([item, later], AT).unread == 1


def test_what_waits_for_a_choice_waits_as_long_as_its_page_asks_and_not_where_nobody_asked() -> None:
    fits = a_step("fits", asks="choice", options=("yes", "no"), after=After(event="delivered", wait=3 * DAY))
    swap = a_step(
        "swap", on=chosen_event("fits"), useful_for=2 * DAY, variants={"swap_short": 1, "swap_long": 0}
    )
    customer, order = Customer(id="c" * 14, country="UA", language="uk"), an_order()
    rules = enrol.Rules(brand=a_brand(), catalogue=a_catalogue(), customer=customer, order=order)
    begun = enrol.begin(with_steps(PHONE_CARE, fits, swap), rules, NOW, a_line())
    asking = enrol.happened(begun, "delivered", NOW, rules, NOW).enrolment
    unasked = replace(asking, steps=(replace(asking.steps[0], state=StepState.SKIPPED), asking.steps[1]))

    def waits(enrolment: Enrolment) -> dict[str, tuple[str, str, datetime | None]]:
        nouns: list[Put[Any]] = [
            Put(ref=ports.customer(customer.id), value=customer),
            Put(ref=ports.enrolment(enrolment.id), value=enrolment),
        ]
        groups = waiting.counted([encode(noun, 1) for noun in nouns], NOW).groups
        return {each.thing.step: (each.thing.text, each.thing.event, each.until) for each in groups}

    due = NOW + 3 * DAY + fits.useful_for
    assert waits(asking) == {
        "fits": ("fits", "", due),
        "swap": ("swap_short", "chose:fits", due + SHOWN_FOR + 2 * DAY),
    }
    assert waits(unasked) == {}
