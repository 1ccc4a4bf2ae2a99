"""Makes the resources of a stack: data stores in moto, everything that runs in our own services."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from sandbox.cloud.functions import Function, Functions
from sandbox.cloud.lambda_environment import handler
from sandbox.cloud.scheduler import Scheduler
from sandbox.cloud.template import Resource, Stack, TemplateError
from sandbox.states.asl import load
from sandbox.states.machine import StateMachines
from sandbox.states.node import DefinitionError

# Plumbing: who may do what, where logs go, what is counted. Nothing here runs on it.
PLUMBING = {
    "AWS::ApiGatewayV2::Stage",
    "AWS::CloudWatch::Alarm",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Role",
    "AWS::Lambda::Alias",  # read with its function
    "AWS::Lambda::EventInvokeConfig",  # read with its function
    "AWS::Lambda::LayerVersion",
    "AWS::Lambda::Permission",
    "AWS::Lambda::Version",
    "AWS::Logs::LogGroup",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
}
INVOKED = re.compile(r"/functions/(arn:[^/]+)/invocations$")
# Lambda sets these for every function.
GIVEN = {
    "AWS_REGION": "eu-central-1",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
    "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
    "LAMBDA_TASK_ROOT": "/var/task",
    "LAMBDA_RUNTIME_DIR": "/var/runtime",
    "TZ": ":UTC",
}


@dataclass(slots=True)
class Provisioned:
    """What the stack turned into.

    `routes`: (METHOD, path template) to a function's ARN; `topics`: a topic's ARN to the functions that are
    told; `tables`: names by logical name.
    """

    routes: dict[tuple[str, str], str] = field(default_factory=dict)
    topics: dict[str, list[str]] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)
    domain: str = ""


@dataclass(slots=True)
class Provisioner:
    """Makes each resource once. `client` gives a boto3 client that ends in moto."""

    stack: Stack
    root: Path
    client: Callable[[str], Any]
    functions: Functions
    machines: StateMachines
    scheduler: Scheduler
    environment: Mapping[str, str]
    made: Provisioned = field(default_factory=Provisioned)

    def make_all(self) -> Provisioned:
        """In an order in which each finds what it names. Raises TemplateError at what cannot be made."""
        makers: dict[str, Callable[[Resource], None]] = {
            "AWS::DynamoDB::Table": self._table,
            "AWS::SQS::Queue": self._queue,
            "AWS::SNS::Topic": self._topic,
            "AWS::Lambda::Function": self._function,
            "AWS::SNS::Subscription": self._subscription,
            "AWS::ApiGatewayV2::Api": self._api,
            "AWS::StepFunctions::StateMachine": self._machine,
            "AWS::Scheduler::ScheduleGroup": self._group,
            "AWS::Scheduler::Schedule": self._schedule,
        }
        for resource in self.stack.resources.values():
            if resource.type not in makers and resource.type not in PLUMBING:
                raise TemplateError(f"{resource.logical}: the sandbox cannot make {resource.type}")
        for type_, make in makers.items():
            for resource in self.stack.of_type(type_):
                make(resource)
        return self.made

    def _table(self, table: Resource) -> None:
        taken = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
        given = {name: table.properties[name] for name in taken if name in table.properties}
        self.client("dynamodb").create_table(TableName=table.name, **given)
        if lifetime := table.properties.get("TimeToLiveSpecification"):
            self.client("dynamodb").update_time_to_live(
                TableName=table.name, TimeToLiveSpecification=lifetime
            )
        self.made.tables[table.logical] = table.name

    def _queue(self, queue: Resource) -> None:
        attributes = {
            name: json.dumps(value) if isinstance(value, dict | bool) else str(value)
            for name, value in queue.properties.items()
            if name not in ("QueueName", "Tags")
        }
        self.client("sqs").create_queue(QueueName=queue.name, Attributes=attributes)

    def _topic(self, topic: Resource) -> None:
        self.client("sns").create_topic(Name=topic.name)

    def _function(self, function: Resource) -> None:
        given = function.properties
        invoking = self._invoke_config(function)
        destination = invoking.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
        own = given.get("Environment", {}).get("Variables", {})
        self.functions.add(
            Function(
                name=function.name,
                arn=function.arn,
                handle=handler(given["Handler"], self.root / _folder(given["Code"])),
                aliases=frozenset(self._aliases(function)),
                environment={name: str(value) for name, value in own.items()}
                | GIVEN
                | dict(self.environment)
                | {"AWS_LAMBDA_FUNCTION_NAME": function.name}
                | {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(given.get("MemorySize", 128))},
                memory=given.get("MemorySize", 128),
                timeout=given.get("Timeout", 3),
                retries=invoking.get("MaximumRetryAttempts", 2),
                longest_age=timedelta(seconds=invoking.get("MaximumEventAgeInSeconds", 21600)),
                on_failure=destination,
                dead_letters=given.get("DeadLetterConfig", {}).get("TargetArn"),
            )
        )

    def _aliases(self, function: Resource) -> list[str]:
        aliases = self.stack.of_type("AWS::Lambda::Alias")
        return [a.properties["Name"] for a in aliases if a.properties["FunctionName"] == function.ref]

    def _invoke_config(self, function: Resource) -> Mapping[str, Any]:
        for config in self.stack.of_type("AWS::Lambda::EventInvokeConfig"):
            if config.properties["FunctionName"] == function.ref:
                return config.properties
        return {}

    def _subscription(self, subscription: Resource) -> None:
        given = subscription.properties
        if given["Protocol"] != "lambda":
            raise TemplateError(
                f"{subscription.logical}: the sandbox delivers a topic's messages to functions only"
            )
        self.functions.find(given["Endpoint"])
        self.made.topics.setdefault(given["TopicArn"], []).append(given["Endpoint"])

    def _api(self, api: Resource) -> None:
        endpoint = self.stack.resolve({"Fn::GetAtt": [api.logical, "ApiEndpoint"]})
        self.made.domain = endpoint.removeprefix("https://")
        for path, methods in api.properties.get("Body", {}).get("paths", {}).items():
            for method, operation in methods.items():
                found = INVOKED.search(operation["x-amazon-apigateway-integration"]["uri"])
                if not found:
                    raise TemplateError(f"{api.logical}: {method} {path} leads to no function")
                self.functions.find(found[1])
                self.made.routes[method.upper(), path] = found[1]

    def _machine(self, machine: Resource) -> None:
        given = machine.properties
        if given.get("StateMachineType", "STANDARD") != "STANDARD":
            raise TemplateError(f"{machine.logical}: the sandbox runs STANDARD state machines only")
        path = self.root / _folder(given["DefinitionS3Location"])
        try:
            definition = load(path, given.get("DefinitionSubstitutions", {}))
        except DefinitionError as error:
            raise TemplateError(f"{machine.logical}: {error}") from None
        self.machines.create(machine.name, definition)

    def _group(self, group: Resource) -> None:
        self.scheduler.create_group(group.name)

    def _schedule(self, schedule: Resource) -> None:
        given = {"Name": schedule.name} | dict(schedule.properties)
        self.scheduler.create(given)


def _folder(location: Mapping[str, Any]) -> str:
    """The local place that stands in the address of uploaded code (see `template.read`)."""
    return str(location.get("Key") or location["S3Key"])
