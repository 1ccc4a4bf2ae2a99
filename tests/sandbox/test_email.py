"""An order's news by e-mail: through SES as the sandbox plays it, and back over its topic."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from aftercart.domain.consent import Channel, Purpose
from aftercart.domain.customer import Customer
from aftercart.domain.message import Attempt, ReceiptStatus
from sandbox.cloud.http_api import Response
from sandbox.commands.demo import OLENA
from sandbox.fakes import Mode
from sandbox.player import Player
from sandbox.sandbox import Sandbox, compiled

NOON = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)  # a Monday, 12:00 in Kyiv
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ONE_CLICK = b"List-Unsubscribe=One-Click"
# RFC 8058 prefers this encoding of the form, and allows the other.
IN_PARTS = (
    b"--5f3c9a1e7b\r\n"
    b'Content-Disposition: form-data; name="List-Unsubscribe"\r\n'
    b"\r\n"
    b"One-Click\r\n"
    b"--5f3c9a1e7b--\r\n"
)
PARTS = {"Content-Type": "multipart/form-data; boundary=5f3c9a1e7b"}


@pytest.fixture(scope="module")
def by_email(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample brand, where news goes by e-mail first, in the words of its SMS."""
    folder = tmp_path_factory.mktemp("by_email") / "journeys"
    shutil.copytree(compiled(), folder)
    edit(folder / "brand.json", _with_a_leg)
    edit(folder / "texts.json", _with_words)
    return folder


def edit(path: Path, change: Any) -> None:
    found = json.loads(path.read_bytes())
    change(found)
    path.write_text(json.dumps(found), encoding="utf-8")


def _with_a_leg(brand: Any) -> None:
    brand["providers"]["email"] = ["ses"]
    for country in brand["countries"].values():
        country["senders"]["email"] = "Крам"
        country["one_way"].append("email")
        country["routes"]["news"].insert(0, {"channel": "email", "wait": "PT15M", "success": "delivered"})


def _with_words(texts: Any) -> None:
    wordings = (v for text in texts.values() for languages in text.values() for v in languages.values())
    for variants in wordings:
        for channels in variants.values():
            channels["email"] = channels["sms"]


@pytest.fixture(params=["aws", "memory"])
def player(request: pytest.FixtureRequest, by_email: Path) -> Iterator[Player]:
    with Sandbox(NOON, memory=request.param == "memory", made=by_email).open() as sandbox:
        yield Player(sandbox)


def attempts(player: Player) -> list[Attempt]:
    return [each for message in player.sandbox.records().messages.values() for each in message.attempts]


def customer(player: Player) -> Customer:
    (found,) = player.sandbox.records().customers.values()
    return found


def refused(player: Player, purpose: Purpose) -> set[Channel]:
    return {where for where, address in customer(player).addresses.items() if address.refused(purpose)}


def unsubscribe(player: Player, method: str, headers: dict[str, str], body: bytes) -> Response:
    (message,) = player.sandbox.shown()
    target = message.links[0].removeprefix("https://kram.example")
    found = player.sandbox.request(method, f"{target}/unsubscribe", headers, body)
    player.sandbox.settle()
    return found


def test_an_order_is_confirmed_by_email_and_its_delivery_ends_the_search(player: Player) -> None:
    player.orders(OLENA, 1001, ["ZIRVO-A1"])
    (message,) = player.sandbox.shown()
    assert (message.channel, message.provider, message.address) == (Channel.EMAIL, "ses", OLENA.email)
    assert "#1001" in message.title
    (attempt,) = attempts(player)
    assert attempt.provider_id == message.id
    assert attempt.receipt is not None
    assert attempt.receipt.status is ReceiptStatus.DELIVERED
    player.wait(days=1)
    assert len(player.sandbox.shown()) == 1


def test_news_that_bounces_goes_to_the_next_channel_at_once(player: Player) -> None:
    player.sandbox.break_channel(Channel.EMAIL, Mode.REJECT)
    player.orders(OLENA, 1001, ["ZIRVO-A1"])
    bounced, second = attempts(player)
    assert bounced.receipt is not None
    assert (bounced.receipt.reason, bounced.receipt.advice) == ("bounced NoEmail", "bad_address")
    assert (second.channel, second.claimed_at) == (Channel.WHATSAPP, NOON)
    assert [message.channel for message in player.sandbox.shown()] == [Channel.WHATSAPP]


def test_who_complains_gets_no_marketing_anywhere_and_their_news_elsewhere(player: Player) -> None:
    player.orders(OLENA, 1001, ["ZIRVO-A1"])
    complaint = player.sandbox.providers.complain(OLENA.email)
    for _ in range(2):  # SNS delivers at least once
        player.sandbox.providers.push(complaint)
        player.sandbox.settle()
    assert refused(player, Purpose.TRANSACTIONAL) == {Channel.EMAIL}
    assert refused(player, Purpose.MARKETING) == set(customer(player).addresses)
    said = customer(player).addresses[Channel.EMAIL].consent(Purpose.MARKETING)
    assert said is not None
    assert (said.source, said.explicit) == ("provider:email", True)
    player.orders(OLENA, 1002, ["ZIRVO-A1"])
    assert [message.channel for message in player.sandbox.shown()] == [Channel.EMAIL, Channel.WHATSAPP]


def test_an_email_whose_answer_is_lost_is_never_sent_again(player: Player) -> None:
    player.sandbox.faults.plan("sesv2.SendEmail", 1, "timed out though applied")
    player.orders(OLENA, 1001, ["ZIRVO-A1"])
    player.wait(days=1)
    assert [message.calls for message in player.sandbox.shown()] == [1]
    assert [attempt.shown for attempt in attempts(player)] == [True]


def test_what_sells_can_be_left_with_one_press_in_the_mailbox(player: Player) -> None:
    player.orders(OLENA, 1001, ["ZIRVO-A1"])
    (message,) = player.sandbox.shown()
    assert message.category == "marketing"
    assert refused(player, Purpose.MARKETING) == set()
    answer = unsubscribe(player, "POST", FORM, ONE_CLICK)
    assert answer.status == 200
    assert refused(player, Purpose.MARKETING) == set(customer(player).addresses)
    assert refused(player, Purpose.TRANSACTIONAL) == set()
    assert unsubscribe(player, "POST", PARTS, IN_PARTS).status == 200
    player.orders(OLENA, 1002, ["ZIRVO-A1"])
    assert [each.category for each in player.sandbox.shown()] == ["marketing", "transactional"]


@pytest.mark.parametrize("more", (b"", b"Content-Type: text/plain\r\n"), ids=("bare", "typed"))
def test_a_mailbox_may_send_its_form_in_parts(player: Player, more: bytes) -> None:
    player.orders(OLENA, 1001, ["ZIRVO-A1"])
    body = IN_PARTS.replace(b'"\r\n', b'"\r\n' + more)
    assert unsubscribe(player, "POST", PARTS, body).status == 200
    assert refused(player, Purpose.MARKETING) == set(customer(player).addresses)


@pytest.mark.parametrize(
    ("method", "headers", "body"),
    (
        ("GET", {}, b""),
        ("POST", FORM, b""),
        ("POST", FORM, b"List-Unsubscribe=Maybe"),
        ("POST", FORM, b"x=List-Unsubscribe=One-Click"),
        ("POST", PARTS, IN_PARTS.replace(b"One-Click", b"No")),
        ("POST", PARTS, IN_PARTS + b"x" * 512),
    ),
    ids=("opened", "empty", "another word", "another field", "another part", "too long"),
)
def test_whatever_else_comes_there_shows_the_page_and_stops_nothing(
    player: Player, method: str, headers: dict[str, str], body: bytes
) -> None:
    player.orders(OLENA, 1001, ["ZIRVO-A1"])
    before = player.sandbox.records().customers
    answer = unsubscribe(player, method, headers, body)
    assert answer.status == 200
    assert "#1001" in answer.body.decode()
    assert player.sandbox.records().customers == before


def test_a_link_that_nobody_signed_stops_nobody(player: Player) -> None:
    player.orders(OLENA, 1001, ["ZIRVO-A1"])
    (message,) = player.sandbox.shown()
    token = message.links[0].rpartition("/")[2]
    forged = token[:-1] + ("a" if token[-1] != "a" else "b")
    for wrong in (forged, "x"):
        assert player.sandbox.request("POST", f"/m/{wrong}/unsubscribe", FORM, ONE_CLICK).status == 404
    assert refused(player, Purpose.MARKETING) == set()
