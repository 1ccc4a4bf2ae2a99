"""A template that its provider has paused, refused or counts as marketing: what goes instead, and how."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from aftercart import ports
from aftercart.domain.consent import Channel, Purpose
from aftercart.domain.content import Content, Template
from aftercart.domain.message import Message, Outcome, ReceiptStatus, Variant
from aftercart.domain.template import Standing, TemplateNews
from aftercart.flows.order_confirmation import on_order
from aftercart.flows.receipts import on_receipt
from aftercart.flows.replies import on_reply
from aftercart.flows.template_news import on_template_news
from aftercart.ports import Pause, Telling
from tests.builders import (
    NEWS,
    NOW,
    PlainTexts,
    SmallWorld,
    a_brand,
    a_buyer,
    a_country,
    legs,
    marketing,
    placed,
    said,
)

WHATSAPP, VIBER, SMS = NEWS
PLAIN, OFFER = "confirm_plain_v1", "confirm_offer_v1"
IN_USE = ((PLAIN, "uk"), (OFFER, "uk"))
MORNING = NOW
NIGHT = NOW.replace(hour=2)  # 4:00 in Kyiv


@dataclass
class ApprovedTexts(PlainTexts):
    """On WhatsApp each text is a template of its own."""

    asked: list[str] = field(default_factory=list)

    def render(self, telling: Telling) -> Content:
        content = super().render(telling)
        if telling.channel is not WHATSAPP:
            return content
        category = "marketing" if telling.variant is Variant.OFFER else "utility"
        name = f"confirm_{telling.variant}_v1"
        template = Template(name=name, language="uk", category=category)
        return Content(text=content.text, language="uk", template=template)


def a_small_world(at: datetime = MORNING, buyer: Any = None, **facts: Any) -> tuple[SmallWorld, Message]:
    small = SmallWorld(texts=ApprovedTexts(), **facts)
    small.clock.time = at
    on_order(placed(buyer=buyer or a_buyer()), small.world)
    return small, small.message("confirm")


def tell(small: SmallWorld, name: str = PLAIN, **facts: Any) -> str:
    known: dict[str, Any] = {"name": name, "language": "uk", "at": NOW - timedelta(hours=1)}
    return on_template_news(TemplateNews(**known | facts), IN_USE, small.world)


def standings(small: SmallWorld) -> dict[str, Standing]:
    ref = ports.pause(small.world.shop)
    return dict((small.store.read(ref).get(ref) or Pause()).templates)


def facts_of(message: Message) -> dict[str, Any]:
    return dict(message.log[-1].facts)


@pytest.mark.parametrize("why", ("paused", "rejected", "disabled", "pending", "deleted"))
def test_a_barred_offer_leaves_the_plain_twin_on_the_same_channel(why: str) -> None:
    small, message = a_small_world()
    assert tell(small, OFFER, barred=why) == "joined"
    assert small.rung(message) == "waiting"
    assert small.shown() == ["whatsapp confirm/plain"]
    assert facts_of(small.message("confirm"))["whatsapp.offer"] == f"template_{why}"


def test_where_both_are_barred_the_next_channel_goes_at_once_with_the_offer() -> None:
    small, message = a_small_world()
    tell(small, OFFER, barred="paused")
    tell(small, PLAIN, barred="rejected")
    assert small.rung(message) == "waiting"
    assert small.shown() == ["viber confirm/offer"]
    assert small.phones[WHATSAPP].calls == 0
    facts = facts_of(small.message("confirm"))
    assert (facts["whatsapp.offer"], facts["whatsapp.plain"]) == ("template_paused", "template_rejected")


def test_an_approval_lifts_it() -> None:
    small, message = a_small_world()
    tell(small, OFFER, barred="paused")
    tell(small, OFFER, barred="", at=NOW)
    assert small.rung(message) == "waiting"
    assert small.shown() == ["whatsapp confirm/offer"]


def test_news_that_come_late_do_not_bar_what_was_approved_since() -> None:
    small, message = a_small_world()
    tell(small, OFFER, barred="", at=NOW)
    assert tell(small, OFFER, barred="paused") == "known"
    small.rung(message)
    assert small.shown() == ["whatsapp confirm/offer"]


def test_news_twice_are_written_once() -> None:
    small, _ = a_small_world()
    assert tell(small, barred="paused") == "joined"
    assert tell(small, barred="paused") == "known"
    assert small.store.read(ports.pause(small.world.shop)).revision(ports.pause(small.world.shop)) == 1


def test_a_template_that_no_text_has_is_not_kept_and_one_that_none_has_any_more_is_forgotten() -> None:
    small, _ = a_small_world()
    assert tell(small, "somebody_elses", barred="paused") == "unused"
    assert standings(small) == {}
    tell(small, PLAIN, barred="paused")
    news = TemplateNews(name=OFFER, language="uk", at=NOW, barred="paused")
    on_template_news(news, IN_USE[1:], small.world)
    assert set(standings(small)) == {"confirm_offer_v1/uk"}


def test_another_language_of_it_goes_on() -> None:
    small, message = a_small_world()
    news = TemplateNews(name=OFFER, language="ru", at=NOW, barred="paused")
    assert on_template_news(news, [*IN_USE, (OFFER, "ru")], small.world) == "joined"
    small.rung(message)
    assert small.shown() == ["whatsapp confirm/offer"]


def test_within_the_window_the_text_goes_free_form_and_asks_for_no_approval() -> None:
    small, message = a_small_world()
    on_reply(said("Дякую!"), small.world)
    tell(small, OFFER, barred="paused")
    tell(small, OFFER, category="marketing")
    small.rung(message)
    assert small.shown() == ["whatsapp confirm/offer"]
    assert small.phones[WHATSAPP].shown[0].window_open


def test_on_the_last_channel_it_ends_with_the_reason() -> None:
    only = a_brand(countries={"*": a_country(routes={"news": legs(WHATSAPP)})})
    small, message = a_small_world(brand=only)
    tell(small, OFFER, barred="paused")
    tell(small, PLAIN, barred="paused")
    assert small.rung(message, token="t") == "template_paused"
    assert small.message("confirm").final == "template_paused"
    assert small.workflow.succeeded == ["t"]


def test_what_was_sent_before_stands_where_the_next_channels_template_is_barred() -> None:
    route = legs(VIBER, WHATSAPP)
    small, message = a_small_world(brand=a_brand(countries={"*": a_country(routes={"news": route})}))
    small.rung(message)
    tell(small, OFFER, barred="paused")
    tell(small, PLAIN, barred="paused")
    small.clock.forward(minutes=15)
    assert small.rung(message, 2) == "sent"
    assert small.shown() == ["viber confirm/offer"]


# Counted as marketing.


def test_what_counts_as_marketing_goes_to_who_wants_marketing_and_is_counted_as_that() -> None:
    small, message = a_small_world()
    tell(small, OFFER, barred="paused")
    tell(small, PLAIN, category="marketing")
    small.rung(message)
    assert small.shown() == ["whatsapp confirm/plain"]
    assert small.phones[WHATSAPP].shown[0].purpose is Purpose.MARKETING
    assert small.customer().count(NOW.date()).marketing == 1
    assert small.message("confirm").attempts[0].sells


def test_who_wants_no_marketing_gets_the_news_over_another_channel() -> None:
    small, message = a_small_world(buyer=a_buyer(phone_consents=(marketing(False),)))
    tell(small, PLAIN, category="marketing")
    small.rung(message)
    assert small.shown() == ["viber confirm/plain"]
    assert small.phones[VIBER].shown[0].purpose is Purpose.TRANSACTIONAL
    assert facts_of(small.message("confirm"))["whatsapp.plain"] == "recategorised"
    assert small.customer().count(NOW.date()).marketing == 0


def test_at_night_nothing_that_counts_as_marketing_goes() -> None:
    small, message = a_small_world(NIGHT)
    tell(small, PLAIN, category="marketing", at=NIGHT)
    small.rung(message)
    assert small.shown() == ["viber confirm/plain"]


def test_counted_back_as_utility_it_is_news_again() -> None:
    small, message = a_small_world(NIGHT)
    tell(small, PLAIN, category="marketing", at=NIGHT - timedelta(hours=2))
    tell(small, PLAIN, category="utility", at=NIGHT)
    small.rung(message)
    assert small.shown() == ["whatsapp confirm/plain"]
    assert not small.message("confirm").attempts[0].sells


def test_a_marketing_template_counted_as_what_it_is_goes_as_before() -> None:
    small, message = a_small_world()
    tell(small, OFFER, category="marketing")
    small.rung(message)
    assert small.shown() == ["whatsapp confirm/offer"]
    assert small.customer().count(NOW.date()).marketing == 1


def test_a_stop_after_the_news_is_heard_by_what_counts_as_marketing() -> None:
    small, message = a_small_world()
    tell(small, OFFER, barred="paused")
    tell(small, PLAIN, category="marketing")
    on_reply(said("СТОП", channel=Channel.SMS), small.world)
    small.rung(message)
    assert small.shown() == ["viber confirm/plain"]


def test_one_attempt_a_channel_all_the_same() -> None:
    small, message = a_small_world()
    tell(small, OFFER, barred="paused")
    tell(small, PLAIN, category="marketing")
    small.rung(message)
    on_receipt(small.receipt(message, 1, ReceiptStatus.FAILED), small.world)
    tell(small, OFFER, barred="", at=NOW)
    small.rung(message, 2)
    assert [attempt.channel for attempt in small.message("confirm").attempts] == [WHATSAPP, VIBER]
    assert small.message("confirm").attempts[0].outcome is Outcome.ACCEPTED
