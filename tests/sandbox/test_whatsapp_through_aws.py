"""A brand whose WhatsApp AWS carries: the same journeys, the same answers, nothing over Meta's own way."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from aftercart.domain.consent import Channel
from sandbox.commands.demo import OLENA
from sandbox.commands.explain import explained
from sandbox.fakes import FakeMessage, Mode
from sandbox.journeys.compile import JOURNEYS, compile_journeys
from sandbox.player import Json, Player
from sandbox.sandbox import Sandbox

NOON = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)  # a Monday, 12:00 in Kyiv


class Control(Player):
    def get(self, target: str) -> Json:
        status, found = self.call("GET", target)
        assert status == 200, found
        return found

    def presses(self, button: str) -> None:
        (customer,) = self.get("/sandbox/state")["customers"]
        asked = {"customer": customer["id"], "channel": "whatsapp", "button": button}
        status, found = self.call("POST", "/sandbox/reply", json.dumps(asked).encode())
        assert status == 200, found

    def phone(self) -> list[FakeMessage]:
        """What WhatsApp shows, in order."""
        return [each for each in self.sandbox.shown() if each.channel is Channel.WHATSAPP]

    def step(self, name: str) -> Json:
        return next(each for each in self.shown() if each["step"] == name)


@pytest.fixture(scope="module")
def through_aws(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our journeys, compiled for the other provider."""
    directory = tmp_path_factory.mktemp("through_aws")
    source = Path(shutil.copytree(JOURNEYS, directory / "journeys"))
    text = (source / "brand.yaml").read_text(encoding="utf-8")
    assert "whatsapp: meta" in text
    (source / "brand.yaml").write_text(text.replace("whatsapp: meta", "whatsapp: aws"), encoding="utf-8")
    compile_journeys(source).write(directory / "made")
    return directory / "made"


@pytest.fixture(params=["aws", "memory"])
def control(request: pytest.FixtureRequest, through_aws: Path) -> Iterator[Control]:
    with Sandbox(NOON, memory=request.param == "memory", made=through_aws).open() as sandbox:
        yield Control(sandbox)
        assert "meta" not in {each.provider for each in sandbox.provider_calls()}
        assert sandbox.functions.dead == []
        assert not sandbox.records().parked


def test_the_confirmation_goes_out_as_a_template_and_its_receipts_come_by_the_topic(control: Control) -> None:
    control.orders(OLENA, 1001, ["ZIRVO-A1"])
    (shown,) = control.phone()
    assert (shown.provider, shown.receipt, shown.category) == ("aws", "delivered", "marketing")
    assert shown.template
    (attempt,) = control.get("/sandbox/attempts")
    assert (attempt["outcome"], attempt["receipt"], attempt["category"]) == (
        "accepted",
        "delivered",
        "marketing",
    )
    heard = [run for run in control.sandbox.functions.invocations if run.function.endswith("inbound-replies")]
    assert [run.event["Records"][0]["Sns"]["TopicArn"].rpartition(":")[2] for run in heard] == [
        "aftercart-whatsapp-events"
    ] * 2


def test_why_tells_what_it_was_charged_as(control: Control) -> None:
    control.orders(OLENA, 1001, ["ZIRVO-A1"])
    asked = (control.get(f"/sandbox/{name}") for name in ("decisions", "messages", "attempts"))
    (said,) = [each for each in explained(*asked) if each["attempts"]]
    assert [each["in_words"] for each in said["attempts"]] == ["delivered, charged as marketing"]


def test_within_the_day_after_she_wrote_she_gets_free_form_text_and_later_a_template(
    control: Control,
) -> None:
    order = control.orders(OLENA, 1001, ["ZIRVO-A1"])
    control.replies(OLENA, Channel.WHATSAPP, "Коли приїде?")
    control.wait(minutes=5)
    _, answer = control.phone()
    assert (answer.template, answer.category, answer.provider) == ("", "", "aws")
    control.parcel(order, "in_transit")
    control.wait(hours=25)
    control.parcel(order, "delivered")
    control.wait(minutes=5)
    assert [bool(each.template) for each in control.phone()][-1]


def test_a_stop_stops_and_the_parcel_s_news_takes_another_channel(control: Control) -> None:
    order = control.orders(OLENA, 1001, ["ZIRVO-A1"])
    control.replies(OLENA, Channel.WHATSAPP, "СТОП")
    control.parcel(order, "delivered")
    control.wait(days=30)
    assert [each.template != "" for each in control.phone()] == [True]
    assert control.step("delivered")["channel"] == "viber"
    assert {each["purpose"] for each in control.shown()[1:]} == {"transactional"}


def test_the_button_of_the_offer_is_understood_once(control: Control) -> None:
    control.orders(OLENA, 1001, ["ZIRVO-A1"])
    control.presses("Додати до посилки")
    assert control.step("confirm")["answer"]["via"] == "whatsapp"
    _, answer = control.phone()
    assert answer.template == ""
    control.presses("Додати до посилки")
    assert control.step("confirm")["answer"]["at"] == "2026-11-23T10:00:00Z"


def test_her_own_switch_for_marketing_is_heard(control: Control) -> None:
    order = control.orders(OLENA, 1001, ["ZIRVO-A1"])
    control.sandbox.providers.push(control.sandbox.providers.prefer(OLENA.phone, "stop"))
    control.sandbox.settle()
    control.parcel(order, "delivered")
    control.wait(days=30)
    assert control.step("delivered")["channel"] == "whatsapp"
    assert {each["purpose"] for each in control.shown()[1:]} == {"transactional"}


def test_what_whatsapp_cannot_deliver_takes_the_next_channel(control: Control) -> None:
    control.sandbox.break_channel(Channel.WHATSAPP, Mode.REJECT, 1)
    control.orders(OLENA, 1001, ["ZIRVO-A1"])
    assert [(each["channel"], each["reason"]) for each in control.get("/sandbox/attempts")] == [
        ("whatsapp", "not_on_whatsapp 131026"),
        ("viber", None),
    ]


def test_a_call_that_times_out_is_not_made_again_and_its_receipt_tells_the_rest(control: Control) -> None:
    control.sandbox.break_channel(Channel.WHATSAPP, Mode.TIMEOUT, 1)
    control.orders(OLENA, 1001, ["ZIRVO-A1"])
    control.wait(hours=1)
    (attempt,) = control.get("/sandbox/attempts")
    assert (attempt["outcome"], attempt["receipt"], attempt["calls"]) == ("unknown", "delivered", 1)
