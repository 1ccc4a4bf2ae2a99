"""Amazon SES v2 as the sandbox plays it, after botocore's service model and SES's developer guide."""

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import getaddresses
from typing import Any, NoReturn

from aftercart.channels.reading import Json, child, children, text
from aftercart.domain.consent import Channel
from sandbox.fakes.checks import Checker
from sandbox.fakes.mailbox import Pictures
from sandbox.fakes.shown import Accepted, FakeAwsError, FakeMessage, FakePublish, Said

ADDRESS = re.compile(r"[!-?A-~]{1,64}@([a-z0-9-]{1,63}\.)+[a-z0-9-]{2,63}", re.IGNORECASE)
TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")
HEADER_NAME, HEADER_VALUE = re.compile(r"[!-9;-~]{1,126}"), re.compile(r"[ -~]{1,995}")
# What SES writes itself, and takes from nobody.
ITS_OWN = ("from", "sender", "to", "cc", "bcc", "subject", "date", "message-id", "mime-version")
LARGEST = 40 * 1024 * 1024  # bytes of a message, its parts in base64
OPTIONAL = (
    "FromEmailAddress",
    "FromEmailAddressIdentityArn",
    "Destination",
    "ReplyToAddresses",
    "FeedbackForwardingEmailAddress",
    "FeedbackForwardingEmailAddressIdentityArn",
    "EmailTags",
    "ConfigurationSetName",
    "EndpointId",
    "TenantName",
    "ListManagementOptions",
    "ConfigurationOverrides",
)


def _bad(why: str) -> NoReturn:
    raise FakeAwsError("BadRequestException", why, 400, {})


MUST = Checker(_bad)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ses:
    """`sender`: the one verified address. Empty: everyone is. So it is with the configuration set."""

    sender: str
    configuration_set: str
    channel: Channel = Channel.EMAIL
    name: str = "ses"
    operation: tuple[str, str] = ("sesv2", "SendEmail")

    def check(self, given: Mapping[str, Any]) -> Accepted:
        """The e-mail, or the FakeAwsError that SES would answer."""
        MUST.fields(given, "SendEmail", ("Content",), OPTIONAL)
        sender = _addresses([given.get("FromEmailAddress")], "FromEmailAddress", most=1)[0]
        address = _recipient(given.get("Destination"))
        simple = MUST.fields(given["Content"], "Content", ("Simple",))["Simple"]
        title, parts, headers = _simple(simple)
        pictures = Pictures(parts.get("Html", ""))
        tags = _tags(given.get("EmailTags", []))
        self._check_account(sender, given.get("ConfigurationSetName"))
        return Accepted(
            address=address,
            title=title,
            text=parts.get("Text", ""),
            image=pictures.image,
            cards=pictures.cards,
            reference=tags.get("reference", ""),
            category="marketing" if "list-unsubscribe" in headers else "transactional",
        )

    def _check_account(self, sender: str, configuration_set: Any) -> None:
        if self.sender not in ("", sender):
            where = "Email address is not verified. The following identities failed the check"
            raise FakeAwsError("MessageRejected", f"{where} in region EU-CENTRAL-1: {sender}", 400, {})
        if self.configuration_set not in ("", configuration_set):
            why = f"Configuration set <{configuration_set}> does not exist."
            raise FakeAwsError("NotFoundException", why, 404, {})

    def named(self, asked: Json) -> tuple[str, str]:
        to = child(asked, "Destination").get("ToAddresses")
        tags = {text(tag, "Name"): text(tag, "Value") for tag in children(asked, "EmailTags")}
        return str(to[0]) if isinstance(to, list) and to else "", tags.get("reference", "")

    def output(self, identifier: str) -> dict[str, Any]:
        return {"MessageId": identifier}

    def heard(self, address: str, text: str) -> None:
        """Nobody reads what is answered."""

    def identifier(self, seed: str, accepted: Accepted) -> str:
        return f"0107019{seed[:9]}-{uuid.UUID(seed[:32])}-000000"

    def receipt(self, message: FakeMessage, kind: str, at: datetime, code: int) -> FakePublish | None:
        """None: that an e-mail was read, nobody can say."""
        match kind:
            case "sent":
                return self._publish(message, "Send", {}, at)
            case "delivered":
                return self._publish(message, "Delivery", _delivery(message, at), at)
            case "failed":
                return self._publish(message, "Bounce", _bounce(message, at), at)
        return None

    def complaint(self, message: FakeMessage, at: datetime) -> FakePublish:
        """Its owner pressed "spam", and the mailbox provider tells SES."""
        detail = {
            "complainedRecipients": [{"emailAddress": message.address}],
            "timestamp": _moment(at),
            "feedbackId": f"{message.id}-feedback",
            "complaintSubType": None,
            "userAgent": "Mailbox-Feedback-Loop/1.0",
            "complaintFeedbackType": "abuse",
            "arrivalDate": _moment(at),
        }
        return self._publish(message, "Complaint", detail, at)

    def reply(self, said: Said) -> FakePublish:
        raise LookupError("nobody hears what is answered to an e-mail: it goes to the shop's own mailbox")

    def _publish(self, message: FakeMessage, kind: str, detail: Json, at: datetime) -> FakePublish:
        sender = self.sender or "anyone@shop.example"
        tags = {"ses:configuration-set": [self.configuration_set], "ses:operation": ["SendEmail"]}
        mail = {
            "timestamp": _moment(message.at),
            "source": sender,
            "sourceArn": f"arn:aws:ses:eu-central-1:123456789012:identity/{sender}",
            "sendingAccountId": "123456789012",
            "messageId": message.id,
            "destination": [message.address],
            "headersTruncated": False,
            "headers": [
                {"name": "To", "value": message.address},
                {"name": "Subject", "value": message.title},
            ],
            "commonHeaders": {"to": [message.address], "messageId": message.id, "subject": message.title},
            "tags": {**tags, **({"reference": [message.reference]} if message.reference else {})},
        }
        name = kind[:1].lower() + kind[1:]
        body = json.dumps({"eventType": kind, "mail": mail, name: detail}, ensure_ascii=False)
        identifier = str(uuid.uuid5(uuid.NAMESPACE_OID, body))
        return FakePublish(
            message=body, message_id=identifier, at=at, provider="ses", topic="EmailEventsTopic"
        )


def _delivery(message: FakeMessage, at: datetime) -> Json:
    return {
        "timestamp": _moment(at),
        "processingTimeMillis": 812,
        "recipients": [message.address],
        "smtpResponse": "250 2.6.0 Message received",
        "reportingMTA": "mta.example.com",
    }


def _bounce(message: FakeMessage, at: datetime) -> Json:
    """Nobody of that name has a mailbox there."""
    bounced = {"emailAddress": message.address, "action": "failed", "status": "5.1.1"}
    return {
        "bounceType": "Permanent",
        "bounceSubType": "NoEmail",
        "bouncedRecipients": [{**bounced, "diagnosticCode": "smtp; 550 5.1.1 user unknown"}],
        "timestamp": _moment(at),
        "feedbackId": f"{message.id}-feedback",
        "reportingMTA": "dsn; mta.example.com",
    }


def _addresses(found: Any, place: str, most: int) -> list[str]:
    """Without their names. Printable ASCII alone: SES has no SMTPUTF8, and a line end begins a header."""
    lines = [MUST.text(each, place, 2000) for each in MUST.items(found, place, most)]
    MUST.that(all(re.fullmatch(r"[ -~]+", line) for line in lines), f"{place} is not printable ASCII")
    pairs = getaddresses(lines)
    MUST.that(len(pairs) == len(lines), f"{place} names several")
    addresses = [address for _, address in pairs]
    MUST.that(all(map(ADDRESS.fullmatch, addresses)), f"{place} has an illegal address")
    return addresses


def _recipient(found: Any) -> str:
    """Fifty are allowed; we write to one at a time."""
    destination = MUST.fields(found, "Destination", (), ("ToAddresses", "CcAddresses", "BccAddresses"))
    everyone = [each for name in destination for each in MUST.items(destination[name], name, 50, 0)]
    return _addresses(everyone, "Destination", most=50)[0]


def _simple(found: Any) -> tuple[str, dict[str, str], dict[str, str]]:
    """Subject, body by kind, and headers (by their names in small letters)."""
    simple = MUST.fields(found, "Simple", ("Subject", "Body"), ("Headers", "Attachments"))
    title = _data(simple["Subject"], "Subject")
    MUST.that("\n" not in title and "\r" not in title, "Subject has two lines")
    body = MUST.fields(simple["Body"], "Body", (), ("Text", "Html"))
    parts = {name: _data(body[name], name) for name in body}
    MUST.that(parts, "Body has neither Text nor Html")
    size = sum(len(part.encode()) * 4 // 3 for part in (title, *parts.values()))
    MUST.that(size <= LARGEST, f"Message length is more than {LARGEST} bytes long")
    return title, parts, _headers(simple.get("Headers", []))


def _data(found: Any, place: str) -> str:
    content = MUST.fields(found, place, ("Data",), ("Charset",))
    data = MUST.text(content["Data"], f"{place}.Data", LARGEST, least=0)
    charset = content.get("Charset", "US-ASCII")
    MUST.one_of(charset, f"{place}.Charset", ("UTF-8", "US-ASCII"))
    MUST.that(charset == "UTF-8" or data.isascii(), f"{place}.Data is not {charset}")
    return data


def _headers(found: Any) -> dict[str, str]:
    headers: dict[str, str] = {}
    for each in MUST.items(found, "Headers", 15, 0):
        header = MUST.fields(each, "Headers", ("Name", "Value"))
        name, value = str(header["Name"]), str(header["Value"])
        MUST.that(
            HEADER_NAME.fullmatch(name) and name.lower() not in ITS_OWN, f"Invalid header name <{name}>"
        )
        MUST.that(HEADER_VALUE.fullmatch(value) and len(name + value) <= 996, f"Invalid value of <{name}>")
        MUST.that(name.lower() not in headers, f"Duplicate header <{name}>")
        headers[name.lower()] = value
    return headers


def _tags(found: Any) -> dict[str, str]:
    tags: dict[str, str] = {}
    for each in MUST.items(found, "EmailTags", 50, 0):
        tag = MUST.fields(each, "EmailTags", ("Name", "Value"))
        name, value = str(tag["Name"]), str(tag["Value"])
        MUST.that(TAG.fullmatch(name) and not name.startswith("ses:"), f"Invalid tag name <{name}>")
        MUST.that(TAG.fullmatch(value), f"Invalid tag value <{value}>")
        MUST.that(name not in tags, f"Duplicate tag <{name}>")
        tags[name] = value
    return tags


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
