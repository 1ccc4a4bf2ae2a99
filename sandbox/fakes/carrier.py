"""What the fakes have in common: where they are reached, and what one provider does in its own shapes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from aftercart.channels.reading import Json
from aftercart.domain.consent import Channel
from sandbox.fakes.shown import Accepted, Emitted, FakeMessage, Said

HTTP_SENDS = ("meta.send", "infobip.send", "twilio.send", "turbosms.send", "web.send")
AWS_SENDS = (
    ("pinpoint-sms-voice-v2", "SendTextMessage"),
    ("socialmessaging", "SendWhatsAppMessage"),
    ("sesv2", "SendEmail"),
    ("sns", "Publish"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Where the providers are reached and as whom. An empty id is not checked.

    `twilio_incoming`: the address at which Twilio hands over what customers write. `viber_sender`: of each
    provider of Viber.
    """

    meta_base: str = "https://graph.facebook.com"
    phone_number_id: str = "106540352242922"
    messenger_page: str = "102030405060708"
    instagram_base: str = "https://graph.instagram.com"
    instagram_account: str = "17841400008460056"
    whatsapp_account: str = "102290129340398"
    social_phone_number_id: str = "phone-number-id-976c72a700aac43eaf573ae050"
    social_account: str = "waba-fb2594b8a7974770b128a409e2"
    infobip_base: str = "https://sandbox.api.infobip.example"
    viber_sender: str = "Kvitka"
    sms_identity: str = "KVITKA"
    sms_configuration_set: str = "sandbox"
    email_sender: str = "hello@kvitka.example"
    email_configuration_set: str = "sandbox"
    twilio_base: str = "https://api.twilio.com"
    twilio_account: str = "AC00000000000000000000000000000001"
    twilio_sender: str = "MG00000000000000000000000000000001"
    twilio_incoming: str = "https://kvitka.example/twilio/sms"
    turbosms_base: str = "https://api.turbosms.ua"
    link_prefix: str = "https://kvitka.example/m/"


class Carrier(Protocol):
    """What one provider does in its own shapes."""

    @property
    def channel(self) -> Channel: ...

    @property
    def name(self) -> str: ...

    def named(self, asked: Json) -> tuple[str, str]:
        """(address, reference) of a request, as far as one that may be refused has them."""
        ...

    def identifier(self, seed: str, accepted: Accepted) -> str:
        """Its id for a message that it takes."""
        ...

    def heard(self, address: str, text: str) -> None:
        """The customer writes; some providers keep opt-outs by themselves."""
        ...

    def receipt(self, message: FakeMessage, kind: str, at: datetime, code: int) -> Emitted | None: ...

    def reply(self, said: Said) -> Emitted: ...


class HttpCarrier(Carrier, Protocol):
    """Takes messages over HTTP. A fault of such a call is named `<name>.send`."""

    @property
    def base(self) -> str:
        """The address that every request to it begins with."""
        ...

    def at(self, url: str) -> bool:
        """Whether it is reached there."""
        ...

    def parsed(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Any:
        """The request's body, for `check`; what is none of its kind is an empty object."""
        ...

    def check(self, path: str, headers: Mapping[str, str], body: Any) -> Accepted:
        """The message. Raises Fault with what the provider would answer."""
        ...

    def answer(self, accepted: Accepted, identifier: str) -> tuple[int, bytes]: ...


class AwsCarrier(Carrier, Protocol):
    """Takes messages as calls of an AWS service."""

    @property
    def operation(self) -> tuple[str, str]:
        """As in AWS_SENDS."""
        ...

    def check(self, parameters: Mapping[str, Any]) -> Accepted:
        """The message. Raises FakeAwsError with what AWS would answer."""
        ...

    def output(self, identifier: str) -> dict[str, Any]: ...


def json_of(method: str, headers: Mapping[str, str], body: bytes) -> Any:
    """The body of a JSON POST; anything else is an empty object, which each provider refuses."""
    if method != "POST" or not headers.get("content-type", "").startswith("application/json"):
        return {}
    try:
        return json.loads(body)
    except ValueError:
        return {}
