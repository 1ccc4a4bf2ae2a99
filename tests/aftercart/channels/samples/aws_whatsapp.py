"""WhatsApp through AWS End User Messaging Social: what AWS wraps is Meta's own."""

import json
from collections.abc import Sequence
from dataclasses import replace

from aftercart.channels.entry import Received
from aftercart.domain.message import Outcome
from tests.aftercart.channels.sample import Item, Message, Row
from tests.aftercart.channels.samples import meta_whatsapp
from tests.aftercart.channels.wire import aws_error, json_answer

NUMBER = "phone-number-id-976c72a700aac43eaf573ae050"
META = meta_whatsapp.SAMPLE


def through_aws(message: Message) -> Message:
    return replace(
        message,
        url="https://social-messaging.eu-central-1.amazonaws.com/v1/whatsapp/send",
        headers={},
        body={"originationPhoneNumberId": NUMBER, "metaApiVersion": "v20.0", "message": message.body},
    )


def published(items: Sequence[Item]) -> Received:
    (entry,) = json.loads(meta_whatsapp.posted(items).body)["entry"]
    event = {
        "context": {
            "MetaWabaIds": [{"wabaId": "1234567890abcde", "arn": "arn:aws:social-messaging:…:waba/fb25"}],
            "MetaPhoneNumberIds": [{"metaPhoneNumberId": "abcde1234567890", "arn": "arn:…"}],
        },
        "whatsAppWebhookEntry": json.dumps(entry),
        "aws_account_id": "123456789012",
        "message_timestamp": "2026-11-22T10:00:01.271279391Z",
        "messageId": "6d69f07a-c317-4278-9d5c-6a84078419ec",
    }
    return Received(body=json.dumps(event).encode(), id="sns-1", at="2026-11-22T10:00:01.000Z")


SAMPLE = replace(
    META,
    settings={"social_phone_number_id": NUMBER},
    secrets={},
    messages=tuple(through_aws(message) for message in META.messages),
    accepted=json_answer(200, {"messageId": "862a8790"}),
    provider_id="862a8790",
    outcomes=(
        Row(
            answer=aws_error("ThrottledRequestException", 429),
            advice="later",
            reason="provider_busy ThrottledRequest",
        ),
        *(
            Row(answer=aws_error(code, status), advice="alarm", reason=f"{word} {code}")
            for code, status, word in (
                ("ValidationException", 400, "parameter_refused"),
                ("InvalidParametersException", 400, "parameter_refused"),
                ("AccessDeniedException", 403, "not_authorised"),
                ("AccessDeniedByMetaException", 403, "not_authorised"),
                ("ExpiredTokenException", 403, "not_authorised"),
                ("ResourceNotFoundException", 404, "sender_refused"),
            )
        ),
        Row(answer=aws_error("SomethingNew"), reason="refused SomethingNew"),
        *(
            Row(answer=aws_error(code, status), outcome=Outcome.UNKNOWN, reason=f"provider_fault {code}")
            for code, status in (
                ("InternalServiceException", 500),
                ("DependencyException", 502),
                ("GatewayTimeout", 504),
            )
        ),
    ),
    too_long=aws_error("InvalidParametersException"),
    wrap=published,
    sign=None,
    vectors=(),
)
