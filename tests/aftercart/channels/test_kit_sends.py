"""The kit: what holds for the sending of every provider, whoever it is."""

import json
from dataclasses import replace
from typing import Any

import pytest

from aftercart.domain.message import Outcome
from aftercart.ports import MaybeSent, Refused
from tests.aftercart.channels.kit import Held
from tests.aftercart.channels.sample import PHONE, Row
from tests.aftercart.channels.wire import Answer, Wire

HTML = b"<html><body><h1>Bad gateway</h1></body></html>"
HUGE = b'{"a":"' + b"x" * 7_000_000 + b'"}'
DEEP = b"[" * 9_999
SHOWS = {
    "buttons": lambda content: any(button.reply for button in content.buttons),
    "links": lambda content: any(button.url for button in content.buttons),
}


def strings(found: Any) -> list[str]:
    """Every text in it."""
    if isinstance(found, dict):
        return strings(list(found.values()))
    if isinstance(found, list):
        return [each for inner in found for each in strings(inner)]
    return [found.decode(errors="replace") if isinstance(found, bytes) else str(found)]


def given_away(provider: Held) -> list[str]:
    """What no reason may hold: whom it is for, what it says, and with what key."""
    keys = [value.decode() for value in provider.sample.secrets.values()]
    return [PHONE, PHONE.removeprefix("+"), provider.plain.to, provider.plain.content.text, *keys]


def test_each_message_makes_the_request_that_the_sample_shows_and_no_other(provider: Held) -> None:
    for message in provider.sample.messages:
        wire = Wire(provider.sample.accepted)
        sent = provider.sender(wire).send(message.outgoing)
        (asked,) = wire.asked
        assert (asked.method, asked.url, provider.said(asked)) == (message.method, message.url, message.body)
        for name, value in message.headers.items():
            assert asked.headers.get(name.lower()) == value, name
        assert (sent.outcome, sent.provider_id) == (Outcome.ACCEPTED, provider.sample.provider_id)
        assert (sent.reason, sent.advice) == ("", "")


def test_the_sample_shows_a_message_of_each_thing_that_the_provider_shows(provider: Held) -> None:
    contents = [message.outgoing.content for message in provider.sample.messages]
    for name in provider.entry.shows:
        has = SHOWS.get(name, lambda content, name=name: getattr(content, name))
        assert any(has(content) for content in contents), name
    assert provider.entry.templates == any(content.template for content in contents)


def test_each_answer_of_the_table_means_what_it_says(provider: Held) -> None:
    wire = Wire(provider.sample.accepted)
    sender = provider.sender(wire)
    for row in provider.sample.outcomes:
        wire.answer = row.answer
        sent = sender.send(provider.plain)
        assert (sent.outcome, sent.advice) == (row.outcome, row.advice), row.answer
        assert bool(sent.reason) == (row.outcome is not Outcome.ACCEPTED), row.answer
        assert sent.reason.startswith(row.reason)
    assert len(wire.asked) == len(provider.sample.outcomes)


def test_the_table_has_faults_of_ours_of_the_providers_and_what_nobody_knows(provider: Held) -> None:
    rows = provider.sample.outcomes
    assert {"alarm", "later"} <= {row.advice for row in rows}
    assert {Outcome.REJECTED, Outcome.UNKNOWN} <= {row.outcome for row in rows}


def test_where_no_byte_left_it_was_not_sent(provider: Held) -> None:
    wire = Wire(Refused("closed"))
    sent = provider.sender(wire).send(provider.plain)
    assert (sent.outcome, sent.advice, len(wire.asked)) == (Outcome.REJECTED, "later", 1)


def test_where_no_answer_came_nobody_knows_and_nothing_is_tried_again(provider: Held) -> None:
    wire = Wire(MaybeSent("timed out"))
    sent = provider.sender(wire).send(provider.plain)
    assert (sent.outcome, sent.advice, len(wire.asked)) == (Outcome.UNKNOWN, "", 1)


def test_any_status_has_an_outcome_after_one_call(provider: Held) -> None:
    wire = Wire(provider.sample.accepted)
    sender = provider.sender(wire)
    for status in range(100, 600):
        wire.answer, wire.asked = Answer(status=status, headers={"Retry-After": "0"}), []
        outcome = sender.send(provider.plain).outcome
        assert len(wire.asked) == 1, status
        assert (outcome is Outcome.ACCEPTED) <= (200 <= status < 300), status
        assert (outcome is Outcome.REJECTED) <= (not 200 <= status < 300 and status < 500), status


@pytest.mark.parametrize("status", (200, 202, 302, 400, 401, 404, 429, 500, 503))
@pytest.mark.parametrize(
    "body", (HTML, HUGE, DEEP, b"[]", b"null", b"\xff", b'"a"'), ids=("html", "huge", "deep", *"lnbt")
)
def test_a_body_of_any_kind_has_an_outcome_too(provider: Held, status: int, body: bytes) -> None:
    wire = Wire(Answer(status=status, body=body, headers={"Content-Type": "application/json"}))
    outcome = provider.sender(wire).send(provider.plain).outcome
    assert len(wire.asked) == 1
    barred = {2: {Outcome.REJECTED}, 5: {Outcome.REJECTED, Outcome.ACCEPTED}}
    assert outcome not in barred.get(status // 100, {Outcome.ACCEPTED})


def test_an_answer_that_breaks_off_anywhere_raises_nothing(provider: Held) -> None:
    wire = Wire(provider.sample.accepted)
    sender = provider.sender(wire)
    answers = [provider.sample.accepted, *(row.answer for row in provider.sample.outcomes[-3:])]
    for answer in answers:
        for end in range(0, len(answer.body), 3):
            wire.answer, wire.asked = replace(answer, body=answer.body[:end]), []
            sent = sender.send(provider.plain)
            assert len(wire.asked) == 1
            assert answer.status >= 300 or sent.outcome is not Outcome.REJECTED, answer.body[:end]


def telling(answer: Answer, words: str) -> Answer:
    """The same answer, with these words wherever it says something to people."""
    try:
        found = json.loads(answer.body)
    except ValueError:
        return replace(answer, body=answer.body + words.encode())
    return replace(answer, body=json.dumps(_telling(found, words)).encode())


def _telling(found: Any, words: str) -> Any:
    if isinstance(found, dict):
        return {name: _telling(each, words) for name, each in found.items()}
    if isinstance(found, list):
        return [_telling(each, words) for each in found]
    return words if isinstance(found, str) and " " in found else found


def test_no_reason_tells_who_it_was_for_what_it_said_or_a_key(provider: Held) -> None:
    secret = given_away(provider)
    wire = Wire(provider.sample.accepted)
    sender = provider.sender(wire)
    rows = [*provider.sample.outcomes, Row(answer=Answer(status=400)), Row(answer=Answer(status=500))]
    for row in rows:
        wire.answer = telling(row.answer, " ".join(secret))
        reason = sender.send(provider.plain).reason
        assert not [each for each in secret if each in reason]


def test_a_text_as_long_as_the_entry_says_goes_whole(provider: Held) -> None:
    text = "а" * provider.entry.longest
    wire = Wire(provider.sample.accepted)
    assert provider.sender(wire).send(provider.text(text)).outcome is Outcome.ACCEPTED
    (asked,) = wire.asked
    assert any(text in each for each in strings(provider.said(asked)))


def test_a_longer_one_is_refused_by_us_before_a_byte_or_by_proof(provider: Held) -> None:
    wire = Wire(provider.sample.too_long or provider.sample.accepted)
    sent = provider.sender(wire).send(provider.text("а" * (provider.entry.longest + 1)))
    assert sent.outcome is Outcome.REJECTED
    assert len(wire.asked) == (provider.sample.too_long is not None)


def test_it_is_made_with_the_settings_and_secrets_that_its_entry_names(provider: Held) -> None:
    entry, sample, given = provider.entry, provider.sample, provider.given()
    assert (set(entry.settings), set(entry.secrets)) == (set(sample.settings), set(sample.secrets))
    provider.sender(Wire(sample.accepted), given).send(provider.plain)
    webhook = {entry.webhook.key, entry.webhook.challenge_key} - {""} if entry.webhook else set()
    assert webhook <= set(entry.secrets)
    assert given.asked | webhook == {*entry.settings, *entry.secrets}


def test_without_any_one_setting_nothing_is_sent_and_a_person_is_told(provider: Held) -> None:
    for name in provider.entry.settings:
        given, wire = provider.given(), Wire(provider.sample.accepted)
        del given.settings[name]
        sent = provider.sender(wire, given).send(provider.plain)
        assert (sent.outcome, sent.advice, wire.asked) == (Outcome.REJECTED, "alarm", []), name


def test_without_a_secret_that_a_send_needs_nothing_is_sent_and_a_person_is_told(provider: Held) -> None:
    needed = provider.given()
    provider.sender(Wire(provider.sample.accepted), needed).send(provider.plain)
    for name in needed.asked & set(provider.entry.secrets):
        for values in ({}, {name: b"\xff"}):
            given, wire = provider.given(), Wire(provider.sample.accepted)
            given.values = {**{key: each for key, each in given.values.items() if key != name}, **values}
            sent = provider.sender(wire, given).send(provider.plain)
            assert (sent.outcome, sent.advice, wire.asked) == (Outcome.REJECTED, "alarm", []), name


def test_it_reaches_its_kinds_of_addresses_and_never_an_empty_one(provider: Held) -> None:
    takes = provider.entry.takes
    assert all(takes(address) for address in provider.sample.reaches)
    assert not any(takes(address) for address in ("", *provider.sample.does_not_reach))
