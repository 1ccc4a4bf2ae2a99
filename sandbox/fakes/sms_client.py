"""boto3's client for SMS over the fake, for a world without botocore's hooks."""

from typing import Any

from botocore.exceptions import ClientError

from sandbox.fakes.providers import FakeProviders
from sandbox.fakes.shown import FakeAwsError


class FakeSmsClient:
    """Answers and raises as boto3.client("pinpoint-sms-voice-v2") does."""

    def __init__(self, providers: FakeProviders) -> None:
        self._providers = providers

    def send_text_message(self, **parameters: Any) -> dict[str, str]:
        try:
            return self._providers.send_text_message(parameters)
        except FakeAwsError as refusal:
            response: Any = {
                "Error": {"Code": refusal.code, "Message": refusal.message},
                "ResponseMetadata": {"HTTPStatusCode": refusal.status},
                **refusal.extra,
            }
            raise ClientError(response, "SendTextMessage") from None
