"""The fake providers for a deployed stack: reached over loopback, calling back over the stack's own API."""

import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from aftercart.domain.consent import Channel
from sandbox.fakes import Emitted, FakeMessage, FakeProviders, FakeWebhook, Mode
from sandbox.fakes.serve import FakeServer, serve
from sandbox.shop_settings import SECRETS
from sandbox.smoke.stack import SmokeFailed, Stand


class Providers:
    """Three providers on one port. Once connected, their receipts reach the stack as real webhooks do."""

    def __init__(self, server: FakeServer) -> None:
        self._server = server
        self._stand: Stand | None = None
        self._outputs: Mapping[str, str] = {}
        self._timers: list[threading.Timer] = []
        server.providers = FakeProviders(
            now=lambda: datetime.now(UTC),
            deliver=self._deliver,
            after=self._after,
            secrets=SECRETS,
            account=server.account,
        )

    @property
    def url(self) -> str:
        return self._server.url

    def connect(self, stand: Stand, outputs: Mapping[str, str]) -> None:
        """From now on receipts go to this stack."""
        self._stand, self._outputs = stand, outputs

    def set_mode(self, channel: Channel, mode: Mode) -> None:
        with self._server.lock:
            self._server.providers.set_mode(channel, mode)

    def shown(self, address: str) -> list[FakeMessage]:
        """What the phone of this address shows."""
        with self._server.lock:
            return [each for each in self._server.providers.shown if each.address.endswith(address[-9:])]

    def post(self, path: str, headers: Mapping[str, str], body: bytes) -> int:
        """One webhook to the deployed API; its status."""
        assert self._stand is not None
        api = urlsplit(self._outputs["ShopifyOrdersUrl"])
        # The API's name leads to loopback only by this header: nothing is asked of any resolver.
        request = urllib.request.Request(
            self._stand.endpoint + path, body, {**headers, "Host": api.netloc}, method="POST"
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            return refused.code

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
            return self.post(emitted.path, emitted.headers, emitted.body)
        topic = self._outputs[f"{emitted.topic}Arn"]
        self._stand.client("sns").publish(TopicArn=topic, Message=emitted.message)
        return None


@contextmanager
def providers() -> Iterator[Providers]:
    """Serve on a free port of loopback, and stop at the end."""
    server = serve(0)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Providers(server)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
