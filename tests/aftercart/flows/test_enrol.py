"""A way through a journey: when each step is due, and why it is said or not."""

from datetime import UTC, datetime, time, timedelta

import pytest

from aftercart.domain.customer import Customer
from aftercart.domain.journey import After, Enrolment
from aftercart.flows import enrol
from tests.builders import PHONE_CARE, a_brand, a_catalogue, a_line, a_step, an_order, with_steps


def begun(*steps: object, at: datetime, zones: tuple[str, ...] = ("Europe/Kyiv",)) -> Enrolment:
    """Delivered `at`: each step has its time."""
    order = an_order(at=at, zones=zones)
    rules = enrol.Rules(brand=a_brand(), catalogue=a_catalogue(), customer=Customer(id="c" * 14), order=order)
    journey = with_steps(PHONE_CARE, *steps)  # type: ignore[arg-type]
    enrolment = enrol.begin(journey, rules, at, a_line())
    return enrol.happened(enrolment, "delivered", at, rules, at).enrolment


@pytest.mark.parametrize(
    ("delivered", "due"),
    (
        (datetime(2026, 10, 22, 9, tzinfo=UTC), datetime(2026, 10, 25, 9, tzinfo=UTC)),  # set back that night
        (datetime(2027, 3, 25, 9, tzinfo=UTC), datetime(2027, 3, 28, 8, tzinfo=UTC)),  # set forward
    ),
)
def test_eleven_o_clock_stays_eleven_when_clocks_are_set(delivered: datetime, due: datetime) -> None:
    step = a_step("survey", after=After(event="delivered", wait=timedelta(days=3), at=time(11)))
    assert begun(step, at=delivered).next_due == due
