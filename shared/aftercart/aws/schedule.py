"""One-time schedules: the hint that something is due. What is due is read from the table when one fires."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from aftercart.aws.settings import Settings
from aftercart.ports import Transient

LATEST = 3600  # seconds after which a firing that could not be handed over goes to the dead letters
TRIES = 20


class EventBridgeSchedules:
    """ports.Schedules. The target is an alias whose name never changes: a schedule pins it for years."""

    def __init__(self, client: Any, settings: Settings) -> None:
        self._client = client
        self._settings = settings

    def arm(self, name: str, at: datetime, payload: Mapping[str, Any]) -> None:
        try:
            self._client.create_schedule(
                Name=name,
                GroupName=self._settings.schedule_group,
                ScheduleExpression=f"at({at.astimezone(UTC):%Y-%m-%dT%H:%M:%S})",
                ScheduleExpressionTimezone="UTC",
                FlexibleTimeWindow={"Mode": "OFF"},
                ActionAfterCompletion="DELETE",
                ClientToken=name,
                Target={
                    "Arn": self._settings.schedule_target_arn,
                    "RoleArn": self._settings.schedule_role_arn,
                    "Input": json.dumps(payload),
                    "DeadLetterConfig": {"Arn": self._settings.schedule_dlq_arn},
                    "RetryPolicy": {"MaximumEventAgeInSeconds": LATEST, "MaximumRetryAttempts": TRIES},
                },
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConflictException":  # of this name already: armed
                raise Transient(error.response["Error"]["Code"]) from None
        except BotoCoreError as error:
            raise Transient(type(error).__name__) from None
