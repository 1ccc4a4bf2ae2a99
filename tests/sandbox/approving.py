"""A sandbox that is served, whose Meta has every template approved, and an AWS session that leads to it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from sandbox.commands.desk import Desk
from sandbox.commands.dev import Server
from sandbox.fakes.carrier import Account
from sandbox.sandbox import Sandbox
from sandbox.shop_settings import LINK_BASE, SECRETS

Json = Any
AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@contextmanager
def served() -> Iterator[str]:
    """Its URL."""
    desk = Desk(lambda: Sandbox(AT, memory=True))
    with Server(0, desk) as server, desk:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server.url
        server.shutdown()


SECRET = {"meta_token": SECRETS["meta_token"], "meta_account": Account().whatsapp_account}
SECRET_STRING = json.dumps(SECRET)


class Aws:
    """Stands where botocore's session is: the sender's settings, and the secret."""

    def __init__(self, base: str = "", secret: str | Exception = SECRET_STRING) -> None:
        self._base, self._secret = base, secret
        self.asked: list[Json] = []

    def __call__(self, profile: str | None = None) -> "Aws":
        self.asked.append({"profile": profile})
        return self

    def create_client(self, service: str, **more: str) -> "Aws":
        self.asked.append({"service": service, **more})
        return self

    def get_function_configuration(self, **asked: str) -> Json:
        self.asked.append(asked)
        if asked["FunctionName"].endswith("lifecycle-reminders"):
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "GetFunctionConfiguration")
        variables = {"META_BASE_URL": self._base, "SECRET_ARN": "arn:secret", "LINK_BASE_URL": LINK_BASE}
        return {"Environment": {"Variables": variables}}

    def get_secret_value(self, **asked: str) -> Json:
        self.asked.append(asked)
        if isinstance(self._secret, Exception):
            raise self._secret
        return {"SecretString": self._secret}
