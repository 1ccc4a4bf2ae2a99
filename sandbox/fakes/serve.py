"""The fake providers over HTTP on loopback, all on one port, for a deployed stack.

Each is found as on the true net, by the address that is called; whoever cannot call it by its own name calls
this one, with the same path. `GET /shown` lists what phones show.
"""

import json
import ssl
import threading
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from sandbox.fakes import aws_wire
from sandbox.fakes.aws_wire import Answer, AwsRequest
from sandbox.fakes.carrier import Account
from sandbox.fakes.providers import FakeProviders
from sandbox.fakes.shown import FakeAwsError

HOST = "127.0.0.1"
JSON = "application/json"
# At one address two chats differ by their ids alone.
STILL_KNOWN = ("messenger_page", "instagram_account")


class FakeServer(ThreadingHTTPServer):
    """Serves one set of fake providers; they are entered by one request at a time."""

    daemon_threads = True
    providers: FakeProviders

    def __init__(self, port: int, tls: ssl.SSLContext | None = None) -> None:
        super().__init__((HOST, port), _Handler)
        self.lock = threading.Lock()
        self._scheme = "https" if tls else "http"
        if tls:  # the handshake is the request's thread's: it may take its time
            self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    @property
    def url(self) -> str:
        return f"{self._scheme}://{HOST}:{self.server_port}"


def serve(port: int) -> FakeServer:
    """A server on this port (0: a free one); any credential, sender and template will do.

    These accept at once and never call back.
    """
    server = FakeServer(port)
    server.providers = FakeProviders(
        now=lambda: datetime.now(UTC),
        deliver=lambda emitted: None,
        after=lambda wait, callback: None,
        secrets={},
        account=_anyone(server.url),
    )
    return server


def _anyone(url: str) -> Account:
    """Whoever it is, called at this address."""
    unchecked = (each.name for each in fields(Account) if each.name not in STILL_KNOWN)
    return replace(Account(), **{name: url if name.endswith("_base") else "" for name in unchecked})


class _Handler(BaseHTTPRequestHandler):
    server: FakeServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path != "/shown":
            return self._answer(Answer(404, JSON, b"{}"))
        with self.server.lock:
            shown = [message.as_json() for message in self.server.providers.shown]
        return self._answer(Answer(200, JSON, json.dumps(shown, ensure_ascii=False).encode()))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        called = aws_wire.read("POST", urlsplit(self.path).path, headers, body)
        with self.server.lock:
            return self._answer(self._call(called) if called else self._request(headers, body))

    def _request(self, headers: Mapping[str, str], body: bytes) -> Answer:
        providers = self.server.providers
        urls = (f"https://{headers.get('host')}{self.path}", f"{self.server.url}{self.path}")
        url = next(filter(providers.at, urls), None)
        if url is None:
            return Answer(404, JSON, b"{}")
        status, answer = providers.request("POST", url, headers, body, 0)
        return Answer(status, JSON, answer)

    def _call(self, called: AwsRequest) -> Answer:
        try:
            return called.answered(self.server.providers.call(*called.name, called.parameters))
        except FakeAwsError as refusal:
            return called.refused(refusal)

    def _answer(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: what was asked is in /shown."""
