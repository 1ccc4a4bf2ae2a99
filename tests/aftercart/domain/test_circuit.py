"""A circuit opens after failures in a row, for longer each time, and lets one call at a time find out."""

from datetime import UTC, datetime, timedelta

from aftercart.domain.circuit import FIRST, LONGEST, PROBE, TRIPS_AT, Circuit

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def failed(times: int, at: datetime = NOW) -> Circuit:
    circuit = Circuit()
    for _ in range(times):
        circuit = circuit.failed(at)
    return circuit


def test_a_few_failures_are_no_outage() -> None:
    circuit = failed(TRIPS_AT - 1)
    assert not circuit.tripped
    assert circuit.shut_until(NOW) is None


def test_the_fifth_in_a_row_shuts_it_for_a_minute() -> None:
    circuit = failed(TRIPS_AT)
    assert circuit.tripped
    assert circuit.shut_until(NOW) == NOW + FIRST
    assert circuit.shut_until(NOW + FIRST) is None


def test_each_further_failure_shuts_it_for_twice_as_long_up_to_a_bound() -> None:
    waits = [(failed(TRIPS_AT + n).until or NOW) - NOW for n in range(6)]
    assert waits == [FIRST, 2 * FIRST, 4 * FIRST, 8 * FIRST, LONGEST, LONGEST]
    assert failed(TRIPS_AT + 5000).until == NOW + LONGEST


def test_a_late_failure_never_shortens_the_wait() -> None:
    long = failed(TRIPS_AT + 4)
    assert long.failed(NOW - timedelta(minutes=20)).until == long.until


def test_while_one_probes_it_the_others_wait() -> None:
    probed = failed(TRIPS_AT).probed(NOW + FIRST)
    assert probed.shut_until(NOW + FIRST) == NOW + FIRST + PROBE
    assert probed.shut_until(NOW + FIRST + PROBE) is None
