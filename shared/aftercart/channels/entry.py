"""What a provider's file says of itself: how it is made, where it calls us, and what it can show."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from aftercart.channels.reading import Event
from aftercart.channels.signatures import Headers
from aftercart.channels.verdicts import NO_SETTING
from aftercart.domain.consent import Channel
from aftercart.domain.message import ReceiptStatus
from aftercart.ports import Clock, Http, Outgoing, Secrets, Sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What a provider sent us: a request, or (with an `id`) a notification of an SNS topic.

    `url` is the one that was called, whole; some sign it. `at`, ISO 8601: when it came, by our API or the
    topic, since not every sender says when.
    """

    body: bytes
    headers: Headers = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    url: str = ""
    id: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What a provider is made with. `client`: boto3's, by service, with no retry around a call."""

    http: Http
    secrets: Secrets
    setting: Callable[[str], str]
    client: Callable[[str], Any]
    clock: Clock


class Sender(Protocol):
    def send(self, outgoing: Outgoing) -> Sent:
        """Exactly one call, no retry of any kind around it. Never raises."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """How a provider's requests prove themselves. `key`, `challenge_key`: fields of the secret.

    `challenge`: what to answer to the GET that asks whether the address is ours; None: it is not for us.
    """

    key: str
    verify: Callable[[Received, Sequence[bytes]], bool]
    challenge_key: str = ""
    challenge: Callable[[Mapping[str, str], Sequence[bytes]], str | None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One provider. Its webhook is POST /<name>/<channel>; without one it speaks on its channel's SNS topic.

    `settings` are environment variables in small letters, `secrets` fields of the secret: it cannot send
    without them. `shows`: of "buttons", "links", "image", "cards", "title" and "html" those that it shows as
    such; the rest is said in the text. `best`: the most that its receipts say. `takes`: whether it reaches
    an address of this kind.
    """

    channel: Channel
    name: str
    make: Callable[[Means], Sender]
    read: Callable[[Received], list[Event]]
    webhook: Webhook | None = None
    settings: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    longest: int  # characters of a text
    shows: frozenset[str] = frozenset()
    templates: bool = False
    best: ReceiptStatus = ReceiptStatus.DELIVERED
    hears: bool = True  # customers can answer
    takes: Callable[[str], bool] = bool
    source: str  # where its format is written down

    def sender(self, means: Means) -> Sender:
        """What sends; where a setting is empty, what says so to each message and calls nobody."""
        missing = [name for name in self.settings if not means.setting(name)]
        return _Unset(missing) if missing else self.make(means)


@dataclass(frozen=True, slots=True)
class _Unset:
    missing: Sequence[str]

    def send(self, outgoing: Outgoing) -> Sent:
        return NO_SETTING.sent(",".join(self.missing))
