"""A world in which somebody has bought a phone, and what the oracle has against it."""

import random
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sandbox.trials.lives.fates import Ends
from sandbox.trials.lives.life import fates_of
from sandbox.trials.lives.outside import Outside
from sandbox.trials.lives.people import Somebody, drawn
from sandbox.trials.lives.routes import Routes

NOON = datetime(2027, 3, 27, 12, 0, tzinfo=UTC)  # a Saturday; that night Europe's clocks go forward


def bought(outside: Outside) -> tuple[Somebody, dict[str, Any]]:
    """Somebody in Kyiv who agreed to marketing has bought a phone, and been told so."""
    (somebody,) = drawn(random.Random(4), 1)
    assert somebody.home.zone == "Europe/Kyiv"
    somebody.person = replace(somebody.person, marketing=True)
    items = [outside.sandbox.catalogue.by_sku["ZIRVO-A1"]]
    body = outside.buys(somebody.key, somebody.person, somebody.home, 1001, items, guest=False)
    outside.sandbox.settle()
    return somebody, body


def wrongs(outside: Outside) -> list[str]:
    sandbox, oracle = outside.sandbox, outside.oracle
    calls, shown = sandbox.provider_calls(), sandbox.shown()
    ends = Ends(oracle, fates_of(sandbox.records()), calls, shown)
    return [*oracle.wrongs(calls, shown), *ends.wrongs(), *Routes(oracle, calls).wrongs()]
