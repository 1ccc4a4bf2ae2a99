"""Every provider first, and routes of one to five legs: wherever a Lambda dies, every promise holds.

The routes come from the registry: whoever is added there is tried here, or a test says what the trials lack.
"""

import random

import pytest

from aftercart.channels import registry
from aftercart.domain.consent import ANSWERS_ONLY, PHONE_CHANNELS, Channel
from aftercart.domain.message import Variant
from aftercart.texts.compiled import load_journeys, load_texts
from sandbox.fakes import Mode
from sandbox.player import Player
from sandbox.sandbox import Sandbox, compiled
from sandbox.trials import routes
from sandbox.trials.crashes import routed
from sandbox.trials.crashes.points import Findings, explore, told
from sandbox.trials.crashes.prepared import BEGINS
from sandbox.trials.crashes.scenes import Scene
from sandbox.trials.routes import Route

GATE = routes.each_first()
SCENES = routed.scenes(GATE)


def firsts(ways: list[Route]) -> list[str]:
    return [way[0].carriers[0] for way in ways]


def test_whoever_is_in_the_registry_goes_first_once_and_there_is_a_route_of_each_length() -> None:
    assert {*firsts(GATE)} == {*routes.PROVIDERS}
    assert {len(way) for way in GATE} == {*routes.LENGTHS} == {1, 2, 3, 4, 5}
    without_a_route = {routes.channel_of(each) for each in registry.FILES.keys() - {*routes.PROVIDERS}}
    assert without_a_route <= {*ANSWERS_ONLY}


def test_the_long_run_has_each_provider_first_with_each_length() -> None:
    ways = routes.each_first_and_length()
    assert {(first, len(way)) for first, way in zip(firsts(ways), ways, strict=True)} == {
        (provider, length) for provider in routes.PROVIDERS for length in routes.LENGTHS
    }


@pytest.mark.parametrize("provider", routes.PROVIDERS)
def test_an_order_or_a_device_brings_an_address_that_the_provider_takes(provider: str) -> None:
    brought = (*PHONE_CHANNELS, Channel.EMAIL)
    assert (routes.channel_of(provider) in brought) is not (provider in routes.DEVICES)


def test_the_journeys_have_words_for_every_channel_on_which_a_route_may_go() -> None:
    texts, journeys = load_texts(compiled()), load_journeys(compiled())
    wordings = [
        channels
        for name in journeys
        for languages in texts[name].values()
        for variants in languages.values()
        for channels in variants.values()
    ]
    assert Variant.OFFER in texts["order_confirmation"]["confirm"]["uk"]
    assert all(channels.keys() >= {*routes.CHANNELS} for channels in wordings)


def test_dice_draw_every_provider_at_every_place_of_every_length() -> None:
    ways = [routes.drawn(random.Random(seed)) for seed in range(2000)]
    places = {(len(way), place, leg.carriers[0]) for way in ways for place, leg in enumerate(way)}
    assert len(places) == len(routes.PROVIDERS) * sum(routes.LENGTHS)
    assert all(len({leg.channel for leg in way}) == len(way) for way in ways)


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_each_fault_at_each_call_breaks_no_promise_over_any_route(scene: Scene) -> None:
    findings = Findings()
    first, *runs = explore(scene, 1, memory=True, brief=True)
    for run in (first, *runs):
        findings.add(run)
    assert [told(run) for run in findings.wrong[:20]] == []
    assert len(runs) > 5


@pytest.mark.parametrize("way", GATE, ids=routes.named)
def test_news_that_every_leg_but_the_last_fails_to_show_has_gone_over_all_of_them(way: Route) -> None:
    (scene,) = (each for each in routed.scenes([way]).values() if each.name.startswith("fallback"))
    (run,) = explore(scene, 0, memory=True)
    assert [*dict.fromkeys(run.asked)] == [leg.carriers[0] for leg in way]  # who is down is asked again


@pytest.mark.parametrize("way", [way for way in GATE if len(way) == max(routes.LENGTHS)], ids=routes.named)
def test_news_of_which_nobody_says_a_word_takes_every_leg_one_wait_after_the_other(way: Route) -> None:
    with Sandbox(BEGINS, memory=True, made=routes.made(way)).open() as sandbox:
        player = Player(sandbox)
        routed.falls(way, player, (Mode.SILENT,))
        asked_at = player.now()
        player.wait(hours=3)
        (news,) = (each for each in sandbox.records().messages.values() if each.step == "in_transit")
        assert [attempt.claimed_at - asked_at for attempt in news.attempts] == [
            place * routes.WAITS["news"] for place in range(len(way))
        ]
