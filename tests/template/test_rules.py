"""The deployed stack keeps every rule, and every rule sees what it is there for.

Each planted fault is an edit that somebody could make, and the words of the rule that refuses it.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sandbox.cloud.template import Stack
from tests.template import access, edges, keeping
from tests.template.stack import Document, deployed, properties

Rule = Callable[[Stack], Iterator[str]]
Edit = Callable[[Document], object]
RULES: tuple[Rule, ...] = (
    access.wildcards,
    access.foreign_policies,
    access.open_routes,
    access.invokers,
    access.principals,
    access.lending,
    access.secrets_in_sight,
    access.floods,
    edges.schedules_fail_somewhere,
    edges.functions_fail_somewhere,
    edges.topics_fail_somewhere,
    edges.letters_are_kept,
    edges.dead_letters_wake,
    edges.failures_wake,
    edges.own_counts_wake,
    edges.missing_sweeps_wake,
    edges.alarms_are_heard,
    edges.metrics_exist,
    keeping.promises_outlive_the_stack,
    keeping.the_rest_says_when_it_goes,
    keeping.the_table_can_be_had_back,
    keeping.logs_end,
    keeping.everybody_logs_to_a_group_of_ours,
    keeping.functions_end,
    keeping.nothing_is_traced,
)


def given(logical: str, **facts: Any) -> Edit:
    """Sets properties."""
    return lambda document: properties(document, logical).update(facts)


def without(logical: str, *path: str) -> Edit:
    """Takes a property away."""

    def edit(document: Document) -> None:
        place = properties(document, logical)
        for name in path[:-1]:
            place = place[name]
        del place[path[-1]]

    return edit


def dropped(logical: str) -> Edit:
    return lambda document: document["Resources"].pop(logical)


def policy(logical: str, **facts: Any) -> Edit:
    """Changes the first statement of a policy."""

    def edit(document: Document) -> None:
        place = properties(document, logical)
        text = place.get("PolicyDocument") or place["Policies"][0]["PolicyDocument"]
        _first(text).update(facts)

    return edit


def trusting(logical: str, **facts: Any) -> Edit:
    return lambda document: _first(properties(document, logical)["AssumeRolePolicyDocument"]).update(facts)


def also_routed(path: str) -> Edit:
    def edit(document: Document) -> None:
        paths = properties(document, "HttpApi")["Body"]["paths"]
        paths[path] = paths["/shopify/orders"]

    return edit


def declared(logical: str, **facts: Any) -> Edit:
    """Sets what stands beside the properties."""
    return lambda document: document["Resources"][logical].update(facts)


def more(logical: str, type_: str, **facts: Any) -> Edit:
    return lambda document: document["Resources"].update({logical: {"Type": type_, "Properties": facts}})


def told(function: str, **variables: str) -> Edit:
    return lambda document: properties(document, function)["Environment"]["Variables"].update(variables)


def _first(document: Document) -> Document:
    statement = document["Statement"]
    found: Document = statement[0] if isinstance(statement, list) else statement
    return found


ALARM: dict[str, Any] = {"AlarmDescription": "x", "TreatMissingData": "notBreaching"}
PLANTED: tuple[tuple[Rule, Edit, str], ...] = (
    (access.wildcards, policy("KeepRecords", Action="dynamodb:*"), "KeepRecords.PolicyDocument allows dynam"),
    (access.wildcards, policy("KeepRecords", Resource="*"), "KeepRecords.PolicyDocument reaches *"),
    (
        access.wildcards,
        policy("StartSending", NotAction="iam:*"),
        "StartSending.PolicyDocument allows all but",
    ),
    (access.wildcards, policy("AnswerWorkflow", Resource="arn:aws:states:::x"), "AnswerWorkflow.PolicyDocum"),
    (
        access.wildcards,
        policy("LifecycleRemindersFunctionRole", Resource={"Fn::Sub": "${Table.Arn}/*"}),
        "LifecycleRemindersFunctionRole.",
    ),
    (
        access.foreign_policies,
        given("SendMessageFunctionRole", ManagedPolicyArns=["arn:aws:iam::aws:policy/AdministratorAccess"]),
        "SendMessageFunctionRole has arn:aws:iam::aws:policy/AdministratorAccess",
    ),
    (access.open_routes, also_routed("/debug"), "POST /debug is open"),
    (access.open_routes, also_routed("/{proxy+}"), "POST /{proxy+} is open"),
    (
        access.open_routes,
        lambda document: properties(document, "HttpApi")["Body"]["paths"].pop("/infobip/viber"),
        "POST /infobip/viber is gone",
    ),
    (
        access.open_routes,
        more("Way", "AWS::Lambda::Url", AuthType="NONE", TargetFunctionArn="x"),
        "Way is another way in",
    ),
    (access.invokers, given("CustomerPagesFunctionShowPermission", Principal="*"), "lets * in"),
    (access.invokers, without("InboundRepliesFunctionSmsPermission", "SourceArn"), "does not say for whom"),
    (
        access.invokers,
        given("InboundRepliesFunctionSmsPermission", SourceArn="arn:aws:sns:*:*:*"),
        "for whom",
    ),
    (
        access.invokers,
        given("CustomerPagesFunctionShowPermission", FunctionName={"Ref": "CustomerPagesFunction"}),
        "leads past the alias",
    ),
    (
        access.principals,
        trusting("ScheduleRole", Condition={}),
        "serves scheduler.amazonaws.com on anybody's behalf",
    ),
    (
        access.principals,
        trusting("SendWithFallbackRole", Condition={"StringEquals": {"aws:SourceAccount": "999999999999"}}),
        "serves states.amazonaws.com on anybody's behalf",
    ),
    (access.principals, trusting("ScheduleRole", Principal={"AWS": "*"}), "opens to"),
    (access.principals, policy("SmsEventsTopicPolicy", Principal="*"), 'opens to "*"'),
    (access.principals, policy("SmsEventsDeadLettersPolicy", Condition={}), "on anybody's behalf"),
    (access.principals, policy("EmailEventsTopicPolicy", Condition={}), "on anybody's behalf"),
    (
        access.lending,
        lambda document: properties(document, "ArmSchedules")["PolicyDocument"]["Statement"][1].pop(
            "Condition"
        ),
        "to anybody",
    ),
    (
        access.lending,
        lambda document: properties(document, "ArmSchedules")["PolicyDocument"]["Statement"][1].update(
            Resource="arn:aws:iam::123456789012:role/other"
        ),
        "lends arn:aws:iam::123456789012:role/other",
    ),
    (access.secrets_in_sight, told("SendMessageFunction", META_TOKEN="x"), "has META_TOKEN"),
    (
        access.secrets_in_sight,
        told("SendMessageFunction", LINK="{{resolve:secretsmanager:x}}"),
        "has LINK in plain text",
    ),
    (
        access.floods,
        without("HttpApiApiGatewayDefaultStage", "DefaultRouteSettings"),
        "any number of requests",
    ),
    (
        access.floods,
        without("CustomerPagesFunction", "ReservedConcurrentExecutions"),
        "CustomerPagesFunction",
    ),
    (
        edges.schedules_fail_somewhere,
        without("Sweep", "Target", "DeadLetterConfig"),
        "Sweep has no dead letters",
    ),
    (edges.schedules_fail_somewhere, without("Sweep", "Target", "RetryPolicy"), "Sweep retries for a day"),
    (
        edges.schedules_fail_somewhere,
        told("OrderConfirmationFunction", SCHEDULE_DLQ_ARN=""),
        "OrderConfirmationFunction arms schedules without",
    ),
    (
        edges.functions_fail_somewhere,
        without("InboundRepliesFunctionEventInvokeConfig", "DestinationConfig"),
        "InboundRepliesFunction loses what fails thrice",
    ),
    (
        edges.functions_fail_somewhere,
        given("LifecycleRemindersFunctionEventInvokeConfig", Qualifier="$LATEST"),
        "LifecycleRemindersFunction loses what fails thrice",
    ),
    (
        edges.functions_fail_somewhere,
        given("LifecycleRemindersFunctionEventInvokeConfig", MaximumRetryAttempts=0),
        "LifecycleRemindersFunction does not try three times",
    ),
    (
        edges.functions_fail_somewhere,
        more(
            "Another",
            "AWS::SNS::Subscription",
            Protocol="lambda",
            TopicArn={"Ref": "AlarmTopic"},
            Endpoint={"Ref": "CustomerPagesFunctionAliaslive"},
        ),
        "CustomerPagesFunction loses what fails thrice",
    ),
    (
        edges.topics_fail_somewhere,
        without("InboundRepliesFunctionSms", "RedrivePolicy"),
        "loses what it cannot",
    ),
    (
        edges.topics_fail_somewhere,
        policy("SmsEventsDeadLettersPolicy", Principal={"Service": "s3.amazonaws.com"}),
        "may not write to its queue",
    ),
    (edges.letters_are_kept, given("ScheduleDeadLetters", MessageRetentionPeriod=3600), "forgets too soon"),
    (edges.topics_fail_somewhere, without("InboundRepliesFunctionEmail", "RedrivePolicy"), "loses what it"),
    (edges.letters_are_kept, without("SmsEventsDeadLetters", "SqsManagedSseEnabled"), "is not encrypted"),
    (edges.dead_letters_wake, dropped("InvocationDeadLettersAlarm"), "nobody watches ApproximateNumberOf"),
    (edges.dead_letters_wake, dropped("OldDeadLettersAlarm"), "nobody watches ApproximateAgeOfOldest"),
    (
        edges.dead_letters_wake,
        given("SmsEventsDeadLettersAlarm", Threshold=5),
        "a first letter in SmsEventsDead",
    ),
    (
        edges.dead_letters_wake,
        more("MoreLetters", "AWS::SQS::Queue", QueueName="more"),
        "nobody watches ApproximateNumberOfMessagesVisible of MoreLetters",
    ),
    (
        edges.failures_wake,
        dropped("CustomerPagesErrorsAlarm"),
        "nobody watches Errors of aftercart-customer-p",
    ),
    (edges.failures_wake, dropped("SenderErrorsAlarm"), "nobody watches Errors of aftercart-send-message"),
    (edges.failures_wake, dropped("ThrottlesAlarm"), "nobody watches Throttles of aftercart-inbound-replies"),
    (edges.failures_wake, dropped("FailedExecutionsAlarm"), "nobody watches ExecutionsFailed"),
    (edges.failures_wake, dropped("CutShortExecutionsAlarm"), "nobody watches ExecutionsAborted"),
    (edges.failures_wake, dropped("LostDeadLettersAlarm"), "nobody watches InvocationsFailedToBeSent"),
    (edges.failures_wake, dropped("LateEventsAlarm"), "nobody watches AsyncEventAge"),
    (edges.failures_wake, dropped("ApiFaultsAlarm"), "nobody watches 5xx"),
    (edges.failures_wake, given("ApiFaultsAlarm", AlarmActions=[]), "nobody watches 5xx"),
    (edges.own_counts_wake, dropped("ParkedAlarm"), "nobody watches Parked"),
    (edges.own_counts_wake, dropped("PeopleNeededAlarm"), "nobody watches PeopleNeeded"),
    (edges.own_counts_wake, dropped("ProviderFaultsAlarm"), "nobody watches ProviderFaults"),
    (edges.own_counts_wake, dropped("RefusedAlarm"), "nobody watches RequestRefused"),
    (edges.missing_sweeps_wake, dropped("SweepAlarm"), "a sweep that does not come wakes nobody"),
    (edges.missing_sweeps_wake, given("SweepAlarm", TreatMissingData="notBreaching"), "wakes nobody"),
    (edges.alarms_are_heard, without("ApiFaultsAlarm", "AlarmActions"), "ApiFaultsAlarm rings nowhere"),
    (edges.alarms_are_heard, given("ApiFaultsAlarm", ActionsEnabled=False), "ApiFaultsAlarm rings nowhere"),
    (edges.alarms_are_heard, without("ParkedAlarm", "TreatMissingData"), "ParkedAlarm does not say"),
    (
        edges.metrics_exist,
        given("SenderErrorsAlarm", Dimensions=[{"Name": "FunctionName", "Value": "aftercart-sender"}]),
        "Errors of aftercart-sender is never counted",
    ),
    (keeping.promises_outlive_the_stack, declared("Table", DeletionPolicy="Delete"), "Table goes with the"),
    (keeping.promises_outlive_the_stack, declared("ScheduleGroup", UpdateReplacePolicy="Delete"), "replaced"),
    (
        keeping.the_rest_says_when_it_goes,
        lambda document: document["Resources"]["HttpApiLogs"].pop("DeletionPolicy"),
        "HttpApiLogs does not say when it goes",
    ),
    (
        keeping.the_table_can_be_had_back,
        without("Table", "PointInTimeRecoverySpecification"),
        "no point-in-time",
    ),
    (keeping.the_table_can_be_had_back, given("Table", DeletionProtectionEnabled=False), "may be deleted"),
    (keeping.the_table_can_be_had_back, given("Table", SSESpecification={"SSEEnabled": False}), "encrypted"),
    (keeping.logs_end, without("SendWithFallbackLogs", "RetentionInDays"), "SendWithFallbackLogs is kept"),
    (keeping.everybody_logs_to_a_group_of_ours, without("SendMessageFunction", "LoggingConfig"), "somewhere"),
    (
        keeping.everybody_logs_to_a_group_of_ours,
        given("HttpApiApiGatewayDefaultStage", AccessLogSettings={"DestinationArn": "arn:aws:logs:::x"}),
        "HttpApiApiGatewayDefaultStage logs somewhere else",
    ),
    (
        keeping.everybody_logs_to_a_group_of_ours,
        without("SendWithFallback", "LoggingConfiguration", "Destinations"),
        "SendWithFallback logs somewhere else",
    ),
    (keeping.functions_end, without("LifecycleRemindersFunction", "Timeout"), "ends when it likes"),
    (keeping.functions_end, given("OrderConfirmationFunction", Timeout=60), "nobody waits any more"),
    (keeping.nothing_is_traced, given("SendMessageFunction", TracingConfig={"Mode": "Active"}), "is traced"),
    (
        keeping.nothing_is_traced,
        lambda document: properties(document, "SendWithFallback")["LoggingConfiguration"].update(
            IncludeExecutionData=True
        ),
        "logs what executions carry",
    ),
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_deployed_stack_keeps_the_rule(rule: Rule) -> None:
    assert list(rule(deployed())) == []


@pytest.mark.parametrize(
    ("rule", "edit", "said"), PLANTED, ids=[f"{n}-{p[0].__name__}" for n, p in enumerate(PLANTED)]
)
def test_the_rule_sees_a_planted_fault(rule: Rule, edit: Edit, said: str) -> None:
    try:
        faults = list(rule(deployed(edit)))
    except KeyError:
        pytest.fail("the edit is of a template that is no longer there")
    assert any(said in fault for fault in faults), faults


def test_every_rule_has_seen_a_fault() -> None:
    assert {rule for rule, _, _ in PLANTED} == set(RULES)


def test_every_exception_has_its_reason() -> None:
    for reasons in (access.WILDCARDS, access.FOREIGN, access.ROUTES, access.TRUSTED_WITHOUT_CONDITION):
        assert all(len(reason.split()) > 2 for reason in reasons.values())
