"""What is fuzzed: every pure parser of what others send, with what it may answer, and seeds to begin from.

A target takes any bytes and raises where its parser breaks its word: by another error than the declared one,
or by letting through what the rest of the product relies on never to meet.
"""

import json
import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aftercart.channels import (
    aws_sms,
    aws_whatsapp,
    infobip_viber,
    meta_pages,
    meta_whatsapp,
    push_subscription,
    turbosms_viber,
    twilio_sms,
    web_push,
)
from aftercart.channels.entry import Received
from aftercart.channels.reading import Event, PartlyUnreadable
from aftercart.domain import ids
from aftercart.domain.consent import Channel
from aftercart.domain.links import CHAT, chat_url, is_public, message_of, page_token
from aftercart.domain.message import Receipt
from aftercart.domain.order import Shipment
from aftercart.domain.template import TemplateNews
from aftercart.domain.words import meaning
from aftercart.ports import Unreadable
from aftercart.shops import phones, shopify
from aftercart.texts.clean import Cleaner, one_line
from aftercart.texts.segments import Encoding, encoding, parts, sms_safe
from sandbox.fakes.browser import Browser
from sandbox.shop_settings import SHOP
from sandbox.sign_events import EVENTS, body_of
from sandbox.trials.hostile.genuine import TOKENS, routes

KEY = b"a key of the fuzzer's"
E164 = re.compile(r"\+[1-9]\d{6,14}")
ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
MEANINGS = {"", "stop", "start", "yes", "help", "1", "2", "3", "4", "5"}
PHONES = ("067 123 45 67", "+380671234567", "80671234567", "(067)123-45-67", "+1 212 555 0100 ext. 5", "112")
SAID = ("STOP", "стоп!", " Не  пишіть ", "ΣΤΟΠ", "1", "так", "ｓｔｏｐ", "S\u200bTOP", "cancel my order", "?")


def _order(body: bytes) -> None:
    try:
        news = shopify.read_order(body, shopify.PLACED, SHOP)
    except Unreadable:
        return
    order, buyer = news.order, news.buyer
    assert ID.fullmatch(order.id)
    assert order.placed_at.tzinfo
    assert order.updated_at.tzinfo
    assert not order.status_url or is_public(order.status_url)
    assert order.total is None or (order.total.amount >= 0 and len(order.total.currency) == 3)
    assert all(line.quantity >= 0 and line.price.amount >= 0 for line in order.lines)
    assert not buyer.phone or E164.fullmatch(buyer.phone)
    assert not set("\r\n <>\x00") & set(buyer.email)
    for text in (order.number, buyer.first_name, *(line.title for line in order.lines)):
        assert "\n" not in text
        text.encode()
    for shipment in order.shipments.values():
        _parcel(shipment)


def _parcel(shipment: Shipment) -> None:
    assert ID.fullmatch(shipment.id)
    assert shipment.stages
    assert not shipment.tracking_url or is_public(shipment.tracking_url)


def _shipment(body: bytes) -> None:
    try:
        news = shopify.read_shipment(body, SHOP)
    except Unreadable:
        return
    assert ID.fullmatch(news.order)
    _parcel(news.shipment)


def _events(read: Callable[[], list[Event]]) -> None:
    try:
        events = read()
    except PartlyUnreadable as fault:
        events = list(fault.events)
    except Unreadable:
        return
    for event in events:
        assert event.at.tzinfo
        if isinstance(event, Receipt):
            assert ids.split_attempt_id(event.reference)
        elif isinstance(event, TemplateNews):
            assert event.name
            assert event.language
        else:
            assert event.id
            assert event.sender
            event.text.encode()


def _chats(body: bytes) -> None:
    for kind, channel in (("page", Channel.MESSENGER), ("instagram", Channel.INSTAGRAM)):
        _events(lambda kind=kind, channel=channel: meta_pages.read(body, kind, channel))  # type: ignore[misc]


def _sms(body: bytes) -> None:
    """The notification's text, its time and its id: as the topic hands them on."""
    text, _, more = body.decode("utf-8", "surrogateescape").partition("\x00")
    at, _, identifier = more.partition("\x00")
    _events(lambda: aws_sms.read(text, at or "2026-11-23T12:01:03.123Z", identifier or "id"))


def _social(body: bytes) -> None:
    """An entry of Meta's inside AWS's event, and a whole event."""
    entry = body.decode("utf-8", "surrogateescape")
    for event in (json.dumps({"whatsAppWebhookEntry": entry}), entry):
        _events(lambda event=event: aws_whatsapp.read(event.encode("utf-8", "surrogatepass")))  # type: ignore[misc]


def _twilio(body: bytes) -> None:
    """A form, and the query of the address that it came to."""
    form, _, query = body.partition(b"\x00")
    url = f"https://kram.example/twilio/sms?{query.decode('utf-8', 'surrogateescape')}"
    received = Received(body=form, url=url, at="2026-11-23T12:01:03.123+00:00")
    _events(lambda: twilio_sms.read(received))


def _web_push(body: bytes) -> None:
    """A receipt of our worker's, and an address that somebody has given us."""
    _events(lambda: web_push.read(Received(body=body, at="2026-11-23T12:01:03.123+00:00")))
    assert not web_push.verify(body, (KEY, b""))
    known = push_subscription.of_address(body.decode("utf-8", "surrogateescape"))
    assert known is None or push_subscription.of_address(known.address) == known


def _verify(body: bytes) -> None:
    """A header and a body, as they come: nobody without the key may be believed."""
    text, _, rest = body.partition(b"\x00")
    for given in {text.decode("latin-1"), text.decode("utf-8", "surrogateescape")}:
        for name in ("x-shopify-hmac-sha256", "X-Hub-Signature-256", "X-Hub-Signature", "Authorization"):
            headers = {name: given}
            for verify in (shopify.verify, meta_whatsapp.verify, infobip_viber.verify):
                assert not verify(headers, rest, (KEY, b""))
                assert not verify(headers, rest, ())
        signed = {"X-Twilio-Signature": given}
        assert not twilio_sms.verify(Received(body=rest, headers=signed, url=given), (KEY, b""))
        query = {"hub.mode": "subscribe", "hub.verify_token": given, "hub.challenge": "1"}
        assert meta_whatsapp.challenge(query, (KEY, b"")) is None


def _answer(body: bytes) -> None:
    """What a provider answers to a send: any status, any body, is an outcome."""
    status, rest = 100 + (body[0] if body else 0) * 2, body[1:]
    for outcome in (
        meta_whatsapp.outcome,
        meta_pages.outcome,
        infobip_viber.outcome,
        twilio_sms.outcome,
        turbosms_viber.outcome,
        web_push.outcome,
    ):
        outcome(status, rest)


def _phone(body: bytes) -> None:
    typed, _, country = body.decode("utf-8", "surrogateescape").partition("\x00")
    for each in (country, "UA", "US", ""):
        found = phones.reachable(typed, each)
        assert not found or E164.fullmatch(found)
        assert not found or (phones.e164(found, "") == found and len(phones.country_of(found)) in (0, 2))


def _meaning(body: bytes) -> None:
    said = body.decode("utf-8", "surrogateescape")
    found = meaning(said)
    assert found in MEANINGS
    assert meaning(f"\u200b{said} ") == found  # what is not seen changes nothing
    assert meaning(f"{said} STOP") == "stop"


def _token(body: bytes) -> None:
    token = body.decode("utf-8", "surrogateescape")
    found = message_of(token, (KEY, b""))
    assert found is None or page_token(found, KEY) == token
    assert message_of(token, ()) is None
    chat = message_of(token, (KEY,), CHAT)
    assert chat is None or chat_url("", chat, KEY) == f"?ref={token}"


def _link(body: bytes) -> None:
    url = body.decode("utf-8", "surrogateescape")
    if is_public(url):
        host, _, top = url.split("/")[2].partition(":")[0].partition("?")[0].partition("#")[0].rpartition(".")
        assert host.isascii()
        assert host
        assert not top.isdecimal()
        assert url.isprintable()


def _segments(body: bytes) -> None:
    text = body.decode("utf-8", "surrogateescape")
    for each in (text, sms_safe(text)):
        found, longest = parts(each), 160 if encoding(each) is Encoding.GSM_7 else 70
        assert "".join(found) == each
        assert all(len(part) <= longest for part in found)


def _cleaned(body: bytes) -> None:
    text = body.decode("utf-8", "surrogateescape")
    assert one_line(one_line(text)) == one_line(text)
    for channel in (Channel.WHATSAPP, Channel.SMS):
        clean = Cleaner(channel)
        for found in (clean.name(text), clean.title(text), clean.words(text)):
            assert found is None or (found and "\n" not in found and "://" not in found and len(found) <= 80)
        link = clean.url(text)
        assert link is None or is_public(link)


@dataclass(frozen=True, slots=True)
class Parser:
    target: Callable[[bytes], None]
    seeds: Callable[[], list[bytes]]


def _bodies(*folders: str) -> Callable[[], list[bytes]]:
    """The bodies of our events, and one of all the others' to begin a wrong one with."""

    def seeds() -> list[bytes]:
        paths = [path for folder in folders for path in sorted((EVENTS / folder).glob("*.json"))]
        return [body for path in paths for body in _of_event(json.loads(path.read_bytes())) if body]

    return seeds


def _of_event(event: dict[str, Any]) -> Iterator[bytes]:
    yield body_of(event)
    for record in event.get("Records", []):
        yield record["Sns"]["Message"].encode()


def _proofs() -> list[bytes]:
    signed = [(route, event) for route in routes().values() if route.proof for event in route.events[:1]]
    return [event["headers"][route.proof].encode() + b"\x00" + body_of(event) for route, event in signed]


def _words(*words: str) -> Callable[[], list[bytes]]:
    return lambda: [word.encode() for word in words]


_REPLIES = _bodies("inbound_replies")
_FORMS = _words(
    "MessageStatus=delivered&MessageSid=SM1\x00ref=aaaaaaaaaaaaaa-bbbbbbbbbb-1",
    "MessageStatus=failed&ErrorCode=21610\x00ref=aaaaaaaaaaaaaa-bbbbbbbbbb-1",
    "MessageSid=SM2&From=%2B380671234567&Body=%D0%A1%D1%82%D0%BE%D0%BF&OptOutType=STOP",
)
_RECEIPTS = _words(
    '{"reference":"aaaaaaaaaaaaaa-bbbbbbbbbb-1","status":"shown","proof":"00"}', Browser.of("anyone").address
)
_ANSWERS = _words('d{"messages":[{"id":"wamid.1"}]}', '\xff{"error":{"code":131047}}')
_LINKS = _words("https://kram.example:8443/a?b#c", "http://169.254.169.254/", "http://xn--a.xn--p1ai")
_TEXTS = _words("Ваше замовлення €100 {ok} 👩‍👩‍👧", "Your order [1] is here ~", "a" * 161)
_TYPED = _words("Олена *b* _i_", "https://kram.example/a", "a\r\nb\u202ec", "Anna\u200b")
PARSERS: Mapping[str, Parser] = {
    "order": Parser(_order, _bodies("order_confirmation")),
    "shipment": Parser(_shipment, _bodies("delivery_tracking")),
    "whatsapp": Parser(lambda body: _events(lambda: meta_whatsapp.read(body)), _REPLIES),
    "viber": Parser(lambda body: _events(lambda: infobip_viber.read(body)), _REPLIES),
    "chats": Parser(_chats, _REPLIES),
    "sms": Parser(_sms, _REPLIES),
    "whatsapp through aws": Parser(_social, _REPLIES),
    "twilio": Parser(_twilio, _FORMS),
    "web push": Parser(_web_push, _RECEIPTS),
    "verify": Parser(_verify, _proofs),
    "answer": Parser(_answer, _ANSWERS),
    "phone": Parser(_phone, _words(*PHONES)),
    "meaning": Parser(_meaning, _words(*SAID)),
    "token": Parser(_token, _words(*TOKENS, page_token("a" * 14 + "-" + "b" * 10, KEY))),
    "link": Parser(_link, _LINKS),
    "segments": Parser(_segments, _TEXTS),
    "cleaned": Parser(_cleaned, _TYPED),
}

# Values that have broken somebody's parser before.
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 2**63, 10**40, 1e308, -0.0, 1.5, "", " ", "0", "-5.00", "1e400", "NaN", "null",
    "9" * 4_400, "\x00", "\u202e", "\ud800", "É" * 300, [], {}, [[]], [None], {"": None},
    "2026-11-23T12:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "https://kram.example",
    "http://169.254.169.254",
    "+380671234567", "{{7*7}}", "1795435320", "253402300800", "-62135596801", "aaaaaaaaaaaaaa-bbbbbbbbbb-1",
)  # fmt: skip


def mutated(data: bytes, dice: random.Random, most: int = 65_536) -> bytes:
    """A JSON body with some of its values changed, moved, doubled or gone; anything else byte by byte."""
    try:
        found = json.loads(data)
        for _ in range(dice.randrange(1, 5)):
            found = _changed(found, dice)
        made = json.dumps(found, ensure_ascii=dice.random() < 0.5).encode("utf-8", "surrogatepass")
    except (ValueError, RecursionError):
        made = data
    return (made if made != data and dice.random() < 0.9 else bytes_changed(made, dice))[:most]


def _changed(value: Any, dice: random.Random) -> Any:
    """One place of it, at random: the way down is random too."""
    if isinstance(value, dict) and value and dice.random() < 0.9:
        name = dice.choice(list(value))
        rest = {key: each for key, each in value.items() if key != name}
        match dice.randrange(8):
            case 0:
                return rest
            case 1:
                return {**value, dice.choice(list(value)): value[name]}
            case 2:
                return {**rest, name: [value[name]]}
            case _:
                return {**value, name: _changed(value[name], dice)}
    if isinstance(value, list) and value and dice.random() < 0.9:
        at = dice.randrange(len(value))
        if dice.random() < 0.2:
            return value[:at] + value[at:] * dice.randrange(3)
        return [*value[:at], _changed(value[at], dice), *value[at + 1 :]]
    if isinstance(value, str) and dice.random() < 0.3:
        return bytes_changed(value.encode("utf-8", "surrogatepass"), dice).decode("utf-8", "replace")
    return dice.choice(VALUES)


def bytes_changed(data: bytes, dice: random.Random) -> bytes:
    made = bytearray(data)
    for _ in range(dice.randrange(1, 6)):
        at = dice.randrange(len(made) + 1)
        match dice.randrange(4):
            case 0:
                made[at : at + 1] = bytes((dice.randrange(256),))
            case 1:
                made[at:at] = dice.choice(
                    (b"\x00", b'"', b"\\", b"[", b"{", b",", "é\u202e".encode(), b"\xff")
                )
            case 2:
                del made[at : at + dice.randrange(1, 9)]
            case _:
                made[at:at] = made[: dice.randrange(32)]
    return bytes(made)
