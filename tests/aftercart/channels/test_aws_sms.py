"""What AWS End User Messaging has beyond what the kit asks of every provider."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from botocore import exceptions

from aftercart.channels import aws_sms
from aftercart.channels.aws_sms import AwsSms
from aftercart.domain.message import Outcome
from aftercart.ports import Reply, Unreadable
from tests.aftercart.channels.kit import held
from tests.aftercart.channels.samples.aws_sms import event, inbound
from tests.aftercart.channels.standins import outgoing

SMS = held("sms/aws")
STAMP = "2026-11-22T10:00:00.000Z"
URL = "https://sms-voice.eu-central-1.amazonaws.com"


@dataclass
class Failing:
    """The client's one method."""

    error: Exception

    def send_text_message(self, **parameters: Any) -> dict[str, Any]:
        raise self.error


@pytest.mark.parametrize(
    ("error", "outcome"),
    (
        (exceptions.EndpointConnectionError(endpoint_url=URL), Outcome.REJECTED),
        (exceptions.ConnectTimeoutError(endpoint_url=URL), Outcome.REJECTED),
        (exceptions.NoCredentialsError(), Outcome.REJECTED),
        (exceptions.ParamValidationError(report="x"), Outcome.REJECTED),
        (exceptions.ReadTimeoutError(endpoint_url=URL), Outcome.UNKNOWN),
        (exceptions.ConnectionClosedError(endpoint_url=URL), Outcome.UNKNOWN),
        (exceptions.HTTPClientError(error="reset"), Outcome.UNKNOWN),
        (exceptions.SSLError(endpoint_url=URL, error=OSError("reset")), Outcome.UNKNOWN),
    ),
)
def test_no_answer_is_rejected_only_where_nothing_can_have_left(error: Exception, outcome: Outcome) -> None:
    sent = AwsSms(Failing(error), "Romashka", "aftercart-events").send(outgoing())
    assert sent.outcome is outcome
    assert "amazonaws" not in sent.reason


def test_an_event_without_a_context_is_somebody_elses() -> None:
    assert SMS.read([event("TEXT_DELIVERED", context=None)]) == []


def test_an_inbound_text_without_an_id_takes_the_notifications() -> None:
    (reply,) = SMS.read([inbound(inboundMessageId=None)])
    assert isinstance(reply, Reply)
    assert reply.id == "sns-1"


@pytest.mark.parametrize(
    ("item", "timestamp"),
    (
        ({}, STAMP),
        (inbound(originationNumber=""), STAMP),
        (inbound(), "yesterday"),
        (event("TEXT_DELIVERED", eventTimestamp="soon"), STAMP),
    ),
)
def test_what_cannot_be_told_from_another_is_unreadable(item: Any, timestamp: str) -> None:
    with pytest.raises(Unreadable):
        aws_sms.read(json.dumps(item), timestamp, "sns-1")
