"""The state machine `send_with_fallback`: start it for a message, and complete the rungs that wait."""

import json
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from aftercart.domain.ids import execution_name
from aftercart.domain.message import Message
from aftercart.ports import Transient

# Timed out, closed, or of an execution that is gone: whatever it waited for is over.
OVER = ("TaskTimedOut", "InvalidToken", "TaskDoesNotExist")
NOT_DELIVERED = "NotDelivered"  # the state machine's word for "the next rung"


class StepFunctionsWorkflow:
    """ports.Workflow. The input carries ids only: an execution's history cannot be erased."""

    def __init__(self, client: Any, state_machine_arn: str) -> None:
        self._client = client
        self._arn = state_machine_arn

    def start(self, message: Message) -> None:
        payload = {"v": 1, "message": message.id, "run": message.run, "waits": list(message.waits)}
        try:
            self._client.start_execution(
                stateMachineArn=self._arn,
                name=execution_name(message.id, message.run),
                input=json.dumps(payload),
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ExecutionAlreadyExists":
                raise Transient(error.response["Error"]["Code"]) from None
        except BotoCoreError as error:
            raise Transient(type(error).__name__) from None

    def succeed(self, token: str) -> None:
        self._complete("send_task_success", taskToken=token, output="{}")

    def not_delivered(self, token: str) -> None:
        self._complete("send_task_failure", taskToken=token, error=NOT_DELIVERED)

    def _complete(self, operation: str, **request: str) -> None:
        try:
            getattr(self._client, operation)(**request)
        except ClientError as error:
            if error.response["Error"]["Code"] not in OVER:
                raise Transient(error.response["Error"]["Code"]) from None
        except BotoCoreError as error:
            raise Transient(type(error).__name__) from None
