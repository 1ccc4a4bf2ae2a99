"""Mobile push through Amazon SNS, after botocore's service model and the developer guide's payloads."""

import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from aftercart.domain.content import Button
from aftercart.domain.message import Outcome
from aftercart.ports import Outgoing
from tests.aftercart.channels.sample import PHONE, Message, Row, Sample
from tests.aftercart.channels.standins import REFERENCE, outgoing
from tests.aftercart.channels.wire import Answer, query_answer, query_error

TEXT = "Олено, замовлення №1001 прийнято."
PAGE = "https://kram.example/m/abc"
MESSAGE = "abcdefghijklmn-abcdefghij"
PHONES_APP = "5e3e9847-3183-3f18-a7e8-671c3a57d4b3"


def endpoint(platform: str = "APNS", app: str = "kram") -> str:
    return f"arn:aws:sns:eu-central-1:123456789012:endpoint/{platform}/{app}/{PHONES_APP}"


def a_push(platform: str = "APNS", title: str = "Kram", **what: Any) -> Outgoing:
    found = outgoing(to=endpoint(platform), **what)
    return replace(found, content=replace(found.content, title=title), page=PAGE)


def opened(body: bytes) -> Any:
    """The query's parameters, and the JSON that stands in them as text."""
    fields: dict[str, Any] = dict(parse_qsl(body.decode()))
    payloads = json.loads(fields["Message"])
    fields["Message"] = {
        name: said if name == "default" else json.loads(said) for name, said in payloads.items()
    }
    return fields


def attributes(given: dict[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for number, (name, value) in enumerate(given.items(), start=1):
        at = f"MessageAttributes.entry.{number}"
        found |= {f"{at}.Name": name, f"{at}.Value.DataType": "String", f"{at}.Value.StringValue": value}
    return found


def message(sends: Outgoing, said: dict[str, Any], platform: str = "APNS", ttl: str = "900") -> Message:
    apples = {
        f"AWS.SNS.MOBILE.{platform}.TTL": ttl,
        "AWS.SNS.MOBILE.APNS.PUSH_TYPE": "alert",
        "AWS.SNS.MOBILE.APNS.COLLAPSE_ID": MESSAGE,
    }
    return Message(
        outgoing=sends,
        url="https://sns.eu-central-1.amazonaws.com/",
        body={
            "Action": "Publish",
            "Version": "2010-03-31",
            "TargetArn": endpoint(platform),
            "MessageStructure": "json",
            "Message": {"default": TEXT, platform: said},
            **attributes({"AWS.SNS.MOBILE.FCM.TTL": ttl} if platform == "GCM" else apples),
        },
    )


def apples(body: str = TEXT, title: str = "Kram") -> dict[str, Any]:
    alert = {"title": title, "body": body} if title else {"body": body}
    return {"aps": {"alert": alert, "sound": "default"}, "url": PAGE, "reference": REFERENCE}


def googles() -> dict[str, Any]:
    message = {
        "notification": {"title": "Kram", "body": TEXT},
        "data": {"url": PAGE, "reference": REFERENCE},
        "android": {"collapse_key": MESSAGE, "notification": {"tag": MESSAGE}},
    }
    return {"fcmV1Message": {"message": message}}


SAMPLE = Sample(
    settings={},
    secrets={},
    messages=(
        message(a_push(), apples()),
        message(a_push("APNS_SANDBOX"), apples(), "APNS_SANDBOX"),
        message(a_push("GCM"), googles(), "GCM"),
        message(a_push(title="", sender="Крам"), apples(title="Крам")),
        message(a_push(title=""), apples(title="")),
        message(
            a_push(buttons=(Button(title="Де?", url="https://np.example/t"),)),
            apples(f"{TEXT}\nДе?: https://np.example/t"),
        ),
        message(a_push(valid_for=-5), apples(), ttl="0"),
        message(a_push(valid_for=10**7), apples(), ttl="2419200"),
    ),
    accepted=query_answer("Publish", MessageId="567910cd-659e-55d4-8ccb-5aaf14679dc0"),
    provider_id="567910cd-659e-55d4-8ccb-5aaf14679dc0",
    outcomes=(
        *(
            Row(answer=query_error(code, status, PHONE), advice=advice, reason=f"{word} {code}")
            for code, status, advice, word in (
                ("EndpointDisabled", 400, "bad_address", "no_endpoint"),
                ("NotFound", 404, "bad_address", "no_endpoint"),
                ("PlatformApplicationDisabled", 400, "alarm", "app_disabled"),
                ("AuthorizationError", 403, "alarm", "not_authorised"),
                ("InvalidSecurity", 403, "alarm", "not_authorised"),
                ("ExpiredToken", 403, "alarm", "not_authorised"),
                ("InvalidParameter", 400, "alarm", "parameter_refused"),
                ("ParameterValueInvalid", 400, "alarm", "parameter_refused"),
                ("Throttled", 429, "later", "provider_busy"),
                ("Throttling", 400, "later", "provider_busy"),
                ("SomethingNew", 400, "", "refused"),
            )
        ),
        Row(answer=query_error("InternalError", 500), outcome=Outcome.UNKNOWN, reason="provider_fault"),
        Row(answer=Answer(status=200, body=b"<html>"), outcome=Outcome.UNKNOWN),
    ),
    too_long=None,
    opened=opened,
    reaches=(endpoint(), endpoint("GCM"), endpoint("APNS_SANDBOX", "kram-2.beta")),
    does_not_reach=(
        PHONE,
        "arn:aws:sns:eu-central-1:123456789012:kram-alarms",
        endpoint("ADM"),
        f"{endpoint()}\n",
        endpoint(app="kram/other"),
    ),
)
