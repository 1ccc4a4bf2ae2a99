"""An image goes to the phone as an address: nobody here asks for it, to check, to show or to send."""

import json
import re
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import pytest

from aftercart.domain.consent import ANSWERS_ONLY, Channel
from sandbox.commands import page
from sandbox.commands.demo import OLENA
from sandbox.commands.preview import Preview, previewed
from sandbox.control import views
from sandbox.fakes import Mode
from sandbox.journeys.compile import JOURNEYS, compile_journeys
from sandbox.player import Player
from sandbox.sandbox import Sandbox
from sandbox.trials.invariants import breaches

NOON = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)  # a Monday, 12:00 in Kyiv
CASE, PHONE, CHARGER = (
    f"https://kram.example/i/{name}.jpg" for name in ("case-a1", "zirvo-a1", "charger-30")
)
ANSWER = "Це бот Kram. Прочитаємо й відповімо."
SHY = replace(OLENA, marketing=False)  # wants no offers
CHATS = {Channel.MESSENGER: "https://m.me/", Channel.INSTAGRAM: "https://ig.me/m/"}
ROUTE = "  news: {whatsapp: PT15M, viber: PT15M, sms: PT15M}"


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> NoReturn:
        pytest.fail("somebody asked the network for something")

    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture
def journeys(tmp_path: Path) -> Path:
    """What was bought stands side by side in a confirmation, and an answer has an image."""
    folder = Path(shutil.copytree(JOURNEYS, tmp_path / "journeys"))
    for path in (folder / "order_confirmation").glob("[a-z][a-z].yaml"):
        words = path.read_text("utf-8")
        path.write_text(re.sub(r"(?m)^( *)title: ", r"\1cards: order.items\n\1title: ", words), "utf-8")
    for path in (folder / "replies").glob("[a-z][a-z].yaml"):
        short = f'help:\n  image: {CASE}\n  text: "{ANSWER}"\n'
        path.write_text(re.sub(r"(?ms)^help:\n.*?(?=^\w|\Z)", short, path.read_text("utf-8")), "utf-8")
    return folder


def routed(journeys: Path, legs: str) -> Path:
    """News goes this way."""
    brand = journeys / "brand.yaml"
    said = brand.read_text("utf-8")
    assert ROUTE in said
    brand.write_text(said.replace(ROUTE, f"  news: {{{legs}}}", 1), "utf-8")
    return journeys


@contextmanager
def opened(journeys: Path, *, memory: bool) -> Iterator[Sandbox]:
    made = journeys.parent / "compiled"
    compile_journeys(journeys).write(made)
    with Sandbox(NOON, memory=memory, made=made).open() as sandbox:
        yield sandbox
        assert breaches(sandbox) == []


@pytest.fixture(params=(True, False), ids=("in memory", "on moto"))
def memory(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def player(journeys: Path, memory: bool) -> Iterator[Player]:
    """News goes by Viber, then by e-mail."""
    with opened(routed(journeys, "viber: PT15M, email: PT15M"), memory=memory) as sandbox:
        yield Player(sandbox)


def test_the_offer_on_viber_shows_what_is_offered_above_its_button(player: Player) -> None:
    player.orders(OLENA, 1001, ["ZIRVO-A1"])
    (message,) = views.messages(player.sandbox)
    assert (message["channel"], message["offer"], message["image"]) == ("viber", "CASE-A1", CASE)
    assert [button["title"] for button in message["buttons"]] == ["Переглянути"]
    assert "cards" not in message


def test_an_email_shows_it_too_and_what_was_bought_side_by_side(player: Player) -> None:
    player.sandbox.break_channel(Channel.VIBER, Mode.DOWN)
    player.orders(OLENA, 1001, ["ZIRVO-A1", "CHARGER-30"])
    (message,) = views.messages(player.sandbox)
    assert (message["channel"], message["title"]) == ("email", "Замовлення #1001 прийнято")
    assert message["image"] == CASE
    assert [card["image"] for card in message["cards"]] == [PHONE, CHARGER]


@pytest.mark.parametrize("provider", ("meta", "aws"))
def test_within_a_day_whatsapp_shows_what_was_bought_and_later_its_template(
    journeys: Path, memory: bool, provider: str
) -> None:
    brand = routed(journeys, "whatsapp: PT15M, sms: PT15M") / "brand.yaml"
    brand.write_text(
        brand.read_text("utf-8").replace("{whatsapp: meta,", f"{{whatsapp: {provider},"), "utf-8"
    )
    with opened(journeys, memory=memory) as sandbox:
        player = Player(sandbox)
        for number, days in ((1001, 0), (1002, 2), (1003, 0)):
            player.orders(SHY, number, ["ZIRVO-A1", "CHARGER-30"])
            player.replies(SHY, Channel.WHATSAPP, "Дякую!")
            player.wait(days=days)
        shown = [each for each in sandbox.shown() if each.text.startswith("Дякуємо за замовлення")]
    assert {each.provider for each in shown} == {provider}
    assert [each.template for each in shown] == ["order_confirmed_v1", "", "order_confirmed_v1"]
    assert [[card.image for card in each.cards] for each in shown] == [[], [PHONE, CHARGER], []]
    assert [[button.title for button in each.buttons] for each in shown] == [["Моє замовлення"]] * 3


def test_an_offer_on_whatsapp_stays_answerable_and_names_what_was_bought(
    journeys: Path, memory: bool
) -> None:
    with opened(routed(journeys, "whatsapp: PT15M, sms: PT15M"), memory=memory) as sandbox:
        player = Player(sandbox)
        player.orders(SHY, 1000, ["ZIRVO-A1"])
        player.replies(SHY, Channel.WHATSAPP, "Дякую!")
        player.orders(replace(SHY, marketing=True, said_at=NOON), 1001, ["ZIRVO-A1", "CHARGER-30"])
        (offer,) = [each for each in player.shown() if each["offer"]]
    assert [button["title"] for button in offer["buttons"]] == ["Додати до посилки"]
    assert "cards" not in offer
    assert "Зарядний пристрій" in offer["text"]


@pytest.mark.parametrize("channel", ANSWERS_ONLY)
def test_a_chat_shows_an_image_below_which_the_words_fit(
    journeys: Path, memory: bool, channel: Channel
) -> None:
    with opened(journeys, memory=memory) as sandbox:
        player = Player(sandbox)
        player.orders(OLENA, 1001, ["ZIRVO-A1"])
        page = next(link for each in sandbox.shown() for link in each.links if "/m/" in link)
        chats = player.call("POST", "/sandbox/open", json.dumps({"link": page}).encode())[1]["links"]
        (chat,) = [link for link in chats if link.startswith(CHATS[channel])]
        player.call("POST", "/sandbox/open", json.dumps({"link": chat}).encode())
        (customer,) = sandbox.records().customers.values()
        said = {"customer": customer.id, "channel": channel.value, "text": "Коли приїде?"}
        player.call("POST", "/sandbox/reply", json.dumps(said).encode())
        (answer,) = [each for each in sandbox.shown() if each.channel is channel]
    assert (answer.text.split("\n"), answer.image) == (["Це бот Kram.", "Прочитаємо й відповімо."], CASE)


def test_the_sandboxes_page_has_a_box_in_their_place_and_loads_nothing(player: Player) -> None:
    player.sandbox.break_channel(Channel.VIBER, Mode.DOWN)
    player.orders(OLENA, 1001, ["ZIRVO-A1", "CHARGER-30"])
    html = page.html(player.sandbox)
    assert '<div class="title">Замовлення #1001 прийнято</div>' in html
    assert f'<div class="image"><b>image</b> {CASE}</div>' in html
    assert f'<div class="image"><b>Смартфон Zirvo A1</b> {PHONE}</div>' in html
    assert not re.search(r"<(img|link|script|iframe|object)|\bsrc=|url\(", html)


def test_they_are_checked_and_previewed_unseen(journeys: Path) -> None:
    preview = previewed(routed(journeys, "viber: PT15M, email: PT15M"), None)
    assert isinstance(preview, Preview)
    html = preview.html()
    assert html.count(CASE) > 3
    assert not re.search(r"<img|\bsrc=|url\(", html)
