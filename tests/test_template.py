"""What is deployed: read as CloudFormation would read it, after SAM's transform."""

import dataclasses
import json
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from aftercart.aws.settings import Settings
from sandbox.build.layer import SERVICES
from sandbox.cloud.template import Resource, Stack, read
from sandbox.states.transitions import read_template
from tests.template.stack import PARAMETERS

ROOT = Path(__file__).resolve().parent.parent
# In the order in which the README and the template name them.
FUNCTIONS = (
    "order_confirmation",
    "delivery_tracking",
    "lifecycle_reminders",
    "inbound_replies",
    "send_message",
    "customer_pages",
)
# IAM has no resource to scope these to: a task's token is what gives access.
WITHOUT_RESOURCE = {"states:SendTaskSuccess", "states:SendTaskFailure"}


@cache
def stack(**parameters: str) -> Stack:
    return read(ROOT / "template.yaml", PARAMETERS | parameters)


def logical(function: str) -> str:
    return "".join(word.capitalize() for word in function.split("_")) + "Function"


@cache
def source() -> dict[str, Any]:
    """The template before the transform."""
    return read_template()


def written(name: str) -> dict[str, Any]:
    """A resource as the template has it."""
    found: dict[str, Any] = source()["Resources"][name]
    return found


def role_of(function: str) -> Resource:
    return stack().resources[logical(function) + "Role"]


def statements(function: str) -> Iterator[dict[str, Any]]:
    """What a function may do: its own policies and the managed ones that it names."""
    whole, role = stack(), role_of(function).properties
    for policy in role.get("Policies", []):
        yield from listed(policy["PolicyDocument"]["Statement"])
    managed = {resource.ref: resource for resource in whole.of_type("AWS::IAM::ManagedPolicy")}
    for arn in role.get("ManagedPolicyArns", []):
        if arn in managed:
            yield from listed(managed[arn].properties["PolicyDocument"]["Statement"])


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def may(function: str) -> set[str]:
    return {action for statement in statements(function) for action in listed(statement["Action"])}


def test_each_function_has_its_folder_and_each_folder_its_function_in_the_order_of_the_readme() -> None:
    functions = [
        resource["Properties"]["Handler"]
        for resource in source()["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
    ]
    assert functions == [f"{name}.handler.handle" for name in FUNCTIONS]
    folders = {path.parent.name for path in (ROOT / "functions").glob("*/handler.py")}
    assert folders == set(FUNCTIONS)


def test_function_and_layer_agree_on_the_processor_and_the_python() -> None:
    shared, layer = source()["Globals"]["Function"], written("SharedLayer")
    assert shared["Architectures"] == layer["Properties"]["CompatibleArchitectures"] == ["arm64"]
    assert layer["Metadata"]["BuildArchitecture"] == "arm64"
    assert [shared["Runtime"]] == layer["Properties"]["CompatibleRuntimes"] == ["python3.13"]
    assert layer["Metadata"]["BuildMethod"] == shared["Runtime"]
    for function in stack().of_type("AWS::Lambda::Function"):
        assert function.properties["Architectures"] == ["arm64"]


def test_new_code_in_layer_or_function_publishes_a_new_version_behind_every_alias() -> None:
    def versions(code: str) -> set[str]:
        whole = stack(CodeSha256=code)
        return {alias.logical + whole_version(whole, alias) for alias in whole.of_type("AWS::Lambda::Alias")}

    def whole_version(whole: Stack, alias: Resource) -> str:
        return str(whole.template["Resources"][alias.logical]["Properties"]["FunctionVersion"])

    before, after = versions("0" * 64), versions("1" * 64)
    assert len(before) == len(FUNCTIONS)
    assert not before & after
    assert versions("0" * 64) == before


def test_every_webhook_and_page_has_its_route_and_nothing_else_has() -> None:
    (api,) = stack().of_type("AWS::ApiGatewayV2::Api")
    routes = {
        (method.upper(), path): operation["x-amazon-apigateway-integration"]["uri"]
        for path, methods in api.properties["Body"]["paths"].items()
        for method, operation in methods.items()
    }
    served = {route: re.findall(r":function:aftercart-([a-z-]+):live/", uri) for route, uri in routes.items()}
    assert served == {
        ("POST", "/shopify/orders"): ["order-confirmation"],
        ("POST", "/shopify/fulfillments"): ["delivery-tracking"],
        ("GET", "/meta/whatsapp"): ["inbound-replies"],
        ("POST", "/meta/whatsapp"): ["inbound-replies"],
        ("GET", "/meta/messenger"): ["inbound-replies"],
        ("POST", "/meta/messenger"): ["inbound-replies"],
        ("GET", "/meta/instagram"): ["inbound-replies"],
        ("POST", "/meta/instagram"): ["inbound-replies"],
        ("POST", "/infobip/viber"): ["inbound-replies"],
        ("POST", "/twilio/sms"): ["inbound-replies"],
        ("POST", "/web/push"): ["inbound-replies"],
        ("POST", "/push/subscriptions"): ["customer-pages"],
        ("GET", "/m/{token}"): ["customer-pages"],
        ("POST", "/m/{token}"): ["customer-pages"],
        ("GET", "/m/{token}/unsubscribe"): ["customer-pages"],
        ("POST", "/m/{token}/unsubscribe"): ["customer-pages"],
    }


def test_what_schedules_pin_for_years_has_names_of_its_own() -> None:
    resources = stack().resources
    assert (
        resources["LifecycleRemindersFunction"].properties["FunctionName"] == "aftercart-lifecycle-reminders"
    )
    assert resources["ScheduleRole"].properties["RoleName"] == "aftercart-schedules"
    assert resources["ScheduleDeadLetters"].properties["QueueName"] == "aftercart-schedule-dead-letters"
    assert resources["ScheduleGroup"].properties["Name"] == "aftercart"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_is_told_where_the_others_are(function: str) -> None:
    whole = stack()
    told = whole.resources[logical(function)].properties["Environment"]["Variables"]
    assert told["SCHEDULE_TARGET_ARN"] == whole.resolve({"Ref": "LifecycleRemindersFunctionAliaslive"})
    assert told["STATE_MACHINE_ARN"] == whole.resolve({"Ref": "SendWithFallback"})
    assert told["TABLE_NAME"] == whole.resolve({"Ref": "Table"})
    assert told["POWERTOOLS_SERVICE_NAME"] == function


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_gets_every_setting_that_the_code_reads(function: str) -> None:
    told = stack().resources[logical(function)].properties["Environment"]["Variables"]
    settings = Settings.from_env({name: str(value) for name, value in told.items()})
    empty = {field.name for field in dataclasses.fields(settings) if not getattr(settings, field.name)}
    assert empty <= {"link_base_url"}


def test_links_lead_to_the_api_unless_a_domain_of_its_own_is_given() -> None:
    def base(**parameters: str) -> str:
        sender = stack(**parameters).resources["SendMessageFunction"]
        return str(sender.properties["Environment"]["Variables"]["LINK_BASE_URL"])

    assert base() == stack().resolve({"Fn::GetAtt": ["HttpApi", "ApiEndpoint"]})
    assert base(LinkBaseUrl="https://go.shop.example") == "https://go.shop.example"


def test_twilio_calls_the_api_unless_another_address_stands_before_it() -> None:
    def called(function: str, **parameters: str) -> str:
        variables = stack(**parameters).resources[function].properties["Environment"]["Variables"]
        return str(variables["TWILIO_CALLBACK_URL"])

    api = stack().resolve({"Fn::GetAtt": ["HttpApi", "ApiEndpoint"]})
    assert called("SendMessageFunction") == f"{api}/twilio/sms"
    assert called("InboundRepliesFunction") == ""  # as it was called
    own = {"TwilioCallbackUrl": "https://go.shop.example/hooks/twilio/sms"}
    assert {called(f, **own) for f in ("SendMessageFunction", "InboundRepliesFunction")} == {*own.values()}


def test_a_stack_need_not_use_twilio_turbosms_or_web_push() -> None:
    optional = ("TwilioAccountSid", "TwilioSender", "TwilioCallbackUrl", "TurboSmsViberSender", "PushSubject")
    assert {source()["Parameters"][name]["Default"] for name in optional} == {""}
    stack(**dict.fromkeys(optional, ""))


def test_a_stack_need_not_answer_on_messenger_or_instagram() -> None:
    optional = ("MessengerPageId", "MessengerPageName", "InstagramAccountId", "InstagramUserName")
    assert {source()["Parameters"][name]["Default"] for name in optional} == {""}
    stack(**dict.fromkeys(optional, ""))


def test_the_table_has_the_keys_that_the_code_uses_and_keeps_what_it_holds() -> None:
    table = written("Table")
    properties = table["Properties"]
    keys = [(key["AttributeName"], key["KeyType"]) for key in properties["KeySchema"]]
    assert keys == [("pk", "HASH"), ("sk", "RANGE")]
    (todo,) = properties["GlobalSecondaryIndexes"]
    assert todo["IndexName"] == "todo"
    assert [key["AttributeName"] for key in todo["KeySchema"]] == ["todo", "todo_at"]
    assert todo["Projection"]["ProjectionType"] == "KEYS_ONLY"
    assert properties["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True


@pytest.mark.parametrize("resource", ("Table", "ScheduleGroup"))
def test_what_customers_were_promised_outlives_the_stack(resource: str) -> None:
    assert written(resource)["DeletionPolicy"] == "RetainExceptOnCreate"
    assert written(resource)["UpdateReplacePolicy"] == "Retain"


@pytest.mark.parametrize("function", ("lifecycle_reminders", "inbound_replies"))
def test_an_event_whose_handler_fails_thrice_lies_in_a_queue(function: str) -> None:
    whole = stack()
    (config,) = (
        found.properties
        for found in whole.of_type("AWS::Lambda::EventInvokeConfig")
        if found.properties["FunctionName"].endswith(function.replace("_", "-"))
    )
    queue = whole.resolve({"Fn::GetAtt": ["InvocationDeadLetters", "Arn"]})
    assert config["DestinationConfig"]["OnFailure"]["Destination"] == queue
    assert config["Qualifier"] == "live"
    assert "sqs:SendMessage" in may(function)


def test_what_topics_and_scheduler_cannot_hand_over_lies_in_a_queue_of_each() -> None:
    whole = stack()
    redriven = {
        each.properties["TopicArn"]: each.properties["RedrivePolicy"]["deadLetterTargetArn"]
        for each in whole.of_type("AWS::SNS::Subscription")
    }
    assert redriven == {
        whole.resolve({"Ref": f"{name}EventsTopic"}): whole.resolve(
            {"Fn::GetAtt": [f"{name}EventsDeadLetters", "Arn"]}
        )
        for name in ("Sms", "WhatsApp", "Email")
    }
    (sweep,) = whole.of_type("AWS::Scheduler::Schedule")
    letters = whole.resolve({"Fn::GetAtt": ["ScheduleDeadLetters", "Arn"]})
    assert sweep.properties["Target"]["DeadLetterConfig"]["Arn"] == letters


def test_the_sweep_comes_every_quarter_of_an_hour_through_the_alias() -> None:
    whole = stack()
    (sweep,) = whole.of_type("AWS::Scheduler::Schedule")
    assert sweep.properties["ScheduleExpression"] == "rate(15 minutes)"
    assert json.loads(sweep.properties["Target"]["Input"]) == {"v": 1, "kind": "sweep"}
    assert sweep.properties["Target"]["Arn"].endswith(":function:aftercart-lifecycle-reminders:live")
    assert sweep.properties["GroupName"] == "aftercart"


def test_every_log_ends_some_day_and_every_function_writes_to_its_own() -> None:
    whole = stack()
    groups = whole.of_type("AWS::Logs::LogGroup")
    assert all(group.properties["RetentionInDays"] == 30 for group in groups)
    names = {group.properties["LogGroupName"] for group in groups}
    for function in whole.of_type("AWS::Lambda::Function"):
        own = f"/aws/lambda/{function.properties['FunctionName']}"
        assert function.properties["LoggingConfig"]["LogGroup"] == own
        assert own in names


def test_no_log_holds_a_page_s_path_an_address_or_an_execution_s_data() -> None:
    whole = stack()
    (stage,) = whole.of_type("AWS::ApiGatewayV2::Stage")
    logged = stage.properties["AccessLogSettings"]["Format"]
    assert not re.search(r"\$context\.(path|identity|http|domainName)", logged)
    assert json.loads(logged)
    machine = whole.resources["SendWithFallback"].properties
    assert machine["LoggingConfiguration"]["Level"] == "ERROR"
    assert machine["LoggingConfiguration"]["IncludeExecutionData"] is False
    assert "TracingConfiguration" not in machine


def test_the_state_machine_calls_the_alias_of_the_sender() -> None:
    machine = stack().resources["SendWithFallback"].properties
    sender = machine["DefinitionSubstitutions"]["SendMessageFunctionArn"]
    assert sender.endswith(":function:aftercart-send-message:live")
    assert machine["StateMachineType"] == "STANDARD"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_may_do_named_things_to_named_resources(function: str) -> None:
    for statement in statements(function):
        actions = set(listed(statement["Action"]))
        assert all("*" not in action for action in actions)
        if not actions <= WITHOUT_RESOURCE:
            assert all(str(resource).startswith("arn:aws:") for resource in listed(statement["Resource"]))


@pytest.mark.parametrize(
    ("action", "functions"),
    (
        ("dynamodb:UpdateItem", set(FUNCTIONS)),
        ("dynamodb:DeleteItem", {"lifecycle_reminders"}),
        ("dynamodb:Scan", {"lifecycle_reminders"}),
        ("secretsmanager:GetSecretValue", set(FUNCTIONS)),
        ("sms-voice:SendTextMessage", {"send_message"}),
        ("social-messaging:SendWhatsAppMessage", {"send_message"}),
        ("states:SendTaskSuccess", {"send_message", "inbound_replies"}),
    ),
)
def test_only_who_needs_it_may(action: str, functions: set[str]) -> None:
    assert {function for function in FUNCTIONS if action in may(function)} == functions


def test_the_schedules_role_can_be_lent_to_the_scheduler_alone_and_invokes_one_alias() -> None:
    whole = stack()
    for function in FUNCTIONS:
        for statement in statements(function):
            if statement["Action"] == "iam:PassRole":
                lent_to = {"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}}
                assert statement["Condition"] == lent_to
    role = whole.resources["ScheduleRole"].properties
    (trust,) = listed(role["AssumeRolePolicyDocument"]["Statement"])
    assert trust["Condition"]["StringEquals"]["aws:SourceArn"].endswith(":schedule-group/aftercart")
    (invoke,) = (s for s in role["Policies"][0]["PolicyDocument"]["Statement"] if "lambda" in s["Action"])
    assert invoke["Resource"].endswith(":function:aftercart-lifecycle-reminders:live")


@pytest.mark.parametrize(
    ("topic", "service"),
    (
        ("SmsEventsTopic", "sms-voice.amazonaws.com"),
        ("WhatsAppEventsTopic", "social-messaging.amazonaws.com"),
        ("EmailEventsTopic", "ses.amazonaws.com"),
    ),
)
def test_only_the_channel_s_own_service_of_our_account_may_publish_on_its_topic(
    topic: str, service: str
) -> None:
    policy = stack().resources[f"{topic}Policy"].properties
    (statement,) = listed(policy["PolicyDocument"]["Statement"])
    assert policy["Topics"] == [statement["Resource"]] == [stack().resources[topic].arn]
    assert statement["Principal"] == {"Service": service}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": stack().account}}


def sends(**parameters: str) -> list[Any]:
    """What the sender may send by e-mail."""
    role = stack(**parameters).resources["SendMessageFunctionRole"].properties
    statements = [
        each for policy in role["Policies"] for each in listed(policy["PolicyDocument"]["Statement"])
    ]
    return [each for each in statements if each["Action"] == "ses:SendEmail"]


def test_email_is_sent_from_one_address_over_one_configuration_set() -> None:
    (statement,) = sends(EmailSender="hello@shop.example", EmailConfigurationSetName="shop")
    ses = "arn:aws:ses:eu-central-1:123456789012"
    assert statement["Resource"] == [
        f"{ses}:identity/hello@shop.example",
        f"{ses}:identity/shop.example",
        f"{ses}:configuration-set/shop",
    ]
    assert statement["Condition"] == {"StringEquals": {"ses:FromAddress": "hello@shop.example"}}


def test_a_stack_without_a_sender_may_send_no_email() -> None:
    assert sends(EmailSender="", EmailConfigurationSetName="") == []


def pushed_to(app: str) -> list[Any]:
    """The endpoints that the sender may publish to."""
    role = stack(PushAppName=app).resources["SendMessageFunctionRole"].properties
    documents = [policy["PolicyDocument"] for policy in role["Policies"]]
    found = [each for document in documents for each in listed(document["Statement"])]
    return [each["Resource"] for each in found if each["Action"] == "sns:Publish"]


def test_mobile_push_goes_to_the_brands_own_app_alone_and_a_stack_need_not_have_any() -> None:
    assert pushed_to("kram") == ["arn:aws:sns:eu-central-1:123456789012:endpoint/*/kram/*"]
    assert pushed_to("") == []


def whatsapp_of_aws(number: str) -> list[Any]:
    """What the sender may send WhatsApp from, through AWS."""
    role = stack(SocialPhoneNumberId=number).resources["SendMessageFunctionRole"].properties
    documents = [policy["PolicyDocument"] for policy in role["Policies"]]
    found = [each for document in documents for each in listed(document["Statement"])]
    return [each["Resource"] for each in found if each["Action"] == "social-messaging:SendWhatsAppMessage"]


def test_whatsapp_goes_out_through_aws_from_one_number() -> None:
    arn = "arn:aws:social-messaging:eu-central-1:123456789012:phone-number-id/976c72"
    assert whatsapp_of_aws("phone-number-id-976c72") == [arn]


def test_a_stack_without_a_number_at_aws_may_send_no_whatsapp_through_it() -> None:
    assert whatsapp_of_aws("") == []


def test_secrets_come_by_reference_only() -> None:
    names = source()["Parameters"]
    assert [name for name in names if re.search("secret|token|key|password", name, re.IGNORECASE)] == [
        "SecretArn"
    ]


def test_every_parameter_says_what_it_is_and_refuses_what_it_is_not() -> None:
    for name, parameter in source()["Parameters"].items():
        assert parameter["Description"], name
        assert "AllowedPattern" in parameter or "AllowedValues" in parameter, name


@pytest.mark.parametrize("stage", ("dev", "prod"))
def test_the_values_in_samconfig_are_ones_that_the_template_takes(stage: str) -> None:
    config = tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))[stage]
    overrides = config["deploy"]["parameters"]["parameter_overrides"]
    assert overrides[0] == "file://.aws-sam/code-sha256.yaml"
    given = dict(override.split("=", 1) for override in overrides[1:])
    # What CloudFormation takes for a number, TOML and the command line have as text.
    for name in ("LogRetentionDays", "FloodLimit"):
        if name in given:
            assert int(given.pop(name)) in source()["Parameters"][name]["AllowedValues"]
    whole = read(ROOT / "template.yaml", {"CodeSha256": "0" * 64} | given)
    assert whole.parameters["Stage"] == stage


def test_the_layer_keeps_the_models_of_every_service_that_the_code_calls() -> None:
    sources = [*(ROOT / "shared").rglob("*.py"), *(ROOT / "functions").rglob("*.py")]
    called = {
        service
        for source in sources
        for service in re.findall(r'\bclient\("([a-z0-9-]+)"\)', source.read_text(encoding="utf-8"))
    }
    assert called == set(SERVICES)


def test_the_outputs_are_what_one_pastes_elsewhere() -> None:
    api = stack().resolve({"Fn::GetAtt": ["HttpApi", "ApiEndpoint"]})
    outputs = stack().outputs
    urls = {name: value.removeprefix(api) for name, value in outputs.items() if name.endswith("Url")}
    assert urls == {
        "ShopifyOrdersUrl": "/shopify/orders",
        "ShopifyFulfillmentsUrl": "/shopify/fulfillments",
        "MetaWhatsAppUrl": "/meta/whatsapp",
        "MetaMessengerUrl": "/meta/messenger",
        "MetaInstagramUrl": "/meta/instagram",
        "InfobipViberUrl": "/infobip/viber",
        "TwilioSmsUrl": "/twilio/sms",
    }
    assert set(outputs) - set(urls) == {
        "SmsEventsTopicArn",
        "EmailEventsTopicArn",
        "WhatsAppEventsTopicArn",
        "AlarmTopicArn",
        "TableName",
    }


def test_no_limit_is_set_on_a_flood_where_the_account_may_run_few_at_once() -> None:
    def limits(**parameters: str) -> set[Any]:
        functions = stack(**parameters).of_type("AWS::Lambda::Function")
        return {function.properties.get("ReservedConcurrentExecutions") for function in functions}

    assert limits() == {None}
