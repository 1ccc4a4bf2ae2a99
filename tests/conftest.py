"""How every test runs."""

from hypothesis import HealthCheck, settings

# No test is timed: how fast a shared machine is today says nothing about the code.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")
