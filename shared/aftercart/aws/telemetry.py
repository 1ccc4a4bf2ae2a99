"""Logs and counts. Ids and codes only: no body, no name, no address, no exception text."""

import functools
import traceback
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

log = Logger()
Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


class HandlerFailed(Exception):
    """Leaves a handler in place of another error: its kind and the request's id, nothing else."""


def count(name: str, value: int = 1, **dimensions: str) -> None:
    """One figure in CloudWatch's embedded format."""
    metrics = EphemeralMetrics()
    metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)
    for dimension, text in dimensions.items():
        metrics.add_dimension(name=dimension, value=text)
    metrics.flush_metrics()


def failed(error: Exception) -> str:
    """Logs where an unforeseen error arose, without its text, which may quote what it was about."""
    frames = traceback.extract_tb(error.__traceback__)
    where = [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in frames[-8:]]
    log.error("failed", extra={"kind": type(error).__name__, "where": where})
    return type(error).__name__


def guarded(handler: Handler) -> Handler:
    """For what AWS invokes: an error goes on, so that it is retried, but without its text."""

    @functools.wraps(handler)
    def run(event: dict[str, Any], context: Any) -> dict[str, Any]:
        try:
            return handler(event, context)
        except Exception as error:
            kind = failed(error)
            raise HandlerFailed(f"{kind} {getattr(context, 'aws_request_id', '')}") from None

    return run
