"""What Meta says of templates, through its own webhook and through AWS's topic."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from aftercart.channels import aws_whatsapp, meta_whatsapp
from aftercart.channels.reading import Event, PartlyUnreadable
from aftercart.domain.template import TemplateNews
from aftercart.ports import Reply, Unreadable
from tests.aftercart.channels.samples.meta_whatsapp import said

AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
STAMP = int(AT.timestamp())
NAMED = {
    "message_template_id": 1689556908129835,
    "message_template_name": "order_confirmed_v1",
    "message_template_language": "uk",
}
PLACE = "order_confirmed_v1/uk"
STATUS, CATEGORY = "message_template_status_update", "template_category_update"
QUALITY = "message_template_quality_update"


def entry(field: str, *values: dict[str, Any], at: Any = STAMP) -> dict[str, Any]:
    changes = [{"field": field, "value": {**NAMED, **value}} for value in values]
    return {"id": "102290129340398", "time": at, "changes": changes}


def posted(*entries: dict[str, Any]) -> bytes:
    return json.dumps({"object": "whatsapp_business_account", "entry": entries}).encode()


def news(field: str, **value: Any) -> TemplateNews:
    (found,) = meta_whatsapp.read(posted(entry(field, value)))
    assert isinstance(found, TemplateNews)
    assert (found.name, found.language, found.at) == ("order_confirmed_v1", "uk", AT)
    return found


@pytest.mark.parametrize("event", ("APPROVED", "REINSTATED"))
def test_an_approved_template_may_be_sent_and_nobody_is_told(event: str) -> None:
    found = news(STATUS, event=event, reason="NONE", message_template_category="UTILITY")
    assert (found.barred, found.category, found.advice) == ("", "utility", "")


@pytest.mark.parametrize(
    ("event", "barred"),
    (
        ("REJECTED", "rejected"),
        ("PAUSED", "paused"),
        ("DISABLED", "disabled"),
        ("DELETED", "deleted"),
        ("PENDING_DELETION", "deleted"),
    ),
)
def test_one_that_may_not_be_sent_is_barred_and_a_person_is_told(event: str, barred: str) -> None:
    found = news(STATUS, event=event, reason=None)
    assert (found.barred, found.category, found.advice) == (barred, "", "alarm")
    assert found.reason == f"template_{barred} {PLACE}"


def test_one_under_review_may_not_be_sent_and_nobody_is_told() -> None:
    found = news(STATUS, event="PENDING")
    assert (found.barred, found.advice) == ("pending", "")


def test_metas_code_for_why_is_told_but_not_its_sentences() -> None:
    rejected = news(
        STATUS,
        event="REJECTED",
        reason="INVALID_FORMAT",
        rejection_info={"reason": "Your template has parameters placed next to each other."},
    )
    assert rejected.reason == f"template_rejected INVALID_FORMAT {PLACE}"
    info = {"title": "SECOND_PAUSE", "description": "Paused for 6 hours until Mar 13 at 10:00 PM UTC."}
    paused = news(STATUS, event="PAUSED", reason="NONE", other_info=info)
    assert paused.reason == f"template_paused SECOND_PAUSE {PLACE}"
    assert news(STATUS, event="REJECTED", reason="Olena's phone").reason == f"template_rejected {PLACE}"


def test_one_at_risk_may_be_sent_on_and_a_person_is_told() -> None:
    found = news(STATUS, event="FLAGGED")
    assert (found.barred, found.advice) == (None, "alarm")


def test_a_change_of_category_counts_and_one_that_is_announced_is_only_told() -> None:
    changed = news(CATEGORY, previous_category="UTILITY", new_category="MARKETING")
    assert (changed.barred, changed.category, changed.advice) == (None, "marketing", "alarm")
    announced = news(
        CATEGORY, new_category="UTILITY", correct_category="MARKETING", category_update_timestamp=1
    )
    assert (announced.category, announced.advice) == ("", "alarm")
    back = news(CATEGORY, previous_category="MARKETING", new_category="UTILITY")
    assert (back.category, back.advice) == ("utility", "")


def test_a_person_is_told_of_the_worst_quality_alone() -> None:
    red = news(QUALITY, previous_quality_score="YELLOW", new_quality_score="RED")
    assert (red.barred, red.category, red.advice) == (None, "", "alarm")
    assert meta_whatsapp.read(posted(entry(QUALITY, {"new_quality_score": "GREEN"}))) == []


def test_what_changes_nothing_is_left_out() -> None:
    for event in ("IN_APPEAL", "LOCKED", "LIMIT_EXCEEDED"):
        assert meta_whatsapp.read(posted(entry(STATUS, {"event": event}))) == []


def test_a_language_is_written_as_the_templates_api_writes_it() -> None:
    found = news_of(meta_whatsapp.read(posted(entry(STATUS, american(event="APPROVED")))))
    assert found.language == "en_US"


def american(**value: Any) -> dict[str, Any]:
    return {"message_template_language": "en-US", **value}


def news_of(events: list[Event]) -> TemplateNews:
    (found,) = events
    assert isinstance(found, TemplateNews)
    return found


@pytest.mark.parametrize(
    ("field", "value", "at"),
    (
        (STATUS, {"event": "PONDERED"}, 1),
        (STATUS, {}, 1),
        (STATUS, {"event": "PAUSED", "message_template_name": ""}, 1),
        (STATUS, {"event": "PAUSED"}, None),
        (CATEGORY, {"previous_category": "UTILITY"}, 1),
    ),
)
def test_what_is_new_to_us_is_parked_and_the_stop_beside_it_is_heard(
    field: str, value: dict[str, Any], at: Any
) -> None:
    stop = {"changes": [{"field": "messages", "value": {"messages": [said("text")["messages"]]}}]}
    with pytest.raises(PartlyUnreadable) as fault:
        meta_whatsapp.read(posted(entry(field, value, at=at), stop))
    (heard,) = fault.value.events
    assert isinstance(heard, Reply)


def through_aws(wrapped: dict[str, Any], **more: Any) -> bytes:
    event = {"message_timestamp": "2026-11-22T10:00:00.271279391Z", **more}
    return json.dumps({**event, "whatsAppWebhookEntry": json.dumps(wrapped)}).encode()


def test_aws_hands_on_the_same_and_its_own_time_where_the_entry_has_none() -> None:
    paused = entry(STATUS, {"event": "PAUSED"})
    same = aws_whatsapp.read(through_aws(paused, message_timestamp="2027-01-01T00:00:00Z"))
    assert same == meta_whatsapp.read(posted(paused))
    del paused["time"]
    assert news_of(aws_whatsapp.read(through_aws(paused))).at == AT
    with pytest.raises(Unreadable):
        aws_whatsapp.read(through_aws(paused, message_timestamp=""))
