"""An image goes to the phone as an address: nobody here asks for it, to check, to show or to send."""

import re
import shutil
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import pytest

from aftercart.domain.consent import Channel
from sandbox.commands import page
from sandbox.commands.demo import OLENA
from sandbox.commands.preview import Preview, previewed
from sandbox.control import views
from sandbox.fakes import Mode
from sandbox.journeys.compile import JOURNEYS, compile_journeys
from sandbox.player import Player
from sandbox.sandbox import Sandbox

NOON = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)  # a Monday, 12:00 in Kyiv
CASE, PHONE, CHARGER = (
    f"https://kram.example/i/{name}.jpg" for name in ("case-a1", "zirvo-a1", "charger-30")
)
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
    """News goes by Viber, then by e-mail, in which what was bought stands side by side."""
    folder = Path(shutil.copytree(JOURNEYS, tmp_path / "journeys"))
    brand = folder / "brand.yaml"
    said = brand.read_text("utf-8")
    assert ROUTE in said
    brand.write_text(said.replace(ROUTE, "  news: {viber: PT15M, email: PT15M}", 1), "utf-8")
    for path in (folder / "order_confirmation").glob("[a-z][a-z].yaml"):
        words = path.read_text("utf-8")
        path.write_text(re.sub(r"(?m)^( *)title: ", r"\1cards: order.items\n\1title: ", words), "utf-8")
    return folder


@pytest.fixture(params=["aws", "memory"])
def player(request: pytest.FixtureRequest, journeys: Path, tmp_path: Path) -> Iterator[Player]:
    made = tmp_path / "compiled"
    compile_journeys(journeys).write(made)
    with Sandbox(NOON, memory=request.param == "memory", made=made).open() as sandbox:
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


def test_the_sandboxes_page_has_a_box_in_their_place_and_loads_nothing(player: Player) -> None:
    player.sandbox.break_channel(Channel.VIBER, Mode.DOWN)
    player.orders(OLENA, 1001, ["ZIRVO-A1", "CHARGER-30"])
    html = page.html(player.sandbox)
    assert '<div class="title">Замовлення #1001 прийнято</div>' in html
    assert f'<div class="image"><b>image</b> {CASE}</div>' in html
    assert f'<div class="image"><b>Смартфон Zirvo A1</b> {PHONE}</div>' in html
    assert not re.search(r"<(img|link|script|iframe|object)|\bsrc=|url\(", html)


def test_they_are_checked_and_previewed_unseen(journeys: Path) -> None:
    preview = previewed(journeys, None)
    assert isinstance(preview, Preview)
    html = preview.html()
    assert html.count(CASE) > 3
    assert not re.search(r"<img|\bsrc=|url\(", html)
