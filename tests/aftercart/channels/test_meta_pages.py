"""What Messenger and Instagram have beyond what the kit asks of every provider."""

import json
from typing import Any

import pytest

from aftercart.channels import meta_pages
from aftercart.channels.reading import PartlyUnreadable
from aftercart.domain.consent import Channel
from aftercart.domain.content import Button, Card
from aftercart.ports import Reply, Unreadable
from tests.aftercart.channels.kit import held, replies
from tests.aftercart.channels.sample import Item
from tests.aftercart.channels.samples.meta_messenger import ADD, MID, PSID, SHOW, echo, event, said
from tests.aftercart.channels.standins import CARDS, IMAGE, NAMED, REFERENCE, outgoing
from tests.aftercart.channels.wire import Wire


def sent(**what: Any) -> Any:
    messenger = held("messenger/meta")
    wire = Wire(messenger.sample.accepted)
    messenger.sender(wire).send(outgoing(to=PSID, **what))
    return wire.asked[0].said["message"]


def read(*items: Item, kind: str = "page", place: str = "messaging") -> list[Any]:
    body = json.dumps({"object": kind, "entry": [{"id": "1", "time": 1, place: items}]}).encode()
    return meta_pages.read(body, kind, Channel.MESSENGER if kind == "page" else Channel.INSTAGRAM)


def test_no_more_than_thirteen_quick_replies_are_sent() -> None:
    buttons = tuple(Button(title=str(n), reply=str(n)) for n in range(20))
    assert [each["payload"] for each in sent(buttons=buttons)["quick_replies"]] == [str(n) for n in range(13)]


@pytest.mark.parametrize(("text", "links"), (("а" * 641, 1), ("а", 4)))
def test_links_that_no_button_can_hold_are_said_in_the_text(text: str, links: int) -> None:
    buttons = tuple(Button(title="Більше", url=f"https://m.example/{n}") for n in range(links))
    message = sent(text=text, buttons=buttons)
    assert "attachment" not in message
    assert all(each.url in message["text"] for each in buttons)


@pytest.mark.parametrize(
    ("text", "lines"),
    (
        ("а" * 80, ("а" * 80, "")),
        ("Дякуємо! Прийнято.", ("Дякуємо!", "Прийнято.")),
        ("Дякуємо\n\nПрийнято\nі їде", ("Дякуємо", "Прийнято\nі їде")),
        (f"Так. {'а' * 75} {'б' * 10}? {'в' * 80}", None),
        (f"Так. {'а' * 70}? {'в' * 80}", (f"Так. {'а' * 70}?", "в" * 80)),
        ("а" * 81, None),
        (f"{'а' * 79}, {'б' * 10}", None),
        (f"{'а' * 80}. Так.", None),
        ("Дивіться: https://m.example/t/abc", None),
        ("", None),
    ),
)
def test_words_above_a_picture_are_two_lines_or_it_is_not_shown(
    text: str, lines: tuple[str, str] | None
) -> None:
    message = sent(text=text, image=IMAGE)
    if lines is None:
        assert message == {"text": text, "metadata": REFERENCE}
        return
    (element,) = message["attachment"]["payload"]["elements"]
    assert (element["title"], element.get("subtitle", "")) == lines
    assert element["image_url"] == IMAGE


MANY = tuple(Card(title=f"Чохол {n}", image=IMAGE) for n in range(10))
TWO = "Дякуємо! Прийнято."


def test_cards_follow_the_words_and_their_buttons() -> None:
    first, *others = sent(text=TWO, cards=MANY[:9], buttons=(ADD, SHOW))["attachment"]["payload"]["elements"]
    assert [each["type"] for each in first["buttons"]] == ["postback", "web_url"]
    assert others == [{"title": each.title, "image_url": each.image} for each in MANY[:9]]


@pytest.mark.parametrize(
    ("text", "cards", "buttons"),
    (
        (TWO, MANY, (ADD,)),
        (TWO, (*CARDS, Card(title="а" * 81, image=IMAGE)), (ADD,)),
        (TWO, CARDS, tuple(Button(title=f"Так {n}", reply=str(n)) for n in range(4))),
        (TWO, CARDS, (*(Button(title=f"Так {n}", url=f"https://m.example/{n}") for n in range(3)), ADD)),
        ("а" * 81, CARDS, (ADD, SHOW)),
        ("Одне", CARDS, ()),
    ),
)
def test_where_they_do_not_fit_all_is_said_and_each_answer_stays(
    text: str, cards: tuple[Card, ...], buttons: tuple[Button, ...]
) -> None:
    message = sent(text=text, cards=cards, buttons=buttons)
    assert message["text"].startswith(f"{text}\n- {cards[0].title}\n- {cards[1].title}")
    assert all(each.url in message["text"] for each in buttons)
    replies = [each.reply for each in buttons if each.reply]
    assert [each["payload"] for each in message.get("quick_replies", ())] == replies


def test_titles_of_things_stand_above_links_where_there_is_room() -> None:
    payload = sent(text="а" * 100, cards=CARDS, buttons=(SHOW,))["attachment"]["payload"]
    assert (payload["template_type"], payload["text"]) == ("button", f"{'а' * 100}\n{NAMED}")
    assert NAMED in sent(text="а" * 620, cards=CARDS, buttons=(SHOW,))["text"]


def test_titles_of_things_are_left_out_before_a_text_gets_too_long() -> None:
    assert sent(text="а" * 1990, cards=CARDS)["text"] == "а" * 1990
    instagram = held("instagram/meta")
    wire = Wire(instagram.sample.accepted)
    instagram.sender(wire).send(outgoing("а" * 490, to=PSID, cards=CARDS))
    assert wire.asked[0].said["message"] == {"text": "а" * 490}


def test_titles_are_cut_to_what_a_button_holds() -> None:
    long = "Так, додайте до моєї посилки"
    assert sent(buttons=(Button(title=long, reply="1"),))["quick_replies"][0]["title"] == long[:20]


def test_instagram_s_message_carries_nothing_of_ours() -> None:
    instagram = held("instagram/meta")
    wire = Wire(instagram.sample.accepted)
    instagram.sender(wire).send(outgoing(to=PSID, buttons=(ADD, SHOW)))
    assert REFERENCE not in json.dumps(wire.asked[0].said)


@pytest.mark.parametrize("item", (said(text="1", referral={"ref": "t"}), event(referral={"ref": "t"})))
def test_who_comes_by_a_link_says_by_which(item: Item) -> None:
    (reply,) = replies(read(item))
    assert (reply.ref, reply.sender) == ("t", PSID)


def test_the_button_that_begins_a_chat_says_no_more_than_the_link() -> None:
    (reply,) = replies(read(event(postback={"mid": MID, "title": "Почати", "referral": {"ref": "t"}})))
    assert (reply.ref, reply.text, reply.button) == ("t", "", "")


def test_arrivals_are_told_apart_by_who_when_and_by_which_link() -> None:
    one = event(referral={"ref": "t"})
    others = (event(referral={"ref": "u"}), {**one, "timestamp": 1}, {**one, "sender": {"id": "9"}})
    ids = [each.id for each in read(one, *others)]
    assert len(set(ids)) == 4
    assert not any(PSID in each for each in ids)


@pytest.mark.parametrize(
    "item",
    (
        event(delivery={"mids": [MID], "watermark": 1}),
        event(read={"watermark": 1}),
        event(read={"mid": MID}),
        event(reaction={"mid": MID, "action": "react", "emoji": "❤"}),
        event(message_edit={"mid": MID, "text": "1"}),
        event(pass_thread_control={"new_owner_app_id": "1"}),
        event(referral={"source": "ADS", "type": "OPEN_THREAD", "ad_id": "6045246247433"}),
        event(postback={"mid": MID, "title": "Почати", "payload": "begin", "referral": {"source": "ADS"}}),
        said(is_deleted=True),
        echo("somebody else's"),
        echo(""),
    ),
)
def test_what_says_nothing_to_us_is_left_out(item: Item) -> None:
    assert read(item) == []


def test_what_is_said_while_another_app_has_the_chat_is_that_app_s_but_for_a_stop() -> None:
    overheard = read(said(text="Де посилка?"), echo(REFERENCE), said(text="Не пишіть мені"), place="standby")
    assert [(each.text, each.channel) for each in overheard] == [("Не пишіть мені", Channel.MESSENGER)]


def test_changes_of_the_page_itself_are_left_out() -> None:
    assert read({"field": "feed", "value": {"item": "comment"}}, place="changes") == []


@pytest.mark.parametrize(("kind", "channel"), (("page", "messenger"), ("instagram", "instagram")))
def test_each_hears_its_own_and_no_other_s(kind: str, channel: str) -> None:
    (reply,) = read(said(text="1"), kind=kind)
    assert isinstance(reply, Reply)
    assert reply.channel == channel
    other = {"page": "instagram", "instagram": "page"}[kind]
    body = json.dumps({"object": other, "entry": []}).encode()
    with pytest.raises(Unreadable, match=f"not_{channel}"):
        meta_pages.read(body, kind, Channel(channel))


@pytest.mark.parametrize(
    "strange",
    (said(mid=""), {**said(), "sender": {}}, {**said(), "timestamp": "x"}, event(pondered={}), event()),
)
def test_what_cannot_be_told_from_another_is_parked_and_its_neighbour_kept(strange: Item) -> None:
    with pytest.raises(PartlyUnreadable) as fault:
        read(strange, said(text="СТОП"))
    assert [each.text for each in replies(list(fault.value.events))] == ["СТОП"]
