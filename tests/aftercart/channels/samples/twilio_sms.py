"""SMS through Twilio, after twilio-python 9.13.0 and Twilio's documentation."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from aftercart.channels.entry import Received
from aftercart.domain.content import Button
from aftercart.domain.message import Outcome, ReceiptStatus
from aftercart.ports import Outgoing
from tests.aftercart.channels.sample import AT, PHONE, Heard, Item, Message, Row, Sample, Told
from tests.aftercart.channels.standins import REFERENCE, outgoing
from tests.aftercart.channels.wire import Answer, json_answer

ACCOUNT, SERVICE = "AC" + "0a" * 16, "MG" + "0b" * 16
TEXT = "Олено, замовлення №1001 прийнято."
CALLBACK = "https://mycompany.com/myapp.php"  # of Twilio's own example of a signature
SIGNED_BY_TWILIO = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+14158675309",
    "Digits": "1234",
    "From": "+14158675309",
    "To": "+18005551212",
}


def message(sends: Outgoing, **other: str) -> Message:
    return Message(
        outgoing=sends,
        url=f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages.json",
        headers={"Authorization": "Basic QUMwYTBhMGEwYTBhMGEwYTBhMGEwYTBhMGEwYTBhMGEwYToxMjM0NQ=="},
        body={
            "To": PHONE,
            **({} if "MessagingServiceSid" in other else {"From": "+380441112233"}),
            "Body": TEXT,
            "ValidityPeriod": "900",
            "StatusCallback": f"{CALLBACK}?ref={REFERENCE}",
            **other,
        },
    )


def refused(code: int, status: int = 400) -> Answer:
    return json_answer(status, {"code": code, "message": f"{PHONE} is not valid", "status": status})


def callback(status: str, code: str = "", ref: str = REFERENCE) -> Item:
    found = {"MessageSid": "SM1", "MessageStatus": status, "To": PHONE, "ref": ref}
    return {**found, "ErrorCode": code} if code else found


def inbound(**more: str) -> Item:
    return {"MessageSid": "SM2", "From": PHONE, "Body": "1", "SmsStatus": "received", **more}


def posted(items: Sequence[Item]) -> Received:
    """The reference comes back in the address."""
    (item,) = items
    fields = {name: value for name, value in item.items() if name != "ref"}
    return Received(
        body=urlencode(fields).encode(),
        at=AT.isoformat(),
        url=f"{CALLBACK}?ref={item['ref']}" if "ref" in item else CALLBACK,
    )


def signed(received: Received, key: bytes) -> Received:
    fields = parse_qsl(received.body.decode(), keep_blank_values=True)
    whole = received.url + "".join(name + value for name, value in sorted(fields))
    signature = base64.b64encode(hmac.new(key, whole.encode(), hashlib.sha1).digest()).decode()
    return replace(received, headers={**received.headers, "X-Twilio-Signature": signature})


def rows(codes: Sequence[int], word: str, advice: str, **more: Any) -> list[Row]:
    return [Row(answer=refused(code), advice=advice, reason=f"{word} {code}", **more) for code in codes]


SAMPLE = Sample(
    settings={
        "twilio_base_url": "https://api.twilio.com/",
        "twilio_account_sid": ACCOUNT,
        "twilio_sender": "+380441112233",
        "twilio_callback_url": CALLBACK,
    },
    secrets={"twilio_token": b"12345"},
    messages=(
        message(outgoing()),
        message(
            outgoing(buttons=(Button(title="Відкрити", url="https://m.example/t/abc"),)),
            Body=f"{TEXT}\nВідкрити: https://m.example/t/abc",
        ),
        message(outgoing(sender=SERVICE), MessagingServiceSid=SERVICE),
        message(outgoing(valid_for=0), ValidityPeriod="1"),
        message(outgoing(valid_for=10**6), ValidityPeriod="36000"),
    ),
    accepted=json_answer(201, {"sid": "SM1", "status": "queued", "error_code": None}),
    provider_id="SM1",
    outcomes=(
        *rows((21610,), "opted_out", "opted_out"),
        *rows((21211, 21614, 30005, 30006), "bad_number", "bad_address"),
        *rows((30004,), "blocked", "bad_address"),
        *rows((30003,), "unreachable", ""),
        *rows((30007,), "content_refused", ""),
        *rows((30008,), "undeliverable", ""),
        *rows((20429,), "provider_busy", "later"),
        *rows((21408,), "country_blocked", "alarm"),
        *rows((21606,), "sender_refused", "alarm"),
        *rows((21617,), "parameter_refused", "alarm"),
        *rows((20003,), "not_authorised", "alarm"),
        *rows((29999,), "refused", ""),
        Row(
            answer=json_answer(201, {"sid": "SM1", "status": "failed", "error_code": 30005}),
            advice="bad_address",
            reason="bad_number 30005",
        ),
        Row(answer=Answer(status=403, body=b"<html>"), advice="alarm", reason="not_authorised 403"),
        Row(answer=json_answer(201, {}), outcome=Outcome.UNKNOWN),
        Row(answer=Answer(status=503, body=b"<html>"), outcome=Outcome.UNKNOWN),
    ),
    too_long=refused(21617),
    wrap=posted,
    receipts=(
        *(
            Told(item=callback(status), status=ReceiptStatus.SENT)
            for status in ("accepted", "scheduled", "queued", "sending", "sent", "partially_delivered")
        ),
        Told(item=callback("delivered"), status=ReceiptStatus.DELIVERED),
        *(
            Told(item=callback(status, code), status=ReceiptStatus.FAILED, advice=advice, reason=reason)
            for status, code, reason, advice in (
                ("undelivered", "30003", "unreachable 30003", ""),
                ("undelivered", "30004", "blocked 30004", "bad_address"),
                ("undelivered", "30005", "bad_number 30005", "bad_address"),
                ("undelivered", "30006", "bad_number 30006", "bad_address"),
                ("undelivered", "30007", "content_refused 30007", ""),
                ("failed", "21610", "opted_out 21610", "opted_out"),
                ("failed", "30036", "expired 30036", ""),
                ("canceled", "", "failed", ""),
            )
        ),
    ),
    unknown_status=callback("tomorrow"),
    foreign=callback("delivered", ref="theirs"),
    replies={
        "text": Heard(item=inbound(Body="Дякую"), text="Дякую"),
        "stop in any word": Heard(item=inbound(Body="Basta", OptOutType="STOP"), text="STOP"),
        "image": Heard(item=inbound(Body="", NumMedia="1", MediaUrl0="https://t.example/1")),
        "unsupported": Heard(item=inbound(Body="", MessageType="hologram")),
    },
    sign=signed,
    vectors=(
        (
            Received(
                body=urlencode(SIGNED_BY_TWILIO).encode(),
                headers={"X-Twilio-Signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8="},
                url=f"{CALLBACK}?foo=1&bar=2",
            ),
            b"12345",
        ),
    ),
)
