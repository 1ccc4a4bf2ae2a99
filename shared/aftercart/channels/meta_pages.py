"""What Messenger and Instagram share: the message and error codes of the Send API, the events of webhooks.

Both let a business answer for 24 hours after the customer wrote, and not write first. Neither has a text
beside a picture: what has both is a generic template, whose elements have two lines. Sources:
developers.facebook.com/documentation/business-messaging/messenger-platform (send-messages, webhooks,
error-codes; send-messages/template/generic) and .../instagram-messaging (generic-template).
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from aftercart.channels.entry import Webhook
from aftercart.channels.http_call import sent_by
from aftercart.channels.meta_whatsapp import VERSION, challenge, verify
from aftercart.channels.reading import Event, Json, child, children, collect, parse, seconds, text
from aftercart.channels.spelled_out import spelled_out
from aftercart.channels.verdicts import BUSY, Verdict, of_status
from aftercart.domain import ids
from aftercart.domain.consent import Channel
from aftercart.domain.content import Button, Card, Content
from aftercart.domain.message import Outcome, Receipt, ReceiptStatus
from aftercart.domain.words import meaning
from aftercart.ports import Http, Outgoing, Reply, Secrets, Sent, Unreadable

MOST_QUICK_REPLIES, MOST_BUTTONS, MOST_ELEMENTS = 13, 3, 10
LONGEST_ABOVE_LINKS, LONGEST_LINE = 640, 80  # characters
LONGEST_TITLE = 20
SHOWS = frozenset({"buttons", "links", "image", "cards"})
_END = re.compile(r"(?<=[.!?…])\s+|\s*\n\s*")  # of a sentence or of a line

_UNKNOWN = Verdict("provider_fault", outcome=Outcome.UNKNOWN)
_ACCESS = Verdict("not_authorised", "alarm")
_ACCOUNT = Verdict("account_restricted", "alarm")
_PARAMETER = Verdict("parameter_refused", "alarm")
_CLOSED = Verdict("window_closed")
_AWAY = Verdict("not_available")
# They wrote to us a moment ago: the page or the token is another than the one whose webhook that was.
_NOBODY = Verdict("no_such_user", "alarm")

OUTCOMES: Mapping[int, Verdict] = {
    **dict.fromkeys((4, 17, 32, 613, 80006), BUSY),
    **dict.fromkeys((1, 2, 1200), _UNKNOWN),
    **dict.fromkeys((0, 3, 10, 102, 190, *range(200, 300)), _ACCESS),
    **dict.fromkeys((368, 2022), _ACCOUNT),
    100: _PARAMETER,
    551: _AWAY,
}
# They say more than their code does, which may be another for the same thing.
SUBCODES: Mapping[int, Verdict] = {
    **dict.fromkeys((2018065, 2018278, 2534022), _CLOSED),
    2018108: Verdict("blocked", "opted_out"),  # the person has turned off what the page writes
    1545041: _AWAY,
    **dict.fromkeys((2018001, 2534014), _NOBODY),
}

# What happens in a chat and says nothing to us. Receipts of delivery and reading are among them: they name
# messages by Meta's ids alone.
SAY_NOTHING = (
    "delivery",
    "read",
    "reaction",
    "message_edit",
    "optin",
    "account_linking",
    "app_roles",
    "pass_thread_control",
    "take_thread_control",
    "request_thread_control",
    "policy_enforcement",
)


class MetaPage:
    """`entry.Sender`, as the page or account `account`. `key`: the secret's field with its token.

    `named`: the message carries our reference, which comes back in its echo. `longest`: characters of a text.
    """

    def __init__(
        self,
        http: Http,
        secrets: Secrets,
        *,
        base_url: str,
        account: str,
        key: str,
        named: bool,
        longest: int,
    ) -> None:
        self._http = http
        self._secrets = secrets
        self._url = f"{base_url.rstrip('/')}/{VERSION}/{account}/messages"
        self._key = key
        self._named = named
        self._longest = longest

    def send(self, outgoing: Outgoing) -> Sent:
        return sent_by(
            self._http,
            self._url,
            json.dumps(message(outgoing, named=self._named, longest=self._longest)).encode(),
            secrets=self._secrets,
            field=self._key,
            headers=lambda token: {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            outcome=outcome,
        )


def message(outgoing: Outgoing, *, named: bool, longest: int) -> dict[str, Any]:
    """An answer: the only type that is left without a tag, and the one tag that is left is for people."""
    return {
        "recipient": {"id": outgoing.to},
        "messaging_type": "RESPONSE",
        "message": {
            **_content(outgoing.content, longest),
            **({"metadata": outgoing.reference} if named else {}),
        },
    }


def _content(content: Content, longest: int) -> dict[str, Any]:
    """What is pictured where its words fit; quick replies, or up to three links as buttons; what does not
    fit is said in the text."""
    if lines := two_lines(content):
        elements = [_said(*lines, content), *(_thing(card) for card in content.cards)]
        return _template({"template_type": "generic", "elements": elements})
    replies = [button for button in content.buttons if button.reply][:MOST_QUICK_REPLIES]
    links = [button for button in content.buttons if button.url]
    above = spelled_out(content.text, (), content.cards)
    if links and not replies and len(links) <= MOST_BUTTONS and len(above) <= LONGEST_ABOVE_LINKS:
        buttons = [_button(each) for each in links]
        return _template({"template_type": "button", "text": above, "buttons": buttons})
    said = {"text": spelled_out(content.text, links, content.cards, longest)}
    return {**said, "quick_replies": [_quick_reply(each) for each in replies]} if replies else said


def two_lines(content: Content) -> tuple[str, str] | None:
    """The title and the subtitle that say the text of what is pictured. None: that cannot be shown so.

    An element needs something besides its title, and in neither line an address can be pressed.
    """
    if not (content.image or content.cards) or "://" in content.text:
        return None
    if len(content.buttons) > MOST_BUTTONS or len(content.cards) >= MOST_ELEMENTS:
        return None
    if any(len(card.title) > LONGEST_LINE for card in content.cards):
        return None
    title, subtitle = _parted(content.text)
    return (title, subtitle) if title and (subtitle or content.image or content.buttons) else None


def _parted(said: str) -> tuple[str, str]:
    """Where the first sentence or line ends after which both parts fit; else as a title alone, if it fits."""
    parted = [(said[: end.start()], said[end.end() :]) for end in _END.finditer(said)]
    whole = (said, "")
    return next((two for two in (*parted, whole) if max(map(len, two)) <= LONGEST_LINE), ("", ""))


def _said(title: str, subtitle: str, content: Content) -> dict[str, Any]:
    """The first of the elements: the words, and below them all buttons."""
    given = {
        "subtitle": subtitle,
        "image_url": content.image,
        "buttons": [_button(each) for each in content.buttons],
    }
    return {"title": title, **{name: each for name, each in given.items() if each}}


def _thing(card: Card) -> dict[str, str]:
    return {"title": card.title, "image_url": card.image}


def _template(payload: dict[str, Any]) -> dict[str, Any]:
    return {"attachment": {"type": "template", "payload": payload}}


def _button(button: Button) -> dict[str, str]:
    does = (
        {"type": "postback", "payload": button.reply}
        if button.reply
        else {"type": "web_url", "url": button.url}
    )
    return {**does, "title": button.title[:LONGEST_TITLE]}


def _quick_reply(button: Button) -> dict[str, str]:
    return {"content_type": "text", "title": button.title[:LONGEST_TITLE], "payload": button.reply}


def outcome(status: int, answer: bytes) -> Sent:
    """What the answer to a call says."""
    try:
        found = parse(answer)
    except Unreadable:
        found = {}
    if 200 <= status < 300:
        return Sent(outcome=Outcome.ACCEPTED, provider_id=text(found, "message_id"))
    code, subcode = (text(found, "error", name) for name in ("code", "error_subcode"))
    row = SUBCODES.get(_number(subcode)) or OUTCOMES.get(_number(code)) or of_status(status)
    return row.sent("/".join(filter(None, (code, subcode))) or status)


def _number(code: str) -> int:
    return int(code) if code.isdecimal() and len(code) < 10 else -1


def webhook(key: str) -> Webhook:
    """Meta signs for all its apps alike. `key`: the field of the secret with this app's."""
    return Webhook(
        key=key,
        verify=lambda received, keys: verify(received.headers, received.body, keys),
        challenge_key="meta_verify",
        challenge=challenge,
    )


def is_user(address: str) -> bool:
    """The id that a page or an account knows somebody by."""
    return address.isascii() and address.isdecimal()


def read(body: bytes, kind: str, channel: Channel) -> list[Event]:
    """Receipts and replies of a webhook whose `object` is of this kind."""
    found = parse(body)
    if text(found, "object") != kind or not isinstance(found.get("entry"), list):
        raise Unreadable(f"not_{channel}")
    return collect(_readers(children(found, "entry"), channel))


def _readers(entries: Sequence[Json], channel: Channel) -> Iterator[Callable[[], Event | None]]:
    for entry in entries:
        yield from (partial(_event, item, channel) for item in children(entry, "messaging"))
        yield from (partial(_overheard, item, channel) for item in children(entry, "standby"))


def _event(item: Json, channel: Channel) -> Event | None:
    """None: nothing was said to us."""
    if "message" in item:
        said = child(item, "message")
        return _echo(item) if said.get("is_echo") is True else _message(item, said, channel)
    if "postback" in item:
        return _postback(item, child(item, "postback"), channel)
    if "referral" in item:
        return _arrival(item, child(item, "referral"), channel)
    if not any(name in item for name in SAY_NOTHING):
        raise Unreadable("unknown_event")
    return None


def _overheard(item: Json, channel: Channel) -> Event | None:
    """Said while another app has the chat, which answers it. A STOP is for everyone."""
    event = _event(item, channel)
    return event if isinstance(event, Reply) and meaning(event.text) == "stop" else None


def _echo(item: Json) -> Receipt | None:
    """What the page has sent comes back with what we put to it. None: somebody else sent it."""
    reference = text(item, "message", "metadata")
    if ids.split_attempt_id(reference) is None:
        return None
    return Receipt(reference=reference, status=ReceiptStatus.SENT, at=seconds(item, "timestamp", 1000))


def _message(item: Json, said: Json, channel: Channel) -> Reply | None:
    """What has no text (a picture, a voice message) has an empty one."""
    if said.get("is_deleted") is True:
        return None
    return _reply(
        item,
        channel,
        text(said, "mid"),
        said=text(said, "text"),
        button=text(said, "quick_reply", "payload"),
        answers=text(said, "reply_to", "mid"),
        ref=text(said, "referral", "ref"),
    )


def _postback(item: Json, pressed: Json, channel: Channel) -> Reply | None:
    """A button of ours; with a referral it is the one that begins a chat, and says no more than that."""
    if "referral" in pressed:
        return _arrival(item, child(pressed, "referral"), channel)
    title, payload = text(pressed, "title"), text(pressed, "payload")
    made = ids.digest(32, "postback", text(item, "sender", "id"), text(item, "timestamp"), payload)
    return _reply(item, channel, text(pressed, "mid") or made, said=title, button=payload)


def _arrival(item: Json, referral: Json, channel: Channel) -> Reply | None:
    """They came by a link. It has no id: who, when and by which link make one. None: by an advertisement."""
    ref = text(referral, "ref")
    if not ref:
        return None
    made = ids.digest(32, "referral", text(item, "sender", "id"), text(item, "timestamp"), ref)
    return _reply(item, channel, made, ref=ref)


def _reply(
    item: Json,
    channel: Channel,
    identifier: str,
    *,
    said: str = "",
    button: str = "",
    answers: str = "",
    ref: str = "",
) -> Reply:
    sender = text(item, "sender", "id")
    if not identifier or not sender:
        raise Unreadable("message_without_id_or_sender")
    return Reply(
        id=identifier,
        channel=channel,
        sender=sender,
        text=said,
        at=seconds(item, "timestamp", 1000),
        button=button,
        answers=answers,
        ref=ref,
    )
