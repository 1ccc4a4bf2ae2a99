"""What Twilio has beyond what the kit asks of every provider."""

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

import pytest

from aftercart.channels import twilio_sms
from aftercart.channels.entry import Received
from aftercart.ports import Reply, Unreadable
from tests.aftercart.channels.kit import held
from tests.aftercart.channels.samples.twilio_sms import CALLBACK, SIGNED_BY_TWILIO, inbound, posted
from tests.aftercart.channels.standins import outgoing
from tests.aftercart.channels.wire import Wire

TWILIO = held("sms/twilio")
((DOCUMENTED, _),) = TWILIO.sample.vectors


def test_a_messaging_service_is_named_as_one_also_where_it_is_the_setting() -> None:
    given, wire = TWILIO.given(), Wire(TWILIO.sample.accepted)
    given.settings["twilio_sender"] = "MG" + "0c" * 16
    TWILIO.sender(wire, given).send(outgoing())
    assert wire.asked[0].said["MessagingServiceSid"] == "MG" + "0c" * 16
    assert "From" not in wire.asked[0].said


@pytest.mark.parametrize(("kind", "said"), (("START", "START"), ("HELP", "Basta"), ("", "Basta")))
def test_what_twilio_took_for_a_start_is_one_in_any_word(kind: str, said: str) -> None:
    (reply,) = TWILIO.read([inbound(Body="Basta", OptOutType=kind)])
    assert isinstance(reply, Reply)
    assert reply.text == said


def test_a_yes_is_an_answer_though_twilio_takes_it_for_a_start() -> None:
    (reply,) = TWILIO.read([inbound(Body="Yes!", OptOutType="START")])
    assert isinstance(reply, Reply)
    assert reply.text == "Yes!"


@pytest.mark.parametrize("fields", ({}, {"From": "+380671234567"}, inbound(MessageSid=""), inbound(From="")))
def test_a_form_of_another_shape_is_unreadable(fields: dict[str, str]) -> None:
    with pytest.raises(Unreadable):
        TWILIO.read([fields])


@pytest.mark.parametrize("body", (b"Body=%FF", b"Body=" + b"a" * 70_000, b"&".join([b"a=1"] * 300)))
def test_what_is_no_form_of_twilios_is_neither_read_nor_believed(body: bytes) -> None:
    strange = replace(posted([inbound()]), body=body)
    with pytest.raises(Unreadable):
        twilio_sms.read(strange)
    assert not twilio_sms.verify(strange, (b"12345",))


def test_an_event_that_came_at_no_time_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        twilio_sms.read(replace(posted([inbound()]), at=""))


def with_signature(signature: str, **other: Any) -> Received:
    return replace(DOCUMENTED, headers={"X-Twilio-Signature": signature}, **other)


def test_the_address_that_twilio_knows_is_what_it_signs() -> None:
    called = replace(DOCUMENTED, url="https://abc.execute-api.eu-central-1.amazonaws.com/m?foo=1&bar=2")
    assert not twilio_sms.verify(called, (b"12345",))
    assert twilio_sms.verify(called, (b"12345",), CALLBACK)
    assert not twilio_sms.verify(DOCUMENTED, (b"12345",), "https://other.example/myapp.php")


def test_the_port_may_be_signed_as_well() -> None:
    url = "https://mycompany.com:443/myapp.php?foo=1&bar=2"
    signature = twilio_sms.signature(url, sorted(SIGNED_BY_TWILIO.items()), b"12345").decode()
    assert twilio_sms.verify(with_signature(signature), (b"12345",))


@pytest.mark.parametrize(
    "url",
    (
        "https://mycompany.com/myapp.php?foo=1&bar=3",
        "https://mycompany.com/myapp.php",
        "http://mycompany.com/myapp.php?foo=1&bar=2",
        "https://[mycompany.com/myapp.php",  # it is none at all
        "",
    ),
)
def test_the_same_form_at_another_address_is_not_authentic(url: str) -> None:
    assert not twilio_sms.verify(replace(DOCUMENTED, url=url), (b"12345",))


def test_a_field_more_is_not_authentic() -> None:
    assert parse_qsl(DOCUMENTED.body.decode()) == list(SIGNED_BY_TWILIO.items())
    assert not twilio_sms.verify(replace(DOCUMENTED, body=DOCUMENTED.body + b"&More="), (b"12345",))
