"""Amazon SNS's mobile push as the sandbox plays it, after botocore's model and the developer guide."""

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NoReturn

from aftercart.channels.reading import Json, text
from aftercart.domain.consent import Channel
from sandbox.fakes.checks import Checker
from sandbox.fakes.shown import Accepted, Emitted, FakeAwsError, FakeMessage, Said

ENDPOINT = re.compile(
    r"arn:aws:sns:eu-central-1:123456789012:endpoint/(APNS|APNS_SANDBOX|GCM)/[\w.-]{1,256}/[0-9a-f-]{36}"
)
APPS = "arn:aws:sns:eu-central-1:123456789012:endpoint/GCM/kram/"
LARGEST = 262_144  # bytes of a message; of what a phone gets:
LARGEST_PAYLOAD = 4096
ATTRIBUTES = re.compile(
    r"AWS\.SNS\.MOBILE\.((APNS|APNS_SANDBOX|FCM)\.TTL|APNS\.(PUSH_TYPE|PRIORITY|COLLAPSE_ID|TOPIC))"
)


def app_of(owner: str) -> str:
    """The endpoint that SNS has given to the app on somebody's phone."""
    return f"{APPS}{uuid.uuid5(uuid.NAMESPACE_OID, owner)}"


def _invalid(why: str) -> NoReturn:
    raise FakeAwsError("InvalidParameter", f"Invalid parameter: {why}", 400, {})


MUST = Checker(_invalid)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sns:
    """`gone`: endpoints whose app is no longer on its phone."""

    gone: set[str] = field(default_factory=set)
    channel: Channel = Channel.PUSH
    name: str = "sns"
    operation: tuple[str, str] = ("sns", "Publish")

    def check(self, given: Mapping[str, Any]) -> Accepted:
        """The message, or the FakeAwsError that SNS would answer."""
        optional = ("MessageStructure", "MessageAttributes", "Subject")
        MUST.fields(given, "Publish", ("TargetArn", "Message"), optional)
        found = ENDPOINT.fullmatch(MUST.text(given["TargetArn"], "TargetArn", 2048))
        if found is None:
            raise FakeAwsError("InvalidParameter", "Invalid parameter: TargetArn", 400, {})
        if given["TargetArn"] in self.gone:
            raise FakeAwsError("EndpointDisabled", "Endpoint is disabled", 400, {})
        MUST.that(given.get("MessageStructure") == "json", "MessageStructure")
        _attributes(given.get("MessageAttributes", {}), found[1])
        return _shown(given["TargetArn"], found[1], _message(given["Message"]))

    def named(self, asked: Json) -> tuple[str, str]:
        try:
            payloads = json.loads(text(asked, "Message"))
            said = json.loads(next(payloads[name] for name in payloads if name != "default"))
        except (ValueError, TypeError, StopIteration):  # it will be refused
            said = {}
        reference = text(said, "reference") or text(said, "fcmV1Message", "message", "data", "reference")
        return text(asked, "TargetArn"), reference

    def output(self, identifier: str) -> dict[str, Any]:
        return {"MessageId": identifier}

    def heard(self, address: str, text: str) -> None:
        """Nobody can answer."""

    def identifier(self, seed: str, accepted: Accepted) -> str:
        return str(uuid.UUID(seed[:32]))

    def receipt(self, message: FakeMessage, kind: str, at: datetime, code: int) -> Emitted | None:
        """None: what became of it stands in CloudWatch's logs alone."""
        return None

    def reply(self, said: Said) -> Emitted:
        raise LookupError("a notification cannot be answered: its app can be opened")


def _attributes(found: Any, platform: str) -> None:
    for name, value in found.items():
        MUST.that(ATTRIBUTES.fullmatch(name), f"MessageAttributes {name}")
        MUST.fields(value, name, ("DataType", "StringValue"))
        if name.endswith(".TTL"):
            mine = "FCM" if platform == "GCM" else platform
            MUST.that(name == f"AWS.SNS.MOBILE.{mine}.TTL", f"{name} is another platform's")
            MUST.that(value["StringValue"].isdecimal(), f"{name} is no number")


def _message(found: Any) -> dict[str, str]:
    MUST.that(isinstance(found, str) and len(found.encode()) <= LARGEST, "Message too long")
    try:
        payloads = json.loads(found)
    except ValueError:
        _invalid("Message Structure - JSON message body failed to parse")
    MUST.that(isinstance(payloads, dict) and "default" in payloads, "No default entry in JSON message body")
    MUST.that(all(isinstance(each, str) for each in payloads.values()), "every payload is a string")
    return dict(payloads)


def _shown(address: str, platform: str, payloads: Mapping[str, str]) -> Accepted:
    payload = payloads.get(platform, "")
    MUST.that(payload and len(payload.encode()) <= LARGEST_PAYLOAD, f"{platform} payload")
    said = json.loads(payload)
    if platform == "GCM":
        message = said["fcmV1Message"]["message"]
        MUST.fields(message, "message", ("notification", "data"), ("android",))
        words, data = message["notification"], message["data"]
        MUST.that(all(isinstance(each, str) for each in data.values()), "data holds strings alone")
    else:
        words, data = said["aps"]["alert"], said
    MUST.fields(words, "notification", ("body",), ("title",))
    return Accepted(
        address=address,
        title=words.get("title", ""),
        text=words["body"],
        opens=data.get("url", ""),
        reference=data.get("reference", ""),
    )
