"""AWS End User Messaging SMS as the sandbox plays it, after botocore's service model."""

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NoReturn

from aftercart.channels.reading import Json, text
from aftercart.domain.consent import Channel
from aftercart.texts.segments import Encoding, count, encoding
from sandbox.fakes.checks import Checker
from sandbox.fakes.shown import Accepted, FakeAwsError, FakeMessage, FakePublish, Said

PHONE = re.compile(r"\+?[1-9][0-9]{1,18}")
OPTIONAL = (
    "OriginationIdentity",
    "MessageType",
    "ConfigurationSetName",
    "MaxPrice",
    "TimeToLive",
    "Context",
    "Keyword",
    "DryRun",
    "DestinationCountryParameters",
    "ProtectConfigurationId",
    "MessageFeedbackEnabled",
)
PRICE = re.compile(r"[0-9]{0,2}\.[0-9]{1,5}")
EVENTS = {
    "sent": ("SUCCESSFUL", False, "Message has been accepted by phone carrier"),
    "delivered": ("DELIVERED", True, "Message has been delivered to the phone"),
    "failed": ("CARRIER_UNREACHABLE", True, "The carrier is unreachable"),
}
# AWS keeps these opt-outs itself, for both directions, unless the account manages them.
OPT_OUT = frozenset(
    ("ARRET", "CANCEL", "END", "OPT-OUT", "OPTOUT", "QUIT", "REMOVE", "STOP", "TD", "UNSUBSCRIBE")
)
OPT_IN = frozenset(("START", "UNSTOP"))


def refused(code: str, reason: str, message: str, status: int = 400, field: str = "") -> FakeAwsError:
    fields = {"Fields": [{"Name": field, "Message": message}]} if field else {}
    return FakeAwsError(code, message, status, {"Reason": reason, **fields})


def _invalid(why: str) -> NoReturn:
    field = why.partition(" ")[0].rpartition(".")[2]
    raise refused("ValidationException", "INVALID_PARAMETER", why, field=field)


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsSms:
    identity: str
    configuration_set: str
    channel: Channel = Channel.SMS
    name: str = "aws"
    operation: tuple[str, str] = ("pinpoint-sms-voice-v2", "SendTextMessage")
    opted_out: set[str] = field(default_factory=set)  # AWS's own list

    def check(self, given: Mapping[str, Any]) -> Accepted:
        """The message, or the FakeAwsError that AWS would answer."""
        must = Checker(_invalid)
        must.fields(given, "SendTextMessage", ("DestinationPhoneNumber", "MessageBody"), OPTIONAL)
        phone, body = str(given["DestinationPhoneNumber"]), given["MessageBody"]
        must.that(PHONE.fullmatch(phone), "DestinationPhoneNumber is not a phone number")
        must.that(isinstance(body, str) and body.strip(), "MessageBody is blank")
        must.text(body, "MessageBody", 1600)
        kind = must.one_of(
            given.get("MessageType", "TRANSACTIONAL"), "MessageType", ("PROMOTIONAL", "TRANSACTIONAL")
        )
        must.that(given.get("TimeToLive", 5) in range(5, 259_201), "TimeToLive is outside 5 to 259200")
        must.that(PRICE.fullmatch(str(given.get("MaxPrice", "0.1"))), "MaxPrice is not a price")
        context = _context(given.get("Context", {}), must)
        self._check_account(given, phone)
        address = f"+{phone.removeprefix('+')}"
        reference = context.get("ref", "")
        return Accepted(address=address, text=body, reference=reference, category=kind.lower())

    def _check_account(self, given: Mapping[str, Any], phone: str) -> None:
        if self.identity not in ("", given.get("OriginationIdentity", "")):
            raise refused("ResourceNotFoundException", "", "no such origination identity", 404)
        if self.configuration_set not in ("", given.get("ConfigurationSetName", self.configuration_set)):
            raise refused("ResourceNotFoundException", "", "no such configuration set", 404)
        if f"+{phone.removeprefix('+')}" in self.opted_out:
            reason = "DESTINATION_PHONE_NUMBER_OPTED_OUT"
            raise refused("ConflictException", reason, "the destination has opted out", 409)

    def named(self, asked: Json) -> tuple[str, str]:
        return text(asked, "DestinationPhoneNumber"), text(asked, "Context", "ref")

    def output(self, identifier: str) -> dict[str, Any]:
        return {"MessageId": identifier}

    def heard(self, address: str, text: str) -> None:
        word = text.strip().upper()
        if word in OPT_OUT:
            self.opted_out.add(address)
        elif word in OPT_IN:
            self.opted_out.discard(address)

    def identifier(self, seed: str, accepted: Accepted) -> str:
        return str(uuid.UUID(seed[:32]))

    def receipt(self, message: FakeMessage, kind: str, at: datetime, code: int) -> FakePublish | None:
        """None: nobody can say that an SMS was read."""
        if kind not in EVENTS:
            return None
        status, final, description = EVENTS[kind]
        parts = count(message.text)
        event = {
            "eventType": f"TEXT_{status}",
            "eventVersion": "1.0",
            "eventTimestamp": int(at.timestamp() * 1000),
            "isFinal": final,
            "originationPhoneNumber": self.identity,
            "destinationPhoneNumber": message.address,
            "isoCountryCode": "UA",
            "mcc": "255",
            "mnc": "3",
            "messageId": message.id,
            "messageRequestTimestamp": int(message.at.timestamp() * 1000),
            "messageEncoding": "GSM" if encoding(message.text) is Encoding.GSM_7 else "Unicode",
            "messageType": message.category.upper(),
            "messageStatus": status,
            "messageStatusDescription": description,
            "context": {"ref": message.reference} if message.reference else {},
            "totalMessageParts": parts,
            "totalMessagePrice": round(0.08 * parts, 5),
            "totalCarrierFee": 0.0,
        }
        return _publish(event, at)

    def reply(self, said: Said) -> FakePublish:
        event = {
            "originationNumber": said.address,
            "destinationNumber": "+380441234567",
            "messageKeyword": "KEYWORD_106540352242922",
            "messageBody": said.text,
            "inboundMessageId": said.id,
            **({"previousPublishedMessageId": said.below.id} if said.below else {}),
        }
        return _publish(event, said.at)


def _context(context: Any, must: Checker) -> Mapping[str, str]:
    must.that(isinstance(context, Mapping) and len(context) <= 5, "Context has more than 5 entries")
    for key, value in context.items():
        must.that(re.fullmatch(r"\S{1,100}", key), "Context key is not valid")
        must.that(value == must.text(value, "Context value", 800).strip(), "Context value is not trimmed")
    return dict(context)


def _publish(event: Mapping[str, Any], at: datetime) -> FakePublish:
    message = json.dumps(event, ensure_ascii=False)
    return FakePublish(message=message, message_id=str(uuid.uuid5(uuid.NAMESPACE_OID, message)), at=at)
