"""A STOP that is no reply is heard by everyone who shares the address, like one that is."""

import pytest

from aftercart.domain.consent import Channel, Purpose
from aftercart.domain.customer import Customer
from aftercart.domain.message import Outcome
from aftercart.flows.order_confirmation import on_order
from aftercart.flows.pages import act
from aftercart.flows.rung import Task
from aftercart.flows.send_message import on_rung
from aftercart.ports import Sent
from tests.builders import SmallWorld, a_buyer, an_order, placed

OPTED_OUT = Sent(outcome=Outcome.REJECTED, reason="470", advice="opted_out")


@pytest.fixture
def sharing() -> SmallWorld:
    """Olena and Marko have one phone."""
    small = SmallWorld()
    marko = a_buyer(reference="7002", first_name="Марко", email="marko@customer.example")
    on_order(placed(), small.world)
    on_order(placed(an_order("1002"), marko), small.world)
    return small


def refused(customer: Customer, purpose: Purpose) -> set[Channel]:
    return {channel for channel, address in customer.addresses.items() if address.refused(purpose)}


def test_who_stops_on_the_page_stops_for_everyone_who_shares_an_address(sharing: SmallWorld) -> None:
    olena, marko = sharing.customer_of("7001"), sharing.customer_of("7002")
    hers = next(m for m in sharing.messages("confirm") if m.customer == olena.id)
    assert act(hers.id, "stop", sharing.world) == "stopped"
    assert refused(sharing.customer_of("7002"), Purpose.MARKETING) == set(marko.addresses)


def test_a_providers_own_stop_is_heard_by_everyone_who_shares_the_address(sharing: SmallWorld) -> None:
    sharing.phones[Channel.WHATSAPP].answers = [OPTED_OUT]
    olena = sharing.customer_of("7001")
    hers = next(m for m in sharing.messages("confirm") if m.customer == olena.id)
    on_rung(Task(message=hers.id, run=1, rung=1, wait=900, token="t"), sharing.world)
    marko = sharing.customer_of("7002")
    assert refused(marko, Purpose.MARKETING) == set(marko.addresses)
    assert refused(marko, Purpose.TRANSACTIONAL) == {Channel.WHATSAPP}
