"""Every provider of the registry with its sample, and the one that docs/adding-a-channel.md shows."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from aftercart.channels import registry
from aftercart.channels.entry import Entry, Means, Received, Sender
from aftercart.channels.reading import Event, PartlyUnreadable
from aftercart.domain.message import Receipt
from aftercart.ports import Outgoing, Reply, Transient, Unreadable
from tests.aftercart.channels.sample import AT, Item, Sample
from tests.aftercart.channels.wire import Asked, Wire

SAMPLES = Path(__file__).with_name("samples")
PAGE = Path(__file__).parents[3] / "docs" / "adding-a-channel.md"


class SampleMissing(LookupError):
    """What has to be written for a provider of the registry."""


@dataclass
class Given:
    """`ports.Secrets` and a provider's settings: what there is, and what was asked for."""

    values: dict[str, bytes]
    settings: dict[str, str]
    asked: set[str] = field(default_factory=set)

    def get(self, name: str) -> tuple[bytes, ...]:
        self.asked.add(name)
        if name not in self.values:
            raise Transient(name)
        return (self.values[name],)

    def refresh(self) -> bool:
        return False

    def setting(self, name: str) -> str:
        self.asked.add(name)
        return self.settings.get(name, "")


class StoppedClock:
    def now(self) -> datetime:
        return AT


@dataclass(frozen=True)
class Held:
    """One provider in the kit's hands."""

    entry: Entry
    sample: Sample

    def given(self) -> Given:
        """Exactly what the sample has."""
        return Given(dict(self.sample.secrets), dict(self.sample.settings))

    def sender(self, wire: Wire, given: Given | None = None) -> Sender:
        given = given or self.given()
        means = Means(
            http=wire, secrets=given, setting=given.setting, client=wire.client, clock=StoppedClock()
        )
        return self.entry.sender(means)

    @property
    def plain(self) -> Outgoing:
        """A message that is a text alone."""
        return self.sample.messages[0].outgoing

    def text(self, text: str) -> Outgoing:
        return replace(self.plain, content=replace(self.plain.content, text=text))

    def said(self, asked: Asked) -> Any:
        """What a request's body says to whom it is for."""
        return self.sample.opened(asked.body) if self.sample.opened else asked.said

    def wrap(self, items: Sequence[Item]) -> Received:
        assert self.sample.wrap, f"{self.entry.name} tells of receipts, so its sample has to wrap them"
        return self.sample.wrap(items)

    def read(self, items: Sequence[Item]) -> list[Event]:
        return self.entry.read(self.wrap(items))

    def heard(self, received: Received) -> tuple[list[Event], str]:
        """What is acted on, and why the body is parked; '': it is not."""
        try:
            return self.entry.read(received), ""
        except PartlyUnreadable as fault:
            return list(fault.events), str(fault)
        except Unreadable as fault:
            return [], str(fault)

    def bodies(self, items: Sequence[Item]) -> Iterator[Received]:
        """One body of all of them, where the provider batches, else a body each."""
        if self.sample.batches:
            yield self.wrap(items)
        else:
            yield from (self.wrap([item]) for item in items)

    def events(self, items: Sequence[Item]) -> list[Event]:
        return [event for body in self.bodies(items) for event in self.entry.read(body)]

    @property
    def items(self) -> list[Item]:
        """Every receipt and reply of the sample."""
        heard = [each.item for each in self.sample.replies.values()]
        return [*(each.item for each in self.sample.receipts), *heard]


def receipts(events: Sequence[Event]) -> list[Receipt]:
    return [event for event in events if isinstance(event, Receipt)]


def replies(events: Sequence[Event]) -> list[Reply]:
    return [event for event in events if isinstance(event, Reply)]


def sample(provider: str, samples: Path = SAMPLES) -> Sample:
    """Of a provider of the registry. SampleMissing says what to write."""
    file = registry.FILES[provider]
    if not (samples / f"{file}.py").is_file():
        raise SampleMissing(
            f"{provider} has no sample: write tests/aftercart/channels/samples/{file}.py with a SAMPLE, "
            "and the kit tells what is still wrong (docs/adding-a-channel.md has one)"
        )
    found = import_module(f"tests.aftercart.channels.samples.{file}").SAMPLE
    assert isinstance(found, Sample)
    return found


def shown_on_page() -> list[str]:
    """The page's blocks of Python: the provider, its line of the registry, its sample."""
    return re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@cache
def held(provider: str) -> Held:
    """Of "<channel>/<name>", or of the page."""
    if provider != PAGE.name:
        return Held(registry.entry(provider), sample(provider))
    code, _, sampled = (_run(block) for block in shown_on_page())
    return Held(code["ENTRY"], sampled["SAMPLE"])


def _run(block: str) -> dict[str, Any]:
    """What a file of it would hold. The line of the registry stands in a dict."""
    names: dict[str, Any] = {"__name__": PAGE.name}
    exec(compile(block if "=" in block else f"LINE = {{{block}}}", PAGE.name, "exec"), names)
    return names


def _has_sample(provider: str) -> bool:
    return (SAMPLES / f"{registry.FILES[provider]}.py").is_file()


REGISTERED = tuple(filter(_has_sample, registry.FILES))  # one without is told of by one test alone
EVERYONE = (*REGISTERED, PAGE.name)
OVER_HTTP = tuple(name for name in EVERYONE if held(name).entry.webhook)
TELLING = tuple(name for name in EVERYONE if held(name).sample.receipts)
HEARING = tuple(name for name in EVERYONE if held(name).entry.hears)
