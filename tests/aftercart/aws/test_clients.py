"""The SDK's own retries: some for what is safe to repeat, none around a send."""

import pytest

from aftercart.aws import clients

SENDING = ("pinpoint-sms-voice-v2", "socialmessaging", "sesv2")


@pytest.fixture
def attempts(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    services = (*SENDING, "dynamodb", "scheduler", "stepfunctions", "secretsmanager")
    clients.client.cache_clear()
    made = {service: clients.client(service) for service in services}
    clients.client.cache_clear()
    return {service: made[service].meta.config.retries["total_max_attempts"] for service in services}


def test_a_message_is_sent_in_one_attempt_and_never_by_the_sdk_again(attempts: dict[str, int]) -> None:
    assert [attempts.pop(service) for service in SENDING] == [1, 1, 1]
    assert set(attempts.values()) == {3}
