"""The providers that carry messages, played on this machine: they check, show, and answer in true shapes."""

from sandbox.fakes.providers import Account, FakeProviders
from sandbox.fakes.shown import (
    Emitted,
    FakeAwsError,
    FakeCall,
    FakeMessage,
    FakePublish,
    FakeWebhook,
    Mode,
)
from sandbox.fakes.sms_client import FakeSmsClient

__all__ = [
    "Account",
    "Emitted",
    "FakeAwsError",
    "FakeCall",
    "FakeMessage",
    "FakeProviders",
    "FakePublish",
    "FakeSmsClient",
    "FakeWebhook",
    "Mode",
]
