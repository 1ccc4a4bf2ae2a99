import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse

from sandbox.cloud.account import client
from sandbox.cloud.aws import ROOT, AwsWorld
from sandbox.cloud.template import TemplateError, parsed, read
from tests.sandbox import small_stack

PARAMETERS = {
    "CodeSha256": "0" * 64,
    "ShopDomain": "kvitka.example",
    "LinkBaseUrl": "https://links.kvitka.example",
    "MetaPhoneNumberId": "106540352242922",
    "InfobipBaseUrl": "https://kvitka.api.infobip.example",
    "InfobipViberSender": "Kvitka",
    "SmsOriginationIdentity": "KVITKA",
    "SmsConfigurationSetName": "sandbox",
}
GIVEN = {"SecretArn": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:aftercart-a1b2c3"}
PREFIX = "arn:aws:lambda:eu-central-1:123456789012:function:aftercart"


@pytest.fixture(autouse=True)
def _path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", sys.path.copy())


@pytest.fixture
def small(tmp_path: Path) -> Iterator[AwsWorld]:
    small_stack.write(tmp_path)
    with small_stack.world(tmp_path) as world:
        yield world


@pytest.fixture(scope="class")
def world() -> Iterator[AwsWorld]:
    with AwsWorld(small_stack.START, {"key": "value"}, small_stack.sent, parameters=PARAMETERS) as world:
        yield world


class TestTheRealTemplate:
    def test_leads_each_route_to_its_function(self, world: AwsWorld) -> None:
        assert world.made.routes == {
            ("POST", "/shopify/orders"): f"{PREFIX}-order-confirmation:live",
            ("POST", "/shopify/fulfillments"): f"{PREFIX}-delivery-tracking:live",
            ("GET", "/meta/whatsapp"): f"{PREFIX}-inbound-replies:live",
            ("POST", "/meta/whatsapp"): f"{PREFIX}-inbound-replies:live",
            ("POST", "/infobip/viber"): f"{PREFIX}-inbound-replies:live",
            ("POST", "/twilio/sms"): f"{PREFIX}-inbound-replies:live",
            ("POST", "/web/push"): f"{PREFIX}-inbound-replies:live",
            ("POST", "/push/subscriptions"): f"{PREFIX}-customer-pages:live",
            ("GET", "/meta/messenger"): f"{PREFIX}-inbound-replies:live",
            ("POST", "/meta/messenger"): f"{PREFIX}-inbound-replies:live",
            ("GET", "/meta/instagram"): f"{PREFIX}-inbound-replies:live",
            ("POST", "/meta/instagram"): f"{PREFIX}-inbound-replies:live",
            ("GET", "/m/{token}"): f"{PREFIX}-customer-pages:live",
            ("POST", "/m/{token}"): f"{PREFIX}-customer-pages:live",
            ("GET", "/m/{token}/unsubscribe"): f"{PREFIX}-customer-pages:live",
            ("POST", "/m/{token}/unsubscribe"): f"{PREFIX}-customer-pages:live",
        }

    def test_has_its_six_functions(self, world: AwsWorld) -> None:
        assert [name.removeprefix("aftercart-") for name in world.functions.named()] == [
            "customer-pages",
            "delivery-tracking",
            "inbound-replies",
            "lifecycle-reminders",
            "order-confirmation",
            "send-message",
        ]

    def test_tells_functions_what_they_need_to_know(self, world: AwsWorld) -> None:
        told = world.functions.find("aftercart-send-message").environment
        assert told["TABLE_NAME"] == world.made.tables["Table"]
        assert told["STATE_MACHINE_ARN"] in world.machines.machines
        assert told["SCHEDULE_GROUP"] in world.scheduler.groups
        assert told["SCHEDULE_TARGET_ARN"] == f"{PREFIX}-lifecycle-reminders:live"
        assert told["LINK_BASE_URL"] == PARAMETERS["LinkBaseUrl"]
        assert client("secretsmanager").get_secret_value(SecretId=told["SECRET_ARN"])
        queue = told["SCHEDULE_DLQ_ARN"].rpartition(":")[2]
        assert client("sqs").get_queue_url(QueueName=queue)["QueueUrl"].endswith(queue)

    def test_dead_letters_what_lifecycle_reminders_cannot_do(self, world: AwsWorld) -> None:
        function = world.functions.find("aftercart-lifecycle-reminders")
        assert function.on_failure == world.stack.resources["InvocationDeadLetters"].arn
        assert function.retries == 2

    def test_tells_inbound_replies_what_aws_s_own_channels_say(self, world: AwsWorld) -> None:
        topics = [world.stack.resources[f"{name}EventsTopic"].arn for name in ("Sms", "WhatsApp", "Email")]
        assert world.made.topics == {topic: [f"{PREFIX}-inbound-replies:live"] for topic in topics}

    def test_sweeps_every_fifteen_minutes(self, world: AwsWorld) -> None:
        [sweep] = world.scheduler.live()
        assert sweep.spec["ScheduleExpression"] == "rate(15 minutes)"
        assert json.loads(sweep.spec["Target"]["Input"]) == {"v": 1, "kind": "sweep"}

    def test_gives_the_table_its_index_and_lifetime(self, world: AwsWorld) -> None:
        name = world.made.tables["Table"]
        described = client("dynamodb").describe_table(TableName=name)["Table"]
        assert [index["IndexName"] for index in described["GlobalSecondaryIndexes"]] == ["todo"]
        lifetime = client("dynamodb").describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        assert lifetime == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}


class TestParameters:
    def read(self, **given: str) -> Any:
        return read(ROOT / "template.yaml", PARAMETERS | GIVEN | given)

    def test_reach_what_refers_to_them(self) -> None:
        stack = self.read(LinkBaseUrl="https://links.example")
        function = stack.resources["SendMessageFunction"].properties
        assert function["Environment"]["Variables"]["LINK_BASE_URL"] == "https://links.example"

    def test_that_are_empty_turn_conditions(self) -> None:
        stack = self.read(LinkBaseUrl="")
        function = stack.resources["SendMessageFunction"].properties
        url = function["Environment"]["Variables"]["LINK_BASE_URL"]
        assert stack.outputs["ShopifyOrdersUrl"] == f"{url}/shopify/orders"

    def test_that_the_template_does_not_have_are_refused(self) -> None:
        with pytest.raises(TemplateError, match="no parameter ShopDomian"):
            self.read(ShopDomian="kvitka.example")

    def test_that_do_not_fit_their_pattern_are_refused(self) -> None:
        with pytest.raises(TemplateError, match="parameter MetaPhoneNumberId: '\\+380' does not match"):
            self.read(MetaPhoneNumberId="+380")

    def test_that_are_not_among_the_allowed_are_refused(self) -> None:
        with pytest.raises(TemplateError, match="parameter Stage: 'test' is none of"):
            self.read(Stage="test")

    def test_without_a_value_are_refused(self) -> None:
        with pytest.raises(TemplateError, match="parameter CodeSha256 has no default"):
            read(ROOT / "template.yaml", {})


def test_the_template_is_read_as_sam_reads_it() -> None:
    text = (ROOT / "template.yaml").read_text(encoding="utf-8")
    assert parsed(text) == yaml_parse(text)


def test_a_resource_that_is_missing_in_the_template_is_missing_here(tmp_path: Path) -> None:
    without = small_stack.TEMPLATE.replace(
        "        Told: { Type: SNS, Properties: { Topic: !Ref Topic } }\n", ""
    )
    small_stack.write(tmp_path, without)
    with small_stack.world(tmp_path) as world:
        assert world.made.topics == {}
        world.publish("Topic", "hello")
        world.engine.settle()
        assert list(world.functions.invocations) == []


@pytest.mark.parametrize(
    ("line", "message"),
    (
        (
            "  Bus: { Type: AWS::Events::EventBus, Properties: { Name: a } }",
            "Bus: .* cannot make AWS::Events",
        ),
        ("  Odd: { Type: AWS::SNS::Topic, Properties: { TopicName: !Ref Nowhere } }", "no .* Nowhere"),
        ("  Odd: { Type: AWS::SNS::Topic, Properties: { TopicName: !GetAtt Dead.Size } }", "attribute Size"),
        (
            "  Odd: { Type: AWS::SNS::Topic, Properties: { TopicName: !ImportValue a } }",
            "Fn::ImportValue is not",
        ),
        (
            "  Odd: { Type: AWS::SNS::Subscription, Properties: "
            "{ TopicArn: !Ref Topic, Protocol: email, Endpoint: a@kvitka.example } }",
            "to functions only",
        ),
        ("  Odd: { Type: AWS::Serverless::Function, Properties: { Runtime: python3.13 } }", "Odd"),
    ),
)
def test_what_the_sandbox_cannot_make_is_an_error_that_names_it(
    tmp_path: Path, line: str, message: str
) -> None:
    small_stack.write(tmp_path, f"{small_stack.TEMPLATE}{line}\n")
    with pytest.raises(TemplateError, match=message), small_stack.world(tmp_path):
        pass


def test_a_state_machine_that_is_wrong_is_an_error_of_the_stack(tmp_path: Path) -> None:
    small_stack.write(tmp_path)
    wrong = small_stack.MACHINE.replace("End: true", "Next: Wrok")
    (tmp_path / "machine.asl.yaml").write_text(wrong, encoding="utf-8")
    with pytest.raises(TemplateError, match=r"^Machine: machine\.asl\.yaml:.*did you mean 'Work'"):
        small_stack.world(tmp_path).open()


def test_an_unnamed_resource_has_the_same_name_each_time(small: AwsWorld) -> None:
    assert small.stack.resources["Dead"].name == "aftercart-Dead"
    assert small.made.tables == {"Table": "aftercart-Table"}
