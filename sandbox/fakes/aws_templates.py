"""AWS End User Messaging Social's operations for templates, after botocore's service model.

AWS hands a definition on to Meta as it is; its list has no bodies, which are asked for one by one.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from mimetypes import guess_type
from typing import Any, NoReturn

from aftercart.channels.reading import Json
from sandbox.fakes.checks import Checker
from sandbox.fakes.shown import FakeAwsError, Fault
from sandbox.fakes.templates import FakeTemplate, TemplateBook

SERVICE = "socialmessaging"
LARGEST = 6000  # bytes of a definition, and characters of what is answered
MOST, USUALLY = 100, 50  # a page


def _invalid(why: str) -> NoReturn:
    raise FakeAwsError("ValidationException", why, 400, {})


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsTemplates:
    """`number`: AWS's id of the number that is linked to `account`; an empty one is not checked."""

    number: str
    account: str
    book: TemplateBook
    made: Callable[[FakeTemplate], object]

    @property
    def operations(self) -> Mapping[tuple[str, str], Callable[[Mapping[str, Any]], dict[str, Any]]]:
        return {
            (SERVICE, "GetLinkedWhatsAppBusinessAccountPhoneNumber"): self._number,
            (SERVICE, "ListWhatsAppMessageTemplates"): self._list,
            (SERVICE, "GetWhatsAppMessageTemplate"): self._get,
            (SERVICE, "CreateWhatsAppMessageTemplate"): self._create,
            (SERVICE, "CreateWhatsAppMessageTemplateMedia"): self._upload,
        }

    def _number(self, given: Mapping[str, Any]) -> dict[str, Any]:
        if self.number not in ("", given["id"]):
            raise _not_there("phone number")
        return {"linkedWhatsAppBusinessAccountId": self.account}

    def _list(self, given: Mapping[str, Any]) -> dict[str, Any]:
        self._of_account(given)
        every, token = self.book.all(), str(given.get("nextToken", "0"))
        Checker(_invalid).that(token.isdecimal(), "nextToken is not valid")
        end = int(token) + int(given.get("maxResults", USUALLY))
        more = {"nextToken": str(end)} if end < len(every) else {}
        return {"templates": [_summary(each) for each in every[int(token) : end]], **more}

    def _get(self, given: Mapping[str, Any]) -> dict[str, Any]:
        self._of_account(given)
        found = self.book.get(str(given.get("templateName")), str(given.get("templateLanguageCode")))
        if found is None:
            raise _not_there("template")
        return {"template": json.dumps(found.as_json(self.book.now()), ensure_ascii=False)[:LARGEST]}

    def _create(self, given: Mapping[str, Any]) -> dict[str, Any]:
        self._of_account(given)
        definition = given["templateDefinition"]
        Checker(_invalid).that(0 < len(definition) <= LARGEST, "templateDefinition is not valid")
        try:
            made = self.book.create(json.loads(definition))
        except (Fault, ValueError) as fault:
            raise FakeAwsError("InvalidParametersException", f"Meta refuses it: {fault}", 400, {}) from None
        self.made(made)
        return {"metaTemplateId": made.id, "templateStatus": made.status, "category": made.category}

    def _upload(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """What lies in S3 is the account's own affair: here it is always there."""
        self._of_account(given)
        source = Checker(_invalid).fields(given.get("sourceS3File"), "sourceS3File", ("bucketName", "key"))
        return {"metaHeaderHandle": self.book.upload(guess_type(source["key"])[0] or "")}

    def _of_account(self, given: Mapping[str, Any]) -> None:
        if given["id"] != self.account:
            raise _not_there("WhatsApp business account")


def _not_there(what: str) -> FakeAwsError:
    return FakeAwsError("ResourceNotFoundException", f"no such {what}", 404, {})


def _summary(template: FakeTemplate) -> Json:
    return {
        "templateName": template.name,
        "metaTemplateId": template.id,
        "templateStatus": template.status,
        "templateQualityScore": template.quality,
        "templateLanguage": template.language,
        "templateCategory": template.category,
    }
