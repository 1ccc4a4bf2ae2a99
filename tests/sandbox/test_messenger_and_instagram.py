"""A brand that answers on Messenger and Instagram, lived in both worlds: by the page's link into the chat."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from aftercart.domain.consent import Channel, Purpose
from aftercart.domain.customer import Customer
from sandbox.control import views
from sandbox.fakes import FakeMessage, Mode
from sandbox.fakes.shown import Said
from sandbox.player import Json, Player
from sandbox.sandbox import Sandbox
from sandbox.trials.crashes.prepared import OLENA
from sandbox.trials.invariants import breaches

NOON = datetime(2026, 11, 23, 10, tzinfo=UTC)
CHATS = {Channel.MESSENGER: "https://m.me/kram.example", Channel.INSTAGRAM: "https://ig.me/m/kram.example"}


class Chatting(Player):
    """Olena, who has ordered, with her phone."""

    channel: Channel

    def asked(self, method: str, target: str, given: Json | None = None) -> Json:
        status, found = self.call(method, target, json.dumps(given).encode() if given else b"")
        assert status == 200, found
        return found

    def customer(self) -> Customer:
        (found,) = [each for each in self.sandbox.records().customers.values() if not each.erased]
        return found

    def link(self) -> str:
        """To the chat, as her page shows it."""
        page = next(link for each in self.sandbox.shown() for link in each.links if "/m/" in link)
        links = self.asked("POST", "/sandbox/open", {"link": page})["links"]
        (found,) = [each for each in links if each.startswith(CHATS[self.channel])]
        return str(found)

    def comes(self) -> None:
        """By the link of her page."""
        self.asked("POST", "/sandbox/open", {"link": self.link()})

    def writes(self, text: str) -> None:
        said = {"customer": self.customer().id, "channel": self.channel.value, "text": text}
        self.asked("POST", "/sandbox/reply", said)

    def chat(self) -> list[FakeMessage]:
        return [each for each in self.sandbox.shown() if each.channel is self.channel]

    def attempts(self) -> list[Json]:
        messages = self.sandbox.records().messages.values()
        tried = [each for message in messages for each in views.attempts(self.sandbox, message)]
        return [each for each in tried if each["channel"] == self.channel]

    def overheard(self, user: str, text: str, at: datetime) -> None:
        """Somebody of whom nothing is known but the chat writes, or wrote a while ago."""
        carrier = next(each for each in self.sandbox.providers._pages if each.channel is self.channel)
        self.sandbox.providers.push(carrier.reply(Said(id=f"m_{text}", address=user, at=at, text=text)))
        self.sandbox.settle()


@pytest.fixture(params=(Channel.MESSENGER, Channel.INSTAGRAM))
def channel(request: pytest.FixtureRequest) -> Channel:
    found = request.param
    assert isinstance(found, Channel)
    return found


@pytest.fixture(params=(True, False), ids=("in memory", "on moto"))
def olena(request: pytest.FixtureRequest, channel: Channel) -> Iterator[Chatting]:
    with Sandbox(NOON, memory=request.param).open() as sandbox:
        player = Chatting(sandbox)
        player.channel = channel
        player.orders(OLENA, 1001, ["ZIRVO-A1"])
        yield player
        assert breaches(sandbox) == []
        assert sandbox.functions.dead == []
        assert not sandbox.records().parked


def test_who_came_by_the_page_s_link_is_answered_in_the_chat(olena: Chatting) -> None:
    olena.comes()
    assert olena.chat() == []
    olena.writes("Коли приїде?")
    (answer,) = olena.chat()
    assert answer.text.startswith("Це бот Kram")
    assert answer.address == olena.customer().addresses[olena.channel].value
    (attempt,) = olena.attempts()
    assert (attempt["outcome"], attempt["calls"]) == ("accepted", 1)


def test_the_offer_is_taken_in_no_chat_that_it_was_not_made_in(olena: Chatting) -> None:
    olena.comes()
    olena.writes("1")
    (answer,) = olena.chat()
    assert "Прийнято" not in answer.text


def test_the_parcel_s_news_never_go_there(olena: Chatting) -> None:
    olena.comes()
    olena.writes("Дякую!")
    order = olena.orders(OLENA, 1002, ["ZIRVO-A1"])
    for other in (Channel.WHATSAPP, Channel.VIBER, Channel.SMS):
        olena.sandbox.break_channel(other, Mode.REJECT)
    olena.parcel(order, "delivered")
    olena.wait(days=30)
    assert len(olena.chat()) == 1
    assert {each["message"] for each in olena.attempts()} == {
        each.id for each in olena.sandbox.records().messages.values() if each.only is olena.channel
    }


def test_a_stop_in_the_chat_is_a_stop(olena: Chatting) -> None:
    olena.comes()
    olena.writes("СТОП")
    olena.writes("А це ви ще читаєте?")
    olena.wait(days=30)
    customer = olena.customer()
    assert all(each.refused(Purpose.MARKETING) for each in customer.addresses.values())
    assert {
        channel for channel, each in customer.addresses.items() if each.refused(Purpose.TRANSACTIONAL)
    } == {olena.channel}
    assert olena.chat() == []
    assert {each["purpose"] for each in olena.shown()[1:]} <= {"transactional"}


def test_a_stop_of_a_stranger_meets_who_comes_by_the_link_later(olena: Chatting) -> None:
    page = next(each for each in olena.sandbox.providers._pages if each.channel is olena.channel)
    user = page.user_of(olena.link().partition("?ref=")[2])
    olena.overheard(user, "стоп", olena.now())
    olena.comes()
    olena.writes("Коли приїде?")
    assert olena.chat() == []
    assert olena.customer().addresses[Channel.WHATSAPP].refused(Purpose.MARKETING)


def test_a_stranger_is_nobody_and_is_not_answered(olena: Chatting) -> None:
    olena.overheard("1234567890123456", "Коли приїде?", olena.now())
    assert olena.chat() == []
    assert olena.channel not in olena.customer().addresses


def test_what_was_written_a_day_ago_is_answered_by_nobody(olena: Chatting) -> None:
    olena.comes()
    user = olena.customer().addresses[olena.channel].value
    olena.overheard(user, "Коли приїде?", olena.now() - timedelta(hours=24))
    assert olena.attempts() == []
    (asked,) = [each for each in olena.sandbox.records().messages.values() if each.only is olena.channel]
    assert asked.closed
    assert asked.closed.reason == "no_channel"
    assert asked.log[-1].facts[f"{olena.channel}.plain"] == "window_closed"


def test_a_link_that_we_did_not_make_leads_to_nobody(olena: Chatting) -> None:
    link = olena.link()
    page = next(link for each in olena.sandbox.shown() for link in each.links if "/m/" in link)
    for ref in (link.partition("?ref=")[2][:-1] + "!", page.rpartition("/")[2], ""):
        olena.asked("POST", "/sandbox/open", {"link": f"{CHATS[olena.channel]}?ref={ref}"})
    assert olena.channel not in olena.customer().addresses


def test_without_a_name_of_the_page_nothing_leads_there() -> None:
    nobody = {"MessengerPageName": "", "InstagramUserName": ""}
    with Sandbox(NOON, memory=True, parameters=nobody).open() as sandbox:
        player = Chatting(sandbox)
        player.orders(OLENA, 1001, ["ZIRVO-A1"])
        page = next(link for each in sandbox.shown() for link in each.links if "/m/" in link)
        links = player.asked("POST", "/sandbox/open", {"link": page})["links"]
        assert links
        assert not any(each.startswith(tuple(CHATS.values())) for each in links)


def test_the_link_opens_no_page(olena: Chatting) -> None:
    token = olena.link().partition("?ref=")[2]
    assert olena.asked("POST", "/sandbox/open", {"link": f"/m/{token}"})["status"] == 404


def test_a_link_leads_nowhere_once_its_page_does_not(olena: Chatting) -> None:
    link = olena.link()
    olena.wait(days=401)
    olena.asked("POST", "/sandbox/open", {"link": link})
    assert olena.channel not in olena.customer().addresses


def test_who_is_erased_is_a_stranger_in_the_chat(olena: Chatting) -> None:
    olena.comes()
    customer = olena.customer()
    user = customer.addresses[olena.channel].value
    olena.asked("POST", "/sandbox/erase", {"customer": customer.id})
    assert user not in json.dumps(olena.sandbox.items(), default=str)
    olena.overheard(user, "Коли приїде?", olena.now())
    assert olena.chat() == []


@pytest.mark.parametrize("mode", (Mode.OK, Mode.SLOW, Mode.DUPLICATES, Mode.SILENT, Mode.REJECT))
def test_what_was_accepted_is_the_end_of_it(olena: Chatting, mode: Mode) -> None:
    olena.comes()
    olena.sandbox.break_channel(olena.channel, mode)
    olena.writes("Коли приїде?")
    olena.wait(hours=3)
    (attempt,) = olena.attempts()
    assert (attempt["outcome"], attempt["calls"]) == ("accepted", 1)
    assert len(olena.chat()) == (mode not in (Mode.SILENT, Mode.REJECT))


def test_while_it_is_down_the_answer_waits_and_then_goes(olena: Chatting) -> None:
    olena.comes()
    olena.sandbox.break_channel(olena.channel, Mode.DOWN, 1)
    olena.writes("Коли приїде?")
    assert olena.chat() == []
    olena.wait(minutes=30)
    assert len(olena.chat()) == 1


def test_after_a_timeout_the_echo_says_that_it_was_sent_where_it_carries_our_reference(
    olena: Chatting,
) -> None:
    olena.comes()
    olena.sandbox.break_channel(olena.channel, Mode.TIMEOUT, 1)
    olena.writes("Коли приїде?")
    olena.wait(hours=3)
    (attempt,) = olena.attempts()
    is_told = olena.channel is Channel.MESSENGER
    assert (attempt["outcome"], attempt["receipt"]) == ("unknown", "sent" if is_told else None)
    assert len(olena.chat()) == 1
