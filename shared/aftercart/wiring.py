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
from aftercart.aws.schedule import EventBridgeSchedules
from aftercart.aws.settings import Misconfigured, SecretStore, Settings
from aftercart.aws.table import Table
from aftercart.aws.watched import Watched
from aftercart.aws.workflow import StepFunctionsWorkflow
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
    return World(
        clock=clock,
        store=Table(client("dynamodb"), settings.table_name),
        schedules=EventBridgeSchedules(client("scheduler"), settings),
        workflow=StepFunctionsWorkflow(client("stepfunctions"), settings.state_machine_arn),
        secrets=secrets,
        brand=load_brand(),
        journeys=load_journeys(),
        catalogue=load_catalogue(),
        link_base=settings.link_base_url,
        shop=settings.shop_domain,
        dead_letters=SqsDeadLetters(lambda: client("sqs"), settings.dead_letter_queues.split()),
    )


@cache
def _sending(settings: Settings) -> World:
    return with_senders(_world(settings), settings, other_http)


def with_senders(
    plain: World, settings: Settings, http: Http | None, sms: Any = None, texts: Texts | None = None
) -> World:
    """Adds texts and the providers. Liquid, Babel and urllib3 are loaded here and nowhere else.

    `sms`: a client of AWS End User Messaging, where it is not botocore's; `texts`: those that are read
    already.
    """
    from aftercart.channels.aws_sms import AwsSms  # noqa: PLC0415
    from aftercart.channels.http import Urllib3Http  # noqa: PLC0415
    from aftercart.channels.infobip_viber import InfobipViber  # noqa: PLC0415
    from aftercart.channels.meta_whatsapp import MetaWhatsApp  # noqa: PLC0415
    from aftercart.texts.compiled import load_texts  # noqa: PLC0415
    from aftercart.texts.render import LiquidTexts  # noqa: PLC0415

    line = http or Urllib3Http()
    carriers = (
        MetaWhatsApp(line, plain.secrets, settings.meta_base_url, settings.meta_phone_number_id),
        InfobipViber(line, plain.secrets, settings.infobip_base_url, settings.infobip_viber_sender),
        AwsSms(
            sms or client("pinpoint-sms-voice-v2"),
            settings.sms_origination_identity,
            settings.sms_configuration_set,
        ),
    )
    texts = texts or LiquidTexts(load_texts(), plain.brand, plain.catalogue)
    return replace(plain, texts=texts, providers={carrier.channel: Watched(carrier) for carrier in carriers})
