"""Meta's own way to WhatsApp as the sandbox plays it: who may ask, what it answers, what it posts to us."""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from aftercart.channels.reading import Json
from aftercart.domain.consent import Channel
from sandbox.fakes import cloud_api
from sandbox.fakes.carrier import json_of
from sandbox.fakes.cloud_api import CloudApi, refused
from sandbox.fakes.shown import Accepted, FakeMessage, FakeWebhook, Said

VERSIONED = re.compile(r"/v\d+\.\d+/")
PATH = re.compile(rf"{VERSIONED.pattern}(?P<number>[^/]+)/messages")


@dataclass(frozen=True, slots=True, kw_only=True)
class Meta:
    """An empty `number` or `token` is not checked."""

    base: str
    number: str
    token: str
    app_secret: str
    api: CloudApi
    channel: Channel = Channel.WHATSAPP
    name: str = "meta"

    def at(self, url: str) -> bool:
        return url.startswith(self.base) and VERSIONED.match(urlsplit(url).path) is not None

    def parsed(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Any:
        return json_of(method, headers, body)

    def check(self, path: str, headers: Mapping[str, str], body: Any) -> Accepted:
        """The message, or the Fault that Meta would answer."""
        self._authorise(path, headers.get("authorization", ""))
        return self.api.message(body)

    def _authorise(self, path: str, authorization: str) -> None:
        if not authorization.startswith("Bearer ") or self.token not in ("", authorization[7:]):
            raise refused(190, "the access token could not be decrypted")
        match = PATH.fullmatch(path)
        if match is None or self.number not in ("", match["number"]):
            raise refused(100, "Object does not exist, cannot be loaded due to missing permissions")

    def answer(self, accepted: Accepted, identifier: str) -> tuple[int, bytes]:
        digits = accepted.address.removeprefix("+")
        message = {"id": identifier, **({"message_status": "accepted"} if accepted.template else {})}
        contacts = [{"input": digits, "wa_id": digits}]
        taken = {"messaging_product": "whatsapp", "contacts": contacts, "messages": [message]}
        return 200, json.dumps(taken).encode()

    def named(self, asked: Json) -> tuple[str, str]:
        return cloud_api.named(asked)

    def heard(self, address: str, text: str) -> None:
        """Nothing is kept: only its own switch is."""

    def identifier(self, seed: str, accepted: Accepted) -> str:
        return f"wamid.{seed.upper()}=="

    def receipt(self, message: FakeMessage, kind: str, at: datetime, code: int) -> FakeWebhook:
        return self._webhook(self.api.receipt(message.id, message, kind, at, code))

    def reply(self, said: Said) -> FakeWebhook:
        return self._webhook(self.api.reply(said.id, said, said.below.id if said.below else ""))

    def preference(self, address: str, choice: str, at: datetime) -> FakeWebhook:
        """The customer uses WhatsApp's own switch for marketing messages."""
        return self._webhook(self.api.preference(address, choice, at))

    def template_news(self, field: str, value: dict[str, Any], at: datetime) -> FakeWebhook:
        """Something has become of one of the account's templates."""
        return self._webhook(self.api.template_news(field, value, at))

    def _webhook(self, entry: Json) -> FakeWebhook:
        body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()
        signature = hmac.new(self.app_secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={signature}"}
        return FakeWebhook(provider=self.name, path="/meta/whatsapp", headers=headers, body=body)
