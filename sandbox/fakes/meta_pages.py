"""Messenger and Instagram as the sandbox plays them: Meta's Send API with its 24 hours, and its webhooks."""

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn
from urllib.parse import urlsplit

from aftercart.channels.reading import Json, child, text
from aftercart.domain.consent import Channel
from aftercart.domain.content import Button, Card
from aftercart.domain.ids import CUSTOMER_LENGTH
from sandbox.fakes.carrier import json_of
from sandbox.fakes.checks import Checker
from sandbox.fakes.shown import Accepted, FakeMessage, FakeWebhook, Fault, Said

PATH = re.compile(r"/v\d+\.\d+/(?P<account>[^/]+)/messages")
USER = re.compile(r"\d{5,20}")
LONGEST: Mapping[Channel, Callable[[str], bool]] = {
    Channel.MESSENGER: lambda said: len(said) <= 2000,
    Channel.INSTAGRAM: lambda said: len(said.encode()) <= 1000,
}
OUTSIDE = {Channel.MESSENGER: 2018278, Channel.INSTAGRAM: 2534022}


def refused(code: int, why: str, subcode: int = 0, status: int = 400) -> Fault:
    error = {
        "message": f"(#{code}) {why}",
        "type": "OAuthException",
        "code": code,
        **({"error_subcode": subcode} if subcode else {}),
        "fbtrace_id": "AbCdEfGhIjKlMnOpQrStUvW",
    }
    return Fault(status, f"{code}/{subcode}" if subcode else str(code), {"error": error})


def _invalid(why: str) -> NoReturn:
    raise refused(100, why)


@dataclass(frozen=True, slots=True, kw_only=True)
class MetaPages:
    """One page or account; without an `account` nobody is reached. `chat`: what its links begin with."""

    channel: Channel
    kind: str  # a webhook's object
    base: str
    account: str
    token: str
    app_secret: str
    chat: str
    window_open: Callable[[str], bool]
    name: str = "meta"

    def at(self, url: str) -> bool:
        match = PATH.fullmatch(urlsplit(url).path)
        return bool(self.account and match and match["account"] == self.account) and url.startswith(self.base)

    def parsed(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Any:
        return json_of(method, headers, body)

    def check(self, path: str, headers: Mapping[str, str], body: Any) -> Accepted:
        """The message, or the Fault that Meta would answer."""
        authorization = headers.get("authorization", "")
        if not authorization.startswith("Bearer ") or self.token not in ("", authorization[7:]):
            raise refused(190, "Invalid OAuth access token.", status=401)
        must = Checker(_invalid)
        must.fields(body, "body", ("recipient", "message", "messaging_type"))
        must.one_of(body["messaging_type"], "messaging_type", ("RESPONSE",))
        user = must.text(must.fields(body["recipient"], "recipient", ("id",))["id"], "recipient.id", 50)
        if not USER.fullmatch(user):
            raise refused(100, "No matching user found", 2018001)
        shown = self._content(body["message"], must)
        if not self.window_open(user):
            raise refused(10, "This message is sent outside of allowed window.", OUTSIDE[self.channel])
        reference = text(body["message"], "metadata")
        return Accepted(address=user, reference=reference, **shown)

    def _content(self, message: Any, must: Checker) -> dict[str, Any]:
        named = ("metadata",) if self.channel is Channel.MESSENGER else ()
        must.fields(message, "message", (), ("text", "attachment", "quick_replies", *named))
        must.text(message.get("metadata", ""), "message.metadata", 1000, 0)
        must.that(("text" in message) != ("attachment" in message), "message needs a text or an attachment")
        if "attachment" in message:
            must.that("quick_replies" not in message, "quick replies go with a text here")
            return _template(message["attachment"], must)
        said = must.text(message["text"], "message.text", 2000)
        must.that(LONGEST[self.channel](said), "message.text is too long")
        replies = must.items(message.get("quick_replies", []), "message.quick_replies", 13, 0)
        return {"text": said, "buttons": tuple(_quick_reply(each, must) for each in replies)}

    def answer(self, accepted: Accepted, identifier: str) -> tuple[int, bytes]:
        return 200, json.dumps({"recipient_id": accepted.address, "message_id": identifier}).encode()

    def named(self, asked: Json) -> tuple[str, str]:
        return text(asked, "recipient", "id"), text(child(asked, "message"), "metadata")

    def heard(self, address: str, text: str) -> None:
        """Nothing is kept."""

    def identifier(self, seed: str, accepted: Accepted) -> str:
        return f"m_{seed}"

    def receipt(self, message: FakeMessage, kind: str, at: datetime, code: int) -> FakeWebhook | None:
        """What was sent comes back as an echo. Of what failed later nobody is told."""
        user, page = {"id": message.address}, {"id": self.account}
        if kind == "sent":
            metadata = {"metadata": message.reference} if self.channel is Channel.MESSENGER else {}
            echo = {"is_echo": True, "app_id": 1517776481860111, **metadata, "mid": message.id}
            return self._webhook(page, user, at, {"message": {**echo, "text": message.text}})
        if kind == "read":
            watermark = {"watermark": _milliseconds(at)}
            seen = watermark if self.channel is Channel.MESSENGER else {"mid": message.id}
            return self._webhook(user, page, at, {"read": seen})
        if kind == "delivered" and self.channel is Channel.MESSENGER:
            delivery = {"mids": [message.id], "watermark": _milliseconds(at)}
            return self._webhook(user, page, at, {"delivery": delivery})
        return None

    def reply(self, said: Said) -> FakeWebhook:
        return self._webhook({"id": said.address}, {"id": self.account}, said.at, _heard(said))

    def user_of(self, ref: str) -> str:
        """The id by which the page knows whoever opens such a link: the same for each link of a customer."""
        whose = f"{self.channel}/{ref[:CUSTOMER_LENGTH]}"
        return str(10**15 + int(hashlib.sha256(whose.encode()).hexdigest()[:12], 16))

    def arrival(self, ref: str, at: datetime) -> FakeWebhook:
        """Somebody opens a link to the chat that carries this."""
        referral = {"ref": ref, "source": "SHORTLINK", "type": "OPEN_THREAD"}
        return self._webhook({"id": self.user_of(ref)}, {"id": self.account}, at, {"referral": referral})

    def _webhook(self, sender: Json, recipient: Json, at: datetime, what: Mapping[str, Any]) -> FakeWebhook:
        stamp = _milliseconds(at)
        event = {"sender": sender, "recipient": recipient, "timestamp": stamp, **what}
        entry = {"id": self.account, "time": stamp, "messaging": [event]}
        body = json.dumps({"object": self.kind, "entry": [entry]}).encode()
        signature = hmac.new(self.app_secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={signature}"}
        return FakeWebhook(provider=self.name, path=f"/meta/{self.channel}", headers=headers, body=body)


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _heard(said: Said) -> dict[str, Any]:
    """A button below something pictured is a template's, and comes as a postback."""
    if said.button is None:
        return {"message": {"mid": said.id, "text": said.text}}
    title, payload = said.button.title, said.button.reply
    if said.below and (said.below.image or said.below.cards):
        return {"postback": {"mid": said.id, "title": title, "payload": payload}}
    return {"message": {"mid": said.id, "text": title, "quick_reply": {"payload": payload}}}


def _quick_reply(found: Any, must: Checker) -> Button:
    must.fields(found, "quick_reply", ("content_type", "title", "payload"))
    must.one_of(found["content_type"], "quick_reply.content_type", ("text",))
    title = must.text(found["title"], "quick_reply.title", 20)
    return Button(title=title, reply=must.text(found["payload"], "quick_reply.payload", 1000))


def _template(found: Any, must: Checker) -> dict[str, Any]:
    must.fields(found, "attachment", ("type", "payload"))
    must.one_of(found["type"], "attachment.type", ("template",))
    payload = must.fields(found["payload"], "payload", ("template_type",), ("text", "buttons", "elements"))
    kind = must.one_of(payload["template_type"], "payload.template_type", ("button", "generic"))
    if kind == "generic":
        return _generic(must.fields(payload, "payload", ("template_type", "elements")), must)
    must.fields(payload, "payload", ("template_type", "text", "buttons"))
    return {"text": must.text(payload["text"], "payload.text", 640), "buttons": _buttons(payload, must)}


def _generic(payload: Json, must: Checker) -> dict[str, Any]:
    """As the phone shows it: the first element's words, and beside it the others."""
    elements = [_element(each, must) for each in must.items(payload["elements"], "payload.elements", 10)]
    (said, _), *things = elements
    buttons = dict.fromkeys(button for _, below in elements for button in below)
    return {
        "text": said.title,
        "image": said.image,
        "cards": tuple(thing for thing, _ in things),
        "buttons": tuple(buttons),
    }


def _element(found: Any, must: Checker) -> tuple[Card, tuple[Button, ...]]:
    must.fields(found, "element", ("title",), ("subtitle", "image_url", "buttons"))
    must.that(len(found) > 1, "an element needs something besides its title")
    lines = [must.text(found[name], f"element.{name}", 80) for name in ("title", "subtitle") if name in found]
    image = _address(found["image_url"], "element.image_url", must) if "image_url" in found else ""
    buttons = _buttons(found, must) if "buttons" in found else ()
    return Card(title="\n".join(lines), image=image), buttons


def _buttons(found: Json, must: Checker) -> tuple[Button, ...]:
    return tuple(_button(each, must) for each in must.items(found["buttons"], "buttons", 3))


def _button(found: Any, must: Checker) -> Button:
    must.fields(found, "button", ("type", "title"), ("url", "payload"))
    kind = must.one_of(found["type"], "button.type", ("web_url", "postback"))
    title = must.text(found["title"], "button.title", 20)
    if kind == "postback":
        must.fields(found, "button", ("type", "title", "payload"))
        return Button(title=title, reply=must.text(found["payload"], "button.payload", 1000))
    must.fields(found, "button", ("type", "title", "url"))
    return Button(title=title, url=_address(found["url"], "button.url", must))


def _address(found: Any, place: str, must: Checker) -> str:
    url = must.text(found, place, 2000)
    must.that(url.startswith(("https://", "http://")), f"{place} must be a link")
    return url
