"""What the fakes have in common: where they are reached, and what one provider does in its own shapes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from aftercart.channels.reading import Json
from aftercart.domain.consent import Channel
from sandbox.fakes.shown import Emitted, FakeMessage, Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Where the providers are reached and as whom. An empty id is not checked."""

    meta_base: str = "https://graph.facebook.com"
    phone_number_id: str = "106540352242922"
    infobip_base: str = "https://sandbox.api.infobip.example"
    viber_sender: str = "Kvitka"
    sms_identity: str = "KVITKA"
    sms_configuration_set: str = "sandbox"
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

    def identifier(self, seed: str) -> str: ...

    def receipt(self, message: FakeMessage, kind: str, at: datetime, code: int) -> Emitted | None: ...

    def reply(self, said: Said) -> Emitted: ...
