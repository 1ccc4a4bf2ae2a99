"""The fake providers for a deployed stack: reached by their own names, calling back over the stack's API."""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import botocore.session

from aftercart.domain.consent import Channel
from aftercart.texts.compiled import load_templates
from sandbox.fakes import Emitted, FakeMessage, FakeProviders, FakeWebhook, Mode
from sandbox.fakes.carrier import AWS_SENDS
from sandbox.fakes.serve import HOST, FakeServer
from sandbox.sandbox import account
from sandbox.shop_settings import SECRETS
from sandbox.smoke.certificate import certify
from sandbox.smoke.stack import SmokeFailed, Stand

RESOLVER = Path(__file__).with_name("resolver")


class Providers:
    """All of them on one port. Once connected, their receipts reach the stack as real webhooks do."""

    def __init__(self, compiled: Path, trusted: Path) -> None:
        self._trusted = trusted
        self._stand: Stand | None = None
        self._outputs: Mapping[str, str] = {}
        self._timers: list[threading.Timer] = []
        self.fakes = FakeProviders(
            now=lambda: datetime.now(UTC),
            deliver=self._deliver,
            after=self._after,
            secrets=SECRETS,
            templates=load_templates(compiled),
            account=account(),
        )
        self.server = FakeServer(0, certify(self.fakes.hosts, HOST, trusted))
        self.server.providers = self.fakes

    @property
    def environment(self) -> dict[str, str]:
        """In it every name leads to the fakes, and so does each of AWS's services that sends."""
        models = (botocore.session.get_session().get_service_model(service) for service, _ in AWS_SENDS)
        services = (str(model.service_id).replace(" ", "_").upper() for model in models)
        return {
            "PYTHONPATH": str(RESOLVER),
            "FAKES_PORT": str(self.server.server_port),
            "SSL_CERT_FILE": str(self._trusted),
            "AWS_CA_BUNDLE": str(self._trusted),
            **{f"AWS_ENDPOINT_URL_{service}": self.server.url for service in services},
        }

    def connect(self, stand: Stand, outputs: Mapping[str, str]) -> None:
        """From now on receipts go to this stack."""
        self._stand, self._outputs = stand, outputs

    def set_mode(self, channel: Channel, mode: Mode) -> None:
        with self.server.lock:
            self.fakes.set_mode(channel, mode)

    def shown(self, address: str) -> list[FakeMessage]:
        """What the phone, the browser or the chat of this address shows."""
        with self.server.lock:
            return [each for each in self.fakes.shown if each.address.endswith(address[-9:])]

    def write(self, channel: Channel, address: str, text: str) -> None:
        """A customer writes to us."""
        with self.server.lock:
            said = self.fakes.reply(channel, address, text)
        self._tell(said)

    def come(self, link: str) -> str:
        """A customer opens the link to a chat; the id by which they are known there."""
        with self.server.lock:
            arrived = self.fakes.arrive(link)
        self._tell(arrived)
        assert isinstance(arrived, FakeWebhook)
        (entry,) = json.loads(arrived.body)["entry"]
        return str(entry["messaging"][0]["sender"]["id"])

    def _tell(self, emitted: Emitted) -> None:
        status = self._deliver(emitted)
        if status not in (200, None):
            raise SmokeFailed(f"the deployed API answered {status} to word from {emitted.provider}")

    def request(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> tuple[int, str]:
        """One request to the deployed API: its status, and what it answers."""
        assert self._stand is not None
        api = urlsplit(self._outputs["ShopifyOrdersUrl"])
        # The API's name leads to loopback only by this header: nothing is asked of any resolver.
        request = urllib.request.Request(
            self._stand.endpoint + path, body, {**headers, "Host": api.netloc}, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return int(answer.status), answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, ""

    def _after(self, wait: timedelta, callback: Callable[[], None]) -> None:
        timer = threading.Timer(wait.total_seconds(), callback)
        timer.daemon = True
        self._timers.append(timer)
        timer.start()

    def fall_silent(self) -> None:
        """No more receipts: the stack is about to go."""
        for timer in self._timers:
            timer.cancel()

    def _deliver(self, emitted: Emitted) -> int | None:
        if self._stand is None:
            raise SmokeFailed("a provider was called before the stack was there")
        if isinstance(emitted, FakeWebhook):
            return self.request(emitted.method, emitted.path, emitted.headers, emitted.body)[0]
        topic = self._outputs[f"{emitted.topic}Arn"]
        self._stand.client("sns").publish(TopicArn=topic, Message=emitted.message)
        return None


@contextmanager
def providers(compiled: Path, trusted: Path) -> Iterator[Providers]:
    """Serve on a free port of loopback, and stop at the end.

    `compiled`: the journeys, as they were built; `trusted`: where to leave the certificate they are known by.
    """
    played = Providers(compiled, trusted)
    thread = threading.Thread(target=played.server.serve_forever, daemon=True)
    thread.start()
    try:
        yield played
    finally:
        played.server.shutdown()
        played.server.server_close()
        thread.join()
