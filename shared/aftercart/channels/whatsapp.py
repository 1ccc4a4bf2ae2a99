"""What WhatsApp is, whoever carries it: Meta's message, its error codes, its receipts and replies.

Sources: developers.facebook.com/documentation/business-messaging/whatsapp (messages, templates, webhooks,
error codes; of carousels messages/interactive-media-carousel-messages), and for the business-scoped user ids
of 2026 and the newest codes: pywa 4.5.0.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from aftercart.channels import whatsapp_templates
from aftercart.channels.reading import Event, Json, child, children, collect, e164, seconds, text
from aftercart.channels.spelled_out import spelled_out
from aftercart.channels.verdicts import BUSY, Verdict
from aftercart.domain import ids
from aftercart.domain.consent import Channel
from aftercart.domain.content import Button, Card, Content, Template
from aftercart.domain.message import Outcome, Receipt, ReceiptStatus
from aftercart.ports import Outgoing, Reply, Unreadable

LONGEST = 1024  # characters of a text: of a template's body, and of one with buttons
SHOWS = frozenset({"buttons", "links", "image", "cards"})
MOST_BUTTONS, LONGEST_TITLE = 3, 20  # outside templates
CARDS, LONGEST_CARD = range(2, 11), 160

_UNKNOWN = Verdict("provider_fault", outcome=Outcome.UNKNOWN)
_BARRED = Verdict("barred_as_marketing", "plain")
_UNREACHABLE = Verdict("not_on_whatsapp", "bad_address")
_CONTENT = Verdict("content_refused")
_ACCESS = Verdict("not_authorised", "alarm")
_ACCOUNT = Verdict("account_restricted", "alarm")
_PARAMETER = Verdict("parameter_refused", "alarm")
_TEMPLATE = Verdict("template_fault", "alarm")

OUTCOMES: Mapping[int, Verdict] = {
    **dict.fromkeys((4, 80007, 130429, 131056, 133016), BUSY),
    **dict.fromkeys((1, 2, 131000, 131016, 131057, 135000), _UNKNOWN),
    # An experiment, the limit per person, a person who stopped marketing: the news without its offer may go.
    **dict.fromkeys((130472, 131049, 131050), _BARRED),
    **dict.fromkeys((131021, 131026), _UNREACHABLE),
    **dict.fromkeys((131051, 131052, 131053, 131062), _CONTENT),
    131047: Verdict("window_closed"),
    137000: Verdict("recipient_changed"),
    **dict.fromkeys((0, 3, 10, 190, *range(200, 300), 131005), _ACCESS),
    **dict.fromkeys((368, 130497, 131031, 131037, 131042, 131045, 131048, 131063, 131064, 133010), _ACCOUNT),
    **dict.fromkeys((33, 100, 131008, 131009, 131030), _PARAMETER),
    **dict.fromkeys(range(132000, 132100), _TEMPLATE),
}

STATUSES: Mapping[str, ReceiptStatus] = {
    "sent": ReceiptStatus.SENT,
    "delivered": ReceiptStatus.DELIVERED,
    "read": ReceiptStatus.READ,
    "played": ReceiptStatus.READ,  # a voice message that was listened to
    "failed": ReceiptStatus.FAILED,
}

# A changed number, an emoji put on a message, a chat that was opened.
SAY_NOTHING = ("system", "reaction", "request_welcome")


def message(outgoing: Outgoing) -> dict[str, Any]:
    """As Meta takes it: free-form in the 24 hours after the customer wrote, else the approved template."""
    content = outgoing.content
    template = None if outgoing.window_open else content.template
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **_recipient(outgoing.to),
        **(_template(template, content) if template else _free_form(content)),
        "biz_opaque_callback_data": outgoing.reference,
    }


def _recipient(address: str) -> dict[str, str]:
    """A phone without its plus, or a business-scoped user id of someone who hides the number."""
    digits = address.removeprefix("+")
    return {"to": digits} if digits.isdecimal() else {"recipient": address}


def _template(template: Template, content: Content) -> dict[str, Any]:
    """Who has an image was approved with one."""
    components: list[dict[str, Any]] = []
    if content.image:
        components.append({"type": "header", "parameters": [_image(content.image)]})
    if template.parameters:
        components.append({"type": "body", "parameters": [_text(each) for each in template.parameters]})
    components += _template_buttons(content.buttons, template.button_parameters)
    return {
        "type": "template",
        "template": {
            "name": template.name,
            "language": {"code": template.language},
            **({"components": components} if components else {}),
        },
    }


def _template_buttons(buttons: Sequence[Button], endings: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The content's buttons stand in the template's order; each URL button takes the next variable end."""
    left = list(endings)
    for index, button in enumerate(buttons):
        if button.reply:
            payload = {"type": "payload", "payload": button.reply}
            yield _template_button("quick_reply", index, payload)
        elif left:
            yield _template_button("url", index, _text(left.pop(0)))
    for index, ending in enumerate(left, start=len(buttons)):
        yield _template_button("url", index, _text(ending))


def _template_button(kind: str, index: int, parameter: dict[str, str]) -> dict[str, Any]:
    return {"type": "button", "sub_type": kind, "index": str(index), "parameters": [parameter]}


def _text(value: str) -> dict[str, str]:
    return {"type": "text", "text": value}


def _image(url: str) -> dict[str, Any]:
    """Meta fetches it: JPEG or PNG, up to 5 MB."""
    return {"type": "image", "image": {"link": url}}


def _free_form(content: Content) -> dict[str, Any]:
    """Cards, or reply buttons or one link button below an image; what does not fit is said in the text."""
    if beside := side_by_side(content):
        said, button = beside
        cards = [_card(index, card, button) for index, card in enumerate(content.cards)]
        return _interactive("carousel", said, {"cards": cards})
    replies = [button for button in content.buttons if button.reply][:MOST_BUTTONS]
    links = [button for button in content.buttons if button.url]
    said, body = (spelled_out(content.text, each, content.cards, LONGEST) for each in ((), links))
    if replies and len(body) <= LONGEST:
        return _interactive("button", body, {"buttons": [_answers(each) for each in replies]}, content.image)
    if len(links) == 1 and not replies and len(said) <= LONGEST:
        return _interactive("cta_url", said, _opens(links[0]), content.image)
    if content.image and len(body) <= LONGEST:
        return {"type": "image", "image": {"link": content.image, "caption": body}}
    return {"type": "text", "text": {"body": body, "preview_url": False}}


def side_by_side(content: Content) -> tuple[str, Button] | None:
    """What is said above the cards, and the button below each of them. None: nothing can stand so.

    Buttons are on cards alone, each with the same, and an image has no place. What can be answered is no
    carousel: its answers would be repeated below every thing, as if they were about that one.
    """
    links = [button for button in content.buttons if button.url]
    if not links or len(links) < len(content.buttons) or len(content.cards) not in CARDS:
        return None
    button, *others = links
    said = spelled_out(content.text, others)
    fits = len(said) <= LONGEST and all(len(card.title) <= LONGEST_CARD for card in content.cards)
    return (said, button) if fits else None


def _card(index: int, card: Card, button: Button) -> dict[str, Any]:
    return {
        "card_index": index,
        "type": "cta_url",
        "header": _image(card.image),
        "body": {"text": card.title},
        "action": _opens(button),
    }


def _answers(button: Button) -> dict[str, Any]:
    return {"type": "reply", "reply": {"id": button.reply, "title": button.title[:LONGEST_TITLE]}}


def _opens(button: Button) -> dict[str, Any]:
    """A template's button may have more words than one outside a template."""
    parameters = {"display_text": button.title[:LONGEST_TITLE], "url": button.url}
    return {"name": "cta_url", "parameters": parameters}


def _interactive(kind: str, body: str, action: dict[str, Any], image: str = "") -> dict[str, Any]:
    header = {"header": _image(image)} if image else {}
    said = {"type": kind, **header, "body": {"text": body}, "action": action}
    return {"type": "interactive", "interactive": said}


def verdict(code: str, otherwise: Verdict) -> Verdict:
    """The table's row for an error code."""
    return OUTCOMES.get(int(code), otherwise) if code.isdecimal() and len(code) < 10 else otherwise


def events(entries: Sequence[Json]) -> list[Event]:
    """Receipts, replies and news of templates of a webhook's entries, each a batch of batches; other fields
    are left out."""
    return collect(_readers(entries))


def _readers(entries: Sequence[Json]) -> Iterator[Callable[[], Event | None]]:
    for entry in entries:
        for change in children(entry, "changes"):
            if text(change, "field") in whatsapp_templates.READERS:
                yield partial(whatsapp_templates.news, change, entry)
            value = child(change, "value")
            yield from (partial(_receipt, status, value) for status in children(value, "statuses"))
            yield from (partial(_reply, message, value) for message in children(value, "messages"))
            yield from (partial(_preference, each, value) for each in children(value, "user_preferences"))


def _receipt(status: Json, value: Json) -> Receipt | None:
    """None: it is of a message that somebody else sent from this number."""
    reference = text(status, "biz_opaque_callback_data")
    if ids.split_attempt_id(reference) is None:
        return None
    kind = STATUSES.get(text(status, "status"))
    if kind is None:
        raise Unreadable("unknown_status")
    at = seconds(status, "timestamp")
    if kind is not ReceiptStatus.FAILED:
        category = text(status, "pricing", "category")[:40]
        return Receipt(reference=reference, status=kind, at=at, category=category)
    errors = children(status, "errors") or children(value, "errors")
    code = text(errors[0], "code") if errors else ""
    found = verdict(code, Verdict("failed"))
    return Receipt(reference=reference, status=kind, at=at, reason=found.coded(code), advice=found.advice)


def _reply(message: Json, value: Json) -> Reply | None:
    """What has no text (a voice message, a place) has an empty one. None: nothing was said to us."""
    kind = text(message, "type")
    if kind in SAY_NOTHING:
        return None
    said, button = _said(message, kind)
    identifier, sender = text(message, "id"), _sender(message, value)
    if not identifier or not sender:
        raise Unreadable("message_without_id_or_sender")
    return Reply(
        id=identifier,
        channel=Channel.WHATSAPP,
        sender=sender,
        text=said,
        at=seconds(message, "timestamp"),
        button=button,
        answers=text(message, "context", "id"),
    )


def _said(message: Json, kind: str) -> tuple[str, str]:
    """(text, our id of the button). A template's button comes as `button`, any other as `interactive`."""
    if kind == "button":
        return text(message, "button", "text"), text(message, "button", "payload")
    if kind == "interactive":
        pressed = child(message, "interactive", text(message, "interactive", "type"))
        return text(pressed, "title"), text(pressed, "id")
    return text(message, "text", "body") or text(message, kind, "caption"), ""


def _sender(item: Json, value: Json) -> str:
    """A phone as E.164; who hides it has a business-scoped user id alone."""
    contacts = children(value, "contacts")
    contact = contacts[0] if len(contacts) == 1 else {}
    phone = text(item, "from") or text(item, "wa_id") or text(contact, "wa_id")
    return e164(phone) or text(item, "from_user_id") or text(item, "user_id") or text(contact, "user_id")


def _preference(item: Json, value: Json) -> Reply | None:
    """WhatsApp's own switch for marketing. It has no id: user id, choice and time make one."""
    choice = text(item, "value").lower()
    if text(item, "category") != "marketing_messages" or choice not in ("stop", "resume"):
        return None
    sender, at = _sender(item, value), seconds(item, "timestamp")
    if not sender:
        raise Unreadable("preference_without_sender")
    user = next((text(each, "user_id") for each in (*children(value, "contacts"), item)), "")
    return Reply(
        id=ids.digest(32, "preference", user, choice, at.isoformat()),
        channel=Channel.WHATSAPP,
        sender=sender,
        text="",
        at=at,
        stop_marketing=choice == "stop",
    )
