"""AWS End User Messaging Social as the sandbox plays it, after botocore's service model and AWS's guide."""

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

from aftercart.channels.reading import Json
from aftercart.domain.consent import Channel
from sandbox.fakes import cloud_api
from sandbox.fakes.checks import Checker
from sandbox.fakes.cloud_api import CloudApi
from sandbox.fakes.shown import Accepted, FakeAwsError, FakeMessage, FakePublish, Fault, Said

NUMBER = re.compile(r"phone-number-id-[0-9a-zA-Z]+|arn:.*:phone-number-id/[0-9a-zA-Z]+")
VERSION = re.compile(r"v\d+\.\d+")
LARGEST = 2_048_000  # bytes of a message
ARN = "arn:aws:social-messaging:eu-central-1:123456789012:"


def _invalid(why: str) -> NoReturn:
    raise FakeAwsError("ValidationException", why, 400, {})


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsWhatsApp:
    """`number`: AWS's id of the one number that is linked; an empty one is not checked."""

    number: str
    api: CloudApi
    channel: Channel = Channel.WHATSAPP
    name: str = "aws"
    operation: tuple[str, str] = ("socialmessaging", "SendWhatsAppMessage")

    def check(self, given: Mapping[str, Any]) -> Accepted:
        """The message, or the FakeAwsError that AWS would answer; what Meta refuses comes as one too."""
        must = Checker(_invalid)
        must.fields(given, "SendWhatsAppMessage", ("originationPhoneNumberId", "message", "metaApiVersion"))
        number, message = str(given["originationPhoneNumberId"]), given["message"]
        must.that(NUMBER.fullmatch(number) and len(number) <= 115, "originationPhoneNumberId is not valid")
        must.that(VERSION.fullmatch(str(given["metaApiVersion"])), "metaApiVersion is not valid")
        must.that(isinstance(message, bytes) and 0 < len(message) <= LARGEST, "message is not valid")
        if self.number not in ("", number):
            raise FakeAwsError("ResourceNotFoundException", "no such phone number", 404, {})
        try:
            return self.api.message(_parsed(message))
        except Fault as fault:
            why = f"({fault.code}) Meta refuses the message"
            raise FakeAwsError("InvalidParametersException", why, 400, {}) from None

    def named(self, asked: Json) -> tuple[str, str]:
        return cloud_api.named(_parsed(asked.get("message")))

    def output(self, identifier: str) -> dict[str, Any]:
        return {"messageId": identifier}

    def heard(self, address: str, text: str) -> None:
        """Nothing is kept: only WhatsApp's own switch is."""

    def identifier(self, seed: str, accepted: Accepted) -> str:
        return str(uuid.UUID(seed[:32]))

    def receipt(self, message: FakeMessage, kind: str, at: datetime, code: int) -> FakePublish:
        return self._publish(self.api.receipt(_wamid(message.id), message, kind, at, code), at)

    def reply(self, said: Said) -> FakePublish:
        below = _wamid(said.below.id) if said.below else ""
        return self._publish(self.api.reply(_wamid(said.id), said, below), said.at)

    def preference(self, address: str, choice: str, at: datetime) -> FakePublish:
        """The customer uses WhatsApp's own switch for marketing messages."""
        return self._publish(self.api.preference(address, choice, at), at)

    def template_news(self, field: str, value: dict[str, Any], at: datetime) -> FakePublish:
        """Something has become of one of the account's templates."""
        return self._publish(self.api.template_news(field, value, at), at)

    def _publish(self, entry: Json, at: datetime) -> FakePublish:
        number = self.number.removeprefix("phone-number-id-")
        wrapped = json.dumps(entry, ensure_ascii=False, separators=(",", ":"))
        event = {
            "context": {
                "MetaWabaIds": [{"wabaId": entry["id"], "arn": f"{ARN}waba/fb2594b8a7974770b128a409e2"}],
                "MetaPhoneNumberIds": [
                    {"metaPhoneNumberId": self.api.number, "arn": f"{ARN}phone-number-id/{number}"}
                ],
            },
            "whatsAppWebhookEntry": wrapped,
            "aws_account_id": "123456789012",
            "message_timestamp": f"{at:%Y-%m-%dT%H:%M:%S}.271279391Z",
            "messageId": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{at}{wrapped}")),
        }
        message = json.dumps(event, ensure_ascii=False)
        identifier = str(uuid.uuid5(uuid.NAMESPACE_OID, message))
        return FakePublish(message=message, message_id=identifier, at=at, topic="WhatsAppEventsTopic")


def _wamid(identifier: str) -> str:
    """Meta's id of a message, which AWS tells with its events alone."""
    return f"wamid.{identifier.replace('-', '').upper()}=="


def _parsed(message: Any) -> Any:
    """What is no JSON is an empty object, which Meta refuses."""
    try:
        return json.loads(message)
    except (TypeError, ValueError):
        return {}
