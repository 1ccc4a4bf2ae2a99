"""The providers that carry messages, played on this machine: they check, show, and answer in true shapes."""

from sandbox.fakes.carrier import Account
from sandbox.fakes.providers import FakeProviders
from sandbox.fakes.shown import (
    Emitted,
    FakeAwsError,
    FakeCall,
    FakeMessage,
    FakePublish,
    FakeWebhook,
    Mode,
)

__all__ = [
    "Account",
    "Emitted",
    "FakeAwsError",
    "FakeCall",
    "FakeMessage",
    "FakeProviders",
    "FakePublish",
    "FakeWebhook",
    "Mode",
]
