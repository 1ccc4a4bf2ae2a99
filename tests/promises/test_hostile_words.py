"""What a shop or a buyer writes is data and stays it: on the phones of each channel and on the page."""

import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from aftercart.domain.consent import Channel
from aftercart.domain.links import is_public
from sandbox.fakes import FakeMessage
from sandbox.player import Player
from tests.promises.hostile.shop_floor import (
    a_parcel,
    all_is_well,
    an_order,
    buyer,
    carried_by,
    links,
    post_raw,
    raw,
    shop_floor,
    texts,
)

ROOT = Path(__file__).parents[2]

# What it says, and whether it may stand in a text at all (in whatever harmless form).
WORDS = {
    "liquid": "{{ 7 | times: 1111111 }}",
    "liquid's variable": "{{ brand.name }}{{ link }}",
    "liquid's loop": "{% for x in (1..999999) %}x{% endfor %}",
    "liquid's comment": "{% comment %}",
    "str.format": "{0.__class__.__mro__}",
    "printf": "%s%n%1000000d",
    "a shell": "$(reboot) `reboot` ; rm -rf /",
    "jndi": "${jndi:ldap://169.254.169.254/a}",
    "stars": "*bold* _it_ ~no~ ```code```",
    "right to left": "Anna \u202egnp.exe\u2066\u200f\u061c",
    "unseen": "An\u200bna\ufeff\u00ad\u2060\U000e0041",
    "lines": "Anna\r\nBcc: all@customer.example\r\n\r\nHello\u2028there\x0b\x85!",
    "controls": "Anna\x00\x07\x1b[31m\x7f",
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&lt;",
    "sql": "'; DROP TABLE customers; --",
    "a sheet": "=cmd|'/C calc'!A1",
    "a link": "http://169.254.169.254/latest/meta-data",
    "a script's link": "javascript://x/%0aalert(1)",
    "a placeholder": "{{1}} {{2}} %number% %product%",
    "very long": "Anna " * 4_000,
    "one long word": "A" * 20_000,
    "families": "👩‍👩‍👧‍👦" * 60,
    "accents": "A" + "\u0301" * 5_000,
    "nothing": " \u200b\t",
}  # fmt: skip


# Which channel carries which part of the order's life: each word is seen on all three.
LIFE = (
    ("in_transit", Channel.VIBER),
    ("out_for_delivery", Channel.SMS),
    ("ready_for_pickup", Channel.WHATSAPP),
    ("delivered", Channel.SMS),
)


def hostile_story(player: Player, word: str) -> None:
    """It stands wherever a text could name it, and the order lives its whole life."""
    order = an_order(
        player,
        buyer(first_name=word, last_name=word, city=word, locale=word, province=word),
        name=word,
        currency=word,
        order_status_url=word,
        note=word,
    )
    money = {"amount": "100.00", "currency_code": word}
    order["total_price_set"] = {"presentment_money": money, "shop_money": money}
    order["line_items"].append({**order["line_items"][0], "id": 77, "sku": word, "title": word, "name": word})
    assert post_raw(player, "orders/create", raw(order)) == 200
    named = {"tracking_company": word, "tracking_number": word, "tracking_numbers": [word, word]}
    for status, channel in LIFE:
        carried_by(player, channel)
        parcel = a_parcel(player, order, status, **named, tracking_url=word, tracking_urls=[word])
        assert post_raw(player, "fulfillments/update", raw(parcel)) == 200
        player.wait(hours=3)
    player.wait(days=4)


@pytest.mark.parametrize("kind", WORDS)
def test_a_word_is_shown_as_a_word_or_not_at_all(kind: str) -> None:
    with shop_floor() as player:
        hostile_story(player, WORDS[kind])
        assert all_is_well(player)
        shown = player.sandbox.shown()
        assert {each.channel for each in shown} == {Channel.WHATSAPP, Channel.VIBER, Channel.SMS}
        for message in shown:
            assert_harmless(message)
        found = links(shown)
        assert {link.split("/m/")[0] for link in found} == {"https://kram.example"}
        for link in found:
            assert_whole(page_of(player, link))


def assert_harmless(message: FakeMessage) -> None:
    assert "7777777" not in message.text  # Liquid would have counted
    assert "xxxxxxxxxx" not in message.text
    assert len(message.text) <= 1024
    strange = {c for c in message.text if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")}
    assert strange <= {"\n", "\u200c", "\u200d"}
    assert message.channel is Channel.SMS or not set("*_~`") & set(message.text)
    assert not any(line.startswith(("Bcc:", "Hello", "there")) for line in message.text.splitlines())


def assert_whole(page: str) -> None:
    """Nothing that was inserted opened an element, closed one or turned the writing round."""
    assert set(re.findall(r"<(/?[a-z0-9!]+)", page)) <= ELEMENTS
    assert not {c for c in page if unicodedata.category(c) in ("Cc", "Cs")} - {"\n"}
    assert not set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068") & set(page)


ELEMENTS = {
    each
    for name in (
        "html",
        "head",
        "title",
        "style",
        "body",
        "main",
        "h1",
        "p",
        "section",
        "strong",
        "form",
        "button",
        "details",
        "summary",
        "label",
        "select",
        "option",
        "fieldset",
        "legend",
        "div",
    )
    for each in (name, f"/{name}")
} | {"!doctype", "meta", "input", "br", "a", "/a"}


def page_of(player: Player, link: str) -> str:
    return player.sandbox.request("GET", link.removeprefix("https://kram.example"), {}).body.decode()


def test_what_looks_like_a_text_of_ours_is_shown_as_it_was_written() -> None:
    """Or the last test might show only that such words are left out."""
    with shop_floor() as player:
        post_raw(player, "orders/create", raw(an_order(player, name="{{ brand.name }}{{ 7 | plus: 1 }}")))
        assert "{{ brand.name }}{{ 7 | plus: 1 }}" in texts(player)[0]


# Where the buyer can be reached. Whatever is not a number of a phone is no number; it never reaches a call.
PHONES = (
    "+380671234567\r\nX-Injected: 1",
    "+380671234567\n+380501111111",
    "+380671234567,+380501111111",
    "+380671234567;ext=1",
    "tel:+380671234567;phone-context=evil.example",
    "٠٦٧١٢٣٤٥٦٧",
    "+38067123456" + "7" * 5_000,
    "{{7*7}}",
    "+380671234567\x00",
    "\u202e+380671234567",
    "0" * 250,
    "(((((((((((067",
)


@pytest.mark.parametrize("phone", PHONES)
def test_only_a_number_of_a_phone_reaches_a_provider(phone: str) -> None:
    with shop_floor() as player:
        assert post_raw(player, "orders/create", raw(an_order(player, buyer(phone=phone)))) == 200
        assert all_is_well(player)
        for message in player.sandbox.shown():
            assert message.address == "+380671234567"
        stored = [customer.addresses for customer in player.sandbox.records().customers.values()]
        numbers = {a.value for each in stored for c, a in each.items() if c is not Channel.EMAIL}
        assert numbers <= {"+380671234567"}


@pytest.mark.parametrize(
    "email",
    (
        "buyer@customer.example\r\nBcc: all@customer.example",
        "buyer@customer.example\nX: 1",
        "<buyer@customer.example>",
        "a@b@c.example",
        "a" * 5_000 + "@customer.example",
        "{{7*7}}@customer.example",
    ),
)
def test_no_line_is_broken_by_an_email(email: str) -> None:
    with shop_floor() as player:
        order = an_order(player, email=email, contact_email=email)
        order["customer"]["email"] = email
        assert post_raw(player, "orders/create", raw(order)) == 200
        assert all_is_well(player)
        for customer in player.sandbox.records().customers.values():
            address = customer.addresses.get(Channel.EMAIL)
            assert address is None or not set("\r\n <>\x00") & set(address.value)


# (link, may it be shown)
LINKS = (
    ("https://kram.example/orders/1?key=2", True),
    ("http://track.kram.example:8443/a/b_c-d.e/~f?g=%20&h=[i]#j", True),
    ("https://xn--80aswg.xn--p1ai/", True),
    ("http://169.254.169.254/latest/meta-data/iam/security-credentials/", False),
    ("http://[fd00:ec2::254]/latest/meta-data", False),
    ("http://[::ffff:169.254.169.254]/", False),
    ("http://2852039166/", False),
    ("http://0xA9FEA9FE/", False),
    ("http://0251.0376.0251.0376/", False),
    ("http://169.254.169.254.", False),
    ("http://127.1/", False),
    ("http://10.0.0.1/", False),
    ("http://192.168.1.1:80/", False),
    ("http://localhost/", False),
    ("http://localhost:9001/2018-06-01/runtime/invocation/next", False),
    ("http://localhost.localdomain/", False),
    ("http://LOCALHOST/", False),
    ("http://metadata.google.internal/computeMetadata/v1/", False),
    ("http://printer.local/", False),
    ("http://wiki.corp/", False),
    ("http://1.0.0.127.in-addr.arpa/", False),
    ("http://intranet/", False),
    ("https://kram.example@169.254.169.254/", False),
    ("https://kram.example:secret@evil.example/", False),
    ("https://evil.example\\@kram.example/", False),
    ("https://kram.example\\.evil.example", False),
    ("https://kram.example /", False),
    ("https://kram.example/\r\nSet-Cookie: a=b", False),
    ("https://kram.example/\u202egnp", False),
    ("https://kram。example/", False),
    ("https://крам.укр/", False),
    ("https://kram.example/\"><script>", False),
    ("https:/kram.example/", False),
    ("https:kram.example", False),
    ("//kram.example/orders", False),
    ("file:///etc/passwd", False),
    ("ftp://kram.example/", False),
    ("gopher://kram.example/", False),
    ("javascript:alert(1)", False),
    ("data:text/html,<script>alert(1)</script>", False),
    ("tel:+380441112233", False),
    ("", False),
    ("https://", False),
    ("https://.example/", False),
    ("https://-.example/", False),
    ("https://kram.e/", False),
    ("https://" + "a." * 1_100 + "example/", False),
    ("https://kram.example/" + "a" * 3_000, False),
)  # fmt: skip


OUR_CHATS = ["https://m.me/kram.example", "https://ig.me/m/kram.example"]


@pytest.mark.parametrize(("url", "shown"), LINKS)
def test_a_link_is_shown_where_its_host_looks_public(url: str, shown: bool) -> None:
    assert is_public(url) is shown


def test_a_link_into_a_network_reaches_no_phone_and_no_page() -> None:
    hostile = [url for url, shown in LINKS if not shown]
    with shop_floor() as player:
        for n, url in enumerate(hostile):
            person = buyer(id=7_400_000_000_100 + n, phone=f"+38067123{n:04d}")
            order = an_order(player, person, number=2_000 + n, order_status_url=url)
            assert post_raw(player, "orders/create", raw(order)) == 200
            parcel = a_parcel(player, order, "in_transit", tracking_url=url, tracking_urls=[url, None, 7])
            assert post_raw(player, "fulfillments/update", raw(parcel)) == 200
        assert all_is_well(player)
        shown = player.sandbox.shown()
        assert len(shown) == 2 * len(hostile)
        found = links(shown)
        assert {link.split("/m/")[0] for link in found} == {"https://kram.example"}
        assert not [url for url in hostile if len(url) > 10 and url in " ".join(texts(player))]
        for link in found:
            assert re.findall(r'<a href="([^"?]*)', page_of(player, link)) == OUR_CHATS


def test_a_public_link_is_shown() -> None:
    """Or the last test would show nothing."""
    with shop_floor() as player:
        order = an_order(player)
        post_raw(player, "orders/create", raw(order))
        parcel: dict[str, Any] = {"tracking_urls": ["http://localhost/", "https://track.example/7"]}
        post_raw(player, "fulfillments/update", raw(a_parcel(player, order, "in_transit", **parcel)))
        player.wait(hours=3)
        found = links(player.sandbox.shown())
        assert "https://track.example/7" in found
        (page,) = {link for link in found if "/m/" in link}
        assert 'href="https://kram.example/80001/orders/' in page_of(player, page)


def test_nothing_that_is_deployed_can_fetch_a_link() -> None:
    """One module knows HTTP, and those that use it ask their providers' own addresses.

    Web push asks a browser's push service, at what `of_address` has let through.
    """
    sources = [*ROOT.glob("shared/aftercart/**/*.py"), *ROOT.glob("functions/**/*.py")]
    text = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in sources}
    fetching = re.compile(
        r"^\s*(?:import|from) (?:urllib3|urllib\.request|http\.client|socket|requests)\b", re.M
    )
    assert [name for name in text if fetching.search(text[name])] == ["shared/aftercart/channels/http.py"]
    assert [name for name in text if "http.request(" in text[name]] == [
        "shared/aftercart/channels/http_call.py"
    ]
    asking = re.compile(r"\bsent_by\(\s*self\.(?:_http,\s*self\._url|http,\s*browser\.endpoint),")
    senders = [name for name in text if "channels.http_call import" in text[name]]
    assert sorted(senders) == [
        f"shared/aftercart/channels/{n}.py"
        for n in ("infobip_viber", "meta_pages", "meta_whatsapp", "turbosms_viber", "twilio_sms", "web_push")
    ]
    assert all(text[name].count("sent_by(") == len(asking.findall(text[name])) == 1 for name in senders)
