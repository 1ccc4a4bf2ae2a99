"""The templates of a WhatsApp business account as Meta keeps them: what it refuses, and says of one later.

Sources: developers.facebook.com/documentation/business-messaging/whatsapp (templates, their components, the
webhooks' reference); for codes and titles of refusals what integrators quote of Meta's answers.
"""

import itertools
import re
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NoReturn

from aftercart.channels.reading import Json
from aftercart.domain.content import Button
from aftercart.texts.compiled import PLACEHOLDER, ApprovedTemplate
from sandbox.fakes.checks import Checker
from sandbox.fakes.shown import Fault
from sandbox.journeys.telling import begins, telling_words

NAME = re.compile(r"[a-z0-9_]{1,512}")
LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z]{2})?")
CATEGORIES = ("UTILITY", "MARKETING", "AUTHENTICATION")
STATUSES = ("APPROVED", "PENDING", "REJECTED", "PAUSED", "DISABLED")
QUALITIES = ("GREEN", "YELLOW", "RED", "UNKNOWN")
KINDS = ("HEADER", "BODY", "BUTTONS")
LONGEST_BODY, LONGEST_TITLE, LONGEST_URL, MOST_BUTTONS = 1024, 25, 2000, 10
# Meta does not publish its ratio: it refuses a body that is hardly more than variables.
WORDS_PER_VARIABLE = 2
NEXT_TO_EACH_OTHER = re.compile(r"\}\}\s*\{\{")
Templates = Mapping[tuple[str, str], ApprovedTemplate]


def refused(title: str, why: str, subcode: int = 0, *, code: int = 100, status: int = 400) -> Fault:
    """As the Graph API refuses what has nothing to do with a message."""
    error = {
        "message": "Invalid parameter" if code == 100 else title,
        "type": "OAuthException",
        "code": code,
        **({"error_subcode": subcode} if subcode else {}),
        "is_transient": False,
        "error_user_title": title,
        "error_user_msg": why,
        "fbtrace_id": "AbCdEfGhIjKlMnOpQrStUvW",
    }
    return Fault(status, str(code), {"error": error})


def _invalid(why: str) -> NoReturn:
    raise refused("Invalid parameter", why)


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeTemplate:
    id: str
    name: str
    language: str
    category: str
    components: list[Json]
    status: str = "APPROVED"
    reason: str = "NONE"
    quality: str = "UNKNOWN"

    def review(self) -> dict[str, str]:
        """What comes of its review."""
        if NEXT_TO_EACH_OTHER.search(self.approved.body):
            return {"status": "REJECTED", "reason": "INVALID_FORMAT"}
        return {"status": "APPROVED"}

    @property
    def approved(self) -> ApprovedTemplate:
        """As far as a message is made of it."""
        (body,) = (each["text"] for each in self.components if each["type"] == "BODY")
        return ApprovedTemplate(
            name=self.name,
            language=self.language,
            category=self.category.lower(),
            body=body,
            parameters=len(set(PLACEHOLDER.findall(body))),
            buttons=tuple(_button(each) for each in _buttons(self.components)),
            image=any(each["type"] == "HEADER" for each in self.components),
        )

    def as_json(self, when: datetime) -> dict[str, Any]:
        """Its node in the Graph API, with every field that can be asked for."""
        return {
            "name": self.name,
            "parameter_format": "POSITIONAL",
            "components": self.components,
            "language": self.language,
            "status": self.status,
            "category": self.category,
            "rejected_reason": self.reason,
            "quality_score": {"score": self.quality, "date": int(when.timestamp())},
            "id": self.id,
        }


@dataclass(slots=True, kw_only=True)
class TemplateBook:
    """What one account has. `loose`: an unknown name is taken in a message, whatever it is."""

    now: Callable[[], datetime]
    loose: bool = False
    _pictures: list[str] = field(default_factory=list)  # handles that were given out
    _known: dict[tuple[str, str], FakeTemplate] = field(default_factory=dict)

    @classmethod
    def of(cls, templates: Templates | None, link_prefix: str, now: Callable[[], datetime]) -> "TemplateBook":
        """With these approved long ago. None: loose."""
        book = cls(now=now, loose=templates is None)
        for each in (templates or {}).values():
            category, components = each.category.upper(), _components(each, link_prefix)
            book._add(each.name, each.language, category, components)
        return book

    def get(self, name: str, language: str) -> FakeTemplate | None:
        return self._known.get((name, language))

    def all(self) -> list[FakeTemplate]:
        """In the order in which they were made."""
        return list(self._known.values())

    def create(self, body: Any) -> FakeTemplate:
        """One that is to be reviewed. Raises Fault. What sells is made marketing, whatever it was called."""
        must = Checker(_invalid)
        must.fields(body, "body", ("name", "language", "category", "components"))
        if not isinstance(body["name"], str) or not NAME.fullmatch(body["name"]):
            _invalid("Message template names can only have lowercase letters, numbers and underscores.")
        must.that(LANGUAGE.fullmatch(str(body["language"])), "language is not one that templates have")
        category = must.one_of(body["category"], "category", CATEGORIES)
        words = _checked(body["components"], self._pictures, must)
        if (body["name"], body["language"]) in self._known:
            why = f"There is already {body['language']} content for this template."
            raise refused("Content in This Language Already Exists", why, 2388024)
        if category == "UTILITY" and begins(words, telling_words(body["language"]).marketing):
            category = "MARKETING"
        return self._add(body["name"], body["language"], category, body["components"], "PENDING")

    def upload(self, kind: str) -> str:
        """The handle of a picture that has come. `kind`: its MIME type."""
        self._pictures.append(f"4::{b64encode(kind.encode()).decode()}:ARb{len(self._pictures):04}")
        return self._pictures[-1]

    def change(self, name: str, language: str, **facts: str) -> FakeTemplate:
        """Its status, reason, category or quality becomes another. LookupError: there is no such template."""
        known = self._known.get((name, language))
        if known is None:
            raise LookupError(f"{name} in {language}")
        changed = replace(known, **facts)  # type: ignore[arg-type]
        self._known[name, language] = changed
        return changed

    def _add(
        self, name: str, language: str, category: str, components: list[Json], status: str = "APPROVED"
    ) -> FakeTemplate:
        made = FakeTemplate(
            id=str(1_689_556_908_000_000 + len(self._known)),
            name=name,
            language=language,
            category=category,
            components=components,
            status=status,
        )
        self._known[name, language] = made
        return made


def news(before: FakeTemplate, after: FakeTemplate) -> list[tuple[str, dict[str, Any]]]:
    """What Meta's webhook says of a change: fields and values."""
    named = {
        "message_template_id": int(after.id),
        "message_template_name": after.name,
        "message_template_language": after.language,
    }
    told: list[tuple[str, dict[str, Any]]] = []
    if after.category != before.category:
        moved = {"previous_category": before.category, "new_category": after.category}
        told.append(("template_category_update", named | moved))
    if after.quality != before.quality:
        moved = {"previous_quality_score": before.quality, "new_quality_score": after.quality}
        told.append(("message_template_quality_update", moved | named))
    if after.status != before.status:
        value = {"event": after.status, **named, "reason": after.reason}
        value["message_template_category"] = after.category
        if after.status == "PAUSED":
            said = "Your WhatsApp message template has been paused for 3 hours because it had issues."
            value["other_info"] = {"title": "FIRST_PAUSE", "description": said}
        told.append(("message_template_status_update", value))
    return told


def _components(template: ApprovedTemplate, link_prefix: str) -> list[Json]:
    body: dict[str, Any] = {"type": "BODY", "text": template.body}
    if template.parameters:
        body["example"] = {"body_text": [[f"{n}" for n in range(1, template.parameters + 1)]]}
    buttons = [
        {"type": "QUICK_REPLY", "text": each.title}
        if each.reply
        else {
            "type": "URL",
            "text": each.title,
            "url": f"{link_prefix}{{{{1}}}}",
            "example": [f"{link_prefix}a"],
        }
        for each in template.buttons
    ]
    example = {"header_handle": [f"{link_prefix}image"]}
    header = {"type": "HEADER", "format": "IMAGE", "example": example}
    below = {"type": "BUTTONS", "buttons": buttons}
    return [*([header] if template.image else []), body, *([below] if buttons else [])]


def _buttons(components: list[Json]) -> list[Json]:
    return [button for each in components if each["type"] == "BUTTONS" for button in each["buttons"]]


def _button(found: Json) -> Button:
    """A quick reply has no payload until it is sent."""
    if found["type"] == "QUICK_REPLY":
        return Button(title=found["text"], reply=found["text"])
    return Button(title=found["text"], url=found["url"])


def _checked(found: Any, pictures: Sequence[str], must: Checker) -> str:
    """The body's text. Raises Fault. `pictures`: handles that were given out."""
    components = must.items(found, "components", len(KINDS))
    for each in components:
        kind = must.one_of(each.get("type") if isinstance(each, dict) else None, "component.type", KINDS)
        if kind == "HEADER":
            _check_header(must.fields(each, "component", ("type", "format"), ("example",)), pictures, must)
        elif kind == "BUTTONS":
            must.fields(each, "component", ("type", "buttons"))
            _check_buttons(must.items(each["buttons"], "buttons", MOST_BUTTONS), must)
    by_kind = {each["type"]: each for each in components}
    must.that(len(by_kind) == len(components) and "BODY" in by_kind, "one BODY is required, and no twin")
    return _check_body(by_kind["BODY"], must)


def _check_header(header: Any, pictures: Sequence[str], must: Checker) -> None:
    """As far as ours go, which put an image there."""
    must.one_of(header["format"], "component.format", ("IMAGE",))
    example = header.get("example")
    if not example:
        why = "Templates with IMAGE header type need an example/sample, but it was not provided."
        raise refused("Invalid parameter", why, 2388273)
    must.fields(example, "example", ("header_handle",))
    handles = must.items(example["header_handle"], "example.header_handle", 1)
    must.that(len(handles) == 1 and handles[0] in pictures, "header_handle is not one of an uploaded file")


def _check_body(body: Any, must: Checker) -> str:
    must.fields(body, "component", ("type", "text"), ("example",))
    words = must.text(body["text"], "body.text", LONGEST_BODY)
    numbers = [int(n) for n in PLACEHOLDER.findall(words)]
    must.that(numbers == list(range(1, len(numbers) + 1)), "variables are numbered from {{1}} on")
    if numbers and (words.startswith("{{") or words.rstrip().endswith("}}")):
        why = "Variables can't be at the start or end of the template."
        raise refused("Leading or trailing params not allowed", why, 2388299)
    if len(PLACEHOLDER.sub(" ", words).split()) < WORDS_PER_VARIABLE * len(numbers):
        why = "This template contains too many variable parameters relative to the message length."
        raise refused("Parameters to words ratio exceeded", why, 2388293)
    must.that("\t" not in words and " " * 5 not in words and "\n\n\n" not in words, "the body is not tidy")
    _check_example(body, len(numbers), must)
    return words


def _check_example(body: Any, variables: int, must: Checker) -> None:
    if not variables:
        return must.that("example" not in body, "a body without variables has no example")
    missing = "component of type BODY is missing expected field(s) (example)"
    must.that(isinstance(body.get("example"), dict) and set(body["example"]) == {"body_text"}, missing)
    given = body["example"]["body_text"]
    must.that(isinstance(given, list) and len(given) == 1 and isinstance(given[0], list), missing)
    must.that(len(given[0]) == variables, f"{variables} examples are expected")
    for each in given[0]:
        must.text(each, "example.body_text", LONGEST_BODY)
    return None


def _check_buttons(buttons: list[Any], must: Checker) -> None:
    kinds = [must.one_of(each.get("type"), "button.type", ("QUICK_REPLY", "URL")) for each in buttons]
    for kind, each in zip(kinds, buttons, strict=True):
        must.text(each.get("text"), "button.text", LONGEST_TITLE)
        if kind == "QUICK_REPLY":
            must.fields(each, "button", ("type", "text"))
        else:
            _check_url(must.fields(each, "button", ("type", "text", "url"), ("example",)), must)
    runs = 1 + sum(one != other for one, other in itertools.pairwise(kinds))
    must.that(runs <= 2, "quick replies and the other buttons stand in a group each")
    must.that(kinds.count("URL") <= 2, "at most two URL buttons")
    must.that(len({each["text"] for each in buttons}) == len(buttons), "buttons must differ")


def _check_url(button: Any, must: Checker) -> None:
    url = must.text(button["url"], "button.url", LONGEST_URL)
    must.that(url.startswith(("https://", "http://")), "button.url must be a link")
    if "{{" not in url:
        return
    must.that(url.endswith("{{1}}") and url.count("{{") == 1, "a URL's one variable is its end")
    example = must.items(button.get("example"), "button.example", 1)
    must.that(str(example[0]).startswith(url.removesuffix("{{1}}")), "the example is not of this URL")
