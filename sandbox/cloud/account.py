"""The account that the sandbox plays: its keys, its chance, its way out (shut)."""

import os
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import boto3
from moto.moto_api._internal import mock_random

from sandbox.cloud.calls import HOOKS, Calls
from sandbox.cloud.engine import Engine
from sandbox.cloud.template import REGION

# Fake keys, no profile, no instance to ask: nothing of the machine's own account can be used by mistake.
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "SANDBOX",
    "AWS_SECRET_ACCESS_KEY": "sandbox",
    "AWS_SESSION_TOKEN": "sandbox",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    # boto3's account-based endpoints are unknown to moto: 123456789012.ddb.… answers 404.
    "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
}


@cache
def client(service: str) -> Any:
    """A client of the sandbox's own, kept for all worlds of a process."""
    return boto3.Session().client(service)  # type: ignore[call-overload]  # the stubs want a literal


@contextmanager
def environment() -> Iterator[None]:
    """The account's variables, and none of the machine's own for AWS."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with patch.dict("os.environ", kept | ENVIRONMENT, clear=True):
        yield


@contextmanager
def hooked(calls: Calls) -> Iterator[None]:
    """AWS calls come to us; botocore waits for nothing, and its way out is shut."""
    if HOOKS.register() and "aftercart.aws.clients" in sys.modules:
        _forget("aftercart.aws.clients")  # made before our hooks stood
    HOOKS.calls = calls

    def sleep(seconds: float) -> None:
        calls.slept += seconds

    def send(_session: object, request: Any) -> Any:
        raise RuntimeError(f"nothing leaves the sandbox: {request.method} {request.url}")

    with (
        patch("botocore.endpoint.time", SimpleNamespace(sleep=sleep)),
        patch("botocore.httpsession.URLLib3Session.send", send),
    ):
        try:
            yield
        finally:
            HOOKS.calls = None


@contextmanager
def chance_of(engine: Engine) -> Iterator[None]:
    """The seed's chance instead of the machine's: moto's ids, and those that code takes from uuid4."""
    mock_random.seed(engine.seed)

    def uuid4() -> uuid.UUID:
        return uuid.UUID(engine.new_id("uuid4"))

    with patch("uuid.uuid4", uuid4):
        yield


def cold_start() -> None:
    """Functions forget what an earlier world told them, as a new environment would."""
    if "aftercart.wiring" in sys.modules:
        _forget("aftercart.wiring")


def _forget(module: str) -> None:
    for kept in vars(sys.modules[module]).values():
        if hasattr(kept, "cache_clear") and kept.__module__ == module:
            kept.cache_clear()
