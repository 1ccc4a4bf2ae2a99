"""A world that may not be touched: every port notes that it was reached for, and raises.

The secrets alone are real: a `SecretStore` on a client that counts how often it is asked.
"""

import importlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from functools import cache
from typing import Any, NoReturn, cast

from aftercart import wiring
from aftercart.aws import telemetry
from aftercart.aws.settings import SecretStore, Settings
from aftercart.ports import World
from sandbox.cloud.lambda_environment import LOGS, surroundings
from sandbox.sandbox import compiled
from sandbox.shop_settings import LINK_BASE, SECRETS, SHOP

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
Handle = Callable[[Mapping[str, Any], object], dict[str, Any]]


class Touched(Exception):
    """A port was reached for."""


@dataclass(slots=True)
class Untouchable:
    """Stands for a port. `touched` is shared by all ports of a world."""

    name: str
    touched: list[str]

    def __getattr__(self, operation: str) -> NoReturn:
        self.touched.append(f"{self.name}.{operation}")
        raise Touched(self.touched[-1])


@dataclass(slots=True)
class CountingSecrets:
    """Answers GetSecretValue. `asked`: how often."""

    values: Mapping[str, str | None]
    asked: int = 0

    def get_secret_value(self, **_: object) -> dict[str, str]:
        self.asked += 1
        return {"SecretString": json.dumps(self.values)}


@dataclass(slots=True)
class Watch:
    """ports.Clock, moved by hand."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at


@dataclass(slots=True)
class Sealed:
    """What a run under a sealed world can be asked afterwards."""

    secrets: CountingSecrets
    clock: Watch
    touched: list[str] = field(default_factory=list)

    def world(self) -> World:
        port = cast(Any, lambda name: Untouchable(name, self.touched))
        return World(
            clock=self.clock,
            store=port("store"),
            schedules=port("schedules"),
            workflow=port("workflow"),
            secrets=SecretStore(self.secrets, "arn", self.clock),
            brand=port("brand"),
            journeys=port("journeys"),
            catalogue=port("catalogue"),
            link_base=LINK_BASE,
            shop=SHOP,
        )


@contextmanager
def sealed(values: Mapping[str, str | None] = SECRETS, *, loud: bool = False) -> Iterator[Sealed]:
    """Every handler finds a sealed world. `loud`: with its log lines, which cost more than the refusals."""
    if wiring.other_world:
        raise RuntimeError("another world is open in this process")
    made = Sealed(CountingSecrets(values), Watch())
    world = made.world()
    level, handled = telemetry.log.log_level, cast(Any, telemetry.log.registered_handler)
    stream = handled.setStream(LOGS)  # whoever imported the logger first may have had another output
    wiring.other_world = lambda settings: world
    telemetry.log.setLevel("INFO" if loud else "CRITICAL")
    try:
        with surroundings(_variables(loud)):
            yield made
    finally:
        telemetry.log.setLevel(level)
        handled.setStream(stream or LOGS)
        wiring.other_world = None


def _variables(loud: bool) -> dict[str, str]:
    return {
        **{field.name.upper(): field.name for field in fields(Settings)},
        "SHOP_DOMAIN": SHOP,
        "COMPILED_DIR": os.fspath(compiled()),
        "POWERTOOLS_METRICS_NAMESPACE": "Aftercart",
        "POWERTOOLS_SERVICE_NAME": "aftercart",
        **({} if loud else {"POWERTOOLS_METRICS_DISABLED": "true"}),
    }


@cache
def handler(function: str) -> Handle:
    """The handler of a function, by the name of its folder."""
    found: Handle = importlib.import_module(f"{function}.handler").handle
    return found
