"""The whole product on one machine: a world, the fake providers round it, and a clock to move."""

import atexit
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from types import MappingProxyType

from aftercart import ports, wiring
from aftercart.aws.items import Item
from aftercart.aws.table import Table
from aftercart.domain.brand import Brand
from aftercart.domain.campaign import next_look
from aftercart.domain.catalogue import Catalogue
from aftercart.domain.consent import Channel
from aftercart.domain.journey import Journey
from aftercart.ports import Store
from aftercart.texts.compiled import (
    ApprovedTemplate,
    load_brand,
    load_catalogue,
    load_journeys,
    load_templates,
)
from sandbox.cloud.account import client
from sandbox.cloud.aws import AwsWorld
from sandbox.cloud.engine import Engine
from sandbox.cloud.faults import Faults
from sandbox.cloud.functions import Functions
from sandbox.cloud.http_api import Response
from sandbox.cloud.memory import FixedSecrets
from sandbox.cloud.memory_world import MemoryWorld
from sandbox.cloud.queues import Queues
from sandbox.cloud.scheduler import Scheduler
from sandbox.control.records import Records, plain_item
from sandbox.fakes import Account, Emitted, FakeCall, FakeMessage, FakeProviders, FakeWebhook, Mode
from sandbox.journeys.compile import compile_journeys
from sandbox.line import Line
from sandbox.shop_settings import LINK_BASE, PARAMETERS, SECRETS, SHOP, WHATSAPP_ACCOUNT
from sandbox.states.machine import StateMachines

AT_ONCE = (timedelta(0), timedelta(0))
REMINDERS = "lifecycle_reminders"


@dataclass(frozen=True, slots=True)
class Moved:
    """What a move of the clock did: how often the scheduler woke us, and how many messages phones showed."""

    now: datetime
    fired: int
    sent: int


class Sandbox:
    """One world from `open` to `close`: one at a time in a process, and for one thread alone.

    `memory`: the memory world in place of the AWS world. `made`: another folder of journeys than the
    product's own, as the build writes it. `parameters` of the template differ from the sandbox's.
    """

    providers: FakeProviders

    def __init__(
        self,
        start: datetime,
        seed: int = 1,
        *,
        memory: bool = False,
        made: Path | None = None,
        parameters: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._compiled = made or compiled()
        self._line, self._runs, self._left = Line(), Counter[str](), ExitStack()
        self._world: AwsWorld | MemoryWorld
        if memory:
            self._world = MemoryWorld(
                start,
                SECRETS,
                self._line.call,
                self._line,
                seed=seed,
                parameters={**PARAMETERS, **parameters},
                configure=self._configure,
            )
        else:
            self._world = AwsWorld(
                start,
                SECRETS,
                self._line.call,
                seed=seed,
                parameters={**PARAMETERS, **parameters},
                configure=self._configure,
            )
        found = _made(self._compiled)
        self.brand, self.journeys, self.catalogue = found.brand, found.journeys, found.catalogue
        self._campaigns = [j for j in self.journeys.values() if j.launch and not j.retired]
        self._world.next_beginning = self._next_beginning

    def open(self) -> "Sandbox":
        """Builds everything."""
        if wiring.other_world or wiring.other_http:
            raise RuntimeError("another sandbox is open in this process")
        self._world.open()
        self._left.callback(self._world.close)
        self.providers = FakeProviders(
            now=self.engine.now,
            deliver=self._deliver,
            after=self.engine.after,
            secrets=SECRETS,
            seed=self.engine.seed,
            templates=_made(self._compiled).templates,
            wait_of=self._wait_of,
            receipts_after=AT_ONCE,
            account=account(),
        )
        self._line.providers, self._line.faults = self.providers, self.faults
        self._line.functions = self.functions
        wiring.other_http = self._line
        self._left.callback(_disconnect)
        return self

    def close(self) -> None:
        """Gives the process back its clock and its environment."""
        self._left.close()

    def __enter__(self) -> "Sandbox":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def engine(self) -> Engine:
        return self._world.engine

    @property
    def functions(self) -> Functions:
        return self._world.functions

    @property
    def machines(self) -> StateMachines:
        return self._world.machines

    @property
    def queues(self) -> Queues:
        return self._world.queues

    @property
    def scheduler(self) -> Scheduler:
        return self._world.scheduler

    @property
    def faults(self) -> Faults:
        return self._world.faults

    @property
    def store(self) -> Store:
        """The stored world, for what a person at the controls records."""
        if isinstance(self._world, MemoryWorld):
            return self._world.store()
        return Table(client("dynamodb"), self._world.made.tables["Table"])

    @property
    def secrets(self) -> FixedSecrets:
        return FixedSecrets(SECRETS)

    def records(self) -> Records:
        """Everything that is stored now."""
        if isinstance(self._world, MemoryWorld):
            return self._world.records()
        return Records.of(self.items())

    def items(self) -> Iterator[Item]:
        """Each item as it is stored."""
        if isinstance(self._world, MemoryWorld):
            return self._world.items()
        return (plain_item(item) for item in self._world.items())

    def shown(self) -> list[FakeMessage]:
        """What phones show, in the order in which they showed it."""
        nameless = [each for each in self.providers.shown if not each.reference]
        known = self._answered_with() if nameless else {}
        for each in nameless:
            each.reference = known.get(each.id, "")
        return self.providers.shown

    def provider_calls(self) -> list[FakeCall]:
        """Every request that a provider got."""
        calls = self.providers.calls
        known = {} if all(each.reference for each in calls) else self._answered_with()
        return [replace(each, reference=each.reference or known.get(each.id, "")) for each in calls]

    def _answered_with(self) -> dict[str, str]:
        """Our references by the provider's ids: Instagram is told none."""
        messages = self.records().messages.values()
        return {a.provider_id: m.reference(a) for m in messages for a in m.attempts if a.provider_id}

    def modes(self) -> dict[str, str]:
        """How each channel fares."""
        return {channel.value: mode.value for channel, mode in self.providers.modes.items()}

    def request(self, method: str, target: str, headers: Mapping[str, str], body: bytes = b"") -> Response:
        """A request to the stack's API, answered before anything else settles."""
        return self._world.request(method, target, headers, body)

    def settle(self) -> int:
        """Runs all that is due by now, and what follows from it; how many things ran."""
        return self.engine.settle()

    def advance(self, to: datetime) -> Moved:
        """Moves the clock by way of each due thing."""
        return self._moved(lambda: self.engine.advance(to))

    def fire(self, schedule: str) -> Moved:
        """A schedule fires once more, be it still to come or long gone. Raises LookupError."""
        return self._moved(lambda: self.scheduler.fire(schedule))

    def _moved(self, move: Callable[[], object]) -> Moved:
        fired, sent = self._woken(), len(self.providers.shown)
        move()
        self.settle()
        return Moved(self.engine.now(), self._woken() - fired, len(self.providers.shown) - sent)

    def wake(self, payload: Mapping[str, object]) -> None:
        """Hands lifecycle_reminders an event, as the scheduler and a person with a console may."""
        self.invoke(REMINDERS, payload)

    def invoke(self, function: str, event: object) -> None:
        """Hands an event to a function, by the name of its folder; it runs as things settle."""
        name = next(each for each in self.functions.named() if each.endswith(function.replace("_", "-")))
        self.functions.invoke_async(name, event)

    def break_channel(self, channel: Channel, mode: Mode, next_calls: int | None = None) -> None:
        """For the next n calls, or until mended."""
        self.providers.set_mode(channel, mode, next_calls)

    def watch(self, before: Callable[[str], object]) -> None:
        """From now on `before` is told the name of each AWS and provider call that begins."""
        self._world.calls.before = self._line.before = before

    def _next_beginning(self, now: datetime) -> datetime | None:
        """When a sweep may next find a campaign to begin."""
        waiting = [journey for journey in self._campaigns if not self._has_begun(journey, now)]
        return next_look([journey.launch for journey in waiting if journey.launch], now)

    def _has_begun(self, journey: Journey, now: datetime) -> bool:
        if journey.launch is None or now < journey.launch.walk_from:
            return False
        ref = ports.campaign(SHOP, journey.name)
        campaign = self.store.read(ref).get(ref)
        return campaign is not None and campaign.is_of(journey.launch)

    def _woken(self) -> int:
        return sum(runs for name, runs in self._runs.items() if name.endswith(REMINDERS.replace("_", "-")))

    def _configure(self, function: str) -> None:
        self._runs[function] += 1
        os.environ["COMPILED_DIR"] = str(self._compiled)

    def _deliver(self, emitted: Emitted) -> int | None:
        """What a provider sends comes in where AWS would bring it."""
        if isinstance(emitted, FakeWebhook):
            return self.request(emitted.method, emitted.path, emitted.headers, emitted.body).status
        self._world.publish(emitted.topic, emitted.message)
        return None

    def _wait_of(self, channel: Channel) -> timedelta:
        """The wait of the leg that is being sent."""
        return timedelta(seconds=self.functions.running[-1].event["wait"])


def account() -> Account:
    """As the sample brand's deployment has it with each provider."""
    return Account(
        phone_number_id=PARAMETERS["MetaPhoneNumberId"],
        whatsapp_account=WHATSAPP_ACCOUNT,
        messenger_page=PARAMETERS["MessengerPageId"],
        instagram_account=PARAMETERS["InstagramAccountId"],
        social_phone_number_id=PARAMETERS["SocialPhoneNumberId"],
        infobip_base=PARAMETERS["InfobipBaseUrl"],
        viber_sender=PARAMETERS["InfobipViberSender"],
        sms_identity=PARAMETERS["SmsOriginationIdentity"],
        sms_configuration_set=PARAMETERS["SmsConfigurationSetName"],
        email_sender=PARAMETERS["EmailSender"],
        email_configuration_set=PARAMETERS["EmailConfigurationSetName"],
        twilio_account=PARAMETERS["TwilioAccountSid"],
        twilio_sender=PARAMETERS["TwilioSender"],
        twilio_incoming=PARAMETERS["TwilioCallbackUrl"],
        link_prefix=f"{LINK_BASE}/m/",
    )


def _disconnect() -> None:
    wiring.other_http = None


@cache
def compiled() -> Path:
    """`journeys/` as the build makes it, once a process. Raises JourneysWrong."""
    journeys = compile_journeys()
    directory = Path(tempfile.mkdtemp(prefix="aftercart-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    journeys.write(directory)
    return directory


@dataclass(frozen=True, slots=True)
class _Made:
    brand: Brand
    journeys: Mapping[str, Journey]
    catalogue: Catalogue
    templates: Mapping[tuple[str, str], ApprovedTemplate]


@cache
def _made(directory: Path) -> _Made:
    """What it holds, read once a process."""
    return _Made(
        load_brand(directory), load_journeys(directory), load_catalogue(directory), load_templates(directory)
    )
