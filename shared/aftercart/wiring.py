"""Which implementation stands behind each port, chosen once an environment."""

import gc
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import cache
from typing import Any

from aftercart.aws.clients import client
from aftercart.aws.clock import SystemClock
from aftercart.aws.dead_letters import SqsDeadLetters
from aftercart.aws.humans import AlarmedHumans
from aftercart.aws.learned import LearnedWorkflow
from aftercart.aws.rehearsed import rehearsed
from aftercart.aws.schedule import EventBridgeSchedules
from aftercart.aws.settings import Misconfigured, SecretStore, Settings, of_provider
from aftercart.aws.table import Table
from aftercart.aws.watched import Watched
from aftercart.aws.workflow import StepFunctionsWorkflow
from aftercart.channels import registry
from aftercart.channels.entry import Means
from aftercart.ports import Http, Texts, World
from aftercart.texts.compiled import load_brand, load_catalogue, load_journeys

# The sandbox's way in: another world, or another transport for what would leave the machine.
other_world: Callable[[Settings], World] | None = None
other_http: Http | None = None


def world() -> World:
    """Everything but what sends: no Liquid, no provider."""
    settings = Settings.from_env()
    return other_world(settings) if other_world else _world(settings)


def sending_world() -> World:
    """With texts and providers: for the sender alone."""
    return world() if other_world else _sending(Settings.from_env())


def prepare(make: Callable[[], World]) -> None:
    """For the end of a handler's module: on Lambda the world is made while the function initialises.

    Code runs then as on a whole processor (published measurements; AWS does not promise it), in an invocation
    on the share that its memory buys: a seventh of one at 256 MB.
    """
    if "AWS_LAMBDA_INITIALIZATION_TYPE" in os.environ:
        with suppress(Misconfigured):  # the first invocation says so, and to its caller
            make()
    if not gc.isenabled():
        gc.freeze()  # nor is it looked through later
        gc.enable()


@cache
def _world(settings: Settings) -> World:
    clock = SystemClock()
    secrets = SecretStore(client("secretsmanager"), settings.secret_arn, clock)
    plain = World(
        clock=clock,
        store=Table(client("dynamodb"), settings.table_name),
        schedules=EventBridgeSchedules(client("scheduler"), settings),
        workflow=StepFunctionsWorkflow(client("stepfunctions"), settings.state_machine_arn),
        secrets=secrets,
        brand=load_brand(),
        journeys=load_journeys(),
        catalogue=load_catalogue(),
        link_base=settings.link_base_url,
        chats=settings.chats,
        shop=settings.shop_domain,
        dead_letters=SqsDeadLetters(lambda: client("sqs"), settings.dead_letter_queues.split()),
        humans=AlarmedHumans(),
    )
    return as_it_learns(plain)


def as_it_learns(plain: World) -> World:
    """Where the brand's waits are learned, executions start with what receipts have taught."""
    if not plain.brand.learned_waits:
        return plain
    learned = LearnedWorkflow(plain.workflow, plain.store, plain.clock, plain.shop)
    return replace(plain, workflow=learned)


@cache
def _sending(settings: Settings) -> World:
    return with_senders(_world(settings), other_http, settings.sending)


def with_senders(
    plain: World,
    http: Http | None,
    sending: str,
    clients: Callable[[str], Any] = client,
    texts: Texts | None = None,
) -> World:
    """Adds texts and the brand's providers. Liquid, Babel and urllib3 are loaded here and nowhere else.

    `sending`: as of `rehearsed`; `clients`: by service, where they are not botocore's; `texts`: those that
    are read already.
    """
    from aftercart.channels.http import Urllib3Http  # noqa: PLC0415
    from aftercart.texts.compiled import load_texts  # noqa: PLC0415
    from aftercart.texts.render import LiquidTexts  # noqa: PLC0415

    means = Means(
        http=http or Urllib3Http(),
        secrets=plain.secrets,
        setting=of_provider,
        client=clients,
        clock=plain.clock,
    )
    texts = texts or LiquidTexts(load_texts(), plain.brand, plain.catalogue)
    entries = [registry.entry(name) for name in plain.brand.carried_by()]
    watched = [Watched(each, each.sender(means)) for each in entries]
    return replace(
        plain, texts=texts, providers=[rehearsed(each, sending, plain.secrets) for each in watched]
    )
