"""The operations of our own services in the shapes of their APIs."""

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from sandbox.cloud.calls import Answer, Operation, Params
from sandbox.cloud.functions import Functions, HandlerFailed
from sandbox.cloud.scheduler import Schedule, Scheduler
from sandbox.fakes.carrier import AWS_SENDS
from sandbox.states.execution import Execution
from sandbox.states.machine import StateMachines

AwsSends = Callable[[str, str, Params], Mapping[str, Any]]
"""Takes a service, an operation of AWS_SENDS and its parameters, gives its output; raises Refused."""


def workflow_operations(machines: StateMachines) -> dict[tuple[str, str], Operation]:
    """Step Functions, as far as functions and tools use it."""

    def start(given: Params) -> Any:
        execution = machines.start(given["stateMachineArn"], given.get("input", "{}"), given.get("name"))
        return {"executionArn": execution.arn, "startDate": execution.started}

    def stop(given: Params) -> Any:
        execution = machines.execution(given["executionArn"])
        execution.abort(given.get("error", ""), given.get("cause", ""))
        return {"stopDate": execution.stopped}

    def list_executions(given: Params) -> Any:
        found = machines.executions(given.get("statusFilter"))
        return {
            "executions": [_listed(each) for each in found if each.machine_arn == given["stateMachineArn"]]
        }

    operations: dict[str, Operation] = {
        "StartExecution": start,
        "DescribeExecution": lambda given: _described(machines.execution(given["executionArn"])),
        "GetExecutionHistory": lambda given: _history(machines.execution(given["executionArn"])),
        "ListExecutions": list_executions,
        "StopExecution": stop,
        "SendTaskSuccess": lambda given: machines.succeed(given["taskToken"], given["output"]),
        "SendTaskFailure": lambda given: machines.fail(
            given["taskToken"], given.get("error", ""), given.get("cause", "")
        ),
    }
    return {("stepfunctions", name): operation for name, operation in operations.items()}


def _listed(execution: Execution) -> dict[str, Any]:
    found = {
        "executionArn": execution.arn,
        "stateMachineArn": execution.machine_arn,
        "name": execution.name,
        "status": execution.status,
        "startDate": execution.started,
    }
    return found | ({"stopDate": execution.stopped} if execution.stopped else {})


def _described(execution: Execution) -> dict[str, Any]:
    found = _listed(execution) | {"input": execution.input_text}
    if execution.status == "SUCCEEDED":
        found["output"] = json.dumps(execution.output)
    if execution.error:
        found |= {"error": execution.error, "cause": execution.cause}
    return found


def _history(execution: Execution) -> dict[str, Any]:
    events = []
    for number, event in enumerate(execution.history, start=1):
        shown: dict[str, Any] = {"timestamp": event.at, "type": event.type, "id": number}
        if event.type.endswith("StateEntered"):
            shown["stateEnteredEventDetails"] = {"name": event.state}
        events.append(shown | {"previousEventId": number - 1})
    return {"events": events}


def schedule_operations(scheduler: Scheduler) -> dict[tuple[str, str], Operation]:
    """EventBridge Scheduler."""

    def named(given: Params) -> tuple[str, str]:
        return given["Name"], given.get("GroupName", "default")

    def listed(given: Params) -> Any:
        prefix, state = given.get("NamePrefix", ""), given.get("State")
        found = [
            each
            for each in scheduler.live(given.get("GroupName"))
            if each.name.startswith(prefix) and state in (None, each.spec.get("State", "ENABLED"))
        ]
        return {"Schedules": [_summary(each) for each in found]}

    def delete(given: Params) -> Any:
        scheduler.delete(*named(given))

    operations: dict[str, Operation] = {
        "CreateSchedule": lambda given: {"ScheduleArn": scheduler.create(given).arn},
        "UpdateSchedule": lambda given: {"ScheduleArn": scheduler.update(given).arn},
        "GetSchedule": lambda given: _schedule(scheduler.get(*named(given))),
        "DeleteSchedule": delete,
        "ListSchedules": listed,
        "CreateScheduleGroup": lambda given: {"ScheduleGroupArn": scheduler.create_group(given["Name"])},
    }
    return {("scheduler", name): operation for name, operation in operations.items()}


def _schedule(schedule: Schedule) -> dict[str, Any]:
    defaults = {"ActionAfterCompletion": "NONE", "ScheduleExpressionTimezone": "UTC", "State": "ENABLED"}
    given = {name: value for name, value in schedule.spec.items() if name != "ClientToken"}
    times = {"CreationDate": schedule.created, "LastModificationDate": schedule.modified}
    return defaults | given | times | {"Arn": schedule.arn, "GroupName": schedule.group}


def _summary(schedule: Schedule) -> dict[str, Any]:
    full = _schedule(schedule)
    kept = ("Arn", "CreationDate", "GroupName", "LastModificationDate", "Name", "State")
    return {name: full[name] for name in kept} | {"Target": {"Arn": schedule.spec["Target"]["Arn"]}}


def lambda_operations(functions: Functions) -> dict[tuple[str, str], Operation]:
    """Lambda: one function may invoke another."""

    def invoke(given: Params) -> Answer:
        name, event = given["FunctionName"], json.loads(given.get("Payload", b"{}"))
        if "Qualifier" in given:
            name = f"{name}:{given['Qualifier']}" if ":function:" in name else name
        if given.get("InvocationType") == "Event":
            functions.invoke_async(name, event)
            return 202, {}, b""
        try:
            return 200, {"x-amz-executed-version": "1"}, json.dumps(functions.call(name, event)).encode()
        except HandlerFailed as failure:
            body = {"errorMessage": failure.message, "errorType": failure.error}
            return 200, {"x-amz-function-error": "Unhandled"}, json.dumps(body).encode()

    return {("lambda", "Invoke"): invoke}


def send_operations(send: AwsSends) -> dict[tuple[str, str], Operation]:
    """What AWS's own channels send with: moto lacks these, or shows nobody what was sent."""
    return {each: partial(_sent, send, *each) for each in AWS_SENDS}


def _sent(send: AwsSends, service: str, operation: str, given: Params) -> Any:
    return dict(send(service, operation, given))
