"""A small stack for the sandbox's own tests: two functions, a table, a state machine, a topic and queues."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sandbox.cloud.aws import AwsWorld

START = datetime(2026, 3, 1, 9, tzinfo=UTC)

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  SecretArn: { Type: String }
  Word: { Type: String, Default: fine, AllowedPattern: "^[a-z]+$" }
Globals:
  Function:
    Runtime: python3.13
    CodeUri: functions/
    AutoPublishAlias: live
    Environment:
      Variables:
        TABLE_NAME: !Ref Table
        SECRET_ARN: !Ref SecretArn
        GROUP: !Ref Group
        ROLE: !GetAtt Role.Arn
        MACHINE: !Sub arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:small-machine
        KEEPER: !Sub arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:${AWS::StackName}-keeper:live
        TOPIC: !Ref Topic
Resources:
  Keeper:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: !Sub ${AWS::StackName}-keeper
      Handler: small_keeper.handle
      Environment: { Variables: { WORD: !Ref Word } }
      EventInvokeConfig:
        DestinationConfig: { OnFailure: { Type: SQS, Destination: !GetAtt Dead.Arn } }
      Events:
        Post: { Type: HttpApi, Properties: { ApiId: !Ref Api, Method: POST, Path: "/keep/{name}" } }
        Told: { Type: SNS, Properties: { Topic: !Ref Topic } }
  Worker:
    Type: AWS::Serverless::Function
    Properties: { FunctionName: !Sub "${AWS::StackName}-worker", Handler: small_worker.handle }
  Api: { Type: AWS::Serverless::HttpApi }
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions:
        - { AttributeName: pk, AttributeType: S }
        - { AttributeName: sk, AttributeType: S }
        - { AttributeName: todo, AttributeType: S }
        - { AttributeName: todo_at, AttributeType: S }
      KeySchema: [{ AttributeName: pk, KeyType: HASH }, { AttributeName: sk, KeyType: RANGE }]
      GlobalSecondaryIndexes:
        - IndexName: todo
          KeySchema: [{ AttributeName: todo, KeyType: HASH }, { AttributeName: todo_at, KeyType: RANGE }]
          Projection: { ProjectionType: KEYS_ONLY }
      TimeToLiveSpecification: { AttributeName: expires_at, Enabled: true }
  Topic: { Type: AWS::SNS::Topic }
  Dead: { Type: AWS::SQS::Queue, Properties: { MessageRetentionPeriod: 1209600 } }
  Group: { Type: AWS::Scheduler::ScheduleGroup, Properties: { Name: small } }
  Role:
    Type: AWS::IAM::Role
    Properties: { AssumeRolePolicyDocument: {} }
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties:
      Name: small-machine
      DefinitionUri: machine.asl.yaml
      DefinitionSubstitutions: { Worker: !Ref Worker.Alias }
      Role: !GetAtt Role.Arn
  Sweep:
    Type: AWS::Scheduler::Schedule
    Properties:
      GroupName: !Ref Group
      ScheduleExpression: rate(15 minutes)
      FlexibleTimeWindow: { Mode: "OFF" }
      Target: { Arn: !Ref Keeper.Alias, RoleArn: !GetAtt Role.Arn, Input: '{"kind":"sweep"}' }
"""

MACHINE = """
StartAt: Work
States:
  Work:
    Type: Task
    Resource: arn:aws:states:::lambda:invoke.waitForTaskToken
    Parameters: { FunctionName: "${Worker}", Payload: { token.$: $$.Task.Token, todo.$: $.todo } }
    TimeoutSeconds: 600
    ResultPath: null
    Retry: [{ ErrorEquals: [States.ALL], IntervalSeconds: 5, MaxAttempts: 2 }]
    End: true
"""

# Runs the AWS calls that its event lists and gives back what came of each: a call's output, or its error.
HANDLER = """
import json
import os
from datetime import datetime, timezone
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

CONFIG = Config(retries={"total_max_attempts": 2, "mode": "standard"})
clients = {}


def client(service):
    if service not in clients:
        clients[service] = botocore.session.Session().create_client(service, config=CONFIG)
    return clients[service]


def run(calls):
    answers = []
    for service, operation, params in calls:
        try:
            answer = getattr(client(service), operation)(**params)
            answer.pop("ResponseMetadata", None)
        except ClientError as error:
            answer = error.response["Error"]["Code"]
        except BotoCoreError as error:
            answer = type(error).__name__
        answers.append(json.loads(json.dumps(answer, default=str)))
    return answers


def handle(event, context):
    order = json.loads(event["body"]) if "body" in event else event
    if order.get("fail"):
        raise KeyError(order["fail"])
    return {
        "answers": run(order.get("calls", [])),
        "now": datetime.now(timezone.utc).isoformat(),
        "environment": dict(os.environ),
        "event": event,
    }
"""
WORKER = """
from small_keeper import client


def handle(event, context):
    if event["todo"] == "fail":
        raise KeyError("todo")
    client("stepfunctions").send_task_success(taskToken=event["token"], output="{}")
"""


def write(folder: Path, template: str = TEMPLATE) -> None:
    """The stack's files."""
    (folder / "functions").mkdir(exist_ok=True)
    (folder / "template.yaml").write_text(template, encoding="utf-8")
    (folder / "machine.asl.yaml").write_text(MACHINE, encoding="utf-8")
    (folder / "functions" / "small_keeper.py").write_text(HANDLER, encoding="utf-8")
    (folder / "functions" / "small_worker.py").write_text(WORKER, encoding="utf-8")


def sent(_service: str, _operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """A provider of SMS that takes all."""
    return {"MessageId": f"sms-to-{parameters['DestinationPhoneNumber']}"}


def world(folder: Path, **fields: Any) -> AwsWorld:
    """A world of this stack, not yet open."""
    given: dict[str, Any] = {
        "secret": {"key": "value"},
        "send": sent,
        "parameters": {},
        "root": folder,
    } | fields
    return AwsWorld(START, **given)
