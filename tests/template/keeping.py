"""Rules on what is kept, for how long, and in which shape; and on how long anything may take."""

from collections.abc import Iterator, Mapping

from sandbox.cloud.template import Stack

# What customers were promised lies here. Its names are pinned by schedules that wait for years.
PROMISES = ("AWS::DynamoDB::Table", "AWS::Scheduler::ScheduleGroup")
# Beside the promises: what holds data for a while, and says so.
HOLDING = ("AWS::Logs::LogGroup", "AWS::SQS::Queue")
LONGEST_LOG = 365
LONGEST_ANSWER = 29  # seconds: the API gives up after 30
LOGGED_BY: Mapping[str, str] = {
    "AWS::Lambda::Function": "LoggingConfig",
    "AWS::ApiGatewayV2::Stage": "AccessLogSettings",
    "AWS::StepFunctions::StateMachine": "LoggingConfiguration",
}


def promises_outlive_the_stack(stack: Stack) -> Iterator[str]:
    for resource in stack.of_type(*PROMISES):
        declared = stack.template["Resources"][resource.logical]
        if declared.get("DeletionPolicy") != "RetainExceptOnCreate":
            yield f"{resource.logical} goes with the stack"
        if declared.get("UpdateReplacePolicy") != "Retain":
            yield f"{resource.logical} goes when it is replaced"


def the_rest_says_when_it_goes(stack: Stack) -> Iterator[str]:
    for resource in stack.of_type(*HOLDING):
        declared = stack.template["Resources"][resource.logical]
        if not {"DeletionPolicy", "UpdateReplacePolicy"} <= declared.keys():
            yield f"{resource.logical} does not say when it goes"


def the_table_can_be_had_back(stack: Stack) -> Iterator[str]:
    for table in stack.of_type("AWS::DynamoDB::Table"):
        given = table.properties
        if not given.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled"):
            yield f"{table.logical} has no point-in-time recovery"
        if not given.get("DeletionProtectionEnabled"):
            yield f"{table.logical} may be deleted in prod"
        if given.get("SSESpecification", {}).get("SSEEnabled") is False:
            yield f"{table.logical} is not encrypted"


def logs_end(stack: Stack) -> Iterator[str]:
    """Each log group says for how long."""
    for group in stack.of_type("AWS::Logs::LogGroup"):
        if not 0 < group.properties.get("RetentionInDays", 0) <= LONGEST_LOG:
            yield f"{group.logical} is kept for ever"


def everybody_logs_to_a_group_of_ours(stack: Stack) -> Iterator[str]:
    """A group that AWS makes by itself keeps everything for ever."""
    groups = stack.of_type("AWS::Logs::LogGroup")
    known = {group.properties["LogGroupName"] for group in groups} | {group.arn for group in groups}
    for resource in stack.of_type(*LOGGED_BY):
        given = resource.properties.get(LOGGED_BY[resource.type], {})
        where = given.get("LogGroup") or given.get("DestinationArn")
        for destination in given.get("Destinations", []):
            where = destination["CloudWatchLogsLogGroup"]["LogGroupArn"]
        if where not in known:
            yield f"{resource.logical} logs somewhere else"


def functions_end(stack: Stack) -> Iterator[str]:
    """A timeout that was thought of, and where the API waits, one that it waits for."""
    for function in stack.of_type("AWS::Lambda::Function"):
        timeout = function.properties.get("Timeout")
        if timeout is None or not 0 < timeout <= 60:
            yield f"{function.logical} ends when it likes"
        elif _behind_the_api(stack, function.arn) and timeout > LONGEST_ANSWER:
            yield f"{function.logical} answers when nobody waits any more"


def _behind_the_api(stack: Stack, arn: str) -> bool:
    return any(
        permission.properties["FunctionName"] == f"{arn}:live"
        and permission.properties["Principal"] == "apigateway.amazonaws.com"
        for permission in stack.of_type("AWS::Lambda::Permission")
    )


def nothing_is_traced(stack: Stack) -> Iterator[str]:
    """Executions' data and traces would keep what erasing cannot reach."""
    for machine in stack.of_type("AWS::StepFunctions::StateMachine"):
        if machine.properties["LoggingConfiguration"].get("IncludeExecutionData") is not False:
            yield f"{machine.logical} logs what executions carry"
    for resource in stack.of_type("AWS::StepFunctions::StateMachine", "AWS::Lambda::Function"):
        traced = resource.properties.get("TracingConfiguration") or resource.properties.get("TracingConfig")
        if traced:
            yield f"{resource.logical} is traced"
