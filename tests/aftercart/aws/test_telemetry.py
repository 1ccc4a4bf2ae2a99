"""What is logged and raised where something went wrong: where it was, and nothing of what it was about."""

from types import SimpleNamespace
from typing import Any

import pytest

from aftercart.aws.telemetry import HandlerFailed, guarded

PHONE = "+380671234567"


@guarded
def a_handler_that_fails(event: dict[str, Any], context: Any) -> dict[str, Any]:
    raise ValueError(f"{PHONE} cannot be read")


def test_an_error_leaves_a_handler_as_its_kind_and_the_requests_id(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with pytest.raises(HandlerFailed) as raised:
        a_handler_that_fails({}, SimpleNamespace(aws_request_id="r-1"))
    assert str(raised.value) == "ValueError r-1"
    assert raised.value.__suppress_context__
    (record,) = caplog.records
    logged = vars(record)
    assert (record.getMessage(), logged["kind"]) == ("failed", "ValueError")
    assert logged["where"][-1].endswith("a_handler_that_fails")
    assert PHONE not in str(logged)
