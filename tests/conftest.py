"""How every test runs."""

import gc

from hypothesis import HealthCheck, settings

from tests.log_canaries import pytest_configure

__all__ = ["pytest_configure"]  # no line that a handler logs in any test may name anybody

# No test is timed: how fast a shared machine is today says nothing about the code.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def pytest_collection_finish() -> None:
    """Thousands of tests are kept to the end: the collector need not look through them again and again."""
    gc.collect()
    gc.freeze()
