"""Twilio's SMS as the sandbox plays it, after twilio-python 9.13.0; a service has Advanced Opt-Out."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NoReturn
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from aftercart.channels.reading import Json, text
from aftercart.domain.consent import Channel
from aftercart.texts.segments import count
from sandbox.fakes.checks import Checker, Refuse
from sandbox.fakes.shown import Accepted, FakeMessage, FakeWebhook, Fault, Said

PHONE = re.compile(r"\+[1-9]\d{6,14}")
ADDRESS = re.compile(r"https?://[A-Za-z0-9.-]+(:\d+)?/\S*")  # Twilio takes no underscore in a host
FORM = "application/x-www-form-urlencoded"
FIELDS = ("To", "Body", "From", "MessagingServiceSid", "StatusCallback", "ValidityPeriod")
STATUSES = {"sent": "sent", "delivered": "delivered", "failed": "undelivered"}
UNREACHABLE = "30003"
OPT_OUT = frozenset(("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"))
OPT_IN = frozenset(("START", "UNSTOP", "YES"))
HELP = frozenset(("HELP", "INFO"))


def refused(status: int, code: int, why: str) -> Fault:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return Fault(status, str(code), {"code": code, "message": why, "more_info": more, "status": status})


def _refusing(code: int) -> Refuse:
    def refuse(why: str) -> NoReturn:
        raise refused(400, code, why)

    return refuse


def _must(code: int, holds: object, why: str) -> None:
    Checker(_refusing(code)).that(holds, why)


@dataclass(frozen=True, slots=True, kw_only=True)
class Twilio:
    base: str
    account: str
    token: str
    sender: str
    incoming: str
    channel: Channel = Channel.SMS
    name: str = "twilio"
    opted_out: set[str] = field(default_factory=set)  # Twilio's own list

    def at(self, url: str) -> bool:
        return url.startswith(self.base) and urlsplit(url).path.startswith("/2010-04-01/")

    def parsed(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Any:
        """A form; anything else has no fields."""
        if method != "POST" or not headers.get("content-type", "").startswith(FORM):
            return {}
        return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))

    def check(self, path: str, headers: Mapping[str, str], body: Any) -> Accepted:
        """The message, or the Fault that Twilio would answer."""
        self._authorise(path, headers.get("authorization", ""))
        Checker(_refusing(20001)).fields(body, "form", (), FIELDS)
        _must(21604, body.get("To"), "A 'To' phone number is required.")
        _must(21211, PHONE.fullmatch(body["To"]), "Invalid 'To' Phone Number")
        _must(21602, body.get("Body", "").strip(), "Message body is required.")
        _must(21617, len(body["Body"]) <= 1600, "The message body exceeds the 1600 character limit.")
        self._check_sender(body)
        period = body.get("ValidityPeriod", "36000")
        _must(21624, period.isdecimal() and 1 <= int(period) <= 36_000, "Invalid validity period value")
        callback = body.get("StatusCallback", "")
        _must(21609, not callback or ADDRESS.fullmatch(callback), "Invalid 'StatusCallback' URL")
        _must(21610, body["To"] not in self.opted_out, "Attempt to send to unsubscribed recipient")
        return Accepted(
            address=body["To"], text=body["Body"], reference=_reference(callback), callback=callback
        )

    def _authorise(self, path: str, authorization: str) -> None:
        try:
            pair = base64.b64decode(authorization.removeprefix("Basic "), validate=True).decode()
        except ValueError:
            pair = ""
        account, _, token = pair.partition(":")
        if not token or self.account not in ("", account) or self.token not in ("", token):
            raise refused(401, 20003, "Authenticate")
        if path != f"/2010-04-01/Accounts/{account}/Messages.json":
            raise refused(404, 20404, f"The requested resource {path} was not found")

    def _check_sender(self, form: Mapping[str, str]) -> None:
        given = [form[name] for name in ("From", "MessagingServiceSid") if form.get(name)]
        _must(21603, len(given) == 1, "A 'From' phone number or a 'MessagingServiceSid' is required.")
        wanted = "MessagingServiceSid" if self._service else "From"
        _must(21606, self.sender in ("", form.get(wanted)), "The 'From' is not yours to send from.")

    @property
    def _service(self) -> bool:
        return self.sender.startswith("MG")

    def answer(self, accepted: Accepted, identifier: str) -> tuple[int, bytes]:
        address = f"/2010-04-01/Accounts/{self.account}/Messages/{identifier}"
        found = {
            "account_sid": self.account,
            "api_version": "2010-04-01",
            "body": accepted.text,
            "date_sent": None,
            "direction": "outbound-api",
            "error_code": None,
            "error_message": None,
            "from": None if self._service else self.sender,
            "messaging_service_sid": self.sender if self._service else None,
            "num_media": "0",
            "num_segments": str(count(accepted.text)),
            "price": None,
            "price_unit": "USD",
            "sid": identifier,
            "status": "accepted" if self._service else "queued",
            "subresource_uris": {"media": f"{address}/Media.json"},
            "to": accepted.address,
            "uri": f"{address}.json",
        }
        return 201, json.dumps(found).encode()

    def named(self, asked: Json) -> tuple[str, str]:
        return text(asked, "To"), _reference(text(asked, "StatusCallback"))

    def heard(self, address: str, text: str) -> None:
        meant = _meant(text)
        if meant == "STOP":
            self.opted_out.add(address)
        elif meant == "START":
            self.opted_out.discard(address)

    def identifier(self, seed: str, accepted: Accepted) -> str:
        return f"SM{seed[:32]}"

    def receipt(self, message: FakeMessage, kind: str, at: datetime, code: int) -> FakeWebhook | None:
        """None: nobody can say that an SMS was read, and without an address nobody is told."""
        if kind not in STATUSES or not message.callback:
            return None
        status = STATUSES[kind]
        found = {
            "SmsSid": message.id,
            "SmsStatus": status,
            "MessageStatus": status,
            "To": message.address,
            "MessageSid": message.id,
            "AccountSid": self.account,
            "From": self._number,
            "ApiVersion": "2010-04-01",
            **({"MessagingServiceSid": self.sender} if self._service else {}),
            **({"ErrorCode": UNREACHABLE} if kind == "failed" else {}),
        }
        return self._webhook(message.callback, found)

    def reply(self, said: Said) -> FakeWebhook:
        meant = _meant(said.text)
        found = {
            "MessageSid": said.id,
            "SmsSid": said.id,
            "SmsMessageSid": said.id,
            "AccountSid": self.account,
            "From": said.address,
            "To": self._number,
            "Body": said.text,
            "NumMedia": "0",
            "NumSegments": str(count(said.text)),
            "SmsStatus": "received",
            "ApiVersion": "2010-04-01",
            **({"MessagingServiceSid": self.sender} if self._service else {}),
            **({"OptOutType": meant} if self._service and meant else {}),
        }
        return self._webhook(self.incoming, found)

    @property
    def _number(self) -> str:
        return "+380441234567" if self._service else self.sender

    def _webhook(self, url: str, found: Mapping[str, str]) -> FakeWebhook:
        signed = url + "".join(f"{name}{found[name]}" for name in sorted(found))
        signature = base64.b64encode(hmac.new(self.token.encode(), signed.encode(), hashlib.sha1).digest())
        headers = {"Content-Type": f"{FORM}; charset=UTF-8", "X-Twilio-Signature": signature.decode()}
        called = urlsplit(url)
        path = f"{called.path}?{called.query}" if called.query else called.path
        return FakeWebhook(provider=self.name, path=path, headers=headers, body=urlencode(found).encode())


def _reference(callback: str) -> str:
    return parse_qs(urlsplit(callback).query).get("ref", [""])[0]


def _meant(text: str) -> str:
    """A whole message that is one of the words, whatever its case."""
    word = text.strip().upper()
    kinds = (("STOP", OPT_OUT), ("START", OPT_IN), ("HELP", HELP))
    return next((kind for kind, words in kinds if word in words), "")
