"""Mobile push through Amazon SNS: send to one app on one phone, by the ARN of its platform endpoint.

Sources: botocore's service model for `sns`; docs.aws.amazon.com/sns/latest/dg: mobile push's payloads (each
platform's is JSON as a string within the message's), sns-fcm-v1-payloads.html and sns-ttl.html. What became
of a message SNS tells CloudWatch's logs alone: an accepted one stays sent and unconfirmed, so this belongs at
the end of a route, as TurboSMS does.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Protocol

from aftercart.channels.aws_call import EVERY_SERVICES, PARAMETER, sent_by
from aftercart.channels.entry import Entry
from aftercart.channels.reading import text
from aftercart.channels.spelled_out import spelled_out
from aftercart.channels.verdicts import BUSY, Verdict, of_status
from aftercart.domain.consent import Channel
from aftercart.domain.message import ReceiptStatus
from aftercart.ports import Outgoing, Sent

LONGEST = 600  # characters, as of web push: even of four bytes each they fit in Apple's 4096
LONGEST_TTL = 2_419_200  # seconds: Google's most
_ENDPOINT = re.compile(
    r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:endpoint/"
    r"(?P<platform>APNS|APNS_SANDBOX|GCM)/[\w.-]{1,256}/[0-9a-f-]{36}",
    re.ASCII,
)

_TOO_LONG = Verdict("too_long")
_GONE = Verdict("no_endpoint", "bad_address")
# By the code that the query protocol has; botocore's names of the exceptions end in Exception.
OUTCOMES: Mapping[str, Verdict] = {
    **EVERY_SERVICES,
    "EndpointDisabled": _GONE,
    "NotFound": _GONE,
    "PlatformApplicationDisabled": Verdict("app_disabled", "alarm"),
    "AuthorizationError": Verdict("not_authorised", "alarm"),
    **dict.fromkeys(("InvalidSecurity", "ExpiredToken"), Verdict("not_authorised", "alarm")),
    "Throttled": BUSY,
    "Throttling": BUSY,
    **dict.fromkeys(("InvalidParameter", "ParameterValueInvalid", "ValidationException"), PARAMETER),
}


class Client(Protocol):
    """boto3.client("sns"). Its Config must have total_max_attempts=1."""

    def publish(self, **parameters: Any) -> Mapping[str, Any]: ...


class SnsPush:
    """`entry.Sender`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def send(self, outgoing: Outgoing) -> Sent:
        if len(outgoing.content.text) > LONGEST:
            return _TOO_LONG.sent()
        return sent_by(lambda: self._client.publish(**parameters(outgoing)), outcome)


def parameters(outgoing: Outgoing) -> dict[str, Any]:
    """Publish's. A message that is sent again takes the place of its first on the phone."""
    known = _ENDPOINT.fullmatch(outgoing.to)
    platform = known["platform"] if known else ""
    said = _google(outgoing) if platform == "GCM" else _apple(outgoing)
    return {
        "TargetArn": outgoing.to,
        "MessageStructure": "json",
        "Message": _json({"default": outgoing.content.text, platform: _json(said)}),
        "MessageAttributes": _attributes(platform, outgoing),
    }


def _json(found: Mapping[str, Any]) -> str:
    return json.dumps(found, ensure_ascii=False)


def _attributes(platform: str, outgoing: Outgoing) -> dict[str, Any]:
    """Google's lifetime has another name than its platform."""
    ttl = str(min(max(outgoing.valid_for, 0), LONGEST_TTL))
    if platform == "GCM":
        return {"AWS.SNS.MOBILE.FCM.TTL": _string(ttl)}
    return {
        f"AWS.SNS.MOBILE.{platform}.TTL": _string(ttl),
        "AWS.SNS.MOBILE.APNS.PUSH_TYPE": _string("alert"),
        "AWS.SNS.MOBILE.APNS.COLLAPSE_ID": _string(_message(outgoing)),
    }


def _string(value: str) -> dict[str, str]:
    return {"DataType": "String", "StringValue": value}


def _message(outgoing: Outgoing) -> str:
    return outgoing.reference.rpartition("-")[0]


def _words(outgoing: Outgoing) -> dict[str, str]:
    said = {"body": spelled_out(outgoing.content.text, outgoing.content.buttons)}
    title = outgoing.content.title or outgoing.sender
    return {"title": title, **said} if title else said


def _opens(outgoing: Outgoing) -> dict[str, str]:
    """What the app opens when the message is pressed."""
    return {"url": outgoing.page, "reference": outgoing.reference}


def _apple(outgoing: Outgoing) -> dict[str, Any]:
    return {"aps": {"alert": _words(outgoing), "sound": "default"}, **_opens(outgoing)}


def _google(outgoing: Outgoing) -> dict[str, Any]:
    message = {
        "notification": _words(outgoing),
        "data": _opens(outgoing),
        "android": {"collapse_key": _message(outgoing), "notification": {"tag": _message(outgoing)}},
    }
    return {"fcmV1Message": {"message": message}}


def outcome(error: Mapping[str, Any]) -> Sent:
    """What a ClientError's response says. Its message stays out: it may quote the endpoint."""
    code = text(error, "Error", "Code")
    status = error.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
    return (OUTCOMES.get(code) or of_status(status)).sent(code)


def takes(address: str) -> bool:
    """Whether it is the endpoint of an app that we have a payload for."""
    return _ENDPOINT.fullmatch(address) is not None


ENTRY = Entry(
    channel=Channel.PUSH,
    name="sns",
    make=lambda means: SnsPush(means.client("sns")),
    read=lambda received: [],  # nobody calls us
    longest=LONGEST,
    shows=frozenset({"title"}),
    best=ReceiptStatus.SENT,
    hears=False,
    takes=takes,
    source="docs.aws.amazon.com/sns/latest/api/API_Publish.html",
)
