"""WhatsApp as its phones and its rules are, whoever carries it: what Meta refuses of a message, and shows.

What its webhooks hold is here too, but for how each carrier wraps and proves it.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

from aftercart.channels.reading import Json, e164, text
from aftercart.domain.content import Button, Card
from aftercart.texts.compiled import PLACEHOLDER, ApprovedTemplate
from sandbox.fakes.checks import Checker
from sandbox.fakes.shown import Accepted, FakeMessage, Fault, Said
from sandbox.fakes.templates import TemplateBook

PHONE = re.compile(r"\+?[1-9]\d{6,14}")
USER_ID = re.compile(r"[A-Z]{2}\.[A-Za-z0-9.]{1,128}")
OPTIONAL = (
    "recipient_type",
    "to",
    "recipient",
    "text",
    "template",
    "interactive",
    "image",
    "biz_opaque_callback_data",
)
UNTIDY = re.compile(r"[\n\r\t]| {5,}")
STATUSES = {
    131008: (400, "Required parameter is missing"),
    131009: (400, "Parameter value is not valid"),
    131047: (400, "Re-engagement message"),
    132000: (400, "Number of parameters does not match the expected number of params"),
    132012: (400, "Parameter format does not match format in the created template"),
    132001: (404, "Template name does not exist in the translation"),
    132015: (400, "Template is Paused"),
    132016: (400, "Template is Disabled"),
    132018: (400, "There's an issue with the parameters in your template"),
    190: (401, "Invalid OAuth access token."),
    100: (400, "Invalid parameter"),
}
TITLES = {131026: "Message undeliverable", 131050: "User has stopped marketing messages"}
STOPPED = {"PAUSED": 132015, "DISABLED": 132016}


def refused(code: int, details: str) -> Fault:
    status, title = STATUSES[code]
    error = {
        "message": f"(#{code}) {title}",
        "type": "OAuthException",
        "code": code,
        "error_data": {"messaging_product": "whatsapp", "details": details},
        "fbtrace_id": "AbCdEfGhIjKlMnOpQrStUvW",
    }
    return Fault(status, str(code), {"error": error})


def _invalid(why: str) -> NoReturn:
    raise refused(100, why)


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudApi:
    """`account`: Meta's id of the one to which the number belongs."""

    number: str
    account: str
    book: TemplateBook
    window_open: Callable[[str], bool]

    def message(self, body: Any) -> Accepted:
        """The message that a body is, or the Fault that Meta would answer."""
        must = Checker(_invalid)
        must.fields(body, "body", ("messaging_product", "type"), OPTIONAL)
        must.one_of(body["messaging_product"], "messaging_product", ("whatsapp",))
        must.one_of(body.get("recipient_type", "individual"), "recipient_type", ("individual",))
        reference = must.text(body.get("biz_opaque_callback_data", ""), "biz_opaque_callback_data", 512, 0)
        kind = must.one_of(body["type"], "type", ("text", "template", "interactive", "image"))
        must.that(kind in body, f"{kind} is required")
        address = _address(body, must)
        if kind == "template":
            return self._template(body["template"], address, reference, must)
        if not self.window_open(address):
            raise refused(131047, "More than 24 hours have passed since the customer last replied")
        return Accepted(address=address, reference=reference, **FREE_FORM[kind](body[kind], must))

    def _template(self, found: Any, address: str, reference: str, must: Checker) -> Accepted:
        must.fields(found, "template", ("name", "language"), ("components",))
        must.fields(found["language"], "template.language", ("code",))
        name = must.text(found["name"], "template.name", 512)
        language = must.text(found["language"]["code"], "template.language.code", 10)
        header, body, buttons = _components(found.get("components", []), must)
        values = [_parameter(each, must) for component in body for each in component["parameters"]]
        known = self._known(name, language, values)
        return Accepted(
            address=address,
            text=PLACEHOLDER.sub(lambda place: values[int(place[1]) - 1], known.body),
            image=self._header(known, header, must),
            buttons=self._buttons(known, buttons, must),
            reference=reference,
            template=name,
            category=known.category,
        )

    def _known(self, name: str, language: str, values: list[str]) -> ApprovedTemplate:
        found = self.book.get(name, language)
        if found is None and self.book.loose:
            body = " ".join(f"{{{{{n}}}}}" for n in range(1, len(values) + 1))
            return ApprovedTemplate(
                name=name, language=language, category="", body=body, parameters=len(values)
            )
        if found is None or found.status not in ("APPROVED", *STOPPED):
            raise refused(132001, f"template name ({name}) does not exist in {language}")
        if found.status in STOPPED:
            raise refused(STOPPED[found.status], f"template ({name}) is {found.status.lower()}")
        known = found.approved
        if known.parameters != len(values):
            counted = f"body: number of localizable_params ({len(values)}) does not match"
            raise refused(132000, f"{counted} the expected number of params ({known.parameters})")
        return known

    def _header(self, known: ApprovedTemplate, components: list[Any], must: Checker) -> str:
        """The image above it: one where it was approved with one, and none where without."""
        images = [_image_of(each, must) for component in components for each in component["parameters"]]
        if self.book.get(known.name, known.language) is None or len(images) == known.image:
            return "".join(images)
        if known.image:
            raise refused(132012, "header: Format mismatch, expected IMAGE, received UNKNOWN")
        counted = f"header: number of localizable_params ({len(images)}) does not match"
        raise refused(132000, f"{counted} the expected number of params (0)")

    def _buttons(self, known: ApprovedTemplate, components: list[Any], must: Checker) -> tuple[Button, ...]:
        given: dict[str, tuple[str, str]] = {}
        for component in components:
            kind = must.one_of(component.get("sub_type"), "component.sub_type", ("quick_reply", "url"))
            (parameter,) = must.items(component["parameters"], "component.parameters", 1)
            value = _payload(parameter, must) if kind == "quick_reply" else _parameter(parameter, must)
            given[str(component.get("index"))] = kind, must.text(value, "component.parameters[0]", 256)
        if self.book.loose:
            return ()
        shown = [self._button(button, str(n), given) for n, button in enumerate(known.buttons)]
        must.that(not given, f"the template has no button at index {', '.join(given)}")
        return tuple(shown)

    def _button(self, button: Button, index: str, given: dict[str, tuple[str, str]]) -> Button:
        """As the phone shows it: a quick reply sends its payload, or its title where none was given."""
        expected = "quick_reply" if button.reply else "url"
        kind, value = given.pop(index, ("", ""))
        if (kind or "quick_reply") != expected:
            raise refused(131008, f"buttons: button at index {index} of type {expected} requires a parameter")
        if expected == "quick_reply":
            return Button(title=button.title, reply=value or button.title)
        return Button(title=button.title, url=button.url.removesuffix("{{1}}") + value)

    def receipt(self, wamid: str, message: FakeMessage, kind: str, at: datetime, code: int) -> Json:
        """The entry of a webhook."""
        status: dict[str, Any] = {
            "id": wamid,
            "status": kind,
            "timestamp": str(int(at.timestamp())),
            "recipient_id": message.address.removeprefix("+"),
        }
        if message.reference:
            status["biz_opaque_callback_data"] = message.reference
        if kind == "failed":
            status["errors"] = [{"code": code, "title": TITLES[code], "message": TITLES[code]}]
        else:
            category = message.category or "service"
            status["pricing"] = {
                "billable": True,
                "pricing_model": "PMP",
                "type": "regular",
                "category": category,
            }
        return self._entry("messages", message.address, {"statuses": [status]})

    def reply(self, wamid: str, said: Said, below: str) -> Json:
        """The entry of a webhook. `below`: Meta's id of the message under which it was written."""
        digits = said.address.removeprefix("+")
        message: dict[str, Any] = {
            **({"from": digits} if digits.isdecimal() else {}),
            "id": wamid,
            "timestamp": str(int(said.at.timestamp())),
        }
        if below:
            message["context"] = {"from": "380441234567", "id": below}
        return self._entry("messages", said.address, {"messages": [message | _said(said)]})

    def preference(self, address: str, choice: str, at: datetime) -> Json:
        """The customer uses WhatsApp's own switch for marketing messages."""
        preference = {
            "wa_id": address.removeprefix("+"),
            "detail": f"User requested to {choice} marketing messages",
            "category": "marketing_messages",
            "value": choice,
            "timestamp": int(at.timestamp()),
        }
        return self._entry("user_preferences", address, {"user_preferences": [preference]})

    def template_news(self, field: str, value: dict[str, Any], at: datetime) -> Json:
        """The entry of a webhook about one of the account's templates."""
        return {
            "id": self.account,
            "time": int(at.timestamp()),
            "changes": [{"value": value, "field": field}],
        }

    def _entry(self, field: str, address: str, value: dict[str, Any]) -> Json:
        digits = address.removeprefix("+")
        contact: dict[str, Any] = {"profile": {"name": "Клієнт"}, "user_id": user_id(address)}
        if digits.isdecimal():
            contact["wa_id"] = digits
        value = {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "380441234567", "phone_number_id": self.number},
            "contacts": [contact],
            **value,
        }
        return {"id": self.account, "changes": [{"value": value, "field": field}]}


def named(asked: Json) -> tuple[str, str]:
    """(address, reference) of a body, as far as it has them."""
    return e164(text(asked, "to") or text(asked, "recipient")), text(asked, "biz_opaque_callback_data")


def user_id(address: str) -> str:
    """The business-scoped user id that goes with an address."""
    if USER_ID.fullmatch(address):
        return address
    return f"UA.{int(hashlib.sha256(address.encode()).hexdigest()[:16], 16)}"


def _address(body: Mapping[str, Any], must: Checker) -> str:
    must.that(("to" in body) != ("recipient" in body), "exactly one of to and recipient is required")
    found = str(body.get("to", body.get("recipient")))
    if not (PHONE if "to" in body else USER_ID).fullmatch(found):
        raise refused(131009, "the recipient is not valid")
    return f"+{found.removeprefix('+')}" if "to" in body else found


def _components(found: Any, must: Checker) -> tuple[list[Any], list[Any], list[Any]]:
    """Those of the header, of the body and of buttons."""
    components = must.items(found, "template.components", 12, 0)
    for component in components:
        must.fields(component, "component", ("type", "parameters"), ("sub_type", "index"))
        must.one_of(component["type"], "component.type", ("header", "body", "button"))
        must.items(component["parameters"], "component.parameters", 100)
    header, body, buttons = (
        [component for component in components if component["type"] == kind]
        for kind in ("header", "body", "button")
    )
    return header, body, buttons


def _parameter(found: Any, must: Checker) -> str:
    must.fields(found, "parameter", ("type", "text"))
    must.one_of(found["type"], "parameter.type", ("text",))
    text = must.text(found["text"], "parameter.text", 1024)
    if UNTIDY.search(text):
        raise refused(132018, "a parameter has a new line, a tab or more than four spaces in a row")
    return text


def _payload(found: Any, must: Checker) -> Any:
    must.fields(found, "parameter", ("type", "payload"))
    return found["payload"]


def _image_of(found: Any, must: Checker) -> str:
    """Of a header: {"type": "image", "image": {"link": ...}}."""
    must.fields(found, "header", ("type", "image"))
    must.one_of(found["type"], "header.type", ("image",))
    return _linked_image(must.fields(found["image"], "image", ("link",)), must)


def _linked_image(found: Any, must: Checker) -> str:
    url = must.text(found["link"], "image.link", 2000)
    must.that(url.startswith(("https://", "http://")), "image.link must be a link")
    return url


def _text(found: Any, must: Checker) -> dict[str, Any]:
    must.fields(found, "text", ("body",), ("preview_url",))
    return {"text": must.text(found["body"], "text.body", 4096)}


def _image(found: Any, must: Checker) -> dict[str, Any]:
    must.fields(found, "image", ("link",), ("caption",))
    caption = must.text(found.get("caption", ""), "image.caption", 1024, 0)
    return {"text": caption, "image": _linked_image(found, must)}


def _interactive(found: Any, must: Checker) -> dict[str, Any]:
    must.fields(found, "interactive", ("type", "body", "action"), ("header", "footer"))
    kind = must.one_of(found["type"], "interactive.type", ("button", "cta_url", "carousel"))
    text = _body(found["body"], "interactive.body", 1024, must)
    if kind == "carousel":
        must.fields(found, "interactive", ("type", "body", "action"))
        return {"text": text, **_carousel(found["action"], must)}
    image = _image_of(found["header"], must) if "header" in found else ""
    buttons = (_reply_buttons if kind == "button" else _link_button)(found["action"], must)
    return {"text": text, "image": image, "buttons": buttons}


def _body(found: Any, place: str, longest: int, must: Checker) -> str:
    return must.text(must.fields(found, place, ("text",))["text"], f"{place}.text", longest)


FREE_FORM = {"text": _text, "image": _image, "interactive": _interactive}


def _carousel(action: Any, must: Checker) -> dict[str, Any]:
    """Cards with one link each: those with quick replies, which Meta takes too, nobody here sends."""
    must.fields(action, "interactive.action", ("cards",))
    cards: list[Card] = []
    buttons: list[Button] = []
    for index, each in enumerate(must.items(action["cards"], "interactive.action.cards", 10, 2)):
        must.fields(each, "card", ("card_index", "type", "header", "action"), ("body",))
        must.that(each["card_index"] == index, "card_index must count the cards from 0")
        must.one_of(each["type"], "card.type", ("cta_url",))
        title = _body(each["body"], "card.body", 160, must) if "body" in each else ""
        must.that(title.count("\n") <= 2, "card.body.text has more than 2 line breaks")
        cards.append(Card(title=title, image=_image_of(each["header"], must)))
        buttons += _link_button(each["action"], must)
    return {"cards": tuple(cards), "buttons": tuple(dict.fromkeys(buttons))}


def _reply_buttons(action: Any, must: Checker) -> tuple[Button, ...]:
    must.fields(action, "interactive.action", ("buttons",))
    found = []
    for each in must.items(action["buttons"], "interactive.action.buttons", 3):
        must.fields(each, "button", ("type", "reply"))
        must.one_of(each["type"], "button.type", ("reply",))
        reply = must.fields(each["reply"], "button.reply", ("id", "title"))
        title, pressed = (
            must.text(reply["title"], "button title", 20),
            must.text(reply["id"], "button id", 256),
        )
        found.append(Button(title=title, reply=pressed))
    must.that(
        len({b.reply for b in found}) == len({b.title for b in found}) == len(found), "buttons must differ"
    )
    return tuple(found)


def _link_button(action: Any, must: Checker) -> tuple[Button, ...]:
    must.fields(action, "interactive.action", ("name", "parameters"))
    must.one_of(action["name"], "interactive.action.name", ("cta_url",))
    given = must.fields(action["parameters"], "interactive.action.parameters", ("display_text", "url"))
    title, url = must.text(given["display_text"], "display_text", 20), must.text(given["url"], "url", 2000)
    must.that(url.startswith(("https://", "http://")), "url must be a link")
    return (Button(title=title, url=url),)


def _said(said: Said) -> dict[str, Any]:
    if said.button is None:
        return {"type": "text", "text": {"body": said.text}}
    if said.below and said.below.template:
        return {"type": "button", "button": {"text": said.button.title, "payload": said.button.reply}}
    pressed = {"id": said.button.reply, "title": said.button.title}
    return {"type": "interactive", "interactive": {"type": "button_reply", "button_reply": pressed}}
