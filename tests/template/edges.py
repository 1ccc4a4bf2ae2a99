"""Rules on what happens without anybody waiting: where each failure ends, and whom it wakes."""

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.cloud.template import Resource, Stack

FORTNIGHT = 1_209_600  # seconds: the longest that a queue keeps
# Alarms that are there for everything at once; Metrics Insights adds up all dimensions.
OWN_COUNTS: Mapping[str, str] = {
    "Parked": "an authentic message that nobody could read",
    "PeopleNeeded": "news that mattered and reached nobody",
    "ProviderFaults": "a key that has expired, a spend limit, a template that was withdrawn",
    "RequestRefused": "bad signatures: a stranger, or a key that was changed",
}


def asynchronous(stack: Stack) -> list[Resource]:
    """Functions that somebody invokes without waiting: a schedule of the template's, one of ours, a topic."""
    schedules = [s.properties["Target"]["Arn"] for s in stack.of_type("AWS::Scheduler::Schedule")]
    topics = [s.properties["Endpoint"] for s in stack.of_type("AWS::SNS::Subscription")]
    armed = [
        function.properties["Environment"]["Variables"]["SCHEDULE_TARGET_ARN"]
        for function in stack.of_type("AWS::Lambda::Function")
    ]
    targets = {arn.removesuffix(":live") for arn in (*schedules, *topics, *armed)}
    return [function for function in stack.of_type("AWS::Lambda::Function") if function.arn in targets]


def queues(stack: Stack) -> dict[str, Resource]:
    return {queue.arn: queue for queue in stack.of_type("AWS::SQS::Queue")}


def schedules_fail_somewhere(stack: Stack) -> Iterator[str]:
    """What the scheduler cannot hand over lies in a queue; it may put it there."""
    for schedule in stack.of_type("AWS::Scheduler::Schedule"):
        target = schedule.properties["Target"]
        if target.get("DeadLetterConfig", {}).get("Arn") not in queues(stack):
            yield f"{schedule.logical} has no dead letters"
        if "RetryPolicy" not in target:
            yield f"{schedule.logical} retries for a day, into the next ones"
    for function in stack.of_type("AWS::Lambda::Function"):
        if function.properties["Environment"]["Variables"]["SCHEDULE_DLQ_ARN"] not in queues(stack):
            yield f"{function.logical} arms schedules without dead letters"


def functions_fail_somewhere(stack: Stack) -> Iterator[str]:
    """An event that fails thrice lies in a queue: by the alias, as that is what is invoked."""
    configured = {
        config.properties["FunctionName"]: config.properties
        for config in stack.of_type("AWS::Lambda::EventInvokeConfig")
        if config.properties["Qualifier"] == "live"
    }
    for function in asynchronous(stack):
        given = configured.get(function.ref, {})
        if given.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination") not in queues(stack):
            yield f"{function.logical} loses what fails thrice"
        if given.get("MaximumRetryAttempts") != 2:
            yield f"{function.logical} does not try three times"


def topics_fail_somewhere(stack: Stack) -> Iterator[str]:
    """What a topic cannot hand over lies in a queue that lets the topic write."""
    open_to = {
        (statement["Condition"]["ArnEquals"]["aws:SourceArn"], statement["Resource"])
        for policy in stack.of_type("AWS::SQS::QueuePolicy")
        for statement in _list(policy.properties["PolicyDocument"]["Statement"])
        if statement["Principal"] == {"Service": "sns.amazonaws.com"}
    }
    for subscription in stack.of_type("AWS::SNS::Subscription"):
        queue = subscription.properties.get("RedrivePolicy", {}).get("deadLetterTargetArn")
        if queue not in queues(stack):
            yield f"{subscription.logical} loses what it cannot hand over"
        elif (subscription.properties["TopicArn"], queue) not in open_to:
            yield f"{subscription.logical} may not write to its queue"


def letters_are_kept(stack: Stack) -> Iterator[str]:
    """Two weeks, encrypted."""
    for queue in queues(stack).values():
        if queue.properties.get("MessageRetentionPeriod") != FORTNIGHT:
            yield f"{queue.logical} forgets too soon"
        if queue.properties.get("SqsManagedSseEnabled") is not True:
            yield f"{queue.logical} is not encrypted"


def dead_letters_wake(stack: Stack) -> Iterator[str]:
    """Each queue: as soon as a letter lies in it, and again before it is gone."""
    for queue in queues(stack).values():
        for name in ("ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"):
            if ("AWS/SQS", name, queue.name) not in watched(stack):
                yield f"nobody watches {name} of {queue.logical}"
        depth = _alarms_on(stack, "ApproximateNumberOfMessagesVisible", queue.name)
        if not any(alarm["Threshold"] == 0 and alarm["EvaluationPeriods"] == 1 for alarm in depth):
            yield f"a first letter in {queue.logical} wakes nobody"


def failures_wake(stack: Stack) -> Iterator[str]:
    """Each edge and each function has an alarm on its own failure metric."""
    wanted = [("AWS/Lambda", name, f.name) for f in _functions(stack) for name in ("Errors", "Throttles")]
    for function in asynchronous(stack):
        wanted += [("AWS/Lambda", n, function.name) for n in ("AsyncEventAge", "DestinationDeliveryFailures")]
    for machine in stack.of_type("AWS::StepFunctions::StateMachine"):
        ends = ("ExecutionsFailed", "ExecutionsAborted", "ExecutionsTimedOut", "ExecutionThrottled")
        wanted += [("AWS/States", name, machine.arn) for name in ends]
    for group in stack.of_type("AWS::Scheduler::ScheduleGroup"):
        wanted += [("AWS/Scheduler", "InvocationsFailedToBeSentToDeadLetterCount", group.name)]
    for topic in {s.properties["TopicArn"] for s in stack.of_type("AWS::SNS::Subscription")}:
        name = topic.rsplit(":", 1)[1]
        wanted += [("AWS/SNS", "NumberOfNotificationsFailedToRedriveToDlq", name)]
    for table in stack.of_type("AWS::DynamoDB::Table"):
        wanted += [("AWS/DynamoDB", f"{way}ThrottleEvents", table.name) for way in ("Read", "Write")]
    for api in stack.of_type("AWS::ApiGatewayV2::Api"):
        wanted += [("AWS/ApiGateway", "5xx", api.name)]
    yield from (f"nobody watches {name} of {who}" for _, name, who in sorted(set(wanted) - watched(stack)))


def own_counts_wake(stack: Stack) -> Iterator[str]:
    """What the code counts for a person to see, a person is told."""
    asked = " ".join(
        metric.get("Expression", "") for alarm in _alarms(stack) for metric in alarm.get("Metrics", [])
    )
    for count in OWN_COUNTS:
        if f'SELECT SUM({count}) FROM "{stack.name}"' not in asked:
            yield f"nobody watches {count}"


def missing_sweeps_wake(stack: Stack) -> Iterator[str]:
    """Silence itself is the alarm: who waits for a count sees nothing where nothing counts."""
    sweeps = _alarms_on(stack, "Swept", "lifecycle_reminders")
    if not any(
        alarm["TreatMissingData"] == "breaching" and alarm["ComparisonOperator"] == "LessThanThreshold"
        for alarm in sweeps
    ):
        yield "a sweep that does not come wakes nobody"


def alarms_are_heard(stack: Stack) -> Iterator[str]:
    """Each alarm tells the topic that the outputs name, says what it means, and knows what silence means."""
    topic = stack.outputs["AlarmTopicArn"]
    for resource in stack.of_type("AWS::CloudWatch::Alarm"):
        given = resource.properties
        if topic not in given.get("AlarmActions", []) or given.get("ActionsEnabled") is False:
            yield f"{resource.logical} rings nowhere"
        if "TreatMissingData" not in given or not given.get("AlarmDescription"):
            yield f"{resource.logical} does not say what it means"


def metrics_exist(stack: Stack) -> Iterator[str]:
    """An alarm on what nothing is called never rings."""
    names = {resource.name for resource in stack.resources.values()}
    names |= {resource.arn for resource in stack.resources.values()} | {"lifecycle_reminders"}
    yield from (f"{name} of {who} is never counted" for _, name, who in watched(stack) if who not in names)


def watched(stack: Stack) -> set[tuple[str, str, str]]:
    """(namespace, metric, whose) of every alarm."""
    return {
        (metric["Namespace"], metric["MetricName"], metric["Dimensions"][0]["Value"])
        for alarm in _alarms(stack)
        for metric in _metrics(alarm)
    }


def _metrics(alarm: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if "MetricName" in alarm:
        yield alarm
    for each in alarm.get("Metrics", []):
        if "MetricStat" in each:
            yield each["MetricStat"]["Metric"]


def _alarms_on(stack: Stack, name: str, whose: str) -> list[Mapping[str, Any]]:
    return [
        alarm
        for alarm in _alarms(stack)
        if alarm.get("MetricName") == name and alarm["Dimensions"][0]["Value"] == whose
    ]


def _alarms(stack: Stack) -> Iterator[Mapping[str, Any]]:
    """Those that ring."""
    topic = stack.outputs["AlarmTopicArn"]
    for alarm in stack.of_type("AWS::CloudWatch::Alarm"):
        if topic in alarm.properties.get("AlarmActions", []):
            yield alarm.properties


def _functions(stack: Stack) -> list[Resource]:
    return stack.of_type("AWS::Lambda::Function")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
