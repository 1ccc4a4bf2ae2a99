"""What AWS's way to WhatsApp has beyond what the kit asks of every provider."""

import json
from typing import Any

import pytest

from aftercart.channels import registry, whatsapp
from aftercart.channels.entry import Received
from aftercart.domain.content import Button
from aftercart.ports import Unreadable
from tests.aftercart.channels.kit import held
from tests.aftercart.channels.samples.meta_whatsapp import status
from tests.aftercart.channels.standins import outgoing
from tests.aftercart.channels.wire import Wire

AWS = held("whatsapp/aws")


def test_the_longest_message_is_far_below_what_aws_takes() -> None:
    buttons = tuple(Button(title="я" * 20, reply=f"{n}" * 256) for n in range(3))
    wire = Wire(AWS.sample.accepted)
    AWS.sender(wire).send(outgoing("я" * whatsapp.LONGEST, buttons=buttons, window_open=True))
    assert len(wire.asked[0].body) < 2_048_000 / 100


@pytest.mark.parametrize("entry", (None, {"changes": []}, "{", "[]"))
def test_an_event_without_an_entry_of_metas_is_unreadable(entry: Any) -> None:
    event = {**json.loads(AWS.wrap([status("read")]).body), "whatsAppWebhookEntry": entry}
    with pytest.raises(Unreadable):
        AWS.entry.read(Received(body=json.dumps(event).encode()))


def test_it_is_known_by_its_topic() -> None:
    entry = registry.on_topic("arn:aws:sns:eu-central-1:123456789012:aftercart-whatsapp-events")
    assert entry is registry.entry("whatsapp/aws")
