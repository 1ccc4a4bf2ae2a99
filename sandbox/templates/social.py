"""Templates through AWS End User Messaging Social, after botocore's service model."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from aftercart.channels.reading import parse
from aftercart.ports import Unreadable
from sandbox.commands.terminal import UserError
from sandbox.templates.known import Known, Made, Refused, read
from sandbox.templates.wanted import Wanted, definition

PAGE = 100
IN_S3 = re.compile(r"s3://(?P<bucket>[^/]+)/(?P<key>.+)")
META_SAYS_NO = ("InvalidParametersException", "ValidationException")


class SocialTemplates:
    """`known.Account`. `client`: botocore's socialmessaging; `number`: AWS's id of the number that sends."""

    provider = "aws"

    def __init__(self, client: Any, number: str) -> None:
        self._client = client
        self._number = number

    def known(self, asked: Sequence[Wanted]) -> list[Known]:
        """The bodies of those that are asked for: each is a call of its own."""
        keys = {(each.name, each.language) for each in asked}
        try:
            account = self._account()
            return [self._whole(account, each, keys) for each in self._listed(account)]
        except (BotoCoreError, ClientError, Unreadable) as error:
            raise UserError(f"AWS does not show its templates: {error}") from None

    def uploaded(self, picture: str) -> str:
        """AWS hands Meta what lies in a bucket of the account, and takes no bytes itself."""
        found = IN_S3.fullmatch(picture)
        if found is None:
            raise Refused(f"AWS takes an example of its image from S3 alone: s3://bucket/key, not {picture}")
        source = {"bucketName": found["bucket"], "key": found["key"]}
        try:
            made = self._client.create_whatsapp_message_template_media(
                id=self._account(), sourceS3File=source
            )
        except ClientError as error:
            raise _not_taken(picture, error) from None
        except BotoCoreError as error:
            raise UserError(f"AWS does not take {picture}: {error}") from None
        return str(made["metaHeaderHandle"])

    def create(self, template: Wanted, picture: str = "") -> Made:
        blob = json.dumps(definition(template, picture), ensure_ascii=False).encode()
        try:
            made = self._client.create_whatsapp_message_template(id=self._account(), templateDefinition=blob)
        except ClientError as error:
            raise _not_taken(template.name, error) from None
        except BotoCoreError as error:
            raise UserError(f"AWS does not answer: {error}") from None
        return Made(status=made["templateStatus"], category=made["category"].lower())

    def _account(self) -> str:
        found = self._client.get_linked_whatsapp_business_account_phone_number(id=self._number)
        return str(found["linkedWhatsAppBusinessAccountId"])

    def _listed(self, account: str) -> Iterator[Known]:
        more: dict[str, str] = {}
        while True:
            page = self._client.list_whatsapp_message_templates(id=account, maxResults=PAGE, **more)
            for each in page.get("templates", []):
                yield Known(
                    name=each["templateName"],
                    language=each["templateLanguage"],
                    status=each["templateStatus"],
                    category=each["templateCategory"].lower(),
                )
            if not page.get("nextToken"):
                return
            more = {"nextToken": page["nextToken"]}

    def _whole(self, account: str, known: Known, keys: set[tuple[str, str]]) -> Known:
        if (known.name, known.language) not in keys:
            return known
        answer = self._client.get_whatsapp_message_template(
            id=account, templateName=known.name, templateLanguageCode=known.language
        )
        return read(parse(answer["template"]))


def _not_taken(what: str, error: ClientError) -> Exception:
    """Refused: for what it is; UserError: nothing else would be taken either."""
    if error.response["Error"]["Code"] in META_SAYS_NO:
        return Refused(error.response["Error"].get("Message", ""))
    return UserError(f"AWS does not take {what}: {error}")
