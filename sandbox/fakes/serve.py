"""The fake providers over HTTP on loopback, all on one port, for a deployed stack.

They accept at once and never call back. `GET /shown` lists what phones show.
"""

import base64
import json
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from sandbox.fakes.carrier import Account
from sandbox.fakes.providers import FakeProviders
from sandbox.fakes.shown import FakeAwsError

HOST = "127.0.0.1"
TARGETS = {"PinpointSMSVoiceV2.SendTextMessage": ("pinpoint-sms-voice-v2", "SendTextMessage")}
PATHS = {
    "/v1/whatsapp/send": ("socialmessaging", "SendWhatsAppMessage"),
    "/v2/email/outbound-emails": ("sesv2", "SendEmail"),
}
BLOBS = ("message",)  # members that JSON carries in base64
AMZ_JSON = "application/x-amz-json-1.0"


class FakeServer(ThreadingHTTPServer):
    """Serves one set of fake providers; they are entered by one request at a time."""

    daemon_threads = True

    def __init__(self, port: int, account: Account) -> None:
        super().__init__((HOST, port), _Handler)
        self.account = account
        self.lock = threading.Lock()
        self.providers = FakeProviders(
            now=lambda: datetime.now(UTC),
            deliver=lambda emitted: None,
            after=lambda wait, callback: None,
            secrets={},
            account=account,
        )

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.server_port}"


def serve(port: int) -> FakeServer:
    """A server on this port (0: a free one); any credential, sender and template will do."""
    anyone = Account(
        phone_number_id="",
        messenger_page="",
        instagram_account="",
        social_phone_number_id="",
        viber_sender="",
        sms_identity="",
        sms_configuration_set="",
        email_sender="",
        email_configuration_set="",
        twilio_account="",
        twilio_sender="",
    )
    return FakeServer(port, anyone)


def _base(account: Account, path: str) -> str:
    """Whose path it is; Meta's begins with any version."""
    of_others = {
        "/viber/": account.infobip_base,
        "/2010-04-01/": account.twilio_base,
        "/message/": account.turbosms_base,
    }
    return next((base for start, base in of_others.items() if path.startswith(start)), account.meta_base)


class _Handler(BaseHTTPRequestHandler):
    server: FakeServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path != "/shown":
            return self._answer(404, b"{}")
        with self.server.lock:
            shown = [message.as_json() for message in self.server.providers.shown]
        return self._answer(200, json.dumps(shown, ensure_ascii=False).encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with self.server.lock:
            called = TARGETS.get(self.headers.get("X-Amz-Target", "")) or PATHS.get(self.path)
            if called:
                return self._answer(*self._call(called, body), AMZ_JSON)
            return self._answer(*self._request(body))

    def _request(self, body: bytes) -> tuple[int, bytes]:
        base = _base(self.server.account, self.path)
        return self.server.providers.request("POST", base + self.path, dict(self.headers), body, 0)

    def _call(self, called: tuple[str, str], body: bytes) -> tuple[int, bytes]:
        try:
            answer: dict[str, Any] = self.server.providers.call(*called, _parameters(body))
        except FakeAwsError as refusal:
            answer = {"__type": refusal.code, "Message": refusal.message, **refusal.extra}
            return refusal.status, json.dumps(answer).encode()
        return 200, json.dumps(answer).encode()

    def _answer(self, status: int, body: bytes, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: what was asked is in /shown."""


def _parameters(body: bytes) -> dict[str, Any]:
    """A call's, as its client was given them."""
    return {
        name: base64.b64decode(value) if name in BLOBS else value for name, value in json.loads(body).items()
    }
